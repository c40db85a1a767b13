//! Several schedulers over the same events: one acts, the others take over what it has stored.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/story.rs"]
mod story;
mod support;

use client_event_scheduler::{
    Config, DeliveryOutcome, Fate, Input, KindSet, LoadOrigin, Now, Scheduler, SchedulerError, Source,
    TriggerState, WakeReason,
};
use story::{DAY, HOUR, bench, event, handled, id, revised};
use support::{Bench, load, second};

/// One that does not act.
fn follower() -> Config {
    Config { acting: false, ..handled() }
}

impl Bench {
    /// Takes over what `other` has stored, at this second.
    fn adopt(&mut self, now: i64, other: &Bench) {
        self.adopt_state(now, &other.scheduler.state());
    }

    fn adopt_state(&mut self, now: i64, state: &[u8]) {
        self.outputs.clear();
        self.now = second(now);
        self.handle(Input::Adopt { state });
    }

    fn act(&mut self, now: i64, acting: bool) -> Vec<String> {
        self.outputs.clear();
        self.now = second(now);
        self.handle(Input::SetActing(acting));
        self.said()
    }

    /// Loads these events from what was stored here.
    fn load_cached(&mut self, now: i64, events: &[String]) {
        self.now = second(now);
        let document = format!("[{}]", events.join(","));
        self.handle(Input::LoadBegin { expected_bytes: document.len(), origin: LoadOrigin::Cache });
        self.scheduler.load_buffer(document.len()).expect("under way").copy_from_slice(document.as_bytes());
        self.handle(Input::LoadCommit { bytes: document.len() });
        self.handle(Input::LoadFinish);
    }

    fn state_of(&self, trigger_id: &str) -> TriggerState {
        let mut explanation = self.scheduler.explain(trigger_id, Now::exact(self.now));
        explanation.triggers.remove(0).state
    }
}

/// Two schedulers that know the same events from second 0 on; the first one acts.
fn tabs(events: &[String]) -> (Bench, Bench) {
    let mut tabs = (bench(handled(), 0), bench(follower(), 0));
    for event in events {
        tabs.0.upsert(event);
        tabs.1.upsert(event);
    }
    tabs
}

#[test]
fn what_is_settled_there_is_dropped_here_and_not_handed_out_again() {
    let (mut acting, mut other) = tabs(&[event("a", 100, 200), event("b", 100, 300)]);
    assert_eq!(acting.at(100).len(), 2);
    assert_eq!(other.at(100), [""; 0]);
    acting.acknowledge(101, &id("a", "event_start", 100));
    acting.at(200);
    acting.acknowledge(201, &id("a", "event_end", 200));
    other.adopt(202, &acting);
    // `a` has ended there; here that is still queued, and only its state follows.
    assert_eq!(other.said(), [""; 0]);
    assert_eq!(other.waiting("a"), ["event_end"]);
    other.at(203);
    assert_eq!(other.changes(), ["a: event_started → event_ended (on_time)"]);
    assert_eq!(other.act(204, true), ["b/event_start@100 on_time again: 2"]);
    let settled = TriggerState::Settled { fate: Fate::Delivered, handed_out: None, reason: None };
    assert_eq!(other.state_of(&id("a", "event_start", 100)), settled);
    assert_eq!(other.scheduler.status().fired, 3);
}

#[test]
fn what_is_outstanding_there_takes_the_place_of_what_is_outstanding_here() {
    let events: Vec<String> = ["a", "b", "c", "d"].map(|id| event(id, 100, 9 * HOUR)).into();
    let (mut acting, mut other) = tabs(&events);
    other.at(100);
    assert_eq!(other.scheduler.status().deliveries_waiting, 4);
    acting.at(100);
    for (attempt, now) in [(1, 101), (2, 107), (3, 118)] {
        acting.at(now - 1);
        acting.fail(now, &id("b", "event_start", 100), attempt);
    }
    acting.fail(118, &id("a", "event_start", 100), 1);
    acting.acknowledge(118, &id("d", "event_start", 100));
    other.adopt(118, &acting);
    let status = other.scheduler.status();
    // `a` and `c` are between two attempts, `b` is a dead letter.
    assert_eq!((status.deliveries_waiting, status.deliveries_in_flight, status.dead_letters), (0, 2, 1));
    assert_eq!(other.scheduler.dead_letters().next().expect("one").attempts, 3);
    assert_eq!(other.act(119, true), ["c/event_start@100 on_time again: 2"]);
    assert_eq!(other.at(123), ["a/event_start@100 on_time again: 2"]);
}

