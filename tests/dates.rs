//! The date reader and the calendar against chrono, and the laws of time zones.
#![cfg(not(target_arch = "wasm32"))]

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use client_event_scheduler::time::{
    CivilDate, CivilDateTime, DateErrorKind as Kind, DatePart as Part, DateSeparator as Separator,
    Disambiguation, ParsedDate, Timestamp, ZoneProvider, ZoneTable, days_in_month, is_leap_year, parse_date,
};
use proptest::prelude::*;

/// What is wrong, where, and a part of the sentence that says what to write instead.
#[test]
fn every_malformed_date_is_told_with_its_place_and_remedy() {
    let cases = [
        ("", Kind::Empty, 0, "the date is empty; write for example 2026-03-29T10:15:00Z"),
        (" ", Kind::Digits(Part::Year), 0, "begins with a year of four digits"),
        ("tomorrow", Kind::Digits(Part::Year), 0, "write for example 2026-03-29"),
        (" 2026-03-29", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("29.03.2026", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("03/29/2026", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("26-03-29", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("202", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("+002026-03-29", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("-2026-03-29", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("\u{ff12}026-03-29", Kind::Digits(Part::Year), 0, "year of four digits"),
        ("2026", Kind::Separator(Separator::Dash), 4, "write - between year, month and day"),
        ("20260329", Kind::Separator(Separator::Dash), 4, "write - between"),
        ("2026/03/29", Kind::Separator(Separator::Dash), 4, "write - between"),
        ("1774772100000", Kind::Separator(Separator::Dash), 4, "write - between"),
        ("2026-3-29", Kind::Digits(Part::Month), 5, "month in two digits"),
        ("2026-", Kind::Digits(Part::Month), 5, "month in two digits"),
        ("2026-W13-7", Kind::Digits(Part::Month), 5, "month in two digits"),
        (
            "2026-13-01",
            Kind::Value(Part::Month, 13),
            5,
            "month 13 does not exist; write 01 to 12 (at byte 5)",
        ),
        ("2026-00-01", Kind::Value(Part::Month, 0), 5, "month 00 does not exist"),
        ("2026-03", Kind::Separator(Separator::Dash), 7, "write - between"),
        ("2026-088", Kind::Separator(Separator::Dash), 7, "write - between"),
        ("2026-03-9", Kind::Digits(Part::Day), 8, "day in two digits"),
        ("2026-03-32", Kind::Value(Part::Day, 32), 8, "day 32 does not exist; write 01 to 31"),
        ("2026-03-00", Kind::NoSuchDay { year: 2026, month: 3, day: 0 }, 8, "March 2026 has no day 00"),
        ("2026-02-30", Kind::NoSuchDay { year: 2026, month: 2, day: 30 }, 8, "no day 30; write 01 to 28"),
        ("2024-02-30", Kind::NoSuchDay { year: 2024, month: 2, day: 30 }, 8, "no day 30; write 01 to 29"),
        ("1900-02-29", Kind::NoSuchDay { year: 1900, month: 2, day: 29 }, 8, "February 1900 has no day 29"),
        (
            "2026-04-31T10:00Z",
            Kind::NoSuchDay { year: 2026, month: 4, day: 31 },
            8,
            "April 2026 has no day 31",
        ),
        ("2026-03-29X10:15", Kind::Separator(Separator::Time), 10, "write T between date and time"),
        ("2026-03-29Z", Kind::Separator(Separator::Time), 10, "or end the date here"),
        ("2026-03-29+02:00", Kind::Separator(Separator::Time), 10, "write T between"),
        ("2026-03-2910:15", Kind::Separator(Separator::Time), 10, "write T between"),
        ("2026-03-29T", Kind::Digits(Part::Hour), 11, "hour in two digits"),
        ("2026-03-29 ", Kind::Digits(Part::Hour), 11, "hour in two digits"),
        ("2026-03-29T9:15", Kind::Digits(Part::Hour), 11, "hour in two digits"),
        ("2026-03-29  10:15", Kind::Digits(Part::Hour), 11, "hour in two digits"),
        (
            "2026-03-29T24:00",
            Kind::Value(Part::Hour, 24),
            11,
            "midnight at the end of a day as 00:00 of the next",
        ),
        ("2026-03-29T10", Kind::Separator(Separator::Colon), 13, "write : between hour and minute"),
        ("2026-03-29T1015", Kind::Separator(Separator::Colon), 13, "write : between hour and minute"),
        ("2026-03-29T10Z", Kind::Separator(Separator::Colon), 13, "write : between hour and minute"),
        ("2026-03-29T10:", Kind::Digits(Part::Minute), 14, "minute in two digits"),
        ("2026-03-29T10:5", Kind::Digits(Part::Minute), 14, "minute in two digits"),
        ("2026-03-29T10:60", Kind::Value(Part::Minute, 60), 14, "minute 60 does not exist; write 00 to 59"),
        ("2026-03-29T10:15:", Kind::Digits(Part::Second), 17, "second in two digits"),
        ("2026-03-29T10:15:1Z", Kind::Digits(Part::Second), 17, "second in two digits"),
        ("2026-03-29T10:15:61Z", Kind::Value(Part::Second, 61), 17, "second 61 does not exist"),
        (
            "2026-03-29T10:15:00.Z",
            Kind::Digits(Part::Fraction),
            20,
            "one to nine digits after the decimal point",
        ),
        ("2026-03-29T10:15:00.", Kind::Digits(Part::Fraction), 20, "one to nine digits"),
        ("2026-03-29T10:15:00.1234567890Z", Kind::FractionTooLong, 20, "at most nine digits"),
        ("2026-03-29T10:15:00,5Z", Kind::Trailing, 19, "the date should end here"),
        ("2026-03-29T10:15.5Z", Kind::Trailing, 16, "the date should end here"),
        ("2026-03-29T10:15 PM", Kind::Trailing, 16, "the date should end here"),
        ("2026-03-29T10:15:00 +02:00", Kind::Trailing, 19, "nothing but Z or an offset such as +02:00"),
        ("2026-03-29T10:15:00\u{2212}02:00", Kind::Trailing, 19, "nothing but Z or an offset"),
        ("2026-03-29T10:15:00CEST", Kind::Trailing, 19, "the date should end here"),
        ("2026-03-29T10:15:00+", Kind::Digits(Part::OffsetHour), 20, "hours of the offset in two digits"),
        ("2026-03-29T10:15:00+2:00", Kind::Digits(Part::OffsetHour), 20, "for example +02:00"),
        (
            "2026-03-29T10:15:00+24:00",
            Kind::Value(Part::OffsetHour, 24),
            20,
            "an offset of hour 24 does not exist",
        ),
        ("2026-03-29T10:15:00+02", Kind::Separator(Separator::OffsetColon), 22, "for example +02:00"),
        ("2026-03-29T10:15:00+0200", Kind::Separator(Separator::OffsetColon), 22, "for example +02:00"),
        (
            "2026-03-29T10:15:00+02:0",
            Kind::Digits(Part::OffsetMinute),
            23,
            "minutes of the offset in two digits",
        ),
        ("2026-03-29T10:15:00+02:60", Kind::Value(Part::OffsetMinute, 60), 23, "write 00 to 59"),
        ("2026-03-29T10:15:00+02:00:00", Kind::Trailing, 25, "the date should end here"),
        ("2026-03-29T10:15:00Z ", Kind::Trailing, 20, "the date should end here"),
        ("2026-03-29T10:15:00Z\n", Kind::Trailing, 20, "the date should end here"),
        ("2026-03-29T10:15:00+02:00[Europe/Berlin]", Kind::ZoneName, 25, "give the zone as the time zone"),
        ("2026-03-29T10:15[Europe/Berlin]", Kind::ZoneName, 16, "a date carries no zone name"),
        ("0000-06-01", Kind::OutOfRange, 0, "outside of the years 0001 to 9999"),
        ("0001-01-01T00:00+00:01", Kind::OutOfRange, 0, "outside of the years 0001 to 9999"),
        ("9999-12-31T23:59:60Z", Kind::OutOfRange, 0, "outside of the years 0001 to 9999"),
        ("9999-12-31T23:59-00:01", Kind::OutOfRange, 0, "outside of the years 0001 to 9999"),
    ];
    for (text, kind, at, sentence) in cases {
        let error = parse_date(text).expect_err(text);
        assert_eq!((error.kind(), error.at()), (kind, at), "{text:?}");
        assert!(error.to_string().contains(sentence), "{text:?}: {error}");
        assert_eq!(error.is_out_of_range(), kind == Kind::OutOfRange, "{text:?}");
    }
}

#[test]
fn any_prefix_of_a_date_is_read_or_refused_but_never_panics() {
    let text = "2026-03-29T10:15:00.123456789+02:00";
    let read: Vec<usize> = (0..=text.len()).filter(|&len| parse_date(&text[..len]).is_ok()).collect();
    assert_eq!(read, [10, 16, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 35]);
}

/// An RFC 3339 date and the parts of it, its numbers now and then out of bounds.
fn rfc3339() -> impl Strategy<Value = String> {
    let date = (
        prop_oneof![8 => 1900..2100_u32, 1 => 0..10_000_u32, 1 => Just(0), 1 => Just(1), 1 => Just(9999)],
        prop_oneof![20 => 1..=12_u32, 1 => 0..=99_u32],
        prop_oneof![20 => 1..=28_u32, 6 => 28..=31_u32, 1 => 0..=99_u32],
    );
    let time = (
        prop_oneof![20 => 0..=23_u32, 1 => 0..=99_u32],
        prop_oneof![20 => 0..=59_u32, 1 => 0..=99_u32],
        prop_oneof![20 => 0..=60_u32, 1 => 0..=99_u32],
    );
    let offset = prop_oneof![
        3 => "[Zz]".boxed(),
        6 => "[+-][01][0-9]:[0-5][0-9]".boxed(),
        1 => "[+-][0-9]{2}:[0-9]{2}".boxed(),
    ];
    (date, "[Tt ]", time, prop_oneof![1 => Just(String::new()), 2 => "\\.[0-9]{1,11}"], offset).prop_map(
        |((year, month, day), separator, (hour, minute, second), fraction, offset)| {
            format!(
                "{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
            )
        },
    )
}

#[derive(Clone, Debug)]
enum Edit {
    Replace(prop::sample::Index, char),
    Insert(prop::sample::Index, char),
    Remove(prop::sample::Index, usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let letter = prop::sample::select("0123456789TtZz:+-. [\u{2212}\u{e9}".chars().collect::<Vec<_>>());
    let edit = prop_oneof![
        (any::<prop::sample::Index>(), letter.clone()).prop_map(|(at, letter)| Edit::Replace(at, letter)),
        (any::<prop::sample::Index>(), letter).prop_map(|(at, letter)| Edit::Insert(at, letter)),
        (any::<prop::sample::Index>(), 1..=6_usize).prop_map(|(at, count)| Edit::Remove(at, count)),
    ];
    prop::collection::vec(edit, 0..3)
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for edit in edits {
        match *edit {
            Edit::Replace(at, letter) if !letters.is_empty() => {
                let at = at.index(letters.len());
                letters[at] = letter;
            }
            Edit::Insert(at, letter) => letters.insert(at.index(letters.len() + 1), letter),
            Edit::Remove(at, count) if !letters.is_empty() => {
                let at = at.index(letters.len());
                letters.drain(at..letters.len().min(at + count));
            }
            Edit::Replace(..) | Edit::Remove(..) => {}
        }
    }
    letters.into_iter().collect()
}

fn by_chrono(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|date| date.timestamp_millis())
}

/// Checks that the reader and chrono agree about a text, or differ in a way that is meant:
/// - seconds and, without an offset, the time may be left out;
/// - a fraction has at most nine digits, where chrono skips more;
/// - the offset's minus is ASCII, where chrono takes U+2212 too;
/// - what lies beyond the years 1 to 9999 UTC is refused.
fn check_against_chrono(text: &str) -> Result<(), TestCaseError> {
    match (parse_date(text), by_chrono(text)) {
        (Ok(ParsedDate::Instant(instant)), Some(expected)) => prop_assert_eq!(instant.as_millis(), expected),
        (Ok(ParsedDate::Instant(instant)), None) => {
            let with_seconds = format!("{}:00{}", &text[..16], &text[16..]);
            prop_assert_eq!(Some(instant.as_millis()), by_chrono(&with_seconds), "{}", with_seconds);
        }
        (Ok(ParsedDate::Local(local)), expected) => {
            prop_assert_eq!(expected, None);
            let rest = match text.len() {
                10 => "T00:00:00Z",
                16 => ":00Z",
                _ => "Z",
            };
            prop_assert_eq!(Some(local.as_millis()), by_chrono(&format!("{text}{rest}")));
        }
        (Err(error), Some(accepted)) => match error.kind() {
            Kind::OutOfRange => prop_assert_eq!(Timestamp::from_millis(accepted), None),
            Kind::FractionTooLong => {}
            _ => prop_assert!(text.contains('\u{2212}'), "{error}"),
        },
        (Err(_), None) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn dates_are_read_as_chrono_reads_them(text in rfc3339()) {
        check_against_chrono(&text)?;
    }

    #[test]
    fn damaged_dates_are_refused_as_chrono_refuses_them(text in rfc3339(), edits in edits()) {
        check_against_chrono(&edited(&text, &edits))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check_against_chrono(&text)?;
    }

    #[test]
    fn a_timestamp_comes_back_from_its_text(millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis()) {
        let instant = Timestamp::from_millis(millis).expect("within range");
        let text = instant.to_string();
        prop_assert_eq!(parse_date(&text), Ok(ParsedDate::Instant(instant)));
        prop_assert_eq!(by_chrono(&text), Some(millis));
        let chrono = DateTime::from_timestamp_millis(millis).expect("within chrono's range");
        prop_assert_eq!(text, chrono.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    }

    #[test]
    fn a_civil_time_comes_back_from_its_text(millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis()) {
        let local = CivilDateTime::from_millis(millis).expect("within range");
        prop_assert_eq!(parse_date(&local.to_string()), Ok(ParsedDate::Local(local)));
        prop_assert_eq!(CivilDateTime::new(local.date(), local.millis_of_day()), Some(local));
    }

    #[test]
    fn the_calendar_is_chronos(millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis()) {
        let local = CivilDateTime::from_millis(millis).expect("within range");
        let (date, chrono) = (local.date(), DateTime::from_timestamp_millis(millis).expect("within chrono's range"));
        prop_assert_eq!((date.year(), date.month().into(), date.day().into()), (chrono.year(), chrono.month(), chrono.day()));
        prop_assert_eq!(u32::from(date.weekday()), chrono.weekday().num_days_from_sunday());
        prop_assert_eq!(local.millis_of_day() / 1000, chrono.num_seconds_from_midnight());
    }

    #[test]
    fn a_day_exists_if_chrono_has_it(year in -10..10_010_i32, month in 0..=14_u8, day in 0..=33_u8) {
        let chrono = NaiveDate::from_ymd_opt(year, month.into(), day.into()).filter(|_| (1..=9999).contains(&year));
        let date = CivilDate::new(year, month, day);
        prop_assert_eq!(date.is_some(), chrono.is_some());
        if let (Some(date), Some(chrono)) = (date, chrono) {
            prop_assert_eq!(i64::from(date.days()), chrono.signed_duration_since(NaiveDate::default()).num_days());
            prop_assert_eq!(is_leap_year(year), chrono.leap_year());
            prop_assert_eq!(days_in_month(year, month), chrono.num_days_in_month());
        }
    }
}

/// A name and a wall-clock time, often close to one of the zone's changes.
fn zone_and_time() -> impl Strategy<Value = (&'static str, CivilDateTime)> {
    let names: Vec<&'static str> = ZoneTable::embedded().names().collect();
    let seconds = prop_oneof![3 => 0..2_145_916_800_i64, 1 => 0..253_402_200_000_i64];
    (prop::sample::select(names), seconds, 0..1000_i64, any::<bool>()).prop_map(
        |(name, second, millis, snap)| {
            let zone = ZoneTable::embedded().zone(name).expect("a known zone");
            let at = |second: i64| Timestamp::from_millis(second * 1000).expect("within range");
            let (mut low, mut high) = (second, (second + 200 * 86_400).min(253_402_300_000));
            if snap && zone.offset_at(at(low)) != zone.offset_at(at(high)) {
                while high - low > 1 {
                    let middle = low.midpoint(high);
                    if zone.offset_at(at(middle)) == zone.offset_at(at(low)) {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                let change = zone.civil_at(at(high)).as_millis();
                let local = CivilDateTime::from_millis_clamped(change - 5_400_000 + 10_800 * (millis - 1));
                return (name, local);
            }
            (name, CivilDateTime::from_millis(second * 1000 + millis).expect("within range"))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// A local time is shown at both its instants if it occurs twice, at its one instant if it occurs once; and if it
    /// does not occur, the two are as far from it, one on either side, as the gap is long.
    #[test]
    fn the_ways_to_resolve_a_local_time_keep_their_laws((name, local) in zone_and_time()) {
        let zone = ZoneTable::embedded().zone(name).expect("a known zone");
        let resolve = |choice| zone.resolve(local, choice);
        let [Ok(compatible), Ok(earlier), Ok(later)] =
            [Disambiguation::Compatible, Disambiguation::Earlier, Disambiguation::Later].map(resolve)
        else {
            return Err(TestCaseError::reject("beyond the last year"));
        };
        prop_assert!(earlier <= compatible && compatible <= later);
        let moved = |instant| zone.civil_at(instant).as_millis() - local.as_millis();
        match resolve(Disambiguation::Reject) {
            Ok(instant) => {
                prop_assert_eq!([compatible, earlier, later], [instant; 3]);
                prop_assert_eq!(moved(instant), 0);
            }
            Err(error) if moved(earlier) == 0 => {
                prop_assert!(error.to_string().contains("occurs twice"));
                prop_assert_eq!((moved(later), compatible), (0, earlier));
                prop_assert!(earlier < later);
            }
            Err(error) => {
                prop_assert!(error.to_string().contains("does not exist"));
                let gap = i64::from(zone.offset_at(later) - zone.offset_at(earlier)) * 1000;
                prop_assert_eq!((moved(earlier), moved(later), compatible), (-gap, gap, later));
                prop_assert!(gap > 0);
            }
        }
    }

    #[test]
    fn an_instant_is_one_of_those_of_its_local_time((name, local) in zone_and_time()) {
        let zone = ZoneTable::embedded().zone(name).expect("a known zone");
        let instant = Timestamp::from_millis(local.as_millis()).expect("within range");
        let shown = zone.civil_at(instant);
        prop_assume!(shown < CivilDateTime::MAX);
        let both = [Disambiguation::Earlier, Disambiguation::Later].map(|choice| zone.resolve(shown, choice));
        prop_assert!(both.contains(&Ok(instant)), "{both:?}");
    }
}
