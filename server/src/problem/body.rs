//! The form in which a problem is answered.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{ApiError, FieldProblem};
use crate::telemetry;

/// Every code of a problem as a whole.
pub const CODES: [&str; 56] = [
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
    "ACCOUNT_NOT_FOUND",
    "ACCOUNT_EXISTS",
    "SEQ_NOT_REACHED",
    "SCHEDULER_DOWN",
    "ORDER_REFUSED",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "CROSS_ORIGIN",
    "HOST_NOT_ALLOWED",
    "SIGN_IN_REQUIRED",
    "SIGN_IN_FAILED",
    "SESSION_EXPIRED",
    "API_KEY_INVALID",
    "SERVICE_MISMATCH",
    "FORBIDDEN",
    "USERS_ONLY",
    "NOT_YOUR_PENDING_EVENT",
    "APPROVAL_FORBIDDEN",
    "CSRF_TOKEN_INVALID",
    "TOO_MANY_REQUESTS",
    "SETUP_TOKEN_INVALID",
    "SETUP_DONE",
    "USER_NOT_FOUND",
    "USER_EXISTS",
    "LAST_SUPER_ADMIN",
    "PASSWORD_WRONG",
    "SESSION_NOT_FOUND",
    "KEY_NOT_FOUND",
    "TOO_MANY_KEYS",
    "SCHEDULED_EVENT_NOT_FOUND",
    "SCHEDULED_EVENT_FINAL",
    "SCHEDULED_EVENT_EXISTS",
    "ATTEMPT_OVER",
    "NOT_HANDED_OVER",
    "OCCURRENCE_REQUIRED",
    "SERVICE_QUOTA_EXCEEDED",
    "PAYLOAD_TOO_LARGE",
    "BODY_TIMEOUT",
    "STORE_FULL",
    "STORE_READ_ONLY",
    "STORE_BUSY",
    "STORE_UNAVAILABLE",
    "STORE_ERROR",
    "INTERNAL",
];

/// The code of the problem, kept with the response for the audit.
#[derive(Debug, Clone, Copy)]
pub struct AnsweredCode(pub &'static str);

/// The code of a problem as a whole.
#[derive(Debug, Clone, Copy, Serialize)]
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
    /// Finds the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        self.log();
        let (status, code) = self.status_and_code();
        debug_assert!(CODES.contains(&code), "{code} is not among the documented codes");
        let retry_after_s = self.retry_after_s();
        let body = ProblemBody {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: Code(code),
            detail: self.detail(),
            problems: self.into_problems(),
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
