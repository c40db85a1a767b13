//! Deliveries: handed out, answered, tried again, given up, taken back.

use std::sync::Arc;

use super::Scheduler;
use super::decisions::DecisionKind;
use super::io::{DeliveryOutcome, Now, Output};
use super::rows::Facts;
use crate::delivery::{Cause, Delivery, Entry, Fate, Key, State, Undelivered, backoff_ms};
use crate::limits;
use crate::time::Timestamp;
use crate::trigger::{DueTimes, TriggerId, TriggerKind};

/// What the last failure is said to have been when the handler did not answer.
const NO_ANSWER: &str = "no answer";
/// What it is said to have been when the host went down during the last attempt.
const INTERRUPTED: &str = "interrupted";

impl Scheduler {
    /// A delivery that was not made yet.
    pub(super) fn entry(&self, key: Key, facts: &Facts, cause: Cause, superseded: bool) -> Entry {
        Entry {
            before: facts.phase_at(key.due_at.saturating_add_ms(-1)),
            after: facts.phase_at(key.due_at),
            revision: facts.revision,
            key,
            state: State::Waiting,
            cause,
            superseded,
            fired_at: None,
            sequence: 0,
            attempts: 0,
            attempts_allowed: self.config.retry.max_attempts,
        }
    }

    /// Delivers at once, unless the delivery has to wait its turn.
    pub(super) fn deliver(&mut self, entry: Entry, facts: &Facts, now: Now) {
        let missed = matches!(entry.cause, Cause::Recovered | Cause::Backfill);
        if !missed && self.config.recovery.delay_ms == 0 {
            // Without a pace everything leaves in the order of the queue.
            self.release_waiting(now);
        }
        if missed || !self.acting || self.event_waits(&entry.key.event_id, facts) {
            let (kind, due_at, cause) = (entry.key.kind, entry.key.due_at, entry.cause);
            self.decisions.note(now.wall, &entry.key.event_id, DecisionKind::Waits { kind, due_at, cause });
            self.outstanding.insert(entry);
        } else {
            self.hand_out(entry, now);
        }
    }

    /// Whether a delivery of the event waits, behind which its next one has to queue.
    fn event_waits(&self, event_id: &str, facts: &Facts) -> bool {
        if self.outstanding.waiting() == 0 {
            return false;
        }
        let due = facts.due_times();
        let waits = |kind| {
            let entry = due.get(kind).and_then(|at| self.outstanding.find(at, kind, event_id));
            entry.is_some_and(|entry| entry.state == State::Waiting)
        };
        TriggerKind::ALL.into_iter().any(waits)
    }

    /// Hands out what is due: retries, and the waiting queue as far as its pace allows. Who did not answer in time has failed.
    pub(super) fn hand_out_due(&mut self, now: Now) {
        while let Some(mut entry) = self.outstanding.pop_timer(self.elapsed_ms) {
            let retries = matches!(entry.state, State::Retrying { .. });
            if !retries {
                self.fail_entry(entry, NO_ANSWER, 1.0, now);
            } else if !self.is_defined(&entry.key) {
                self.conclude(&entry, Fate::Withdrawn, now);
            } else if self.acting {
                self.hand_out_again(entry, now);
            } else {
                entry.state = State::Waiting;
                self.outstanding.insert(entry);
            }
        }
        self.release_waiting(now);
    }

    /// Hands out the waiting queue as far as its pace allows.
    fn release_waiting(&mut self, now: Now) {
        while self.acting && self.next_release().is_some_and(|at| at <= self.elapsed_ms) {
            let Some(entry) = self.outstanding.pop_waiting() else { break };
            self.released_at = Some(self.elapsed_ms);
            self.hand_out_again(entry, now);
        }
    }

    /// Hands out, unless the last attempt was interrupted: who still acts may be about to settle it, so only who acts gives it up.
    fn hand_out_again(&mut self, entry: Entry, now: Now) {
        if entry.attempts >= entry.attempts_allowed {
            self.bury(entry, INTERRUPTED, now);
        } else {
            self.hand_out(entry, now);
        }
    }

    /// When, in elapsed time, the first of the waiting queue may leave it.
    pub(super) fn next_release(&self) -> Option<u64> {
        if self.outstanding.waiting() == 0 {
            return None;
        }
        let delay_ms = u64::from(self.config.recovery.delay_ms);
        Some(self.released_at.map_or(self.elapsed_ms, |at| at + delay_ms))
    }

