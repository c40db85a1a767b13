//! Taking over what another scheduler has stored: "Several tabs, several nodes".

use std::collections::BTreeSet;

use client_event_scheduler::{EventChange, EventOutcome, Fate, Outcome, Timestamp};

use super::{DAY_MS, Expected, Missed, Occurrence, Outstanding, Reference, State};

impl Reference {
    /// Takes over what `stored` was when it was stored.
    pub(super) fn adopt(&mut self, stored: &Reference, now: Timestamp) {
        let mut theirs = stored.restored();
        theirs.let_time_pass(now);
        let knows_better = self.acting && self.watermark.is_some() && self.watermark >= theirs.watermark;
        let elapsed_ms = self.elapsed_ms.max(theirs.elapsed_ms);
        self.set_clock(elapsed_ms);
        theirs.set_clock(elapsed_ms);

        let mut here = std::mem::take(&mut self.outstanding);
        let held = std::mem::take(&mut self.held);
        let mut there = theirs.outstanding.clone();
        there.extend(theirs.held.clone());
        if knows_better {
            here.extend(held);
            self.missed = closed(&self.missed, here.values());
        } else {
            self.paused = theirs.paused.clone();
            self.missed = closed(&theirs.missed, there.values());
        }

        let all: BTreeSet<Occurrence> = here.keys().chain(there.keys()).cloned().collect();
        for occurrence in all {
            match (here.remove(&occurrence), there.remove(&occurrence)) {
                (Some(ours), Some(other)) => {
                    let awaited = self.acting && matches!(ours.state, State::InFlight { .. });
                    if other.attempts > ours.attempts || !awaited && !knows_better {
                        self.take_their_word(occurrence, other, &theirs, knows_better, now);
                    } else {
                        self.put_back(occurrence, ours);
                    }
                }
                (None, Some(other)) => {
                    self.take_their_word(occurrence, other, &theirs, knows_better, now);
                }
                (Some(ours), None) => self.keep_ours(occurrence, ours, &theirs, knows_better, now),
                (None, None) => unreachable!("it stands in one of them"),
            }
        }

        if !knows_better {
            let remembered_from = self.remembered_by(&theirs);
            for queued in &self.queue {
                let (due, kind, id) = &queued.occurrence;
                if remembered_from.is_some_and(|from| *due < from) {
                    self.events.get_mut(id).expect("it has a trigger").fired.push((*kind, *due));
                }
            }
        }
        for (occurrence, fate) in &theirs.settled {
            let stands = |known: &Fate| knows_better || is_delivered(*known);
            if !self.settled.get(occurrence).is_some_and(stands) {
                self.settled.insert(occurrence.clone(), *fate);
            }
        }
        for (id, revision) in &theirs.removed_revisions {
            if !self.events.contains_key(id) {
                let known = self.removed_revisions.entry(id.clone()).or_default();
                *known = (*known).max(*revision);
            }
        }
        self.released_at = self.released_at.max(theirs.released_at);
        self.watermark = self.watermark.max(theirs.watermark);
        self.synced_at = self.synced_at.max(theirs.synced_at);
        self.first_hand_outs = self.first_hand_outs.max(theirs.first_hand_outs);
    }

    fn take_their_word(
        &mut self,
        occurrence: Occurrence,
        mut other: Outstanding,
        theirs: &Reference,
        knows_better: bool,
        now: Timestamp,
    ) {
        let known =
            self.settled.get(&occurrence).copied().filter(|_| !theirs.settled.contains_key(&occurrence));
        match known {
            Some(_) if knows_better => {}
            Some(fate) if is_delivered(fate) => {
                self.count(&mut other);
                self.settle(&occurrence, &other, fate, now);
            }
            // An edit has taken it away since.
            _ if knows_better && self.events.contains_key(&occurrence.2) && !self.is_defined(&occurrence) => {
            }
            _ => {
                if known.is_some() {
                    self.settled.remove(&occurrence);
                }
                self.put_back(occurrence, other);
            }
        }
    }

