//! Recurring events: components that stand for several, and those that change single ones of them (RFC 5545 §3.8.4.4 and §3.8.5).

use client_event_scheduler::recurrence::{Moment, Policies, Recurrence, UnmatchedStart};
use client_event_scheduler::time::{CivilDateTime, ParsedDate, Zone, parse_date};
use client_event_scheduler::{
    Disambiguation, EventDefinition, InvalidInput, ProblemCode, Timestamp, WindowField, Windows,
    ZoneProvider, ZoneTable,
};
use icalendar::parser::{Component, Property};

use super::super::span::{DAY_MS, Span};
use super::super::{DateSettings, Document};
use super::dates::CalendarDate;
use super::reading::{CalendarReader, Value, implied_length, malformed_date, named, parameter, value};
use crate::problem::FieldProblem;

/// Which events of a calendar a component stands for.
pub(super) enum Part {
    /// One.
    Single,
    /// As many as recur.
    Series { recurrence: Box<Recurrence>, length: Length },
    /// One of a series or, from it on, all of them.
    Change { original: Original, and_later: bool, length: Length },
}

/// For how long an event lasts; none where it is not known to end.
pub(super) type Length = Option<Span>;

/// Which occurrence is changed: the time that it would have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Original {
    /// That of a day, which is given by its midnight.
    Day(CivilDateTime),
    /// That of an instant.
    At(Timestamp),
}

impl Part {
    /// Reads what a component says of recurrence.
    pub(super) fn of(
        component: &Component<'_>,
        reader: &CalendarReader<'_>,
    ) -> Result<Self, Vec<FieldProblem>> {
        let has = |key| named(component, key).next().is_some();
        if let Some(property) = named(component, "RECURRENCE-ID").next() {
            return Self::change(component, property, reader);
        }
        if !["RRULE", "RDATE", "EXRULE"].into_iter().any(has) {
            return Ok(Self::Single);
        }
        if has("EXRULE") {
            let message =
                "is no longer part of calendars, and not read: write the dates that are left out as EXDATE";
            return Err(vec![FieldProblem::new("EXRULE", ProblemCode::RulePartUnknown.as_str(), message)]);
        }
        let Some(found) = value(component, "DTSTART") else {
            let message = "is missing: write when the first one begins";
            return Err(vec![FieldProblem::new("DTSTART", ProblemCode::RulePartRequired.as_str(), message)]);
        };
        let one = |problem| vec![problem];
        let start = date("DTSTART", &found.text).map_err(one)?;
        let zone = reader.zone_of_date("DTSTART", &found, start).map_err(one)?;
        let mut recurrence = Recurrence {
            start: Some(moment(start)),
            time_zone: zone,
            policies: Policies { start: UnmatchedStart::Included, ..Policies::default() },
            ..Recurrence::default()
        };
        for property in named(component, "RRULE") {
            if recurrence.rule.is_some() {
                let message = "is there twice: write one rule, and other dates as RDATE";
                return Err(one(FieldProblem::new("RRULE", ProblemCode::RulePartRepeated.as_str(), message)));
            }
            let rule = property.val.as_str().parse().map_err(problems)?;
            recurrence.rule = Some(rule);
        }
        if recurrence.rule.is_none() {
            recurrence.include.push(moment(start));
        }
        for property in named(component, "RDATE") {
            recurrence.include.extend(reader.moments("RDATE", property, &recurrence).map_err(one)?);
        }
        for property in named(component, "EXDATE") {
            recurrence.exclude.extend(reader.moments("EXDATE", property, &recurrence).map_err(one)?);
        }
        Ok(Self::Series {
            recurrence: Box::new(recurrence),
            length: length(component, start, reader).map_err(one)?,
        })
    }

    fn change(
        component: &Component<'_>,
        property: &Property<'_>,
        reader: &CalendarReader<'_>,
    ) -> Result<Self, Vec<FieldProblem>> {
        const KEY: &str = "RECURRENCE-ID";
        let one = |problem| vec![problem];
        let found = Value { text: property.val.as_str().to_owned(), tzid: parameter(property, "TZID") };
        let original = match date(KEY, &found.text).map_err(one)? {
            CalendarDate::Day(day) => Original::Day(day),
            other => Original::At(reader.instant(KEY, &found, other).map_err(one)?),
        };
        let and_later = match parameter(property, "RANGE") {
            None => false,
            Some(range) if range.eq_ignore_ascii_case("THISANDFUTURE") => true,
            Some(range) => {
                let message =
                    format!("has the RANGE {range:?}, which there is not: write THISANDFUTURE, or none");
                return Err(one(FieldProblem::new(KEY, ProblemCode::RulePartInvalid.as_str(), message)));
            }
        };
        let length = match value(component, "DTSTART").and_then(|start| CalendarDate::parse(&start.text)) {
            Some(start) => length(component, start, reader).map_err(one)?,
            None => None,
        };
        Ok(Self::Change { original, and_later, length })
    }

