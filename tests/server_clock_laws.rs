//! Laws of the estimate of the server's time, in a world whose time is known.
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/world.rs"]
mod world;

use client_event_scheduler::Timestamp;
use client_event_scheduler::time::{Observation, Reading, Sample, ServerClock};
use proptest::prelude::*;
use world::{Request, World};

/// Something that happens to the device. Between any two of these its clocks are read.
#[derive(Debug, Clone, Copy)]
enum Step {
    Run(i64),
    Sleep(i64),
    SetWall(i64),
    Warm(i64),
    Ask(Request),
    /// The leap, in milliseconds, comes while the answer is on its way; the clocks may be read before the answer is there.
    AskAcross {
        request: Request,
        sleep: bool,
        by: i64,
        read: bool,
    },
}

fn any_request() -> impl Strategy<Value = Request> {
    // Asymmetric up to the limit of the round trip, and mostly short.
    let leg = || prop_oneof![4 => 0_i64..100, 1 => 0_i64..4_990];
    (leg(), prop_oneof![4 => 0_i64..20, 1 => 0_i64..60_000], leg())
        .prop_map(|(there, server, back)| Request { there, server, back })
}

fn any_leap() -> impl Strategy<Value = i64> {
    prop_oneof![1_000_i64..10_000, 10_000_i64..86_400_000]
}

fn any_step() -> impl Strategy<Value = Step> {
    let leap = || prop_oneof![any_leap(), any_leap().prop_map(|by| -by)];
    prop_oneof![
        6 => prop_oneof![0_i64..20_000, 0_i64..600_000].prop_map(Step::Run),
        1 => any_leap().prop_map(Step::Sleep),
        1 => leap().prop_map(Step::SetWall),
        1 => (-7_000_i64..=7_000).prop_map(Step::Warm),
        4 => any_request().prop_map(Step::Ask),
        1 => (any_request(), any::<bool>(), leap(), any::<bool>())
            .prop_map(|(request, sleep, by, read)| Step::AskAcross { request, sleep, by, read }),
    ]
}

fn any_world() -> impl Strategy<Value = World> {
    // 99: the drift here is a rate of the device's time, and the 100 ppm are one of the server's. 7 of them are left to warmth, so
    // that it changes the drift by less than the 15 ppm assumed.
    (-10_000_000_i64..10_000_000, -99_i64..=99, -92_i64..=92)
        .prop_map(|(behind, wall, monotonic)| World::new(behind, wall, monotonic))
}

