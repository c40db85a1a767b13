//! Explanations, simulations, dead letters and decisions as plain objects. Phases cross as their numbers, of which the façade
//! makes the statuses that it has handed out before.

use std::borrow::Cow;

use serde::Serialize;

use super::views::{RawQueued, millis};
use crate::event::{Conflict, Conflicts};
use crate::{
    Cause, DeadLetter, Decision, DecisionKind, Edit, EventFacts, Explanation, Fate, SimulatedTrigger,
    Simulation, Timestamp, TriggerExplanation, TriggerId, TriggerKind, TriggerState,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawExplanation<'a> {
    id: &'a str,
    sentence: &'a str,
    event: Option<RawEventFacts>,
    triggers: Vec<RawTrigger<'a>>,
    decisions: Vec<RawDecision<'a>>,
    clock_error_ms: u32,
}

impl<'a> From<&'a Explanation> for RawExplanation<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        Self {
            id: &explanation.id,
            sentence: &explanation.sentence,
            event: explanation.event.as_ref().map(RawEventFacts::from),
            triggers: explanation.triggers.iter().map(RawTrigger::from).collect(),
            decisions: explanation.decisions.iter().map(RawDecision::from).collect(),
            clock_error_ms: explanation.clock_error_ms,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RawEventFacts {
    status: u8,
    revision: Option<f64>,
    provisional: bool,
    known_since: f64,
}

impl From<&EventFacts> for RawEventFacts {
    fn from(facts: &EventFacts) -> Self {
        Self {
            status: facts.phase as u8,
            revision: facts.revision.map(|revision| revision as f64),
            provisional: facts.provisional,
            known_since: millis(facts.known_since),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RawTrigger<'a> {
    trigger_id: &'a str,
    kind: &'static str,
    due_at: f64,
    state: RawState<'a>,
    sentence: &'a str,
}

impl<'a> From<&'a TriggerExplanation> for RawTrigger<'a> {
    fn from(trigger: &'a TriggerExplanation) -> Self {
        Self {
            trigger_id: trigger.trigger_id.as_str(),
            kind: trigger.kind.as_str(),
            due_at: millis(trigger.due_at),
            state: RawState::from(&trigger.state),
            sentence: &trigger.sentence,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum RawState<'a> {
    Queued {},
    Due {},
    Paused { since: f64, reason: &'a str },
    Waiting { position: usize, cause: &'static str, acting: bool },
    InFlight { attempt: u32 },
    Retrying { attempts: u32, at: f64 },
    Settled { fate: &'static str, handed_out: Option<RawHandOut>, reason: Option<&'a str> },
    PlacedInPast { known_since: f64 },
    Moved { to: f64 },
    NotDefined {},
    GateClosed { status: u8 },
    Draft {},
    Removed { at: f64 },
    Quarantined {},
    UnknownEvent {},
    Forgotten {},
}

#[derive(Serialize)]
struct RawHandOut {
    cause: &'static str,
    attempt: u32,
    at: f64,
}

impl<'a> From<&'a TriggerState> for RawState<'a> {
    fn from(state: &'a TriggerState) -> Self {
        match state {
            TriggerState::Queued => Self::Queued {},
            TriggerState::Due => Self::Due {},
            TriggerState::Paused(pause) => Self::Paused { since: millis(pause.since), reason: &pause.reason },
            TriggerState::Waits { position, cause, acting } => {
                Self::Waiting { position: *position, cause: cause.as_str(), acting: *acting }
            }
            TriggerState::InFlight { attempt } => Self::InFlight { attempt: *attempt },
            TriggerState::Retrying { attempts, at } => {
                Self::Retrying { attempts: *attempts, at: millis(*at) }
            }
            TriggerState::Settled { fate, handed_out, reason } => Self::Settled {
                fate: fate.as_str(),
                handed_out: handed_out.as_ref().map(|(cause, attempt, at)| RawHandOut {
                    cause: cause.as_str(),
                    attempt: *attempt,
                    at: millis(*at),
                }),
                reason: reason.as_deref(),
            },
            TriggerState::PlacedInPast { known_since } => {
                Self::PlacedInPast { known_since: millis(*known_since) }
            }
            TriggerState::Moved { to } => Self::Moved { to: millis(*to) },
            TriggerState::NotDefined => Self::NotDefined {},
            TriggerState::GateClosed(phase) => Self::GateClosed { status: *phase as u8 },
            TriggerState::Draft => Self::Draft {},
            TriggerState::Removed { at } => Self::Removed { at: millis(*at) },
            TriggerState::Quarantined => Self::Quarantined {},
            TriggerState::UnknownEvent => Self::UnknownEvent {},
            TriggerState::Forgotten => Self::Forgotten {},
        }
    }
}

/// What all decisions have, and of the rest what the one has; its type says which.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawDecision<'a> {
    number: f64,
    at: f64,
    event_id: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    triggers: Option<Vec<RawQueued>>,
}

impl<'a> From<&'a Decision> for RawDecision<'a> {
    fn from(decision: &'a Decision) -> Self {
        let bare = Self {
            number: decision.number as f64,
            at: millis(decision.at),
            event_id: &decision.event_id,
            r#type: "",
            trigger_id: None,
            kind: None,
            due_at: None,
            cause: None,
            attempt: None,
            reason: None,
            fate: None,
            triggers: None,
        };
        match &decision.what {
            DecisionKind::HandedOut { kind, due_at, cause, attempt } => {
                Self { attempt: Some(*attempt), ..bare.about("handed_out", *kind, *due_at) }.because(*cause)
            }
            DecisionKind::Waits { kind, due_at, cause } => {
                bare.about("waits", *kind, *due_at).because(*cause)
            }
            DecisionKind::Failed { kind, due_at, attempt, reason } => {
                Self { attempt: Some(*attempt), reason: Some(reason), ..bare.about("failed", *kind, *due_at) }
            }
            DecisionKind::Settled { kind, due_at, fate } => {
                Self { fate: Some(Fate::as_str(*fate)), ..bare.about("settled", *kind, *due_at) }
            }
            DecisionKind::FiredBefore { kind, due_at } => bare.about("fired_before", *kind, *due_at),
            DecisionKind::Unqueued { kinds, due, why } => {
                let lost = TriggerKind::ALL.into_iter().filter(|kind| kinds.contains(*kind));
                let lost = lost.filter_map(|kind| {
                    due.get(kind)
                        .map(|at| RawQueued::from(crate::QueuedTrigger::new(bare.event_id, kind, at)))
                });
                let why = match why {
                    Edit::Redefined => "redefined",
                    Edit::Removed => "removed",
                    Edit::Quarantined => "quarantined",
                };
                let triggers = Some(lost.collect());
                Self { r#type: "unqueued", reason: Some(why), triggers, ..bare }
            }
        }
    }
}

impl RawDecision<'_> {
    fn about(self, r#type: &'static str, kind: TriggerKind, due_at: Timestamp) -> Self {
        let trigger_id = TriggerId::new(self.event_id, kind, due_at).as_str().to_owned();
        Self {
            r#type,
            trigger_id: Some(trigger_id),
            kind: Some(kind.as_str()),
            due_at: Some(millis(due_at)),
            ..self
        }
    }

    fn because(self, cause: Cause) -> Self {
        Self { cause: Some(cause.as_str()), ..self }
    }
}

#[derive(Serialize)]
pub(super) struct RawSimulation {
    triggers: Vec<RawSimulated>,
    complete: bool,
}

impl From<Simulation> for RawSimulation {
    fn from(simulation: Simulation) -> Self {
        let Simulation { triggers, complete } = simulation;
        Self { triggers: triggers.into_iter().map(RawSimulated::from).collect(), complete }
    }
}

#[derive(Serialize)]
struct RawSimulated {
    trigger: RawQueued,
    before: u8,
    after: u8,
}

impl From<SimulatedTrigger> for RawSimulated {
    fn from(simulated: SimulatedTrigger) -> Self {
        let SimulatedTrigger { trigger, before, after } = simulated;
        Self { trigger: RawQueued::from(trigger), before: before as u8, after: after as u8 }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawDeadLetter {
    trigger_id: String,
    event_id: String,
    kind: &'static str,
    scheduled_at: f64,
    fired_at: Option<f64>,
    died_at: f64,
    attempts: u32,
    reason: String,
}

impl From<DeadLetter> for RawDeadLetter {
    fn from(letter: DeadLetter) -> Self {
        Self {
            trigger_id: letter.trigger_id().as_str().to_owned(),
            event_id: letter.event_id.as_ref().to_owned(),
            kind: letter.kind.as_str(),
            scheduled_at: millis(letter.scheduled_at),
            fired_at: letter.fired_at.map(millis),
            died_at: millis(letter.died_at),
            attempts: letter.attempts,
            reason: letter.reason.as_ref().to_owned(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RawConflicts<'a> {
    pairs: Vec<RawConflict<'a>>,
    total: f64,
}

#[derive(Serialize)]
struct RawConflict<'a> {
    venue: Cow<'a, str>,
    first: &'a str,
    second: &'a str,
    from: f64,
    until: f64,
}

impl<'a> From<Conflicts<'a>> for RawConflicts<'a> {
    fn from(found: Conflicts<'a>) -> Self {
        let pair = |conflict: Conflict<'a>| RawConflict {
            venue: conflict.venue,
            first: conflict.first,
            second: conflict.second,
            from: millis(conflict.from),
            until: millis(conflict.until),
        };
        Self { pairs: found.pairs.into_iter().map(pair).collect(), total: found.total as f64 }
    }
}
