//! What has to be equal after every step.

use client_event_scheduler::limits::DECISIONS;
use client_event_scheduler::{
    Config, Now, Outcome, Output, Scheduler, SchedulerError, SchedulerStatus, TriggerState,
};

use crate::coverage::Coverage;
use crate::reference::{Expected, Occurrence, Reference, trigger_id};
use crate::transition::{Action, Step};

/// What differs, for people.
pub(crate) type Difference = String;

/// Fails with both sides, unless they are equal.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    actual: &T,
) -> Result<(), Difference> {
    if expected == actual {
        return Ok(());
    }
    Err(format!("{what} differs\n  reference: {expected:?}\n  scheduler: {actual:?}"))
}

/// Compares the answer to an input; whether the input was refused.
pub(crate) fn outcome(
    expected: &Expected,
    actual: &Result<Outcome, SchedulerError>,
) -> Result<bool, Difference> {
    match (expected, actual) {
        (Expected::Loading { fault: None, events: most }, Ok(Outcome::Loading { events }))
            if events <= most =>
        {
            Ok(false)
        }
        (Expected::Loading { fault: Some(_), .. }, Ok(Outcome::Loading { .. })) => Ok(false),
        (Expected::Loading { fault: Some(fault), .. }, Err(error)) => {
            same("the error", fault, &in_short(error)).map(|()| true)
        }
        (Expected::Outcome(expected), Ok(actual)) => same("the outcome", expected, actual).map(|()| false),
        (Expected::Error(expected), Err(error)) => {
            same("the error", expected, &in_short(error)).map(|()| true)
        }
        (Expected::Errors(either), Err(error)) if either.contains(&in_short(error)) => Ok(true),
        _ => Err(format!("the outcome differs\n  reference: {expected:?}\n  scheduler: {actual:?}")),
    }
}

/// An error by its codes.
pub(crate) fn in_short(error: &SchedulerError) -> String {
    match error {
        SchedulerError::InvalidInput(invalid) => {
            let problems: Vec<_> = invalid
                .problems
                .iter()
                .map(|problem| format!("{}: {}", problem.field, problem.code))
                .collect();
            format!("{} {}", error.code(), problems.join(", "))
        }
        SchedulerError::ApiMisuse(_) | SchedulerError::Snapshot(_) => error.code().to_owned(),
        SchedulerError::LimitExceeded { limit, maximum, actual } => {
            format!("{} {limit} {maximum} {actual}", error.code())
        }
    }
}

/// Compares outputs: the exact sequence, but that a bulk load goes through the events in an order of its own.
pub(crate) fn outputs(step: &Step, expected: &[Output], actual: &[Output]) -> Result<(), Difference> {
    let (mut expected, mut actual) = (expected.to_vec(), actual.to_vec());
    if matches!(step.action, Action::LoadFinish) {
        expected.sort_by(|a, b| event_of(a).cmp(event_of(b)));
        actual.sort_by(|a, b| event_of(a).cmp(event_of(b)));
    }
    if expected == actual {
        return Ok(());
    }
    let at = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let list = |outputs: &[Output]| {
        let lines: Vec<_> = outputs.iter().skip(at).take(4).map(|output| format!("    {output:?}")).collect();
        format!("{} outputs, from the {at}th on:\n{}", outputs.len(), lines.join("\n"))
    };
    Err(format!("the outputs differ\n  reference: {}\n  scheduler: {}", list(&expected), list(&actual)))
}

pub(crate) fn event_of(output: &Output) -> &str {
    match output {
        Output::StatusChanged(change) => &change.event_id,
        Output::Fired(delivery) => &delivery.event_id,
        Output::Undelivered(undelivered) => &undelivered.event_id,
    }
}

/// Compares what can be asked at any time.
pub(crate) fn state(reference: &Reference, scheduler: &Scheduler) -> Result<(), Difference> {
    let queue = scheduler.queue(usize::MAX);
    let queued: Vec<Occurrence> =
        queue.iter().map(|queued| (queued.due_at, queued.kind, queued.event_id.clone())).collect();
    same("the queue", &reference.sorted_queue(), &queued)?;
    for queued in &queue {
        let id = trigger_id(&(queued.due_at, queued.kind, queued.event_id.clone()));
        same("a trigger id", &id.as_str(), &queued.trigger_id.as_str())?;
    }
    let status = scheduler.status();
    same("the next trigger", &queue.first().cloned(), &status.next_trigger)?;
    same("the next due time", &queued.first().map(|first| first.0), &scheduler.next_due())?;
    same("the status", &reference.status(), &SchedulerStatus { next_trigger: None, ..status.clone() })?;
    let missed = status.missed;
    let settled = missed.delivered
        + missed.failed
        + missed.expired
        + missed.superseded
        + missed.skipped
        + missed.withdrawn
        + missed.elsewhere;
    let open = reference.missed.iter().filter(|missed| missed.fate.is_none()).count() as u64;
    same("the sum of missed triggers", &missed.detected, &(settled + open))?;
    same("the number of missed triggers still to be delivered", &open, &missed.waiting())?;

    let mut phases: Vec<_> = scheduler.event_ids().map(str::to_owned).zip(scheduler.phases()).collect();
    phases.sort();
    let expected: Vec<_> = reference.events.iter().map(|(id, event)| (id.clone(), event.phase)).collect();
    same("the phases", &expected, &phases)?;
    let quarantined: Vec<_> = scheduler
        .quarantined()
        .map(|(id, event)| (id.to_owned(), String::from_utf8_lossy(&event.json).into_owned()))
        .collect();
    let expected: Vec<_> = reference.quarantine.clone().into_iter().collect();
    same("the quarantine", &expected, &quarantined)?;
    let dead: Vec<_> = scheduler
        .dead_letters()
        .map(|dead| {
            let occurrence = (dead.scheduled_at, dead.kind, dead.event_id.to_string());
            (dead.died_at, occurrence, dead.reason.to_string(), dead.attempts, dead.fired_at)
        })
        .collect();
    same("the dead letters", &reference.dead_letters(), &dead)?;
    same("the next deadline", &reference.next_deadline(), &scheduler.next_deadline())?;
    same("the checksum", &reference.checksum(), &scheduler.checksum())
}

