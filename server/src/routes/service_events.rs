//! `/api/events`: the scheduling service for other back ends.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use client_event_scheduler::ProblemCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id, Parameters, page_limit};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::service::delivery::{DeliveryBody, DeliveryView};
use crate::service::upcoming::{UpcomingPage, UpcomingQuery};
use crate::service::views::ScheduledView;
use crate::service::{
    BatchBody, CancelAnswer, CompleteBody, EntityFilter, FailBody, Handover, RemindersAnswer, RemindersBody,
    RescheduleBody, ScheduleBody, Scheduled, ScheduledBatch, Settled, acting_service, limits,
};

const DEFAULT_LIMIT: u32 = 100;
const MOST_LIMIT: u32 = 1_000;

/// The longest that a request waits for something to fetch, in seconds.
const LONGEST_WAIT_S: u64 = 30;

/// The routes below `/api/events`.
pub fn router() -> OpenApiRouter<App> {
    let batch = OpenApiRouter::new()
        .routes(routes!(schedule_batch))
        .layer(DefaultBodyLimit::max(limits::BATCH_BYTES));
    OpenApiRouter::new()
        .routes(routes!(schedule))
        .merge(batch)
        .routes(routes!(upcoming))
        .routes(routes!(dead_letters))
        .routes(routes!(put_reminders))
        .routes(routes!(delivery, choose_delivery))
        .routes(routes!(outbox))
        .routes(routes!(follow))
        .routes(routes!(cancel_entity))
        .routes(routes!(details, reschedule, cancel))
        .routes(routes!(complete))
        .routes(routes!(fail))
        .routes(routes!(retry))
}

/// Schedules something, once or repeatedly. The same thing again returns the first.
#[utoipa::path(
    post,
    path = "/api/events/schedule",
    tag = "service",
    operation_id = "scheduleEvent",
    request_body = ScheduleBody,
    responses(
        (status = 200, description = "The same was scheduled before: this is that", body = Scheduled),
        (status = 201, description = "It is scheduled", body = Scheduled),
        (status = 409, description = "`IDEMPOTENCY_KEY_REUSED`: the key came with something else before"),
        (status = 413, description = "`PAYLOAD_TOO_LARGE`, or `LIMIT_EXCEEDED` for the body as a whole"),
        (status = 429, description = "`SERVICE_QUOTA_EXCEEDED`, or `TOO_MANY_REQUESTS`: `Retry-After` says when to come again"),
    ),
)]
async fn schedule(
    State(app): State<App>,
    caller: Caller,
    Fields(body): Fields<ScheduleBody>,
) -> Result<(StatusCode, Json<Scheduled>), ApiError> {
    let scheduled = app.service().schedule(&caller, &body).await?;
    let status = if scheduled.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(scheduled)))
}

/// Schedules up to 100 events in one transaction. One that is refused does not stop the others.
#[utoipa::path(
    post,
    path = "/api/events/schedule/batch",
    tag = "service",
    operation_id = "scheduleEvents",
    request_body = BatchBody,
    responses(
        (status = 200, description = "What came of each; `success` is false where one was refused", body = ScheduledBatch),
        (status = 413, description = "`BODY_TOO_LARGE`: the body has more than 1 MiB"),
    ),
)]
async fn schedule_batch(
    State(app): State<App>,
    caller: Caller,
    Fields(body): Fields<BatchBody, { limits::BATCH_BYTES }>,
) -> Result<Json<ScheduledBatch>, ApiError> {
    Ok(Json(app.service().schedule_batch(&caller, &body).await?))
}

/// Lists what is to come, those of recurrences included that nobody has planned yet.
#[utoipa::path(
    get,
    path = "/api/events/upcoming",
    tag = "service",
    operation_id = "listUpcoming",
    params(UpcomingQuery),
    responses((status = 200, description = "A page, in the order of time", body = UpcomingPage)),
)]
async fn upcoming(
    State(app): State<App>,
    caller: Caller,
    Parameters(query): Parameters<UpcomingQuery>,
) -> Result<Json<UpcomingPage>, ApiError> {
    let limit = page_limit(query.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    Ok(Json(app.service().upcoming(&caller, &query, limit).await?))
}

/// Lists what was given up: every attempt has failed, or it was missed too long ago.
#[utoipa::path(
    get,
    path = "/api/events/dead-letters",
    tag = "service",
    operation_id = "listDeadLetters",
    params(UpcomingQuery),
    responses((status = 200, description = "A page, in the order of time", body = UpcomingPage)),
)]
async fn dead_letters(
    State(app): State<App>,
    caller: Caller,
    Parameters(query): Parameters<UpcomingQuery>,
) -> Result<Json<UpcomingPage>, ApiError> {
    let limit = page_limit(query.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    Ok(Json(app.service().dead_letters(&caller, &query, limit).await?))
}

/// Replaces the reminders of an entity by new ones, in one transaction.
#[utoipa::path(
    put,
    path = "/api/events/reminders",
    tag = "service",
    operation_id = "putReminders",
    request_body = RemindersBody,
    responses(
        (status = 200, description = "What is scheduled, and what was taken back for it", body = RemindersAnswer),
        (status = 413, description = "`PAYLOAD_TOO_LARGE`, or `LIMIT_EXCEEDED` for the body as a whole"),
    ),
)]
async fn put_reminders(
    State(app): State<App>,
    caller: Caller,
    Fields(body): Fields<RemindersBody>,
) -> Result<Json<RemindersAnswer>, ApiError> {
    Ok(Json(app.service().put_reminders(&caller, &body).await?))
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

/// Takes back everything that is scheduled for an entity.
#[utoipa::path(
    delete,
    path = "/api/events",
    tag = "service",
    operation_id = "cancelEntity",
    params(EntityFilter),
    responses((status = 200, description = "What was taken back", body = CancelAnswer)),
)]
async fn cancel_entity(
    State(app): State<App>,
    caller: Caller,
    Parameters(filter): Parameters<EntityFilter>,
) -> Result<Json<CancelAnswer>, ApiError> {
    Ok(Json(app.service().cancel_entity(&caller, &filter).await?))
}

