//! Random rules as text, for properties.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// How far a rule is worth following for a dozen occurrences, in seconds.
pub(crate) fn horizon(rule: &str) -> i64 {
    const HOURS: [(&str, i64); 6] = [
        ("YEARLY", 24 * 9_000),
        ("MONTHLY", 24 * 2_000),
        ("WEEKLY", 24 * 700),
        ("DAILY", 24 * 400),
        ("HOURLY", 24 * 40),
        ("MINUTELY", 30),
    ];
    3600 * HOURS.iter().find(|(frequency, _)| rule.contains(frequency)).map_or(3, |entry| entry.1)
}

fn list(
    name: &'static str,
    items: impl Strategy<Value = Vec<i32>>,
    percent: u32,
) -> impl Strategy<Value = String> {
    (0..100_u32, items).prop_map(move |(draw, items)| {
        let items: Vec<String> = items.iter().map(i32::to_string).collect();
        if draw < percent { format!(";{name}={}", items.join(",")) } else { String::new() }
    })
}

fn from_zero(last: i32) -> impl Strategy<Value = Vec<i32>> {
    subsequence(Vec::from_iter(0..=last), 1..5)
}

/// Numbers from either end, the outermost ones often.
fn either_end(last: i32) -> impl Strategy<Value = Vec<i32>> {
    let number = prop_oneof![3 => 1..=last, 2 => -last..=-1, 1 => select(vec![1, -1, last, -last, last - 1, 1 - last])];
    prop::collection::vec(number, 1..5)
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn by_day(frequency: &'static str, weeks: bool) -> BoxedStrategy<String> {
    let plain = subsequence(DAYS.to_vec(), 1..6).prop_map(|days| days.join(","));
    let largest = if frequency == "MONTHLY" { 5 } else { 53 };
    let ordinal = prop_oneof![2 => Just(0), 3 => 1..=largest, 3 => -largest..=-1];
    let numbered = prop::collection::vec((ordinal, select(DAYS.to_vec())), 1..4).prop_map(|days| {
        let days: Vec<String> = days
            .into_iter()
            .map(|(ordinal, day)| if ordinal == 0 { day.to_owned() } else { format!("{ordinal}{day}") })
            .collect();
        days.join(",")
    });
    let days = if matches!(frequency, "MONTHLY" | "YEARLY") && !weeks {
        prop_oneof![plain, numbered].boxed()
    } else {
        plain.boxed()
    };
    prop::option::weighted(0.4, days)
        .prop_map(|days| days.map_or_else(String::new, |days| format!(";BYDAY={days}")))
        .boxed()
}

fn of_frequency(frequency: &'static str, weeks: bool) -> impl Strategy<Value = String> {
    let when = |wanted: bool, percent: u32| if wanted { percent } else { 0 };
    let interval = prop_oneof![3 => Just(1), 3 => 2..8_i32, 1 => 8..100_i32]
        .prop_map(|interval| if interval == 1 { String::new() } else { format!(";INTERVAL={interval}") });
    let by_year_day = when(!matches!(frequency, "DAILY" | "WEEKLY" | "MONTHLY"), 15);
    let days = (
        list("BYMONTH", subsequence(Vec::from_iter(1..=12), 1..5), 20),
        list("BYWEEKNO", either_end(53), when(weeks, 100)),
        list("BYYEARDAY", either_end(366), by_year_day),
        list("BYMONTHDAY", either_end(31), when(frequency != "WEEKLY", 25)),
        by_day(frequency, weeks),
    );
    let times = (
        list("BYHOUR", from_zero(23), 25),
        list("BYMINUTE", from_zero(59), 20),
        list("BYSECOND", from_zero(59), 15),
    );
    let positions = prop_oneof![either_end(4), either_end(366)];
    let week_start = prop::option::weighted(0.2, select(DAYS.to_vec()))
        .prop_map(|day| day.map_or_else(String::new, |day| format!(";WKST={day}")));
    let skip = prop_oneof![3 => Just(""), 1 => Just(";SKIP=BACKWARD"), 1 => Just(";SKIP=FORWARD")];
    (interval, days, times, list("BYSETPOS", positions, 20), week_start, skip).prop_map(
        move |(interval, days, times, positions, week_start, skip)| {
            let by = [days.0, days.1, days.2, days.3, days.4, times.0, times.1, times.2].concat();
            // Positions pick from something.
            let positions = if by.is_empty() { String::new() } else { positions };
            format!("FREQ={frequency}{interval}{by}{positions}{week_start}{skip}")
        },
    )
}

/// A rule without an end.
pub(crate) fn rules() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => of_frequency("YEARLY", false),
        2 => of_frequency("YEARLY", true),
        4 => of_frequency("MONTHLY", false),
        3 => of_frequency("WEEKLY", false),
        3 => of_frequency("DAILY", false),
        2 => of_frequency("HOURLY", false),
        1 => of_frequency("MINUTELY", false),
        1 => of_frequency("SECONDLY", false),
    ]
}

/// Local seconds at which rules begin: anywhere in 130 years, and often where calendars are awkward.
pub(crate) fn starts() -> impl Strategy<Value = i64> {
    let awkward =
        ["20231231T000000", "20240229T090000", "20260131T233000", "20270101T120000", "20280228T235959"];
    prop_oneof![0..4_102_444_800_i64, select(awkward.map(crate::asked::wall).to_vec())]
}
