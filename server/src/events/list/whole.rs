//! The whole list as the answer of the list route, in the form of a page.

use client_event_scheduler::Timestamp;

use super::super::{EventView, Events, push_json_text};
use super::pages::Rendering;
use super::{QuarantinedEvent, count_message, quarantined};
use crate::problem::ApiError;
use crate::store::EventRow;

/// Writes a [`ListAnswer`](super::ListAnswer) event by event.
pub struct WholeList {
    total: u64,
    separator: &'static str,
    quarantined: Vec<QuarantinedEvent>,
    as_of: String,
}

impl WholeList {
    /// Begins the answer with `total` events.
    pub fn new(total: u64) -> Self {
        Self { total, separator: "", quarantined: Vec::new(), as_of: String::new() }
    }
}

impl Rendering for WholeList {
    fn opening(&mut self, text: &mut String, now: Timestamp) {
        self.as_of = now.to_string();
        text.push_str("{\"success\":true,\"message\":");
        push_json_text(text, &count_message(self.total));
        text.push_str(&format!(",\"total\":{},\"events\":[", self.total));
    }

    fn event(
        &mut self,
        text: &mut String,
        events: &Events,
        row: &EventRow,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let EventView { event, problems } = events.view_at(row, now)?;
        self.quarantined.extend(quarantined(row, problems));
        text.push_str(std::mem::replace(&mut self.separator, ","));
        text.push_str(&event.to_json());
        Ok(())
    }

    fn closing(&mut self, text: &mut String) {
        let quarantined = match serde_json::to_string(&self.quarantined) {
            Ok(json) => json,
            Err(error) => unreachable!("problems have text keys only: {error}"),
        };
        text.push_str("],\"quarantined\":");
        text.push_str(&quarantined);
        text.push_str(",\"next_cursor\":null,\"as_of\":");
        push_json_text(text, &self.as_of);
        text.push('}');
    }
}
