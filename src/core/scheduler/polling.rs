//! When the back end is asked where it sends nothing by itself.

use super::Scheduler;
use crate::event::{Phase, WindowField};
use crate::sync::Poll;
use crate::time::Timestamp;
use crate::trigger::heap::Handle;

impl Scheduler {
    /// When a back end without a stream is asked next after `from`, by the table of the settings; see
    /// [`PollTable::next`](crate::sync::PollTable::next). Events that wait for approval count, declined and cancelled ones do not.
    /// O(events).
    pub fn next_poll(&self, from: Timestamp, phase: f64) -> Timestamp {
        self.poll_after(from, phase).at
    }

    /// The coming requests after `from`, without end, with the ids of the events for whose sake they are made: as they will be if
    /// nothing changes. Each is O(events).
    pub fn preview_polls(&self, from: Timestamp, phase: f64) -> impl Iterator<Item = Poll<&str>> {
        let mut last = from;
        std::iter::repeat_with(move || {
            let Poll { at, every_ms, near } = self.poll_after(last, phase);
            last = at;
            let id = |handle| std::str::from_utf8(self.store.rows.id(handle)).unwrap_or_default();
            Poll { at, every_ms, near: near.map(|(handle, start)| (id(handle), start)) }
        })
    }

    fn poll_after(&self, from: Timestamp, phase: f64) -> Poll<Handle> {
        let rows = &self.store.rows;
        let starts = rows.handles().filter_map(|handle| {
            let row = rows.get(handle);
            let counts = !matches!(row.phase, Phase::Declined | Phase::Cancelled);
            row.facts.windows.get(WindowField::Start).filter(|_| counts).map(|start| (handle, start))
        });
        self.config.polling.next(from, phase, starts)
    }
}
