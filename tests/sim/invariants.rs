//! Laws that hold over a whole run, judged by what comes out of the scheduler, not by the reference's own state.

use std::collections::{BTreeMap, BTreeSet};

use client_event_scheduler::{
    Cause, EventChange, Fate, Outcome, Output, Phase, Scheduler, Timestamp, TriggerKind, TriggerState,
};

use crate::assertions::{Difference, same};
use crate::reference::{Occurrence, Reference, occurrence_of, trigger_id};
use crate::transition::{Action, Step};

/// What the laws remember of one life of a scheduler. A crash takes it back to what was known at the snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Invariants {
    last_sequence: u64,
    sequences: BTreeMap<Occurrence, u64>,
    /// Handed out, and not withdrawn, backfilled or out of memory since.
    handed_out: BTreeSet<Occurrence>,
    queued: BTreeSet<Occurrence>,
    /// Retried by hand before it was handed out: it leaves the waiting queue before its turn.
    by_hand: BTreeSet<Occurrence>,
    /// How often an event was edited: what fired before an edit knows nothing of what it placed in the past.
    edits: BTreeMap<String, u64>,
    /// Between which edits an occurrence has fired.
    fired_between: BTreeMap<Occurrence, u64>,
    /// The last first hand-out, by event and number of edits.
    order: BTreeMap<(String, u64), (Timestamp, TriggerKind)>,
    phases: BTreeMap<String, Phase>,
    latest: Option<Timestamp>,
    forgotten_before: Option<Timestamp>,
}

impl Invariants {
    pub(crate) fn check(
        &mut self,
        step: &Step,
        outcome: &Outcome,
        outputs: &[Output],
        reference: &Reference,
        scheduler: &Scheduler,
    ) -> Result<(), Difference> {
        self.latest = self.latest.max(Some(step.now));
        self.note_edit(step, outcome, reference);
        if let Action::Adopt { .. } = &step.action {
            self.note_adoption(reference);
        }
        for output in outputs {
            match output {
                Output::Fired(delivery) => {
                    let occurrence = (delivery.scheduled_at, delivery.kind, delivery.event_id.to_string());
                    self.fired(&occurrence, delivery.sequence, delivery.cause)?;
                }
                Output::Undelivered(undelivered) => {
                    let occurrence =
                        (undelivered.scheduled_at, undelivered.kind, undelivered.event_id.to_string());
                    if undelivered.fate == Fate::Withdrawn {
                        self.handed_out.remove(&occurrence);
                        self.sequences.remove(&occurrence);
                    }
                }
                Output::StatusChanged(change) => {
                    let known = self.phases.insert(change.event_id.to_string(), change.to);
                    if let Some(known) = known {
                        same("where a status change begins", &known, &change.from)?;
                    }
                    let backwards = change.cause != Cause::Edit && change.to < change.from;
                    if backwards || change.to == change.from {
                        return Err(format!("a status goes backwards as time passes: {change:?}"));
                    }
                }
            }
        }
        self.phases = scheduler.event_ids().map(str::to_owned).zip(scheduler.phases()).collect();
        self.nothing_is_lost(step, reference, scheduler)?;
        self.the_state_is_that_of_now(step, outcome, reference, scheduler)?;
        self.forget(scheduler, reference);
        Ok(())
    }

    /// Once; gapless; in order.
    fn fired(&mut self, occurrence: &Occurrence, sequence: u64, cause: Cause) -> Result<(), Difference> {
        let id = trigger_id(occurrence);
        if let Some(first) = self.sequences.get(occurrence).filter(|first| **first == sequence) {
            return same("the sequence number of another attempt", first, &sequence);
        }
        same(&format!("the sequence number of {id}"), &(self.last_sequence + 1), &sequence)?;
        self.last_sequence = sequence;
        self.sequences.insert(occurrence.clone(), sequence);
        if !self.handed_out.insert(occurrence.clone()) && cause != Cause::Backfill {
            return Err(format!("{id} is handed out a second time, as if it were the first"));
        }
        if cause != Cause::Backfill && !self.by_hand.contains(occurrence) {
            let place = (occurrence.0, occurrence.1);
            let now = self.edits.get(&occurrence.2).copied().unwrap_or_default();
            let fired = self.fired_between.get(occurrence).copied().unwrap_or(now);
            let last = self.order.insert((occurrence.2.clone(), fired), place);
            if last.is_some_and(|last| last > place) {
                return Err(format!("{id} is handed out after {last:?} of the same event"));
            }
        }
        Ok(())
    }

