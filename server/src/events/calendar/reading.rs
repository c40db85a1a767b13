//! Reading VEVENT components, our own and foreign ones.

use client_event_scheduler::{Disambiguation, ProblemCode, WindowField, ZoneProvider, ZoneTable};
use icalendar::parser::{Component, Property, read_calendar_simple, unfold};

use super::super::import::Refused;
use super::super::span::Span;
use super::super::{DateSettings, Document};
use super::component::{properties, read_document};
use super::dates::CalendarDate;
use super::series::Part;
use super::split::CalendarZones;
use super::{DATES, DOCUMENT, TEXTS};
use crate::problem::FieldProblem;

/// Reads the events of one calendar.
pub(in super::super) struct CalendarReader<'a> {
    pub(in super::super) zones: &'a CalendarZones,
    pub(in super::super) dates: &'a DateSettings,
}

/// A property's value with the zone that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) tzid: Option<String>,
}

/// What a component says.
pub(super) struct Described {
    pub(super) document: Document,
    /// Which events of the calendar it stands for.
    pub(super) part: Part,
}

impl CalendarReader<'_> {
    /// Reads a component that stands for one event into its document.
    pub(in super::super) fn read(&self, bytes: &[u8]) -> Result<Document, Refused> {
        let Described { document, part } = self.describe(bytes)?;
        let Some(name) = part.property() else { return Ok(document) };
        let message = "recurrence is not imported: write each occurrence as an event with a UID of its own, or give the address of the calendar to the sync with providers, which follows recurrences";
        let problem = FieldProblem::new(name, "RECURRENCE_NOT_IMPORTED", message);
        Err(Refused { event_id: document.text("event_id"), problems: vec![problem] })
    }

    /// Reads a component.
    pub(super) fn describe(&self, bytes: &[u8]) -> Result<Described, Refused> {
        let malformed = |message: String| {
            let problem = FieldProblem::new("", "CALENDAR_MALFORMED", message);
            Refused { event_id: None, problems: vec![problem] }
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|_| malformed("is not UTF-8: save the calendar as UTF-8".into()))?;
        let text = unfold(text);
        let components = read_calendar_simple(&text).map_err(|error| {
            malformed(format!("is no VEVENT component: it cannot be read at {:?}", excerpt(error.input)))
        })?;
        let component = components.first().ok_or_else(|| malformed("is no VEVENT component".into()))?;
        let uid = value(component, "UID").map(|value| value.text);
        let described = self.document(component, uid.clone()).and_then(|document| {
            let part = Part::of(component, self)?;
            Ok(Described { document, part })
        });
        described.map_err(|problems| Refused { event_id: uid, problems })
    }

    fn document(
        &self,
        component: &Component<'_>,
        uid: Option<String>,
    ) -> Result<Document, Vec<FieldProblem>> {
        let stored = value(component, DOCUMENT).and_then(|value| read_document(&value.text));
        let is_foreign = stored.is_none();
        let mut document = stored.unwrap_or_default();
        let expected = Expected::of(&document, self.dates);
        if let Some(uid) = uid {
            document.set_text("event_id", &uid);
        }
        for (key, field) in TEXTS {
            let found = value(component, key);
            if found != expected.value(key) {
                set_or_remove(&mut document, field, found.map(|value| value.text));
            }
        }
        let cancelled =
            |value: Option<Value>| value.is_some_and(|value| value.text.eq_ignore_ascii_case("CANCELLED"));
        match (cancelled(value(component, "STATUS")), cancelled(expected.value("STATUS"))) {
            (true, false) => document.set_text("status", "cancelled"),
            (false, true) => document.remove("status"),
            (true, true) | (false, false) => {}
        }
        self.read_dates(component, &expected, &mut document, is_foreign)?;
        Ok(document)
    }

    fn read_dates(
        &self,
        component: &Component<'_>,
        expected: &Expected,
        document: &mut Document,
        is_foreign: bool,
    ) -> Result<(), Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let zone = self.zone_of(component, document, &mut problems);
        for (key, field) in DATES.into_iter().zip(WindowField::ALL) {
            let found = value(component, key);
            if found == expected.value(key) {
                continue;
            }
            let Some(found) = found else {
                document.remove(field.name());
                continue;
            };
            match self.date_text(key, &found, zone.as_deref()) {
                Ok(text) => document.set_text(field.name(), &text),
                Err(problem) => problems.push(problem),
            }
        }
        if is_foreign && problems.is_empty() && component.find_prop("DTEND").is_none() {
            match implied_end(component, zone.as_deref()) {
                Ok(Some(end)) => document.set_text(WindowField::End.name(), &end.to_text()),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if let (Some(zone), None) = (&zone, document.raw("timezone")) {
            document.set_text("timezone", zone);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The zone in which the event's local times are kept: its own, else that of its start, else the calendar's.
    fn zone_of(
        &self,
        component: &Component<'_>,
        document: &Document,
        problems: &mut Vec<FieldProblem>,
    ) -> Option<String> {
        if let Some(zone) = document.text("timezone") {
            return Some(zone);
        }
        let start = value(component, "DTSTART")?;
        match (start.tzid, CalendarDate::parse(&start.text)) {
            (Some(tzid), _) => {
                self.named_zone("DTSTART", &tzid).map_err(|problem| problems.push(problem)).ok()
            }
            (None, Some(CalendarDate::Utc(_))) => None,
            (None, _) => self.zones.floating.clone(),
        }
    }

    pub(super) fn named_zone(&self, key: &'static str, tzid: &str) -> Result<String, FieldProblem> {
        self.zones.resolve(tzid).ok_or_else(|| {
            let message = format!(
                "has the TZID {tzid:?}, which is no IANA time zone: write one such as Europe/Berlin, or give its VTIMEZONE an X-LIC-LOCATION"
            );
            FieldProblem::new(key, ProblemCode::TimeZoneUnknown.as_str(), message)
        })
    }

    /// The text of a date for an event whose local times are in `zone`.
    fn date_text(
        &self,
        key: &'static str,
        found: &Value,
        zone: Option<&str>,
    ) -> Result<String, FieldProblem> {
        let date = CalendarDate::parse(&found.text).ok_or_else(|| malformed_date(key, &found.text))?;
        let CalendarDate::Local(local) = date else { return Ok(date.to_text()) };
        let Some(tzid) = &found.tzid else { return Ok(date.to_text()) };
        let named = self.named_zone(key, tzid)?;
        if zone == Some(named.as_str()) {
            return Ok(date.to_text());
        }
        let instant = ZoneTable::embedded()
            .zone(&named)
            .and_then(|zone| zone.resolve(local, Disambiguation::Compatible).ok());
        instant.map(|at| at.to_string()).ok_or_else(|| malformed_date(key, &found.text))
    }
}

/// The end of an event that names none.
fn implied_end(component: &Component<'_>, zone: Option<&str>) -> Result<Option<CalendarDate>, FieldProblem> {
    let start = value(component, "DTSTART").and_then(|value| CalendarDate::parse(&value.text));
    let Some(start) = start else { return Ok(None) };
    Ok(start.plus(implied_length(component, start)?, zone))
}

/// How long an event lasts that names no end (RFC 5545 §3.6.1): its duration, the day where it has no time, else no time at all.
pub(super) fn implied_length(component: &Component<'_>, start: CalendarDate) -> Result<Span, FieldProblem> {
    Ok(match (value(component, "DURATION"), start) {
        (Some(duration), _) => {
            let message = "is no length of time: write it as P1D or PT90M";
            let fault = || FieldProblem::new("DURATION", ProblemCode::DateMalformed.as_str(), message);
            Span::parse(&duration.text).ok_or_else(fault)?
        }
        (None, CalendarDate::Day(_)) => Span { days: 1, ms: 0 },
        (None, CalendarDate::Local(_) | CalendarDate::Utc(_)) => Span { days: 0, ms: 0 },
    })
}

/// What the component of a document would say.
struct Expected(Vec<icalendar::Property>);

impl Expected {
    fn of(document: &Document, dates: &DateSettings) -> Self {
        Self(properties(document, dates))
    }

    fn value(&self, key: &str) -> Option<Value> {
        let property = self.0.iter().find(|property| property.key() == key)?;
        let tzid = property.params().get("TZID").map(|parameter| parameter.value().to_owned());
        Some(Value { text: property.value().to_owned(), tzid })
    }
}

pub(super) fn value(component: &Component<'_>, key: &str) -> Option<Value> {
    let property = named(component, key).next()?;
    Some(Value { text: property.val.as_str().to_owned(), tzid: parameter(property, "TZID") })
}

/// The properties of a name.
pub(super) fn named<'c>(component: &'c Component<'_>, key: &str) -> impl Iterator<Item = &'c Property<'c>> {
    component.properties.iter().filter(move |property| property.name.as_str().eq_ignore_ascii_case(key))
}

/// The value of a parameter.
pub(super) fn parameter(property: &Property<'_>, key: &str) -> Option<String> {
    let found = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(key));
    found.and_then(|parameter| parameter.val.as_ref()).map(|value| value.as_str().to_owned())
}

fn set_or_remove(document: &mut Document, field: &str, text: Option<String>) {
    match text {
        Some(text) => document.set_text(field, &text),
        None => document.remove(field),
    }
}

pub(super) fn malformed_date(key: &'static str, text: &str) -> FieldProblem {
    let message = format!("is {text:?}: write a date as 20260501, 20260501T090000 or 20260501T070000Z");
    FieldProblem::new(key, ProblemCode::DateMalformed.as_str(), message)
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}
