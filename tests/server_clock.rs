//! The estimate of the server's time in a world whose time is known.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/world.rs"]
mod world;

use client_event_scheduler::time::{
    ClockSource, IgnoredSample, JumpCause, Observation, Reading, ResyncReason, Sample, ServerClock,
};
use client_event_scheduler::{
    Config, EventDefinition, Input, Now, Outcome, Payload, Scheduler, Source, Timestamp,
};
use world::World;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A device without drift that has asked the server once, with a round trip of 40 ms.
fn asked(behind_ms: i64) -> (World, ServerClock) {
    let mut world = World::new(behind_ms, 0, 0);
    let mut clock = ServerClock::default();
    let sample = world.request(20, 1, 20);
    assert!(matches!(clock.observe(sample), Observation::Accepted { chosen: true, displaced: 0, .. }));
    (world, clock)
}

fn ignored(observation: Observation) -> IgnoredSample {
    match observation {
        Observation::Ignored(why) => why,
        accepted @ Observation::Accepted { .. } => panic!("{accepted:?}"),
    }
}

#[test]
fn without_a_sample_the_devices_clock_counts_and_its_error_is_unknown() {
    let world = World::new(HOUR, 0, 0);
    let mut clock = ServerClock::default();
    let now = clock.now(world.reading());
    assert_eq!((now.wall, now.error_ms, now.source), (world.reading().wall, None, ClockSource::Device));
    assert_eq!(now.error_or_max_ms(), u32::MAX);
    assert_eq!(clock.resync_wanted(), Some(ResyncReason::NoSample));
    let health = clock.health();
    assert_eq!((health.source, health.samples), (ClockSource::Device, 0));
    assert!(!health.device_clock_wrong, "nobody knows");
}

#[test]
fn the_estimate_is_the_offset_of_ntp_with_half_the_round_trip_as_its_error() {
    // Device, monotonic, server: all in milliseconds from the same beginning.
    let at = |ms: i64| Timestamp::from_millis_clamped(1_780_000_000_000 + ms);
    let reading = |ms: u64| Reading { wall: at(ms as i64), monotonic_ms: ms };
    for (sent, server_received, server_sent, received, rtt, offset) in [
        (0, 50, 60, 110, 100, 0),
        (0, 1050, 1060, 110, 100, 1000),
        (0, -950, -940, 110, 100, -1000),
        (1000, 90_000, 90_300, 1400, 100, 88_950),
        (0, 0, 0, 2, 2, -1),
    ] {
        let mut clock = ServerClock::default();
        let (sent, received) = (reading(sent), reading(received));
        let (server_received, server_sent) = (at(server_received), at(server_sent));
        let sample = Sample { sent, received, server_received, server_sent };
        assert_eq!(clock.observe(sample), Observation::Accepted { rtt_ms: rtt, chosen: true, displaced: 0 });
        let health = clock.health();
        assert_eq!(health.offset_ms, Some(offset), "{sample:?}");
        assert_eq!(health.error_ms, Some(rtt / 2 + 3), "three more for what is cut off and for drift");
    }
}

#[test]
fn a_step_of_the_wall_clock_during_a_request_does_not_move_the_estimate() {
    let (mut world, mut clock) = asked(0);
    let request = world::Request { there: 10, server: 1, back: 10 };
    let sample = world.request_with(request, |world| world.step(400));
    assert!(matches!(clock.observe(sample), Observation::Accepted { rtt_ms: 20, .. }));
    let (now, miss) = world.ask(&mut clock);
    assert!(miss <= 2, "{now:?} misses by {miss} ms");
}

