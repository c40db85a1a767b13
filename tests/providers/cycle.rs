//! Which events are asked for in a cycle.

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{
    CallBudget, CallLimit, CycleCaps, SyncTable, Tier, Tracked, load, plan_cycle,
};
use proptest::prelude::*;

use crate::{DAY_MS, HOUR_MS, MINUTE_MS, at};

const NOW: i64 = 100 * DAY_MS;

fn limit(per_hour: u32) -> CallLimit {
    CallLimit::per_hour(per_hour).expect("more than none")
}

fn tracked(key: &str, start: i64, synced_at: Option<i64>) -> Tracked<'_> {
    let (start, known_at, synced_at) = (at(start), at(NOW), synced_at.map(at));
    Tracked { key, start, known_at, synced_at, unanswered: false, calls: 1 }
}

#[test]
fn an_event_is_asked_for_the_more_often_the_nearer_it_is_until_an_hour_after_its_start() {
    let start = NOW + 3 * DAY_MS;
    let mut asked: Vec<i64> = Vec::new();
    let mut event = tracked("race", start, None);
    let mut now = NOW;
    loop {
        let plan = plan_cycle(
            &[event],
            at(now),
            &SyncTable::default(),
            &CycleCaps::default(),
            limit(1_000),
            CallBudget::default(),
        );
        match (plan.picks.as_slice(), plan.next_at) {
            ([_], _) => {
                asked.push(now);
                event.synced_at = Some(at(now));
            }
            ([], Some(next_at)) => now = next_at.as_millis(),
            ([], None) => break,
            _ => panic!("one event is asked for once"),
        }
    }
    for pair in asked.windows(2) {
        let (gap, away) = (pair[1] - pair[0], start - pair[0]);
        let most = match away {
            _ if away <= 4 * HOUR_MS => MINUTE_MS,
            _ if away <= DAY_MS => 15 * MINUTE_MS,
            _ => 4 * HOUR_MS,
        };
        assert!(gap <= most, "{gap} ms, {away} ms before the start");
    }
    assert_eq!(asked.last(), Some(&(start + HOUR_MS)), "the last time is when it no longer counts");
    // 12 in two days, 80 in twenty hours, 300 in five.
    assert!((390..=396).contains(&asked.len()), "{} times", asked.len());
}

#[test]
fn what_is_over_is_asked_for_again_until_it_has_answered_or_a_day_has_passed() {
    let over = NOW + HOUR_MS;
    let next = |synced_at: i64, unanswered: bool| {
        let event = Tracked { unanswered, ..tracked("race", NOW, Some(synced_at)) };
        let (table, caps) = (SyncTable::default(), CycleCaps::default());
        let plan = plan_cycle(&[event], at(synced_at), &table, &caps, limit(1_000), CallBudget::default());
        plan.next_at.map(Timestamp::as_millis)
    };
    assert_eq!(next(over, false), None);
    assert_eq!(next(over, true), Some(over + 15 * MINUTE_MS));
    assert_eq!(next(over + DAY_MS - 1, true), Some(over + DAY_MS - 1 + 15 * MINUTE_MS));
    assert_eq!(next(over + DAY_MS, true), None);
}

#[test]
fn a_cycle_takes_the_most_overdue_of_each_tier_up_to_its_cap() {
    let keys: Vec<String> = (0..300).map(|n| format!("race-{n}")).collect();
    let near = NOW + 2 * HOUR_MS;
    let events: Vec<Tracked<'_>> = keys
        .iter()
        .enumerate()
        .map(|(n, key)| {
            let start = [near, NOW + 10 * HOUR_MS, NOW + 10 * DAY_MS][n % 3];
            // The later in the list, the longer ago.
            tracked(key, start, Some(NOW - 9 * HOUR_MS - n as i64 * HOUR_MS))
        })
        .collect();
    let plan = plan_cycle(
        &events,
        at(NOW),
        &SyncTable::default(),
        &CycleCaps::default(),
        limit(10_000),
        CallBudget::default(),
    );
    let of = |tier| plan.picks.iter().filter(|pick| pick.tier == tier).count();
    let low = of(Tier::Low);
    assert_eq!((of(Tier::High) + of(Tier::Medium) + low, low <= 10), (plan.picks.len(), true));
    assert_eq!(plan.waiting, 300 - plan.picks.len());
    assert!(plan.picks.is_sorted_by_key(|pick| pick.deadline));
    for tier in Tier::ALL {
        assert!(of(tier) <= CycleCaps::default().of(tier));
    }
}