#[test]
fn a_wait_for_a_retry_goes_on_in_the_time_of_this_one() {
    let (mut acting, _) = tabs(&[event("a", 100, HOUR)]);
    acting.at(100);
    let DeliveryOutcome::Retrying { at } = acting.fail(101, &id("a", "event_start", 100), 1) else {
        panic!("it is tried again")
    };
    assert_eq!(at, second(106));
    // One that has lived for longer, by another clock of elapsed time.
    let mut other = bench(handled(), 0);
    other.upsert(&event("a", 100, HOUR));
    other.act(0, false);
    (1..=10).for_each(|tick| drop(other.at(10 * tick)));
    other.adopt(103, &acting);
    other.act(103, true);
    assert_eq!(other.said(), [""; 0]);
    let deadline = other.scheduler.next_deadline().expect("it ticks");
    assert_eq!((deadline.at, deadline.reason), (second(106), WakeReason::Delivery));
    assert_eq!(other.at(106), ["a/event_start@100 on_time again: 2"]);
    // After a long sleep no more than two ticks of the wait have passed.
    acting.fail(101, &id("a", "event_start", 100), 1);
    let mut late = bench(handled(), 0);
    late.upsert(&event("a", 100, HOUR));
    late.adopt(1000, &acting);
    assert_eq!(late.at(1000), ["a/event_start@100 on_time again: 2"]);
}

#[test]
fn what_was_in_flight_there_is_another_attempt_or_a_dead_letter_once_this_one_acts() {
    let config = |attempts| {
        let mut config = handled();
        config.retry.max_attempts = attempts;
        config
    };
    let mut acting = bench(config(2), 0);
    acting.upsert(&event("a", 100, HOUR));
    acting.at(100);
    let once = acting.scheduler.state();
    acting.fail(101, &id("a", "event_start", 100), 1);
    assert_eq!(acting.at(120), ["a/event_start@100 on_time again: 2"]);
    let twice = acting.scheduler.state();
    for (state, said) in
        [(&once, ["a/event_start@100 on_time again: 2"]), (&twice, ["a/event_start@100: dead_letter"])]
    {
        let mut other = bench(Config { acting: false, ..config(2) }, 0);
        other.upsert(&event("a", 100, HOUR));
        other.at(100);
        other.adopt_state(120, state);
        // Who acts may be about to settle it: that is not for this one to say.
        assert_eq!(other.at(121), [""; 0]);
        assert_eq!(other.scheduler.status().deliveries_waiting, 1);
        assert_eq!(other.act(122, true), said);
    }
}

#[test]
fn what_nobody_has_stored_as_begun_waits_again_where_it_was_handed_out() {
    let (mut acting, mut other) = tabs(&[event("a", 100, HOUR)]);
    let before = acting.scheduler.state();
    assert_eq!(acting.at(100), ["a/event_start@100 on_time"]);
    // Another one acts, and this one could not store that it had begun.
    acting.act(101, false);
    acting.adopt_state(101, &before);
    let status = acting.scheduler.status();
    assert_eq!((status.deliveries_waiting, status.deliveries_in_flight), (1, 0));
    other.act(100, true);
    acting.adopt(102, &other);
    acting.at(103);
    assert_eq!(acting.act(104, true), ["a/event_start@100 on_time again: 2"]);
    // Taken away meanwhile, it is withdrawn.
    let mut moved = bench(handled(), 0);
    moved.upsert(&event("a", 100, HOUR));
    let before = moved.scheduler.state();
    moved.at(100);
    moved.upsert(&event("a", 500, HOUR));
    moved.act(101, false);
    moved.adopt_state(101, &before);
    assert_eq!(moved.said(), ["a/event_start@100: withdrawn"]);
}

