//! Reading a JSON body of known fields.

use axum::extract::{FromRequest, Request};
use client_event_scheduler::{ProblemCode, limits};
use serde::de::DeserializeOwned;

use super::JsonBody;
use crate::problem::ApiError;

/// A JSON body with the fields of `T` and no others. `MAXIMUM` is what a refusal names; the limit itself is set for the route.
#[derive(Debug)]
pub struct Fields<T, const MAXIMUM: usize = { limits::EVENT_JSON_BYTES }>(pub T);

impl<S: Send + Sync, T: DeserializeOwned, const MAXIMUM: usize> FromRequest<S> for Fields<T, MAXIMUM> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let JsonBody(bytes): JsonBody<MAXIMUM> = JsonBody::from_request(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| refused(&error))
    }
}

/// Names the field where serde does. A value is never repeated: it may be a password.
fn refused(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let of_fields = ["missing field", "unknown field", "duplicate field"];
    if of_fields.iter().any(|start| text.starts_with(start)) {
        let field = text.split('`').nth(1).unwrap_or_default().to_owned();
        return ApiError::field(field, ProblemCode::WrongType, text);
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        return ApiError::field(
            "",
            ProblemCode::WrongType,
            format!("has a value of the wrong type at {place}"),
        );
    }
    ApiError::field("", ProblemCode::JsonSyntax, format!("is no JSON at {place}"))
}
