//! Reading events.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::{EventId, Parameters, streamed};
use super::mutations::{EventAnswer, event_answer};
use crate::app::App;
use crate::events::{FilterParameters, ListAnswer, ListParameters, WholeList};
use crate::problem::ApiError;

/// Lists events: filtered, sorted, page by page, or whole.
///
/// Every status is that of the instant at which the first page was asked for, on every page. An event that exists all the while and
/// is not changed comes exactly once.
#[utoipa::path(
    get,
    path = "/list",
    tag = "events",
    operation_id = "listEvents",
    params(FilterParameters, ListParameters),
    responses(
        (status = 200, description = "A page, or without `limit` and `cursor` the whole list", body = ListAnswer),
        (status = 422, description = "`INVALID_INPUT`, or `LIST_CURSOR_INVALID` for a cursor of another list"),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Response, ApiError> {
    match parameters.page_limit()? {
        Some(limit) => Ok(Json(app.events().page(&parameters, limit).await?).into_response()),
        None => {
            let (pages, total) = app.events().whole(&parameters).await?;
            Ok(streamed(pages.into_text(WholeList::new(total)), "application/json"))
        }
    }
}

/// Reads one event, also one that cannot be understood.
#[utoipa::path(
    get,
    path = "/details/{event_id}",
    tag = "events",
    operation_id = "readEvent",
    params(("event_id" = String, Path, description = "The event")),
    responses(
        (status = 200, description = "The event with its present status", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes, for `If-Match`"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
    )
)]
pub(super) async fn details(
    State(app): State<App>,
    EventId(event_id): EventId,
) -> Result<Response, ApiError> {
    Ok(event_answer(app.events().details(&event_id).await?, "Event found", None))
}
