//! Adopting what the scheduler that has acted until then knew: "Several tabs, several nodes" in docs/semantics.md.

use super::Scheduler;
use super::decisions::DecisionKind;
use super::io::Now;
use super::rows::bit;
use crate::delivery::{Cause, Entry, Fate, Key, State};
use crate::error::SchedulerError;
use crate::limits;
use crate::recovery::MissedCounts;
use crate::sorting::sorted;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;
use crate::trigger::heap::Handle;

/// The scheduler that wrote the state, and which of the two knows better.
struct Adoption {
    theirs: Scheduler,
    /// This one acts, and the other one has not been further: what differs, this one has decided since.
    leads: bool,
    now: Now,
}

impl Scheduler {
    /// Merges the state that another scheduler wrote into this one.
    #[inline(never)]
    pub(super) fn adopt(&mut self, state: &[u8], now: Now) -> Result<(), SchedulerError> {
        let mut theirs = self.with_state(state)?;
        // Time has passed there as over a restart.
        theirs.pass_time(now);
        let leads = self.acting && self.watermark.is_some() && self.watermark >= theirs.watermark;
        if !leads {
            // They have it, or know what became of it.
            self.held.clear();
            self.paused = theirs.paused.take();
        }
        let elapsed_ms = self.elapsed_ms.max(theirs.elapsed_ms);
        let (here, there) = (self.take_open(elapsed_ms), theirs.take_open(elapsed_ms));
        let (counted, open) = if leads { (self.missed, &here) } else { (theirs.missed, &there) };
        self.missed = counted;
        for entry in open {
            count(&mut self.missed, entry, |count| count.saturating_sub(1));
        }
        self.released_at = self.released_at.max(theirs.released_at);
        self.merge_open(here, there, &Adoption { theirs, leads, now });
        Ok(())
    }

    /// Takes all deliveries out, in the order of the queue, and sets the clock of elapsed time on.
    #[inline(never)]
    fn take_open(&mut self, elapsed_ms: u64) -> Vec<Entry> {
        let ahead_ms = elapsed_ms - self.elapsed_ms;
        self.elapsed_ms = elapsed_ms;
        self.released_at = self.released_at.map(|at| at + ahead_ms);
        let outstanding = std::mem::take(&mut self.outstanding);
        let mut entries: Vec<Entry> = outstanding.sorted().into_iter().cloned().collect();
        entries.append(&mut self.held);
        for entry in &mut entries {
            if let State::InFlight { until: at } | State::Retrying { at } = &mut entry.state {
                *at += ahead_ms;
            }
        }
        sorted(entries, |a, b| a.key.cmp(&b.key))
    }

    #[inline(never)]
    fn merge_open(&mut self, here: Vec<Entry>, there: Vec<Entry>, adoption: &Adoption) {
        let mut there = there.into_iter().peekable();
        for ours in here {
            while let Some(entry) = there.next_if(|entry| entry.key < ours.key) {
                self.take_theirs(entry, adoption);
            }
            match there.next_if(|entry| entry.key == ours.key) {
                Some(entry) if self.is_behind(&ours, &entry, adoption) => self.take_theirs(entry, adoption),
                Some(_) => self.put(ours),
                None => self.keep_ours(ours, adoption),
            }
        }
        there.for_each(|entry| self.take_theirs(entry, adoption));
        self.limit_dead_letters();
        if !adoption.leads {
            self.mark_forgotten(&adoption.theirs);
        }
        self.merge_memory(&adoption.theirs, adoption.leads);
    }

    /// Whether the other one's word on a delivery counts. Who acts hears the answer to what is in flight here.
    fn is_behind(&self, ours: &Entry, entry: &Entry, adoption: &Adoption) -> bool {
        let awaited = self.acting && matches!(ours.state, State::InFlight { .. });
        entry.attempts > ours.attempts || !awaited && !adoption.leads
    }

    /// Takes over a delivery of theirs, unless it is settled here.
    #[inline(never)]
    fn take_theirs(&mut self, entry: Entry, adoption: &Adoption) {
        let Key { due_at, kind, event_id } = &entry.key;
        if let Some(fate) = self.settled.fate(*due_at, *kind, event_id)
            && adoption.theirs.settled.fate(*due_at, *kind, event_id).is_none()
        {
            if !keeps(fate, adoption.leads) {
                // Left out here by one that does not act, and not left out there.
                self.settled.remove(*due_at, *kind, event_id);
            } else {
                if !adoption.leads {
                    count(&mut self.missed, &entry, |count| count + 1);
                    self.conclude(&entry, fate, adoption.now);
                }
                return;
            }
        }
        // Its event has lost it since.
        let withdrawn = adoption.leads && self.store.find(event_id.as_bytes()).is_some();
        if !withdrawn || self.is_defined(&entry.key) {
            self.put(entry);
        }
    }

