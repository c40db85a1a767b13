//! What must hold over all tabs of a profile, judged by what has run, what was stored, and what was said.

use std::collections::{BTreeMap, BTreeSet};

use client_event_scheduler::{Fate, Output, Timestamp, TriggerKind};

use crate::assertions::Difference;
use crate::reference::{Occurrence, Reference, trigger_id};

/// What has happened in the whole profile.
#[derive(Default)]
pub(super) struct Laws {
    /// The highest attempt of what has begun, which was stored before.
    begun: BTreeMap<Occurrence, u32>,
    /// What was first begun last, by event, since it was last edited.
    order: BTreeMap<String, (Timestamp, TriggerKind)>,
    /// When a tab last heard of an edit of an event: what was due before, each tab may have placed elsewhere.
    edited: BTreeMap<String, Timestamp>,
    /// Every occurrence that was ever queued in a tab.
    seen: BTreeSet<Occurrence>,
    /// Every one that has run or that was said not to be delivered.
    accounted: BTreeSet<Occurrence>,
}

impl Laws {
    /// A handler begins; `stored` is what was stored just before.
    pub(super) fn begin(
        &mut self,
        occurrence: &Occurrence,
        attempt: u32,
        stored: &Reference,
        settled_before: bool,
    ) -> Result<(), Difference> {
        let id = trigger_id(occurrence);
        if settled_before {
            return Err(format!("{id} runs again, though it was stored as settled"));
        }
        if let Some(last) = self.begun.get(occurrence).filter(|last| **last >= attempt) {
            return Err(format!("{id} runs as attempt {attempt} after attempt {last} was stored as begun"));
        }
        let known = stored.outstanding.contains_key(occurrence)
            || stored.settled.contains_key(occurrence)
            || Some(occurrence.0) < stored.remembered_from();
        if !known {
            return Err(format!("{id} runs, and what is stored does not know of it"));
        }
        self.begun.insert(occurrence.clone(), attempt);
        self.accounted.insert(occurrence.clone());
        Ok(())
    }

    /// First attempts of an event follow in the order of the queue.
    pub(super) fn in_order(&mut self, occurrence: &Occurrence, attempt: u32) -> Result<(), Difference> {
        let placed = self.edited.get(&occurrence.2).is_some_and(|at| occurrence.0 <= *at);
        if attempt > 1 || placed {
            return Ok(());
        }
        let place = (occurrence.0, occurrence.1);
        match self.order.insert(occurrence.2.clone(), place).filter(|last| *last > place) {
            Some(last) => Err(format!("{} runs after {last:?} of the same event", trigger_id(occurrence))),
            None => Ok(()),
        }
    }

    pub(super) fn said(&mut self, output: &Output) {
        if let Output::Undelivered(undelivered) = output {
            let occurrence = (undelivered.scheduled_at, undelivered.kind, undelivered.event_id.to_string());
            if undelivered.fate == Fate::Withdrawn {
                // It may come back as good as new.
                self.begun.remove(&occurrence);
            } else {
                self.accounted.insert(occurrence);
            }
        }
    }

    /// An edit may place a trigger before those that have run.
    pub(super) fn edited(&mut self, event_id: &str, now: Timestamp) {
        self.order.remove(event_id);
        let at = self.edited.entry(event_id.to_owned()).or_insert(now);
        *at = now.max(*at);
    }

    /// Tabs do not agree about an event.
    pub(super) fn differs(&mut self, event_id: &str) {
        self.order.remove(event_id);
    }

    /// What a tab sees in its queue; of an event that was edited there, what it has lost may come back as good as new, and lie in
    /// the past then.
    pub(super) fn see(&mut self, reference: &Reference, edited: &str) {
        self.seen.retain(|occurrence| occurrence.2 != edited || reference.is_defined(occurrence));
        self.seen.extend(reference.queue.iter().map(|queued| queued.occurrence.clone()));
    }

    /// What went down with a tab, and that no other one knows, nobody can account for.
    pub(super) fn forget_but(&mut self, known: impl Fn(&Occurrence) -> bool) {
        self.seen.retain(|occurrence| known(occurrence));
    }

    /// Everything that was due, and that its event still has, has run, was said not to be delivered, or is still outstanding.
    pub(super) fn nothing_is_lost(&self, acting: &Reference, all: &[&Reference]) -> Result<(), Difference> {
        let remembered_from = acting.remembered_from();
        for occurrence in &self.seen {
            let due = acting.is_defined(occurrence) && Some(occurrence.0) <= acting.watermark;
            let open =
                all.iter().any(|tab| tab.outstanding.contains_key(occurrence) || tab.is_queued(occurrence));
            // Without handlers it is settled when it is handed out, also where that could not be stored: nothing ran.
            let settled = all.iter().any(|tab| tab.settled.contains_key(occurrence))
                || Some(occurrence.0) < remembered_from;
            if due && !open && !settled && !self.accounted.contains(occurrence) {
                return Err(format!("{} is lost", trigger_id(occurrence)));
            }
        }
        Ok(())
    }
}
