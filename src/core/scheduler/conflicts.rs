//! Events that take the same venue at the same time.

use std::borrow::Cow;

use super::Scheduler;
use crate::event::{Booking, Conflicts, Phase, WindowField, detect_conflicts, venue_in};

impl Scheduler {
    /// The pairs of tracked events that overlap at one venue; the first `limit` of them are reported. Events that wait for approval
    /// count, declined and cancelled ones and drafts do not. See [`detect_conflicts`]. O(n log n), and the documents are searched
    /// for their `venue`.
    ///
    /// `venue_of` gives the venue of an event whose document the host keeps.
    pub fn detect_conflicts<'a>(
        &'a self,
        limit: usize,
        venue_of: impl Fn(&str) -> Option<Cow<'a, str>>,
    ) -> Conflicts<'a> {
        let rows = &self.store.rows;
        let bookings = rows.handles().filter_map(|handle| {
            let row = rows.get(handle);
            if matches!(row.phase, Phase::Draft | Phase::Declined | Phase::Cancelled) {
                return None;
            }
            let start = row.facts.windows.get(WindowField::Start)?;
            let end = row.facts.windows.get(WindowField::End)?;
            let event_id = std::str::from_utf8(rows.id(handle)).ok()?;
            let venue = match rows.payload(handle) {
                [] => venue_of(event_id)?,
                json => venue_in(json)?,
            };
            Some(Booking { event_id, venue, start, end })
        });
        detect_conflicts(bookings, limit)
    }
}
