//! What was missed: found, counted, delivered in order or left out. The rules are those of docs/semantics.md.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/story.rs"]
mod story;
mod support;

use client_event_scheduler::{
    Config, EventChange, Input, KindSet, LoadOrigin, MissedPolicy, Now, Phase, RecoveryPolicy, ResumeFrom,
    Source, TriggerKind, TriggerState,
};
use story::{DAY, HOUR, bench, event, handled, id, revised};
use support::{Bench, load, second};

fn recovery(recovery: RecoveryPolicy) -> Config {
    Config { recovery, ..Config::default() }
}

fn state(bench: &Bench, trigger_id: &str) -> TriggerState {
    let explanation = bench.scheduler.explain(trigger_id, Now::exact(bench.now));
    explanation.triggers.into_iter().next().expect("a trigger").state
}

#[test]
fn how_late_a_trigger_is_found_decides_what_becomes_of_it() {
    let window = 24 * HOUR;
    for (late_by, fate) in [
        (0, "a/event_start@100 on_time"),
        (10, "a/event_start@100 on_time"),
        (11, "a/event_start@100 recovered"),
        (window, "a/event_start@100 recovered"),
        (window + 1, "a/event_start@100: expired"),
    ] {
        let mut bench = bench(Config::default(), 0);
        bench.upsert(&event("a", 100, 10 * DAY));
        assert_eq!(bench.at(100 + late_by), [fate], "{late_by} seconds late");
    }
}

#[test]
fn a_window_of_no_hours_delivers_nothing_that_was_missed() {
    let mut bench = bench(recovery(RecoveryPolicy { max_downtime_hours: 0, ..RecoveryPolicy::default() }), 0);
    bench.upsert(&event("a", 100, 10 * DAY));
    assert_eq!(bench.at(111), ["a/event_start@100: expired"]);
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted));
}

#[test]
fn a_window_can_be_changed_before_what_was_missed_is_found() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 10 * DAY));
    bench.handle(Input::SetMaxDowntimeHours(48));
    assert_eq!(bench.at(2 * DAY), ["a/event_start@100 recovered"]);
}

#[test]
fn the_policy_of_a_kind_says_which_missed_triggers_are_delivered() {
    for (policy, said) in [
        (MissedPolicy::All, ["a/event_start@100 recovered superseded", "a/event_end@200 recovered"]),
        (MissedPolicy::Latest, ["a/event_start@100: superseded", "a/event_end@200 recovered"]),
        (MissedPolicy::Skip, ["a/event_start@100: skipped", "a/event_end@200: skipped"]),
    ] {
        let missed = [policy; TriggerKind::ALL.len()];
        let config = recovery(RecoveryPolicy { delay_ms: 0, missed, ..RecoveryPolicy::default() });
        let mut bench = bench(config, 0);
        bench.upsert(&event("a", 100, 200));
        assert_eq!(bench.at(HOUR), said, "{policy:?}");
        assert_eq!(bench.missed()[0], 2);
    }
}

#[test]
fn a_later_trigger_of_another_event_supersedes_nothing() {
    let missed = [MissedPolicy::Latest; TriggerKind::ALL.len()];
    let mut bench = bench(recovery(RecoveryPolicy { delay_ms: 0, missed, ..RecoveryPolicy::default() }), 0);
    bench.upsert(&event("a", 100, 10 * DAY));
    bench.upsert(&event("b", 200, 10 * DAY));
    assert_eq!(bench.at(HOUR), ["a/event_start@100 recovered", "b/event_start@200 recovered"]);
}

#[test]
fn missed_triggers_are_delivered_in_order_one_after_the_other() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("b", 100, 200));
    bench.upsert(&event("a", 100, 10 * DAY));
    assert_eq!(bench.at(HOUR), ["a/event_start@100 recovered"]);
    assert_eq!(bench.scheduler.next_deadline().expect("ticked").at, second(HOUR).saturating_add_ms(100));
    assert_eq!(bench.scheduler.phase("b"), Some(Phase::Completed), "states follow at once");
    bench.outputs.clear();
    bench.tick(second(HOUR).saturating_add_ms(99));
    assert!(bench.said().is_empty(), "not before its turn");
    bench.tick(second(HOUR).saturating_add_ms(100));
    bench.tick(second(HOUR).saturating_add_ms(200));
    assert_eq!(bench.said(), ["b/event_start@100 recovered superseded", "b/event_end@200 recovered"]);
}

