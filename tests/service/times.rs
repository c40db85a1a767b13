//! Times: naive ones in their zone, gaps and folds; and reminders over changes of the clocks.

use client_event_scheduler::service::{
    APPOINTMENT, Adjustment, Anchor, OffsetReading, TimeReading, reminder_time,
};
use client_event_scheduler::time::{Disambiguation, ZoneProvider};
use client_event_scheduler::{ProblemCode, Timestamp, ZoneTable};

fn reading<'a>(time_zone: Option<&'a str>, disambiguation: Disambiguation) -> TimeReading<'a> {
    TimeReading { zones: ZoneTable::embedded(), time_zone, disambiguation }
}

#[test]
fn a_time_is_read_in_its_zone_over_gaps_and_folds() {
    use Disambiguation::{Compatible, Earlier, Later};
    for (text, zone, choice, expected, adjustment) in [
        ("2026-07-01T09:00", "Europe/Berlin", Compatible, "2026-07-01T07:00:00.000Z", None),
        ("2026-07-01T09:00+05:30", "Europe/Berlin", Compatible, "2026-07-01T03:30:00.000Z", None),
        ("2026-03-29T02:30", "Europe/Berlin", Compatible, "2026-03-29T01:30:00.000Z", Some(Adjustment::Gap)),
        ("2026-03-29T02:30", "Europe/Berlin", Earlier, "2026-03-29T00:30:00.000Z", Some(Adjustment::Gap)),
        ("2026-10-25T02:30", "Europe/Berlin", Compatible, "2026-10-25T00:30:00.000Z", Some(Adjustment::Fold)),
        ("2026-10-25T02:30", "Europe/Berlin", Later, "2026-10-25T01:30:00.000Z", Some(Adjustment::Fold)),
        (
            "2026-03-08T02:30",
            "America/New_York",
            Compatible,
            "2026-03-08T07:30:00.000Z",
            Some(Adjustment::Gap),
        ),
        (
            "2026-11-01T01:30",
            "America/New_York",
            Compatible,
            "2026-11-01T05:30:00.000Z",
            Some(Adjustment::Fold),
        ),
        ("2026-04-24T00:30", "Africa/Cairo", Compatible, "2026-04-23T22:30:00.000Z", Some(Adjustment::Gap)),
        (
            "2026-04-05T01:45",
            "Australia/Lord_Howe",
            Compatible,
            "2026-04-04T14:45:00.000Z",
            Some(Adjustment::Fold),
        ),
        ("2026-06-15T12:00", "Asia/Calcutta", Compatible, "2026-06-15T06:30:00.000Z", None),
        ("2026-06-15", "Asia/Kathmandu", Compatible, "2026-06-14T18:15:00.000Z", None),
    ] {
        let read = reading(Some(zone), choice).read(text, "scheduled_time", "execution_timezone");
        let read = read.unwrap_or_else(|problem| panic!("{text} {zone}: {problem:?}"));
        assert_eq!(
            (read.instant.to_string().as_str(), read.adjustment),
            (expected, adjustment),
            "{text} {zone}"
        );
    }
}

#[test]
fn no_zone_is_guessed_and_each_problem_names_its_field() {
    use Disambiguation::{Compatible, Reject};
    for (text, zone, choice, field, code) in [
        ("2026-07-01T09:00", None, Compatible, "zone", ProblemCode::TimeZoneRequired),
        ("2026-07-01T09:00", Some("Europe/Berlim"), Compatible, "zone", ProblemCode::TimeZoneUnknown),
        ("2026-07-01T09:00Z", Some("Mars/Olympus"), Compatible, "zone", ProblemCode::TimeZoneUnknown),
        ("tomorrow", Some("Europe/Berlin"), Compatible, "time", ProblemCode::DateMalformed),
        ("2026-02-30T09:00", Some("Europe/Berlin"), Compatible, "time", ProblemCode::DateMalformed),
        ("2026-03-29T02:30", Some("Europe/Berlin"), Reject, "time", ProblemCode::DateNonexistent),
        ("2026-10-25T02:30", Some("Europe/Berlin"), Reject, "time", ProblemCode::DateAmbiguous),
    ] {
        let problem = reading(zone, choice).read(text, "time", "zone").expect_err(text);
        assert_eq!((problem.field, problem.code), (field, code), "{text}: {}", problem.message);
    }
}

fn instant(text: &str) -> Timestamp {
    reading(None, Disambiguation::Compatible).read(text, "", "").expect("an instant").instant
}

#[test]
fn the_reminders_of_an_appointment_are_elapsed_time_or_what_clocks_show() {
    let berlin = ZoneTable::embedded().zone("Europe/Berlin").expect("a zone");
    // On the day before, the clocks went forward at 02:00.
    let (start, end) = (instant("2026-03-29T09:00+02:00"), instant("2026-03-29T10:00+02:00"));
    let times = |reading| {
        APPOINTMENT.map(|reminder| {
            let anchor = if reminder.anchor == Anchor::Start { start } else { end };
            reminder_time(anchor, reminder.offset_ms, reading, berlin).to_string()
        })
    };
    assert_eq!(
        times(OffsetReading::Elapsed),
        [
            "2026-03-28T07:00:00.000Z",
            "2026-03-29T05:00:00.000Z",
            "2026-03-29T06:45:00.000Z",
            "2026-03-29T09:00:00.000Z"
        ]
    );
    assert_eq!(times(OffsetReading::Local)[0], "2026-03-28T08:00:00.000Z", "nine o'clock of the day before");
    assert_eq!(times(OffsetReading::Local)[1..], times(OffsetReading::Elapsed)[1..]);
}