    /// Keeps a delivery that is not outstanding there, unless it is settled there.
    #[inline(never)]
    fn keep_ours(&mut self, mut entry: Entry, adoption: &Adoption) {
        let Key { due_at, kind, event_id } = &entry.key;
        let fate = adoption.theirs.settled.fate(*due_at, *kind, event_id);
        if adoption.leads {
            // Remembered here too it is a backfill that came later.
            if fate.is_some() && self.settled.fate(*due_at, *kind, event_id).is_none() {
                count(&mut self.missed, &entry, |count| count + 1);
                self.conclude(&entry, Fate::Elsewhere, adoption.now);
                return;
            }
        } else if fate.is_some() || adoption.theirs.has_forgotten(*due_at) {
            let fate = fate.unwrap_or(Fate::Elsewhere);
            let what = DecisionKind::Settled { kind: *kind, due_at: *due_at, fate };
            self.decisions.note(adoption.now.wall, event_id, what);
            return;
        }
        if !self.acting && matches!(entry.state, State::InFlight { .. }) {
            if !self.is_defined(&entry.key) {
                count(&mut self.missed, &entry, |count| count + 1);
                self.conclude(&entry, Fate::Withdrawn, adoption.now);
                return;
            }
            // What nobody has stored as begun has not begun.
            entry.state = State::Waiting;
            entry.attempts = entry.attempts.saturating_sub(1);
            if entry.attempts == 0 {
                (entry.fired_at, entry.sequence) = (None, 0);
            }
        }
        self.put(entry);
    }

    /// Puts a delivery where it belongs: what no event has is held until that is known, but for what is in flight.
    #[inline(never)]
    fn put(&mut self, entry: Entry) {
        count(&mut self.missed, &entry, |count| count + 1);
        if matches!(entry.state, State::InFlight { .. }) || self.is_defined(&entry.key) {
            self.outstanding.insert(entry);
        } else {
            self.held.push(entry);
        }
    }

    /// Whether an occurrence is so old that this one would not remember that it was settled.
    fn has_forgotten(&self, due_at: Timestamp) -> bool {
        let window_ms = self.config.recovery.window_ms() + limits::SETTLED_MARGIN_MS;
        self.watermark.is_some_and(|watermark| due_at < watermark.saturating_add_ms(-window_ms))
    }

    /// What is still queued here and was settled there so long ago that they do not remember it has fired: only states follow.
    #[inline(never)]
    fn mark_forgotten(&mut self, theirs: &Scheduler) {
        if !self.next_due().is_some_and(|due_at| theirs.has_forgotten(due_at)) {
            return;
        }
        let handles: Vec<Handle> = self.store.rows.handles().collect();
        for handle in handles {
            let row = self.store.rows.get_mut(handle);
            let due = row.facts.due_times();
            for kind in TriggerKind::ALL {
                if row.waits(kind) && due.get(kind).is_some_and(|due_at| theirs.has_forgotten(due_at)) {
                    row.fired |= bit(kind);
                }
            }
        }
    }

    /// Remembers what is remembered there.
    #[inline(never)]
    fn merge_memory(&mut self, theirs: &Scheduler, leads: bool) {
        for (due_at, kind, event_id, fate) in theirs.settled.iter() {
            let known = self.settled.fate(due_at, kind, event_id);
            if known.is_none_or(|known| known != fate && !keeps(known, leads)) {
                self.settled.insert(due_at, kind, event_id.into(), fate);
            }
        }
        for (event_id, revision) in theirs.tombstones.iter() {
            // Of an event that is tracked here the removal is still to come.
            if self.store.find(event_id.as_bytes()).is_none() {
                self.tombstones.insert(&event_id.into(), revision);
            }
        }
        self.watermark = self.watermark.max(theirs.watermark);
        self.synced_at = self.synced_at.max(theirs.synced_at);
        self.fired = self.fired.max(theirs.fired);
    }

    /// Puts what is held of an event in its place, now that the event was edited. A definition that is older than the delivery
    /// says nothing about it.
    #[inline(never)]
    pub(super) fn claim_held(&mut self, event_id: &str, now: Now) {
        for entry in std::mem::take(&mut self.held) {
            let known = self.store.find(entry.key.event_id.as_bytes());
            let older = known.is_some_and(|row| self.store.rows.get(row).facts.revision < entry.revision);
            if *entry.key.event_id != *event_id {
                self.held.push(entry);
            } else if self.is_defined(&entry.key) {
                self.outstanding.insert(entry);
            } else if older {
                self.held.push(entry);
            } else {
                self.conclude(&entry, Fate::Withdrawn, now);
            }
        }
    }

    /// Withdraws what no event has, but for what is in flight.
    #[inline(never)]
    pub(super) fn withdraw_undefined(&mut self, now: Now) {
        for entry in std::mem::take(&mut self.held) {
            self.outstanding.insert(entry);
        }
        if self.outstanding.is_empty() {
            return;
        }
        let lost =
            |entry: &&Entry| !matches!(entry.state, State::InFlight { .. }) && !self.is_defined(&entry.key);
        let lost: Vec<Entry> = self.outstanding.sorted().into_iter().filter(lost).cloned().collect();
        for entry in lost {
            self.outstanding.remove(&entry.key);
            self.conclude(&entry, Fate::Withdrawn, now);
        }
    }
}

/// Whether what is known of an occurrence stands against what the other one says: who leads knows better, and nothing undoes a
/// delivery.
fn keeps(known: Fate, leads: bool) -> bool {
    leads || matches!(known, Fate::Delivered | Fate::Elsewhere)
}

/// Changes the counts by one delivery that is not settled.
fn count(missed: &mut MissedCounts, entry: &Entry, by_one: fn(u64) -> u64) {
    if entry.cause == Cause::Recovered {
        missed.detected = by_one(missed.detected);
        if matches!(entry.state, State::Dead { .. }) {
            missed.failed = by_one(missed.failed);
        }
    }
}
