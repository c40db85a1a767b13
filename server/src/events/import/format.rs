//! The kinds of bodies that can be imported, and the rows in them.

use axum::http::{HeaderMap, header};
use client_event_scheduler::{EventDefinition, ProblemCode};

use super::super::calendar::{CalendarReader, CalendarSplitter};
use super::super::mutation::{canonical, parse};
use super::super::{DateSettings, Document};
use super::split::{ArraySplitter, Broken, LineSplitter, Row};
use crate::problem::{ApiError, FieldProblem};

/// A kind of body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// A JSON array of events.
    Array,
    /// One event a line.
    Lines,
    /// An iCalendar object.
    Calendar,
}

impl ImportFormat {
    /// The kind that a request declares its body to be.
    ///
    /// # Errors
    ///
    /// `UNSUPPORTED_MEDIA_TYPE`.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Ok(Self::Array),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::Lines),
            "text/calendar" => Ok(Self::Calendar),
            _ => Err(ApiError::ImportMediaType),
        }
    }
}

/// A row that is ready to be written.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) event_id: String,
    pub(super) document: Document,
}

/// A row that is refused.
#[derive(Debug)]
pub(in super::super) struct Refused {
    pub(in super::super) event_id: Option<String>,
    pub(in super::super) problems: Vec<FieldProblem>,
}

/// Takes a body apart and reads its rows.
pub(super) enum RowReader {
    Array(ArraySplitter),
    Lines(LineSplitter),
    Calendar(Box<CalendarSplitter>),
}

impl RowReader {
    pub(super) fn new(format: ImportFormat, time_zone: Option<String>) -> Self {
        match format {
            ImportFormat::Array => Self::Array(ArraySplitter::default()),
            ImportFormat::Lines => Self::Lines(LineSplitter::default()),
            ImportFormat::Calendar => Self::Calendar(Box::new(CalendarSplitter::new(time_zone))),
        }
    }

    /// Takes in a piece of the body and appends the rows that end in it.
    pub(super) fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Row>) -> Result<(), Broken> {
        match self {
            Self::Array(splitter) => splitter.feed(bytes, rows),
            Self::Lines(splitter) => {
                splitter.feed(bytes, rows);
                Ok(())
            }
            Self::Calendar(splitter) => splitter.feed(bytes, rows),
        }
    }

    /// Takes note that the body has ended.
    pub(super) fn finish(&mut self, rows: &mut Vec<Row>) -> Result<(), Broken> {
        match self {
            Self::Array(splitter) => splitter.finish(),
            Self::Lines(splitter) => {
                splitter.finish(rows);
                Ok(())
            }
            Self::Calendar(splitter) => splitter.finish(rows),
        }
    }

    /// Reads a row.
    pub(super) fn read(&self, row: Row, dates: &DateSettings) -> Result<Ready, Refused> {
        let Row::Text(text) = row else { return Err(too_large()) };
        match self {
            Self::Array(_) | Self::Lines(_) => read_json(&text, dates),
            Self::Calendar(splitter) => {
                let reader = CalendarReader { zones: splitter.zones(), dates };
                let document = reader.read(&text)?;
                read_json(document.to_json().as_bytes(), dates)
            }
        }
    }
}

/// The refusal of a row of which not all was kept.
pub(in super::super) fn too_large() -> Refused {
    let maximum = client_event_scheduler::limits::EVENT_JSON_BYTES;
    let message = format!("has more than {maximum} bytes, which no event may have");
    let problem = FieldProblem::new("", ProblemCode::EventTooLarge.as_str(), message);
    Refused { event_id: None, problems: vec![problem] }
}

fn read_json(json: &[u8], dates: &DateSettings) -> Result<Ready, Refused> {
    let definition = EventDefinition::from_json(json, &dates.context()).map_err(|invalid| Refused {
        event_id: invalid.event_id,
        problems: invalid.problems.into_iter().map(FieldProblem::from).collect(),
    })?;
    let event_id = definition.event_id.clone().into_owned();
    match parse(json) {
        Ok(document) => Ok(Ready { document: canonical(document, definition.approval.lifecycle), event_id }),
        Err(error) => Err(Refused { event_id: Some(event_id), problems: error.into_problems() }),
    }
}