/// Compares what is known of one event.
pub(crate) fn event(
    reference: &Reference,
    scheduler: &Scheduler,
    id: &str,
    now: Now,
) -> Result<(), Difference> {
    let event = reference.events.get(id);
    same("a phase", &event.map(|event| event.phase), &scheduler.phase(id))?;
    let queue = scheduler.event_queue(id).map(|queue| {
        queue.into_iter().map(|queued| (queued.due_at, queued.kind, queued.event_id)).collect::<Vec<_>>()
    });
    let expected = event.map(|_| {
        let all = reference.sorted_queue();
        all.into_iter().filter(|occurrence| occurrence.2 == id).collect::<Vec<_>>()
    });
    same("an event's queue", &expected, &queue)?;
    let json = event.map_or_else(|| reference.quarantine.get(id), |event| Some(&event.json));
    let json = json.filter(|json| !json.is_empty()).map(String::as_bytes);
    same("an event's text", &json, &scheduler.event_json(id))?;

    let explanation = scheduler.explain(id, now);
    same("the clock's error", &now.error_ms, &explanation.clock_error_ms)?;
    same(
        "whether the clock is doubted",
        &(now.error_ms >= 1_000),
        &explanation.sentence.contains("clock may be off"),
    )?;
    let facts =
        explanation.event.map(|facts| (facts.phase, facts.revision, facts.provisional, facts.known_since));
    let expected =
        event.map(|event| (event.phase, event.definition.revision, event.provisional, event.known_since));
    same("the facts of an event", &expected, &facts)?;
    let explained: Vec<Occurrence> =
        explanation.triggers.iter().map(|trigger| (trigger.due_at, trigger.kind, id.to_owned())).collect();
    let mut expected: Vec<Occurrence> = event.map_or_else(Vec::new, |event| {
        event.definition.triggers().into_iter().map(|(kind, due)| (due, kind, id.to_owned())).collect()
    });
    expected.sort();
    same("the triggers of an event", &expected, &explained)
}

/// Compares what is said of one occurrence.
pub(crate) fn explanation(
    reference: &Reference,
    scheduler: &Scheduler,
    occurrence: &Occurrence,
    now: Now,
    coverage: &mut Coverage,
) -> Result<(), Difference> {
    let id = trigger_id(occurrence);
    let explanation = scheduler.explain(&id, now);
    let mut expected = reference.explain(occurrence, now.wall);
    let [trigger] = explanation.triggers.as_slice() else {
        return Err(format!("{id} is explained as {} triggers", explanation.triggers.len()));
    };
    coverage.trigger_state(&trigger.state);
    if scheduler.decisions().next().is_some_and(|newest| newest.number > DECISIONS as u64) {
        expected = without_old_decisions(expected, &trigger.state);
    }
    same(&format!("the explanation of {id}"), &expected, &trigger.state)?;
    same("the explained trigger's id", &id.as_str(), &trigger.trigger_id.as_str())
}

/// The explanation where the log of decisions has lost its beginning, and with it hand-outs and removals.
fn without_old_decisions(expected: TriggerState, actual: &TriggerState) -> TriggerState {
    match (expected, actual) {
        (TriggerState::Settled { fate, reason, .. }, TriggerState::Settled { handed_out: None, .. }) => {
            TriggerState::Settled { fate, handed_out: None, reason }
        }
        (TriggerState::Removed { .. }, TriggerState::UnknownEvent) => TriggerState::UnknownEvent,
        (expected, _) => expected,
    }
}

/// A snapshot says everything: a scheduler made from it writes the same one again.
pub(crate) fn snapshot(scheduler: &Scheduler, config: &Config) -> Result<(), Difference> {
    let bytes = scheduler.snapshot();
    let restored = Scheduler::restore(&bytes, config.clone())
        .map_err(|error| format!("a snapshot cannot be read: {error}"))?
        .map_err(|error| format!("settings are refused after a restore: {error}"))?;
    if restored.snapshot() == bytes {
        Ok(())
    } else {
        Err("the snapshot of the restored scheduler differs".to_owned())
    }
}