#[test]
fn the_sum_of_missed_triggers_is_always_even() {
    let mut bench = bench(Config { handled: KindSet::ALL, ..Config::default() }, 0);
    for (name, start) in [("a", 100), ("b", 200), ("c", 300), ("d", 400)] {
        bench.upsert(&event(name, start, 90 * DAY));
    }
    bench.at(HOUR);
    assert_eq!(bench.missed(), [4, 0, 0, 0, 0, 0, 0, 0, 4]);
    bench.acknowledge(HOUR, &id("a", "event_start", 100));
    assert_eq!(bench.missed(), [4, 1, 0, 0, 0, 0, 0, 0, 3]);
    bench.remove("b");
    assert_eq!(bench.missed(), [4, 1, 0, 0, 0, 0, 1, 0, 2]);
    bench.handle(Input::Settled { trigger_id: &id("c", "event_start", 300) });
    assert_eq!(bench.missed(), [4, 1, 0, 0, 0, 0, 1, 1, 1]);
}

#[test]
fn a_dead_letter_that_is_revived_counts_as_open_again() {
    let mut bench = bench(handled(), 0);
    bench.upsert(&event("a", 100, 10 * DAY));
    let start = id("a", "event_start", 100);
    bench.at(HOUR);
    for attempt in 1..=3 {
        bench.fail(HOUR + i64::from(attempt) * 60, &start, attempt);
        bench.at(HOUR + i64::from(attempt) * 60 + 20);
        bench.at(HOUR + i64::from(attempt) * 60 + 40);
    }
    assert_eq!(bench.missed(), [1, 0, 1, 0, 0, 0, 0, 0, 0]);
    bench.answer(2 * HOUR, Input::Retry { trigger_id: &start });
    assert_eq!(bench.missed(), [1, 0, 0, 0, 0, 0, 0, 0, 1]);
    bench.acknowledge(2 * HOUR, &start);
    assert_eq!(bench.missed(), [1, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_an_edit_places_in_the_past_fires_within_the_grace() {
    for (due, said) in
        [(700, Vec::new()), (701, vec!["a/event_start@701 late"]), (1_000, vec!["a/event_start@1000 late"])]
    {
        let mut bench = bench(Config::default(), 0);
        bench.learn(1_000, &event("a", due, 10 * DAY), Source::Local);
        assert_eq!(bench.at(1_000), said, "due at {due}");
        assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted));
    }
}

#[test]
fn an_event_learned_late_from_the_feed_was_missed_since_the_last_synchronisation() {
    for (due, said) in [
        (2_000, Vec::new()),
        (2_001, vec!["a/event_start@2001 recovered"]),
        (DAY - 5, vec!["a/event_start@86395 on_time"]),
    ] {
        let mut bench = bench(Config::default(), 0);
        bench.now = second(2_000);
        bench.handle(Input::Synced);
        bench.learn(DAY, &event("a", due, 10 * DAY), Source::Feed);
        assert_eq!(bench.at(DAY), said, "due at {due}");
    }
}

#[test]
fn a_first_load_misses_nothing_and_a_later_one_what_was_due_since_the_last() {
    let mut bench = bench(Config::default(), 0);
    bench.scheduler = client_event_scheduler::Scheduler::new(Config::default()).expect("valid settings");
    bench.now = second(1_000);
    load(&mut bench, format!("[{}]", event("a", 900, 10 * DAY)).as_bytes());
    assert!(bench.at(1_000).is_empty());
    bench.now = second(HOUR + 1_000);
    load(&mut bench, format!("[{},{}]", event("b", 999, 10 * DAY), event("c", 1_001, 10 * DAY)).as_bytes());
    assert_eq!(bench.at(HOUR + 1_000), ["c/event_start@1001 recovered"]);
}

#[test]
fn a_definition_that_a_load_replaces_keeps_what_has_fired_meanwhile() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert_from(&revised("a", 100, 10 * DAY, 1), Source::Feed);
    let document = format!("[{}]", revised("a", 100, 10 * DAY, 2));
    bench.handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd });
    bench.scheduler.load_buffer(document.len()).expect("under way").copy_from_slice(document.as_bytes());
    bench.handle(Input::LoadCommit { bytes: document.len() });
    assert_eq!(bench.at(100), ["a/event_start@100 on_time"]);
    bench.handle(Input::LoadFinish);
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted));
    assert!(bench.at(200).is_empty());
}

#[test]
fn what_is_removed_while_a_load_is_under_way_stays_removed() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert_from(&revised("a", 100, 200, 5), Source::Feed);
    bench.handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd });
    bench.remove("a");
    let document = format!("[{}]", revised("a", 100, 200, 5));
    bench.scheduler.load_buffer(document.len()).expect("under way").copy_from_slice(document.as_bytes());
    bench.handle(Input::LoadCommit { bytes: document.len() });
    bench.handle(Input::LoadFinish);
    assert_eq!(bench.scheduler.phase("a"), None);
    let echo = bench.upsert_from(&revised("a", 100, 200, 5), Source::Feed);
    assert_eq!(echo.change, EventChange::Stale, "an echo from before the removal");
}

