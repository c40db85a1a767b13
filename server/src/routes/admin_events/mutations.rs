//! Changing single events.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::super::{EventId, JsonBody, OptionalJsonBody, Parameters};
use crate::access::Caller;
use crate::app::App;
use crate::events::{
    Changed, DeclineReason, DeclineRequest, Document, EventPatch, EventView, IdempotencyKey, Precondition,
};
use crate::problem::{ApiError, FieldProblem};

/// One event, after a mutation or as it is.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct EventAnswer {
    /// Always true.
    success: bool,
    /// One sentence for a person.
    message: &'static str,
    /// The event; before a deletion, what it was.
    event: Document,
    /// Why the event is in quarantine; left out for a valid one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<FieldProblem>,
    /// The feed number of the event's latest change. Pass it on as `after_seq` to read what this mutation wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

/// The revision that a change was made to.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RevisionParameter {
    /// The revision that the caller has read; another stored one is answered with `STALE_REVISION`.
    #[param(value_type = Option<u64>)]
    revision: Option<String>,
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Creates an event, whose id the client makes.
#[utoipa::path(
    post,
    path = "/create",
    tag = "events",
    operation_id = "createEvent",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Names this request, in 1 to 128 visible ASCII characters. Repeated with the same body within 24 hours it has the same answer, with another body it is refused.")),
    request_body(content = Document, content_type = "application/json"),
    responses(
        (status = 201, description = "The event was created", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes"),
                ("Idempotency-Replayed" = Option<String>, description = "`true` where an earlier answer is repeated"))),
        (status = 409, description = "`EVENT_EXISTS`, or `IDEMPOTENCY_KEY_REUSED`"),
        (status = 413, description = "`LIMIT_EXCEEDED`: the event has more than 64 KiB"),
        (status = 415, description = "`INVALID_INPUT`: the body is not declared as JSON"),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let key = IdempotencyKey::from_headers(&headers)?;
    let (changed, replayed) = app.events_for(&caller).create(body.0, key).await?;
    let mut response = (StatusCode::CREATED, answer(changed, "Event created")).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Merges fields into an event; one that is null is cleared.
#[utoipa::path(
    put,
    path = "/update/{event_id}",
    tag = "events",
    operation_id = "updateEvent",
    params(("event_id" = String, Path, description = "The event"),
        ("If-Match" = Option<String>, Header, description = "The revision that the change was made to, in quotes; the body's `revision` says the same")),
    request_body(content = EventPatch, content_type = "application/json"),
    responses(
        (status = 200, description = "The event was updated, or was just so already", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`STALE_REVISION`: the event was changed since; `detail` names both revisions"),
        (status = 413, description = "`LIMIT_EXCEEDED`: the event would have more than 64 KiB"),
        (status = 415, description = "`INVALID_INPUT`: the body is not declared as JSON"),
    )
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let precondition = Precondition::from_headers(&headers)?;
    let changed = app.events_for(&caller).update(event_id, body.0, precondition).await?;
    let message = if changed.written { "Event updated" } else { "Nothing to update: the event is just so" };
    Ok(answer(changed, message))
}

/// The same as PUT, which merges too.
#[utoipa::path(
    patch,
    path = "/update/{event_id}",
    tag = "events",
    operation_id = "patchEvent",
    params(("event_id" = String, Path, description = "The event"),
        ("If-Match" = Option<String>, Header, description = "The revision that the change was made to, in quotes; the body's `revision` says the same")),
    request_body(content = EventPatch, content_type = "application/json"),
    responses(
        (status = 200, description = "The event was updated, or was just so already", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`STALE_REVISION`: the event was changed since; `detail` names both revisions"),
        (status = 413, description = "`LIMIT_EXCEEDED`: the event would have more than 64 KiB"),
        (status = 415, description = "`INVALID_INPUT`: the body is not declared as JSON"),
    )
)]
pub(super) async fn patch(
    state: State<App>,
    caller: Caller,
    event_id: EventId,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    update(state, caller, event_id, headers, body).await
}

