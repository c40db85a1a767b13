//! Missed occurrences, the horizon, and what an edit changes.

use client_event_scheduler::recurrence::{Coalesce, Context, Recurrence, Schedule};
use client_event_scheduler::service::{
    BusyDay, CatchUp, Held, Horizon, PickUp, coalesce_name, coalesce_named, first_busy_day, materialise,
    pick_up, revise,
};
use client_event_scheduler::time::ZoneProvider;
use client_event_scheduler::{Timestamp, ZoneTable};
use proptest::prelude::*;

use crate::at;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const HORIZON: Horizon = Horizon { ahead_ms: 7 * DAY * 1000, most: 100 };

fn catch_up(coalesce: Coalesce) -> CatchUp {
    CatchUp { window_ms: DAY * 1000, tick_ms: 10_000, coalesce }
}

fn every(text: &str) -> Schedule<'static> {
    let text = format!("DTSTART:20260501T000000Z\nRRULE:{text}");
    let recurrence: Recurrence = text.parse().expect("a recurrence");
    recurrence.schedule(&Context::new(ZoneTable::embedded())).expect("a schedule")
}

#[test]
fn names_and_policies_belong_together() {
    for policy in [Coalesce::All, Coalesce::Earliest, Coalesce::Latest] {
        assert_eq!(coalesce_named(coalesce_name(policy)), Some(policy));
    }
    assert_eq!(coalesce_named("none"), None);
}

#[test]
fn what_was_missed_is_caught_up_within_the_window_as_the_policy_says() {
    use PickUp::{Coalesced, Expired, OnTime, Recovered};
    let due = [at(0), at(HOUR), at(25 * HOUR), at(26 * HOUR), at(26 * HOUR + 5)];
    let now = at(26 * HOUR + 10);
    for (policy, expected) in [
        (Coalesce::All, [Expired, Expired, Recovered, OnTime, OnTime]),
        (Coalesce::Latest, [Expired, Expired, Recovered, OnTime, OnTime]),
        (Coalesce::Earliest, [Expired, Expired, Recovered, OnTime, OnTime]),
    ] {
        assert_eq!(pick_up(&due, now, &catch_up(policy)), expected, "{policy:?}");
    }
    let due = [at(0), at(3 * HOUR), at(4 * HOUR), at(5 * HOUR)];
    let now = at(26 * HOUR);
    for (policy, expected) in [
        (Coalesce::All, [Expired, Recovered, Recovered, Recovered]),
        (Coalesce::Latest, [Expired, Coalesced, Coalesced, Recovered]),
        (Coalesce::Earliest, [Expired, Recovered, Coalesced, Coalesced]),
    ] {
        assert_eq!(pick_up(&due, now, &catch_up(policy)), expected, "{policy:?}");
    }
}

#[test]
fn occurrences_are_kept_ready_up_to_the_horizon_and_planned_on_in_time() {
    let daily = every("FREQ=DAILY");
    let first = materialise(&daily, at(-1), at(0), &HORIZON, &catch_up(Coalesce::All)).expect("a plan");
    assert_eq!(first.due, (0..=7).map(|day| at(day * DAY)).collect::<Vec<_>>());
    assert_eq!(first.until, at(7 * DAY));
    let refill_at = first.refill_at.expect("it goes on");
    assert!(at(0) < refill_at && refill_at < first.until);
    let second =
        materialise(&daily, first.until, refill_at, &HORIZON, &catch_up(Coalesce::All)).expect("a plan");
    assert_eq!(second.due.first(), Some(&at(8 * DAY)));
}

#[test]
fn a_rule_that_is_over_is_not_planned_on() {
    let thrice = every("FREQ=DAILY;COUNT=3");
    let plan = materialise(&thrice, at(-1), at(0), &HORIZON, &catch_up(Coalesce::All)).expect("a plan");
    assert_eq!((plan.due.len(), plan.refill_at), (3, None));
}

#[test]
fn a_rule_that_is_far_away_is_not_looked_at_before_it_comes_near() {
    let yearly = every("FREQ=YEARLY");
    let plan = materialise(&yearly, at(0), at(0), &HORIZON, &catch_up(Coalesce::All)).expect("a plan");
    assert_eq!((plan.due.as_slice(), plan.refill_at), (&[][..], Some(at((365 - 7) * DAY))));
}

