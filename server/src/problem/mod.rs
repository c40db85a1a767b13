//! Errors as the client sees them: one exhaustive mapping to `application/problem+json`.

use std::borrow::Cow;

use axum::http::StatusCode;
use client_event_scheduler::{InvalidInput, Problem, ProblemCode};
use serde::Serialize;

use crate::access::AccessError;
use crate::service::ServiceError;
use crate::store::StoreError;

mod body;

pub use body::{AnsweredCode, CODES, Code, ProblemBody};

/// Every way in which a request can end without success.
#[derive(Debug)]
pub enum ApiError {
    /// The event or an argument is invalid; every problem is listed.
    InvalidInput(Vec<FieldProblem>),
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The body or the event is too large.
    LimitExceeded {
        /// The limit in bytes.
        maximum: usize,
    },
    /// There is no such event, or it was deleted.
    EventNotFound {
        /// The id that was asked for.
        event_id: String,
    },
    /// The id to be created is in use.
    EventExists {
        /// The id.
        event_id: String,
    },
    /// The event was changed since the caller read it.
    StaleRevision {
        /// The revision that the caller knows.
        given: u64,
        /// The revision that is stored.
        current: u64,
    },
    /// The idempotency key came with another request before.
    IdempotencyKeyReused,
    /// The cursor cannot be continued: the client takes a fresh snapshot.
    CursorExpired(CursorFault),
    /// The scheduler is being built anew, and cannot be asked.
    SchedulerDown,
    /// The scheduler does not carry out an order.
    OrderRefused {
        /// Why.
        message: String,
    },
    /// The cursor of a list cannot be continued: the client begins at the first page.
    ListCursorInvalid(ListCursorFault),
    /// The body of an import is of no kind that can be imported.
    ImportMediaType,
    /// A body is too large as a whole.
    BodyTooLarge {
        /// The limit in bytes.
        maximum: u64,
    },
    /// There is no record of such an import.
    ImportNotFound {
        /// The id that was asked for.
        import_id: String,
    },
    /// The id that the client gives its import is in use.
    ImportExists {
        /// The id.
        import_id: String,
    },
    /// There is no such account at a provider.
    AccountNotFound {
        /// The id that was asked for.
        account_id: String,
    },
    /// The id of an account is in use.
    AccountExists {
        /// The id.
        account_id: String,
    },
    /// The change that the caller wants to see has not been taken in yet.
    SeqNotReached {
        /// The number of that change.
        seq: u64,
    },
    /// No route has this path.
    NotFound,
    /// The route does not take this method.
    MethodNotAllowed,
    /// A page of another origin tried to change something.
    CrossOrigin,
    /// The request names a host that this loopback server is not.
    HostNotAllowed,
    /// The access control refuses it.
    Access(AccessError),
    /// The scheduling service refuses it.
    Service(ServiceError),
    /// The body did not arrive in time.
    BodyTimeout,
    /// The database failed.
    Store(StoreError),
    /// A bug of ours.
    Internal {
        /// What went wrong, for the log.
        what: String,
    },
}

/// Why a cursor cannot be continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorFault {
    /// It is not of the form that this server gives out.
    Malformed,
    /// It belongs to another database.
    OtherEpoch,
    /// Tombstones after it may have been removed.
    BelowRetentionFloor,
    /// The database was restored from a copy older than the cursor.
    AheadOfFeed,
}

/// Why the cursor of a list cannot be continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListCursorFault {
    /// It is not of the form that this server gives out.
    Malformed,
    /// It belongs to a list with another filter or order.
    OtherList,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Wire name of the field; empty for the body as a whole.
    #[schema(value_type = String, example = "end_datetime")]
    pub field: Cow<'static, str>,
    /// Stable code.
    #[schema(value_type = String, example = "DATE_ORDER")]
    pub code: &'static str,
    /// What was found and what to write instead.
    pub message: String,
}