    /// What was begun, and how far the numbers are, is what the state says.
    fn note_adoption(&mut self, reference: &Reference) {
        self.last_sequence = reference.first_hand_outs;
        self.order.clear();
        for (occurrence, delivery) in reference.outstanding.iter().chain(&reference.held) {
            match delivery.first {
                Some((_, sequence)) => {
                    self.sequences.insert(occurrence.clone(), sequence);
                    self.handed_out.insert(occurrence.clone());
                }
                None => {
                    self.sequences.remove(occurrence);
                    self.handed_out.remove(occurrence);
                }
            }
        }
    }

    /// An edit may place a trigger before those that were delivered already.
    fn note_edit(&mut self, step: &Step, outcome: &Outcome, reference: &Reference) {
        match (&step.action, outcome) {
            (Action::LoadFinish, _) => {
                self.edit_all(reference);
                self.phases.retain(|id, _| reference.events.contains_key(id));
            }
            (
                Action::Upsert { definition: crate::reference::definition::Definition { id, .. }, .. }
                | Action::Remove { id, .. }
                | Action::Approve { id }
                | Action::Decline { id }
                | Action::Quarantine { id: Some(id) },
                Outcome::Event(event),
            ) if !matches!(event.change, EventChange::Stale | EventChange::Unchanged) => {
                *self.edits.entry(id.clone()).or_default() += 1;
            }
            (Action::Retry { id }, Outcome::Delivery(_)) => self.by_hand.extend(occurrence_of(id)),
            // What is backfilled stands outside the order from then on.
            (Action::Backfill { .. }, _) => self.edit_all(reference),
            _ => {}
        }
    }

    fn edit_all(&mut self, reference: &Reference) {
        for id in reference.events.keys() {
            self.edits.entry(id.clone()).or_default();
        }
        self.edits.values_mut().for_each(|edits| *edits += 1);
    }

    /// What leaves the queue is outstanding, settled, or no occurrence of its event any more.
    fn nothing_is_lost(
        &mut self,
        step: &Step,
        reference: &Reference,
        scheduler: &Scheduler,
    ) -> Result<(), Difference> {
        let queue = scheduler.queue(usize::MAX);
        let queued: BTreeSet<Occurrence> =
            queue.into_iter().map(|queued| (queued.due_at, queued.kind, queued.event_id)).collect();
        for new in queued.difference(&self.queued) {
            if !reference.outstanding.contains_key(new) {
                self.fired_between.remove(new);
            }
        }
        for gone in self.queued.difference(&queued) {
            let edits = self.edits.get(&gone.2).copied().unwrap_or_default();
            self.fired_between.entry(gone.clone()).or_insert(edits);
            let id = trigger_id(gone);
            let state = scheduler.explain(&id, step.now()).triggers.pop().map(|trigger| trigger.state);
            let found = match state {
                Some(
                    TriggerState::Waits { .. }
                    | TriggerState::InFlight { .. }
                    | TriggerState::Retrying { .. }
                    | TriggerState::Settled { .. },
                ) => true,
                // The memory of it ended with the tick at which it fired.
                Some(TriggerState::Forgotten) => {
                    self.forgotten_before.max(reference.remembered_from()).is_some_and(|from| gone.0 < from)
                }
                _ => !reference.is_defined(gone),
            };
            if !found {
                return Err(format!("{id} has left the queue and is lost: {state:?}"));
            }
        }
        self.queued = queued;
        Ok(())
    }

    /// After a tick at the latest time that there was, every state is that of the table.
    fn the_state_is_that_of_now(
        &self,
        step: &Step,
        outcome: &Outcome,
        reference: &Reference,
        scheduler: &Scheduler,
    ) -> Result<(), Difference> {
        let ticked = matches!(outcome, Outcome::Ticked { .. } | Outcome::Backfilled { .. })
            || matches!(step.action, Action::Resume { .. });
        if !ticked || reference.paused.is_some() || self.latest > Some(step.now) {
            return Ok(());
        }
        for (id, event) in &reference.events {
            let expected = Some(event.definition.status_at(step.now));
            same(&format!("the state of {id} after a tick"), &expected, &scheduler.phase(id))?;
        }
        Ok(())
    }

    /// Occurrences out of memory may come again: a day and the window behind the watermark.
    fn forget(&mut self, scheduler: &Scheduler, reference: &Reference) {
        let status = scheduler.status();
        let window_ms = i64::from(status.max_downtime_hours) * 3_600_000 + 24 * 3_600_000;
        let horizon = status.watermark.map(|watermark| watermark.saturating_add_ms(-window_ms));
        self.forgotten_before = self.forgotten_before.max(horizon);
        let before = self.forgotten_before;
        self.handed_out.retain(|occurrence| {
            Some(occurrence.0) >= before || reference.outstanding.contains_key(occurrence)
        });
    }
}
