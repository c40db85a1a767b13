//! Dates as iCalendar writes them.

use client_event_scheduler::time::{CivilDateTime, ParsedDate, parse_date};
use client_event_scheduler::{Disambiguation, Timestamp, WindowField, ZoneProvider, ZoneTable};

use super::super::span::Span;
use super::super::{DateSettings, Document};

/// A date and time without a zone, in UTC, or without a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CalendarDate {
    /// `YYYYMMDD`.
    Day(CivilDateTime),
    /// `YYYYMMDDTHHMMSS`.
    Local(CivilDateTime),
    /// `YYYYMMDDTHHMMSSZ`.
    Utc(CivilDateTime),
}

impl CalendarDate {
    /// Reads a value of type DATE or DATE-TIME.
    pub(super) fn parse(value: &str) -> Option<Self> {
        if !value.is_ascii() {
            return None;
        }
        let (digits, utc) = value.strip_suffix('Z').map_or((value, false), |rest| (rest, true));
        let (date, time) = digits.split_once('T').map_or((digits, None), |(date, time)| (date, Some(time)));
        if date.len() != 8 || time.is_some_and(|time| time.len() != 6) || (utc && time.is_none()) {
            return None;
        }
        let mut text = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
        if let Some(time) = time {
            // A leap second is read as the second before it: no clock of ours shows one.
            let second = if &time[4..] == "60" { "59" } else { &time[4..] };
            text.push_str(&format!("T{}:{}:{second}", &time[..2], &time[2..4]));
        }
        let Ok(ParsedDate::Local(local)) = parse_date(&text) else { return None };
        Some(match (time, utc) {
            (None, _) => Self::Day(local),
            (Some(_), false) => Self::Local(local),
            (Some(_), true) => Self::Utc(local),
        })
    }

    /// The text of the same in an event, with a zone beside it where it needs one.
    pub(super) fn to_text(self) -> String {
        match self {
            Self::Day(local) => date_text(local, "-"),
            Self::Local(local) => format!("{}T{}", date_text(local, "-"), time_text(local, ":")),
            Self::Utc(local) => format!("{}T{}Z", date_text(local, "-"), time_text(local, ":")),
        }
    }

    /// The value as iCalendar writes it.
    pub(super) fn to_value(self) -> String {
        match self {
            Self::Day(local) => date_text(local, ""),
            Self::Local(local) => format!("{}T{}", date_text(local, ""), time_text(local, "")),
            Self::Utc(local) => format!("{}T{}Z", date_text(local, ""), time_text(local, "")),
        }
    }

    /// The same later by `span`, where `zone` says how long its hours are.
    pub(super) fn plus(self, span: Span, zone: Option<&str>) -> Option<Self> {
        let moved =
            |local: CivilDateTime, ms: i64| CivilDateTime::from_millis(local.as_millis().checked_add(ms)?);
        let days = Span { ms: 0, ..span }.as_ms()?;
        match self {
            Self::Day(local) => Some(Self::Day(moved(local, days)?)),
            Self::Utc(local) => Some(Self::Utc(moved(local, span.as_ms()?)?)),
            Self::Local(local) if span.ms == 0 => Some(Self::Local(moved(local, days)?)),
            Self::Local(local) => {
                let zone = zone.and_then(|name| ZoneTable::embedded().zone(name));
                let Some(zone) = zone else { return Some(Self::Local(moved(local, span.as_ms()?)?)) };
                let start = zone.resolve(moved(local, days)?, Disambiguation::Compatible).ok()?;
                let end = Timestamp::from_millis(start.as_millis().checked_add(span.ms)?)?;
                Some(Self::Utc(end.civil_utc()))
            }
        }
    }
}

fn date_text(local: CivilDateTime, separator: &str) -> String {
    let date = local.date();
    format!("{:04}{separator}{:02}{separator}{:02}", date.year(), date.month(), date.day())
}

fn time_text(local: CivilDateTime, separator: &str) -> String {
    let seconds = local.millis_of_day() / 1_000;
    format!("{:02}{separator}{:02}{separator}{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A date of an event for a calendar: its value, and the zone that it is in.
pub(super) fn calendar_date(
    document: &Document,
    field: WindowField,
    dates: &DateSettings,
) -> Option<(CalendarDate, Option<String>)> {
    let instant = |at: Timestamp| Some((CalendarDate::Utc(at.civil_utc()), None));
    let Some(text) = document.text(field.name()) else {
        let millis: i64 = document.raw(field.name())?.parse().ok()?;
        return instant(Timestamp::from_millis(millis)?);
    };
    match parse_date(&text) {
        Ok(ParsedDate::Instant(at)) => instant(at),
        Ok(ParsedDate::Local(local)) => {
            let zone =
                document.text("timezone").or_else(|| dates.default_time_zone.as_deref().map(str::to_owned));
            Some((CalendarDate::Local(local), zone))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_and_written_in_its_form() {
        for (value, text) in [
            ("20260501", Some("2026-05-01")),
            ("20260501T090000", Some("2026-05-01T09:00:00")),
            ("20260501T090000Z", Some("2026-05-01T09:00:00Z")),
            ("20260230", None),
            ("20260501Z", None),
            ("20260501T0900", None),
            ("2026-05-01", None),
            ("20260501T250000", None),
            ("", None),
            ("2026050é", None),
        ] {
            let read = CalendarDate::parse(value);
            assert_eq!(read.map(CalendarDate::to_text).as_deref(), text, "{value}");
            if let Some(read) = read {
                assert_eq!(read.to_value(), value);
            }
        }
        let leap = CalendarDate::parse("20161231T235960Z").map(CalendarDate::to_text);
        assert_eq!(leap.as_deref(), Some("2016-12-31T23:59:59Z"));
    }

    #[test]
    fn days_keep_the_time_of_day_and_hours_are_as_long_as_hours() {
        let eve = CalendarDate::parse("20260328T120000").expect("a date");
        let plus = |text: &str, zone| {
            let span = Span::parse(text).expect("a span");
            eve.plus(span, zone).map(CalendarDate::to_text)
        };
        // Clocks in Berlin go from 02:00 to 03:00 in that night.
        assert_eq!(plus("P1D", Some("Europe/Berlin")).as_deref(), Some("2026-03-29T12:00:00"));
        assert_eq!(plus("PT24H", Some("Europe/Berlin")).as_deref(), Some("2026-03-29T11:00:00Z"));
        assert_eq!(plus("PT24H", None).as_deref(), Some("2026-03-29T12:00:00"));
    }
}
