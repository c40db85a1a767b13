//! `/api/events/delivery`, `outbox` and `stream`: how a service is told, and what it fetches for itself.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::IntoResponse;
use client_event_scheduler::ProblemCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service_events::{DEFAULT_LIMIT, MOST_LIMIT};
use super::{Fields, Parameters, page_limit};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::service::delivery::{DeliveryBody, DeliveryView};
use crate::service::{Handover, acting_service};

/// The longest that a request waits for something to fetch, in seconds.
const LONGEST_WAIT_S: u64 = 30;

/// The routes by which a service is told.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(delivery, choose_delivery))
        .routes(routes!(outbox))
        .routes(routes!(follow))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ServiceQuery {
    /// The service; a person has to name it.
    service_id: Option<String>,
}

/// Says how a service is told.
#[utoipa::path(
    get,
    path = "/api/events/delivery",
    tag = "service",
    operation_id = "readDelivery",
    params(ServiceQuery),
    responses((status = 200, description = "The way that it has chosen", body = DeliveryView)),
)]
async fn delivery(
    State(app): State<App>,
    caller: Caller,
    Parameters(query): Parameters<ServiceQuery>,
) -> Result<Json<DeliveryView>, ApiError> {
    Ok(Json(app.service().delivery(&caller, query.service_id.as_deref()).await?))
}

/// Chooses how a service is told.
#[utoipa::path(
    put,
    path = "/api/events/delivery",
    tag = "service",
    operation_id = "chooseDelivery",
    request_body = DeliveryBody,
    responses((status = 200, description = "The way from now on; the secret of a webhook where one was made", body = DeliveryView)),
)]
async fn choose_delivery(
    State(app): State<App>,
    caller: Caller,
    Fields(body): Fields<DeliveryBody>,
) -> Result<Json<DeliveryView>, ApiError> {
    Ok(Json(app.service().choose_delivery(&caller, &body).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct OutboxQuery {
    /// The service; a person has to name it.
    service_id: Option<String>,
    /// `last_seq` of the answer before; 0, the beginning, unless given.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// Seconds to wait for something where there is nothing: 0 unless given, at most 30.
    #[param(value_type = Option<u64>)]
    wait_seconds: Option<String>,
    /// Attempts in an answer: 100 unless given, at most 1 000.
    #[param(value_type = Option<u32>, minimum = 1)]
    limit: Option<String>,
}

/// What waits to be fetched.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct OutboxAnswer {
    success: bool,
    /// Attempts that are handed over and not acknowledged, in the order in which they were handed over.
    occurrences: Vec<Handover>,
    /// The place of the last one, or `after` where there is none.
    last_seq: u64,
}

/// Fetches the attempts that are handed over and not acknowledged. What is not acknowledged by its deadline is handed over again.
#[utoipa::path(
    get,
    path = "/api/events/outbox",
    tag = "service",
    operation_id = "readOutbox",
    params(OutboxQuery),
    responses((status = 200, description = "The attempts, the first one first", body = OutboxAnswer)),
)]
async fn outbox(
    State(app): State<App>,
    caller: Caller,
    Parameters(query): Parameters<OutboxQuery>,
) -> Result<Json<OutboxAnswer>, ApiError> {
    let service = acting_service(&caller, query.service_id.as_deref())?;
    let after = number("after", query.after.as_deref())?;
    let wait = number("wait_seconds", query.wait_seconds.as_deref())?.min(LONGEST_WAIT_S);
    let limit = page_limit(query.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    let mut hints = app.store().service_hints();
    let found = async {
        loop {
            hints.borrow_and_update();
            let (handed, last) = app.service().fetch(&service, after, limit).await?;
            if !handed.is_empty() || wait == 0 || hints.changed().await.is_err() {
                return Ok::<_, ApiError>((handed, last));
            }
        }
    };
    let patience = if wait == 0 { Duration::MAX } else { Duration::from_secs(wait) };
    let (handed, last) = match tokio::time::timeout(patience, found).await {
        Ok(found) => found?,
        Err(_) => (Vec::new(), None),
    };
    let occurrences = handed.into_iter().map(|(_, handover)| handover).collect();
    Ok(Json(OutboxAnswer { success: true, occurrences, last_seq: last.unwrap_or(after) }))
}

/// Follows the outbox as server-sent events: `occurrence` and `heartbeat`.
#[utoipa::path(
    get,
    path = "/api/events/stream",
    tag = "service",
    operation_id = "followOutbox",
    params(
        ServiceQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The place of the last occurrence that was received; all that is outstanding unless given"),
    ),
    responses((status = 200, description = "Server-sent events, without end", body = Object, content_type = "text/event-stream")),
)]
async fn follow(
    State(app): State<App>,
    caller: Caller,
    Parameters(query): Parameters<ServiceQuery>,
    headers: HeaderMap,
) -> Result<Response<Body>, ApiError> {
    let service = acting_service(&caller, query.service_id.as_deref())?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = number("Last-Event-ID", last.filter(|id| !id.is_empty()))?;
    let body = app.service().follow(service, after, app.shutdown());
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect a response before passing it on would hold the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response.into_response())
}

fn number(field: &'static str, text: Option<&str>) -> Result<u64, ApiError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| {
        ApiError::field(field, ProblemCode::WrongType, format!("is {text:?}: write a whole number from 0 on"))
    })
}
