//! What follows from a schedule: plans with ids, edits, and what was missed.

use client_event_scheduler::recurrence::{Coalesce, RECURRENCE_KIND, plan_edit};
use client_event_scheduler::{Timestamp, limits};
use proptest::prelude::*;

use crate::asked::{at, in_utc, instant, scheduled, second};
use crate::drawn::{horizon, rules};

#[test]
fn a_plan_has_ids_that_depend_on_the_instant_alone() {
    let daily = scheduled("DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY");
    let same = scheduled("DTSTART:20260101T080000Z\nRRULE:FREQ=HOURLY;INTERVAL=24");
    let range = at("2026-01-02T00:00:00Z")..at("2026-01-04T00:00:00Z");
    let plan = daily.expand("backup", RECURRENCE_KIND, range.clone()).expect("found");
    let ids: Vec<&str> = plan.occurrences.iter().map(|planned| planned.id.as_str()).collect();
    assert_eq!(
        ids,
        ["backup/recurrence@2026-01-02T08:00:00.000Z", "backup/recurrence@2026-01-03T08:00:00.000Z"]
    );
    assert_eq!(plan, same.expand("backup", RECURRENCE_KIND, range).expect("found"));
    assert_eq!(plan.more_from, None);
}

#[test]
fn a_plan_without_room_says_where_to_go_on() {
    let every_second = in_utc("FREQ=SECONDLY", 0);
    let plan = every_second.expand("e", "tick", instant(0)..instant(1_000_000)).expect("found");
    assert_eq!(plan.occurrences.len(), limits::PLANNED_OCCURRENCES);
    assert_eq!(plan.more_from, Some(instant(limits::PLANNED_OCCURRENCES as i64)));
}

#[test]
fn an_edit_withdraws_what_is_gone_adds_what_is_new_and_leaves_the_rest() {
    let old = scheduled("DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE");
    let new = scheduled("DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=WE,FR");
    let (now, horizon) = (at("2026-01-07T09:00:00Z"), at("2026-01-16T09:00:00Z"));
    let plan = plan_edit(Some(&old), Some(&new), now, horizon).expect("found");
    // What is due at `now` is not to come any more; what is due at the horizon is.
    assert_eq!(plan.withdraw, [at("2026-01-12T09:00:00Z")]);
    assert_eq!(plan.add, [at("2026-01-09T09:00:00Z"), at("2026-01-16T09:00:00Z")]);
    assert_eq!((plan.kept, plan.more_from), (1, None));
    let removed = plan_edit(Some(&old), None, now, horizon).expect("found");
    assert_eq!((removed.withdraw.len(), removed.add.len()), (2, 0));
    let created = plan_edit(None, Some(&new), now, horizon).expect("found");
    assert_eq!((created.withdraw.len(), created.add.len()), (0, 3));
    let same = plan_edit(Some(&new), Some(&new), now, horizon).expect("found");
    assert_eq!((same.withdraw.len(), same.add.len(), same.kept), (0, 0, 3));
}

#[test]
fn a_long_edit_says_where_to_go_on() {
    let (old, new) = (in_utc("FREQ=SECONDLY", 0), in_utc("FREQ=SECONDLY;INTERVAL=2", 0));
    let plan = plan_edit(Some(&old), Some(&new), instant(0), instant(1_000_000)).expect("found");
    assert_eq!(plan.withdraw.len() + plan.kept, limits::PLANNED_OCCURRENCES);
    assert_eq!(plan.more_from, Some(instant(limits::PLANNED_OCCURRENCES as i64 + 1)));
}

#[test]
fn missed_occurrences_are_coalesced_without_being_listed() {
    let schedule = in_utc("FREQ=SECONDLY", 0);
    let (after, until) = (instant(10), instant(1_000_000_010));
    for (policy, expected) in [(Coalesce::Earliest, 11), (Coalesce::Latest, 1_000_000_010)] {
        let missed = schedule.missed(after, until, policy).expect("found");
        assert_eq!(missed.occurrences, [instant(expected)], "{policy:?}");
        assert_eq!(missed.coalesced, 999_999_999, "{policy:?}");
    }
    let all = schedule.missed(after, instant(13), Coalesce::All).expect("found");
    assert_eq!((all.occurrences, all.coalesced), (vec![instant(11), instant(12), instant(13)], 0));
    let none = schedule.missed(instant(-20), instant(-10), Coalesce::Latest).expect("found");
    assert_eq!((none.occurrences.len(), none.coalesced), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the two rules: the old occurrences, less those withdrawn, with those added, are the new ones.
    #[test]
    fn an_edit_leads_from_the_old_occurrences_to_the_new_ones(old in rules(), new in rules(), start in 0..1_000_000_000_i64) {
        let end = start + horizon(&old).min(horizon(&new)).min(86_400 * 30);
        let schedules = [in_utc(&old, start), in_utc(&new, start)];
        let list = |index: usize| {
            let range = instant(start + 1)..instant(end + 1);
            let found: Result<Vec<Timestamp>, _> = schedules[index].occurrences(range, 5_000).collect();
            found.expect("within the limit")
        };
        let (was, is) = (list(0), list(1));
        prop_assume!(was.len() < 5_000 && is.len() < 5_000);
        let plan = plan_edit(Some(&schedules[0]), Some(&schedules[1]), instant(start), instant(end)).expect("found");
        let mut led: Vec<Timestamp> = was.iter().copied().filter(|at| !plan.withdraw.contains(at)).collect();
        prop_assert_eq!(led.len(), plan.kept);
        led.extend(&plan.add);
        led.sort_unstable();
        prop_assert_eq!(led, is);
        prop_assert!(plan.withdraw.iter().chain(&plan.add).all(|at| second(*at) > start));
    }
}
