//! Time passing: what is due fires, each occurrence once, in order.

use super::Scheduler;
use super::io::{Cause, Delivery, Now, Output, StatusChange};
use crate::event::Phase;
use crate::limits;
use crate::time::Timestamp;
use crate::trigger::TriggerId;
use crate::trigger::heap::{Entry, Handle};

impl Scheduler {
    /// Fires everything that is due, in order.
    pub(super) fn tick(&mut self, now: Now) -> usize {
        let mut fired = 0;
        while let Some(&entry) = self.store.heap.peek().filter(|entry| entry.due_at <= now.wall) {
            fired += usize::from(self.fire(entry, now));
        }
        self.last_tick = Some(now.wall);
        self.watermark = self.watermark.max(Some(now.wall));
        self.forget_settled();
        fired
    }

    /// Fires one trigger, unless it has fired before; the event's state follows in either case.
    fn fire(&mut self, entry: Entry, now: Now) -> bool {
        let Entry { due_at, kind, handle } = entry;
        self.store.settle(handle, kind);
        let row = self.store.rows.get(handle);
        let (from, facts, admitted_at) = (row.phase, row.facts, row.admitted_at);
        let overtaken = row.next_trigger().is_some_and(|(later, _)| later <= now.wall);
        let lateness_ms = now.wall.as_millis().abs_diff(due_at.as_millis());
        let cause = if due_at <= admitted_at {
            Cause::Late
        } else if lateness_ms > u64::from(self.config.tick_ms) {
            Cause::Recovered
        } else {
            Cause::OnTime
        };
        let first = self.settled.insert(due_at, kind, self.store.rows.id(handle));
        let after = facts.phase_at(due_at);
        if first {
            self.fired += 1;
            let event_id = self.store.rows.id_text(handle);
            self.outputs.push_back(Output::Fired(Delivery {
                trigger_id: TriggerId::new(&event_id, kind, due_at),
                event_id,
                kind,
                scheduled_at: due_at,
                fired_at: now.wall,
                lateness_ms,
                cause,
                superseded: cause == Cause::Recovered && overtaken,
                before: facts.phase_at(due_at.saturating_add_ms(-1)),
                after,
                revision: facts.revision,
                sequence: self.fired,
                attempt: 1,
            }));
        }
        // A trigger that lay in the past when its event was made known changes no state: the state was computed then.
        if due_at > admitted_at {
            self.store.rows.get_mut(handle).phase = after;
            self.report(handle, from, after, due_at, cause);
        }
        first
    }

    pub(super) fn report(&mut self, handle: Handle, from: Phase, to: Phase, at: Timestamp, cause: Cause) {
        if from != to {
            let event_id = self.store.rows.id_text(handle);
            self.outputs.push_back(Output::StatusChanged(StatusChange { event_id, from, to, at, cause }));
        }
    }

    /// Forgets occurrences that nothing can bring back: older than the catch-up window and a day.
    fn forget_settled(&mut self) {
        let Some(watermark) = self.watermark else { return };
        let window = i64::from(self.config.max_downtime_hours) * 3_600_000 + limits::SETTLED_MARGIN_MS;
        let horizon = watermark.saturating_add_ms(-window);
        self.settled.forget_before(horizon);
    }
}
