//! What holds of every rule, and whether the engine finds what an obvious walk finds.

use client_event_scheduler::recurrence::{
    Gaps, Moment, Policies, Recurrence, Schedule, SearchStopped, SubDaily, UnmatchedStart,
};
use client_event_scheduler::time::{CivilDateTime, Disambiguation};
use proptest::prelude::*;
use proptest::sample::select;

use crate::asked::{in_utc, instant, rule, schedule_of, second, zone};
use crate::drawn::{horizon, rules, starts};
use crate::reference::Reference;

const DAY: i64 = 86_400;

/// Zones whose clocks change at midnight, by half an hour, by a whole day, twice around a fast, or never.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Santiago",
    "Asia/Tehran",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Nuuk",
    "Asia/Gaza",
];

fn policies() -> impl Strategy<Value = Policies> {
    (
        select(vec![Disambiguation::Compatible, Disambiguation::Earlier, Disambiguation::Later]),
        select(vec![Gaps::Move, Gaps::Skip]),
        select(vec![SubDaily::Shown, SubDaily::Once]),
        select(vec![UnmatchedStart::Omitted, UnmatchedStart::Omitted, UnmatchedStart::Included]),
    )
        .prop_map(|(disambiguation, gaps, sub_daily, start)| Policies {
            disambiguation,
            gaps,
            sub_daily,
            start,
        })
}

fn in_zone(text: &str, start: i64, name: &str, policies: Policies) -> Schedule<'static> {
    let local = CivilDateTime::from_millis(start * 1000).expect("in range");
    let recurrence = Recurrence { policies, ..Recurrence::new(rule(text), Moment::Local(local), Some(name)) };
    schedule_of(&recurrence)
}

/// What a schedule gives between two seconds.
fn found(schedule: &Schedule<'_>, from: i64, end: i64) -> Vec<i64> {
    let found: Result<Vec<i64>, _> =
        schedule.occurrences(instant(from)..instant(end), usize::MAX).map(|at| at.map(second)).collect();
    found.expect("within the limit")
}

