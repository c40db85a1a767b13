//! Attempts: what an occurrence goes through until it is settled.

use client_event_scheduler::service::{AttemptPolicy, Failure, OccurrenceState, Refusal, Standing};
use proptest::prelude::*;

use crate::at;

const POLICY: AttemptPolicy = AttemptPolicy { max_retries: 2, retry_delay_ms: 10_000, timeout_ms: 30_000 };

fn begun() -> Standing {
    Standing::scheduled(at(0), &POLICY).begin(at(0), &POLICY).expect("it is due")
}

fn failed_once() -> Standing {
    begun().fail(1, Failure::Passing, at(5), &POLICY, 0.0).expect("a failure")
}

#[test]
fn a_failed_attempt_is_followed_by_another_after_a_delay_that_doubles_until_none_is_left() {
    let mut standing = Standing::scheduled(at(0), &POLICY);
    let mut begun_at = Vec::new();
    let mut now = 0;
    while standing.state != OccurrenceState::Failed {
        standing = standing.begin(at(now), &POLICY).expect("it is due");
        begun_at.push(now);
        standing = standing
            .fail(standing.attempt, Failure::Passing, at(now), &POLICY, 0.0)
            .expect("the attempt is under way");
        now = standing.wake_at.map_or(now, |wake_at| wake_at.millis_since(at(0)) / 1000);
    }
    assert_eq!(begun_at, [0, 10, 30]);
    assert_eq!((standing.attempt, standing.wake_at), (3, None));
}

#[test]
fn a_lasting_failure_is_not_tried_again() {
    let standing = begun().fail(1, Failure::Lasting, at(1), &POLICY, 0.0).expect("a failure");
    assert_eq!(standing.state, OccurrenceState::Failed);
}

#[test]
fn an_attempt_times_out_when_its_time_is_over_and_not_before() {
    assert!(!begun().is_timed_out(at(29)));
    assert!(begun().is_timed_out(at(30)));
    assert!(!failed_once().is_timed_out(at(1_000)));
}

#[test]
fn an_acknowledgement_counts_even_when_it_was_believed_lost() {
    for standing in [begun(), failed_once(), failed_once().begin(at(20), &POLICY).expect("due")] {
        let done = standing.complete(1).expect("the effect of the first attempt is there");
        assert_eq!((done.state, done.wake_at), (OccurrenceState::Completed, None));
    }
    let dead = begun().fail(1, Failure::Lasting, at(1), &POLICY, 0.0).expect("a failure");
    assert_eq!(dead.complete(1).expect("late, and yet").state, OccurrenceState::Completed);
}

#[test]
fn what_does_not_fit_is_refused_and_says_why() {
    let (scheduled, done) = (Standing::scheduled(at(9), &POLICY), begun().complete(1).expect("done"));
    let second = failed_once().begin(at(20), &POLICY).expect("due");
    let gone = begun().cancel().expect("cancelled");
    let fail = |standing: Standing, attempt| standing.fail(attempt, Failure::Passing, at(30), &POLICY, 0.0);
    for (found, expected) in [
        (scheduled.complete(1), Refusal::NotBegun),
        (begun().complete(2), Refusal::NotBegun),
        (begun().complete(0), Refusal::NotBegun),
        (done.complete(1), Refusal::NothingToDo),
        (gone.complete(1), Refusal::Final(OccurrenceState::Cancelled)),
        (fail(second, 1), Refusal::AttemptOver),
        (fail(failed_once(), 1), Refusal::NothingToDo),
        (fail(done, 1), Refusal::Final(OccurrenceState::Completed)),
        (done.cancel(), Refusal::Final(OccurrenceState::Completed)),
        (gone.cancel(), Refusal::NothingToDo),
        (begun().retry(at(1), &POLICY), Refusal::NothingToDo),
        (done.retry(at(1), &POLICY), Refusal::Final(OccurrenceState::Completed)),
    ] {
        assert_eq!(found, Err(expected));
    }
}