impl FieldProblem {
    /// Makes a problem of `field`.
    pub fn new(field: impl Into<Cow<'static, str>>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

impl From<Problem> for FieldProblem {
    fn from(problem: Problem) -> Self {
        Self { field: problem.field.into(), code: problem.code.as_str(), message: problem.message }
    }
}

impl From<InvalidInput> for ApiError {
    fn from(invalid: InvalidInput) -> Self {
        if invalid.problems.iter().any(|problem| problem.code == ProblemCode::EventTooLarge) {
            return Self::LimitExceeded { maximum: client_event_scheduler::limits::EVENT_JSON_BYTES };
        }
        Self::InvalidInput(invalid.problems.into_iter().map(FieldProblem::from).collect())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AccessError> for ApiError {
    fn from(refusal: AccessError) -> Self {
        Self::Access(refusal)
    }
}

impl From<FieldProblem> for ApiError {
    fn from(problem: FieldProblem) -> Self {
        Self::InvalidInput(vec![problem])
    }
}

impl From<ListCursorFault> for ApiError {
    fn from(fault: ListCursorFault) -> Self {
        Self::ListCursorInvalid(fault)
    }
}

impl From<CursorFault> for ApiError {
    fn from(fault: CursorFault) -> Self {
        Self::CursorExpired(fault)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Internal { what } => f.write_str(what),
            other => f.write_str(&other.detail()),
        }
    }
}

impl ApiError {
    /// The error of one invalid field.
    pub fn field(field: impl Into<Cow<'static, str>>, code: ProblemCode, message: impl Into<String>) -> Self {
        Self::InvalidInput(vec![FieldProblem::new(field, code.as_str(), message)])
    }

    /// The HTTP status and the stable code.
    pub(crate) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidInput(_) => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_INPUT"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_INPUT"),
            Self::LimitExceeded { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"),
            Self::EventNotFound { .. } => (StatusCode::NOT_FOUND, "EVENT_NOT_FOUND"),
            Self::EventExists { .. } => (StatusCode::CONFLICT, "EVENT_EXISTS"),
            Self::StaleRevision { .. } => (StatusCode::CONFLICT, "STALE_REVISION"),
            Self::IdempotencyKeyReused => (StatusCode::CONFLICT, "IDEMPOTENCY_KEY_REUSED"),
            Self::CursorExpired(_) => (StatusCode::GONE, "CURSOR_EXPIRED"),
            Self::SchedulerDown => (StatusCode::SERVICE_UNAVAILABLE, "SCHEDULER_DOWN"),
            Self::OrderRefused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "ORDER_REFUSED"),
            Self::ListCursorInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "LIST_CURSOR_INVALID"),
            Self::ImportMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"),
            Self::ImportNotFound { .. } => (StatusCode::NOT_FOUND, "IMPORT_NOT_FOUND"),
            Self::ImportExists { .. } => (StatusCode::CONFLICT, "IMPORT_EXISTS"),
            Self::AccountNotFound { .. } => (StatusCode::NOT_FOUND, "ACCOUNT_NOT_FOUND"),
            Self::AccountExists { .. } => (StatusCode::CONFLICT, "ACCOUNT_EXISTS"),
            Self::SeqNotReached { .. } => (StatusCode::CONFLICT, "SEQ_NOT_REACHED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "CROSS_ORIGIN"),
            Self::HostNotAllowed => (StatusCode::MISDIRECTED_REQUEST, "HOST_NOT_ALLOWED"),
            Self::Access(refusal) => refusal.status_and_code(),
            Self::Service(refusal) => refusal.status_and_code(),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT"),
            Self::Store(error) => status_and_code_of(error),
            Self::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        }
    }

