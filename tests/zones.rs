//! The packed zone table against Python's zoneinfo, and the zones that are known to be awkward.

use std::collections::BTreeSet;

use client_event_scheduler::time::{
    Disambiguation, LocalTimeError, Timestamp, Zone, ZoneProvider, ZoneTable,
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