/// Deletes an event; the feed keeps a tombstone.
#[utoipa::path(
    delete,
    path = "/delete/{event_id}",
    tag = "events",
    operation_id = "deleteEvent",
    params(("event_id" = String, Path, description = "The event"),
        ("If-Match" = Option<String>, Header, description = "The revision that the caller has read, in quotes"),
        RevisionParameter),
    responses(
        (status = 200, description = "The event was deleted; the answer holds what it was", body = EventAnswer,
            headers(("ETag" = String, description = "The last revision, in quotes"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`STALE_REVISION`"),
    )
)]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
    headers: HeaderMap,
    Parameters(parameter): Parameters<RevisionParameter>,
) -> Result<Response, ApiError> {
    let precondition = precondition(&headers, &parameter)?;
    let changed = app.events_for(&caller).delete(event_id, precondition).await?;
    Ok(answer(changed, "Event deleted"))
}

/// Approves an event: its triggers come into being.
#[utoipa::path(
    post,
    path = "/approve/{event_id}",
    tag = "events",
    operation_id = "approveEvent",
    params(("event_id" = String, Path, description = "The event"),
        ("If-Match" = Option<String>, Header, description = "The revision that the caller has read, in quotes"),
        RevisionParameter),
    responses(
        (status = 200, description = "The event is approved", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`STALE_REVISION`"),
        (status = 413, description = "`LIMIT_EXCEEDED`: with the decision the event would have more than 64 KiB"),
    )
)]
pub(super) async fn approve(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
    headers: HeaderMap,
    Parameters(parameter): Parameters<RevisionParameter>,
) -> Result<Response, ApiError> {
    let precondition = precondition(&headers, &parameter)?;
    let changed = app.events_for(&caller).approve(event_id, precondition).await?;
    let message = if changed.written { "Event approved" } else { "The event is approved already" };
    Ok(answer(changed, message))
}

/// Declines an event: its triggers are withdrawn. A reason stands in the event as `decline_reason` until it is approved.
#[utoipa::path(
    post,
    path = "/decline/{event_id}",
    tag = "events",
    operation_id = "declineEvent",
    params(("event_id" = String, Path, description = "The event"),
        ("If-Match" = Option<String>, Header, description = "The revision that the caller has read, in quotes"),
        RevisionParameter),
    request_body(content = Option<DeclineRequest>, content_type = "application/json", description = "Why; it may be left out"),
    responses(
        (status = 200, description = "The event is declined", body = EventAnswer,
            headers(("ETag" = String, description = "The revision, in quotes"))),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`STALE_REVISION`"),
        (status = 413, description = "`LIMIT_EXCEEDED`: with the decision the event would have more than 64 KiB"),
        (status = 415, description = "`INVALID_INPUT`: the body is not declared as JSON"),
    )
)]
pub(super) async fn decline(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
    headers: HeaderMap,
    Parameters(parameter): Parameters<RevisionParameter>,
    body: OptionalJsonBody,
) -> Result<Response, ApiError> {
    let precondition = precondition(&headers, &parameter)?;
    let reason = DeclineReason::read(&body.0)?;
    let changed = app.events_for(&caller).decline(event_id, reason, precondition).await?;
    let message = if changed.written { "Event declined" } else { "The event is declined already" };
    Ok(answer(changed, message))
}

fn precondition(headers: &HeaderMap, parameter: &RevisionParameter) -> Result<Precondition, ApiError> {
    Precondition::from_headers(headers)?.and_revision(parameter.revision.as_deref())
}

fn answer(changed: Changed, message: &'static str) -> Response {
    event_answer(changed.event, message, Some(changed.seq))
}

/// The answer of a route about one event, with its revision as `ETag`.
pub(super) fn event_answer(view: EventView, message: &'static str, seq: Option<u64>) -> Response {
    let EventView { event, problems } = view;
    let tag = event.raw("revision").map(|revision| format!("\"{revision}\""));
    let mut response = Json(EventAnswer { success: true, message, event, problems, seq }).into_response();
    if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