    fn hand_out(&mut self, mut entry: Entry, now: Now) {
        if entry.fired_at.is_none() {
            self.fired += 1;
            entry.sequence = self.fired;
            entry.fired_at = Some(now.wall);
        }
        entry.attempts = entry.attempts.saturating_add(1);
        let fired_at = entry.fired_at.unwrap_or(now.wall);
        let Key { due_at, kind, event_id } = &entry.key;
        self.outputs.push_back(Output::Fired(Delivery {
            event_id: event_id.clone(),
            kind: *kind,
            scheduled_at: *due_at,
            fired_at,
            lateness_ms: fired_at.millis_since(*due_at).max(0) as u64,
            cause: entry.cause,
            superseded: entry.superseded,
            before: entry.before,
            after: entry.after,
            revision: entry.revision,
            sequence: entry.sequence,
            attempt: entry.attempts,
        }));
        let what = DecisionKind::HandedOut {
            kind: *kind,
            due_at: *due_at,
            cause: entry.cause,
            attempt: entry.attempts,
        };
        self.decisions.note(now.wall, event_id, what);
        if self.handled.contains(*kind) {
            let until = self.elapsed_ms + u64::from(self.config.retry.answer_timeout_ms);
            entry.state = State::InFlight { until };
            self.outstanding.insert(entry);
        } else {
            self.conclude(&entry, Fate::Delivered, now);
        }
    }

    /// Takes an acknowledgement.
    pub(super) fn acknowledge(&mut self, trigger_id: &str, now: Now) -> DeliveryOutcome {
        let Some(entry) = self.take_outstanding(trigger_id) else { return DeliveryOutcome::NotFound };
        self.conclude(&entry, Fate::Delivered, now);
        DeliveryOutcome::Settled
    }

    /// Takes a failure.
    pub(super) fn fail(
        &mut self,
        trigger_id: &str,
        attempt: u32,
        reason: &str,
        random: f64,
        now: Now,
    ) -> DeliveryOutcome {
        let answers =
            |entry: &Entry| entry.attempts == attempt && matches!(entry.state, State::InFlight { .. });
        let key =
            self.find_outstanding(trigger_id).filter(|entry| answers(entry)).map(|entry| entry.key.clone());
        match key.and_then(|key| self.outstanding.remove(&key)) {
            Some(entry) => self.fail_entry(entry, shortened(reason), random, now),
            None => DeliveryOutcome::NotFound,
        }
    }

    fn fail_entry(&mut self, mut entry: Entry, reason: &str, random: f64, now: Now) -> DeliveryOutcome {
        let Key { due_at, kind, event_id } = &entry.key;
        let what = DecisionKind::Failed {
            kind: *kind,
            due_at: *due_at,
            attempt: entry.attempts,
            reason: reason.into(),
        };
        self.decisions.note(now.wall, event_id, what);
        if !self.is_defined(&entry.key) {
            self.conclude(&entry, Fate::Withdrawn, now);
            return DeliveryOutcome::Withdrawn;
        }
        if entry.attempts >= entry.attempts_allowed {
            self.bury(entry, reason, now);
            return DeliveryOutcome::DeadLettered;
        }
        let retry = &self.config.retry;
        let left = entry.attempts_allowed - entry.attempts;
        let failures = retry.max_attempts.saturating_sub(left).max(1);
        let wait_ms = backoff_ms(failures, retry.base_ms, retry.max_ms, random);
        entry.state = State::Retrying { at: self.elapsed_ms + u64::from(wait_ms) };
        self.outstanding.insert(entry);
        DeliveryOutcome::Retrying { at: now.wall.saturating_add_ms(i64::from(wait_ms)) }
    }

    /// Makes a dead letter.
    fn bury(&mut self, mut entry: Entry, reason: &str, now: Now) {
        entry.state = State::Dead { at: now.wall, reason: reason.into() };
        self.report_fate(&entry, Fate::DeadLetter, now);
        self.outstanding.insert(entry);
        self.limit_dead_letters();
    }

    /// The oldest dead letters give way.
    pub(super) fn limit_dead_letters(&mut self) {
        while self.outstanding.dead() > limits::DEAD_LETTERS
            && let Some(Entry { key, .. }) = self.outstanding.pop_dead()
        {
            self.settled.insert(key.due_at, key.kind, key.event_id, Fate::DeadLetter);
        }
    }

    /// Gives a dead letter, or what waits for its time, another chance at once.
    pub(super) fn retry(&mut self, trigger_id: &str, now: Now) -> DeliveryOutcome {
        let waits = |entry: &&Entry| !matches!(entry.state, State::InFlight { .. });
        let key = self.find_outstanding(trigger_id).filter(waits).map(|entry| entry.key.clone());
        let Some(entry) = key.and_then(|key| self.outstanding.remove(&key)) else {
            return DeliveryOutcome::NotFound;
        };
        let mut entry = self.revived(entry);
        entry.state = State::Retrying { at: self.elapsed_ms };
        self.outstanding.insert(entry);
        self.tick(now);
        DeliveryOutcome::Retrying { at: now.wall }
    }

    /// The entry with another set of attempts, if it was given up.
    pub(super) fn revived(&mut self, mut entry: Entry) -> Entry {
        if matches!(entry.state, State::Dead { .. }) {
            self.uncount_failed(&entry);
            entry.attempts_allowed = entry.attempts.saturating_add(self.config.retry.max_attempts);
        }
        entry
    }

