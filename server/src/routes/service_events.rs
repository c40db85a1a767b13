//! `/api/events`: the scheduling service for other back ends.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id, Parameters, page_limit, service_delivery};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::service::upcoming::{UpcomingPage, UpcomingQuery};
use crate::service::views::ScheduledView;
use crate::service::{
    BatchBody, CancelAnswer, CompleteBody, EntityFilter, FailBody, PreviewAnswer, PreviewBody,
    RemindersAnswer, RemindersBody, RescheduleBody, ScheduleBody, Scheduled, ScheduledBatch, Settled, limits,
};

pub(super) const DEFAULT_LIMIT: u32 = 100;
pub(super) const MOST_LIMIT: u32 = 1_000;

/// The routes below `/api/events`.
pub fn router() -> OpenApiRouter<App> {
    let batch = OpenApiRouter::new()
        .routes(routes!(schedule_batch))
        .layer(DefaultBodyLimit::max(limits::BATCH_BYTES));
    OpenApiRouter::new()
        .routes(routes!(schedule))
        .merge(batch)
        .routes(routes!(preview))
        .routes(routes!(upcoming))
        .routes(routes!(dead_letters))
        .routes(routes!(put_reminders))
        .merge(service_delivery::router())
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

/// Shows when a recurrence would occur, read just as it would be scheduled. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/events/preview",
    tag = "service",
    operation_id = "previewRecurrence",
    request_body = PreviewBody,
    responses((status = 200, description = "The first occurrences to come", body = PreviewAnswer)),
)]
async fn preview(
    State(app): State<App>,
    Fields(body): Fields<PreviewBody>,
) -> Result<Json<PreviewAnswer>, ApiError> {
    Ok(Json(app.service().preview(&body)?))
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
        (status = 429, description = "`SERVICE_QUOTA_EXCEEDED`: it was over, and the service has as many active events as it may"),
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
