//! Errors as the client sees them: one exhaustive mapping to `application/problem+json`.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use client_event_scheduler::{InvalidInput, Problem, ProblemCode};
use serde::Serialize;

use crate::access::AccessError;
use crate::store::StoreError;
use crate::telemetry;

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
    /// The cursor cannot be continued: the client takes a fresh snapshot.
    CursorExpired(CursorFault),
    /// The scheduler is being built anew, and cannot be asked.
    SchedulerDown,
    /// The scheduler does not carry out an order.
    OrderRefused {
        /// Why.
        message: String,
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

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize)]
pub struct FieldProblem {
    /// Wire name of the field; empty for the body as a whole.
    pub field: Cow<'static, str>,
    /// Stable code.
    pub code: &'static str,
    /// What was found and what to write instead.
    pub message: String,
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
        let problem = FieldProblem { field: field.into(), code: code.as_str(), message: message.into() };
        Self::InvalidInput(vec![problem])
    }

    /// The HTTP status and the stable code.
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidInput(_) => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_INPUT"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_INPUT"),
            Self::LimitExceeded { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"),
            Self::EventNotFound { .. } => (StatusCode::NOT_FOUND, "EVENT_NOT_FOUND"),
            Self::EventExists { .. } => (StatusCode::CONFLICT, "EVENT_EXISTS"),
            Self::StaleRevision { .. } => (StatusCode::CONFLICT, "STALE_REVISION"),
            Self::CursorExpired(_) => (StatusCode::GONE, "CURSOR_EXPIRED"),
            Self::SchedulerDown => (StatusCode::SERVICE_UNAVAILABLE, "SCHEDULER_DOWN"),
            Self::OrderRefused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "ORDER_REFUSED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "CROSS_ORIGIN"),
            Self::HostNotAllowed => (StatusCode::MISDIRECTED_REQUEST, "HOST_NOT_ALLOWED"),
            Self::Access(refusal) => refusal.status_and_code(),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT"),
            Self::Store(error) => status_and_code_of(error),
            Self::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        }
    }

    /// One sentence for a person. It tells nothing of the server's inside.
    fn detail(&self) -> String {
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
            Self::NotFound => "there is nothing at this address".into(),
            Self::MethodNotAllowed => "this address does not take this method".into(),
            Self::CrossOrigin => "changes are taken from pages of this server only".into(),
            Self::HostNotAllowed => {
                "this server listens on loopback: address it as localhost or 127.0.0.1".into()
            }
            Self::Access(refusal) => refusal.detail(),
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

    fn problems(self) -> Vec<FieldProblem> {
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
            | Self::CursorExpired(_)
            | Self::SchedulerDown
            | Self::OrderRefused { .. }
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::CrossOrigin
            | Self::HostNotAllowed
            | Self::Access(_)
            | Self::BodyTimeout
            | Self::Store(_)
            | Self::Internal { .. } => Vec::new(),
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
            | Self::InvalidInput(_)
            | Self::UnsupportedMediaType
            | Self::LimitExceeded { .. }
            | Self::EventNotFound { .. }
            | Self::EventExists { .. }
            | Self::StaleRevision { .. }
            | Self::CursorExpired(_)
            | Self::NotFound
            | Self::BodyTimeout
            | Self::SchedulerDown
            | Self::OrderRefused { .. }
            | Self::MethodNotAllowed => tracing::debug!(error = ?self, "a request was refused"),
        }
    }
}

/// The code of the problem, kept with the response for the audit.
#[derive(Debug, Clone, Copy)]
pub struct AnsweredCode(pub &'static str);
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
        | StoreError::NoRandomness(_) => (StatusCode::SERVICE_UNAVAILABLE, "STORE_ERROR"),
    }
}

#[derive(Serialize)]
struct ProblemBody {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    problems: Vec<FieldProblem>,
    /// Finds the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        self.log();
        let (status, code) = self.status_and_code();
        let retry_after_s = match self {
            Self::Access(AccessError::TooManyRequests { retry_after_s }) => Some(retry_after_s),
            _ => None,
        };
        let body = ProblemBody {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: self.detail(),
            problems: self.problems(),
            request_id: telemetry::request_id(),
        };
        let mut response = (status, axum::Json(body)).into_response();
        response.extensions_mut().insert(AnsweredCode(code));
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
