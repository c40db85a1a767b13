//! The scheduling service: other back ends have something happen at a time, in a zone, repeatedly.
//!
//! What a service asks for is written, with its occurrences, in one transaction (`schedule`). The `runner` of the node that holds the lease
//! hands occurrences over when they are due, in the way that the service has chosen ([`delivery`]), and again where nobody acknowledges them
//! (`acknowledge`). What follows from what is decided by the core (`client_event_scheduler::service`).

mod acknowledge;
pub mod celery;
mod change;
pub mod delivery;
mod dispatch;
mod error;
mod expansion;
mod handover;
pub mod limits;
mod preview;
mod reminders;
mod request;
mod reschedule;
mod rule;
mod runner;
mod schedule;
mod seals;
mod settings;
mod stream;
pub mod upcoming;
pub mod vault;
pub mod views;
mod waiting;
mod webhook;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::Timestamp;
use tokio::sync::Semaphore;

pub use acknowledge::{CompleteBody, FailBody, Settled};
pub use celery::NamedBroker;
pub use change::{CancelAnswer, EntityFilter};
pub use error::ServiceError;
pub use handover::Handover;
pub use preview::{PreviewAnswer, PreviewBody};
pub use reminders::{ReminderBody, RemindersAnswer, RemindersBody};
pub use request::{ScheduleBody, TimezoneContext};
pub use reschedule::{RescheduleBody, TimezoneChange};
pub use runner::{RunnerParts, start};
pub use schedule::{BatchBody, BatchItem, Scheduled, ScheduledBatch};
pub use settings::ServiceSettings;
pub use webhook::signature;

use crate::access::{AccessError, Actor, Caller, Limiter};
use crate::clock::Clock;
use crate::outbound::Outbound;
use crate::problem::{ApiError, FieldProblem};
use crate::store::{RemovedScheduled, ScheduledRow, Store, StoreError};
use celery::Brokers;
use vault::Vault;

/// Tries of a change that another transaction was in the way of.
const TRIES: u32 = 4;

/// The scheduling service of one server.
#[derive(Clone)]
pub struct SchedulingService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    settings: ServiceSettings,
    vault: Vault,
    limiter: Option<Limiter>,
    outbound: Outbound,
    brokers: Brokers,
    /// Lists of what is to come that may be made at the same time: each keeps a connection to the database, and reckons.
    lists: Semaphore,
}

