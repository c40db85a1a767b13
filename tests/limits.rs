//! Every limit holds to the last unit, and one more is an error or lets the oldest go.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/story.rs"]
mod story;
mod support;

use client_event_scheduler::{Config, Input, MissedPolicy, Now, Outcome, ResumeFrom, RetryPolicy, limits};
use story::{DAY, HOUR, bench, event, handled, id};
use support::{load, second};

#[test]
fn the_catch_up_window_may_be_a_year_and_no_hour_more() {
    let mut bench = bench(Config::default(), 0);
    bench.handle(Input::SetMaxDowntimeHours(limits::MAX_DOWNTIME_HOURS));
    let more = Input::SetMaxDowntimeHours(limits::MAX_DOWNTIME_HOURS + 1);
    let error = bench.scheduler.handle(more, Now::exact(bench.now)).expect_err("a year and an hour");
    assert!(error.to_string().contains("max_downtime_hours"), "{error}");
    assert_eq!(bench.scheduler.status().max_downtime_hours, limits::MAX_DOWNTIME_HOURS);
}

#[test]
fn a_backfill_takes_as_many_occurrences_as_the_limit_says() {
    let most = limits::BACKFILL_OCCURRENCES as i64 / 2;
    for (events, taken) in [(most, true), (most + 1, false)] {
        let mut bench = bench(Config { max_events: 1_000_000, ..handled() }, DAY);
        let list: Vec<String> = (0..events).map(|number| event(&format!("e{number}"), 100, 200)).collect();
        load(&mut bench, format!("[{}]", list.join(",")).as_bytes());
        bench.handle(Input::SetActing(false));
        let backfill = Input::Backfill { from: second(0), until: second(HOUR), again: false };
        match bench.scheduler.handle(backfill, Now::exact(bench.now)) {
            Ok(outcome) => assert_eq!((outcome, taken), (Outcome::Backfilled { occurrences: 100_000 }, true)),
            Err(error) => {
                assert_eq!((error.code(), taken), ("LIMIT_EXCEEDED", false));
                assert_eq!(bench.scheduler.status().deliveries_waiting, 0, "nothing has changed");
            }
        }
    }
}

#[test]
fn of_more_than_a_thousand_dead_letters_the_oldest_give_way() {
    let once = RetryPolicy { max_attempts: 1, ..RetryPolicy::default() };
    let mut bench = bench(Config { retry: once, ..handled() }, 0);
    let letters = limits::DEAD_LETTERS + 1;
    for number in 0..letters {
        bench.upsert(&event(&format!("e{number:04}"), 100, DAY));
    }
    bench.tick(second(100));
    let fail = |number: usize| id(&format!("e{number:04}"), "event_start", 100);
    for number in 0..letters {
        bench.now = second(100 + number as i64);
        assert_eq!(bench.scheduler.status().dead_letters, number.min(limits::DEAD_LETTERS));
        bench.handle(Input::Fail { trigger_id: &fail(number), attempt: 1, reason: "no", random: 0.0 });
    }
    assert_eq!(bench.scheduler.status().dead_letters, limits::DEAD_LETTERS);
    let oldest = bench.scheduler.dead_letters().next().expect("a thousand");
    assert_eq!(oldest.trigger_id().to_string(), fail(1));
    let outcome = bench.handle(Input::Retry { trigger_id: &fail(0) });
    assert_eq!(outcome, Outcome::Delivery(client_event_scheduler::DeliveryOutcome::NotFound));
}

#[test]
fn a_pause_has_a_reason_that_a_person_can_read() {
    let mut bench = bench(Config::default(), 0);
    bench.handle(Input::Pause { reason: &"x".repeat(limits::PAUSE_REASON_BYTES) });
    bench.handle(Input::Resume { from: ResumeFrom::Watermark });
    let longer = "x".repeat(limits::PAUSE_REASON_BYTES + 1);
    let error = bench.scheduler.handle(Input::Pause { reason: &longer }, Now::exact(bench.now));
    assert_eq!(error.expect_err("too long").code(), "INVALID_INPUT");
    assert_eq!(bench.scheduler.status().paused, None);
}

#[test]
fn a_policy_is_found_by_its_name() {
    for (policy, name) in
        [(MissedPolicy::All, "all"), (MissedPolicy::Latest, "latest"), (MissedPolicy::Skip, "skip")]
    {
        assert_eq!((policy.as_str(), MissedPolicy::from_name(name)), (name, Some(policy)));
    }
    assert_eq!(MissedPolicy::from_name("none"), None);
}
