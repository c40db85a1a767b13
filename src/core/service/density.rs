//! How dense a recurrence is on its days.

use crate::recurrence::{Schedule, SearchStopped};
use crate::time::{CivilDate, CivilDateTime, Disambiguation, Timestamp, Zone};

const DAY_MS: i64 = 24 * 3_600_000;

/// A day with more occurrences than are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyDay {
    /// The day, by the clocks of the recurrence's zone.
    pub date: CivilDate,
    /// How many occurrences it has.
    pub occurrences: u64,
}

/// Finds the first day with more than `most` occurrences among `days` days by the clocks of the recurrence's zone, of which the first has
/// `from` in it. What lies before `from` does not count. A day on which clocks are set back may have more in proportion to its length.
///
/// A stretch that has at most `most` occurrences in all is not looked at any closer: a quiet rule is counted once, a dense one at most twice
/// for each day.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::recurrence::{Context, Recurrence};
/// use client_event_scheduler::service::first_busy_day;
/// use client_event_scheduler::{Timestamp, ZoneTable};
///
/// let rule: Recurrence = "DTSTART:20260501T000000Z\nRRULE:FREQ=SECONDLY;BYMONTH=12;BYHOUR=9".parse()?;
/// let schedule = rule.schedule(&Context::new(ZoneTable::embedded()))?;
/// let may = Timestamp::from_millis(1_777_593_600_000).expect("an instant");
/// assert_eq!(first_busy_day(&schedule, may, 31, 1_440)?, None);
/// let busy = first_busy_day(&schedule, may, 366, 1_440)?.expect("the first of December");
/// assert_eq!((busy.date.month(), busy.date.day(), busy.occurrences), (12, 1, 3_600));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`SearchStopped`] if a stretch cannot be counted.
pub fn first_busy_day(
    schedule: &Schedule<'_>,
    from: Timestamp,
    days: u32,
    most: u64,
) -> Result<Option<BusyDay>, SearchStopped> {
    let first_day = schedule.zone().civil_at(from).date().days();
    let stretch = Stretch { schedule, from, first_day, most };
    if days == 0 { Ok(None) } else { stretch.first_busy(0, days) }
}

struct Stretch<'a> {
    schedule: &'a Schedule<'a>,
    from: Timestamp,
    first_day: i32,
    most: u64,
}

impl Stretch<'_> {
    /// Looks at `days` days from `day` on, of which there is at least one.
    fn first_busy(&self, day: u32, days: u32) -> Result<Option<BusyDay>, SearchStopped> {
        let (begin, end) = (self.midnight(day).max(self.from), self.midnight(day.saturating_add(days)));
        let occurrences = if begin < end { self.schedule.count(begin, end)? } else { 0 };
        if occurrences <= self.most {
            return Ok(None);
        }
        if days > 1 {
            let half = days / 2;
            return match self.first_busy(day, half)? {
                Some(found) => Ok(Some(found)),
                None => self.first_busy(day + half, days - half),
            };
        }
        let length_ms = u64::try_from(end.millis_since(self.midnight(day))).unwrap_or(0);
        let allowed = self.most.max(self.most.saturating_mul(length_ms) / DAY_MS as u64);
        let date = self.date(day).date();
        Ok((occurrences > allowed).then_some(BusyDay { date, occurrences }))
    }

    fn midnight(&self, day: u32) -> Timestamp {
        midnight_of(self.schedule.zone(), self.date(day))
    }

    fn date(&self, day: u32) -> CivilDateTime {
        let days = i64::from(self.first_day) + i64::from(day);
        CivilDateTime::from_millis_clamped(days.saturating_mul(DAY_MS))
    }
}

/// When a day begins; where clocks skip its midnight, when they have.
fn midnight_of(zone: &Zone, midnight: CivilDateTime) -> Timestamp {
    zone.resolve(midnight, Disambiguation::Compatible).unwrap_or(Timestamp::MAX)
}
