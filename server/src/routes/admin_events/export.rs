//! Exports: everything that a filter lets through, streamed.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::super::{EventId, Parameters, streamed};
use crate::app::App;
use crate::events::{CalendarExport, ExportParameters, FilterParameters, JsonExport};
use crate::problem::ApiError;

/// Exports events as a JSON array, which can be imported again.
#[utoipa::path(
    get,
    path = "/export.json",
    tag = "transfer",
    operation_id = "exportJson",
    params(FilterParameters),
    responses((status = 200, description = "The events in the order of their ids", body = Vec<crate::events::Document>,
        content_type = "application/json")),
)]
pub(super) async fn export_json(
    State(app): State<App>,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, ApiError> {
    let pages = app.events().export(&parameters)?;
    Ok(download(streamed(pages.into_text(JsonExport::default()), "application/json"), "events.json"))
}

/// Exports events as an iCalendar object, which can be imported again.
#[utoipa::path(
    get,
    path = "/export.ics",
    tag = "transfer",
    operation_id = "exportCalendar",
    params(FilterParameters),
    responses((status = 200, description = "The events in the order of their ids", body = String,
        content_type = "text/calendar")),
)]
pub(super) async fn export_calendar(
    State(app): State<App>,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, ApiError> {
    let pages = app.events().export(&parameters)?;
    Ok(download(streamed(pages.into_text(CalendarExport::default()), CALENDAR), "events.ics"))
}

/// Exports one event as an iCalendar object.
#[utoipa::path(
    get,
    path = "/calendar/{event_id}",
    tag = "transfer",
    operation_id = "exportEventCalendar",
    params(("event_id" = String, Path, description = "The event; `.ics` after it is taken off")),
    responses(
        (status = 200, description = "The event", body = String, content_type = "text/calendar"),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
    ),
)]
pub(super) async fn event_calendar(
    State(app): State<App>,
    EventId(event_id): EventId,
) -> Result<Response, ApiError> {
    let event_id = event_id.strip_suffix(".ics").unwrap_or(&event_id);
    let text = app.events().calendar_of(event_id).await?;
    let mut response = Response::new(text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CALENDAR));
    Ok(download(response, "event.ics"))
}

const CALENDAR: &str = "text/calendar; charset=utf-8";

fn download(mut response: Response, name: &'static str) -> Response {
    let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    if let Ok(value) = value {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
