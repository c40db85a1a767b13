//! When a back end that sends nothing by itself is asked.

use crate::limits;
use crate::time::Timestamp;

/// How often a back end without a stream is asked: the nearer an event, the more often.
///
/// Each row has a grid of instants, `every_ms` apart. The grid of `idle_ms` counts always; that of a row of `near` counts while an
/// event's start is at most `within_ms` away, and until `after_start_ms` after it. All grids are shifted by one client's phase, so
/// that clients do not ask at the same instants; where an interval is a multiple of another, the sparser grid is part of the denser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollTable {
    /// Milliseconds between two requests while no event is near.
    pub idle_ms: u32,
    /// What counts while one is; the order does not matter.
    pub near: Vec<NearPolling>,
    /// How long an event counts as near after its start, in milliseconds.
    pub after_start_ms: u32,
}

/// A row of a [`PollTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearPolling {
    /// How far away, in milliseconds, the start of the event may be.
    pub within_ms: u32,
    /// Milliseconds between two requests.
    pub every_ms: u32,
}

/// A request that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll<E> {
    /// When.
    pub at: Timestamp,
    /// The interval of the row that asks for it, in milliseconds.
    pub every_ms: u32,
    /// The event for whose sake, and its start; `None` where none is near.
    pub near: Option<(E, Timestamp)>,
}

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;

impl Default for PollTable {
    fn default() -> Self {
        Self {
            idle_ms: 4 * HOUR_MS,
            near: vec![
                NearPolling { within_ms: 24 * HOUR_MS, every_ms: 15 * MINUTE_MS },
                NearPolling { within_ms: 4 * HOUR_MS, every_ms: MINUTE_MS },
            ],
            after_start_ms: HOUR_MS,
        }
    }
}

impl PollTable {
    /// Whether every number is within [`POLL_EVERY_MS`](limits::POLL_EVERY_MS) and [`POLL_NEAR_MS`](limits::POLL_NEAR_MS), and the
    /// rows are no more than [`POLL_ROWS`](limits::POLL_ROWS).
    pub(crate) fn is_valid(&self) -> bool {
        let sound = |row: &NearPolling| {
            limits::POLL_EVERY_MS.contains(&row.every_ms) && row.within_ms <= limits::POLL_NEAR_MS
        };
        limits::POLL_EVERY_MS.contains(&self.idle_ms)
            && self.after_start_ms <= limits::POLL_NEAR_MS
            && self.near.len() <= limits::POLL_ROWS
            && self.near.iter().all(sound)
    }

    /// The first request later than `from`, for a client whose `phase` is in `[0, 1)` and stays the same, with the starts of the
    /// events that are known. Of two rows that ask at one instant, the denser gives the reason, and of two events the first.
    ///
    /// O(events · rows), allocates nothing.
    ///
    /// # Example
    /// ```
    /// use client_event_scheduler::Timestamp;
    /// use client_event_scheduler::sync::PollTable;
    ///
    /// // The gala begins at 36:00.
    /// let at = |hours: i64, minutes: i64| Timestamp::from_millis_clamped((hours * 60 + minutes) * 60_000);
    /// let next = |from| PollTable::default().next(from, 0.0, [("gala", at(36, 0))]);
    /// assert_eq!(next(at(5, 0)).at, at(8, 0), "more than a day away: every 4 h");
    /// assert_eq!(next(at(12, 1)).at, at(12, 15), "within a day: every 15 min");
    /// assert_eq!(next(at(32, 5)).at, at(32, 6), "within 4 h: every minute");
    /// assert_eq!(next(at(36, 59)).at, at(40, 0), "an hour after its start it no longer counts");
    /// assert_eq!(next(at(32, 5)).near, Some(("gala", at(36, 0))));
    /// ```
    pub fn next<E>(
        &self,
        from: Timestamp,
        phase: f64,
        starts: impl IntoIterator<Item = (E, Timestamp)>,
    ) -> Poll<E> {
        let shift = (phase.clamp(0.0, 1.0) * f64::from(self.idle_ms)) as i64;
        let on_grid = |earliest: i64, every_ms: u32| {
            earliest.saturating_add(shift.wrapping_sub(earliest).rem_euclid(i64::from(every_ms)))
        };
        let after = from.as_millis().saturating_add(1);
        let (mut first, mut every_ms, mut near) = (on_grid(after, self.idle_ms), self.idle_ms, None);
        for (event, start) in starts {
            let begins = start.as_millis();
            let over = begins.saturating_add(i64::from(self.after_start_ms));
            let mut event = Some(event);
            for row in &self.near {
                let at = on_grid(after.max(begins.saturating_sub(i64::from(row.within_ms))), row.every_ms);
                if at < over && (at < first || at == first && row.every_ms < every_ms) {
                    (first, every_ms) = (at, row.every_ms);
                    near = event.take().map(|event| (event, start)).or(near);
                }
            }
        }
        Poll { at: Timestamp::from_millis_clamped(first), every_ms, near }
    }
}
