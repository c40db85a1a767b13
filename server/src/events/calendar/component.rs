//! The properties of a VEVENT that stand for an event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client_event_scheduler::{EventDefinition, Lifecycle, WindowField};
use icalendar::{Component, Event, Property};

use super::super::{DateSettings, Document};
use super::dates::calendar_date;
use super::{DATES, DOCUMENT, TEXTS};

/// The properties that a document is written as, but for what the server knows of the event.
pub(super) fn properties(document: &Document, dates: &DateSettings) -> Vec<Property> {
    let mut properties = Vec::new();
    for (key, field) in TEXTS {
        if let Some(text) = document.text(field).map(|text| plain(&text)).filter(|text| !text.is_empty()) {
            properties.push(Property::new(key, text));
        }
    }
    for (key, field) in DATES.into_iter().zip(WindowField::ALL) {
        let Some((date, zone)) = calendar_date(document, field, dates) else { continue };
        let mut property = Property::new(key, date.to_value());
        if let Some(zone) = zone {
            property.add_parameter("TZID", &zone);
        }
        properties.push(property);
    }
    properties.push(Property::new("STATUS", status(document, dates)));
    properties
}

/// Appends the stored document.
pub(super) fn push_document(event: &mut Event, document: &Document) {
    let mut property = Property::new(DOCUMENT, STANDARD.encode(document.to_json()));
    property.add_parameter("ENCODING", "BASE64").add_parameter("VALUE", "BINARY");
    event.append_property(property);
}

/// Reads a document that [`push_document`] has written.
pub(super) fn read_document(value: &str) -> Option<Document> {
    Document::from_json(&STANDARD.decode(value.trim()).ok()?).ok()
}

fn status(document: &Document, dates: &DateSettings) -> &'static str {
    let json = document.to_json();
    match EventDefinition::from_json(json.as_bytes(), &dates.context()) {
        Ok(event) if event.approval.lifecycle == Lifecycle::Cancelled => "CANCELLED",
        Ok(event) if event.approval.gate().is_none() => "CONFIRMED",
        Ok(_) | Err(_) => "TENTATIVE",
    }
}

/// The text without what a line of a calendar cannot hold.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter(|character| *character == '\n' || *character == '\t' || !character.is_control())
        .collect()
}
