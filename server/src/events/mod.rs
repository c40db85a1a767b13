//! What can be done with events: each mutation is validated by the core and then made in one transaction.

mod approval;
mod batch;
mod calendar;
mod decision;
mod document;
mod export;
mod fold;
mod idempotency;
mod import;
pub mod index;
pub mod limits;
mod list;
mod mutation;
mod precondition;
mod provided;
mod schema;
mod span;
mod view;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use client_event_scheduler::{DateContext, Disambiguation, DueTimes, EventDefinition, ZoneTable, due_times};
use tracing::Instrument as _;

pub use batch::{BatchAction, BatchAnswer, BatchOutcome, BatchRequest};
pub use calendar::{CalendarExport, CalendarListing, RefusedComponent, read_calendar};
pub use decision::{DeclineReason, DeclineRequest};
pub use document::{Document, push_json_text};
pub use export::{ExportParameters, JsonExport};
pub use idempotency::IdempotencyKey;
pub use import::{
    Import, ImportFormat, ImportMode, ImportOptions, ImportParameters, ImportReport, ImportState, Progress,
    RowProblems,
};
pub use list::{
    FilterParameters, ListAnswer, ListParameters, Pages, QuarantinedEvent, Rendering, UnknownParameters,
    WholeList,
};
pub use mutation::{Changed, canonical};
pub use precondition::Precondition;
pub use provided::Provided;
pub use schema::EventPatch;
pub use span::{Span, shift, shifted};
pub use view::{EventView, feed_document};

use decision::Decision;

use crate::access::Caller;
use crate::clock::Clock;
use crate::problem::ApiError;
use crate::store::Store;

/// The events of this server.
#[derive(Clone)]
pub struct Events {
    store: Store,
    clock: Arc<dyn Clock>,
    dates: DateSettings,
    caller: Option<Caller>,
}

/// How this server reads dates without an offset.
#[derive(Debug, Clone, Default)]
pub struct DateSettings {
    /// IANA zone for naive dates of events that name none.
    pub default_time_zone: Option<Arc<str>>,
}

impl DateSettings {
    /// The settings in the form that the core takes.
    pub fn context(&self) -> DateContext<'_> {
        DateContext {
            zones: ZoneTable::embedded(),
            default_time_zone: self.default_time_zone.as_deref(),
            disambiguation: Disambiguation::Compatible,
        }
    }
}

/// The triggers that a stored document makes: none where it cannot be understood.
pub fn triggers_of(document: &str, dates: &DateSettings) -> DueTimes {
    let definition = EventDefinition::from_json(document.as_bytes(), &dates.context());
    definition.map_or(DueTimes::NONE, |definition| due_times(&definition))
}

impl Events {
    /// The events in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, dates: DateSettings) -> Self {
        Self { store, clock, dates, caller: None }
    }

    /// The same events, changed in the name of `caller`: what he may decides what becomes of a change, and the audit says that it was he.
    #[must_use]
    pub fn in_name_of(&self, caller: &Caller) -> Self {
        Self { caller: Some(caller.clone()), ..self.clone() }
    }

    /// Creates the event in `body`, whose `event_id` the client has made. The second value says that this is the answer to an earlier
    /// request with the same key, repeated.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `EVENT_EXISTS`, `IDEMPOTENCY_KEY_REUSED` or `STORE_ERROR`; nothing was written then.
    pub async fn create(
        &self,
        body: Bytes,
        key: Option<IdempotencyKey>,
    ) -> Result<(Changed, bool), ApiError> {
        self.unbroken(move |events| async move { mutation::create(&events, &body, key.as_ref()).await }).await
    }

    /// Merges the fields in `body` into the event; a field that is null is cleared.
    ///
    /// # Errors
    ///
    /// `EVENT_NOT_FOUND`, `STALE_REVISION`, `INVALID_INPUT` or `STORE_ERROR`; nothing was written then.
    pub async fn update(
        &self,
        event_id: String,
        body: Bytes,
        precondition: Precondition,
    ) -> Result<Changed, ApiError> {
        self.unbroken(
            move |events| async move { mutation::update(&events, &event_id, &body, precondition).await },
        )
        .await
    }

    /// Deletes the event and leaves a tombstone in the feed. The answer holds the last state.
    ///
    /// # Errors
    ///
    /// `EVENT_NOT_FOUND`, `STALE_REVISION` or `STORE_ERROR`; nothing was written then.
    pub async fn delete(&self, event_id: String, precondition: Precondition) -> Result<Changed, ApiError> {
        self.unbroken(move |events| async move { mutation::delete(&events, &event_id, precondition).await })
            .await
    }

    /// Approves the event, which opens its gate. A cancelled event stays cancelled.
    ///
    /// # Errors
    ///
    /// `EVENT_NOT_FOUND`, `STALE_REVISION`, `INVALID_INPUT` for an event that is stored in quarantine, or `STORE_ERROR`.
    pub async fn approve(&self, event_id: String, precondition: Precondition) -> Result<Changed, ApiError> {
        self.decide(event_id, Decision::Approve, precondition).await
    }

    /// Declines the event, which closes its gate; a reason stays with it.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub async fn decline(
        &self,
        event_id: String,
        reason: DeclineReason,
        precondition: Precondition,
    ) -> Result<Changed, ApiError> {
        self.decide(event_id, Decision::Decline(reason), precondition).await
    }

    async fn decide(
        &self,
        event_id: String,
        decision: Decision,
        precondition: Precondition,
    ) -> Result<Changed, ApiError> {
        self.unbroken(move |events| async move {
            mutation::decide(&events, &event_id, &decision, precondition).await
        })
        .await
    }

    /// Returns one event with its present status.
    ///
    /// # Errors
    ///
    /// `EVENT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn details(&self, event_id: &str) -> Result<EventView, ApiError> {
        let not_found = || ApiError::EventNotFound { event_id: event_id.to_owned() };
        let row = self.store.event(event_id).await?.ok_or_else(not_found)?;
        self.view(&row)
    }

    /// Runs a mutation to its end even when the client that asked for it has gone: between the commit and its
    /// announcement nothing may be dropped.
    async fn unbroken<F, Fut, T>(&self, mutation: F) -> Result<T, ApiError>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future<Output = Result<T, ApiError>> + Send + 'static,
        T: Send + 'static,
    {
        let finished = tokio::spawn(mutation(self.clone()).in_current_span()).await;
        finished.unwrap_or_else(|error| Err(ApiError::Internal { what: error.to_string() }))
    }
}
