//! Deliveries: handed out, answered, tried again, given up.

use client_event_scheduler::{
    Cause, Delivery, DeliveryOutcome, Fate, Outcome, Output, Phase, Timestamp, Undelivered,
};

use super::definition::Definition;
use super::{Expected, Occurrence, Reference, occurrence_of, refused};

/// Times are elapsed milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    InFlight { until: u64 },
    Retrying { at: u64 },
    Dead { at: Timestamp, reason: String },
}

/// A delivery that is not settled.
#[derive(Debug, Clone)]
pub(crate) struct Outstanding {
    pub(crate) state: State,
    pub(crate) cause: Cause,
    pub(crate) superseded: bool,
    pub(crate) before: Phase,
    pub(crate) after: Phase,
    pub(crate) revision: Option<u64>,
    /// When it was first handed out, and as which one.
    pub(crate) first: Option<(Timestamp, u64)>,
    pub(crate) attempts: u32,
    pub(crate) attempts_allowed: u32,
    /// Attempts made before it was last revived by hand: they do not lengthen the waits after that.
    pub(crate) attempts_before: u32,
    /// Its line in the list of missed triggers.
    pub(crate) missed: Option<usize>,
}

impl Reference {
    pub(super) fn new_delivery(&self, definition: &Definition, due: Timestamp, cause: Cause) -> Outstanding {
        Outstanding {
            state: State::Waiting,
            cause,
            superseded: false,
            before: definition.status_at(due.saturating_add_ms(-1)),
            after: definition.status_at(due),
            revision: definition.revision,
            first: None,
            attempts: 0,
            attempts_allowed: self.config.retry.max_attempts,
            attempts_before: 0,
            missed: None,
        }
    }

    pub(super) fn deliver(&mut self, occurrence: Occurrence, delivery: Outstanding, now: Timestamp) {
        let at_once = delivery.cause != Cause::Recovered && delivery.cause != Cause::Backfill;
        if at_once && self.config.recovery.delay_ms == 0 {
            // Without a pace everything leaves in the order of the queue.
            self.release_waiting(now);
        }
        let another_waits = self
            .outstanding
            .iter()
            .any(|((.., id), other)| *id == occurrence.2 && other.state == State::Waiting);
        if at_once && self.acting && !another_waits {
            self.hand_out(occurrence, delivery, now);
        } else {
            self.outstanding.insert(occurrence, delivery);
        }
    }

    /// Hands out the waiting queue as far as its pace allows.
    pub(super) fn release_waiting(&mut self, now: Timestamp) {
        loop {
            let may = self
                .released_at
                .is_none_or(|at| self.elapsed_ms >= at + u64::from(self.config.recovery.delay_ms));
            let first = self.outstanding.iter().find(|(_, delivery)| delivery.state == State::Waiting);
            match first.map(|(occurrence, _)| occurrence.clone()) {
                Some(occurrence) if self.acting && may => {
                    self.released_at = Some(self.elapsed_ms);
                    let delivery = self.take(&occurrence);
                    self.hand_out_again(occurrence, delivery, now);
                }
                _ => return,
            }
        }
    }

    /// What was interrupted at its last attempt is given up when its turn comes.
    fn hand_out_again(&mut self, occurrence: Occurrence, delivery: Outstanding, now: Timestamp) {
        if delivery.attempts == delivery.attempts_allowed {
            self.bury(occurrence, delivery, "interrupted", now);
        } else {
            self.hand_out(occurrence, delivery, now);
        }
    }

    fn take(&mut self, occurrence: &Occurrence) -> Outstanding {
        self.outstanding.remove(occurrence).expect("just found")
    }

    fn hand_out(&mut self, occurrence: Occurrence, mut delivery: Outstanding, now: Timestamp) {
        if delivery.first.is_none() {
            self.first_hand_outs += 1;
            delivery.first = Some((now, self.first_hand_outs));
        }
        delivery.attempts += 1;
        let (fired_at, sequence) = delivery.first.expect("just set");
        let (scheduled_at, kind, event_id) = occurrence.clone();
        self.outputs.push(Output::Fired(Delivery {
            event_id: event_id.as_str().into(),
            kind,
            scheduled_at,
            fired_at,
            lateness_ms: fired_at.millis_since(scheduled_at).max(0) as u64,
            cause: delivery.cause,
            superseded: delivery.superseded,
            before: delivery.before,
            after: delivery.after,
            revision: delivery.revision,
            sequence,
            attempt: delivery.attempts,
        }));
        self.hand_outs.insert(occurrence.clone(), (delivery.cause, delivery.attempts, now));
        if self.handled.contains(kind) {
            delivery.state =
                State::InFlight { until: self.elapsed_ms + u64::from(self.config.retry.answer_timeout_ms) };
            self.outstanding.insert(occurrence, delivery);
        } else {
            self.settle(&occurrence, &delivery, Fate::Delivered, now);
        }
    }

