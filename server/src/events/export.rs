//! Exports of events, which can be imported again.

use client_event_scheduler::Timestamp;
use serde::Deserialize;

use super::list::{FilterParameters, ListOrder, Pages, Rendering, UnknownParameters};
use super::{CalendarExport, Events, feed_document};
use crate::problem::ApiError;
use crate::store::EventRow;

/// Which events are exported.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ExportParameters {
    /// Which events.
    #[serde(flatten)]
    pub filter: FilterParameters,
    /// Everything that is no parameter of an export.
    #[serde(flatten)]
    pub rest: UnknownParameters,
}

/// Writes a JSON array, an event a line.
#[derive(Default)]
pub struct JsonExport {
    started: bool,
}

impl Rendering for JsonExport {
    fn opening(&mut self, text: &mut String, _now: Timestamp) {
        text.push('[');
    }

    fn event(
        &mut self,
        text: &mut String,
        _events: &Events,
        row: &EventRow,
        _now: Timestamp,
    ) -> Result<(), ApiError> {
        text.push_str(if std::mem::replace(&mut self.started, true) { ",\n" } else { "\n" });
        text.push_str(&feed_document(row)?.to_json());
        Ok(())
    }

    fn closing(&mut self, text: &mut String) {
        text.push_str("\n]\n");
    }
}

impl Events {
    /// Returns the events that the parameters let through, to be read page by page.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`.
    pub fn export(&self, parameters: &ExportParameters) -> Result<Pages, ApiError> {
        parameters.rest.refuse()?;
        let filter = parameters.filter.read(&self.dates)?;
        Ok(Pages::new(self.clone(), filter, ListOrder::BY_ID, self.clock.now()))
    }

    /// Returns one event as an iCalendar object.
    ///
    /// # Errors
    ///
    /// `EVENT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn calendar_of(&self, event_id: &str) -> Result<String, ApiError> {
        let not_found = || ApiError::EventNotFound { event_id: event_id.to_owned() };
        let row = self.store.event(event_id).await?.ok_or_else(not_found)?;
        let now = self.clock.now();
        let mut text = String::new();
        let mut calendar = CalendarExport::default();
        calendar.opening(&mut text, now);
        calendar.event(&mut text, self, &row, now)?;
        calendar.closing(&mut text);
        Ok(text)
    }
}
