//! Writing calendars.

use std::collections::BTreeMap;

use client_event_scheduler::{EventDefinition, Timestamp, WindowField};
use icalendar::{Component, Event, Property};

use super::super::list::Rendering;
use super::super::{Document, Events};
use super::component::{properties, push_document};
use super::dates::CalendarDate;
use super::time_zones::push_time_zone;
use crate::problem::ApiError;
use crate::store::{EventRow, StoreError};

/// Writes a list as one calendar. Time zones come after the events, when it is known which of them are used and for what years.
#[derive(Default)]
pub struct CalendarExport {
    /// The zones in use, each with the first and the last instant at which it is.
    zones: BTreeMap<String, (Timestamp, Timestamp)>,
}

impl Rendering for CalendarExport {
    fn opening(&mut self, text: &mut String, _now: Timestamp) {
        text.push_str("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//client-event-scheduler//server//EN\r\nCALSCALE:GREGORIAN\r\n");
    }

    fn event(
        &mut self,
        text: &mut String,
        events: &Events,
        row: &EventRow,
        _now: Timestamp,
    ) -> Result<(), ApiError> {
        let damaged = |what: String| StoreError::Damaged {
            what: format!("the document of {:?}: {what}", row.event_id),
        };
        let document =
            Document::from_json(row.document.as_bytes()).map_err(|error| damaged(error.to_string()))?;
        let component = component(events, row, &document);
        self.note_zones(events, &document);
        let written = component.try_into_string().map_err(|error| damaged(error.to_string()))?;
        push_folded(text, &written);
        Ok(())
    }

    fn closing(&mut self, text: &mut String) {
        for (zone, (first, last)) in &self.zones {
            push_time_zone(text, zone, *first, *last);
        }
        text.push_str("END:VCALENDAR\r\n");
    }
}

impl CalendarExport {
    fn note_zones(&mut self, events: &Events, document: &Document) {
        let json = document.to_json();
        let Ok(event) = EventDefinition::from_json(json.as_bytes(), &events.dates.context()) else { return };
        for field in WindowField::ALL {
            let zone = super::dates::calendar_date(document, field, &events.dates).and_then(|(_, zone)| zone);
            let (Some(zone), Some(at)) = (zone, event.windows.get(field)) else { continue };
            let span = self.zones.entry(zone).or_insert((at, at));
            *span = (span.0.min(at), span.1.max(at));
        }
    }
}

/// Bytes of a line of a calendar at most, its end aside (RFC 5545 §3.1).
const LINE_BYTES: usize = 75;

/// Appends lines, folded so that the space at the beginning of a continuation counts too: the library folds one byte late.
fn push_folded(text: &mut String, written: &str) {
    let unfolded = written.replace("\r\n ", "");
    for line in unfolded.split_terminator("\r\n") {
        let (mut rest, mut room) = (line, LINE_BYTES);
        while rest.len() > room {
            let cut = rest.floor_char_boundary(room);
            text.push_str(&rest[..cut]);
            text.push_str("\r\n ");
            (rest, room) = (&rest[cut..], LINE_BYTES - 1);
        }
        text.push_str(rest);
        text.push_str("\r\n");
    }
}

fn component(events: &Events, row: &EventRow, document: &Document) -> Event {
    let mut event = Event::new();
    let utc = |at: Timestamp| CalendarDate::Utc(at.civil_utc()).to_value();
    event.append_property(Property::new("UID", &row.event_id));
    event.append_property(Property::new("SEQUENCE", row.revision.to_string()));
    event.append_property(Property::new("DTSTAMP", utc(row.updated_at)));
    event.append_property(Property::new("LAST-MODIFIED", utc(row.updated_at)));
    event.append_property(Property::new("CREATED", utc(row.created_at)));
    for property in properties(document, &events.dates) {
        event.append_property(property);
    }
    push_document(&mut event, document);
    event
}