    /// Answers that did not come in time are failures; waits that are over end.
    pub(super) fn take_what_has_run_out(&mut self, now: Timestamp) {
        loop {
            let timers = self.outstanding.iter().filter_map(|(occurrence, delivery)| match delivery.state {
                State::InFlight { until: at } | State::Retrying { at } => Some((at, occurrence.clone())),
                State::Waiting | State::Dead { .. } => None,
            });
            let Some((_, occurrence)) = timers.min().filter(|(at, _)| *at <= self.elapsed_ms) else { return };
            let mut delivery = self.take(&occurrence);
            if matches!(delivery.state, State::InFlight { .. }) {
                self.failed(occurrence, delivery, "no answer", 1.0, now);
            } else if !self.is_defined(&occurrence) {
                self.settle(&occurrence, &delivery, Fate::Withdrawn, now);
            } else if self.acting {
                self.hand_out_again(occurrence, delivery, now);
            } else {
                delivery.state = State::Waiting;
                self.outstanding.insert(occurrence, delivery);
            }
        }
    }

    fn failed(
        &mut self,
        occurrence: Occurrence,
        mut delivery: Outstanding,
        reason: &str,
        random: f64,
        now: Timestamp,
    ) -> DeliveryOutcome {
        if !self.is_defined(&occurrence) {
            self.settle(&occurrence, &delivery, Fate::Withdrawn, now);
            return DeliveryOutcome::Withdrawn;
        }
        if delivery.attempts == delivery.attempts_allowed {
            self.bury(occurrence, delivery, reason, now);
            return DeliveryOutcome::DeadLettered;
        }
        let retry = &self.config.retry;
        let doubled =
            u64::from(retry.base_ms) * 2_u64.pow((delivery.attempts - delivery.attempts_before).min(32) - 1);
        let wait_ms = (random * doubled.min(u64::from(retry.max_ms)) as f64) as u64;
        delivery.state = State::Retrying { at: self.elapsed_ms + wait_ms };
        self.outstanding.insert(occurrence, delivery);
        DeliveryOutcome::Retrying { at: now.saturating_add_ms(wait_ms as i64) }
    }

    fn bury(&mut self, occurrence: Occurrence, mut delivery: Outstanding, reason: &str, now: Timestamp) {
        delivery.state = State::Dead { at: now, reason: reason.to_owned() };
        self.tell_fate(&occurrence, &delivery, Fate::DeadLetter, now);
        self.outstanding.insert(occurrence, delivery);
    }

    /// Remembers and tells what became of an occurrence; a withdrawn one is forgotten.
    pub(super) fn settle(
        &mut self,
        occurrence: &Occurrence,
        delivery: &Outstanding,
        fate: Fate,
        now: Timestamp,
    ) {
        if fate != Fate::Withdrawn {
            self.settled.insert(occurrence.clone(), fate);
        }
        self.tell_fate(occurrence, delivery, fate, now);
    }

    fn tell_fate(&mut self, occurrence: &Occurrence, delivery: &Outstanding, fate: Fate, now: Timestamp) {
        if let Some(line) = delivery.missed {
            self.missed[line].fate = Some(fate);
        }
        if fate == Fate::Delivered || fate == Fate::Elsewhere {
            return;
        }
        let (scheduled_at, kind, event_id) = occurrence.clone();
        self.outputs.push(Output::Undelivered(Undelivered {
            event_id: event_id.as_str().into(),
            kind,
            scheduled_at,
            at: now,
            fate,
            before: delivery.before,
            after: delivery.after,
            revision: delivery.revision,
            attempts: delivery.attempts,
        }));
    }

    pub(super) fn acknowledge(&mut self, id: &str, now: Timestamp) -> DeliveryOutcome {
        let Some(occurrence) = occurrence_of(id) else { return DeliveryOutcome::NotFound };
        let found = self.outstanding.remove(&occurrence).or_else(|| self.held.remove(&occurrence));
        let Some(delivery) = found else { return DeliveryOutcome::NotFound };
        self.settle(&occurrence, &delivery, Fate::Delivered, now);
        DeliveryOutcome::Settled
    }

