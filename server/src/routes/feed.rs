//! `/api/v1/scheduler`: the change feed.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::IntoResponse;
use client_event_scheduler::ProblemCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Parameters, page_limit};
use crate::app::App;
use crate::feed;
use crate::problem::ApiError;

const DEFAULT_LIMIT: u32 = 500;
const MOST_LIMIT: u32 = 1_000;

/// The routes below `/api/v1/scheduler`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(snapshot)).routes(routes!(changes)).routes(routes!(stream))
}

#[derive(Debug, Deserialize)]
struct Place {
    cursor: Option<String>,
    limit: Option<String>,
}

/// Reads every event, and the place in the feed after them, of one transaction.
#[utoipa::path(
    get,
    path = "/snapshot",
    tag = "feed",
    operation_id = "readSnapshot",
    responses((status = 200, description = "Every event", body = feed::Snapshot)),
)]
async fn snapshot(State(app): State<App>) -> Result<Response<Body>, ApiError> {
    let received_at = app.clock().now();
    let body = feed::snapshot_body(app.store(), app.host(), app.clock(), received_at).await?;
    Ok(uncached(body, "application/json"))
}

/// Reads what changed after a place in the feed.
#[utoipa::path(
    get,
    path = "/changes",
    tag = "feed",
    operation_id = "readChanges",
    params(
        ("cursor" = String, Query, description = "The place: from a snapshot, or the `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Changes on a page, 500 unless given, at most 1 000"),
    ),
    responses(
        (status = 200, description = "The changes, oldest first", body = feed::ChangesPage),
        (status = 410, description = "`CURSOR_EXPIRED`: take a fresh snapshot"),
    )
)]
async fn changes(
    State(app): State<App>,
    Parameters(place): Parameters<Place>,
) -> Result<Response<Body>, ApiError> {
    let received_at = app.clock().now();
    let cursor = place.cursor.as_deref().ok_or_else(cursor_missing)?;
    let limit = page_limit(place.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    let page = feed::changes(app.store(), app.host(), app.clock(), cursor, limit, received_at).await?;
    Ok(Json(page).into_response())
}

/// Follows the feed as server-sent events: `change`, `bookmark` and `heartbeat`.
#[utoipa::path(
    get,
    path = "/stream",
    tag = "feed",
    operation_id = "followFeed",
    params(
        ("cursor" = Option<String>, Query, description = "The place from which to follow"),
        ("Last-Event-ID" = Option<String>, Header, description = "The place of the last event that was received; counts before `cursor`"),
    ),
    responses(
        (status = 200, description = "Server-sent events, without end: each with `event`, `data` and, but for heartbeats, `id`", body = Object, content_type = "text/event-stream"),
        (status = 410, description = "`CURSOR_EXPIRED`: take a fresh snapshot"),
    )
)]
async fn stream(
    State(app): State<App>,
    Parameters(place): Parameters<Place>,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    // On a reconnection the browser knows a later place than the address does.
    let last_event_id = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cursor = last_event_id.filter(|id| !id.is_empty()).or(place.cursor).ok_or_else(cursor_missing)?;
    let body = feed::follow(app.feed(), &cursor).await?;
    let mut response = uncached(body, "text/event-stream");
    // Proxies that collect a response before passing it on would hold the events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn cursor_missing() -> ApiError {
    ApiError::field("cursor", ProblemCode::WrongType, "is missing: take one from the snapshot")
}

fn uncached(body: Body, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
