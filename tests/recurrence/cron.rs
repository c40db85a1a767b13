//! Cron expressions: fields, the rule for days, clock changes, and what is refused.

use client_event_scheduler::Timestamp;
use client_event_scheduler::recurrence::Cron;
use proptest::prelude::*;

use crate::asked::{at, instant, second, zone};

fn cron(text: &str) -> Cron {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next times after the beginning of 2026, in a zone.
fn next(text: &str, name: &str, from: &str, many: usize) -> Vec<String> {
    let zone = zone(name);
    let schedule = cron(text).schedule(zone);
    let range = at(from).saturating_add_ms(1)..Timestamp::MAX;
    let found: Result<Vec<Timestamp>, _> = schedule.occurrences(range, many).collect();
    found.expect("within the limit").into_iter().map(|instant| zone.civil_at(instant).to_string()).collect()
}

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

#[test]
fn fields_name_numbers_ranges_lists_steps_and_names() {
    for (text, expected) in [
        ("*/5 * * * *", ["2026-01-01T00:05:00", "2026-01-01T00:10:00"]),
        ("30 9-17/4 * * *", ["2026-01-01T09:30:00", "2026-01-01T13:30:00"]),
        ("0 0 1,15 * ?", ["2026-01-15T00:00:00", "2026-02-01T00:00:00"]),
        ("0 9 * * MON-FRI", ["2026-01-01T09:00:00", "2026-01-02T09:00:00"]),
        ("0 9 * * 5-7", ["2026-01-02T09:00:00", "2026-01-03T09:00:00"]),
        ("0 9 * * sun", ["2026-01-04T09:00:00", "2026-01-11T09:00:00"]),
        ("0 9 * * 0", ["2026-01-04T09:00:00", "2026-01-11T09:00:00"]),
        ("0 9 * * 7", ["2026-01-04T09:00:00", "2026-01-11T09:00:00"]),
        ("0 0 1 jan,Jul *", ["2026-07-01T00:00:00", "2027-01-01T00:00:00"]),
        ("50/5 8 * * *", ["2026-01-01T08:50:00", "2026-01-01T08:55:00"]),
        ("*/20 30 8 * * *", ["2026-01-01T08:30:00", "2026-01-01T08:30:20"]),
        ("0 0 L * *", ["2026-01-31T00:00:00", "2026-02-28T00:00:00"]),
        ("0 0 L-2 * *", ["2026-01-29T00:00:00", "2026-02-26T00:00:00"]),
        ("0 0 15W * *", ["2026-01-15T00:00:00", "2026-02-16T00:00:00"]),
        ("0 0 1W * *", ["2026-02-02T00:00:00", "2026-03-02T00:00:00"]),
        ("0 0 31W * *", ["2026-01-30T00:00:00", "2026-03-31T00:00:00"]),
        ("0 0 LW * *", ["2026-01-30T00:00:00", "2026-02-27T00:00:00"]),
        ("0 0 * * FRIL", ["2026-01-30T00:00:00", "2026-02-27T00:00:00"]),
        ("0 0 * * 5L", ["2026-01-30T00:00:00", "2026-02-27T00:00:00"]),
        ("0 0 * * TUE#2", ["2026-01-13T00:00:00", "2026-02-10T00:00:00"]),
        ("0 0 * * MON#5", ["2026-03-30T00:00:00", "2026-06-29T00:00:00"]),
        ("0 0 29 2 *", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
        ("@yearly", ["2027-01-01T00:00:00", "2028-01-01T00:00:00"]),
        ("@Annually", ["2027-01-01T00:00:00", "2028-01-01T00:00:00"]),
        ("@monthly", ["2026-02-01T00:00:00", "2026-03-01T00:00:00"]),
        ("@weekly", ["2026-01-04T00:00:00", "2026-01-11T00:00:00"]),
        ("@daily", ["2026-01-02T00:00:00", "2026-01-03T00:00:00"]),
        ("@midnight", ["2026-01-02T00:00:00", "2026-01-03T00:00:00"]),
        ("@hourly", ["2026-01-01T01:00:00", "2026-01-01T02:00:00"]),
    ] {
        assert_eq!(next(text, "UTC", NEW_YEAR, 2), expected, "{text}");
    }
}

#[test]
fn of_two_restricted_fields_for_days_either_one_is_enough() {
    // Friday or the 13th; 13 February and 13 March 2026 are Fridays too.
    let either = ["2026-01-02T00:00:00", "2026-01-09T00:00:00", "2026-01-13T00:00:00", "2026-01-16T00:00:00"];
    assert_eq!(next("0 0 13 * FRI", "UTC", NEW_YEAR, 4), either);
    // A field that begins with a star does not count as restricted, so that both must match.
    assert_eq!(next("0 0 */2 * MON", "UTC", NEW_YEAR, 2), ["2026-01-05T00:00:00", "2026-01-19T00:00:00"]);
    assert_eq!(next("0 0 13 * *", "UTC", NEW_YEAR, 1), ["2026-01-13T00:00:00"]);
    assert_eq!(next("0 0 13 * ?", "UTC", NEW_YEAR, 1), ["2026-01-13T00:00:00"]);
    // A day that never is, or a Monday.
    assert_eq!(next("0 0 31 4 MON", "UTC", NEW_YEAR, 1), ["2026-04-06T00:00:00"]);
}

#[test]
fn a_fixed_time_fires_once_and_a_star_whenever_clocks_show_it() {
    let spring = "2026-03-28T12:00:00Z";
    assert_eq!(
        next("30 2 * * *", "Europe/Berlin", spring, 2),
        ["2026-03-29T03:30:00", "2026-03-30T02:30:00"]
    );
    assert_eq!(next("*/30 2 * * *", "Europe/Berlin", spring, 1), ["2026-03-30T02:00:00"]);
    let autumn = cron("30 2 * * *").schedule(zone("Europe/Berlin"));
    assert_eq!(autumn.next_after(at("2026-10-25T00:30:00Z")), Ok(Some(at("2026-10-26T01:30:00Z"))));
    let star = cron("0 * * * *").schedule(zone("Europe/Berlin"));
    assert_eq!(star.next_after(at("2026-10-25T00:00:00Z")), Ok(Some(at("2026-10-25T01:00:00Z"))));
}

/// Reports of users of cron libraries, with what they expected.
#[test]
fn reported_errors_of_other_libraries_are_none_here() {
    for (source, text, name, from, expected) in [
        ("croner: skips an hour of UTC", "0 0 * * * *", "UTC", "2025-10-05T02:00:00Z", "2025-10-05T03:00:00"),
        ("cronie: skips a day", "0 12 * * 0", "Europe/Berlin", "2022-03-24T11:00:00Z", "2022-03-27T12:00:00"),
        (
            "cronie: an hour late",
            "* * * */3 *",
            "America/New_York",
            "2015-02-15T05:00:00Z",
            "2015-04-01T00:00:00",
        ),
        ("robfig/cron: skips", "0 2 * * *", "US/Pacific", "2025-03-08T12:00:00Z", "2025-03-09T03:00:00"),
        (
            "node-cron: a year late",
            "30 2 * * *",
            "America/New_York",
            "2026-03-08T06:30:00Z",
            "2026-03-08T03:30:00",
        ),
        (
            "cron-expression: skips",
            "0 10 * * *",
            "America/Chicago",
            "2025-03-08T16:00:00Z",
            "2025-03-09T10:00:00",
        ),
        (
            "croner: quiet after a change",
            "* * * * * *",
            "Europe/Vienna",
            "2025-10-26T01:59:59Z",
            "2025-10-26T03:00:00",
        ),
        (
            "croner: skips a day",
            "0 0 * * *",
            "America/Santiago",
            "2024-09-07T04:00:00Z",
            "2024-09-08T01:00:00",
        ),
    ] {
        assert_eq!(next(text, name, from, 1), [expected], "{source}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_every_problem() {
    let problems = |text: &str| {
        let error = text.parse::<Cron>().expect_err(text);
        error.problems.iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    assert_eq!(problems("60 24 32 13 8"), ["minute", "hour", "month", "day of month", "day of week"]);
    for text in ["", "* * * *", "* * * * * * *", "@reboot", "every day"] {
        assert_eq!(problems(text), [""], "{text}");
    }
    for text in
        ["5-1 * * * *", "*/0 * * * *", "1, * * * *", "-1 * * * *", "a * * * *", "+5 * * * *", "*/61 * * * *"]
    {
        assert_eq!(problems(text), ["minute"], "{text}");
    }
    for text in ["* * 0 * *", "* * L-31 * *", "* * 32W * *", "* * W * *", "* * L/2 * *"] {
        assert_eq!(problems(text), ["day of month"], "{text}");
    }
    for text in ["* * * * L", "* * * * MON#6", "* * * * MON#0", "* * * * #2", "* * * * SAT-SUN"] {
        assert_eq!(problems(text), ["day of week"], "{text}");
    }
    assert_eq!(problems(&"1,".repeat(600)), [""]);
    let message = "60 * * * *".parse::<Cron>().expect_err("refused").to_string();
    assert_eq!(
        message,
        "minute: `60` cannot be read: write 0 to 59, ranges from low to high, steps such as */5, or *"
    );
}

#[test]
fn a_day_that_never_is_ends_at_once() {
    let schedule = cron("0 0 30 2 *").schedule(zone("UTC"));
    assert_eq!(schedule.next_after(Timestamp::EPOCH), Ok(None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Against a look at every minute of some weeks.
    #[test]
    fn the_next_time_is_the_first_minute_that_matches(
        minutes in prop::collection::btree_set(0..60_u32, 1..4), hours in prop::collection::btree_set(0..24_u32, 1..4),
        days in prop::option::of(prop::collection::btree_set(1..32_u32, 1..4)),
        weekdays in prop::option::of(prop::collection::btree_set(0..7_u32, 1..4)), from in 0..30_000_000_i64,
    ) {
        let list = |set: &std::collections::BTreeSet<u32>| set.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let field = |set: &Option<std::collections::BTreeSet<u32>>| set.as_ref().map_or("*".to_owned(), list);
        let text = format!("{} {} {} * {}", list(&minutes), list(&hours), field(&days), field(&weekdays));
        let from = from * 60;
        let matching = (1..60 * 24 * 63).map(|minute| from + minute * 60).find(|&at| {
            let civil = instant(at).civil_utc();
            let minute_of_day = civil.millis_of_day() / 60_000;
            let by_day = days.as_ref().map(|days| days.contains(&civil.date().day().into()));
            let by_weekday = weekdays.as_ref().map(|days| days.contains(&civil.date().weekday().into()));
            let day = match (by_day, by_weekday) {
                (Some(a), Some(b)) => a || b,
                (a, b) => a.or(b).unwrap_or(true),
            };
            day && hours.contains(&(minute_of_day / 60)) && minutes.contains(&(minute_of_day % 60))
        });
        let cron = cron(&text);
        let next = cron.schedule(zone("UTC")).next_after(instant(from)).expect("found").map(second);
        prop_assert_eq!(next, matching, "{}", &text);
        prop_assert_eq!(&cron, &cron.to_string().parse::<Cron>().expect("printed"));
    }
}