    /// Takes note that another tab or node has settled an occurrence.
    pub(super) fn settled_elsewhere(&mut self, trigger_id: &str, now: Now) -> DeliveryOutcome {
        let Some((event_id, kind, due_at)) = TriggerId::parse(trigger_id) else {
            return DeliveryOutcome::NotFound;
        };
        match self.take_outstanding(trigger_id) {
            Some(entry) => self.conclude(&entry, Fate::Elsewhere, now),
            None => {
                let event_id: Arc<str> = event_id.into();
                if self.settled.insert(due_at, kind, event_id.clone(), Fate::Elsewhere) {
                    let what = DecisionKind::Settled { kind, due_at, fate: Fate::Elsewhere };
                    self.decisions.note(now.wall, &event_id, what);
                }
            }
        }
        DeliveryOutcome::Settled
    }

    /// Takes back what is outstanding of an event and not among its occurrences any more. What is in flight cannot be called
    /// back.
    pub(super) fn withdraw_lost(&mut self, event_id: &str, old: &DueTimes, new: &DueTimes, now: Now) {
        if self.outstanding.is_empty() {
            return;
        }
        for kind in TriggerKind::ALL {
            let Some(due_at) = old.get(kind).filter(|at| new.get(kind) != Some(*at)) else { continue };
            let calls_back = |entry: &&Entry| !matches!(entry.state, State::InFlight { .. });
            let found = self.outstanding.find(due_at, kind, event_id).filter(calls_back);
            let key = found.map(|entry| entry.key.clone());
            if let Some(entry) = key.and_then(|key| self.outstanding.remove(&key)) {
                self.conclude(&entry, Fate::Withdrawn, now);
            }
        }
    }

    /// Remembers and tells what became of an occurrence that is not outstanding any more.
    pub(super) fn conclude(&mut self, entry: &Entry, fate: Fate, now: Now) {
        let Key { due_at, kind, event_id } = &entry.key;
        self.uncount_failed(entry);
        if fate != Fate::Withdrawn {
            self.settled.insert(*due_at, *kind, event_id.clone(), fate);
        }
        self.report_fate(entry, fate, now);
    }

    /// A dead letter that gets another chance, or another fate, has not failed.
    fn uncount_failed(&mut self, entry: &Entry) {
        if entry.cause == Cause::Recovered && matches!(entry.state, State::Dead { .. }) {
            self.missed.failed = self.missed.failed.saturating_sub(1);
        }
    }

    fn report_fate(&mut self, entry: &Entry, fate: Fate, now: Now) {
        let Key { due_at, kind, event_id } = &entry.key;
        if entry.cause == Cause::Recovered {
            let missed = &mut self.missed;
            *match fate {
                Fate::Delivered => &mut missed.delivered,
                Fate::Expired => &mut missed.expired,
                Fate::Superseded => &mut missed.superseded,
                Fate::Skipped => &mut missed.skipped,
                Fate::DeadLetter => &mut missed.failed,
                Fate::Elsewhere => &mut missed.elsewhere,
                Fate::Withdrawn => &mut missed.withdrawn,
            } += 1;
        }
        if fate != Fate::Delivered || entry.attempts > 1 || self.handled.contains(*kind) {
            let what = DecisionKind::Settled { kind: *kind, due_at: *due_at, fate };
            self.decisions.note(now.wall, event_id, what);
        }
        if !matches!(fate, Fate::Delivered | Fate::Elsewhere) {
            self.outputs.push_back(Output::Undelivered(Undelivered {
                event_id: event_id.clone(),
                kind: *kind,
                scheduled_at: *due_at,
                at: now.wall,
                fate,
                before: entry.before,
                after: entry.after,
                revision: entry.revision,
                attempts: entry.attempts,
            }));
        }
    }

    /// Whether an event has this occurrence.
    pub(super) fn is_defined(&self, key: &Key) -> bool {
        self.store.find(key.event_id.as_bytes()).is_some_and(|handle| {
            self.store.rows.get(handle).facts.due_times().get(key.kind) == Some(key.due_at)
        })
    }

    pub(super) fn find_outstanding(&self, trigger_id: &str) -> Option<&Entry> {
        let (event_id, kind, due_at): (&str, TriggerKind, Timestamp) = TriggerId::parse(trigger_id)?;
        self.outstanding.find(due_at, kind, event_id)
    }

    fn take_outstanding(&mut self, trigger_id: &str) -> Option<Entry> {
        let (event_id, kind, due_at) = TriggerId::parse(trigger_id)?;
        let key = Key { due_at, kind, event_id: event_id.into() };
        self.outstanding.remove(&key).or_else(|| {
            let position = self.held.iter().position(|entry| entry.key == key)?;
            Some(self.held.remove(position))
        })
    }
}

/// What a failed handler said, no longer than is kept.
fn shortened(reason: &str) -> &str {
    // Without the panic of a slice, which takes Unicode tables into the page.
    reason.get(..reason.floor_char_boundary(limits::FAILURE_REASON_BYTES)).unwrap_or_default()
}
