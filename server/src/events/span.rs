//! Lengths of time as ISO 8601 writes them, and moving the dates of an event by one.

use client_event_scheduler::WindowField;
use client_event_scheduler::time::{CivilDateTime, ParsedDate, parse_date};

use super::Document;

pub(super) const DAY_MS: i64 = 24 * 3_600_000;

/// A length of time: whole days, which keep the time of day across clock changes, and a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Days.
    pub days: i64,
    /// Milliseconds beyond the days.
    pub ms: i64,
}

impl Span {
    /// Reads `[+|-]P[nW][nD][T[nH][nM][nS]]`, such as `P7D`, `-PT90M` or `P1DT12H` (RFC 5545 §3.3.6 and ISO 8601, without years and
    /// months, which have no length of their own).
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        let rest = rest.strip_prefix('P')?;
        let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
        if date.is_empty() && time.is_none() || time == Some("") {
            return None;
        }
        let days = parts(date, &[('W', 7), ('D', 1)])?;
        let ms = parts(time.unwrap_or_default(), &[('H', 3_600_000), ('M', 60_000), ('S', 1_000)])?;
        Some(Self { days: sign * days, ms: sign * ms })
    }

    /// The length on a clock that is never changed; `None` where that is longer than all of time.
    pub fn as_ms(self) -> Option<i64> {
        self.days.checked_mul(DAY_MS)?.checked_add(self.ms)
    }
}

/// Adds up numbers with units, which have to come in the order of `units`, each at most once.
fn parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    for (unit, worth) in units {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(rest) = text.get(digits..).and_then(|rest| rest.strip_prefix(*unit)) {
            let number: i64 = text.get(..digits)?.parse().ok()?;
            sum = sum.checked_add(number.checked_mul(*worth)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

/// Moves every date of an event by `by_ms`. Dates stay written as they were: a local time keeps its time of day when it is moved by
/// whole days. What is no date stays as it is.
pub fn shift(event: &mut Document, by_ms: i64) {
    for field in WindowField::ALL {
        let name = field.name();
        if let Some(shifted) = event.text(name).and_then(|text| shifted(&text, by_ms)) {
            event.set_text(name, &shifted);
        } else if let Some(millis) = event.raw(name).and_then(|raw| raw.parse::<i64>().ok()) {
            event.set_number(name, millis.saturating_add(by_ms));
        }
    }
}

/// The same text with another date and time.
pub fn shifted(text: &str, by_ms: i64) -> Option<String> {
    let offset_at =
        text.char_indices().skip(10).find(|(_, character)| matches!(character, 'Z' | 'z' | '+' | '-'));
    let (civil, offset) = text.split_at(offset_at.map_or(text.len(), |(at, _)| at));
    let Ok(ParsedDate::Local(local)) = parse_date(civil) else { return None };
    let moved = CivilDateTime::from_millis(local.as_millis().checked_add(by_ms)?)?;
    let mut out = write_date(moved);
    let time = civil.get(10..)?;
    if moved.millis_of_day() == local.millis_of_day() {
        out.push_str(time);
    } else {
        out.push_str(time.get(..1).unwrap_or("T"));
        push_time(&mut out, moved.millis_of_day(), time.len());
    }
    out.push_str(offset);
    Some(out)
}

fn write_date(at: CivilDateTime) -> String {
    let date = at.date();
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Appends a time of day, as exactly as it has to be and as the old one, of `written` bytes with its separator, was.
fn push_time(out: &mut String, millis_of_day: u32, written: usize) {
    let (seconds, millis) = (millis_of_day / 1_000, millis_of_day % 1_000);
    out.push_str(&format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60));
    if written > "T00:00".len() || seconds % 60 != 0 || millis != 0 {
        out.push_str(&format!(":{:02}", seconds % 60));
    }
    if written > "T00:00:00".len() || millis != 0 {
        out.push_str(&format!(".{millis:03}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_as_iso_8601_writes_it() {
        let hour = 3_600_000;
        for (text, expected) in [
            ("P7D", Some((7, 0))),
            ("-P1W", Some((-7, 0))),
            ("+PT90M", Some((0, 90 * 60_000))),
            ("P1DT12H", Some((1, 12 * hour))),
            ("P1W2DT3H4M5S", Some((9, 3 * hour + 245_000))),
            ("PT0S", Some((0, 0))),
            ("", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("P1M", None),
            ("P1Y", None),
            ("P-1D", None),
            ("PD", None),
            ("P1D2W", None),
            ("P99999999999999999999D", None),
            ("7D", None),
            ("P7Dx", None),
            ("-", None),
        ] {
            let read = Span::parse(text).map(|span| (span.days, span.ms));
            assert_eq!(read, expected, "{text:?}");
        }
    }

    #[test]
    fn a_shift_keeps_the_way_in_which_a_date_is_written() {
        let hour = 3_600_000;
        for (text, by_ms, expected) in [
            ("2024-02-29T00:00:00", 364 * DAY_MS, Some("2025-02-27T00:00:00")),
            ("2023-12-02 23:59:59", 7 * DAY_MS, Some("2023-12-09 23:59:59")),
            ("2024-01-07", -7 * DAY_MS, Some("2023-12-31")),
            ("2024-01-07", 90 * 60_000, Some("2024-01-07T01:30")),
            ("2026-05-01T09:00:00+02:00", hour, Some("2026-05-01T10:00:00+02:00")),
            ("2026-05-01T09:00-05:00", 1_500, Some("2026-05-01T09:00:01.500-05:00")),
            ("2026-12-31T23:30:00.250Z", hour, Some("2027-01-01T00:30:00.250Z")),
            ("2024-02-30T00:00:00", DAY_MS, None),
            ("soon", DAY_MS, None),
            ("tomorrow — perhaps", DAY_MS, None),
            ("9999-12-31T00:00:00", DAY_MS, None),
        ] {
            assert_eq!(shifted(text, by_ms).as_deref(), expected, "{text} by {by_ms}");
        }
    }

    #[test]
    fn numbers_move_and_what_is_no_date_stays() {
        let json = br#"{"event_id":"e","start_datetime":1777593600000,"end_datetime":"soon","certificate_end_date":null}"#;
        let mut document = Document::from_json(json).expect("JSON");
        shift(&mut document, 1);
        assert_eq!(
            document.to_json(),
            r#"{"event_id":"e","start_datetime":1777593600001,"end_datetime":"soon","certificate_end_date":null}"#
        );
    }
}
