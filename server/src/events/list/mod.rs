//! Lists of events: what a caller asks for, and the pages that answer it.

mod cursor;
mod pages;
mod parameters;
mod whole;

use client_event_scheduler::ProblemCode;
use serde::Serialize;

pub use pages::{Pages, Rendering};
pub use parameters::{FilterParameters, ListParameters, UnknownParameters};
pub use whole::WholeList;

use super::{Document, EventView, Events, limits};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{EventRow, ListQuery, ListSort};
use cursor::ListCursor;

/// The answer of the list route.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListAnswer {
    /// Always true.
    pub success: bool,
    /// One sentence for a person.
    pub message: String,
    /// The events of this page, each with its status at `as_of`.
    pub events: Vec<Document>,
    /// How many events the filter lets through, on all pages together. Counted for the first page.
    pub total: u64,
    /// The events of this page that cannot be understood, with their problems.
    pub quarantined: Vec<QuarantinedEvent>,
    /// Continues the list; null on the last page.
    pub next_cursor: Option<String>,
    /// The instant of every status on every page of this list.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// An event that cannot be understood.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuarantinedEvent {
    /// The event.
    pub event_id: String,
    /// Why.
    pub problems: Vec<FieldProblem>,
}

/// An order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListOrder {
    pub(super) sort: ListSort,
    pub(super) descending: bool,
}

impl ListOrder {
    pub(super) const BY_ID: Self = Self { sort: ListSort::Id, descending: false };
}

impl Events {
    /// Returns one page of at most `limit` events.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `LIST_CURSOR_INVALID` or `STORE_ERROR`.
    pub async fn page(&self, parameters: &ListParameters, limit: u32) -> Result<ListAnswer, ApiError> {
        let filter = parameters.filter.read(&self.dates)?;
        let order = parameters.order()?;
        let cursor = match &parameters.cursor {
            Some(text) => ListCursor::read(text, &filter, order)?,
            None => {
                let now = self.clock.now();
                ListCursor { now, total: self.store.count(&filter, now).await?, after: None }
            }
        };
        let query = ListQuery {
            filter: &filter,
            sort: order.sort,
            descending: order.descending,
            now: cursor.now,
            after: cursor.after.clone(),
            limit: limit + 1,
        };
        let mut rows = self.store.list(query).await?;
        let goes_on = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| goes_on).map(|(row, key)| {
            let after = Some((key.clone(), row.event_id.clone()));
            ListCursor { after, ..cursor }.to_text(&filter, order)
        });
        let mut answer = ListAnswer {
            success: true,
            message: count_message(cursor.total),
            events: Vec::with_capacity(rows.len()),
            total: cursor.total,
            quarantined: Vec::new(),
            next_cursor,
            as_of: cursor.now.to_string(),
        };
        for (row, _) in &rows {
            let EventView { event, problems } = self.view_at(row, cursor.now)?;
            answer.quarantined.extend(quarantined(row, problems));
            answer.events.push(event);
        }
        Ok(answer)
    }

    /// Returns the whole list of events that the parameters let through, to be read page by page, and how many there are.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` or `STORE_ERROR`.
    pub async fn whole(&self, parameters: &ListParameters) -> Result<(Pages, u64), ApiError> {
        let filter = parameters.filter.read(&self.dates)?;
        let order = parameters.order()?;
        let now = self.clock.now();
        let total = self.store.count(&filter, now).await?;
        Ok((Pages::new(self.clone(), filter, order, now), total))
    }
}

pub(super) fn count_message(total: u64) -> String {
    format!("{total} events")
}

pub(super) fn quarantined(row: &EventRow, problems: Vec<FieldProblem>) -> Option<QuarantinedEvent> {
    (!problems.is_empty()).then(|| QuarantinedEvent { event_id: row.event_id.clone(), problems })
}

/// Reads the number of events on a page; `None` asks for the whole list.
///
/// # Errors
///
/// `INVALID_INPUT` for anything but a number from 1 to [`limits::LIST_LIMIT`].
pub(super) fn read_limit(text: Option<&str>) -> Result<Option<u32>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(limit) if (1..=limits::LIST_LIMIT).contains(&limit) => Ok(Some(limit)),
        _ => {
            let message = format!("is {text:?}: write a whole number from 1 to {}", limits::LIST_LIMIT);
            Err(ApiError::field("limit", ProblemCode::SettingInvalid, message))
        }
    }
}