impl std::fmt::Debug for SchedulingService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SchedulingService").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl SchedulingService {
    /// The service over `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, settings: ServiceSettings) -> Self {
        let minute = Duration::from_secs(60);
        let limiter = (settings.events_per_minute > 0).then(|| {
            Limiter::new(Arc::clone(&clock), settings.events_per_minute, minute / settings.events_per_minute)
        });
        let vault = Vault::new(settings.payload_keys.clone());
        let outbound = Outbound::new(settings.webhook_networks.clone(), "--webhook-network");
        let brokers = Brokers::new(&settings.celery_brokers);
        let lists = Semaphore::new(limits::LISTS_AT_ONCE);
        Self { inner: Arc::new(Inner { store, clock, settings, vault, limiter, outbound, brokers, lists }) }
    }

    /// The settings.
    pub fn settings(&self) -> &ServiceSettings {
        &self.inner.settings
    }

    /// Removes what has been over for as long as it is kept, of events that go on too.
    pub async fn forget_finished(&self) {
        let kept_ms = i64::from(self.settings().retention_days) * 24 * 3_600_000;
        match self.store().remove_finished_scheduled(self.now().saturating_add_ms(-kept_ms)).await {
            Ok(RemovedScheduled { events: 0, occurrences: 0 }) => {}
            Ok(RemovedScheduled { events, occurrences }) => {
                tracing::info!(events, occurrences, "what of scheduled events was over long ago was removed")
            }
            Err(error) => tracing::error!(%error, "scheduled events that are over could not be removed"),
        }
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Takes one from what `service` may schedule now.
    fn take_turn(&self, service: &str) -> Result<(), ApiError> {
        let Some(limiter) = &self.inner.limiter else { return Ok(()) };
        limiter.take(&service).map_err(|wait| {
            AccessError::TooManyRequests { retry_after_s: wait.as_secs().saturating_add(1) }.into()
        })
    }

    /// Opens the payload of an event.
    fn payload_of(&self, row: &ScheduledRow) -> Result<String, vault::OpenError> {
        self.inner.vault.open(&row.event_id, &row.payload)
    }

    /// Returns what is scheduled with this id, if the caller may see it.
    fn visible(
        &self,
        caller: &Caller,
        id: &str,
        row: Option<ScheduledRow>,
    ) -> Result<ScheduledRow, ApiError> {
        let own = own_service(caller);
        row.filter(|row| own.is_none_or(|own| own == row.service))
            .ok_or_else(|| ServiceError::NotFound { id: id.to_owned() }.into())
    }

    /// Carries an operation to its end even if nobody waits for the answer any more, so that nothing is committed without its hint; and
    /// again where another transaction was in its way.
    async fn unbroken<T, F>(&self, operation: impl Fn(Self) -> F + Send + 'static) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ApiError>> + Send,
    {
        let service = self.clone();
        let run = tokio::spawn(async move {
            let mut tries = 1;
            loop {
                match operation(service.clone()).await {
                    Err(ApiError::Store(error)) if error.is_passing() && tries < TRIES => tries += 1,
                    outcome => return outcome,
                }
            }
        });
        run.await.unwrap_or_else(|error| {
            Err(ApiError::Internal { what: format!("an operation panicked: {error}") })
        })
    }
}

/// The service that the caller is, if it is one: it sees its own alone.
pub fn own_service(caller: &Caller) -> Option<&str> {
    match caller.actor() {
        Actor::Service { service, .. } => Some(service),
        Actor::Anonymous | Actor::Development | Actor::User(_) | Actor::Provider { .. } => None,
    }
}

/// In the name of which service the caller acts: its own, or for a person the one that is named.
///
/// # Errors
///
/// `SERVICE_MISMATCH` where a service names another one, and `INVALID_INPUT` where a person names none.
pub fn acting_service(caller: &Caller, named: Option<&str>) -> Result<String, ApiError> {
    match (own_service(caller), named) {
        (Some(own), Some(named)) if own != named => Err(AccessError::ServiceMismatch.into()),
        (Some(own), _) => Ok(own.to_owned()),
        (None, Some(named)) => {
            let mut problems = Vec::new();
            request::check_name("service_id", named, &mut problems);
            if problems.is_empty() { Ok(named.to_owned()) } else { Err(ApiError::InvalidInput(problems)) }
        }
        (None, None) => {
            let message = "is missing: a person names the service in whose name something is done";
            Err(FieldProblem::new("service_id", "ID_REQUIRED", message).into())
        }
    }
}

/// Who did it, for the history.
fn actor_of(caller: &Caller) -> String {
    caller.actor().author().unwrap_or_else(|| caller.actor().kind().to_owned())
}

/// The id of the event that an id of an event or of an occurrence begins with.
fn event_part(id: &str) -> &str {
    id.split_once('/').map_or(id, |(event_id, _)| event_id)
}

/// The id of an occurrence of an event.
fn occurrence_id(event_id: &str, due_at: Timestamp) -> String {
    client_event_scheduler::recurrence::occurrence_id(event_id, "occurrence", due_at)
}

/// A number from 0 to 1 for a delay. Without any randomness everybody waits the same.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.0,
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

/// Cuts a text for the database, at the boundary of a character.
fn cut(text: &str) -> String {
    let mut end = text.len().min(limits::REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether the lease has gone to another node.
fn is_lease_lost(error: &ApiError) -> bool {
    matches!(error, ApiError::Store(StoreError::LeaseLost { .. }))
}
