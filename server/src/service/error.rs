//! Why the scheduling service does not do something.

use axum::http::StatusCode;
use client_event_scheduler::service::{OccurrenceState, Refusal};

use super::limits::PAYLOAD_BYTES;

/// A refusal of the scheduling service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceError {
    /// There is nothing with this id that the caller may see.
    NotFound {
        /// The id that was asked for.
        id: String,
    },
    /// It has ended.
    Final {
        /// How.
        state: &'static str,
    },
    /// Something else is scheduled at just this time.
    Exists {
        /// Its id.
        event_id: String,
    },
    /// Another attempt has begun since.
    AttemptOver,
    /// No such attempt has been handed over.
    NotHandedOver,
    /// A recurring event has many occurrences, and none was named.
    OccurrenceRequired,
    /// The service has as much scheduled as it may have.
    QuotaExceeded {
        /// The limit.
        maximum: u64,
    },
    /// The payload is too large.
    PayloadTooLarge,
}

impl ServiceError {
    /// The error of a refusal of the core; `None` where there is only nothing to do.
    pub(super) fn of(refusal: Refusal) -> Option<Self> {
        match refusal {
            Refusal::NothingToDo => None,
            Refusal::NotBegun => Some(Self::NotHandedOver),
            Refusal::AttemptOver => Some(Self::AttemptOver),
            Refusal::Final(state) => Some(Self::Final { state: OccurrenceState::as_str(state) }),
        }
    }

    /// The HTTP status and the stable code.
    pub fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "SCHEDULED_EVENT_NOT_FOUND"),
            Self::Final { .. } => (StatusCode::CONFLICT, "SCHEDULED_EVENT_FINAL"),
            Self::Exists { .. } => (StatusCode::CONFLICT, "SCHEDULED_EVENT_EXISTS"),
            Self::AttemptOver => (StatusCode::CONFLICT, "ATTEMPT_OVER"),
            Self::NotHandedOver => (StatusCode::CONFLICT, "NOT_HANDED_OVER"),
            Self::OccurrenceRequired => (StatusCode::CONFLICT, "OCCURRENCE_REQUIRED"),
            Self::QuotaExceeded { .. } => (StatusCode::TOO_MANY_REQUESTS, "SERVICE_QUOTA_EXCEEDED"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
        }
    }

    /// One sentence for a person.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound { id } => format!("nothing of yours is scheduled with the id {id:?}"),
            Self::Final { state } => format!("it is {state}, which this does not change: schedule anew"),
            Self::Exists { event_id } => {
                format!("{event_id} is scheduled for the same entity, type and time: change that one")
            }
            Self::AttemptOver => "another attempt has begun since: this one does not count any more".into(),
            Self::NotHandedOver => "no such attempt has been handed over".into(),
            Self::OccurrenceRequired => {
                "the event recurs: address one occurrence by its occurrence_id, percent-encoded".into()
            }
            Self::QuotaExceeded { maximum } => {
                format!(
                    "the service has {maximum} events scheduled, which is as many as it may: cancel some, or wait"
                )
            }
            Self::PayloadTooLarge => format!("a payload may have at most {PAYLOAD_BYTES} bytes of JSON"),
        }
    }
}
