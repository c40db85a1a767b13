//! Conflicts of venues, against the comparison of all pairs.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::borrow::Cow;

use client_event_scheduler::Timestamp;
use client_event_scheduler::event::{Booking, Conflicts, detect_conflicts, venue_in, venue_key};
use proptest::prelude::*;
use support::second;

fn booking<'a>(event_id: &'a str, venue: &'a str, start: i64, end: i64) -> Booking<'a> {
    Booking { event_id, venue: Cow::Borrowed(venue), start: second(start), end: second(end) }
}

/// The pairs as `first+second [from, until) venue`, in seconds.
fn shown(conflicts: &Conflicts<'_>) -> Vec<String> {
    let seconds = |at: Timestamp| at.millis_since(second(0)) / 1000;
    let pairs = conflicts.pairs.iter();
    pairs
        .map(|pair| {
            let (from, until) = (seconds(pair.from), seconds(pair.until));
            format!("{}+{} [{from}, {until}) {}", pair.first, pair.second, pair.venue)
        })
        .collect()
}

#[test]
fn events_conflict_while_both_are_at_the_venue() {
    let found = detect_conflicts(
        [
            booking("fair", "Hall", 10, 40),
            booking("gala", "Hall", 20, 30),
            booking("ball", "Hall", 25, 50),
            booking("trip", "Park", 20, 30),
        ],
        10,
    );
    assert_eq!(found.total, 3);
    assert_eq!(
        shown(&found),
        ["fair+gala [20, 30) Hall", "fair+ball [25, 40) Hall", "gala+ball [25, 30) Hall"]
    );
}

#[test]
fn events_that_touch_do_not_conflict() {
    let found = detect_conflicts([booking("a", "Hall", 10, 20), booking("b", "Hall", 20, 30)], 10);
    assert_eq!((found.total, found.pairs.len()), (0, 0));
}

#[test]
fn an_event_without_duration_is_in_nobodys_way() {
    let found = detect_conflicts(
        [
            booking("all day", "Hall", 0, 100),
            booking("moment", "Hall", 50, 50),
            booking("same moment", "Hall", 50, 50),
            booking("backwards", "Hall", 60, 40),
        ],
        10,
    );
    assert_eq!(found.total, 0);
}

#[test]
fn venues_are_the_same_whatever_their_case_and_white_space() {
    for (one, other) in [
        ("Town Hall", " town\t\n  HALL "),
        ("CAFÉ ÜBER", "café über"),
        ("Большой Зал", "БОЛЬШОЙ ЗАЛ"),
        ("ΟΔΟΣ ΣΟΦΙΑΣ", "οδος σοφιας"),
        ("ΟΔΟΣ ΣΟΦΙΑΣ", "οδοσ σοφιασ"),
        ("Hall\u{a0}1", "hall 1"),
        ("ꭰ Ꞓ 𐐀", "Ꭰ ꞓ 𐐨"),
    ] {
        let found = detect_conflicts([booking("a", one, 0, 10), booking("b", other, 5, 15)], 10);
        assert_eq!(found.total, 1, "{one:?} and {other:?}");
    }
    for (one, other) in [("Hall 1", "Hall 2"), ("Hall 1", "Hall1"), ("Cafe", "Café"), ("", ""), (" ", "\t")]
    {
        let found = detect_conflicts([booking("a", one, 0, 10), booking("b", other, 5, 15)], 10);
        assert_eq!(found.total, 0, "{one:?} and {other:?}");
    }
}

#[test]
fn the_venue_of_a_conflict_is_written_as_the_first_event_writes_it() {
    let found = detect_conflicts([booking("b", "HALL  1 ", 5, 15), booking("a", " Hall 1", 0, 10)], 10);
    assert_eq!(shown(&found), ["a+b [5, 10) Hall 1"]);
}

#[test]
fn beyond_the_limit_conflicts_are_counted_without_being_listed() {
    let ids: Vec<String> = (0..2_000).map(|number| format!("event-{number:04}")).collect();
    let found = detect_conflicts(ids.iter().map(|id| booking(id, "Hall", 0, 10)), 3);
    assert_eq!(found.total, 2_000 * 1_999 / 2);
    assert_eq!(
        shown(&found),
        [
            "event-0000+event-0001 [0, 10) Hall",
            "event-0000+event-0002 [0, 10) Hall",
            "event-0001+event-0002 [0, 10) Hall"
        ]
    );
    let none = detect_conflicts(ids.iter().map(|id| booking(id, "Hall", 0, 10)), 0);
    assert_eq!((none.total, none.pairs.len()), (found.total, 0));
}

