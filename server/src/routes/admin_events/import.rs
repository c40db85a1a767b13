//! Bulk imports and their reports.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::{Parameters, streamed};
use crate::access::Caller;
use crate::app::App;
use crate::events::{Document, ImportOptions, ImportParameters, ImportReport, Progress};
use crate::problem::ApiError;

const LINES: &str = "application/x-ndjson";

/// The routes `/import` and `/import/{import_id}`.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import, reports)).routes(routes!(report))
}

/// Imports events from a JSON array, from newline-delimited JSON or from an iCalendar object, of up to 1 GiB and a million rows.
///
/// The body is read as it arrives, and 500 rows at a time are written in one transaction. A row that is refused holds up no other.
/// With `Accept: application/x-ndjson` the answer is a line for each refused row (`{"row", "event_id", "problems"}`) and for each
/// transaction (a report without problems) while the import runs, and at last the report. What was applied before a client went away
/// stays applied, and the report says so.
#[utoipa::path(
    post,
    path = "/import",
    tag = "transfer",
    operation_id = "importEvents",
    params(ImportParameters),
    request_body(content(
        (Vec<Document> = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/calendar"),
    )),
    responses(
        (status = 200, description = "What became of it: also of an import that was broken off after some rows", content(
            (ImportReport = "application/json"),
            (String = "application/x-ndjson"),
        )),
        (status = 409, description = "`IMPORT_EXISTS`: the given `import_id` is in use"),
        (status = 413, description = "`BODY_TOO_LARGE`: more than 1 GiB is announced"),
        (status = 415, description = "`UNSUPPORTED_MEDIA_TYPE`"),
    )
)]
async fn import(
    State(app): State<App>,
    caller: Caller,
    Parameters(parameters): Parameters<ImportParameters>,
    request: Request,
) -> Result<Response, ApiError> {
    let options = ImportOptions::read(&parameters, request.headers())?;
    let wants_lines = accepts_lines(request.headers());
    let import = app.events_for(&caller).begin_import(options).await?;
    let body = request.into_body().into_data_stream();
    let (progress, lines) = mpsc::unbounded_channel();
    if wants_lines {
        // The body is read while this answer is sent.
        let running = tokio::spawn(import.run(body, progress));
        let end = async move {
            running.await.unwrap_or_else(|error| Err(ApiError::Internal { what: error.to_string() }))
        };
        return Ok(streamed(progress_lines(lines, end), LINES));
    }
    drop(lines);
    let report = import.run(body, progress).await?;
    match &report.error {
        // Nothing could be read: that is a bad request and no import.
        Some(problem) if report.rows == 0 => Err(ApiError::InvalidInput(vec![problem.clone()])),
        Some(_) | None => Ok(Json(report).into_response()),
    }
}

/// Lists the latest 50 imports.
#[utoipa::path(
    get,
    path = "/import",
    tag = "transfer",
    operation_id = "listImports",
    responses((status = 200, description = "Their reports, the latest first", body = ImportList)),
)]
async fn reports(State(app): State<App>) -> Result<Json<ImportList>, ApiError> {
    Ok(Json(ImportList { success: true, imports: app.events().import_reports().await? }))
}

/// Says what became of an import, also while it runs.
#[utoipa::path(
    get,
    path = "/import/{import_id}",
    tag = "transfer",
    operation_id = "readImport",
    params(("import_id" = String, Path, description = "The id that the import's answer, or its client, gave it")),
    responses(
        (status = 200, description = "Its report, kept for 30 days", body = ImportReport),
        (status = 404, description = "`IMPORT_NOT_FOUND`"),
    )
)]
async fn report(
    State(app): State<App>,
    import_id: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Json<Box<RawValue>>, ApiError> {
    let Ok(Path(import_id)) = import_id else { return Err(ApiError::NotFound) };
    Ok(Json(app.events().import_report(&import_id).await?))
}

/// The latest imports.
#[derive(Serialize, utoipa::ToSchema)]
struct ImportList {
    /// Always true.
    success: bool,
    /// Their reports, the latest first.
    #[schema(value_type = Vec<ImportReport>)]
    imports: Vec<Box<RawValue>>,
}

fn accepts_lines(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept
        .split(',')
        .any(|each| each.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(LINES))
}

/// The lines of an import while it runs, and its end as the last one.
fn progress_lines(
    lines: mpsc::UnboundedReceiver<Progress>,
    end: impl Future<Output = Result<ImportReport, ApiError>> + Send,
) -> impl Stream<Item = Result<Bytes, ApiError>> + Send {
    let state = (lines, Some(Box::pin(end)));
    stream::unfold(state, |(mut lines, end)| async move {
        let end = end?;
        match lines.recv().await {
            Some(Progress::Chunk(report)) => Some((Ok(line(&report)), (lines, Some(end)))),
            Some(Progress::Refused(row)) => Some((Ok(line(&row)), (lines, Some(end)))),
            // The import has let go of its end of the channel.
            None => Some((end.await.map(|report| line(&report)), (lines, None))),
        }
    })
}

fn line(value: &impl Serialize) -> Bytes {
    match serde_json::to_string(value) {
        Ok(json) => Bytes::from(json + "\n"),
        Err(error) => unreachable!("a report has text keys only: {error}"),
    }
}