#[test]
fn who_acts_keeps_what_is_in_flight_and_what_it_has_decided_since() {
    let (mut acting, _) = tabs(&[event("a", 100, 200), event("b", 100, HOUR)]);
    acting.at(100);
    let stored = acting.scheduler.state();
    acting.acknowledge(101, &id("a", "event_start", 100));
    acting.fail(102, &id("b", "event_start", 100), 1);
    acting.handle(Input::Pause { reason: "inventory" });
    let before = (acting.scheduler.snapshot(), acting.scheduler.status());
    acting.adopt_state(102, &stored);
    assert!((acting.scheduler.snapshot(), acting.scheduler.status()) == before);
    acting.handle(Input::Resume { from: client_event_scheduler::ResumeFrom::Watermark });
    acting.at(107);
    assert_eq!(acting.scheduler.status().deliveries_in_flight, 1);
    // Nothing but that it was stored happens to what is in flight.
    acting.adopt(107, &Bench { scheduler: restored(&acting), now: acting.now, outputs: Vec::new() });
    assert_eq!(
        acting.state_of(&id("b", "event_start", 100)),
        TriggerState::InFlight { attempt: 2 },
        "its answer is still awaited"
    );
    assert_eq!(acting.acknowledge(108, &id("b", "event_start", 100)), DeliveryOutcome::Settled);
}

fn restored(bench: &Bench) -> Scheduler {
    let config = bench.scheduler.config().clone();
    Scheduler::restore(&bench.scheduler.snapshot(), config).expect("its own").expect("valid settings")
}

#[test]
fn adopting_ones_own_state_changes_nothing_and_twice_is_once() {
    let (mut acting, mut other) = tabs(&[event("a", 100, 200), event("b", 100, HOUR), event("c", 50, 60)]);
    acting.at(70);
    acting.fail(71, &id("c", "event_start", 50), 1);
    other.at(90);
    acting.at(150);
    acting.at(3 * HOUR);
    for bench in [&mut acting, &mut other] {
        let now = bench.now.millis_since(second(0)) / 1000;
        let before = (bench.scheduler.snapshot(), bench.scheduler.status());
        bench.adopt_state(now, &bench.scheduler.state());
        assert!((bench.scheduler.snapshot(), bench.scheduler.status()) == before);
        assert!(bench.outputs.is_empty());
    }
    let state = acting.scheduler.state();
    other.adopt_state(3 * HOUR, &state);
    let once = (other.scheduler.snapshot(), other.scheduler.status());
    other.adopt_state(3 * HOUR, &state);
    assert!((other.scheduler.snapshot(), other.scheduler.status()) == once);
}

#[test]
fn what_waits_here_and_is_unknown_there_stays() {
    let (mut acting, mut other) = tabs(&[event("a", 100, HOUR)]);
    let state = acting.scheduler.state();
    acting.at(100);
    other.at(100);
    // It had not fired there yet.
    other.adopt_state(100, &state);
    // An edit that is not known there.
    other.learn(100, &event("b", 99, HOUR), Source::Local);
    other.at(101);
    other.adopt_state(101, &state);
    assert_eq!(other.act(102, true), ["b/event_start@99 late", "a/event_start@100 on_time"]);
}

#[test]
fn what_the_other_one_has_settled_and_forgotten_does_not_come_up_again() {
    let (mut acting, mut other) = tabs(&[event("a", 100, HOUR)]);
    other.at(100);
    acting.at(100);
    acting.acknowledge(101, &id("a", "event_start", 100));
    acting.at(HOUR);
    acting.acknowledge(HOUR, &id("a", "event_end", HOUR));
    acting.at(3 * DAY);
    other.adopt(3 * DAY, &acting);
    assert_eq!(other.scheduler.status().deliveries_waiting, 0);
    // What is still queued here has fired there too: only the state follows.
    assert_eq!(other.act(3 * DAY, true), [""; 0]);
    assert_eq!(other.changes(), ["a: event_started → event_ended (recovered)"]);
}

#[test]
fn missed_triggers_count_as_there_and_what_is_open_here_beside_them() {
    let (mut acting, mut other) = tabs(&[event("a", 100, 200), event("b", 100, 200)]);
    acting.at(1000);
    acting.acknowledge(1001, &id("a", "event_start", 100));
    other.at(1000);
    other.upsert_from(&event("c", 950, 9 * HOUR), Source::Local);
    other.at(1001);
    assert_eq!((acting.missed(), other.missed()), ([4, 1, 0, 0, 0, 0, 0, 0, 3], [4, 0, 0, 0, 0, 0, 0, 0, 4]));
    other.adopt(1002, &acting);
    assert_eq!(other.missed(), [4, 1, 0, 0, 0, 0, 0, 0, 3]);
    other.answer(1002, Input::Settled { trigger_id: &id("b", "event_start", 100) });
    assert_eq!(other.missed(), [4, 1, 0, 0, 0, 0, 0, 1, 2]);
    // They do not know yet that it is settled: here it is.
    other.adopt(1003, &acting);
    assert_eq!(other.missed(), [4, 1, 0, 0, 0, 0, 0, 1, 2]);
    assert_eq!(other.act(1004, true).len(), 3);
}

