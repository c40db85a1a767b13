//! The policies where RFC 5545 leaves a choice, one by one; and the honest end of a search.

use client_event_scheduler::recurrence::{Context, Moment, SearchStopped};
use client_event_scheduler::time::{CivilDate, LocalTimeError};
use client_event_scheduler::{ProblemCode, Timestamp, ZoneTable, limits};

use crate::asked::{at, context, first, in_utc, recurrence, scheduled};

fn texts(text: &str, many: usize) -> Vec<String> {
    let found = first(&scheduled(text), many).expect("within the limit");
    found.iter().map(|instant| instant.to_string().replace(".000Z", "Z")).collect()
}

#[test]
fn a_refused_local_time_stops_the_search_and_says_why() {
    let gap = scheduled(
        "DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY\nX-POLICY:DISAMBIGUATION=REJECT",
    );
    let mut all = gap.occurrences(Timestamp::MIN..Timestamp::MAX, 5);
    assert_eq!(all.next(), Some(Ok(at("2026-03-28T01:30:00Z"))));
    let Some(Err(SearchStopped::LocalTime(error @ LocalTimeError::Nonexistent { .. }))) = all.next() else {
        panic!("a time in a gap")
    };
    assert!(error.to_string().contains("2026-03-29T02:30:00 does not exist"), "{error}");
    assert_eq!(all.next(), None, "it ends there");
    let fold = scheduled(
        "DTSTART;TZID=Europe/Berlin:20261025T023000\nRRULE:FREQ=DAILY\nX-POLICY:DISAMBIGUATION=REJECT",
    );
    let refused = fold.next_after(Timestamp::MIN);
    assert!(
        matches!(refused, Err(SearchStopped::LocalTime(LocalTimeError::Ambiguous { .. }))),
        "{refused:?}"
    );
}

#[test]
fn a_beginning_in_a_gap_keeps_its_own_time_on_other_days() {
    let text = "DTSTART;TZID=Europe/Berlin:20260329T023000\nRRULE:FREQ=DAILY";
    assert_eq!(texts(text, 2), ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    let earlier = format!("{text}\nX-POLICY:DISAMBIGUATION=EARLIER");
    assert_eq!(texts(&earlier, 2), ["2026-03-29T00:30:00Z", "2026-03-30T00:30:00Z"]);
    let skipped = format!("{text}\nX-POLICY:GAPS=SKIP");
    assert_eq!(texts(&skipped, 1), ["2026-03-30T00:30:00Z"]);
}

#[test]
fn an_instant_in_the_second_pass_of_a_fold_is_itself_the_first_occurrence() {
    let text = "DTSTART:20261025T013000Z\nX-WR-TIMEZONE:Europe/Berlin\nRRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(texts(text, 3), ["2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn a_moved_time_that_meets_another_occurs_once_and_counts_once() {
    let text = "DTSTART;TZID=Europe/Berlin:20260329T003000\nRRULE:FREQ=DAILY;BYHOUR=2,3;COUNT=4";
    let expected =
        ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-30T01:30:00Z", "2026-03-31T00:30:00Z"];
    assert_eq!(texts(text, 5), expected);
}

#[test]
fn a_rule_that_never_matches_ends_at_once() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=9",
        "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=9",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        // Whole weeks are left by steps of seven hours, so that each hour has days of the week of its own.
        "FREQ=HOURLY;INTERVAL=7;BYDAY=TH;BYHOUR=1",
    ] {
        // 1970-01-01T00:00Z was a Thursday.
        let schedule = in_utc(rule, 0);
        assert_eq!(schedule.next_after(Timestamp::MIN), Ok(None), "{rule}");
        assert_eq!(schedule.previous_before(Timestamp::MAX), Ok(None), "{rule}");
        assert_eq!(schedule.count(Timestamp::MIN, Timestamp::MAX), Ok(0), "{rule}");
    }
}

#[test]
fn a_search_that_is_given_up_is_not_an_end() {
    // It meets 09:00:00 on one day in 86 399, and 29 February once in sixteen centuries or so.
    let rule = "FREQ=SECONDLY;INTERVAL=86399;BYHOUR=9;BYMINUTE=0;BYSECOND=0;BYMONTH=2;BYMONTHDAY=29";
    let schedule = in_utc(rule, 0);
    match schedule.next_after(Timestamp::EPOCH) {
        Ok(_) => {}
        Err(SearchStopped::Limit { reached }) => assert!(reached.date().year() > 1970),
        Err(other) => panic!("{other}"),
    }
    // A million candidates a second apart, none of which can be excluded beforehand: months of seconds at an odd distance.
    let rule = "FREQ=SECONDLY;INTERVAL=11;BYHOUR=0;BYMINUTE=0;BYSECOND=0,1;BYMONTH=1;BYMONTHDAY=1;BYDAY=MO";
    let found = in_utc(rule, 0).next_after(Timestamp::EPOCH).expect("within the limit");
    assert!(found.is_some());
}

#[test]
fn nothing_is_assumed_that_is_not_there() {
    let problem = |text: &str, context: &Context<'_>| {
        let error = recurrence(text).schedule(context).expect_err("a problem");
        let [problem] = &error.problems[..] else { panic!("one problem: {error}") };
        (problem.field, problem.code)
    };
    let bare = "RRULE:FREQ=DAILY";
    assert_eq!(problem(bare, &context()), ("timezone", ProblemCode::TimeZoneRequired));
    let with_zone =
        Context { default_time_zone: Some("Europe/Berlin"), ..Context::new(ZoneTable::embedded()) };
    assert_eq!(problem(bare, &with_zone), ("start", ProblemCode::RulePartRequired));
    let start = Moment::Day(CivilDate::new(2026, 1, 5).expect("a day"));
    let whole = Context { start: Some(start), ..with_zone };
    let schedule = recurrence(bare).schedule(&whole).expect("a schedule");
    assert_eq!(first(&schedule, 1), Ok(vec![at("2026-01-04T23:00:00Z")]));
    let unknown = "DTSTART;TZID=Europe/Berln:20260105T090000\nRRULE:FREQ=DAILY";
    assert_eq!(problem(unknown, &context()), ("timezone", ProblemCode::TimeZoneUnknown));
    let message = recurrence(unknown).schedule(&context()).expect_err("unknown").to_string();
    assert!(message.contains("Europe/Berlin"), "{message}");
}

#[test]
fn the_ends_of_the_calendar_are_ends() {
    let schedule = scheduled("DTSTART:00010101T000000Z\nRRULE:FREQ=YEARLY");
    assert_eq!(schedule.next_after(Timestamp::MIN).map(|found| found.is_some()), Ok(true));
    assert_eq!(schedule.previous_before(Timestamp::MIN), Ok(None));
    assert_eq!(schedule.next_after(at("9999-01-01T00:00:00Z")), Ok(None));
    assert_eq!(schedule.count(Timestamp::MIN, Timestamp::MAX), Ok(9_999));
    let every = scheduled("DTSTART:00010101T000000Z\nRRULE:FREQ=SECONDLY;INTERVAL=1000000000");
    assert_eq!(every.count(Timestamp::MIN, Timestamp::MAX), Ok(316));
    assert_eq!(limits::RECURRENCE_INTERVAL, 1_000_000_000);
}