#[test]
fn after_a_sleep_the_estimate_follows_the_wall_clock_and_its_error_covers_a_step() {
    let (mut world, mut clock) = asked(3 * MINUTE);
    world.run(10 * SECOND);
    world.ask(&mut clock);
    world.sleep(8 * HOUR);
    let (now, miss) = world.ask(&mut clock);
    assert!(miss <= 25, "{miss} ms");
    assert!(now.error_ms >= Some(8 * HOUR as u64), "the clock may have been stepped: {now:?}");
    let jump = clock.health().last_jump.expect("seen");
    assert_eq!((jump.by_ms, jump.cause, jump.certain), (8 * HOUR, JumpCause::Slept, false));
    assert_eq!(clock.resync_wanted(), Some(ResyncReason::Jump));
    assert!(!clock.health().device_clock_wrong, "3 minutes are within the error now");
}

#[test]
fn a_leap_that_puts_the_device_right_is_taken_for_a_correction() {
    let (mut world, mut clock) = asked(3 * MINUTE);
    world.run(10 * SECOND);
    world.ask(&mut clock);
    world.step(3 * MINUTE);
    let (now, miss) = world.ask(&mut clock);
    assert!(miss <= 25, "{miss} ms");
    assert!(now.error_ms >= Some(3 * MINUTE as u64), "the machine may have slept: {now:?}");
    assert_eq!(clock.health().last_jump.map(|jump| jump.cause), Some(JumpCause::Stepped));
}

#[test]
fn the_next_sample_decides_between_sleep_and_step() {
    for (slept, right, guess) in [
        (true, JumpCause::Slept, JumpCause::Slept),
        // A clock that was right and is set to a wrong time, as people do to test: the guess is wrong, the error covers it.
        (false, JumpCause::Stepped, JumpCause::Slept),
    ] {
        let (mut world, mut clock) = asked(0);
        if slept {
            world.sleep(HOUR)
        } else {
            world.step(HOUR)
        };
        let (now, miss) = world.ask(&mut clock);
        assert!(Some(miss) <= now.error_ms);
        assert_eq!(clock.health().last_jump.map(|jump| (jump.cause, jump.certain)), Some((guess, false)));
        let sample = world.request(30, 0, 30);
        assert!(matches!(clock.observe(sample), Observation::Accepted { chosen: true, displaced: 0, .. }));
        assert_eq!(clock.health().last_jump.map(|jump| (jump.cause, jump.certain)), Some((right, true)));
        assert_eq!(clock.resync_wanted(), None);
        let (now, miss) = world.ask(&mut clock);
        assert!(miss <= 2 && now.error_ms == Some(33), "{now:?} misses by {miss} ms");
    }
}

#[test]
fn a_step_back_leaves_the_estimate_alone_and_asks_for_another_sample() {
    let (mut world, mut clock) = asked(0);
    let (before, _) = world.ask(&mut clock);
    world.step(-HOUR);
    let (after, _) = world.ask(&mut clock);
    assert_eq!(after, before);
    let jump = clock.health().last_jump.expect("seen");
    assert_eq!((jump.by_ms, jump.cause, jump.certain), (-HOUR, JumpCause::Stepped, true));
    assert_eq!(clock.resync_wanted(), Some(ResyncReason::Jump));
    assert!(clock.health().device_clock_wrong);
}

#[test]
fn half_a_second_is_where_a_leap_begins() {
    for (by_ms, leapt) in [(499, false), (502, true), (-499, false), (-502, true)] {
        let (mut world, mut clock) = asked(0);
        world.step(by_ms);
        world.ask(&mut clock);
        assert_eq!(clock.health().last_jump.is_some(), leapt, "{by_ms} ms");
        assert_eq!(clock.resync_wanted().is_some(), leapt, "{by_ms} ms");
    }
}

#[test]
fn a_request_that_a_leap_falls_into_is_not_used() {
    for leap in [World::sleep as fn(&mut World, i64), World::step] {
        let (mut world, mut clock) = asked(0);
        let request = world::Request { there: 5, server: 0, back: 5 };
        let sample = world.request_with(request, |world| leap(world, HOUR));
        assert_eq!(ignored(clock.observe(sample)), IgnoredSample::AcrossJump);
        assert_eq!(clock.resync_wanted(), Some(ResyncReason::Jump), "the sample has shown the leap");
        // Nor one that was over before the leap, and is handed in after it.
        let sample = world.request(5, 0, 5);
        leap(&mut world, HOUR);
        world.ask(&mut clock);
        assert_eq!(ignored(clock.observe(sample)), IgnoredSample::AcrossJump);
        assert_eq!(clock.resync_wanted(), Some(ResyncReason::Jump), "until one comes through");
    }
}