    pub(super) fn fail(
        &mut self,
        id: &str,
        attempt: u32,
        reason: &str,
        random: f64,
        now: Timestamp,
    ) -> DeliveryOutcome {
        let in_flight = |occurrence: &Occurrence| {
            self.outstanding.get(occurrence).is_some_and(|delivery| {
                delivery.attempts == attempt && matches!(delivery.state, State::InFlight { .. })
            })
        };
        let Some(occurrence) = occurrence_of(id).filter(in_flight) else { return DeliveryOutcome::NotFound };
        let delivery = self.take(&occurrence);
        let mut kept = reason.to_owned();
        while kept.len() > 512 {
            kept.pop();
        }
        self.failed(occurrence, delivery, &kept, random, now)
    }

    pub(super) fn retry(&mut self, id: &str, now: Timestamp) -> DeliveryOutcome {
        let can = |occurrence: &Occurrence| {
            let found = self.outstanding.get(occurrence);
            found.is_some_and(|delivery| !matches!(delivery.state, State::InFlight { .. }))
        };
        let Some(occurrence) = occurrence_of(id).filter(can) else { return DeliveryOutcome::NotFound };
        let mut delivery = self.take(&occurrence);
        self.revive(&mut delivery);
        delivery.state = State::Retrying { at: self.elapsed_ms };
        self.outstanding.insert(occurrence, delivery);
        self.tick(now);
        DeliveryOutcome::Retrying { at: now }
    }

    /// A dead letter gets as many attempts again, and counts as missed and open again.
    fn revive(&mut self, delivery: &mut Outstanding) {
        if let State::Dead { .. } = delivery.state {
            delivery.attempts_allowed = delivery.attempts + self.config.retry.max_attempts;
            delivery.attempts_before = delivery.attempts;
            if let Some(line) = delivery.missed {
                self.missed[line].fate = None;
            }
        }
    }

    pub(super) fn settled_elsewhere(&mut self, id: &str, now: Timestamp) -> DeliveryOutcome {
        let Some(occurrence) = occurrence_of(id) else { return DeliveryOutcome::NotFound };
        match self.outstanding.remove(&occurrence).or_else(|| self.held.remove(&occurrence)) {
            Some(delivery) => self.settle(&occurrence, &delivery, Fate::Elsewhere, now),
            None => {
                self.settled.insert(occurrence, Fate::Elsewhere);
            }
        }
        DeliveryOutcome::Settled
    }

    pub(super) fn backfill(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        again: bool,
        now: Timestamp,
    ) -> Expected {
        if until > now {
            return refused("until", "RANGE_INVALID");
        }
        if from >= until {
            return refused("from", "RANGE_INVALID");
        }
        let definitions: Vec<Definition> =
            self.events.values().map(|event| event.definition.clone()).collect();
        let mut occurrences = 0;
        for definition in definitions {
            for (kind, due) in definition.triggers() {
                let occurrence = (due, kind, definition.id.clone());
                let delivered =
                    matches!(self.settled.get(&occurrence), Some(Fate::Delivered | Fate::Elsewhere));
                if due <= from || due > until || self.is_queued(&occurrence) {
                    continue;
                }
                let delivery = match self.outstanding.get(&occurrence).cloned() {
                    Some(mut dead) if matches!(dead.state, State::Dead { .. }) => {
                        self.revive(&mut dead);
                        Outstanding { state: State::Waiting, ..dead }
                    }
                    Some(_) => continue,
                    None if delivered && !again => continue,
                    None => self.new_delivery(&definition, due, Cause::Backfill),
                };
                self.outstanding.insert(occurrence, delivery);
                occurrences += 1;
            }
        }
        self.tick(now);
        Expected::Outcome(Outcome::Backfilled { occurrences })
    }

    /// Takes back what is outstanding of an occurrence that the event has no more, unless it is in flight.
    pub(super) fn withdraw(&mut self, occurrence: &Occurrence, now: Timestamp) {
        let open = self.outstanding.get(occurrence);
        if open.is_some_and(|delivery| !matches!(delivery.state, State::InFlight { .. })) {
            let delivery = self.take(occurrence);
            self.settle(occurrence, &delivery, Fate::Withdrawn, now);
        }
    }
}
