//! Explanations, simulations, dead letters and decisions as plain objects. Phases cross as their numbers, of which the façade
//! makes the statuses that it has handed out before.

use wasm_bindgen::JsValue;

use super::plain::{Plain, millis, or_null};
use super::views::queued;
use crate::event::Conflicts;
use crate::sync::Poll;
use crate::{
    DeadLetter, Decision, DecisionKind, Edit, Explanation, QueuedTrigger, Simulation, TriggerId, TriggerKind,
    TriggerState,
};

pub(super) fn poll(plain: &mut Plain, poll: Poll<&str>) {
    plain.instant("at", poll.at);
    plain.number("everyMs", f64::from(poll.every_ms));
    plain.text_or_null("eventId", poll.near.map(|(event_id, _)| event_id));
    plain.number("startsAt", or_null(poll.near.map(|(_, start)| millis(start))));
}

pub(super) fn explanation(explanation: &Explanation) -> JsValue {
    Plain::object(|plain| {
        plain.text("id", &explanation.id);
        plain.text("sentence", &explanation.sentence);
        plain.object_or_null("event", explanation.event, |plain, facts| {
            plain.number("status", f64::from(facts.phase as u8));
            plain.number("revision", or_null(facts.revision.map(|revision| revision as f64)));
            plain.flag("provisional", facts.provisional);
            plain.instant("knownSince", facts.known_since);
        });
        plain.objects("triggers", explanation.triggers.iter(), |plain, trigger| {
            plain.text("triggerId", trigger.trigger_id.as_str());
            plain.text("kind", trigger.kind.as_str());
            plain.instant("dueAt", trigger.due_at);
            plain.open("state", '{');
            state(plain, &trigger.state);
            plain.close('}');
            plain.text("sentence", &trigger.sentence);
        });
        plain.objects("decisions", explanation.decisions.iter(), decision);
        plain.number("clockErrorMs", f64::from(explanation.clock_error_ms));
    })
}

fn state(plain: &mut Plain, state: &TriggerState) {
    let name = match state {
        TriggerState::Queued => "queued",
        TriggerState::Due => "due",
        TriggerState::Paused(pause) => {
            plain.instant("since", pause.since);
            plain.text("reason", &pause.reason);
            "paused"
        }
        TriggerState::Waits { position, cause, acting } => {
            plain.number("position", *position as f64);
            plain.text("cause", cause.as_str());
            plain.flag("acting", *acting);
            "waiting"
        }
        TriggerState::InFlight { attempt } => {
            plain.number("attempt", f64::from(*attempt));
            "in_flight"
        }
        TriggerState::Retrying { attempts, at } => {
            plain.number("attempts", f64::from(*attempts));
            plain.instant("at", *at);
            "retrying"
        }
        TriggerState::Settled { fate, handed_out, reason } => {
            plain.text("fate", fate.as_str());
            plain.object_or_null("handedOut", *handed_out, |plain, (cause, attempt, at)| {
                plain.text("cause", cause.as_str());
                plain.number("attempt", f64::from(attempt));
                plain.instant("at", at);
            });
            plain.text_or_null("reason", reason.as_deref());
            "settled"
        }
        TriggerState::PlacedInPast { known_since } => {
            plain.instant("knownSince", *known_since);
            "placed_in_past"
        }
        TriggerState::Moved { to } => {
            plain.instant("to", *to);
            "moved"
        }
        TriggerState::NotDefined => "not_defined",
        TriggerState::GateClosed(phase) => {
            plain.number("status", f64::from(*phase as u8));
            "gate_closed"
        }
        TriggerState::Draft => "draft",
        TriggerState::Removed { at } => {
            plain.instant("at", *at);
            "removed"
        }
        TriggerState::Quarantined => "quarantined",
        TriggerState::UnknownEvent => "unknown_event",
        TriggerState::Forgotten => "forgotten",
    };
    plain.text("type", name);
}

/// What all decisions have, and of the rest what the one has; its type says which.
pub(super) fn decision(plain: &mut Plain, decision: &Decision) {
    plain.number("number", decision.number as f64);
    plain.instant("at", decision.at);
    plain.text("eventId", &decision.event_id);
    let (name, kind, due_at) = match &decision.what {
        DecisionKind::HandedOut { kind, due_at, cause, attempt } => {
            plain.text("cause", cause.as_str());
            plain.number("attempt", f64::from(*attempt));
            ("handed_out", kind, due_at)
        }
        DecisionKind::Waits { kind, due_at, cause } => {
            plain.text("cause", cause.as_str());
            ("waits", kind, due_at)
        }
        DecisionKind::Failed { kind, due_at, attempt, reason } => {
            plain.number("attempt", f64::from(*attempt));
            plain.text("reason", reason);
            ("failed", kind, due_at)
        }
        DecisionKind::Settled { kind, due_at, fate } => {
            plain.text("fate", fate.as_str());
            ("settled", kind, due_at)
        }
        DecisionKind::FiredBefore { kind, due_at } => ("fired_before", kind, due_at),
        DecisionKind::Unqueued { kinds, due, why } => {
            plain.text("type", "unqueued");
            plain.text(
                "reason",
                match why {
                    Edit::Redefined => "redefined",
                    Edit::Removed => "removed",
                    Edit::Quarantined => "quarantined",
                },
            );
            let lost = TriggerKind::ALL.into_iter().filter(|kind| kinds.contains(*kind));
            let lost = lost
                .filter_map(|kind| due.get(kind).map(|at| QueuedTrigger::new(&decision.event_id, kind, at)));
            return plain.objects("triggers", lost, |plain, lost| queued(plain, &lost));
        }
    };
    plain.text("type", name);
    plain.text("kind", kind.as_str());
    plain.text("triggerId", TriggerId::new(&decision.event_id, *kind, *due_at).as_str());
    plain.instant("dueAt", *due_at);
}

pub(super) fn simulation(simulation: &Simulation) -> JsValue {
    Plain::object(|plain| {
        plain.objects("triggers", simulation.triggers.iter(), |plain, simulated| {
            plain.open("trigger", '{');
            queued(plain, &simulated.trigger);
            plain.close('}');
            plain.number("before", f64::from(simulated.before as u8));
            plain.number("after", f64::from(simulated.after as u8));
        });
        plain.flag("complete", simulation.complete);
    })
}

pub(super) fn dead_letter(plain: &mut Plain, letter: &DeadLetter) {
    plain.text("triggerId", letter.trigger_id().as_str());
    plain.text("eventId", &letter.event_id);
    plain.text("kind", letter.kind.as_str());
    plain.instant("scheduledAt", letter.scheduled_at);
    plain.number("firedAt", or_null(letter.fired_at.map(millis)));
    plain.instant("diedAt", letter.died_at);
    plain.number("attempts", f64::from(letter.attempts));
    plain.text("reason", &letter.reason);
}

pub(super) fn conflicts(found: &Conflicts<'_>) -> JsValue {
    Plain::object(|plain| {
        plain.objects("pairs", found.pairs.iter(), |plain, pair| {
            plain.text("venue", &pair.venue);
            plain.text("first", pair.first);
            plain.text("second", pair.second);
            plain.instant("from", pair.from);
            plain.instant("until", pair.until);
        });
        plain.number("total", found.total as f64);
    })
}
