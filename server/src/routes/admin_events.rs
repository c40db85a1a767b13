//! `/api/v1/admin/events`: what the admin does with events.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Serialize;

use super::{EventId, JsonBody};
use crate::access::Caller;
use crate::app::App;
use crate::events::{Changed, Document, EventView};
use crate::problem::{ApiError, FieldProblem};

/// The routes below `/api/v1/admin/events`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/create", post(create))
        .route("/update/{event_id}", put(update))
        .route("/delete/{event_id}", delete(remove))
        .route("/approve/{event_id}", post(approve))
        .route("/decline/{event_id}", post(decline))
        .route("/list", get(list))
        .route("/details/{event_id}", get(details))
}

#[derive(Serialize)]
struct EventAnswer {
    success: bool,
    message: &'static str,
    event: Document,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<FieldProblem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

#[derive(Serialize)]
struct ListAnswer {
    success: bool,
    message: String,
    events: Vec<Document>,
    total: usize,
    quarantined: Vec<QuarantinedEvent>,
}

#[derive(Serialize)]
struct QuarantinedEvent {
    event_id: String,
    problems: Vec<FieldProblem>,
}

async fn create(State(app): State<App>, caller: Caller, body: JsonBody) -> Result<Response, ApiError> {
    let changed = app.events_for(&caller).create(body.0).await?;
    Ok((StatusCode::CREATED, Json(mutation_answer(changed, "Event created"))).into_response())
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let changed = app.events_for(&caller).update(event_id, body.0).await?;
    let message = if changed.written { "Event updated" } else { "Nothing to update: the event is just so" };
    Ok(Json(mutation_answer(changed, message)).into_response())
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
) -> Result<Response, ApiError> {
    let changed = app.events_for(&caller).delete(event_id).await?;
    Ok(Json(mutation_answer(changed, "Event deleted")).into_response())
}

async fn approve(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
) -> Result<Response, ApiError> {
    let changed = app.events_for(&caller).approve(event_id).await?;
    let message = if changed.written { "Event approved" } else { "The event is approved already" };
    Ok(Json(mutation_answer(changed, message)).into_response())
}

async fn decline(
    State(app): State<App>,
    caller: Caller,
    EventId(event_id): EventId,
) -> Result<Response, ApiError> {
    let changed = app.events_for(&caller).decline(event_id).await?;
    let message = if changed.written { "Event declined" } else { "The event is declined already" };
    Ok(Json(mutation_answer(changed, message)).into_response())
}

async fn list(State(app): State<App>) -> Result<Response, ApiError> {
    let views = app.events().list().await?;
    let total = views.len();
    let mut events = Vec::with_capacity(total);
    let mut quarantined = Vec::new();
    for EventView { event, problems } in views {
        if !problems.is_empty() {
            let event_id = event.text("event_id").unwrap_or_default();
            quarantined.push(QuarantinedEvent { event_id, problems });
        }
        events.push(event);
    }
    let message = format!("{total} events");
    Ok(Json(ListAnswer { success: true, message, events, total, quarantined }).into_response())
}

async fn details(State(app): State<App>, EventId(event_id): EventId) -> Result<Response, ApiError> {
    let EventView { event, problems } = app.events().details(&event_id).await?;
    let message = "Event found";
    Ok(Json(EventAnswer { success: true, message, event, problems, seq: None }).into_response())
}

fn mutation_answer(changed: Changed, message: &'static str) -> EventAnswer {
    let EventView { event, problems } = changed.event;
    EventAnswer { success: true, message, event, problems, seq: Some(changed.seq) }
}