#[test]
fn nothing_fires_during_a_pause_and_all_of_it_was_missed_afterwards() {
    let mut bench = bench(Config { handled: KindSet::NONE, ..Config::default() }, 0);
    bench.upsert(&event("a", 100, 10 * DAY));
    bench.handle(Input::Pause { reason: "the venue burns" });
    assert!(bench.at(HOUR).is_empty());
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::RegistrationNotRequired));
    bench.handle(Input::Resume { from: ResumeFrom::Watermark });
    assert_eq!(bench.said(), ["a/event_start@100 recovered"]);
}

#[test]
fn resuming_from_now_skips_what_came_due_meanwhile() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 3_595));
    bench.handle(Input::Pause { reason: "" });
    bench.at(HOUR);
    bench.handle(Input::Resume { from: ResumeFrom::Now });
    assert_eq!(bench.said(), ["a/event_start@100: skipped", "a/event_end@3595: skipped"]);
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::Completed));
    assert_eq!(bench.scheduler.status().watermark, Some(second(HOUR)));
    assert!(bench.at(HOUR + 10).is_empty());
}

#[test]
fn a_sleep_of_any_length_makes_nobodys_time_run_out() {
    let mut bench = bench(handled(), 0);
    bench.upsert(&event("a", 100, 200 * DAY));
    bench.at(100);
    assert!(bench.at(100 + 40 * DAY).is_empty(), "a sleep counts as two ticks");
    assert!(bench.at(100 + 80 * DAY).is_empty(), "a sleep counts as two ticks");
    assert_eq!(state(&bench, &id("a", "event_start", 100)), TriggerState::InFlight { attempt: 1 });
    bench.at(100 + 120 * DAY);
    let retrying = state(&bench, &id("a", "event_start", 100));
    assert!(
        matches!(retrying, TriggerState::Retrying { attempts: 1, .. }),
        "after a minute of its own: {retrying:?}"
    );
}

#[test]
fn an_edit_while_the_clock_is_set_back_freezes_no_state_and_fires_nothing_twice() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert_from(&revised("a", 100, 10 * DAY, 1), Source::Feed);
    bench.at(100);
    bench.learn(50, &revised("a", 100, 10 * DAY, 2), Source::Feed);
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::RegistrationNotRequired));
    assert!(bench.at(100).is_empty(), "it has fired");
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted), "only the state follows");
}

#[test]
fn what_a_load_brings_is_to_come_though_the_watermark_is_later() {
    let mut bench = bench(Config::default(), 1_000);
    bench.now = second(100);
    load(&mut bench, format!("[{}]", event("a", 500, 10 * DAY)).as_bytes());
    assert_eq!(bench.at(500), ["a/event_start@500 on_time"]);
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted));
}

#[test]
fn an_occurrence_is_remembered_for_the_window_and_a_day() {
    for (later, said) in [(2 * DAY, Vec::new()), (2 * DAY + 1, vec!["a/event_start@100: expired"])] {
        let mut bench = bench(Config::default(), 0);
        bench.handle(Input::Synced);
        bench.upsert(&event("a", 100, 100 * DAY));
        bench.at(100);
        bench.at(100 + later);
        bench.remove("a");
        bench.upsert_from(&event("a", 100, 100 * DAY), Source::Feed);
        assert_eq!(bench.at(100 + later), said, "{later} seconds later");
    }
}

#[test]
fn what_fired_long_ago_is_explained_as_forgotten_and_not_as_never_fired() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 100 * DAY));
    bench.at(100);
    bench.at(100 + 3 * DAY);
    bench.restart();
    assert_eq!(state(&bench, &id("a", "event_start", 100)), TriggerState::Forgotten);
}

#[test]
fn what_has_fired_and_is_forgotten_does_not_fire_again_when_the_clock_is_set_back() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert_from(&revised("a", 100, 100 * DAY, 1), Source::Feed);
    assert_eq!(bench.at(100), ["a/event_start@100 on_time"]);
    bench.at(100 + 3 * DAY);
    bench.learn(50, &revised("a", 100, 90 * DAY, 2), Source::Feed);
    assert_eq!(bench.waiting("a"), ["event_start", "event_end"], "its state is to follow");
    assert!(bench.at(100).is_empty(), "its event knows that it has fired");
    assert_eq!(bench.scheduler.phase("a"), Some(Phase::EventStarted));
}

#[test]
fn a_restart_loses_nothing_that_is_queued_waits_or_was_missed() {
    let mut bench = bench(Config::default(), 0);
    for (name, start) in [("a", 100), ("b", 200), ("c", 2 * HOUR)] {
        bench.upsert(&event(name, start, 90 * DAY));
    }
    assert_eq!(bench.at(HOUR), ["a/event_start@100 recovered"]);
    bench.restart();
    assert_eq!(bench.at(HOUR + 1), ["b/event_start@200 recovered"]);
    bench.restart();
    assert_eq!(bench.at(2 * HOUR), ["c/event_start@7200 on_time"]);
    assert_eq!(bench.missed(), [2, 2, 0, 0, 0, 0, 0, 0, 0]);
}
