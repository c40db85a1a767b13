//! Reading the parts of a request; what does not fit is answered as problem+json like everything else.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use client_event_scheduler::{ProblemCode, limits};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::problem::ApiError;

/// The time in which a body that is read as a whole has to arrive.
#[derive(Debug, Clone, Copy)]
pub struct BodyPatience(pub Duration);

/// The bytes of a body that is declared as JSON. What they contain is for its reader to judge.
///
/// `MAXIMUM` is what a refusal names; the limit itself is set for the route.
#[derive(Debug)]
pub struct JsonBody<const MAXIMUM: usize = { limits::EVENT_JSON_BYTES }>(pub Bytes);

impl<S: Send + Sync, const MAXIMUM: usize> FromRequest<S> for JsonBody<MAXIMUM> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        whole_body(request, state, MAXIMUM).await.map(Self)
    }
}

/// The bytes of a body that may be left out, whatever the request then says of its kind; one that is there is declared as JSON.
#[derive(Debug)]
pub struct OptionalJsonBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for OptionalJsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = whole_body(request, state, limits::EVENT_JSON_BYTES).await?;
        if bytes.is_empty() || is_json { Ok(Self(bytes)) } else { Err(ApiError::UnsupportedMediaType) }
    }
}

async fn whole_body<S: Send + Sync>(request: Request, state: &S, maximum: usize) -> Result<Bytes, ApiError> {
    let patience = request.extensions().get::<BodyPatience>().map_or(Duration::MAX, |patience| patience.0);
    let begin = Instant::now();
    let Ok(body) = tokio::time::timeout(patience, Bytes::from_request(request, state)).await else {
        return Err(ApiError::BodyTimeout);
    };
    match body {
        Ok(bytes) => Ok(bytes),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(match maximum {
            limits::EVENT_JSON_BYTES => ApiError::LimitExceeded { maximum },
            _ => ApiError::BodyTooLarge { maximum: maximum as u64 },
        }),
        // A body that has paused for as long is broken off below this, perhaps a moment earlier.
        Err(_) if begin.elapsed() >= patience => Err(ApiError::BodyTimeout),
        Err(rejection) => Err(ApiError::field("", ProblemCode::JsonSyntax, rejection.body_text())),
    }
}

/// The id in the path.
#[derive(Debug)]
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // A path that is no UTF-8, or has a control character, names nothing.
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        if id.chars().any(char::is_control) {
            return Err(ApiError::NotFound);
        }
        Ok(Self(id))
    }
}

/// The parameters of the query.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(ApiError::field("", ProblemCode::WrongType, rejection.body_text())),
        }
    }
}

/// Reads how many items a page may have: `default` where nothing is said, never more than `most`.
///
/// # Errors
///
/// `INVALID_INPUT` for what is no number, or no page.
pub fn page_limit(text: Option<&str>, default: u32, most: u32) -> Result<u32, ApiError> {
    let Some(text) = text else { return Ok(default) };
    match text.parse::<u32>() {
        Ok(limit) if limit > 0 => Ok(limit.min(most)),
        _ => {
            let message = format!("is {text:?}: write a whole number from 1 to {most}");
            Err(ApiError::field("limit", ProblemCode::WrongType, message))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