/// Every way of asking agrees with the list of all occurrences before `end`.
fn agrees(
    schedule: &Schedule<'_>,
    expected: &[i64],
    start: i64,
    end: i64,
    probes: &[i64],
) -> Result<(), TestCaseError> {
    let listed = found(schedule, start - 2 * DAY, end);
    if let Some(index) = (0..listed.len().max(expected.len())).find(|&at| listed.get(at) != expected.get(at))
    {
        let civil = |at: Option<&i64>| at.map(|at| crate::asked::civil(*at));
        return Err(TestCaseError::fail(format!(
            "number {index}: found {:?}, expected {:?}",
            civil(listed.get(index)),
            civil(expected.get(index))
        )));
    }
    prop_assert!(listed.is_sorted_by(|a, b| a < b));
    // Anywhere, at occurrences, and right beside them.
    let near = probes.iter().flat_map(|probe| {
        let at = expected.get(*probe as usize % expected.len().max(1)).copied().unwrap_or(start);
        [start + probe % (end - start), at - 1, at, at + 1]
    });
    for probe in near.filter(|probe| *probe < end) {
        let passed = expected.partition_point(|&at| at <= probe);
        let next = match schedule.next_after(instant(probe)) {
            Ok(next) => next.map(second).filter(|&at| at < end),
            // What is given up, is given up far behind the end.
            Err(SearchStopped::Limit { reached }) => {
                prop_assert!(reached.as_millis() / 1000 > end, "given up at {}", reached);
                None
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert_eq!(next, expected.get(passed).copied(), "after {}", probe);
        let passed = expected.partition_point(|&at| at < probe);
        let previous = schedule.previous_before(instant(probe)).expect("within the limit").map(second);
        prop_assert_eq!(previous, passed.checked_sub(1).map(|last| expected[last]), "before {}", probe);
        prop_assert_eq!(schedule.matches(instant(probe)), Ok(expected.binary_search(&probe).is_ok()));
        let counted = schedule.count(instant(start - 2 * DAY), instant(probe));
        prop_assert_eq!(counted, Ok(passed as u64), "counted before {}", probe);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 3_000 }))]

    #[test]
    fn the_engine_finds_what_an_obvious_walk_finds(
        text in rules(), start in starts(), probes in prop::collection::vec(0..i64::from(i32::MAX), 3),
    ) {
        let end = start + horizon(&text);
        let expected = Vec::from_iter(Reference::new(&text, start).local_times(end));
        agrees(&in_utc(&text, start), &expected, start, end, &probes)?;
    }

    #[test]
    fn the_engine_finds_it_in_every_zone_by_every_policy(
        text in rules(), start in 900_000_000..1_800_000_000_i64, name in select(ZONES.to_vec()), policies in policies(),
        probes in prop::collection::vec(0..i64::from(i32::MAX), 3),
    ) {
        let end = start + horizon(&text) / 3 + 3600;
        let expected = Reference::new(&text, start).instants(zone(name), policies, end);
        agrees(&in_zone(&text, start, name, policies), &expected, start, end, &probes)?;
    }

    #[test]
    fn a_count_is_the_beginning_of_the_endless_rule(
        text in rules(), start in 900_000_000..1_800_000_000_i64, name in select(ZONES.to_vec()), policies in policies(),
        count in prop_oneof![1..20_u32, 20..2_000_u32],
    ) {
        let end = start + horizon(&text);
        let endless = found(&in_zone(&text, start, name, policies), start - 2 * DAY, end);
        let counted = found(&in_zone(&format!("{text};COUNT={count}"), start, name, policies), start - 2 * DAY, end);
        prop_assert_eq!(&counted[..], &endless[..endless.len().min(count as usize)]);
    }

    #[test]
    fn an_until_cuts_the_endless_rule(text in rules(), start in starts(), share in 0..1_000_i64, name in select(ZONES.to_vec())) {
        let length = horizon(&text);
        let (end, until) = (start + length, start + length / 1_000 * share);
        let endless = found(&in_zone(&text, start, name, Policies::default()), start - 2 * DAY, end);
        let utc = crate::asked::civil(until).replace(['-', ':'], "");
        let cut = found(&in_zone(&format!("{text};UNTIL={utc}Z"), start, name, Policies::default()), start - 2 * DAY, end);
        prop_assert_eq!(&cut[..], &endless[..endless.partition_point(|&at| at <= until)]);
    }

    /// After 400 years the calendar repeats to the day of the week, and so does a rule whose interval divides them.
    #[test]
    fn four_hundred_years_later_everything_is_the_same(text in rules(), start in 0..1_000_000_000_i64) {
        const CYCLE: i64 = 146_097 * DAY;
        let units = [("YEARLY", 400), ("MONTHLY", 4_800), ("WEEKLY", CYCLE / 7 / DAY), ("DAILY", CYCLE / DAY), ("HOURLY", CYCLE / 3_600), ("MINUTELY", CYCLE / 60)];
        let units = units.iter().find(|(frequency, _)| text.contains(frequency)).map_or(CYCLE, |units| units.1);
        let divides = |part: &&str| part.strip_prefix("INTERVAL=").is_none_or(|n| units % n.parse::<i64>().expect("a number") == 0);
        let text = text.split(';').filter(divides).collect::<Vec<_>>().join(";");
        let length = horizon(&text);
        let first = found(&in_utc(&text, start), start, start + length);
        let later = found(&in_utc(&text, start + CYCLE), start + CYCLE, start + CYCLE + length);
        prop_assert_eq!(first.iter().map(|at| at + CYCLE).collect::<Vec<_>>(), later);
    }

    #[test]
    fn what_is_printed_reads_as_the_same(
        text in rules(), start in starts(), name in select(ZONES.to_vec()), policies in policies(), end in 0..4_u8,
        dates in prop::collection::vec((0..3_u8, starts()), 0..4), kind in 0..4_u8,
    ) {
        let moment = |kind: u8, at: i64| {
            let local = CivilDateTime::from_millis(at * 1000).expect("in range");
            match kind {
                0 => Moment::Day(local.date()),
                1 => Moment::Local(local),
                _ => Moment::Utc(instant(at)),
            }
        };
        let end = match end {
            0 => ";COUNT=7".to_owned(),
            1 => ";UNTIL=20991231".to_owned(),
            2 => ";UNTIL=20991231T235959Z".to_owned(),
            _ => String::new(),
        };
        let rule = rule(&(text + &end));
        prop_assert_eq!(&rule, &rule.to_string().parse().expect("canonical"));
        prop_assert_eq!(&rule, &format!("RRULE:{rule}").parse().expect("canonical"));
        let mut recurrence = Recurrence { policies, ..Recurrence::new(rule, moment(kind, start), Some(name)) };
        if kind == 3 {
            (recurrence.start, recurrence.time_zone) = (None, None);
        }
        // As they are read: in order, each once.
        let (include, exclude): (Vec<_>, Vec<_>) = dates.into_iter().map(|(kind, at)| moment(kind, at)).partition(|date| *date < moment(1, start));
        for (own, mut dates) in [(&mut recurrence.include, include), (&mut recurrence.exclude, exclude)] {
            dates.sort_unstable();
            dates.dedup();
            *own = dates;
        }
        let text = recurrence.to_string();
        prop_assert_eq!(&recurrence, &crate::asked::recurrence(&text));
        let json = recurrence.to_json();
        let read = Recurrence::from_json(json.as_bytes());
        prop_assert_eq!(Ok(&recurrence), read.as_ref(), "{}", &json);
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
        prop_assert!(!recurrence.describe().is_empty());
    }
}
