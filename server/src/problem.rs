//! Errors as the client sees them: one exhaustive mapping to `application/problem+json`.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use client_event_scheduler::{InvalidInput, Problem, ProblemCode};
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::store::StoreError;

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

/// Every code of a problem as a whole.
pub const CODES: [&str; 19] = [
    "INVALID_INPUT",
    "LIMIT_EXCEEDED",
    "EVENT_NOT_FOUND",
    "EVENT_EXISTS",
    "STALE_REVISION",
    "IDEMPOTENCY_KEY_REUSED",
    "CURSOR_EXPIRED",
    "LIST_CURSOR_INVALID",
    "UNSUPPORTED_MEDIA_TYPE",
    "BODY_TOO_LARGE",
    "IMPORT_NOT_FOUND",
    "IMPORT_EXISTS",
    "SEQ_NOT_REACHED",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "CROSS_ORIGIN",
    "HOST_NOT_ALLOWED",
    "STORE_ERROR",
    "INTERNAL",
];

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
            Self::ListCursorInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "LIST_CURSOR_INVALID"),
            Self::ImportMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"),
            Self::ImportNotFound { .. } => (StatusCode::NOT_FOUND, "IMPORT_NOT_FOUND"),
            Self::ImportExists { .. } => (StatusCode::CONFLICT, "IMPORT_EXISTS"),
            Self::SeqNotReached { .. } => (StatusCode::CONFLICT, "SEQ_NOT_REACHED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "CROSS_ORIGIN"),
            Self::HostNotAllowed => (StatusCode::MISDIRECTED_REQUEST, "HOST_NOT_ALLOWED"),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "STORE_ERROR"),
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
            Self::SeqNotReached { seq } => {
                format!("change {seq} has not been taken in yet: ask again, or leave after_seq out")
            }
            Self::NotFound => "there is nothing at this address".into(),
            Self::MethodNotAllowed => "this address does not take this method".into(),
            Self::CrossOrigin => "changes are taken from pages of this server only".into(),
            Self::HostNotAllowed => {
                "this server listens on loopback: address it as localhost or 127.0.0.1".into()
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
            | Self::ListCursorInvalid(_)
            | Self::ImportMediaType
            | Self::BodyTooLarge { .. }
            | Self::ImportNotFound { .. }
            | Self::ImportExists { .. }
            | Self::SeqNotReached { .. }
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::CrossOrigin
            | Self::HostNotAllowed
            | Self::Store(_)
            | Self::Internal { .. } => Vec::new(),
        }
    }

    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "a request failed for the database"),
            Self::Internal { what } => tracing::error!(%what, "a request failed for a bug"),
            Self::CrossOrigin | Self::HostNotAllowed => {
                tracing::warn!(error = ?self, "a request was refused")
            }
            Self::InvalidInput(_)
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
            | Self::SeqNotReached { .. }
            | Self::NotFound
            | Self::MethodNotAllowed => tracing::debug!(error = ?self, "a request was refused"),
        }
    }
}

/// The code of a problem as a whole.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl ToSchema for Code {
    fn name() -> std::borrow::Cow<'static, str> {
        "ProblemCode".into()
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(CODES))
            .description(Some("Stable code of the problem as a whole"))
            .examples([json!("INVALID_INPUT")])
            .into()
    }
}

/// A refused request (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "about:blank", "title": "Conflict", "status": 409, "code": "STALE_REVISION",
    "detail": "the event is at revision 4, the change was made to revision 3: read it again", "problems": []
}))]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    r#type: &'static str,
    /// The name of the HTTP status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, for programs.
    code: Code,
    /// What is wrong, for a person.
    detail: String,
    /// The fields that are at fault.
    problems: Vec<FieldProblem>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        self.log();
        let (status, code) = self.status_and_code();
        debug_assert!(CODES.contains(&code), "{code} is not among the documented codes");
        let retry_after = matches!(self, Self::SeqNotReached { .. } | Self::Store(_));
        let body = ProblemBody {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: Code(code),
            detail: self.detail(),
            problems: self.into_problems(),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
