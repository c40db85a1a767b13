//! Why a trigger fired, has not fired yet, or never will: one sentence for a person, and the data behind it.

use std::sync::Arc;

use super::Scheduler;
use super::decisions::{Decision, DecisionKind, Edit};
use super::io::{Now, Pause};
use super::rows::{Row, bit};
use crate::delivery::{Cause, Entry, Fate, State};
use crate::event::Phase;
use crate::limits;
use crate::sorting::sorted;
use crate::time::Timestamp;
use crate::trigger::{TriggerId, TriggerKind};

/// What is known of an event, or of one of its triggers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was asked for.
    pub id: String,
    /// One sentence for a person.
    pub sentence: String,
    /// The event, where it is tracked.
    pub event: Option<EventFacts>,
    /// The trigger that was asked for, or every one that the event has, in the order of their due times.
    pub triggers: Vec<TriggerExplanation>,
    /// What was decided about them lately, newest first; at most a hundred.
    pub decisions: Vec<Decision>,
    /// How far off the clock may be, in milliseconds.
    pub clock_error_ms: u32,
}

/// What the scheduler knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFacts {
    /// Where it stands.
    pub phase: Phase,
    /// Its revision.
    pub revision: Option<u64>,
    /// Whether the last word on it was the application's, which the back end has not confirmed.
    pub provisional: bool,
    /// When its present dates were made known.
    pub known_since: Timestamp,
}

/// What is known of one trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerExplanation {
    /// Identity of the occurrence.
    pub trigger_id: TriggerId,
    /// What fires.
    pub kind: TriggerKind,
    /// When it is due.
    pub due_at: Timestamp,
    /// How far it is.
    pub state: TriggerState,
    /// The same in a sentence.
    pub sentence: String,
}

/// How far a trigger is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerState {
    /// It is queued, and fires at its time.
    Queued,
    /// It is due, and fires at the next tick.
    Due,
    /// It is due, and nothing fires during the pause.
    Paused(Pause),
    /// It fired and stands in the waiting queue.
    Waits {
        /// How many are before it.
        position: usize,
        /// Why it was not delivered at once.
        cause: Cause,
        /// Whether deliveries are handed out here at all.
        acting: bool,
    },
    /// Its handlers were called and have not answered.
    InFlight {
        /// Which attempt.
        attempt: u32,
    },
    /// Its handlers failed; another attempt follows.
    Retrying {
        /// Attempts made.
        attempts: u32,
        /// When the next one follows, unless wall time steps.
        at: Timestamp,
    },
    /// It has reached its fate.
    Settled {
        /// Which.
        fate: Fate,
        /// The hand-out, where it is still remembered: why, which attempt, and when.
        handed_out: Option<(Cause, u32, Timestamp)>,
        /// What the last failure said, of a dead letter.
        reason: Option<Arc<str>>,
    },
    /// It fired so long ago that it is not remembered what became of it.
    Forgotten,
    /// Its time lay in the past when it was made known, further than the grace for that.
    PlacedInPast {
        /// When it was made known.
        known_since: Timestamp,
    },
    /// The event has this kind of trigger at another time now.
    Moved {
        /// When.
        to: Timestamp,
    },
    /// The event has no trigger of this kind.
    NotDefined,
    /// The event's approval gate is closed: pending, declined or cancelled.
    GateClosed(Phase),
    /// The event has no start or no end, and with that no triggers.
    Draft,
    /// The event was removed.
    Removed {
        /// When.
        at: Timestamp,
    },
    /// The event cannot be understood.
    Quarantined,
    /// There is no such event.
    UnknownEvent,
}

/// Decisions that one explanation shows.
const SHOWN: usize = 100;

