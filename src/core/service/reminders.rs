//! Reminders of something with a beginning and an end.

use crate::time::{CivilDateTime, Disambiguation, Timestamp, Zone};

/// From what a reminder counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The beginning.
    Start,
    /// The end.
    End,
}

/// What an offset means when clocks are changed in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffsetReading {
    /// Time that passes: 24 hours are 24 hours.
    #[default]
    Elapsed,
    /// What clocks show: 24 hours before nine o'clock is nine o'clock of the day before.
    Local,
}

impl OffsetReading {
    /// The reading with this wire name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "elapsed" => Some(Self::Elapsed),
            "local" => Some(Self::Local),
            _ => None,
        }
    }
}

/// One reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// A name for whoever receives it.
    pub name: &'static str,
    /// From what it counts.
    pub anchor: Anchor,
    /// Milliseconds from there; before it where negative.
    pub offset_ms: i64,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The reminders of an appointment: a day, two hours and a quarter of an hour before it begins, and an hour after it has ended.
pub const APPOINTMENT: [Reminder; 4] = [
    Reminder { name: "day_before", anchor: Anchor::Start, offset_ms: -24 * HOUR_MS },
    Reminder { name: "two_hours_before", anchor: Anchor::Start, offset_ms: -2 * HOUR_MS },
    Reminder { name: "quarter_hour_before", anchor: Anchor::Start, offset_ms: -15 * MINUTE_MS },
    Reminder { name: "hour_after", anchor: Anchor::End, offset_ms: HOUR_MS },
];

/// When a reminder that counts from `anchor` is due. A local time that clocks skip moves forward by the gap; of two, the first counts.
#[must_use]
pub fn reminder_time(anchor: Timestamp, offset_ms: i64, reading: OffsetReading, zone: &Zone) -> Timestamp {
    let elapsed = anchor.saturating_add_ms(offset_ms);
    match reading {
        OffsetReading::Elapsed => elapsed,
        OffsetReading::Local => {
            let shown = zone.civil_at(anchor).as_millis().saturating_add(offset_ms);
            let local = CivilDateTime::from_millis_clamped(shown);
            zone.resolve(local, Disambiguation::Compatible).unwrap_or(elapsed)
        }
    }
}