    /// The property by which it stands for anything but one event of its own.
    pub(super) fn property(&self) -> Option<&'static str> {
        match self {
            Self::Single => None,
            Self::Series { recurrence, .. } => {
                Some(if recurrence.rule.is_some() { "RRULE" } else { "RDATE" })
            }
            Self::Change { .. } => Some("RECURRENCE-ID"),
        }
    }
}

impl CalendarReader<'_> {
    /// The zone by whose clocks a date is read; none for an instant.
    fn zone_of_date(
        &self,
        key: &'static str,
        found: &Value,
        date: CalendarDate,
    ) -> Result<Option<String>, FieldProblem> {
        match (&found.tzid, date) {
            (_, CalendarDate::Utc(_)) => Ok(None),
            (Some(tzid), _) => self.named_zone(key, tzid).map(Some),
            (None, _) => Ok(self
                .zones
                .floating
                .as_deref()
                .or(self.dates.default_time_zone.as_deref())
                .map(str::to_owned)),
        }
    }

    fn instant(
        &self,
        key: &'static str,
        found: &Value,
        date: CalendarDate,
    ) -> Result<Timestamp, FieldProblem> {
        let (CalendarDate::Day(local) | CalendarDate::Local(local) | CalendarDate::Utc(local)) = date;
        let instant = match self.zone_of_date(key, found, date)? {
            None if matches!(date, CalendarDate::Utc(_)) => Timestamp::from_millis(local.as_millis()),
            None => {
                let message = "has no time zone: write its TZID, or the calendar's X-WR-TIMEZONE";
                return Err(FieldProblem::new(key, ProblemCode::TimeZoneRequired.as_str(), message));
            }
            Some(name) => ZoneTable::embedded().zone(&name).and_then(|zone| resolve(zone, local)),
        };
        instant.ok_or_else(|| malformed_date(key, &found.text))
    }

    /// The dates of a property, each in the zone of the recurrence or as an instant.
    fn moments(
        &self,
        key: &'static str,
        property: &Property<'_>,
        recurrence: &Recurrence,
    ) -> Result<Vec<Moment>, FieldProblem> {
        if parameter(property, "VALUE").is_some_and(|value| value.eq_ignore_ascii_case("PERIOD")) {
            let message = "has periods, which are not read: write the times at which they begin";
            return Err(FieldProblem::new(key, ProblemCode::RulePartInvalid.as_str(), message));
        }
        let tzid = parameter(property, "TZID");
        let items = property.val.as_str().split(',').map(str::trim);
        let moments = items.map(|item| {
            let found = Value { text: item.to_owned(), tzid: tzid.clone() };
            let date = date(key, item)?;
            let zone = self.zone_of_date(key, &found, date)?;
            match date {
                CalendarDate::Local(_) if zone != recurrence.time_zone => {
                    self.instant(key, &found, date).map(Moment::Utc)
                }
                _ => Ok(moment(date)),
            }
        });
        moments.collect()
    }
}

fn date(key: &'static str, text: &str) -> Result<CalendarDate, FieldProblem> {
    CalendarDate::parse(text).ok_or_else(|| malformed_date(key, text))
}

fn moment(date: CalendarDate) -> Moment {
    match date {
        CalendarDate::Day(local) => Moment::Day(local.date()),
        CalendarDate::Local(local) => Moment::Local(local),
        CalendarDate::Utc(local) => Moment::Utc(Timestamp::from_millis_clamped(local.as_millis())),
    }
}