#[test]
fn the_pause_is_that_of_the_other_one() {
    let (mut acting, mut other) = tabs(&[event("a", 100, 200)]);
    acting.handle(Input::Pause { reason: "inventory" });
    other.adopt(10, &acting);
    assert_eq!(
        other.scheduler.status().paused.map(|pause| pause.reason.to_string()),
        Some("inventory".into())
    );
    acting.handle(Input::Resume { from: client_event_scheduler::ResumeFrom::Now });
    other.adopt(20, &acting);
    assert_eq!(other.scheduler.status().paused, None);
}

/// What a page that starts does, beside what a restore of everything does.
#[test]
fn a_fresh_one_that_adopts_and_loads_goes_on_as_after_a_restore() {
    let events: Vec<String> =
        vec![event("a", 100, 200), event("b", 150, 5000), event("c", 100, 160), revised("d", 900, 5000, 3)];
    for acts in [true, false] {
        let mut before = bench(handled(), 0);
        let document = format!("[{}]", events.join(","));
        load(&mut before, document.as_bytes());
        before.remove("gone");
        before.upsert(&revised("gone", 700, 800, 8));
        before.remove("gone");
        before.at(100);
        before.acknowledge(101, &id("a", "event_start", 100));
        before.fail(102, &id("c", "event_start", 100), 1);
        before.at(160);
        before.fail(161, &id("b", "event_start", 150), 1);
        let mut whole = Bench { scheduler: restored(&before), now: before.now, outputs: Vec::new() };
        let mut fresh = Bench::with(handled(), second(1000));
        // Beginning to act ends with a tick, which is for after the load; ceasing to does not.
        if !acts {
            whole.act(1000, false);
            fresh.act(1000, false);
        }
        fresh.adopt(1000, &before);
        fresh.load_cached(1000, &events);
        fresh.outputs.clear();
        whole.outputs.clear();
        for now in [1000, 1010, 1030, 5000, 6000, 2 * DAY, 4 * DAY] {
            whole.at(now);
            fresh.at(now);
            assert_eq!(fresh.outputs, whole.outputs, "at {now}, acting: {acts}");
            assert_eq!(fresh.scheduler.status(), whole.scheduler.status(), "at {now}, acting: {acts}");
            assert_eq!(fresh.scheduler.state(), whole.scheduler.state(), "at {now}, acting: {acts}");
            assert_eq!(fresh.scheduler.next_deadline(), whole.scheduler.next_deadline());
        }
    }
}

#[test]
fn a_load_of_what_was_stored_is_no_synchronisation_and_forgets_no_removal() {
    let mut before = bench(handled(), 0);
    load(&mut before, format!("[{}]", revised("a", 500, 9 * HOUR, 1)).as_bytes());
    before.upsert(&revised("gone", 700, 9 * HOUR, 8));
    before.remove("gone");
    before.at(60);
    let mut fresh = Bench::with(handled(), second(2 * HOUR));
    fresh.adopt(2 * HOUR, &before);
    fresh.load_cached(2 * HOUR, &[revised("a", 500, 9 * HOUR, 1)]);
    assert_eq!(fresh.at(2 * HOUR), ["a/event_start@500 recovered"]);
    // Made elsewhere while nobody was there.
    fresh.learn(2 * HOUR, &event("b", HOUR, 9 * HOUR), Source::Feed);
    fresh.learn(2 * HOUR, &revised("gone", 700, 9 * HOUR, 8), Source::Feed);
    assert_eq!(fresh.at(2 * HOUR + 1), [format!("b/event_start@{HOUR} recovered")]);
}