#[test]
fn stamps_that_contradict_one_another_are_not_used() {
    let (mut world, mut clock) = asked(0);
    let good = world.request(20, 10, 20);
    let later = |reading: Reading, ms: u64| Reading {
        wall: reading.wall.saturating_add_ms(ms as i64),
        monotonic_ms: reading.monotonic_ms + ms,
    };
    for (sample, why) in [
        (Sample { sent: good.received, received: good.sent, ..good }, IgnoredSample::NegativeRoundTrip),
        (
            Sample { server_sent: good.server_received.saturating_add_ms(-1), ..good },
            IgnoredSample::ServerWentBack,
        ),
        (
            Sample { server_sent: good.server_sent.saturating_add_ms(50), ..good },
            IgnoredSample::ServerTooSlow,
        ),
        (Sample { received: later(good.received, 10_000), ..good }, IgnoredSample::RoundTripTooLong),
    ] {
        assert_eq!(ignored(clock.observe(sample)), why);
    }
    assert_eq!(clock.health().samples, 1);
    assert!(matches!(clock.observe(good), Observation::Accepted { .. }));
}

#[test]
fn an_old_sample_gives_way_when_drift_has_eaten_up_its_advantage() {
    let (mut world, mut clock) = asked(0);
    world.run(MINUTE);
    // 6 ms of drift against 40 ms of the round trip.
    let sample = world.request(60, 0, 60);
    assert!(matches!(clock.observe(sample), Observation::Accepted { chosen: false, .. }));
    assert_eq!(clock.health().rtt_ms, Some(40));
    world.run(20 * MINUTE);
    let sample = world.request(60, 0, 60);
    assert!(matches!(clock.observe(sample), Observation::Accepted { chosen: true, .. }));
    assert_eq!(
        (clock.health().rtt_ms, clock.health().age_ms, clock.health().samples),
        (Some(120), Some(0), 3)
    );
}

#[test]
fn as_long_as_no_sample_is_good_a_few_more_are_wanted() {
    let mut world = World::new(0, 0, 0);
    let mut clock = ServerClock::default();
    for wanted in [Some(ResyncReason::Imprecise), Some(ResyncReason::Imprecise), None] {
        clock.observe(world.request(200, 1, 200));
        assert_eq!(clock.resync_wanted(), wanted);
        world.run(SECOND);
    }
    let mut clock = ServerClock::default();
    clock.observe(world.request(200, 1, 200));
    clock.observe(world.request(20, 1, 20));
    assert_eq!(clock.resync_wanted(), None, "one is good");
}

#[test]
fn after_an_hour_another_sample_is_wanted() {
    let (mut world, mut clock) = asked(0);
    world.run(HOUR - SECOND);
    world.ask(&mut clock);
    assert_eq!(clock.resync_wanted(), None);
    world.run(2 * SECOND);
    world.ask(&mut clock);
    assert_eq!(clock.resync_wanted(), Some(ResyncReason::Age));
}

