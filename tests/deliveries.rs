//! Deliveries: handed out, answered, tried again, given up, taken back. The rules are those of docs/semantics.md.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/story.rs"]
mod story;
mod support;

use client_event_scheduler::{
    Config, DeliveryOutcome, EventChange, Input, KindSet, Now, Outcome, RetryPolicy, SchedulerError, Source,
    WakeReason,
};
use story::{DAY, HOUR, bench, event, handled, id, revised};
use support::{Bench, second};

/// A delivery in flight since second 100.
fn in_flight() -> (Bench, String) {
    let mut bench = bench(handled(), 0);
    bench.upsert(&event("a", 100, 90 * DAY));
    assert_eq!(bench.at(100), ["a/event_start@100 on_time"]);
    (bench, id("a", "event_start", 100))
}

/// The same after its last attempt.
fn dead() -> (Bench, String) {
    let (mut bench, start) = in_flight();
    for attempt in 1..=3 {
        bench.fail(100 + 40 * i64::from(attempt), &start, attempt);
        bench.at(100 + 40 * i64::from(attempt) + 19);
        bench.at(100 + 40 * i64::from(attempt) + 38);
    }
    assert_eq!(bench.scheduler.dead_letters().count(), 1);
    (bench, start)
}

#[test]
fn a_delivery_without_handlers_is_settled_when_it_is_handed_out() {
    let mut bench = bench(Config::default(), 0);
    bench.upsert(&event("a", 100, 90 * DAY));
    bench.at(100);
    assert_eq!(bench.scheduler.status().deliveries_in_flight, 0);
    assert_eq!(bench.acknowledge(100, &id("a", "event_start", 100)), DeliveryOutcome::NotFound);
}

#[test]
fn a_delivery_with_handlers_is_in_flight_until_it_is_acknowledged() {
    let (mut bench, start) = in_flight();
    assert_eq!(bench.scheduler.status().deliveries_in_flight, 1);
    assert_eq!(bench.acknowledge(101, &start), DeliveryOutcome::Settled);
    assert_eq!(bench.scheduler.status().deliveries_in_flight, 0);
    assert!(bench.at(HOUR).is_empty(), "no other attempt follows");
}

#[test]
fn a_failed_attempt_is_followed_by_another_after_a_growing_wait() {
    let (mut bench, start) = in_flight();
    assert_eq!(bench.fail(100, &start, 1), DeliveryOutcome::Retrying { at: second(105) });
    let deadline = bench.scheduler.next_deadline().expect("ticked");
    assert_eq!((deadline.at, deadline.reason), (second(105), WakeReason::Delivery));
    assert!(bench.at(104).is_empty());
    assert_eq!(bench.at(105), ["a/event_start@100 on_time again: 2"]);
    assert_eq!(bench.fail(105, &start, 2), DeliveryOutcome::Retrying { at: second(115) });
}

#[test]
fn the_last_failed_attempt_makes_a_dead_letter() {
    let (bench, start) = dead();
    let letter = bench.scheduler.dead_letters().next().expect("one");
    assert_eq!((letter.trigger_id().to_string(), letter.attempts, &*letter.reason), (start, 3, "refused"));
    assert_eq!(bench.undelivered().len(), 0, "said when it died, not again");
}

#[test]
fn a_handler_that_does_not_answer_has_failed() {
    let (mut bench, start) = in_flight();
    for now in [120, 140, 159] {
        assert!(bench.at(now).is_empty());
    }
    assert!(bench.at(160).is_empty(), "a minute is over, the next attempt follows ten seconds later");
    assert_eq!(bench.fail(160, &start, 1), DeliveryOutcome::NotFound, "too late to say so");
    assert_eq!(bench.at(170), ["a/event_start@100 on_time again: 2"]);
}

#[test]
fn an_acknowledgement_counts_whenever_it_comes_and_a_failure_only_for_its_attempt() {
    let (mut bench, start) = in_flight();
    bench.fail(100, &start, 1);
    bench.at(105);
    assert_eq!(bench.fail(106, &start, 1), DeliveryOutcome::NotFound, "the second is in flight");
    assert_eq!(bench.acknowledge(106, &start), DeliveryOutcome::Settled);
    let (mut bench, start) = dead();
    assert_eq!(bench.acknowledge(HOUR, &start), DeliveryOutcome::Settled, "even after it was given up");
    assert_eq!(bench.scheduler.dead_letters().count(), 0);
}

#[test]
fn a_dead_letter_can_be_retried_by_hand_with_as_many_attempts_again() {
    let (mut bench, start) = dead();
    bench.outputs.clear();
    bench.answer(HOUR, Input::Retry { trigger_id: &start });
    assert_eq!(bench.said(), ["a/event_start@100 on_time again: 4"]);
    let wait = bench.fail(HOUR, &start, 4);
    assert_eq!(wait, DeliveryOutcome::Retrying { at: second(HOUR + 5) }, "waits begin anew");
    assert_eq!(bench.at(HOUR + 5), ["a/event_start@100 on_time again: 5"]);
    bench.fail(HOUR + 5, &start, 5);
    bench.at(HOUR + 15);
    assert_eq!(bench.fail(HOUR + 15, &start, 6), DeliveryOutcome::DeadLettered);
}

