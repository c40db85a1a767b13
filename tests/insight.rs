//! What is loaded in a page only when somebody asks — explanations, simulations, conflicts — says what the core says here:
//! `pkg/test/insight.test.ts` compares the built module's answers about the same history with the same file.

use client_event_scheduler::{Config, EventDefinition, Input, Now, Payload, Scheduler, Source, Timestamp};

const EVENTS: &str = include_str!("insight/events.jsonl");
const ANSWERS: &str = include_str!("insight/answers.txt");

const DAY: i64 = 86_400_000;
/// 2026-06-01T12:00:00Z.
const NOON: i64 = 1_780_315_200_000;

fn now(millis: i64) -> Now {
    Now::exact(Timestamp::from_millis(millis).expect("a valid instant"))
}

fn scheduler() -> Scheduler {
    let mut scheduler = Scheduler::new(Config::default()).expect("valid settings");
    for event in EVENTS.lines() {
        let definition = EventDefinition::from_json(event.as_bytes(), &scheduler.date_context())
            .expect("a valid event")
            .into_owned();
        let payload = Payload::Json(event.as_bytes());
        scheduler
            .handle(Input::Upsert { definition, payload, source: Source::Local }, now(NOON))
            .expect("taken");
    }
    let later = now(NOON + DAY + 5000);
    for (input, at) in [
        (Input::Tick, now(NOON)),
        (Input::Tick, later),
        (Input::Remove { event_id: "gone", revision: None, source: Source::Local }, later),
        (Input::Pause { reason: "stocktaking" }, later),
        (Input::Tick, now(NOON + 2 * DAY)),
    ] {
        scheduler.handle(input, at).expect("taken");
        while scheduler.poll_output().is_some() {}
    }
    scheduler
}

#[test]
fn the_core_answers_what_is_written_down() {
    let scheduler = scheduler();
    let at = now(NOON + 2 * DAY);
    let mut answers = String::new();
    let mut say = |line: &str| {
        answers.push_str(line);
        answers.push('\n');
    };
    for id in ["fair", "draft", "waiting", "gone", "nobody", "ball/event_start@2026-06-05T09:00:00.000Z"] {
        let explanation = scheduler.explain(id, at);
        say(&explanation.sentence);
        for trigger in explanation.triggers {
            say(&format!("  {}", trigger.sentence));
        }
    }
    let extra =
        br#"{"event_id":"extra","start_datetime":"2026-06-03T18:00Z","end_datetime":"2026-06-03T19:00Z"}"#;
    let extra = EventDefinition::from_json(extra, &scheduler.date_context()).expect("a valid event");
    let until = now(NOON + 4 * DAY + DAY / 2).wall;
    let simulation = scheduler.simulate(until, &[extra], at);
    for simulated in &simulation.triggers {
        let (before, after) = (simulated.before.sub_status(), simulated.after.sub_status());
        say(&format!("{} {before} {after}", simulated.trigger.trigger_id));
    }
    let conflicts = scheduler.detect_conflicts(100, |_| None);
    say(&format!("{} {}", simulation.complete, conflicts.total));
    for pair in &conflicts.pairs {
        say(&format!("{} | {} | {} | {} | {}", pair.venue, pair.first, pair.second, pair.from, pair.until));
    }
    assert_eq!(answers, ANSWERS);
}