#[test]
fn a_dense_rule_is_planned_in_portions() {
    let minutely = every("FREQ=MINUTELY");
    let plan = materialise(&minutely, at(-1), at(0), &HORIZON, &catch_up(Coalesce::All)).expect("a plan");
    assert_eq!((plan.due.len(), plan.until, plan.refill_at), (100, at(99 * 60), Some(at(50 * 60))));
}

#[test]
fn what_nobody_has_planned_for_was_missed() {
    let hourly = every("FREQ=HOURLY");
    let now = at(100 * HOUR);
    for (policy, due, coalesced) in [
        (Coalesce::All, (76..100).collect::<Vec<_>>(), 0),
        (Coalesce::Latest, vec![99], 23),
        (Coalesce::Earliest, vec![76], 23),
    ] {
        let plan = materialise(&hourly, at(0), now, &HORIZON, &catch_up(policy)).expect("a plan");
        let missed: Vec<_> = plan.due.iter().copied().filter(|due_at| *due_at < now).collect();
        assert_eq!(missed, due.into_iter().map(|hour| at(hour * HOUR)).collect::<Vec<_>>(), "{policy:?}");
        assert_eq!((plan.coalesced, plan.expired), (coalesced, 75), "{policy:?}");
        assert!(plan.due.contains(&now), "what is due just now is not missed");
    }
}

#[test]
fn an_edit_withdraws_what_waits_adds_what_is_new_and_leaves_what_has_begun() {
    let stored = [
        (at(1), Held::Fixed),
        (at(2), Held::Waiting),
        (at(3), Held::Waiting),
        (at(4), Held::Withdrawn),
        (at(5), Held::Withdrawn),
    ];
    let revision = revise(&stored, &[at(1), at(3), at(4), at(6)]);
    assert_eq!(revision.withdraw, [at(2)]);
    assert_eq!(revision.revive, [at(4)]);
    assert_eq!(revision.add, [at(6)]);
    assert_eq!(revision.kept, 3);
}

fn in_berlin(rule: &str) -> Schedule<'static> {
    let text = format!("DTSTART;TZID=Europe/Berlin:20260501T090000\nRRULE:{rule}");
    let recurrence: Recurrence = text.parse().expect("a recurrence");
    recurrence.schedule(&Context::new(ZoneTable::embedded())).expect("a schedule")
}

#[test]
fn a_rule_is_too_dense_on_the_first_day_that_has_too_many_however_quiet_it_begins() {
    let up_to = |end: u8| (0..end).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    // 1 200 in one hour of each day: of 24 hours over the change of the clocks in March, two such hours are part.
    let in_one_hour = format!("FREQ=DAILY;BYHOUR=9;BYMINUTE={};BYSECOND={}", up_to(20), up_to(60));
    for (rule, expected) in [
        // On the day on which clocks are set back there are 1 500 minutes.
        ("FREQ=MINUTELY", None),
        (in_one_hour.as_str(), None),
        ("FREQ=MONTHLY;COUNT=3", None),
        // The first day counts from nine o'clock on.
        ("FREQ=SECONDLY;INTERVAL=59", Some((2026, 5, 2, 1_464))),
        ("FREQ=SECONDLY;BYMONTH=6;BYMONTHDAY=3;BYHOUR=4", Some((2026, 6, 3, 3_600))),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0", Some((2028, 2, 29, 3_600))),
    ] {
        let schedule = in_berlin(rule);
        let busy = first_busy_day(&schedule, at(7 * HOUR), 5 * 366, 1_440).expect("a count");
        let found =
            busy.map(|BusyDay { date, occurrences }| (date.year(), date.month(), date.day(), occurrences));
        assert_eq!(found, expected, "{rule}");
    }
}

fn instants() -> impl Strategy<Value = Vec<Timestamp>> {
    proptest::collection::btree_set(0_i64..200_000, 0..40)
        .prop_map(|seconds| seconds.into_iter().map(at).collect())
}

fn policy() -> impl Strategy<Value = Coalesce> {
    prop_oneof![Just(Coalesce::All), Just(Coalesce::Earliest), Just(Coalesce::Latest)]
}