#[test]
fn a_failing_delivery_holds_up_no_other() {
    let (mut bench, start) = in_flight();
    bench.upsert(&event("b", 130, 90 * DAY));
    bench.fail(101, &start, 1);
    assert_eq!(bench.at(130), ["b/event_start@130 on_time", "a/event_start@100 on_time again: 2"]);
}

#[test]
fn deliveries_carry_one_gapless_sequence_and_keep_it_for_every_attempt() {
    let (mut bench, start) = in_flight();
    bench.upsert(&event("b", 103, 90 * DAY));
    bench.fail(100, &start, 1);
    bench.outputs.clear();
    bench.tick(second(105));
    let sequences: Vec<_> = bench.deliveries().map(|one| (one.sequence, one.attempt)).collect();
    assert_eq!(sequences, [(2, 1), (1, 2)]);
}

#[test]
fn an_edit_withdraws_what_waits_and_moving_the_date_back_is_as_good_as_new() {
    let mut bench = bench(Config { acting: false, ..handled() }, 0);
    bench.upsert(&event("a", 100, 90 * DAY));
    bench.at(100);
    bench.outputs.clear();
    bench.upsert(&event("a", HOUR, 90 * DAY));
    assert_eq!(bench.said(), ["a/event_start@100: withdrawn"]);
    bench.upsert(&event("a", 100, 90 * DAY));
    bench.handle(Input::SetActing(true));
    assert_eq!(bench.said().last().expect("delivered"), "a/event_start@100 late");
}