#[test]
fn an_attempt_that_has_reached_nobody_does_not_count() {
    let mut standing = Standing::scheduled(at(0), &POLICY);
    for n in 1..=10 {
        standing = standing.begin(at(n * 60), &POLICY).expect("it is due");
        let attempt = u32::try_from(n).expect("a small number");
        assert_eq!(standing.attempt, attempt, "each has a number of its own");
        standing = standing.unreached(attempt, at(n * 60 + 60)).expect("it is under way");
        assert_eq!((standing.state, standing.wake_at), (OccurrenceState::Pending, Some(at(n * 60 + 60))));
        assert_eq!(standing.unreached(attempt, at(0)), Err(Refusal::NothingToDo), "told twice");
    }
    let mut failures = 0;
    while standing.state != OccurrenceState::Failed {
        let now = standing.wake_at.expect("it waits");
        standing = standing.begin(now, &POLICY).expect("it is due");
        standing = standing.fail(standing.attempt, Failure::Passing, now, &POLICY, 0.0).expect("a failure");
        failures += 1;
    }
    assert_eq!(failures, POLICY.max_retries + 1);
}

#[test]
fn a_dead_letter_that_is_asked_for_again_has_its_retries_again() {
    let mut standing = begun().fail(1, Failure::Lasting, at(1), &POLICY, 0.0).expect("a failure");
    standing = standing.retry(at(100), &POLICY).expect("a dead letter");
    let mut attempts = 0;
    while standing.state != OccurrenceState::Failed {
        let now = standing.wake_at.expect("it waits");
        standing = standing.begin(now, &POLICY).expect("it is due");
        standing = standing.fail(standing.attempt, Failure::Passing, now, &POLICY, 0.5).expect("a failure");
        attempts += 1;
    }
    assert_eq!((attempts, standing.attempt), (3, 4));
}

/// Something that may happen to an occurrence, at any time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    Wake,
    Complete(u32),
    Fail(u32, Failure),
    Unreached(u32),
    Cancel,
    Retry,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_i64..200).prop_map(Step::Wait),
        6 => Just(Step::Wake),
        1 => (0_u32..5).prop_map(Step::Complete),
        4 => (0_u32..5, any::<bool>())
            .prop_map(|(n, passing)| Step::Fail(n, if passing { Failure::Passing } else { Failure::Lasting })),
        1 => (0_u32..5).prop_map(Step::Unreached),
        1 => Just(Step::Cancel),
        1 => Just(Step::Retry),
    ]
}

/// What a host does when something is due.
fn wake(standing: Standing, now: i64, policy: &AttemptPolicy) -> Standing {
    if standing.is_timed_out(at(now)) {
        return standing
            .fail(standing.attempt, Failure::Passing, at(now), policy, 0.3)
            .expect("a timeout is a failure of the attempt under way");
    }
    standing.begin(at(now), policy).unwrap_or(standing)
}

proptest! {
    #[test]
    fn whatever_happens_an_occurrence_is_settled_or_waits_for_a_time_that_comes(
        max_retries in 0_u32..4,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let policy = AttemptPolicy { max_retries, ..POLICY };
        let mut standing = Standing::scheduled(at(50), &policy);
        let mut now = 0;
        let (mut asked_again, mut unreached) = (0, 0);
        for step in steps {
            let before = standing;
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Wake => standing = wake(standing, now, &policy),
                Step::Complete(attempt) => standing = standing.complete(attempt).unwrap_or(standing),
                Step::Fail(attempt, failure) => {
                    standing = standing.fail(attempt, failure, at(now), &policy, 0.9).unwrap_or(standing);
                }
                Step::Unreached(attempt) => {
                    let again = standing.unreached(attempt, at(now + 60));
                    unreached += u32::from(again.is_ok());
                    standing = again.unwrap_or(standing);
                }
                Step::Cancel => standing = standing.cancel().unwrap_or(standing),
                Step::Retry => {
                    let again = standing.retry(at(now), &policy);
                    asked_again += u32::from(again.is_ok());
                    standing = again.unwrap_or(standing);
                }
            }
            prop_assert_eq!(standing.state.is_final(), standing.wake_at.is_none());
            prop_assert!(standing.attempt <= standing.attempts_allowed);
            prop_assert!(standing.attempt <= (max_retries + 1) * (asked_again + 1) + unreached);
            prop_assert!(standing.attempt == before.attempt || before.wake_at <= Some(at(now)), "never too early");
            prop_assert!(now >= 50 || standing.attempt == 0, "nothing begins before it is due");
            if matches!(before.state, OccurrenceState::Completed | OccurrenceState::Cancelled) {
                prop_assert_eq!(standing, before, "what is over stays over");
            }
        }
        // Nobody acknowledges anything any more: it comes to an end all the same.
        for _ in 0..2 * (standing.attempts_allowed + 1) {
            now = standing.wake_at.map_or(now, |at_| now.max(at_.millis_since(at(0)) / 1000 + 1));
            standing = wake(standing, now, &policy);
        }
        prop_assert!(standing.state.is_final());
    }
}