/// How long an event lasts: as many days as lie between the days that it names, as much time as lies between its times, or its
/// duration, whose days are as long as days are (RFC 5545 §3.8.5.3).
fn length(
    component: &Component<'_>,
    start: CalendarDate,
    reader: &CalendarReader<'_>,
) -> Result<Length, FieldProblem> {
    let Some(end) = value(component, "DTEND") else { return implied_length(component, start).map(Some) };
    if let (CalendarDate::Day(first), CalendarDate::Day(last)) = (start, date("DTEND", &end.text)?) {
        return Ok(Some(Span { days: (last.as_millis() - first.as_millis()) / DAY_MS, ms: 0 }));
    }
    let Some(found) = value(component, "DTSTART") else { return Ok(None) };
    let from = reader.instant("DTSTART", &found, start)?;
    let until = reader.instant("DTEND", &end, date("DTEND", &end.text)?)?;
    Ok(Some(Span { days: 0, ms: until.millis_since(from) }))
}

pub(super) fn problems(invalid: InvalidInput) -> Vec<FieldProblem> {
    invalid.problems.into_iter().map(FieldProblem::from).collect()
}

/// Where clocks are changed: a time that they skip is as much later, of one that they show twice it is the first.
pub(super) fn resolve(zone: &Zone, local: CivilDateTime) -> Option<Timestamp> {
    zone.resolve(local, Disambiguation::Compatible).ok()
}

/// What the occurrences of a series have in common, from one of them on.
pub(super) struct Template {
    pub(super) document: Document,
    /// Its dates, of the occurrence that it was written for.
    windows: Windows,
    /// The zone of its local times.
    zone: Option<&'static Zone>,
    length: Length,
    /// When that occurrence would have begun by the rule.
    pub(super) original: Timestamp,
}

impl Template {
    /// Reads a document that stands for the occurrence of `original`; where that is not said, for the one at which it begins.
    pub(super) fn read(
        document: Document,
        original: Option<Timestamp>,
        length: Length,
        dates: &DateSettings,
    ) -> Result<Self, Vec<FieldProblem>> {
        let json = document.to_json();
        let windows =
            EventDefinition::from_json(json.as_bytes(), &dates.context()).map_err(problems)?.windows;
        let name =
            document.text("timezone").or_else(|| dates.default_time_zone.as_deref().map(str::to_owned));
        let zone = name.and_then(|name| ZoneTable::embedded().zone(&name));
        let original = original.or_else(|| windows.get(WindowField::Start)).unwrap_or(Timestamp::EPOCH);
        Ok(Self { document, windows, zone, length, original })
    }

    /// The event that a series in `zone` has at `at`: every date is as far from it, by the clocks there, as it is from that of the
    /// template; its end is as far from its beginning as it lasts.
    pub(super) fn at(&self, at: Timestamp, zone: &Zone) -> Document {
        let mut document = self.document.clone();
        let by_ms = zone.civil_at(at).as_millis() - zone.civil_at(self.original).as_millis();
        let moved = |instant: Timestamp| match instant == self.original {
            true => at,
            false => later(zone, instant, by_ms).unwrap_or(at),
        };
        for field in WindowField::ALL {
            let Some(instant) = self.windows.get(field) else { continue };
            let start = self.windows.get(WindowField::Start).map(moved);
            let instant = match (field, self.length, start) {
                (WindowField::End, Some(length), Some(start)) => {
                    let days = later(self.zone.unwrap_or(zone), start, length.days * DAY_MS);
                    days.unwrap_or(start).saturating_add_ms(length.ms)
                }
                _ => moved(instant),
            };
            self.write(&mut document, field, instant);
        }
        document
    }

    /// Writes a date as the one of the template is written, where that can say it.
    fn write(&self, document: &mut Document, field: WindowField, instant: Timestamp) {
        let name = field.name();
        let Some(before) = document.text(name) else {
            return document.set_number(name, instant.as_millis());
        };
        let local = match (parse_date(&before), self.zone) {
            (Ok(ParsedDate::Local(_)), Some(zone)) => {
                let local = zone.civil_at(instant);
                (resolve(zone, local) == Some(instant)).then_some(local)
            }
            _ => None,
        };
        let date = match local {
            Some(local) if before.len() == 10 && local.millis_of_day() == 0 => CalendarDate::Day(local),
            Some(local) => CalendarDate::Local(local),
            None => CalendarDate::Utc(instant.civil_utc()),
        };
        document.set_text(name, &date.to_text());
    }
}

/// As much later as clocks show, whatever becomes of them meanwhile.
fn later(zone: &Zone, instant: Timestamp, by_ms: i64) -> Option<Timestamp> {
    if by_ms == 0 {
        return Some(instant);
    }
    let local = zone.civil_at(instant).as_millis().checked_add(by_ms)?;
    resolve(zone, CivilDateTime::from_millis(local)?)
}
