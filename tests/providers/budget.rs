//! Limits, and providers that fail.

use client_event_scheduler::providers::{Admission, Breaker, BreakerPolicy, CallBudget, CallLimit};
use proptest::prelude::*;

use crate::{HOUR_MS, at};

proptest! {
    #[test]
    fn in_no_hour_are_there_more_calls_than_allowed(
        per_hour in 1_u32..400,
        waits in proptest::collection::vec(prop_oneof![6 => 0_i64..20_000, 1 => 0_i64..4_000_000], 1..900),
        restarts in any::<u64>(),
    ) {
        let limit = CallLimit::per_hour(per_hour).expect("more than none");
        let mut budget = CallBudget::default();
        let mut now = 0;
        let mut made: Vec<i64> = Vec::new();
        for (n, wait) in waits.into_iter().enumerate() {
            now += wait;
            if restarts >> (n % 64) & 1 == 1 {
                budget = CallBudget::from_micros(budget.as_micros());
            }
            let available = budget.available(limit, at(now));
            match budget.take(limit, at(now)) {
                Ok(()) => {
                    prop_assert!(available > 0);
                    made.push(now);
                }
                Err(again_at) => {
                    prop_assert_eq!(available, 0);
                    let again_at = again_at.as_millis();
                    prop_assert!(again_at > now);
                    let mut then = budget;
                    prop_assert!(then.take(limit, at(again_at)).is_ok(), "it may be made when it was said");
                    let mut before = budget;
                    prop_assert!(before.take(limit, at(again_at - 1)).is_err(), "and not before");
                }
            }
        }
        for (first, begin) in made.iter().enumerate() {
            let within = made[first..].iter().take_while(|&&each| each < begin + HOUR_MS).count();
            prop_assert!(within <= per_hour as usize, "{within} calls in an hour");
        }
    }

    #[test]
    fn what_is_available_can_be_taken_and_no_more(per_hour in 1_u32..5_000, used in 0_u32..600, now in 0_i64..HOUR_MS) {
        let limit = CallLimit::per_hour(per_hour).expect("more than none");
        let mut budget = CallBudget::default();
        for _ in 0..used {
            let _ = budget.take(limit, at(0));
        }
        let available = budget.available(limit, at(now));
        for _ in 0..available {
            prop_assert!(budget.take(limit, at(now)).is_ok());
        }
        prop_assert!(budget.take(limit, at(now)).is_err());
    }

    #[test]
    fn a_rest_lasts_until_its_end_and_no_longer(per_hour in 1_u32..5_000, until in 1_i64..HOUR_MS) {
        let limit = CallLimit::per_hour(per_hour).expect("more than none");
        let mut budget = CallBudget::default();
        budget.rest(limit, at(until));
        prop_assert_eq!(budget.take(limit, at(0)), Err(at(until)));
        prop_assert!(budget.take(limit, at(until)).is_ok());
    }
}

#[test]
fn a_limit_is_used_up_over_an_hour() {
    let limit = CallLimit::per_hour(1_000).expect("more than none");
    let mut budget = CallBudget::default();
    let (mut now, mut made) = (0, 0);
    while now < HOUR_MS {
        match budget.take(limit, at(now)) {
            Ok(()) => made += 1,
            Err(again_at) => now = again_at.as_millis(),
        }
    }
    assert!((999..=1_000).contains(&made), "{made}");
    assert_eq!(CallLimit::per_hour(0), None);
}

#[test]
fn a_provider_that_fails_again_and_again_is_left_alone_and_then_tried_once() {
    let policy = BreakerPolicy { failures: 3, first_ms: 1_000, longest_ms: 10_000 };
    let fail = |breaker: Breaker, now| breaker.failed(&policy, at(now), None, 0.999_999);
    let twice = fail(fail(Breaker::default(), 0), 0);
    assert_eq!(twice.admits(at(0)), Admission::Open);
    let mut breaker = fail(twice, 0);
    for pause_ms in [1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
        let Admission::Shut(until) = breaker.admits(at(0)) else { panic!("{breaker:?} is open") };
        assert!((pause_ms / 2..=pause_ms).contains(&until.as_millis()), "{until} of {pause_ms} ms");
        assert_eq!(breaker.admits(until), Admission::Probe);
        breaker = fail(breaker, 0);
    }
    assert_eq!(breaker.succeeded().admits(at(0)), Admission::Open);
    let asked = Breaker::default().failed(&policy, at(0), Some(at(77_000)), 0.0);
    assert_eq!(
        asked.admits(at(76_999)),
        Admission::Shut(at(77_000)),
        "what the provider asks for counts at once"
    );
    for random in [f64::NAN, -1.0, 2.0] {
        let shut = Breaker { failures: 2, shut_until: None }.failed(&policy, at(0), None, random);
        assert!(
            matches!(shut.admits(at(0)), Admission::Shut(until) if (500..=1_000).contains(&until.as_millis()))
        );
    }
}
