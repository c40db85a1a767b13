//! A whole calendar as a list of events, those of its series among them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use client_event_scheduler::recurrence::{Context, Moment, Recurrence, Schedule, SearchStopped};
use client_event_scheduler::time::CivilDateTime;
use client_event_scheduler::{EventDefinition, ProblemCode, Timestamp, ZoneTable};

use super::super::import::{Broken, Refused, Row, too_large};
use super::super::mutation::canonical;
use super::super::{DateSettings, Document};
use super::dates::CalendarDate;
use super::reading::{CalendarReader, Described};
use super::series::{Length, Original, Part, Template, problems, resolve};
use super::split::CalendarSplitter;
use crate::problem::FieldProblem;

/// Occurrences of one series that are listed at most.
const OCCURRENCES: usize = 1_000;

/// Occurrences of all series of a calendar that are listed at most.
const ALL_OCCURRENCES: usize = 10_000;

/// The events of a calendar.
#[derive(Debug, Default)]
pub struct CalendarListing {
    /// By `UID`; an occurrence of a series by `UID/20260501T070000Z`, the time that it has by the rule, or `UID/20260501` where that is a
    /// day: it stays the same when it is moved.
    pub events: Vec<(String, Document)>,
    /// What could not be read.
    pub refused: Vec<RefusedComponent>,
    /// The series by `UID`, each with the range within which its occurrences are listed: of others nothing is said.
    pub series: BTreeMap<String, Range<Timestamp>>,
    /// Whether there are occurrences after the range that was asked for.
    pub goes_on: bool,
    /// Occurrences by a rule.
    expanded: usize,
}

/// A component that could not be read.
#[derive(Debug)]
pub struct RefusedComponent {
    /// Its `UID`, where that could be read.
    pub uid: Option<String>,
    /// Why.
    pub problems: Vec<FieldProblem>,
}

/// Reads a whole calendar. Of series it lists the occurrences in `range`, and those that have a component of their own.
///
/// # Errors
///
/// It is no calendar.
pub fn read_calendar(
    bytes: &[u8],
    time_zone: Option<String>,
    dates: &DateSettings,
    range: &Range<Timestamp>,
) -> Result<CalendarListing, FieldProblem> {
    let mut splitter = CalendarSplitter::new(time_zone);
    let mut rows = Vec::new();
    let fed = splitter.feed(bytes, &mut rows).and_then(|()| splitter.finish(&mut rows));
    fed.map_err(|Broken(reason)| {
        FieldProblem::new("", "CALENDAR_MALFORMED", format!("the calendar {reason}"))
    })?;
    let reader = CalendarReader { zones: splitter.zones(), dates };
    let mut listing = CalendarListing::default();
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for row in rows {
        let described = match row {
            Row::Text(text) => reader.describe(&text).and_then(|described| checked(described, dates)),
            Row::TooLarge => Err(too_large()),
        };
        match described {
            Ok((uid, Described { document, part })) => match part {
                Part::Single => listing.events.push((uid, document)),
                Part::Series { recurrence, length } => {
                    let family = families.entry(uid).or_default();
                    family.series.push(Series { document, recurrence, length });
                }
                Part::Change { original, and_later, length } => {
                    let family = families.entry(uid).or_default();
                    family.changes.push(Change { document, original, and_later, length });
                }
            },
            Err(Refused { event_id, problems }) => listing.refuse(event_id, problems),
        }
    }
    for (uid, family) in families {
        listing.add(&uid, family, dates, range);
    }
    Ok(listing)
}

/// Makes sure that the document is that of an event. Returns it in the form in which it is stored, with its id.
fn checked(described: Described, dates: &DateSettings) -> Result<(String, Described), Refused> {
    let json = described.document.to_json();
    let definition = EventDefinition::from_json(json.as_bytes(), &dates.context())
        .map_err(|invalid| Refused { event_id: invalid.event_id.clone(), problems: problems(invalid) })?;
    let (uid, lifecycle) = (definition.event_id.clone().into_owned(), definition.approval.lifecycle);
    Ok((uid, Described { document: canonical(described.document, lifecycle), ..described }))
}

/// The components that share a `UID`.
#[derive(Default)]
struct Family {
    /// One; of several the first one counts.
    series: Vec<Series>,
    changes: Vec<Change>,
}

struct Series {
    document: Document,
    recurrence: Box<Recurrence>,
    length: Length,
}

struct Change {
    document: Document,
    original: Original,
    and_later: bool,
    length: Length,
}

/// Which occurrence a change is about, and what that is called.
fn addressed(
    uid: &str,
    original: Original,
    schedule: Option<&Schedule<'_>>,
    by_day: bool,
) -> (String, Option<Timestamp>) {
    let instant = match (original, schedule) {
        (Original::At(at), _) => Some(at),
        (Original::Day(_), None) => None,
        (Original::Day(midnight), Some(schedule)) => first_of_day(schedule, midnight),
    };
    let date = match (instant, original, schedule) {
        (Some(at), _, Some(schedule)) => occurrence(at, schedule, by_day),
        (Some(at), ..) | (None, Original::At(at), _) => CalendarDate::Utc(at.civil_utc()),
        (None, Original::Day(midnight), _) => CalendarDate::Day(midnight),
    };
    (format!("{uid}/{}", date.to_value()), instant)
}

