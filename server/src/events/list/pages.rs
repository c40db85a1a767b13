//! A whole list, read page by page as its reader takes it, so that it is never in memory at once.

use bytes::Bytes;
use client_event_scheduler::Timestamp;
use futures_util::stream::{self, Stream};

use super::super::Events;
use super::ListOrder;
use crate::problem::ApiError;
use crate::store::{EventRow, ListFilter, ListQuery, SortKey};

/// Events read at a time.
const PAGE_EVENTS: u32 = 500;

/// The rest of a list. An event that exists all the while, and is not changed, comes exactly once.
pub struct Pages {
    events: Events,
    filter: ListFilter,
    order: ListOrder,
    now: Timestamp,
    after: Option<(SortKey, String)>,
    ended: bool,
}

impl Pages {
    /// Begins the list as of `now`.
    pub(in super::super) fn new(
        events: Events,
        filter: ListFilter,
        order: ListOrder,
        now: Timestamp,
    ) -> Self {
        Self { events, filter, order, now, after: None, ended: false }
    }

    /// The text that `rendering` makes of the list, read as it is taken. After an error nothing more comes.
    pub fn into_text(self, rendering: impl Rendering) -> impl Stream<Item = Result<Bytes, ApiError>> + Send {
        let state = Some((self, rendering, false));
        stream::unfold(state, |state| async move {
            let (mut pages, mut rendering, opened) = state?;
            let mut text = String::new();
            if !opened {
                rendering.opening(&mut text, pages.now);
            }
            match render_next(&mut pages, &mut rendering, &mut text).await {
                Ok(true) => Some((Ok(Bytes::from(text)), Some((pages, rendering, true)))),
                Ok(false) => Some((Ok(Bytes::from(text)), None)),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Returns the next events; `None` after the last.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    async fn next(&mut self) -> Result<Option<Vec<EventRow>>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let query = ListQuery {
            filter: &self.filter,
            sort: self.order.sort,
            descending: self.order.descending,
            now: self.now,
            after: self.after.clone(),
            limit: PAGE_EVENTS,
        };
        let rows = self.events.store.list(query).await?;
        self.ended = rows.len() < PAGE_EVENTS as usize;
        self.after = rows.last().map(|(row, key)| (key.clone(), row.event_id.clone()));
        Ok(Some(rows.into_iter().map(|(row, _)| row).collect()))
    }
}

/// How a list becomes text.
pub trait Rendering: Send {
    /// Writes what stands before the first event of a list as of `now`.
    fn opening(&mut self, text: &mut String, now: Timestamp);

    /// Writes an event.
    ///
    /// # Errors
    ///
    /// The stored event is damaged.
    fn event(
        &mut self,
        text: &mut String,
        events: &Events,
        row: &EventRow,
        now: Timestamp,
    ) -> Result<(), ApiError>;

    /// Writes what stands after the last event.
    fn closing(&mut self, text: &mut String);
}

/// Appends the next page, or the end. Returns whether more follows.
async fn render_next(
    pages: &mut Pages,
    rendering: &mut impl Rendering,
    text: &mut String,
) -> Result<bool, ApiError> {
    match pages.next().await? {
        Some(rows) => {
            for row in &rows {
                rendering.event(text, &pages.events, row, pages.now)?;
            }
            Ok(true)
        }
        None => {
            rendering.closing(text);
            Ok(false)
        }
    }
}