impl Scheduler {
    /// Explains an event (by its id) or one of its triggers (by the trigger's id). O(decisions remembered).
    pub fn explain(&self, id: &str, now: Now) -> Explanation {
        let row = self.store.find(id.as_bytes()).map(|handle| self.store.rows.get(handle));
        match (row, TriggerId::parse(id)) {
            (None, Some((event_id, kind, due_at))) => {
                let row = self.store.find(event_id.as_bytes()).map(|handle| self.store.rows.get(handle));
                let trigger = self.explain_trigger(event_id, row, kind, due_at, now);
                let sentence = trigger.sentence.clone();
                let concerns = |decision: &Decision| decision.concerns(kind, due_at);
                self.explanation(id, event_id, row, sentence, vec![trigger], concerns, now)
            }
            _ => {
                let triggers = row.map_or_else(Vec::new, |row| self.explain_all(id, row, now));
                let sentence = self.event_sentence(id, row, &triggers);
                self.explanation(id, id, row, sentence, triggers, |_| true, now)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one answer")]
    fn explanation(
        &self,
        id: &str,
        event_id: &str,
        row: Option<&Row>,
        mut sentence: String,
        triggers: Vec<TriggerExplanation>,
        concerns: impl Fn(&Decision) -> bool,
        now: Now,
    ) -> Explanation {
        if now.error_ms >= limits::UNCERTAIN_CLOCK_MS {
            sentence.push_str(&format!(" The clock may be off by {}.", duration(i64::from(now.error_ms))));
        }
        let about = |decision: &&Decision| &*decision.event_id == event_id && concerns(decision);
        Explanation {
            id: id.to_owned(),
            sentence,
            event: row.map(|row| EventFacts {
                phase: row.phase,
                revision: row.facts.revision,
                provisional: row.provisional,
                known_since: row.admitted_at,
            }),
            triggers,
            decisions: self.decisions.iter().filter(about).take(SHOWN).cloned().collect(),
            clock_error_ms: now.error_ms,
        }
    }

    fn explain_all(&self, event_id: &str, row: &Row, now: Now) -> Vec<TriggerExplanation> {
        let due = row.facts.due_times();
        let occurrences: Vec<_> =
            TriggerKind::ALL.into_iter().filter_map(|kind| due.get(kind).map(|at| (at, kind))).collect();
        sorted(occurrences, |a, b| a.cmp(b))
            .into_iter()
            .map(|(due_at, kind)| self.explain_trigger(event_id, Some(row), kind, due_at, now))
            .collect()
    }

    fn explain_trigger(
        &self,
        event_id: &str,
        row: Option<&Row>,
        kind: TriggerKind,
        due_at: Timestamp,
        now: Now,
    ) -> TriggerExplanation {
        let state = self.trigger_state(event_id, row, kind, due_at, now);
        let trigger_id = TriggerId::new(event_id, kind, due_at);
        let sentence = format!("{kind} of {event_id} {}", said(&state, due_at, now));
        TriggerExplanation { trigger_id, kind, due_at, state, sentence }
    }

    fn trigger_state(
        &self,
        event_id: &str,
        row: Option<&Row>,
        kind: TriggerKind,
        due_at: Timestamp,
        now: Now,
    ) -> TriggerState {
        if let Some(entry) = self.outstanding.find(due_at, kind, event_id) {
            return self.outstanding_state(entry);
        }
        let defined = row.and_then(|row| row.facts.due_times().get(kind));
        let queued = row.is_some_and(|row| row.pending & bit(kind) != 0) && defined == Some(due_at);
        if let Some(fate) = self.settled.fate(due_at, kind, event_id) {
            let handed_out = self.hand_out_of(event_id, kind, due_at);
            return TriggerState::Settled { fate, handed_out, reason: None };
        }
        match row {
            Some(_) if queued => match &self.paused {
                _ if due_at > now.wall => TriggerState::Queued,
                Some(pause) => TriggerState::Paused(pause.clone()),
                None => TriggerState::Due,
            },
            Some(row) if defined == Some(due_at) && row.fired & bit(kind) != 0 => TriggerState::Forgotten,
            Some(row) if defined == Some(due_at) => {
                TriggerState::PlacedInPast { known_since: row.admitted_at }
            }
            Some(row) => match (defined, row.facts.approval.gate()) {
                (_, Some(phase)) => TriggerState::GateClosed(phase),
                (Some(to), None) => TriggerState::Moved { to },
                (None, None) if row.phase == Phase::Draft => TriggerState::Draft,
                (None, None) => TriggerState::NotDefined,
            },
            None if self.quarantine.get(event_id).is_some() => TriggerState::Quarantined,
            None => {
                let removed = |decision: &&Decision| {
                    &*decision.event_id == event_id
                        && matches!(decision.what, DecisionKind::Unqueued { why: Edit::Removed, .. })
                };
                let removed = self.decisions.iter().find(removed);
                removed
                    .map_or(TriggerState::UnknownEvent, |decision| TriggerState::Removed { at: decision.at })
            }
        }
    }

    fn outstanding_state(&self, entry: &Entry) -> TriggerState {
        match &entry.state {
            State::Waiting => TriggerState::Waits {
                position: self.outstanding.position(&entry.key).unwrap_or_default(),
                cause: entry.cause,
                acting: self.acting,
            },
            State::InFlight { .. } => TriggerState::InFlight { attempt: entry.attempts },
            State::Retrying { at } => TriggerState::Retrying {
                attempts: entry.attempts,
                at: self.wall_time_of(*at).unwrap_or(entry.key.due_at),
            },
            State::Dead { reason, .. } => TriggerState::Settled {
                fate: Fate::DeadLetter,
                handed_out: self.hand_out_of(&entry.key.event_id, entry.key.kind, entry.key.due_at),
                reason: Some(reason.clone()),
            },
        }
    }

    fn hand_out_of(
        &self,
        event_id: &str,
        kind: TriggerKind,
        due_at: Timestamp,
    ) -> Option<(Cause, u32, Timestamp)> {
        self.decisions.iter().find_map(|decision| match &decision.what {
            DecisionKind::HandedOut { cause, attempt, .. }
                if &*decision.event_id == event_id && decision.concerns(kind, due_at) =>
            {
                Some((*cause, *attempt, decision.at))
            }
            _ => None,
        })
    }

    fn event_sentence(&self, id: &str, row: Option<&Row>, triggers: &[TriggerExplanation]) -> String {
        let Some(row) = row else {
            if let Some(event) = self.quarantine.get(id) {
                let problem = event.problems.first().map_or("", |problem| &problem.message);
                return format!("{id} cannot be understood ({problem}), so it has no triggers.");
            }
            return format!("There is no event {id}.");
        };
        if let Some(phase) = row.facts.approval.gate() {
            return format!("{id} is {} and has no triggers until that changes.", phase.status());
        }
        let next = triggers.iter().find(|trigger| trigger.state == TriggerState::Queued);
        match next {
            Some(next) => format!("{id} is {}; {}", row.phase.sub_status(), next.sentence),
            None if row.phase == Phase::Draft => {
                format!("{id} is a draft: it has no triggers before it has both a start and an end.")
            }
            None => format!("{id} is {}; no trigger of it is still to come.", row.phase.sub_status()),
        }
    }
}

/// What is to be said of a trigger, behind its name.
fn said(state: &TriggerState, due_at: Timestamp, now: Now) -> String {
    match state {
        TriggerState::Queued => {
            format!("is due at {due_at}, in {}, and fires then.", duration(due_at.millis_since(now.wall)))
        }
        TriggerState::Due => format!("was due at {due_at} and fires at the next tick."),
        TriggerState::Paused(Pause { since, reason }) => {
            format!("was due at {due_at}, but nothing fires since {since}: paused ({reason}).")
        }
        TriggerState::Waits { acting: false, .. } => {
            format!("was due at {due_at} and waits: another tab or node is to deliver it.")
        }
        TriggerState::Waits { position, cause, .. } => {
            let others = if *position == 1 { "other" } else { "others" };
            format!(
                "was due at {due_at} and waits to be delivered ({}) behind {position} {others}.",
                cause.as_str()
            )
        }
        TriggerState::InFlight { attempt } => {
            format!(
                "was due at {due_at}; its handlers were called (attempt {attempt}) and have not answered yet."
            )
        }
        TriggerState::Retrying { attempts, at } => {
            format!("was due at {due_at}; attempt {attempts} failed, the next one follows at {at}.")
        }
        TriggerState::Settled { fate, handed_out, reason } => {
            settled(*fate, handed_out.as_ref(), reason.as_deref(), due_at)
        }
        TriggerState::Forgotten => {
            format!("was due at {due_at} and fired then; what became of it is not remembered any more.")
        }
        TriggerState::PlacedInPast { known_since } => format!(
            "never fires: its time {due_at} lay too far in the past when it was made known at {known_since}, so only the state was set."
        ),
        TriggerState::Moved { to } => format!("never fires at {due_at}: it is due at {to} now."),
        TriggerState::NotDefined => format!("never fires at {due_at}: the event has no such date."),
        TriggerState::GateClosed(phase) => {
            format!("does not fire at {due_at}: the event is {}.", phase.status())
        }
        TriggerState::Draft => {
            format!("does not fire at {due_at}: the event is a draft until it has both a start and an end.")
        }
        TriggerState::Removed { at } => format!("never fires: the event was removed at {at}."),
        TriggerState::Quarantined => "does not fire: the event cannot be understood.".to_owned(),
        TriggerState::UnknownEvent => "is unknown: there is no such event.".to_owned(),
    }
}

fn settled(
    fate: Fate,
    handed_out: Option<&(Cause, u32, Timestamp)>,
    reason: Option<&str>,
    due_at: Timestamp,
) -> String {
    match (fate, handed_out) {
        (Fate::Delivered, Some((cause, attempt, at))) => format!(
            "was due at {due_at} and was delivered {} later ({}, attempt {attempt}).",
            duration(at.millis_since(due_at)),
            cause.as_str()
        ),
        (Fate::Delivered, None) => format!("was due at {due_at} and was delivered."),
        (Fate::Expired, _) => {
            format!(
                "was due at {due_at} and was found too late for the catch-up window: only the state was set."
            )
        }
        (Fate::Superseded, _) => format!(
            "was due at {due_at} and was missed; a later trigger of the event was due too, and only the latest is delivered."
        ),
        (Fate::Skipped, _) => {
            format!("was due at {due_at} and was missed; it was skipped, only the state was set.")
        }
        (Fate::DeadLetter, _) => format!(
            "was due at {due_at} and was given up after its last attempt failed ({}); it can be retried.",
            reason.unwrap_or("for a reason that is not remembered")
        ),
        (Fate::Elsewhere, _) => format!("was due at {due_at} and was settled by another tab or node."),
        (Fate::Withdrawn, _) => format!("was due at {due_at} and was withdrawn by an edit."),
    }
}

/// A duration in its two largest units.
fn duration(ms: i64) -> String {
    let ms = ms.unsigned_abs();
    let (days, hours, minutes, seconds) =
        (ms / 86_400_000, ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1_000 % 60);
    match (days, hours, minutes, seconds) {
        (1.., ..) => format!("{days} d {hours} h"),
        (0, 1.., ..) => format!("{hours} h {minutes} min"),
        (0, 0, 1.., _) => format!("{minutes} min {seconds} s"),
        (0, 0, 0, 10..) => format!("{seconds} s"),
        (0, 0, 0, _) => format!("{ms} ms"),
    }
}