#[test]
fn drift_is_measured_once_it_is_larger_than_the_error_and_narrows_the_bounds() {
    let mut world = World::new(0, 80, 80);
    let mut clock = ServerClock::default();
    for _ in 0..60 {
        let sample = world.request(10, 0, 10);
        clock.observe(sample);
        world.run(MINUTE);
        world.ask(&mut clock);
    }
    assert_eq!(clock.health().drift_ppm.map(|ppm| (ppm + 80).abs() <= 3), Some(true), "{:?}", clock.health());
    world.run(10 * HOUR);
    let (now, miss) = world.ask(&mut clock);
    assert!(Some(miss) <= now.error_ms);
    assert!(now.error_ms < Some(1000), "100 ppm would be 3600 ms: {now:?}");

    let mut world = World::new(0, 1, 1);
    let mut clock = ServerClock::default();
    for _ in 0..15 {
        let sample = world.request(10, 0, 10);
        clock.observe(sample);
        world.run(MINUTE);
    }
    assert_eq!(clock.health().drift_ppm, None, "1 ppm cannot be told from the error of 20 ms");
}

#[test]
fn the_device_is_called_wrong_from_a_minute_beyond_the_error_on() {
    for (behind_ms, wrong) in [(60_000, false), (60_030, true), (-60_030, true), (-60_000, false), (0, false)]
    {
        let (world, mut clock) = asked(behind_ms);
        world.ask(&mut clock);
        assert_eq!(clock.health().device_clock_wrong, wrong, "{behind_ms} ms behind");
    }
}

#[test]
fn a_server_whose_clock_was_set_displaces_what_it_said_before() {
    let (mut world, mut clock) = asked(0);
    let mut sample = world.request(100, 0, 100);
    sample.server_received = sample.server_received.saturating_add_ms(HOUR);
    sample.server_sent = sample.server_sent.saturating_add_ms(HOUR);
    assert_eq!(clock.observe(sample), Observation::Accepted { rtt_ms: 200, chosen: true, displaced: 1 });
    let (now, _) = world.ask(&mut clock);
    assert!(now.wall.millis_since(world.truth()) >= HOUR - 2);
    assert_eq!(clock.health().samples, 1);
}

#[test]
fn another_monotonic_clock_starts_the_estimate_anew() {
    let (world, mut clock) = asked(HOUR);
    let other = Reading { monotonic_ms: 5, ..world.reading() };
    assert_eq!(clock.now(other).source, ClockSource::Device);
    assert_eq!(clock.resync_wanted(), Some(ResyncReason::NoSample));
}

#[test]
fn a_reading_handed_in_late_is_no_leap() {
    let (mut world, mut clock) = asked(0);
    let early = world.request(1, 0, 1);
    world.run(900);
    world.ask(&mut clock);
    assert!(matches!(clock.observe(early), Observation::Accepted { chosen: true, .. }));
    clock.now(early.sent);
    assert_eq!((clock.health().last_jump, clock.resync_wanted()), (None, None));
    let (now, miss) = world.ask(&mut clock);
    assert!(miss <= 2 && now.error_ms <= Some(5), "{now:?} misses by {miss} ms");
}

/// The device is an hour behind, and nobody's registration opens an hour late for that.
#[test]
fn a_trigger_fires_by_the_servers_time_on_a_device_whose_clock_is_wrong() {
    let (mut world, mut clock) = asked(HOUR);
    let now: Now = clock.now(world.reading()).into();
    assert!(now.error_ms < 100, "the server's time is known");
    let mut scheduler = Scheduler::new(Config::default()).expect("valid settings");
    let (start, end) = (now.wall.saturating_add_ms(10 * MINUTE), now.wall.saturating_add_ms(HOUR));
    let json = format!(r#"{{"event_id":"a","start_datetime":"{start}","end_datetime":"{end}"}}"#);
    let definition = EventDefinition::from_json(json.as_bytes(), &Default::default()).expect("a valid event");
    let input = Input::Upsert { definition, payload: Payload::External, source: Source::Local };
    scheduler.handle(input, now).expect("accepted");
    let mut fired_at = Vec::new();
    for minute in 1..=11 {
        world.run(MINUTE);
        let now = clock.now(world.reading()).into();
        if scheduler.handle(Input::Tick, now) == Ok(Outcome::Ticked { fired: 1 }) {
            fired_at.push(minute);
        }
    }
    assert_eq!(fired_at, [10]);
}