proptest! {
    #[test]
    fn of_what_was_missed_each_is_handed_over_or_represented_or_too_old(due in instants(), coalesce in policy()) {
        let (now, rule) = (at(200_000), catch_up(coalesce));
        let found = pick_up(&due, now, &rule);
        prop_assert_eq!(found.len(), due.len());
        let count = |wanted| found.iter().filter(|each| **each == wanted).count();
        let in_window = due.iter().filter(|at_| {
            let late_ms = now.millis_since(**at_);
            late_ms > rule.tick_ms && late_ms <= rule.window_ms
        }).count();
        prop_assert_eq!(count(PickUp::Recovered) + count(PickUp::Coalesced), in_window);
        match coalesce {
            Coalesce::All => prop_assert_eq!(count(PickUp::Coalesced), 0),
            Coalesce::Earliest | Coalesce::Latest => {
                prop_assert_eq!(count(PickUp::Recovered), in_window.min(1));
            }
        }
    }

    #[test]
    fn the_first_busy_day_is_the_one_that_counting_day_by_day_finds(
        minutes in 1_i64..200,
        hour in 0_u8..24,
        days in 0_u32..40,
        most in 0_u64..200,
    ) {
        let schedule = every(&format!("FREQ=MINUTELY;INTERVAL={minutes};BYMONTHDAY=5,6,20;BYHOUR={hour},12,13,14"));
        let counted = |day: i64| schedule.count(at(day * DAY), at((day + 1) * DAY)).expect("a count");
        let expected = (0..i64::from(days)).map(|day| (day, counted(day))).find(|(_, count)| *count > most);
        let found = first_busy_day(&schedule, at(0), days, most).expect("a count");
        let first = ZoneTable::embedded().zone("UTC").expect("a zone").civil_at(at(0)).date().days();
        prop_assert_eq!(found.map(|busy| (i64::from(busy.date.days() - first), busy.occurrences)), expected);
    }

    #[test]
    fn planning_in_portions_gives_each_occurrence_once_however_often_it_is_looked_for(
        minutes in 1_i64..600,
        most in 1_usize..50,
        pauses in proptest::collection::vec(0_i64..80_000, 1..12),
    ) {
        let schedule = every(&format!("FREQ=MINUTELY;INTERVAL={minutes}"));
        let horizon = Horizon { most, ..HORIZON };
        let (mut now, mut until) = (0, at(-1));
        let mut planned = Vec::new();
        for pause in pauses {
            let plan = materialise(&schedule, until, at(now), &horizon, &catch_up(Coalesce::All)).expect("a plan");
            prop_assert!(plan.until >= until);
            prop_assert_eq!(plan.expired, 0, "no pause is longer than the window");
            planned.extend(plan.due);
            until = plan.until;
            now += pause;
        }
        let expected: Result<Vec<_>, _> = schedule
            .occurrences(at(0)..until.saturating_add_ms(1), usize::MAX)
            .collect();
        prop_assert_eq!(planned, expected.expect("occurrences"));
    }

    #[test]
    fn after_an_edit_what_waits_is_what_is_wanted(
        stored in proptest::collection::btree_map(0_i64..50, 0_u8..3, 0..40),
        wanted in proptest::collection::btree_set(0_i64..50, 0..40),
    ) {
        let held = |n: u8| [Held::Waiting, Held::Withdrawn, Held::Fixed][usize::from(n)];
        let stored: Vec<_> = stored.into_iter().map(|(seconds, n)| (at(seconds), held(n))).collect();
        let wanted: Vec<_> = wanted.into_iter().map(at).collect();
        let revision = revise(&stored, &wanted);
        let fixed: Vec<_> = stored.iter().filter(|(_, held)| *held == Held::Fixed).map(|(at_, _)| *at_).collect();
        let mut waiting: Vec<_> = stored
            .iter()
            .filter(|(at_, held)| *held == Held::Waiting && !revision.withdraw.contains(at_))
            .map(|(at_, _)| *at_)
            .chain(revision.revive.iter().copied())
            .chain(revision.add.iter().copied())
            .collect();
        waiting.sort_unstable();
        let expected: Vec<_> = wanted.iter().copied().filter(|at_| !fixed.contains(at_)).collect();
        prop_assert_eq!(waiting, expected);
        prop_assert_eq!(revision.kept + revision.withdraw.len() + revision.revive.len(), stored.len());
    }
}