/// Reads an event, or one occurrence, with its attempts and its history.
#[utoipa::path(
    get,
    path = "/api/events/{id}",
    tag = "service",
    operation_id = "readScheduledEvent",
    params(("id" = String, Path, description = "The event, or an occurrence, percent-encoded")),
    responses(
        (status = 200, description = "What is known of it", body = ScheduledView),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
    ),
)]
async fn details(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<ScheduledView>, ApiError> {
    Ok(Json(app.service().view(&caller, &id).await?))
}

/// Changes an event: another time, recurrence or payload. What of it waits becomes what is wanted now.
#[utoipa::path(
    patch,
    path = "/api/events/{id}",
    tag = "service",
    operation_id = "rescheduleEvent",
    params(("id" = String, Path, description = "The event")),
    request_body = RescheduleBody,
    responses(
        (status = 200, description = "The event as it is now", body = ScheduledView),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
        (status = 409, description = "`SCHEDULED_EVENT_FINAL`: it was taken back; or `SCHEDULED_EVENT_EXISTS`: the same is scheduled for that time"),
        (status = 413, description = "`PAYLOAD_TOO_LARGE`, or `LIMIT_EXCEEDED` for the body as a whole"),
    ),
)]
async fn reschedule(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Fields(body): Fields<RescheduleBody>,
) -> Result<Json<ScheduledView>, ApiError> {
    Ok(Json(app.service().reschedule(&caller, &id, body).await?))
}

/// Takes back an event, or one occurrence of it.
#[utoipa::path(
    delete,
    path = "/api/events/{id}",
    tag = "service",
    operation_id = "cancelScheduledEvent",
    params(("id" = String, Path, description = "The event, or an occurrence, percent-encoded")),
    responses(
        (status = 200, description = "What was taken back", body = CancelAnswer),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
        (status = 409, description = "`SCHEDULED_EVENT_FINAL`: it is over"),
    ),
)]
async fn cancel(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<CancelAnswer>, ApiError> {
    Ok(Json(app.service().cancel(&caller, &id).await?))
}

/// Says that an attempt was successful.
#[utoipa::path(
    post,
    path = "/api/events/{id}/complete",
    tag = "service",
    operation_id = "completeOccurrence",
    params(("id" = String, Path, description = "The occurrence, percent-encoded; or the event, if it does not recur")),
    request_body = CompleteBody,
    responses(
        (status = 200, description = "Where it stands now", body = Settled),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
        (status = 409, description = "`NOT_HANDED_OVER`, `SCHEDULED_EVENT_FINAL` or `OCCURRENCE_REQUIRED`"),
    ),
)]
async fn complete(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Fields(body): Fields<CompleteBody>,
) -> Result<Json<Settled>, ApiError> {
    Ok(Json(app.service().complete(&caller, &id, &body).await?))
}

/// Says that an attempt has failed.
#[utoipa::path(
    post,
    path = "/api/events/{id}/fail",
    tag = "service",
    operation_id = "failOccurrence",
    params(("id" = String, Path, description = "The occurrence, percent-encoded; or the event, if it does not recur")),
    request_body = FailBody,
    responses(
        (status = 200, description = "Where it stands now", body = Settled),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
        (status = 409, description = "`NOT_HANDED_OVER`, `ATTEMPT_OVER`, `SCHEDULED_EVENT_FINAL` or `OCCURRENCE_REQUIRED`"),
    ),
)]
async fn fail(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Fields(body): Fields<FailBody>,
) -> Result<Json<Settled>, ApiError> {
    Ok(Json(app.service().fail(&caller, &id, &body).await?))
}

/// Has a dead letter tried once more.
#[utoipa::path(
    post,
    path = "/api/events/{id}/retry",
    tag = "service",
    operation_id = "retryOccurrence",
    params(("id" = String, Path, description = "The occurrence, percent-encoded; or the event, if it does not recur")),
    responses(
        (status = 200, description = "The event as it is now", body = ScheduledView),
        (status = 404, description = "`SCHEDULED_EVENT_NOT_FOUND`"),
        (status = 409, description = "`SCHEDULED_EVENT_FINAL`: it is no dead letter; or `OCCURRENCE_REQUIRED`"),
    ),
)]
async fn retry(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<ScheduledView>, ApiError> {
    Ok(Json(app.service().retry(&caller, &id).await?))
}

fn number(field: &'static str, text: Option<&str>) -> Result<u64, ApiError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| {
        ApiError::field(field, ProblemCode::WrongType, format!("is {text:?}: write a whole number from 0 on"))
    })
}
