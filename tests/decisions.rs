//! What is written down for explanations, and what is not.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/story.rs"]
mod story;
mod support;

use client_event_scheduler::{
    Config, Decision, DecisionKind, EventDefinition, Fate, Input, KindSet, TriggerKind,
};
use story::{bench, event, handled, id};
use support::{Bench, second};

/// The log, oldest first, a word or two each.
fn log(bench: &Bench) -> Vec<String> {
    let word = |decision: &Decision| match &decision.what {
        DecisionKind::HandedOut { attempt, .. } => format!("handed out {attempt}"),
        DecisionKind::Waits { .. } => "waits".to_owned(),
        DecisionKind::Failed { reason, .. } => format!("failed: {reason}"),
        DecisionKind::Settled { fate, .. } => fate.as_str().to_owned(),
        DecisionKind::FiredBefore { .. } => "fired before".to_owned(),
        DecisionKind::Unqueued { kinds, why, .. } => {
            let kinds: Vec<_> = TriggerKind::ALL.into_iter().filter(|kind| kinds.contains(*kind)).collect();
            format!("{why:?} {kinds:?}")
        }
    };
    let mut words: Vec<String> = bench.scheduler.decisions().map(word).collect();
    words.reverse();
    words
}

#[test]
fn a_delivery_without_handlers_leaves_one_line() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 200));
    bench.tick(second(100));
    assert_eq!(log(&bench), ["handed out 1"]);
}

#[test]
fn a_delivery_with_handlers_leaves_its_whole_story() {
    let mut bench = bench(handled(), 0);
    bench.upsert(&event("a", 100, 200));
    bench.tick(second(100));
    let trigger_id = id("a", "event_start", 100);
    bench.handle(Input::Fail { trigger_id: &trigger_id, attempt: 1, reason: "no", random: 0.0 });
    bench.tick(second(101));
    bench.handle(Input::Acknowledge { trigger_id: &trigger_id });
    assert_eq!(log(&bench), ["handed out 1", "failed: no", "handed out 2", Fate::Delivered.as_str()]);
}

#[test]
fn an_answer_is_written_down_also_when_the_handlers_have_gone_meanwhile() {
    let mut bench = bench(handled(), 0);
    bench.upsert(&event("a", 100, 200));
    bench.tick(second(100));
    let trigger_id = id("a", "event_start", 100);
    bench.handle(Input::Fail { trigger_id: &trigger_id, attempt: 1, reason: "no", random: 0.0 });
    bench.handle(Input::SetHandled(KindSet::NONE));
    bench.tick(second(101));
    assert_eq!(log(&bench), ["handed out 1", "failed: no", "handed out 2", Fate::Delivered.as_str()]);
}

#[test]
fn an_edit_names_the_triggers_that_it_took_from_the_queue_and_no_others() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 200));
    bench.upsert(&event("a", 100, 300));
    assert_eq!(log(&bench), ["Redefined [EventEnd]"]);
    bench.tick(second(100));
    bench.upsert(&event("a", 150, 300));
    assert_eq!(log(&bench)[1..], ["handed out 1"], "what has fired was not in the queue any more");
    bench.remove("a");
    assert_eq!(log(&bench)[2..], ["Removed [EventStart, EventEnd]"]);
}

#[test]
fn an_edit_that_only_adds_triggers_leaves_no_line() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 200));
    let open = format!(r#","registration_end_date":"{}"}}"#, second(50));
    bench.upsert(&event("a", 100, 200).replace('}', &open));
    assert_eq!(log(&bench), Vec::<String>::new());
}

#[test]
fn an_event_that_cannot_be_understood_any_more_leaves_a_line_if_it_had_triggers_queued() {
    for (json, lines) in [(event("a", 100, 200), 1), (r#"{"event_id":"a"}"#.to_owned(), 0)] {
        let mut bench = bench(Config::default(), 0);
        bench.upsert(&json);
        let broken = br#"{"event_id":"a","start_datetime":"soon"}"#;
        let invalid = EventDefinition::from_json(broken, &Default::default()).expect_err("no date");
        bench.handle(Input::Quarantine { invalid, json: broken });
        assert_eq!(log(&bench), vec!["Quarantined [EventStart, EventEnd]"; lines]);
    }
}