#[test]
fn a_cadence_that_takes_more_than_is_allowed_is_told_with_its_numbers() {
    let keys: Vec<String> = (0..20).map(|n| format!("race-{n}")).collect();
    let events: Vec<_> = keys.iter().map(|key| tracked(key, NOW + HOUR_MS, None)).collect();
    let near = load(&events, at(NOW), &SyncTable::default(), limit(1_000));
    assert_eq!((near.needed_per_hour, near.allowed_per_hour), (1_200.0, 900));
    assert!(near.is_overcommitted());
    let far = load(&events, at(NOW - DAY_MS), &SyncTable::default(), limit(1_000));
    assert!(!far.is_overcommitted() && far.needed_per_hour < 100.0);
    let over = load(&events, at(NOW + 3 * HOUR_MS), &SyncTable::default(), limit(1_000));
    assert_eq!(over.needed_per_hour, 0.0);
}

#[test]
fn one_that_takes_more_than_may_be_made_at_once_stops_nobody() {
    let huge = Tracked { calls: 1_000_000, ..tracked("huge", NOW + HOUR_MS, None) };
    let events = [huge, tracked("small", NOW + HOUR_MS, None)];
    let mut budget = CallBudget::default();
    let plan = |budget| {
        plan_cycle(&events, at(NOW), &SyncTable::default(), &CycleCaps::default(), limit(1_000), budget)
    };
    assert_eq!(plan(budget).picks.len(), 1, "it takes all there is");
    budget.take(limit(1_000), at(NOW)).expect("one is left");
    assert!(plan(budget).picks.is_empty(), "a cheaper one does not overtake it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_waits_for_ever_while_there_are_calls(
        near in 1_usize..120,
        per_hour in 20_u32..300,
        calls in 1_u32..4,
    ) {
        let keys: Vec<String> = (0..near).map(|n| format!("near-{n}")).collect();
        let mut events: Vec<Tracked<'_>> = keys
            .iter()
            .map(|key| Tracked { calls, ..tracked(key, NOW + 300 * DAY_MS, None) })
            .collect();
        // Always near: as if each were followed by another one at once.
        let follow = |events: &mut Vec<Tracked<'_>>, now: i64| {
            events[..near].iter_mut().for_each(|event| event.start = at(now + HOUR_MS));
        };
        events.push(tracked("far", NOW + 300 * DAY_MS, Some(NOW)));
        events.push(tracked("new", NOW + 300 * DAY_MS, None));
        let (limit, mut budget) = (limit(per_hour), CallBudget::default());
        let (mut now, mut far_at): (_, Vec<Timestamp>) = (NOW, Vec::new());
        while now < NOW + 3 * DAY_MS {
            follow(&mut events, now);
            let plan = plan_cycle(&events, at(now), &SyncTable::default(), &CycleCaps::default(), limit, budget);
            for pick in plan.picks {
                for _ in 0..events[pick.index].calls.clamp(1, limit.burst()) {
                    prop_assert!(budget.take(limit, at(now)).is_ok(), "a plan keeps to the limit");
                }
                events[pick.index].synced_at = Some(at(now));
                if pick.index == near {
                    far_at.push(at(now));
                }
            }
            now += 60_000;
        }
        prop_assert!(events[near + 1].synced_at.is_some(), "what is new is asked for too");
        // Due every four hours, and to be asked for within the next four; then at most one round of the others is before it.
        let round_ms = i64::try_from((near + 2) * calls as usize).expect("few") * HOUR_MS / i64::from(limit.sustained_per_hour());
        let mut before = at(NOW);
        for asked in far_at.into_iter().chain([at(now)]) {
            prop_assert!(asked.millis_since(before) <= 9 * HOUR_MS + round_ms, "not from {before} to {asked}");
            before = asked;
        }
    }
}
