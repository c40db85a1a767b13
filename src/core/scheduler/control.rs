//! Standing orders: pause, resume, backfill, who acts, and for which kinds there are handlers.

use std::sync::Arc;

use super::Scheduler;
use super::io::{Now, Pause};
use super::rows::bit;
use crate::delivery::{Cause, Entry, Fate, Key, State};
use crate::error::{InvalidInput, Problem, ProblemCode, SchedulerError};
use crate::limits;
use crate::recovery::ResumeFrom;
use crate::sorting::sorted;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;

impl Scheduler {
    pub(super) fn set_max_downtime_hours(&mut self, hours: u32) -> Result<(), SchedulerError> {
        if hours > limits::MAX_DOWNTIME_HOURS {
            let message = format!("is {hours}: choose a value from 0 to {}", limits::MAX_DOWNTIME_HOURS);
            return Err(refused("max_downtime_hours", ProblemCode::SettingInvalid, message));
        }
        self.config.recovery.max_downtime_hours = hours;
        Ok(())
    }

    pub(super) fn set_acting(&mut self, acting: bool, now: Now) {
        let begins = acting && !self.acting;
        self.acting = acting;
        if begins {
            self.tick(now);
        }
    }

    pub(super) fn pause(&mut self, reason: &str, now: Now) -> Result<(), SchedulerError> {
        if reason.len() > limits::PAUSE_REASON_BYTES {
            let most = limits::PAUSE_REASON_BYTES;
            let message = format!("has {} bytes: give a reason of at most {most}", reason.len());
            return Err(refused("reason", ProblemCode::TextTooLong, message));
        }
        let since = self.paused.take().map_or(now.wall, |pause| pause.since);
        self.paused = Some(Pause { since, reason: reason.into() });
        Ok(())
    }

    pub(super) fn resume(&mut self, from: ResumeFrom, now: Now) {
        if self.paused.take().is_some() && from == ResumeFrom::Now {
            self.fire_due(now, true);
        }
        self.tick(now);
    }

    /// Puts what was due in `(from, until]` and not delivered into the waiting queue; with `again`, what was delivered too.
    pub(super) fn backfill(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        again: bool,
        now: Now,
    ) -> Result<usize, SchedulerError> {
        if until > now.wall {
            let message = format!("is {until}, which is still to come: choose {} or earlier", now.wall);
            return Err(refused("until", ProblemCode::RangeInvalid, message));
        }
        if from >= until {
            let message =
                format!("is {from}, which is not before the end {until}: choose an earlier beginning");
            return Err(refused("from", ProblemCode::RangeInvalid, message));
        }
        let entries = self.backfilled(from, until, again);
        if entries.len() > limits::BACKFILL_OCCURRENCES {
            return Err(SchedulerError::LimitExceeded {
                limit: "backfill_occurrences",
                maximum: limits::BACKFILL_OCCURRENCES as u64,
                actual: entries.len() as u64,
            });
        }
        let occurrences = entries.len();
        for entry in entries {
            self.outstanding.remove(&entry.key);
            let entry = Entry { state: State::Waiting, ..self.revived(entry) };
            self.outstanding.insert(entry);
        }
        self.tick(now);
        Ok(occurrences)
    }

    /// What a backfill is about, in the order of the queue.
    fn backfilled(&self, from: Timestamp, until: Timestamp, again: bool) -> Vec<Entry> {
        let mut entries = Vec::new();
        for handle in self.store.rows.handles() {
            let row = self.store.rows.get(handle);
            let due = row.facts.due_times();
            let mut id: Option<Arc<str>> = None;
            for kind in TriggerKind::ALL {
                let Some(due_at) = due.get(kind).filter(|at| *at > from && *at <= until) else { continue };
                if row.pending & bit(kind) != 0 {
                    continue;
                }
                let event_id = id.get_or_insert_with(|| self.store.rows.id_text(handle)).clone();
                let delivered = matches!(
                    self.settled.fate(due_at, kind, &event_id),
                    Some(Fate::Delivered | Fate::Elsewhere)
                );
                match self.outstanding.find(due_at, kind, &event_id) {
                    Some(dead) if matches!(dead.state, State::Dead { .. }) => entries.push(dead.clone()),
                    Some(_) => {}
                    None if delivered && !again => {}
                    None => {
                        let key = Key { due_at, kind, event_id };
                        entries.push(self.entry(key, &row.facts, Cause::Backfill, false));
                    }
                }
            }
        }
        sorted(entries, |a, b| a.key.cmp(&b.key))
    }
}

fn refused(field: &'static str, code: ProblemCode, message: String) -> SchedulerError {
    InvalidInput::single(None, Problem::new(field, code, message)).into()
}
