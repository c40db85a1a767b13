//! What the scheduler foresees is what comes.

use std::collections::BTreeSet;

use client_event_scheduler::{
    Config, EventDefinition, Fate, Input, KindSet, MissedPolicy, Now, Output, Payload, RecoveryPolicy,
    ResumeFrom, Scheduler, Source, Timestamp, TriggerKind,
};

use crate::assertions::{Difference, same};
use crate::reference::definition::Definition;
use crate::reference::{Occurrence, Reference, occurrence_of};
use crate::rng::Rng;
use crate::transition::Step;

/// Simulates, and compares with the reference and with a copy of the scheduler that is really ticked forward.
pub(crate) fn check(
    reference: &Reference,
    scheduler: &Scheduler,
    step: &Step,
    rng: &mut Rng,
) -> Result<(), Difference> {
    let queue = reference.sorted_queue();
    let until = match rng.below(3) {
        0 => step.now,
        1 => step.now.saturating_add_ms(rng.between(0, 100_000_000)),
        _ => queue.last().map_or(step.now, |last| last.0),
    };
    let simulation = scheduler.simulate(until, &[], step.now());
    let foreseen: Vec<Occurrence> = simulation
        .triggers
        .iter()
        .map(|one| (one.trigger.due_at, one.trigger.kind, one.trigger.event_id.clone()))
        .collect();
    let expected: Vec<Occurrence> =
        queue.iter().filter(|occurrence| occurrence.0 <= until).cloned().collect();
    same("what is foreseen", &expected, &foreseen)?;
    for one in &simulation.triggers {
        let definition = &reference.events[&one.trigger.event_id].definition;
        let due = one.trigger.due_at;
        let expected = (definition.status_at(due.saturating_add_ms(-1)), definition.status_at(due));
        same("the states that are foreseen", &expected, &(one.before, one.after))?;
    }
    really(reference, scheduler, &expected, until, step)?;
    with_another_event(reference, scheduler, until, step, rng)
}

/// A copy to which nothing stands in the way fires just that, but for what is remembered as fired before.
fn really(
    reference: &Reference,
    scheduler: &Scheduler,
    foreseen: &[Occurrence],
    until: Timestamp,
    step: &Step,
) -> Result<(), Difference> {
    let config = unhindered(&reference.config);
    let mut copy = restored(scheduler, config);
    let fired_so_far = copy.status().fired;
    let mut fired = BTreeSet::new();
    let _ = copy.handle(Input::Resume { from: ResumeFrom::Watermark }, step.now());
    let times: BTreeSet<Timestamp> = foreseen.iter().map(|occurrence| occurrence.0.max(step.now)).collect();
    for time in times {
        if time <= until {
            let _ = copy.handle(Input::Tick, Now::exact(time));
        }
    }
    while let Some(output) = copy.poll_output() {
        match output {
            Output::Fired(delivery) if delivery.sequence > fired_so_far => {
                fired.insert((delivery.scheduled_at, delivery.kind, delivery.event_id.to_string()));
            }
            // No window is longer than a year.
            Output::Undelivered(late) if late.fate == Fate::Expired => {
                fired.insert((late.scheduled_at, late.kind, late.event_id.to_string()));
            }
            Output::Fired(_) | Output::Undelivered(_) | Output::StatusChanged(_) => {}
        }
    }
    // What waited before is handed out by the copy as well.
    let waited: BTreeSet<Occurrence> = reference.outstanding.keys().cloned().collect();
    let remembered = |occurrence: &&Occurrence| reference.has_fired(occurrence);
    let expected: BTreeSet<Occurrence> =
        foreseen.iter().filter(|one| !remembered(one) && one.0 <= until.max(step.now)).cloned().collect();
    let fired: BTreeSet<Occurrence> = fired.difference(&waited).cloned().collect();
    same("what comes of what is foreseen", &expected, &fired)
}

/// What another event would bring is what its definition brings.
fn with_another_event(
    reference: &Reference,
    scheduler: &Scheduler,
    until: Timestamp,
    step: &Step,
    rng: &mut Rng,
) -> Result<(), Difference> {
    let start = step.now.saturating_add_ms(rng.between(-400_000, 10_000_000));
    let id = format!("e{}", rng.below(14));
    let mut dates = reference.events.get(&id).map_or([None; 6], |event| event.definition.dates);
    dates[2] = Some(start);
    dates[3] = Some(start.saturating_add_ms(rng.between(0, 10_000_000)));
    let extra =
        Definition { id: id.clone(), dates, approval: None, required: false, status: None, revision: None };
    if !extra.is_valid() {
        return Ok(());
    }
    let json = extra.json(0);
    let read = |scheduler: &Scheduler| {
        EventDefinition::from_json(json.as_bytes(), &scheduler.date_context())
            .expect("a valid event")
            .into_owned()
    };
    let simulation = scheduler.simulate(until, &[read(scheduler)], step.now());
    let foreseen: Vec<_> = simulation.triggers.into_iter().map(|one| one.trigger).collect();
    let mut copy = restored(scheduler, Config { max_events: 1_000, ..reference.config.clone() });
    let input = Input::Upsert { definition: read(&copy), payload: Payload::External, source: Source::Local };
    copy.handle(input, step.now()).map_err(|error| format!("the event is refused: {error}"))?;
    let queue: Vec<_> = copy.queue(usize::MAX).into_iter().filter(|queued| queued.due_at <= until).collect();
    for queued in &queue {
        same(
            "a trigger id read back",
            &Some(queued.event_id.clone()),
            &occurrence_of(queued.trigger_id.as_str()).map(|it| it.2),
        )?;
    }
    same("what is foreseen with another event", &queue, &foreseen)
}

fn restored(scheduler: &Scheduler, config: Config) -> Scheduler {
    Scheduler::restore(&scheduler.snapshot(), config).expect("its own snapshot").expect("valid settings")
}

fn unhindered(config: &Config) -> Config {
    Config {
        recovery: RecoveryPolicy {
            max_downtime_hours: 24 * 366,
            delay_ms: 0,
            missed: [MissedPolicy::All; TriggerKind::ALL.len()],
        },
        handled: KindSet::NONE,
        acting: true,
        ..config.clone()
    }
}