#[test]
fn the_venue_is_read_from_an_events_text() {
    for (json, venue) in [
        (r#"{"event_id":"e","venue":"Town Hall"}"#, Some("Town Hall")),
        (r#"{ "venue" : " Café \u00dcber " }"#, Some(" Café Über ")),
        (r#"{"ven\u0075e":"Hall"}"#, Some("Hall")),
        (r#"{"venue":"Park","venue":"Hall"}"#, Some("Hall")),
        (r#"{"venue":"Park","venue":null}"#, None),
        (r#"{"place":{"venue":"Park"},"venues":"x","venue":"Hall"}"#, Some("Hall")),
        (r#"{"place":{"venue":"Park"}}"#, None),
        (r#"{"venue":""}"#, None),
        (r#"{"venue":" \t"}"#, None),
        (r#"{"venue":12}"#, None),
        (r#"{"venue":["Hall"]}"#, None),
        (r#"{"venue":{"name":"Hall"}}"#, None),
        (r#"{"venue":"Hall""#, None),
        (r#"["venue","Hall"]"#, None),
        ("", None),
    ] {
        assert_eq!(venue_in(json.as_bytes()).as_deref(), venue, "{json}");
    }
}

type Plan = Vec<(usize, i64, i64)>;

const VENUES: [&str; 5] = ["Hall", " hall", "Park", "", "Zoo"];

fn any_plan() -> impl Strategy<Value = Plan> {
    // Few instants and few venues, so that they meet.
    prop::collection::vec((0_usize..VENUES.len(), 0_i64..20, -1_i64..12), 0..40)
}

fn bookings<'a>(ids: &'a [String], plan: &Plan) -> Vec<Booking<'a>> {
    let entries = ids.iter().zip(plan);
    entries.map(|(id, &(venue, start, length))| booking(id, VENUES[venue], start, start + length)).collect()
}

/// Every pair of bookings, compared as the documentation says.
fn compared(bookings: &[Booking<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for first in bookings {
        for second in bookings {
            let arrival = |booking: &Booking<'_>| (booking.start, booking.event_id.to_owned());
            let (from, until) = (first.start.max(second.start), first.end.min(second.end));
            let key = venue_key(&first.venue);
            let both_take_time = first.start < first.end && second.start < second.end;
            if arrival(first) < arrival(second)
                && both_take_time
                && from < until
                && !key.is_empty()
                && key == venue_key(&second.venue)
            {
                let order = (from, key, arrival(second), arrival(first));
                found.push((order, first.event_id, second.event_id, until, first.venue.trim()));
            }
        }
    }
    found.sort();
    let seconds = |at: Timestamp| at.millis_since(second(0)) / 1000;
    let found = found.into_iter();
    found
        .map(|((from, ..), first, second, until, venue)| {
            format!("{first}+{second} [{}, {}) {venue}", seconds(from), seconds(until))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_conflicts_are_those_of_comparing_all_pairs(plan in any_plan(), limit in 0_usize..30) {
        let ids: Vec<String> = (0..plan.len()).map(|number| format!("event-{}", number * 7 % 40)).collect();
        let mut bookings = bookings(&ids, &plan);
        let expected = compared(&bookings);
        let found = detect_conflicts(bookings.clone(), usize::MAX);
        prop_assert_eq!(shown(&found), &expected[..]);
        prop_assert_eq!(found.total, expected.len() as u64);

        bookings.reverse();
        let few = detect_conflicts(bookings, limit);
        prop_assert_eq!(shown(&few), &expected[..limit.min(expected.len())]);
        prop_assert_eq!(few.total, found.total);
    }

    #[test]
    fn any_bytes_have_a_venue_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80), text in r#"[{}":,a-z\\]{0,30}"#) {
        for json in [bytes, text.clone().into_bytes(), format!(r#"{{"venue":{text}}}"#).into_bytes()] {
            prop_assert!(venue_in(&json).is_none_or(|venue| !venue.trim().is_empty()));
        }
    }
}
