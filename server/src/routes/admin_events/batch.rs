//! One action on many events.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::JsonBody;
use crate::access::Caller;
use crate::app::App;
use crate::events::limits::BATCH_BYTES;
use crate::events::{BatchAnswer, BatchRequest};
use crate::problem::ApiError;

/// The route `/batch`.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(batch)).layer(DefaultBodyLimit::max(BATCH_BYTES))
}

/// Approves, declines, cancels, deletes or shifts many events, each in a transaction of its own.
#[utoipa::path(
    post,
    path = "/batch",
    tag = "events",
    operation_id = "batchEvents",
    request_body(content = BatchRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "What became of each event; `success` is false where one was refused", body = BatchAnswer),
        (status = 413, description = "`BODY_TOO_LARGE`: the body has more than 1 MiB"),
        (status = 415, description = "`INVALID_INPUT`: the body is not declared as JSON"),
    )
)]
async fn batch(
    State(app): State<App>,
    caller: Caller,
    body: JsonBody<BATCH_BYTES>,
) -> Result<Json<BatchAnswer>, ApiError> {
    Ok(Json(app.events_for(&caller).batch(BatchRequest::read(&body.0)?).await?))
}