/// What an occurrence is told by.
fn occurrence(at: Timestamp, schedule: &Schedule<'_>, by_day: bool) -> CalendarDate {
    match by_day {
        true => CalendarDate::Day(schedule.zone().civil_at(at)),
        false => CalendarDate::Utc(at.civil_utc()),
    }
}

/// The first occurrence of a day; where that was taken out, the beginning of the day.
fn first_of_day(schedule: &Schedule<'_>, midnight: CivilDateTime) -> Option<Timestamp> {
    let zone = schedule.zone();
    let begins = resolve(zone, midnight)?;
    let first = schedule.next_after(begins.saturating_add_ms(-1)).ok().flatten();
    first.filter(|at| zone.civil_at(*at).date() == midnight.date()).or(Some(begins))
}

impl CalendarListing {
    fn refuse(&mut self, uid: Option<String>, problems: Vec<FieldProblem>) {
        if let Some(uid) = &uid {
            // Whatever it stands for is not gone.
            self.series.insert(uid.clone(), Timestamp::MAX..Timestamp::MAX);
        }
        self.refused.push(RefusedComponent { uid, problems });
    }

    fn add(&mut self, uid: &str, family: Family, dates: &DateSettings, range: &Range<Timestamp>) {
        let Family { series, changes } = family;
        let mut series = series.into_iter();
        let Some(first) = series.next() else {
            // Of some series calendars tell only what was changed.
            let events = changes.into_iter();
            let events =
                events.map(|change| (addressed(uid, change.original, None, false).0, change.document));
            return self.events.extend(events);
        };
        if let Err(problems) = self.expand(uid, first, changes, dates, range) {
            self.refuse(Some(uid.to_owned()), problems);
        }
        if series.next().is_some() {
            let message = "has another series, of which nothing is taken: give each a UID of its own";
            let problem = FieldProblem::new("UID", "ID_DUPLICATE", message);
            self.refused.push(RefusedComponent { uid: Some(uid.to_owned()), problems: vec![problem] });
        }
    }

    fn expand(
        &mut self,
        uid: &str,
        series: Series,
        changes: Vec<Change>,
        dates: &DateSettings,
        range: &Range<Timestamp>,
    ) -> Result<(), Vec<FieldProblem>> {
        let Series { document, recurrence, length } = series;
        let zones = ZoneTable::embedded();
        let context =
            Context { default_time_zone: dates.default_time_zone.as_deref(), ..Context::new(zones) };
        let schedule = recurrence.schedule(&context).map_err(problems)?;
        let by_day = matches!(recurrence.start, Some(Moment::Day(_)));
        let first = Template::read(document, None, length, dates)?;
        let (mut later, mut apart, mut events) = (Vec::new(), BTreeSet::new(), Vec::new());
        for Change { document, original, and_later, length } in changes {
            let (key, instant) = addressed(uid, original, Some(&schedule), by_day);
            if and_later {
                later.push(Template::read(document.clone(), instant, length, dates)?);
            }
            apart.extend(instant);
            events.push((key, document));
        }
        later.sort_by_key(|template| template.original);
        let room = OCCURRENCES.min(ALL_OCCURRENCES.saturating_sub(self.expanded));
        let found: Result<Vec<_>, _> = schedule.occurrences(range.clone(), room + 1).collect();
        let mut found = found.map_err(stopped)?;
        let further = found.get(room).copied();
        found.truncate(room);
        self.expanded += found.len();
        for at in found.iter().filter(|at| !apart.contains(at)) {
            let template = later.iter().rfind(|template| template.original <= *at).unwrap_or(&first);
            let key = format!("{uid}/{}", occurrence(*at, &schedule, by_day).to_value());
            events.push((key, template.at(*at, schedule.zone())));
        }
        let end = further.unwrap_or(range.end);
        let next = schedule.next_after(end.saturating_add_ms(-1)).map_err(stopped)?;
        self.goes_on |= next.is_some();
        self.events.append(&mut events);
        self.series.insert(uid.to_owned(), range.start..end);
        if further.is_some() {
            let message = format!(
                "makes more than {room} events until {}: those from {end} on are taken when they are nearer",
                range.end
            );
            let problem = FieldProblem::new("RRULE", "OCCURRENCES_TOO_MANY", message);
            self.refused.push(RefusedComponent { uid: Some(uid.to_owned()), problems: vec![problem] });
        }
        Ok(())
    }
}

fn stopped(stopped: SearchStopped) -> Vec<FieldProblem> {
    vec![FieldProblem::new("RRULE", ProblemCode::RulePartInvalid.as_str(), stopped.to_string())]
}
