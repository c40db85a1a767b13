//! Calendars with recurring events: which events they are, and what becomes of them as time passes.

use std::collections::BTreeMap;
use std::ops::Range;

use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler::{Disambiguation, Timestamp, ZoneProvider, ZoneTable};
use client_event_scheduler_server::events::{CalendarListing, DateSettings, read_calendar};
use serde_json::{Value, json};

use super::sync::Desk;
use super::weather::Random;
use crate::support::HOUR_MS;

const DAY_MS: i64 = 24 * HOUR_MS;

/// A calendar of components, each of whose lines are given.
fn calendar(components: &[&str]) -> String {
    let components: String = components
        .iter()
        .map(|lines| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.trim().replace('\n', "\r\n")))
        .collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{components}END:VCALENDAR\r\n")
}

fn instant(text: &str) -> Timestamp {
    match parse_date(text) {
        Ok(ParsedDate::Instant(at)) => at,
        other => panic!("{text}: {other:?}"),
    }
}

fn range(from: &str, until: &str) -> Range<Timestamp> {
    instant(&format!("{from}T00:00Z"))..instant(&format!("{until}T00:00Z"))
}

fn read(text: &str, range: &Range<Timestamp>) -> CalendarListing {
    let zone = Some("Europe/Berlin".to_owned());
    read_calendar(text.as_bytes(), zone, &DateSettings::default(), range).expect("a calendar")
}

/// Key, start and end of each event, in the order of their keys.
fn events(listing: &CalendarListing) -> Vec<(String, String, String)> {
    let mut events: Vec<_> = listing
        .events
        .iter()
        .map(|(key, document)| {
            let date = |name| document.text(name).unwrap_or_default();
            (key.clone(), date("start_datetime"), date("end_datetime"))
        })
        .collect();
    events.sort();
    events
}