    fn keep_ours(
        &mut self,
        occurrence: Occurrence,
        mut ours: Outstanding,
        theirs: &Reference,
        knows_better: bool,
        now: Timestamp,
    ) {
        let settled_there = theirs.settled.contains_key(&occurrence);
        if knows_better && settled_there && !self.settled.contains_key(&occurrence) {
            self.count(&mut ours);
            self.settle(&occurrence, &ours, Fate::Elsewhere, now);
            return;
        }
        let remembered_from = self.remembered_by(theirs);
        if !knows_better && (settled_there || remembered_from.is_some_and(|from| occurrence.0 < from)) {
            return;
        }
        if let (State::InFlight { .. }, false) = (&ours.state, self.acting) {
            if !self.is_defined(&occurrence) {
                self.count(&mut ours);
                self.settle(&occurrence, &ours, Fate::Withdrawn, now);
                return;
            }
            ours.state = State::Waiting;
            ours.attempts -= 1;
            ours.first = ours.first.filter(|_| ours.attempts > 0);
        }
        self.put_back(occurrence, ours);
    }

    /// What was due earlier they have settled and forgotten.
    fn remembered_by(&self, theirs: &Reference) -> Option<Timestamp> {
        theirs.watermark.map(|at| at.saturating_add_ms(-self.window_ms() - DAY_MS))
    }

    fn put_back(&mut self, occurrence: Occurrence, mut delivery: Outstanding) {
        self.count(&mut delivery);
        if self.is_defined(&occurrence) || matches!(delivery.state, State::InFlight { .. }) {
            self.outstanding.insert(occurrence, delivery);
        } else {
            self.held.insert(occurrence, delivery);
        }
    }

    /// Gives a missed one its line in the list.
    fn count(&mut self, delivery: &mut Outstanding) {
        if delivery.missed.is_some() {
            let fate = matches!(delivery.state, State::Dead { .. }).then_some(Fate::DeadLetter);
            self.missed.push(Missed { fate });
            delivery.missed = Some(self.missed.len() - 1);
        }
    }

    /// Elapsed time is counted from elsewhere.
    fn set_clock(&mut self, elapsed_ms: u64) {
        let ahead_ms = elapsed_ms - self.elapsed_ms;
        self.elapsed_ms = elapsed_ms;
        self.released_at = self.released_at.map(|at| at + ahead_ms);
        for delivery in self.outstanding.values_mut().chain(self.held.values_mut()) {
            if let State::InFlight { until: at } | State::Retrying { at } = &mut delivery.state {
                *at += ahead_ms;
            }
        }
    }

    /// After an edit of an event: what is held of it is outstanding or withdrawn.
    pub(super) fn claim_held_after(&mut self, id: &str, expected: &Expected, now: Timestamp) {
        let Expected::Outcome(Outcome::Event(EventOutcome { change, .. })) = expected else { return };
        if matches!(change, EventChange::Stale | EventChange::Unchanged) {
            return;
        }
        let revision = self.events.get(id).map(|event| event.definition.revision);
        for (occurrence, delivery) in std::mem::take(&mut self.held) {
            let too_old = revision.is_some_and(|revision| revision < delivery.revision);
            if occurrence.2 != id || too_old && !self.is_defined(&occurrence) {
                self.held.insert(occurrence, delivery);
            } else if self.is_defined(&occurrence) {
                self.outstanding.insert(occurrence, delivery);
            } else {
                self.settle(&occurrence, &delivery, Fate::Withdrawn, now);
            }
        }
    }
}

/// The lines of those that are not open.
fn closed<'a>(missed: &[Missed], open: impl Iterator<Item = &'a Outstanding>) -> Vec<Missed> {
    let open: BTreeSet<usize> = open.filter_map(|delivery| delivery.missed).collect();
    let closed = missed.iter().enumerate().filter(|(line, _)| !open.contains(line));
    closed.map(|(_, missed)| missed.clone()).collect()
}

fn is_delivered(fate: Fate) -> bool {
    fate == Fate::Delivered || fate == Fate::Elsewhere
}
