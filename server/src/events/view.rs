//! Events as they are sent out.

use client_event_scheduler::{EventDefinition, Timestamp, status_at};
use serde::Serialize;

use super::{Document, Events};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{EventRow, StoreError};

/// An event with its present status, for the admin.
#[derive(Debug, Clone, Serialize)]
pub struct EventView {
    /// The stored document with the fields that the server fills in. The status of an event in quarantine is null.
    pub event: Document,
    /// Why the event is in quarantine; empty for a valid one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FieldProblem>,
}

impl Events {
    /// Fills in what the server knows of the event: revision, times, and the status at this instant.
    pub(super) fn view(&self, row: &EventRow) -> Result<EventView, ApiError> {
        self.view_at(row, self.clock.now())
    }

    /// The same as of `now`.
    pub(super) fn view_at(&self, row: &EventRow, now: Timestamp) -> Result<EventView, ApiError> {
        let mut event = feed_document(row)?;
        let context = self.dates.context();
        let problems = match EventDefinition::from_json(row.document.as_bytes(), &context) {
            Ok(definition) => {
                let phase = status_at(&definition, now);
                event.set_text("status", phase.status());
                event.set_text("sub_status", phase.sub_status());
                Vec::new()
            }
            Err(invalid) => {
                event.set_null("status");
                event.set_null("sub_status");
                invalid.problems.into_iter().map(FieldProblem::from).collect()
            }
        };
        Ok(EventView { event, problems })
    }
}

/// The document as the feed sends it: the same bytes for the same revision, so without a status that time changes.
///
/// # Errors
///
/// The stored text is no JSON object.
pub fn feed_document(row: &EventRow) -> Result<Document, StoreError> {
    let mut document = Document::from_json(row.document.as_bytes()).map_err(|error| StoreError::Damaged {
        what: format!("the document of {:?}: {error}", row.event_id),
    })?;
    document.set_number("revision", i64::try_from(row.revision).unwrap_or(i64::MAX));
    document.set_text("created_at", &row.created_at.to_string());
    document.set_text("updated_at", &row.updated_at.to_string());
    Ok(document)
}
