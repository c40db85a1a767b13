//! Time passing: what is due fires, each occurrence once, in order.

use std::sync::Arc;

use super::Scheduler;
use super::decisions::DecisionKind;
use super::io::{Now, Output, StatusChange};
use super::rows::bit;
use crate::delivery::{Cause, Fate, Key};
use crate::event::Phase;
use crate::limits;
use crate::recovery::{Misfire, Verdict};
use crate::time::Timestamp;
use crate::trigger::heap::{Entry, Handle};

impl Scheduler {
    /// Counts the time since the last input: not backwards, and no more than two ticks, so that neither a step of the clock nor
    /// a sleep makes anybody's time run out.
    pub(super) fn pass_time(&mut self, now: Now) {
        if let Some(last) = self.last_input {
            let passed = now.wall.millis_since(last.wall);
            self.elapsed_ms += passed.clamp(0, 2 * i64::from(self.config.tick_ms)) as u64;
        }
        self.last_input = Some(now);
    }

    /// Fires everything that is due, in order, and hands out what is to be handed out.
    pub(super) fn tick(&mut self, now: Now) -> usize {
        self.last_tick = Some(now.wall);
        if self.paused.is_some() {
            return 0;
        }
        let fired = self.fire_due(now, false);
        self.watermark = self.watermark.max(Some(now.wall));
        if !self.outstanding.is_empty() {
            self.hand_out_due(now);
        }
        self.forget_settled();
        fired
    }

    /// Fires what is due; with `skip`, only states follow.
    pub(super) fn fire_due(&mut self, now: Now, skip: bool) -> usize {
        let mut fired = 0;
        while let Some(&entry) = self.store.heap.peek().filter(|entry| entry.due_at <= now.wall) {
            fired += usize::from(self.fire(entry, skip, now));
        }
        fired
    }

    /// Fires one trigger, unless it has fired before; the event's state follows in either case.
    fn fire(&mut self, entry: Entry, skip: bool, now: Now) -> bool {
        let Entry { due_at, kind, handle } = entry;
        let before = self.store.settle(handle, kind);
        let row = self.store.rows.get(handle);
        let (from, facts, admitted_at) = (row.phase, row.facts, row.admitted_at);
        let misfire = Misfire {
            kind,
            due_at,
            now: now.wall,
            backdated: row.backdated & bit(kind) != 0,
            overtaken: row.next_trigger().is_some_and(|(later, _)| later <= now.wall),
        };
        let verdict = match misfire.verdict(&self.config.recovery, self.config.tick_ms) {
            _ if skip => Verdict::Skip,
            verdict => verdict,
        };
        let cause = match verdict {
            Verdict::Deliver(cause) => cause,
            Verdict::Expire | Verdict::Skip | Verdict::Supersede => Cause::Recovered,
        };
        let event_id: Arc<str> = self.store.rows.id_text(handle);
        let known = before
            || self.settled.fate(due_at, kind, &event_id).is_some()
            || self.outstanding.find(due_at, kind, &event_id).is_some();
        // A trigger that lay in the past when its event was made known changes no state: the state was computed then.
        if due_at > admitted_at {
            let after = facts.phase_at(due_at);
            self.store.rows.get_mut(handle).phase = after;
            self.report(&event_id, from, after, due_at, cause);
        }
        if known {
            self.decisions.note(now.wall, &event_id, DecisionKind::FiredBefore { kind, due_at });
            return false;
        }
        self.missed.detected += u64::from(cause == Cause::Recovered);
        let superseded = cause == Cause::Recovered && misfire.overtaken;
        let entry = self.entry(Key { due_at, kind, event_id }, &facts, cause, superseded);
        match verdict {
            Verdict::Deliver(_) => self.deliver(entry, &facts, now),
            Verdict::Expire => self.conclude(&entry, Fate::Expired, now),
            Verdict::Skip => self.conclude(&entry, Fate::Skipped, now),
            Verdict::Supersede => self.conclude(&entry, Fate::Superseded, now),
        }
        true
    }

    pub(super) fn report_edit(&mut self, handle: Handle, from: Phase, at: Timestamp) {
        let to = self.store.rows.get(handle).phase;
        if from != to {
            let event_id = self.store.rows.id_text(handle);
            self.report(&event_id, from, to, at, Cause::Edit);
        }
    }

    fn report(&mut self, event_id: &Arc<str>, from: Phase, to: Phase, at: Timestamp, cause: Cause) {
        if from != to {
            let event_id = event_id.clone();
            self.outputs.push_back(Output::StatusChanged(StatusChange { event_id, from, to, at, cause }));
        }
    }

    /// Forgets occurrences that nothing can bring back: older than the catch-up window and a day.
    fn forget_settled(&mut self) {
        let Some(watermark) = self.watermark else { return };
        let window_ms = self.config.recovery.window_ms() + limits::SETTLED_MARGIN_MS;
        self.settled.forget_before(watermark.saturating_add_ms(-window_ms));
    }
}