#[test]
fn what_is_outstanding_of_an_unknown_event_is_held_until_that_is_known() {
    let mut acting = bench(handled(), 0);
    for name in ["a", "b", "c"] {
        acting.upsert(&revised(name, 100, HOUR, 4));
    }
    acting.at(100);
    acting.acknowledge(101, &id("c", "event_start", 100));
    let mut fresh = Bench::with(handled(), second(102));
    fresh.adopt(102, &acting);
    // It acts, but nobody knows whether these events still have the occurrences.
    assert_eq!(fresh.at(103), [""; 0]);
    assert_eq!(fresh.scheduler.status().deliveries_waiting, 2);
    assert_eq!(fresh.scheduler.next_deadline().map(|deadline| deadline.reason), Some(WakeReason::Tick));
    let mut again = Bench { scheduler: restored(&fresh), now: fresh.now, outputs: Vec::new() };
    assert_eq!(again.at(103), [""; 0]);
    // A definition that is older than the delivery says nothing about it.
    fresh.learn(104, &revised("a", HOUR, 2 * HOUR, 3), Source::Feed);
    assert_eq!(fresh.at(104), [""; 0]);
    fresh.learn(105, &revised("a", 100, HOUR, 4), Source::Feed);
    assert_eq!(fresh.at(105), ["a/event_start@100 on_time again: 2"]);
    fresh.outputs.clear();
    load(&mut fresh, format!("[{}]", revised("a", 100, HOUR, 4)).as_bytes());
    assert_eq!(fresh.said(), ["b/event_start@100: withdrawn"]);
    // A later definition without it takes it away too, and so does somebody who has settled it.
    again.learn(106, &revised("a", 300, HOUR, 5), Source::Feed);
    assert_eq!(again.said(), ["a/event_start@100: withdrawn"]);
    assert_eq!(again.acknowledge(107, &id("b", "event_start", 100)), DeliveryOutcome::Settled);
    assert_eq!(again.scheduler.status().deliveries_waiting, 0);
}

#[test]
fn a_removal_that_is_known_there_can_still_be_heard_of_here() {
    let (mut acting, mut other) = tabs(&[revised("a", 100, HOUR, 1)]);
    let removal = Input::Remove { event_id: "a", revision: Some(2), source: Source::Feed };
    acting.handle(removal.clone());
    other.adopt(10, &acting);
    other.handle(removal);
    assert_eq!(other.scheduler.status().events_tracked, 0);
    other.learn(11, &revised("a", 100, HOUR, 2), Source::Feed);
    assert_eq!(other.scheduler.status().events_tracked, 0);
}

#[test]
fn sequence_numbers_go_on_after_those_of_the_other_one() {
    let (mut acting, mut other) = tabs(&[event("a", 100, 300), event("b", 200, 300)]);
    acting.at(100);
    acting.acknowledge(100, &id("a", "event_start", 100));
    other.adopt(150, &acting);
    acting.at(150);
    other.act(160, true);
    other.at(200);
    assert_eq!(other.deliveries().map(|delivery| delivery.sequence).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_state_that_cannot_be_read_is_refused_and_changes_nothing() {
    let (acting, mut other) = tabs(&[event("a", 100, 300)]);
    let state = acting.scheduler.state();
    let mut too_new = state[..state.len() - 8].to_vec();
    too_new[4] = 99;
    let hash = too_new.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    too_new.extend_from_slice(&hash.to_le_bytes());
    let before = other.scheduler.snapshot();
    let now = Now::exact(second(0));
    for (state, code) in [
        (&state[..state.len() - 1], "SNAPSHOT_CORRUPT"),
        (&[][..], "SNAPSHOT_CORRUPT"),
        (&too_new, "SNAPSHOT_TOO_NEW"),
    ] {
        let refused = other.scheduler.handle(Input::Adopt { state }, now);
        let Err(error @ SchedulerError::Snapshot(_)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.code(), code);
        assert!(other.scheduler.snapshot() == before);
    }
}

#[test]
fn a_state_has_no_events_and_equal_ones_are_equal_bytes() {
    let (one, two) = tabs(&[event("a", 100, 300)]);
    assert_eq!(one.scheduler.state(), two.scheduler.state());
    assert!(!one.scheduler.state().windows(12).any(|bytes| bytes == b"start_dateti"));
    let mut fresh = bench(Config { handled: KindSet::NONE, ..handled() }, 0);
    // Of a whole snapshot the events are left aside.
    fresh.adopt_state(0, &one.scheduler.snapshot());
    assert_eq!(fresh.scheduler.status().events_tracked, 0);
}