    /// One sentence for a person. It tells nothing of the server's inside.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::InvalidInput(problems) => match problems.as_slice() {
                [only] => only.message.clone(),
                several => format!("{} problems were found; nothing was changed", several.len()),
            },
            Self::UnsupportedMediaType => "send the body with Content-Type: application/json".into(),
            Self::LimitExceeded { maximum } => format!("one event's JSON may have at most {maximum} bytes"),
            Self::EventNotFound { event_id } => format!("there is no event {event_id:?}"),
            Self::EventExists { event_id } => {
                format!("there is an event {event_id:?} already: update it instead")
            }
            Self::StaleRevision { given, current } => format!(
                "the event is at revision {current}, the change was made to revision {given}: read it again"
            ),
            Self::CursorExpired(fault) => match fault {
                CursorFault::Malformed => "the cursor is not one of this feed: take a fresh snapshot".into(),
                CursorFault::OtherEpoch => {
                    "the cursor belongs to another database: take a fresh snapshot".into()
                }
                CursorFault::BelowRetentionFloor => {
                    "deletions after this cursor are no longer recorded: take a fresh snapshot".into()
                }
                CursorFault::AheadOfFeed => {
                    "the feed has not reached this cursor: take a fresh snapshot".into()
                }
            },
            Self::SchedulerDown => "the scheduler is being built anew: ask again in a moment".into(),
            Self::OrderRefused { message } => format!("the scheduler does not do this: {message}"),
            Self::IdempotencyKeyReused => {
                "this Idempotency-Key came with another body before: use a new key for a new request".into()
            }
            Self::ListCursorInvalid(fault) => match fault {
                ListCursorFault::Malformed => {
                    "the cursor is not one of this list: leave it out for the first page".into()
                }
                ListCursorFault::OtherList => {
                    "the cursor belongs to another filter or order: leave it out for the first page".into()
                }
            },
            Self::ImportMediaType => "send the body with Content-Type: application/json (an array), \
                                      application/x-ndjson or text/calendar"
                .into(),
            Self::BodyTooLarge { maximum } => {
                format!("this body may have at most {maximum} bytes: send it in parts")
            }
            Self::ImportNotFound { import_id } => format!("there is no record of an import {import_id:?}"),
            Self::ImportExists { import_id } => {
                format!("there is an import {import_id:?} already: give this one another id, or none")
            }
            Self::AccountNotFound { account_id } => format!("there is no account {account_id:?}"),
            Self::AccountExists { account_id } => {
                format!("there is an account {account_id:?} already: change it instead")
            }
            Self::SeqNotReached { seq } => {
                format!("change {seq} has not been taken in yet: ask again, or leave after_seq out")
            }
            Self::NotFound => "there is nothing at this address".into(),
            Self::MethodNotAllowed => "this address does not take this method".into(),
            Self::CrossOrigin => "changes are taken from pages of this server only".into(),
            Self::HostNotAllowed => {
                "this server listens on loopback: address it as localhost or 127.0.0.1".into()
            }
            Self::Access(refusal) => refusal.detail(),
            Self::Service(refusal) => refusal.detail(),
            Self::BodyTimeout => "the body did not arrive in time; nothing was changed".into(),
            Self::Store(StoreError::Full(_)) => {
                "no room is left for the database; nothing was changed. Free some space on the server".into()
            }
            Self::Store(StoreError::ReadOnly(_)) => {
                "the database can be read but not written at present; nothing was changed".into()
            }
            Self::Store(_) => "the database is not available; nothing was changed".into(),
            Self::Internal { .. } => "the server met a bug of its own".into(),
        }
    }

    /// The fields that are at fault.
    pub(crate) fn into_problems(self) -> Vec<FieldProblem> {
        match self {
            Self::InvalidInput(problems) => problems,
            Self::LimitExceeded { maximum } => vec![FieldProblem {
                field: "".into(),
                code: ProblemCode::EventTooLarge.as_str(),
                message: format!("one event's JSON may have at most {maximum} bytes"),
            }],
            Self::UnsupportedMediaType
            | Self::EventNotFound { .. }
            | Self::EventExists { .. }
            | Self::StaleRevision { .. }
            | Self::IdempotencyKeyReused
            | Self::CursorExpired(_)
            | Self::SchedulerDown
            | Self::OrderRefused { .. }
            | Self::ListCursorInvalid(_)
            | Self::ImportMediaType
            | Self::BodyTooLarge { .. }
            | Self::ImportNotFound { .. }
            | Self::ImportExists { .. }
            | Self::AccountNotFound { .. }
            | Self::AccountExists { .. }
            | Self::SeqNotReached { .. }
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::CrossOrigin
            | Self::HostNotAllowed
            | Self::Access(_)
            | Self::Service(_)
            | Self::BodyTimeout
            | Self::Store(_)
            | Self::Internal { .. } => Vec::new(),
        }
    }

    /// Seconds after which the same request may fare better, where that is known.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Access(AccessError::TooManyRequests { retry_after_s }) => Some(*retry_after_s),
            Self::SeqNotReached { .. } => Some(1),
            Self::Store(error) if status_and_code_of(error).0 == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        }
    }

    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "a request failed for the database"),
            Self::Internal { what } => tracing::error!(%what, "a request failed for a bug"),
            // The audit tells of refusals, within a budget: the log must not be the way to fill the disk.
            Self::CrossOrigin
            | Self::HostNotAllowed
            | Self::Access(_)
            | Self::Service(_)
            | Self::InvalidInput(_)
            | Self::UnsupportedMediaType
            | Self::LimitExceeded { .. }
            | Self::EventNotFound { .. }
            | Self::EventExists { .. }
            | Self::StaleRevision { .. }
            | Self::IdempotencyKeyReused
            | Self::CursorExpired(_)
            | Self::ListCursorInvalid(_)
            | Self::ImportMediaType
            | Self::BodyTooLarge { .. }
            | Self::ImportNotFound { .. }
            | Self::ImportExists { .. }
            | Self::AccountNotFound { .. }
            | Self::AccountExists { .. }
            | Self::SeqNotReached { .. }
            | Self::NotFound
            | Self::BodyTimeout
            | Self::SchedulerDown
            | Self::OrderRefused { .. }
            | Self::MethodNotAllowed => tracing::debug!(error = ?self, "a request was refused"),
        }
    }
}

/// What a client can do about a failure of the database differs, so the codes do.
fn status_and_code_of(error: &StoreError) -> (StatusCode, &'static str) {
    match error {
        StoreError::Full(_) => (StatusCode::INSUFFICIENT_STORAGE, "STORE_FULL"),
        StoreError::ReadOnly(_) => (StatusCode::SERVICE_UNAVAILABLE, "STORE_READ_ONLY"),
        StoreError::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "STORE_BUSY"),
        StoreError::Unreachable(_) | StoreError::Disk(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE")
        }
        StoreError::Corrupt(_)
        | StoreError::Database(_)
        | StoreError::Migration(_)
        | StoreError::File { .. }
        | StoreError::UnsupportedAddress { .. }
        | StoreError::UnsupportedScheme { .. }
        | StoreError::SqliteTooOld { .. }
        | StoreError::Damaged { .. }
        | StoreError::LeaseLost { .. }
        | StoreError::Overtaken
        | StoreError::NoRandomness(_) => (StatusCode::SERVICE_UNAVAILABLE, "STORE_ERROR"),
    }
}