/// Components, the range that is asked for, and the events: key without the UID, start and end.
type Example<'a> = (&'a [&'a str], (&'a str, &'a str), &'a [(&'a str, &'a str, &'a str)]);

#[test]
fn a_series_is_the_events_that_it_stands_for() {
    let examples: &[Example<'_>] = &[
        // Names of properties are the same in small letters.
        (
            &["uid:e\ndtstart:20260501T070000Z\nrrule:FREQ=DAILY;COUNT=2"],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20260501T070000Z", "2026-05-01T07:00:00Z", "2026-05-01T07:00:00Z"),
                ("20260502T070000Z", "2026-05-02T07:00:00Z", "2026-05-02T07:00:00Z"),
            ],
        ),
        // Across the change of clocks in Berlin: the time of day stays, and so does the length.
        (
            &[
                "UID:e\nDTSTART;TZID=Europe/Berlin:20260322T090000\nDTEND;TZID=Europe/Berlin:20260322T103000\nRRULE:FREQ=WEEKLY",
            ],
            ("2026-03-22", "2026-04-06"),
            &[
                ("20260322T080000Z", "2026-03-22T09:00:00", "2026-03-22T10:30:00"),
                ("20260329T070000Z", "2026-03-29T09:00:00", "2026-03-29T10:30:00"),
                ("20260405T070000Z", "2026-04-05T09:00:00", "2026-04-05T10:30:00"),
            ],
        ),
        // A day and a night before the change last as long as any other; a duration in days ends at the same time of day.
        (
            &[
                "UID:e\nDTSTART;TZID=Europe/Berlin:20260314T120000\nDTEND;TZID=Europe/Berlin:20260315T120000\nRRULE:FREQ=WEEKLY;COUNT=3",
            ],
            ("2026-03-01", "2026-05-01"),
            &[
                ("20260314T110000Z", "2026-03-14T12:00:00", "2026-03-15T12:00:00"),
                ("20260321T110000Z", "2026-03-21T12:00:00", "2026-03-22T12:00:00"),
                ("20260328T110000Z", "2026-03-28T12:00:00", "2026-03-29T13:00:00"),
            ],
        ),
        (
            &["UID:e\nDTSTART;TZID=Europe/Berlin:20260321T120000\nDURATION:P1D\nRRULE:FREQ=WEEKLY;COUNT=2"],
            ("2026-03-01", "2026-05-01"),
            &[
                ("20260321T110000Z", "2026-03-21T12:00:00", "2026-03-22T12:00:00"),
                ("20260328T110000Z", "2026-03-28T12:00:00", "2026-03-29T12:00:00"),
            ],
        ),
        // Whole days; the beginning counts although the rule does not name it; a date added and one taken out.
        (
            &[
                "UID:e\nDTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260503\nRRULE:FREQ=MONTHLY;BYMONTHDAY=10;UNTIL=20260801\nRDATE;VALUE=DATE:20260515\nEXDATE;VALUE=DATE:20260610",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20260501", "2026-05-01", "2026-05-03"),
                ("20260510", "2026-05-10", "2026-05-12"),
                ("20260515", "2026-05-15", "2026-05-17"),
                ("20260710", "2026-07-10", "2026-07-12"),
            ],
        ),
        // In UTC; several dates on a line, in a zone of their own; dates alone.
        (
            &[
                "UID:e\nDTSTART:20260501T070000Z\nRDATE;TZID=America/New_York:20260502T030000,20260503T030000\nEXDATE:20260503T070000Z",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20260501T070000Z", "2026-05-01T07:00:00Z", "2026-05-01T07:00:00Z"),
                ("20260502T070000Z", "2026-05-02T07:00:00Z", "2026-05-02T07:00:00Z"),
            ],
        ),
        // One is moved to another day and zone and keeps its name, one is made longer; the calendar tells them first.
        (
            &[
                "UID:e\nRECURRENCE-ID;TZID=Europe/Berlin:20260508T090000\nDTSTART;TZID=Asia/Tokyo:20260509T200000\nDTEND;TZID=Asia/Tokyo:20260509T210000",
                "UID:e\nDTSTART;TZID=Europe/Berlin:20260501T090000\nDTEND;TZID=Europe/Berlin:20260501T100000\nRRULE:FREQ=WEEKLY;COUNT=3",
                "UID:e\nRECURRENCE-ID:20260515T070000Z\nDTSTART;TZID=Europe/Berlin:20260515T090000\nDTEND;TZID=Europe/Berlin:20260515T120000",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20260501T070000Z", "2026-05-01T09:00:00", "2026-05-01T10:00:00"),
                ("20260508T070000Z", "2026-05-09T20:00:00", "2026-05-09T21:00:00"),
                ("20260515T070000Z", "2026-05-15T09:00:00", "2026-05-15T12:00:00"),
            ],
        ),
        // From one on, all of them: an hour later and for half the time, and yet under the names that they had.
        (
            &[
                "UID:e\nDTSTART;TZID=Europe/Berlin:20261011T090000\nDTEND;TZID=Europe/Berlin:20261011T100000\nRRULE:FREQ=WEEKLY;COUNT=4",
                "UID:e\nRECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20261018T090000\nDTSTART;TZID=Europe/Berlin:20261018T100000\nDURATION:PT30M",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20261011T070000Z", "2026-10-11T09:00:00", "2026-10-11T10:00:00"),
                ("20261018T070000Z", "2026-10-18T10:00:00", "2026-10-18T08:30:00Z"),
                ("20261025T080000Z", "2026-10-25T10:00:00", "2026-10-25T09:30:00Z"),
                ("20261101T080000Z", "2026-11-01T10:00:00", "2026-11-01T09:30:00Z"),
            ],
        ),
        // A change that names a day; changes of a series that is not told.
        (
            &[
                "UID:e\nDTSTART:20260501T070000Z\nRRULE:FREQ=DAILY;COUNT=2",
                "UID:e\nRECURRENCE-ID;VALUE=DATE:20260502\nDTSTART:20260502T090000Z",
                "UID:f\nRECURRENCE-ID:20260502T070000Z\nDTSTART:20260502T080000Z",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20260501T070000Z", "2026-05-01T07:00:00Z", "2026-05-01T07:00:00Z"),
                ("20260502T070000Z", "2026-05-02T09:00:00Z", "2026-05-02T09:00:00Z"),
                ("20260502T070000Z", "2026-05-02T08:00:00Z", "2026-05-02T08:00:00Z"),
            ],
        ),
        // What stands in the calendar is told wherever it lies, the rest of a series only within the range.
        (
            &[
                "UID:e\nDTSTART:20200101T070000Z\nRRULE:FREQ=YEARLY",
                "UID:e\nRECURRENCE-ID:20210101T070000Z\nDTSTART:20210101T080000Z",
            ],
            ("2026-01-01", "2027-01-01"),
            &[
                ("20210101T070000Z", "2021-01-01T08:00:00Z", "2021-01-01T08:00:00Z"),
                ("20260101T070000Z", "2026-01-01T07:00:00Z", "2026-01-01T07:00:00Z"),
            ],
        ),
    ];
    for (components, (from, until), expected) in examples {
        let listing = read(&calendar(components), &range(from, until));
        let found = events(&listing);
        let found: Vec<_> =
            found.iter().map(|(key, start, end)| (&key[2..], start.as_str(), end.as_str())).collect();
        assert_eq!(found, *expected, "{components:#?}");
        assert!(listing.refused.is_empty(), "{:?}", listing.refused);
    }
}

#[test]
fn registration_and_certificates_keep_their_distance_and_what_is_said_of_all_holds_for_each() {
    let text = calendar(&[
        "UID:e\nSUMMARY:Course\nSTATUS:CANCELLED\nDTSTART;TZID=Europe/Berlin:20260322T090000\nDTEND;TZID=Europe/Berlin:20260322T100000\nX-CES-REGISTRATION-START;TZID=Europe/Berlin:20260315T120000\nX-CES-CERTIFICATE-START:20260323T100000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
    ]);
    let listing = read(&text, &range("2026-01-01", "2027-01-01"));
    let json: Value = serde_json::from_str(&listing.events[1].1.to_json()).expect("an object");
    let expected = json!({
        "event_id": "e", "event_name": "Course", "status": "cancelled", "timezone": "Europe/Berlin",
        "registration_start_date": "2026-03-22T12:00:00", "start_datetime": "2026-03-29T09:00:00",
        "end_datetime": "2026-03-29T10:00:00", "certificate_start_date": "2026-03-30T09:00:00Z"
    });
    assert_eq!(json, expected);
}

#[test]
fn what_cannot_be_read_is_named_and_is_not_gone() {
    let zone = "DTSTART;TZID=Europe/Berlin:20260501T090000";
    for (lines, field, code) in [
        (format!("{zone}\nRRULE:FREQ=SOMETIMES"), "FREQ", "RULE_PART_INVALID"),
        (format!("{zone}\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"), "RRULE", "RULE_PART_REPEATED"),
        (format!("{zone}\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY"), "EXRULE", "RULE_PART_UNKNOWN"),
        (format!("{zone}\nRDATE;VALUE=PERIOD:20260601T090000Z/PT1H"), "RDATE", "RULE_PART_INVALID"),
        (format!("{zone}\nRRULE:FREQ=DAILY\nEXDATE:soon"), "EXDATE", "DATE_MALFORMED"),
        (
            format!("{zone}\nRRULE:FREQ=DAILY\nEXDATE;TZID=Nowhere:20260601T090000"),
            "EXDATE",
            "TIME_ZONE_UNKNOWN",
        ),
        (format!("{zone}\nRECURRENCE-ID;RANGE=ALL:20260601T090000Z"), "RECURRENCE-ID", "RULE_PART_INVALID"),
        (format!("{zone}\nDTEND:20260501T060000Z\nRRULE:FREQ=DAILY"), "end_datetime", "DATE_ORDER"),
        ("RRULE:FREQ=DAILY".to_owned(), "DTSTART", "RULE_PART_REQUIRED"),
    ] {
        let text = calendar(&[&format!("UID:e\n{lines}"), "UID:other\nDTSTART:20260501T070000Z"]);
        let listing = read(&text, &range("2026-01-01", "2027-01-01"));
        let problem = &listing.refused[0].problems[0];
        assert_eq!((problem.field.as_ref(), problem.code), (field, code), "{lines}: {}", problem.message);
        assert_eq!((listing.refused.len(), listing.events.len()), (1, 1), "{lines}: the other one is read");
        assert!(listing.series["e"].is_empty(), "{lines}: nothing is said of its events");
    }
}

#[test]
fn a_rule_without_measure_is_cut_where_it_is_said() {
    let text = calendar(&["UID:e\nDTSTART:20260501T000000Z\nRRULE:FREQ=MINUTELY"]);
    let listing = read(&text, &range("2026-05-01", "2027-01-01"));
    assert_eq!(listing.events.len(), 1_000);
    let end = instant("2026-05-01T16:40Z");
    assert_eq!((&listing.series["e"].end, listing.goes_on), (&end, true));
    assert_eq!(listing.refused[0].problems[0].code, "OCCURRENCES_TOO_MANY");
    let many: Vec<_> =
        (0..12).map(|n| format!("UID:{n}\nDTSTART:20260501T000000Z\nRRULE:FREQ=HOURLY")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(read(&calendar(&many), &range("2026-05-01", "2027-01-01")).events.len(), 10_000);
}

/// A calendar made at random: rules of several kinds in several zones, dates added and taken out, changes of single ones and of all
/// from one on.
fn random_calendar(random: &mut Random) -> String {
    let rules = [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=40",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=MONTHLY;BYDAY=-1SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
        "FREQ=HOURLY;INTERVAL=7;UNTIL=20260701T000000Z",
    ];
    let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"];
    let zone = zones[random.below(4) as usize];
    let rule = rules[random.below(7) as usize];
    let hour = random.below(24);
    let date = |random: &mut Random| {
        format!("2026{:02}{:02}T{hour:02}3000", 3 + random.below(4), 1 + random.below(28))
    };
    let mut lines = format!(
        "UID:e\nDTSTART;TZID={zone}:20260301T{hour:02}3000\nDURATION:PT{}M\nRRULE:{rule}",
        random.below(4_000)
    );
    for _ in 0..random.below(4) {
        let name = if random.below(2) == 0 { "RDATE" } else { "EXDATE" };
        lines += &format!("\n{name};TZID={zone}:{}", date(random));
    }
    let changes: Vec<_> = (0..random.below(4))
        .map(|_| {
            let later = if random.below(3) == 0 { ";RANGE=THISANDFUTURE" } else { "" };
            let (original, moved) = (date(random), date(random));
            format!("UID:e\nRECURRENCE-ID;TZID={zone}{later}:{original}\nDTSTART;TZID={zone}:{moved}\nDURATION:PT1H")
        })
        .collect();
    let components: Vec<_> = [lines.as_str()].into_iter().chain(changes.iter().map(String::as_str)).collect();
    calendar(&components)
}

#[test]
fn a_range_has_what_its_parts_have_and_no_event_twice() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let text = random_calendar(&mut random);
        let whole = range("2026-02-01", "2026-09-01");
        let cut = whole.start.saturating_add_ms(random.ms(whole.end.millis_since(whole.start)));
        let listing = read(&text, &whole);
        assert!(listing.refused.is_empty(), "seed {seed}: {:?}\n{text}", listing.refused);
        let all = events(&listing);
        let keys: BTreeMap<_, _> = all.iter().map(|(key, start, end)| (key, (start, end))).collect();
        // Changes of one and the same occurrence are told twice, as they stand in the calendar.
        let changes = text.matches("RECURRENCE-ID").count();
        assert!(keys.len() + changes >= all.len(), "seed {seed}: {all:?}\n{text}");
        let parts = [whole.start..cut, cut..whole.end].map(|part| events(&read(&text, &part)));
        let mut joined = parts.concat();
        joined.sort();
        joined.dedup();
        let mut all = all;
        all.dedup();
        assert_eq!(joined, all, "seed {seed}, cut at {cut}:\n{text}");
    }
}

#[test]
fn what_is_not_changed_begins_when_its_name_says() {
    for seed in 300..600 {
        let mut random = Random(seed);
        let text = random_calendar(&mut random);
        let text =
            text.split("BEGIN:VEVENT\r\nUID:e\r\nRECURRENCE-ID").next().expect("the series").to_owned();
        let text = if text.contains("END:VCALENDAR") { text } else { text + "END:VCALENDAR\r\n" };
        for (key, document) in read(&text, &range("2026-02-01", "2026-09-01")).events {
            let zone =
                document.text("timezone").and_then(|name| ZoneTable::embedded().zone(&name)).expect("a zone");
            let start = match parse_date(&document.text("start_datetime").expect("a start")) {
                Ok(ParsedDate::Local(local)) => {
                    zone.resolve(local, Disambiguation::Compatible).expect("a time")
                }
                Ok(ParsedDate::Instant(at)) => at,
                Err(error) => panic!("{error}"),
            };
            let name: String = start.to_string()[..19].chars().filter(|c| !matches!(c, '-' | ':')).collect();
            assert_eq!(key, format!("e/{name}Z"), "seed {seed}:\n{text}");
        }
    }
}

#[tokio::test]
async fn a_series_is_followed_as_time_passes() {
    let desk = Desk::open().await;
    let weekly = |rest: &str| {
        format!("UID:e\nSUMMARY:Course\nDTSTART:20260401T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\n{rest}")
    };
    let moved =
        "UID:e\nRECURRENCE-ID:20260513T100000Z\nSUMMARY:Moved\nDTSTART:20260514T120000Z\nDURATION:PT1H";
    desk.simulator.world().calendar = calendar(&[&weekly(""), moved]);
    let config = json!({"kind": "icalendar", "url": format!("{}/calendar.ics", desk.simulator.url), "horizon_days": 28});
    desk.add_account("team", config, json!({"kind": "none"}), 1_000).await;
    desk.cycle().await;
    let keys = || async {
        let events = desk.provided("team").await;
        events.iter().map(|row| row.event_key[2..10].to_owned()).collect::<Vec<_>>()
    };
    // It is 1 May: four weeks ahead, and a month back.
    let first = [
        "20260401", "20260408", "20260415", "20260422", "20260429", "20260506", "20260513", "20260520",
        "20260527",
    ];
    assert_eq!(keys().await, first);
    let event = desk.event("team:e/20260513T100000Z").await.expect("the one that is moved");
    assert_eq!(
        (&event["event_name"], &event["start_datetime"]),
        (&json!("Moved"), &json!("2026-05-14T12:00:00Z"))
    );
    // The calendar is not changed, and yet there are more events a week later; those that are past are not gone.
    desk.pass_by(8 * DAY_MS, HOUR_MS).await;
    let later: Vec<_> = first.iter().copied().chain(["20260603"]).collect();
    assert_eq!(keys().await, later);
    assert!(desk.event("team:e/20260401T100000Z").await.is_some(), "it was");
    assert_eq!(desk.account("team").await.error, None);
    // One is taken out: it is deleted after a day. One is changed here, and keeps that.
    desk.simulator.world().calendar = calendar(&[&weekly("EXDATE:20260520T100000Z"), moved]);
    desk.pass_by(2 * DAY_MS, HOUR_MS).await;
    assert!(desk.event("team:e/20260520T100000Z").await.is_none());
    assert!(desk.event("team:e/20260527T100000Z").await.is_some());
    // A slip of the pen in the rule deletes nothing.
    let before = keys().await;
    desk.simulator.world().calendar = calendar(&[&weekly("").replace("WEEKLY", "WEAKLY")]);
    desk.pass_by(3 * DAY_MS, HOUR_MS).await;
    assert_eq!(keys().await, before);
    let syncs = desk.sync.store.provider_syncs("team", 100).await.expect("syncs");
    let (code, message) = syncs.iter().find_map(|sync| sync.error.as_ref()).expect("what is wrong");
    assert_eq!(code, "RECORD_MALFORMED");
    assert!(message.starts_with("1 record could not be read in full. e: FREQ"), "{message}");
    // The end of the series is the end of what would have come.
    desk.simulator.world().calendar =
        calendar(&[&weekly("").replace("WEEKLY", "WEEKLY;UNTIL=20260520T100000Z")]);
    desk.pass_by(2 * DAY_MS, HOUR_MS).await;
    assert_eq!(keys().await.last().map(String::as_str), Some("20260520"));
    let event = desk.event("team:e/20260513T100000Z").await.expect("the one that was moved");
    assert_eq!(
        (&event["event_name"], &event["start_datetime"]),
        (&json!("Course"), &json!("2026-05-13T10:00:00Z"))
    );
}