fn take(world: &mut World, clock: &mut ServerClock, step: Step) {
    match step {
        Step::Run(ms) => world.run(ms),
        Step::Sleep(ms) => world.sleep(ms),
        Step::SetWall(by) => world.step(by),
        Step::Warm(ppb) => world.warm(ppb),
        Step::Ask(request) => {
            let sample = world.request_with(request, |_| ());
            clock.observe(sample);
        }
        Step::AskAcross { request, sleep, by, read } => {
            let sample = world.request_with(request, |world| {
                if sleep {
                    world.sleep(by.abs())
                } else {
                    world.step(by)
                }
                if read {
                    clock.now(world.reading());
                }
            });
            clock.observe(sample);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_true_time_always_lies_within_the_error(world in any_world(), steps in prop::collection::vec(any_step(), 1..60)) {
        let (mut world, mut clock) = (world, ServerClock::default());
        for (index, step) in steps.into_iter().enumerate() {
            take(&mut world, &mut clock, step);
            let (now, miss) = world.ask(&mut clock);
            if let Some(error_ms) = now.error_ms {
                prop_assert!(miss <= error_ms, "after step {index}, {step:?}: misses by {miss} ms, {:?}", clock.health());
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_true_time_lies_within_the_error_while_the_drift_changes_with_warmth(
        world in any_world(),
        days in prop::collection::vec((any::<bool>(), 0_i64..3, 0_i64..3, 60_000_i64..14_400_000), 20..60),
    ) {
        let (mut world, mut clock) = (world, ServerClock::default());
        for (warm, there, back, pause) in days {
            world.warm(if warm { 7_000 } else { -7_000 });
            world.run(pause);
            let (now, miss) = world.ask(&mut clock);
            prop_assert!(now.error_ms.is_none_or(|error_ms| miss <= error_ms), "misses by {miss} ms, {:?}", clock.health());
            let sample = world.request(there, 0, back);
            clock.observe(sample);
        }
        prop_assert!(clock.health().drift_ppm.is_none_or(|ppm| ppm.abs() <= 100));
    }

    #[test]
    fn in_such_a_world_no_sample_displaces_another(world in any_world(), steps in prop::collection::vec(any_step(), 1..60)) {
        let (mut world, mut clock) = (world, ServerClock::default());
        for step in steps {
            take(&mut world, &mut clock, step);
            clock.now(world.reading());
            let sample = world.request(3, 1, 40);
            let observation = clock.observe(sample);
            prop_assert!(matches!(observation, Observation::Accepted { displaced: 0, .. }), "{observation:?}");
        }
    }

    #[test]
    fn the_error_is_never_larger_than_the_best_sample_allows(
        ppm in -99_i64..=99,
        requests in prop::collection::vec((any_request(), 0_i64..300_000), 1..40),
    ) {
        // One quartz for both clocks, so that they never part.
        let (mut world, mut clock) = (World::new(5_000, ppm, ppm), ServerClock::default());
        let mut samples = Vec::new();
        for (request, pause) in requests {
            let sample = world.request_with(request, |_| ());
            if let Observation::Accepted { rtt_ms, .. } = clock.observe(sample) {
                samples.push((sample.sent.monotonic_ms, rtt_ms));
            }
            world.run(pause);
            let now = world.reading();
            let allowed = samples.iter().map(|(sent, rtt_ms)| rtt_ms.div_ceil(2) + (now.monotonic_ms - sent).div_ceil(10_000)).min();
            // Three for what the stamps cut off, three for rounding and for the wall clock's own milliseconds.
            prop_assert!(clock.now(now).error_ms <= allowed.map(|ms| ms + 6), "{:?} {allowed:?}", clock.health());
        }
    }

    #[test]
    fn the_shortest_round_trip_is_chosen(legs in prop::collection::vec((0_i64..3_000, 0_i64..3_000), 1..8)) {
        let (mut world, mut clock) = (World::new(0, 0, 0), ServerClock::default());
        let mut shortest = i64::MAX;
        for (there, back) in legs {
            let sample = world.request(there, 5, back);
            clock.observe(sample);
            shortest = shortest.min(there + back);
        }
        let rtt_ms = clock.health().rtt_ms.expect("a sample") as i64;
        // At most 48 s old: drift costs the shortest up to 5 ms of its advantage, and twice that in its round trip.
        prop_assert!((shortest..=shortest + 10).contains(&rtt_ms), "{rtt_ms}, not {shortest}");
    }

    #[test]
    fn a_device_whose_clock_steps_back_does_not_take_the_estimate_with_it(
        world in any_world(), steps in prop::collection::vec(any_step(), 1..20), by in any_leap(), run in 0_i64..10_000,
    ) {
        let (mut world, mut clock) = (world, ServerClock::default());
        let sample = world.request(10, 1, 10);
        clock.observe(sample);
        for step in steps {
            take(&mut world, &mut clock, step);
            world.ask(&mut clock);
        }
        let (before, _) = world.ask(&mut clock);
        world.step(-by);
        world.run(run);
        let (after, _) = world.ask(&mut clock);
        let lost = before.wall.millis_since(after.wall);
        prop_assert!(lost <= 0, "{lost} ms back, with an error of {:?}", before.error_ms);
        prop_assert!(after.error_ms <= before.error_ms.map(|ms| ms + 3), "the error stays as well: {before:?} {after:?}");
    }

    #[test]
    fn a_server_that_contradicts_itself_changes_nothing(
        request in any_request(), sent_early in 1_i64..1_000_000, too_slow in 3_i64..1_000_000,
    ) {
        let (mut world, mut clock) = (World::new(77, 20, -20), ServerClock::default());
        let first = world.request(40, 2, 60);
        clock.observe(first);
        let mut untouched = clock.clone();
        let honest = world.request_with(request, |_| ());
        let took = honest.received.monotonic_ms as i64 - honest.sent.monotonic_ms as i64;
        for server_sent in [-sent_early, took + took / 10_000 + too_slow] {
            let sample = Sample { server_sent: honest.server_received.saturating_add_ms(server_sent), ..honest };
            prop_assert!(matches!(clock.observe(sample), Observation::Ignored(_)));
        }
        prop_assert_eq!(clock.now(world.reading()), untouched.now(world.reading()));
        prop_assert_eq!(clock.health(), untouched.health());
    }

    #[test]
    fn no_reading_makes_it_panic(inputs in prop::collection::vec((any_reading(), any_reading(), any_instant(), any_instant(), 0_u8..4), 1..80)) {
        let mut clock = ServerClock::default();
        let mut again = ServerClock::default();
        for (sent, received, server_received, server_sent, what) in inputs {
            let near = received.wall.saturating_add_ms(i64::from(what));
            let sample = match what {
                0 => Sample { sent, received, server_received, server_sent },
                1 => Sample { sent: received, received, server_received: near, server_sent: near },
                2 => Sample { sent: received, received, server_received, server_sent: server_received },
                _ => Sample { sent, received: sent, server_received: near, server_sent: near },
            };
            prop_assert_eq!(clock.observe(sample), again.observe(sample));
            prop_assert_eq!(clock.now(sent), again.now(sent));
            prop_assert_eq!(clock.health(), again.health());
            let now = clock.now(received);
            again.now(received);
            prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&now.wall));
        }
    }

    #[test]
    fn any_number_makes_a_reading(wall in any_number(), monotonic in any_number()) {
        let reading = Reading::from_millis(wall, monotonic);
        prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&reading.wall));
        if monotonic.is_nan() || monotonic < 1.0 {
            prop_assert_eq!(reading.monotonic_ms, 0);
        }
        let mut clock = ServerClock::default();
        clock.now(reading);
        clock.now(Reading::from_millis(monotonic, wall));
    }
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        prop::sample::select(vec![
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            f64::MAX,
            f64::MIN,
            1e300
        ]),
        0.0..1e13,
    ]
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<i64>().prop_map(Timestamp::from_millis_clamped),
        (-100_000_i64..100_000).prop_map(|ms| Timestamp::from_millis_clamped(1_780_000_000_000 + ms)),
        Just(Timestamp::MIN),
        Just(Timestamp::MAX),
    ]
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let monotonic = prop_oneof![any::<u64>(), 0_u64..100_000, Just(0), Just(u64::MAX)];
    (any_instant(), monotonic).prop_map(|(wall, monotonic_ms)| Reading { wall, monotonic_ms })
}
