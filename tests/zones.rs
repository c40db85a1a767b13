//! The packed zone table against Python's zoneinfo, and the zones that are known to be awkward.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use client_event_scheduler::time::{
    Disambiguation, LocalTimeError, ParsedDate, Timestamp, Zone, ZoneProvider, ZoneTable, parse_date,
};

const POINTS: &str = include_str!("fixtures/zones/points.txt");

#[test]
fn every_zone_agrees_with_python_at_tens_of_thousands_of_points() {
    let table = ZoneTable::embedded();
    assert_eq!(POINTS.lines().next(), Some("# IANA 2026f, by tests/fixtures/make_zone_points.py"));
    assert_eq!(table.version(), "2026f");
    let mut checked = 0;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut current = None;
    for line in POINTS.lines().skip(1) {
        let (kind, rest) = line.split_once(' ').expect("a kind and its data");
        if kind == "=" {
            seen.insert(rest);
            current = table.zone(rest).map(|zone| (rest, zone));
            continue;
        }
        let (name, zone) = current.expect("a known zone before its points");
        for point in points(kind, rest) {
            checked += 1;
            if let Err(complaint) = point.check(zone) {
                wrong.push(format!("{name}: {complaint}"));
            }
        }
    }
    println!("{checked} points of {} zones checked", seen.len());
    assert!(
        wrong.is_empty(),
        "{} wrong points, such as:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    assert!(checked >= 40_000, "only {checked} points");
    assert_eq!(seen, table.names().collect::<BTreeSet<_>>());
    assert_eq!(seen.len(), 598);
}

/// What zoneinfo says, in seconds.
enum Point {
    Instant { utc: i64, offset: i64 },
    Local { wall: i64, fold0: i64, fold1: i64 },
}

/// Reads a line of the fixture; its form is described in `make_zone_points.py`.
fn points(kind: &str, line: &str) -> Vec<Point> {
    let fields: Vec<&str> = line.split(' ').collect();
    let or_same = |field: &str, same: i64| if field == "." { same } else { base36(field) };
    let (mut at, mut offset) = (0, 0);
    let mut read = Vec::new();
    match kind {
        "u" => {
            for pair in fields.chunks_exact(2) {
                at += base36(pair[0]);
                offset = or_same(pair[1], offset);
                read.push(Point::Instant { utc: at, offset });
            }
        }
        "l" => {
            for triple in fields.chunks_exact(3) {
                at += base36(triple[0]);
                offset = or_same(triple[1], offset);
                read.push(Point::Local { wall: at, fold0: offset, fold1: or_same(triple[2], offset) });
            }
        }
        _ => panic!("no kind of point: {kind}"),
    }
    read
}

fn base36(text: &str) -> i64 {
    i64::from_str_radix(text, 36).expect("a number in base 36")
}

impl Point {
    fn check(&self, zone: &Zone) -> Result<(), String> {
        match *self {
            Self::Instant { utc, offset } => {
                // The offset holds for all of the second.
                for millis in [0, 999] {
                    let instant = Timestamp::from_millis(utc * 1000 + millis).expect("within range");
                    let found = i64::from(zone.offset_at(instant));
                    if found != offset {
                        return Err(format!("offset at {instant} is {found}, not {offset}"));
                    }
                }
                Ok(())
            }
            Self::Local { wall, fold0, fold1 } => {
                let local = Timestamp::from_millis(wall * 1000 + 123).expect("within range").civil_utc();
                let read_with =
                    |offset: i64| Timestamp::from_millis((wall - offset) * 1000 + 123).expect("within range");
                let rejected = match fold0 - fold1 {
                    0 => Ok(read_with(fold0)),
                    1.. => Err("ambiguous"),
                    _ => Err("nonexistent"),
                };
                let found = zone.resolve(local, Disambiguation::Reject).map_err(|error| match error {
                    LocalTimeError::Ambiguous { .. } => "ambiguous",
                    LocalTimeError::Nonexistent { .. } => "nonexistent",
                    LocalTimeError::OutOfRange => "out of range",
                });
                if found != rejected {
                    return Err(format!("{local} with Reject is {found:?}, not {rejected:?}"));
                }
                for (choice, expected) in [
                    (Disambiguation::Compatible, read_with(fold0)),
                    (Disambiguation::Earlier, read_with(fold0.max(fold1))),
                    (Disambiguation::Later, read_with(fold0.min(fold1))),
                ] {
                    let found = zone.resolve(local, choice);
                    if found != Ok(expected) {
                        return Err(format!("{local} with {choice:?} is {found:?}, not {expected}"));
                    }
                }
                Ok(())
            }
        }
    }
}

/// A local time in a zone, and the instant that each way to resolve it gives.
fn check(zone: &str, local: &str, compatible: &str, earlier: &str, later: &str) {
    let found = ZoneTable::embedded().zone(zone).expect("a known zone");
    let Ok(ParsedDate::Local(civil)) = parse_date(local) else { panic!("{local} is no local time") };
    for (choice, expected) in [
        (Disambiguation::Compatible, compatible),
        (Disambiguation::Earlier, earlier),
        (Disambiguation::Later, later),
    ] {
        let instant = found.resolve(civil, choice).expect("not rejected").to_string();
        assert_eq!(instant, expected, "{local} in {zone}, {choice:?}");
    }
    let rejected = found.resolve(civil, Disambiguation::Reject).is_err();
    assert_eq!(rejected, earlier != later, "{local} in {zone}, Reject");
}

fn check_unique(zone: &str, local: &str, instant: &str) {
    check(zone, local, instant, instant, instant);
}

fn offset(zone: &str, instant: &str) -> i32 {
    let Ok(ParsedDate::Instant(instant)) = parse_date(instant) else { panic!("{instant} is no instant") };
    ZoneTable::embedded().zone(zone).expect("a known zone").offset_at(instant)
}

fn local_at(zone: &str, instant: &str) -> String {
    let Ok(ParsedDate::Instant(instant)) = parse_date(instant) else { panic!("{instant} is no instant") };
    ZoneTable::embedded().zone(zone).expect("a known zone").civil_at(instant).to_string()
}

#[test]
fn a_skipped_hour_moves_forward_and_a_repeated_one_is_the_first() {
    let gap = ["2026-03-29T01:30:00.000Z", "2026-03-29T00:30:00.000Z", "2026-03-29T01:30:00.000Z"];
    check("Europe/Berlin", "2026-03-29T02:30", gap[0], gap[1], gap[2]);
    let fold = ["2026-10-25T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"];
    check("Europe/Berlin", "2026-10-25T02:30", fold[0], fold[1], fold[2]);
    check_unique("Europe/Berlin", "2026-03-29T01:59:59.999", "2026-03-29T00:59:59.999Z");
    check_unique("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z");
    check_unique("Europe/Berlin", "2026-10-25T01:59:59.999", "2026-10-24T23:59:59.999Z");
    check_unique("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00.000Z");
}

#[test]
fn a_rejected_time_is_told_with_what_to_write_instead() {
    let berlin = ZoneTable::embedded().zone("Europe/Berlin").expect("a known zone");
    let complaint = |text| match parse_date(text) {
        Ok(ParsedDate::Local(local)) => {
            berlin.resolve(local, Disambiguation::Reject).unwrap_err().to_string()
        }
        other => panic!("{other:?} is no local time"),
    };
    assert_eq!(
        complaint("2026-03-29T02:30"),
        "2026-03-29T02:30:00 does not exist in this time zone, the clocks skip it; write 2026-03-29T03:30:00"
    );
    assert_eq!(
        complaint("2026-10-25T02:30"),
        "2026-10-25T02:30:00 occurs twice in this time zone; \
         write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"
    );
}

#[test]
fn midnight_does_not_exist_where_clocks_change_at_midnight() {
    for (zone, midnight, moved_forward, moved_backward) in [
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", "2026-04-23T21:00:00.000Z"),
        ("America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-08T04:00:00.000Z"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", "2026-09-06T03:00:00.000Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z", "2018-11-04T02:00:00.000Z"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", "2026-03-28T21:00:00.000Z"),
        ("Asia/Tehran", "2021-03-22", "2021-03-21T20:30:00.000Z", "2021-03-21T19:30:00.000Z"),
    ] {
        check(zone, midnight, moved_forward, moved_backward, moved_forward);
        assert!(local_at(zone, moved_forward).ends_with("T01:00:00"), "{zone}");
    }
}

#[test]
fn midnight_comes_twice_where_clocks_are_put_back_to_before_it() {
    check(
        "America/Sao_Paulo",
        "2019-02-16T23:30",
        "2019-02-17T01:30:00.000Z",
        "2019-02-17T01:30:00.000Z",
        "2019-02-17T02:30:00.000Z",
    );
    check_unique("America/Sao_Paulo", "2019-02-17", "2019-02-17T03:00:00.000Z");
}

#[test]
fn lord_howe_island_changes_by_half_an_hour() {
    let zone = "Australia/Lord_Howe";
    assert_eq!((offset(zone, "2026-01-15T00:00Z"), offset(zone, "2026-07-15T00:00Z")), (39_600, 37_800));
    let gap = ["2026-10-03T15:45:00.000Z", "2026-10-03T15:15:00.000Z", "2026-10-03T15:45:00.000Z"];
    check(zone, "2026-10-04T02:15", gap[0], gap[1], gap[2]);
    check_unique(zone, "2026-10-04T02:30", "2026-10-03T15:30:00.000Z");
    let fold = ["2026-04-04T14:45:00.000Z", "2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"];
    check(zone, "2026-04-05T01:45", fold[0], fold[1], fold[2]);
}

#[test]
fn dublin_has_winter_time_instead_of_summer_time() {
    let zone = "Europe/Dublin";
    for (instant, expected) in [
        ("2026-01-01T12:00Z", 0),
        ("2026-03-29T00:59:59Z", 0),
        ("2026-03-29T01:00:00Z", 3600),
        ("2026-10-25T00:59:59Z", 3600),
        ("2026-10-25T01:00:00Z", 0),
        ("2500-07-01T12:00Z", 3600),
        ("9999-12-31T12:00Z", 0),
    ] {
        assert_eq!(offset(zone, instant), expected, "{instant}");
    }
}

#[test]
fn a_whole_day_is_missing_in_samoa_and_kiritimati() {
    check(
        "Pacific/Apia",
        "2011-12-30T12:00",
        "2011-12-30T22:00:00.000Z",
        "2011-12-29T22:00:00.000Z",
        "2011-12-30T22:00:00.000Z",
    );
    assert_eq!(local_at("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29T23:59:59");
    assert_eq!(local_at("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31T00:00:00");
    assert_eq!(local_at("Pacific/Kiritimati", "1994-12-31T09:59:59Z"), "1994-12-30T23:59:59");
    assert_eq!(local_at("Pacific/Kiritimati", "1994-12-31T10:00:00Z"), "1995-01-01T00:00:00");
    assert_eq!(offset("Pacific/Kiritimati", "2026-01-01T00:00Z"), 14 * 3600);
}

#[test]
fn casablanca_follows_the_moon_until_2026_and_then_stays() {
    let zone = "Africa/Casablanca";
    for (instant, expected) in [
        ("2025-02-23T01:59:59Z", 3600),
        ("2025-02-23T02:00:00Z", 0),
        ("2025-04-06T02:00:00Z", 3600),
        ("2026-02-15T02:00:00Z", 0),
        ("2026-03-22T02:00:00Z", 3600),
    ] {
        assert_eq!(offset(zone, instant), expected, "{instant}");
    }
    assert_eq!(ZoneTable::embedded().version(), "2026f");
    assert_eq!(offset(zone, "2100-07-01T00:00Z"), offset(zone, "2100-01-01T00:00Z"));
}

#[test]
fn troll_changes_by_two_hours() {
    let zone = "Antarctica/Troll";
    assert_eq!((offset(zone, "2026-01-15T00:00Z"), offset(zone, "2026-07-15T00:00Z")), (0, 7200));
    let gap = ["2026-03-29T02:30:00.000Z", "2026-03-29T00:30:00.000Z", "2026-03-29T02:30:00.000Z"];
    check(zone, "2026-03-29T02:30", gap[0], gap[1], gap[2]);
    check_unique(zone, "2026-03-29T03:00", "2026-03-29T01:00:00.000Z");
}

#[test]
fn liberia_was_44_minutes_and_30_seconds_behind_until_1972() {
    let zone = "Africa/Monrovia";
    assert_eq!(offset(zone, "1972-01-07T00:44:29.999Z"), -2670);
    assert_eq!(offset(zone, "1972-01-07T00:44:30Z"), 0);
    assert_eq!(local_at(zone, "1970-01-01T00:00Z"), "1969-12-31T23:15:30");
    check_unique(zone, "1971-06-01T12:00:00.250", "1971-06-01T12:44:30.250Z");
    check(
        zone,
        "1972-01-07T00:44:29",
        "1972-01-07T01:28:59.000Z",
        "1972-01-07T00:44:29.000Z",
        "1972-01-07T01:28:59.000Z",
    );
}

#[test]
fn the_southern_summer_goes_on_over_new_year() {
    for year in [2036, 2040, 2041, 2042, 2100, 2399, 9998] {
        for instant in [format!("{year}-12-31T23:59:59.999Z"), format!("{}-01-01T00:00:00Z", year + 1)] {
            assert_eq!(offset("Australia/Sydney", &instant), 39_600, "{instant}");
            assert_eq!(offset("Pacific/Auckland", &instant), 46_800, "{instant}");
            assert_eq!(offset("America/Santiago", &instant), -10_800, "{instant}");
        }
        let new_year = format!("{}-01-01T00:00", year + 1);
        check_unique("Australia/Sydney", &new_year, &format!("{year}-12-31T13:00:00.000Z"));
        check_unique("America/Santiago", &new_year, &format!("{}-01-01T03:00:00.000Z", year + 1));
    }
}

#[test]
fn greenlands_change_of_autumn_2023_changes_nothing() {
    for zone in ["America/Nuuk", "America/Godthab"] {
        for local in ["2023-10-28T22:59:59", "2023-10-28T23:00:00", "2023-10-28T23:30:00"] {
            let date = if local < "2023-10-28T23" { "2023-10-29T00" } else { "2023-10-29T01" };
            check_unique(zone, local, &format!("{date}{}.000Z", &local[13..]));
        }
        assert_eq!(offset(zone, "2024-07-01T00:00Z"), -3600);
    }
}

#[test]
fn the_ends_of_time_are_an_error_and_no_panic() {
    let table = ZoneTable::embedded();
    for name in table.names() {
        let zone = table.zone(name).expect("a known zone");
        for instant in [Timestamp::MIN, Timestamp::MAX] {
            let shown = zone.civil_at(instant);
            let resolved = zone.resolve(instant.civil_utc(), Disambiguation::Compatible);
            let beyond =
                zone.offset_at(instant) != 0 && (instant == Timestamp::MIN) == (zone.offset_at(instant) > 0);
            assert_eq!(resolved.is_err(), beyond, "{name}");
            assert!((Timestamp::MIN.civil_utc()..=Timestamp::MAX.civil_utc()).contains(&shown));
        }
    }
}

#[test]
fn a_fixed_zone_has_one_offset_for_all_times() {
    let zone = Zone::fixed(20_700).expect("a possible offset");
    assert_eq!(zone.offset_at(Timestamp::MAX), 20_700);
    let resolved =
        zone.resolve(Timestamp::EPOCH.civil_utc(), Disambiguation::Reject).map(Timestamp::as_millis);
    assert_eq!(resolved, Ok(-20_700_000));
    assert!(Zone::fixed(26 * 3600).is_none());
    assert!(Zone::fixed(i32::MIN).is_none());
}