#[test]
fn removal_and_a_closed_gate_withdraw_from_every_place() {
    type Take = fn(&mut Bench);
    let takes: [(&str, Take); 3] = [
        ("removal", |bench| {
            bench.remove("a");
        }),
        ("declined", |bench| {
            bench.event(Input::Decline { event_id: "a" });
        }),
        ("cancelled", |bench| {
            let json = event("a", 100, 90 * DAY).replacen('{', r#"{"status":"cancelled","#, 1);
            bench.upsert(&json);
        }),
    ];
    for (what, take) in takes {
        let (mut between, start) = in_flight();
        between.fail(100, &start, 1);
        let (given_up, _) = dead();
        for mut bench in [between, given_up] {
            bench.outputs.clear();
            take(&mut bench);
            assert_eq!(bench.said(), ["a/event_start@100: withdrawn"], "{what}");
            let status = bench.scheduler.status();
            assert_eq!((status.deliveries_in_flight, status.dead_letters, status.triggers_queued), (0, 0, 0));
        }
    }
}

#[test]
fn what_is_in_flight_cannot_be_called_back() {
    let (mut bench, start) = in_flight();
    bench.remove("a");
    assert_eq!(bench.acknowledge(101, &start), DeliveryOutcome::Settled);
    let (mut bench, start) = in_flight();
    bench.remove("a");
    assert_eq!(bench.fail(101, &start, 1), DeliveryOutcome::Withdrawn, "nobody wants another attempt");
}

#[test]
fn a_scheduler_that_does_not_act_keeps_deliveries_until_it_does() {
    let mut bench = bench(handled(), 0);
    bench.handle(Input::SetActing(false));
    bench.upsert(&event("b", 100, 90 * DAY));
    bench.upsert(&event("a", 110, 90 * DAY));
    assert!(bench.at(100).is_empty() && bench.at(110).is_empty());
    assert_eq!(bench.scheduler.status().deliveries_waiting, 2);
    bench.handle(Input::SetActing(true));
    assert_eq!(bench.said(), ["b/event_start@100 on_time", "a/event_start@110 on_time"]);
}

#[test]
fn a_delivery_queues_behind_one_of_its_event_that_waits() {
    let mut bench = bench(Config { handled: KindSet::ALL, ..Config::default() }, 0);
    bench.upsert(&event("z", 50, 90 * DAY));
    bench.upsert(&event("a", 100, HOUR));
    bench.upsert(&event("b", HOUR, 90 * DAY));
    let said = bench.at(HOUR);
    assert_eq!(
        said,
        ["b/event_start@3600 on_time", "z/event_start@50 recovered"],
        "a's end waits behind its start"
    );
    assert_eq!(bench.at(HOUR + 1), ["a/event_start@100 recovered superseded"]);
    assert_eq!(bench.at(HOUR + 2), ["a/event_end@3600 on_time"]);
}

#[test]
fn what_was_settled_elsewhere_is_not_delivered_here() {
    let settle =
        |bench: &mut Bench| bench.answer(101, Input::Settled { trigger_id: &id("a", "event_start", 100) });
    let (mut outstanding, _) = in_flight();
    assert_eq!(settle(&mut outstanding), DeliveryOutcome::Settled);
    assert!(outstanding.at(HOUR).is_empty());
    let mut queued = bench(handled(), 0);
    queued.upsert(&event("a", 100, 90 * DAY));
    queued.answer(10, Input::Settled { trigger_id: &id("a", "event_start", 100) });
    assert!(queued.at(100).is_empty());
    assert_eq!(queued.changes().len(), 1, "its state follows");
}

#[test]
fn a_backfill_delivers_what_was_not_delivered_and_again_what_was() {
    for (again, said) in [
        (false, vec!["b/event_start@200 backfill"]),
        (true, vec!["a/event_start@100 backfill", "b/event_start@200 backfill"]),
    ] {
        let mut bench = bench(Config { handled: KindSet::NONE, ..handled() }, 0);
        bench.upsert(&event("a", 100, 90 * DAY));
        bench.at(100);
        bench.learn(HOUR, &event("b", 200, 90 * DAY), Source::Local);
        bench.outputs.clear();
        let outcome = bench.handle(Input::Backfill { from: second(0), until: second(HOUR), again });
        assert_eq!(outcome, Outcome::Backfilled { occurrences: said.len() });
        assert_eq!(bench.said(), said);
    }
}

#[test]
fn the_range_of_a_backfill_is_half_open_and_not_in_the_future() {
    let mut bench = bench(handled(), 0);
    bench.learn(HOUR, &event("a", 100, 200), Source::Local);
    let mut backfill = |from, until| {
        let input = Input::Backfill { from: second(from), until: second(until), again: false };
        bench.scheduler.handle(input, Now::exact(second(HOUR)))
    };
    let found = |occurrences| Ok(Outcome::Backfilled { occurrences });
    assert_eq!(backfill(100, 199), found(0));
    assert_eq!(backfill(99, 100), found(1));
    for (from, until, field) in [(0, HOUR + 1, "until"), (200, 200, "from")] {
        let Err(SchedulerError::InvalidInput(invalid)) = backfill(from, until) else { panic!("refused") };
        assert_eq!(invalid.problems[0].field, field);
    }
}

#[test]
fn a_crash_hands_out_again_what_was_in_flight() {
    let (mut bench, _) = in_flight();
    bench.restart();
    assert_eq!(bench.at(101), ["a/event_start@100 on_time again: 2"]);
}

#[test]
fn a_handler_that_takes_the_page_down_cannot_do_so_for_ever() {
    let (mut bench, _) = in_flight();
    for now in [101, 102] {
        bench.restart();
        bench.at(now);
    }
    bench.restart();
    assert_eq!(bench.at(103), ["a/event_start@100: dead_letter"]);
    assert_eq!(&*bench.scheduler.dead_letters().next().expect("one").reason, "interrupted");
}

#[test]
fn dead_letters_are_listed_oldest_first_after_a_restart_too() {
    let config = Config { retry: RetryPolicy { max_attempts: 1, ..RetryPolicy::default() }, ..handled() };
    let mut bench = bench(config, 0);
    bench.upsert(&event("a", 100, 90 * DAY));
    bench.upsert(&event("b", 101, 90 * DAY));
    bench.at(101);
    bench.fail(102, &id("b", "event_start", 101), 1);
    bench.fail(103, &id("a", "event_start", 100), 1);
    bench.restart();
    let letters: Vec<_> = bench.scheduler.dead_letters().map(|letter| letter.event_id.to_string()).collect();
    assert_eq!(letters, ["b", "a"]);
}

#[test]
fn a_late_echo_of_the_feed_brings_no_removed_event_back() {
    for (source, revision, change) in [
        (Source::Feed, 6, EventChange::Stale),
        (Source::Feed, 7, EventChange::Stale),
        (Source::Feed, 8, EventChange::Added),
        (Source::Local, 7, EventChange::Added),
        // Who adds it again here means it.
        (Source::Local, 6, EventChange::Added),
    ] {
        let mut bench = bench(handled(), 0);
        bench.upsert_from(&revised("a", 100, 200, 6), Source::Feed);
        bench.event(Input::Remove { event_id: "a", revision: Some(7), source: Source::Feed });
        let outcome = bench.upsert_from(&revised("a", 100, 200, revision), source);
        assert_eq!(outcome.change, change, "{source:?} {revision}");
    }
}

#[test]
fn an_event_that_is_added_again_is_not_undone_by_an_echo_from_before_its_removal() {
    let mut bench = bench(handled(), 0);
    bench.upsert_from(&revised("a", 100, 200, 6), Source::Feed);
    bench.remove("a");
    assert_eq!(bench.upsert_from(&revised("a", 150, 200, 3), Source::Local).change, EventChange::Added);
    assert_eq!(bench.upsert_from(&revised("a", 100, 200, 6), Source::Feed).change, EventChange::Stale);
    assert_eq!(bench.upsert_from(&revised("a", 120, 200, 7), Source::Feed).change, EventChange::Updated);
}

#[test]
fn a_removal_older_than_the_definition_is_stale() {
    let mut bench = bench(handled(), 0);
    bench.upsert_from(&revised("a", 100, 200, 6), Source::Feed);
    let removal = Input::Remove { event_id: "a", revision: Some(5), source: Source::Feed };
    assert_eq!(bench.event(removal).change, EventChange::Stale);
    assert_eq!(bench.waiting("a").len(), 2);
}
