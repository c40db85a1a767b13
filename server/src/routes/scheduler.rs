//! `/api/v1/admin/scheduler`: what will fire, what fired and why, and orders for the scheduler.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use client_event_scheduler::{Cause, Fate, ProblemCode, Timestamp, TriggerId, TriggerKind};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::scheduler_views::{
    Explained, HistoryPage, HistoryView, OrderAnswer, Record, SchedulerStatusView, TriggerPage,
    TriggerRowView, explained,
};
use super::{JsonBody, Parameters, page_limit};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::store::{HistoryFilter, Order, OrderOutcome, TriggerFilter};

const DEFAULT_LIMIT: u32 = 100;
const MOST_LIMIT: u32 = 1_000;

/// Entries of the history that an explanation shows.
const EXPLAINED_ENTRIES: u32 = 20;

/// How long a request waits for the scheduler.
const PATIENCE: Duration = Duration::from_secs(5);

/// The routes below `/api/v1/admin/scheduler`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(triggers))
        .routes(routes!(history))
        .routes(routes!(explain))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(backfill))
        .routes(routes!(set_max_downtime_hours))
}

/// Says how the scheduler is, and what it is about to do.
#[utoipa::path(
    get,
    path = "/status",
    tag = "scheduler",
    operation_id = "readScheduler",
    responses((status = 200, description = "The state of the scheduler", body = SchedulerStatusView)),
)]
async fn status(State(app): State<App>) -> Result<Json<SchedulerStatusView>, ApiError> {
    let committed = *app.store().committed().borrow();
    let view = app.host().view_at(committed, PATIENCE).await;
    let record = Record {
        lease: app.store().lease().await?,
        counts: app.store().trigger_counts().await?,
        last_downtime: app.store().downtimes(1).await?.into_iter().next(),
        control: app.store().control().await?,
    };
    Ok(Json(SchedulerStatusView::new(&view, record, app.clock().now())))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct TriggerQuery {
    /// Of one event only.
    event_id: Option<String>,
    /// Of one kind only, such as `event_start`.
    kind: Option<String>,
    /// Those that have been settled too, not only those that are to come.
    #[param(value_type = Option<bool>)]
    settled: Option<String>,
    /// Due after this instant.
    from: Option<String>,
    /// Due at this instant or before.
    until: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Triggers on a page: 100 unless given, at most 1 000.
    #[param(value_type = Option<u32>, minimum = 1)]
    limit: Option<String>,
}

/// Lists what will fire, and with `settled` what has. What a backfill of `(from, until]` would deliver is what of it is not `pending`,
/// is `present`, and — unless asked for again — is not `fired`.
#[utoipa::path(
    get,
    path = "/triggers",
    tag = "scheduler",
    operation_id = "listTriggers",
    params(TriggerQuery),
    responses((status = 200, description = "A page, in order of time", body = TriggerPage)),
)]
async fn triggers(
    State(app): State<App>,
    Parameters(query): Parameters<TriggerQuery>,
) -> Result<Json<TriggerPage>, ApiError> {
    let filter = TriggerFilter {
        event_id: query.event_id,
        kind: query.kind.as_deref().map(kind).transpose()?,
        settled: query.settled.as_deref().map(|text| flag("settled", text)).transpose()?.unwrap_or(false),
        from: query.from.as_deref().map(|text| instant("from", text)).transpose()?,
        until: query.until.as_deref().map(|text| instant("until", text)).transpose()?,
        after: query.cursor.as_deref().map(place).transpose()?,
    };
    let limit = page_limit(query.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    let rows = app.store().triggers(&filter, limit).await?;
    let next_cursor =
        (rows.len() == limit as usize).then(|| rows.last().map(|row| row.trigger_id().to_string()));
    let now = app.clock().now();
    let triggers = rows.iter().map(|row| TriggerRowView::new(row, now)).collect();
    Ok(Json(TriggerPage { triggers, next_cursor: next_cursor.flatten(), now: now.to_string() }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Of one event only.
    event_id: Option<String>,
    /// Of one kind only: of a trigger, or `status_change`.
    kind: Option<String>,
    /// With one cause only, such as `on_time`, or one reason of having been left out, such as `expired`.
    cause: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries on a page: 100 unless given, at most 1 000.
    #[param(value_type = Option<u32>, minimum = 1)]
    limit: Option<String>,
}

/// Lists what happened and why.
#[utoipa::path(
    get,
    path = "/history",
    tag = "scheduler",
    operation_id = "readHistory",
    params(HistoryQuery),
    responses((status = 200, description = "A page, the latest first", body = HistoryPage)),
)]
async fn history(
    State(app): State<App>,
    Parameters(query): Parameters<HistoryQuery>,
) -> Result<Json<HistoryPage>, ApiError> {
    let filter = HistoryFilter {
        event_id: query.event_id,
        kind: query.kind.as_deref().map(history_kind).transpose()?,
        cause: query.cause.as_deref().map(cause).transpose()?,
        before: query.cursor.as_deref().map(entry_number).transpose()?,
    };
    let limit = page_limit(query.limit.as_deref(), DEFAULT_LIMIT, MOST_LIMIT)?;
    let entries = app.store().history(&filter, limit).await?;
    let next_cursor =
        (entries.len() == limit as usize).then(|| entries.last().map(|entry| entry.id.to_string()));
    let history = entries.iter().map(HistoryView::from).collect();
    Ok(Json(HistoryPage { history, next_cursor: next_cursor.flatten() }))
}

/// Explains why an event, or one of its triggers, is as it is.
#[utoipa::path(
    get,
    path = "/explain/{*id}",
    tag = "scheduler",
    operation_id = "explain",
    params(("id" = String, Path, description = "An event's id or a trigger's")),
    responses((status = 200, description = "The explanation, also of what is not known", body = Explained)),
)]
async fn explain(
    State(app): State<App>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<Json<Explained>, ApiError> {
    let committed = *app.store().committed().borrow();
    app.host().view_at(committed, PATIENCE).await;
    let explanation = app.host().explain(&id, PATIENCE).await.ok_or(ApiError::SchedulerDown)?;
    let event_id = TriggerId::parse(&id).map_or(id.as_str(), |(event_id, _, _)| event_id);
    let mut stored = Vec::new();
    for trigger in &explanation.triggers {
        let owner = TriggerId::parse(trigger.trigger_id.as_str()).map_or(event_id, |(owner, _, _)| owner);
        stored.push(app.store().trigger(owner, trigger.kind, trigger.due_at).await?);
    }
    let filter = HistoryFilter { event_id: Some(event_id.to_owned()), ..HistoryFilter::default() };
    let history = app.store().history(&filter, EXPLAINED_ENTRIES).await?;
    Ok(Json(explained(explanation, &stored, &history)))
}

/// A pause.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PauseBody {
    /// For whoever finds the scheduler paused.
    #[schema(min_length = 1)]
    reason: String,
}

/// Holds deliveries back until they are resumed.
#[utoipa::path(
    post,
    path = "/pause",
    tag = "scheduler",
    operation_id = "pauseScheduler",
    request_body = PauseBody,
    responses(
        (status = 200, description = "It is done", body = OrderAnswer),
        (status = 202, description = "The order is kept; nobody has carried it out yet", body = OrderAnswer),
        (status = 422, description = "`INVALID_INPUT`, or `ORDER_REFUSED`"),
    ),
)]
async fn pause(State(app): State<App>, caller: Caller, body: JsonBody) -> Result<Response, ApiError> {
    let PauseBody { reason } = read(&body)?;
    if reason.trim().is_empty() {
        return Err(ApiError::field(
            "reason",
            ProblemCode::SettingInvalid,
            "is empty: say why, for whoever finds it paused",
        ));
    }
    give(&app, &caller, Order::Pause { reason }).await
}

/// The end of a pause.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ResumeBody {
    /// `watermark` to deliver what came due during the pause, `now` to leave it out.
    from: String,
}

/// Ends a pause.
#[utoipa::path(
    post,
    path = "/resume",
    tag = "scheduler",
    operation_id = "resumeScheduler",
    request_body = ResumeBody,
    responses(
        (status = 200, description = "It is done", body = OrderAnswer),
        (status = 202, description = "The order is kept; nobody has carried it out yet", body = OrderAnswer),
        (status = 422, description = "`INVALID_INPUT`, or `ORDER_REFUSED`"),
    ),
)]
async fn resume(State(app): State<App>, caller: Caller, body: JsonBody) -> Result<Response, ApiError> {
    let ResumeBody { from } = read(&body)?;
    let skip_missed = match from.as_str() {
        "watermark" => false,
        "now" => true,
        other => {
            let message = format!(
                "is {other:?}: write \"watermark\" to deliver what came due during the pause, or \"now\" to leave it out"
            );
            return Err(ApiError::field("from", ProblemCode::SettingInvalid, message));
        }
    };
    give(&app, &caller, Order::Resume { skip_missed }).await
}

/// A range of time whose triggers are delivered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct BackfillBody {
    /// An instant, not included.
    from: String,
    /// An instant, included, and not later than now.
    until: String,
    /// Whether what was delivered before is delivered once more.
    #[serde(default)]
    again: bool,
}

/// Delivers the triggers of a range of time.
#[utoipa::path(
    post,
    path = "/backfill",
    tag = "scheduler",
    operation_id = "backfill",
    request_body = BackfillBody,
    responses(
        (status = 200, description = "It is done", body = OrderAnswer),
        (status = 202, description = "The order is kept; nobody has carried it out yet", body = OrderAnswer),
        (status = 422, description = "`INVALID_INPUT`, or `ORDER_REFUSED`"),
    ),
)]
async fn backfill(State(app): State<App>, caller: Caller, body: JsonBody) -> Result<Response, ApiError> {
    let BackfillBody { from, until, again } = read(&body)?;
    let (from, until) = (instant("from", &from)?, instant("until", &until)?);
    give(&app, &caller, Order::Backfill { from_ms: from.as_millis(), until_ms: until.as_millis(), again })
        .await
}

/// The catch-up window.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HoursBody {
    /// How long after its time a missed trigger is still delivered.
    max_downtime_hours: u32,
}

/// Sets how long after its time a missed trigger is still delivered.
#[utoipa::path(
    put,
    path = "/max-downtime-hours",
    tag = "scheduler",
    operation_id = "setMaxDowntimeHours",
    request_body = HoursBody,
    responses(
        (status = 200, description = "It is done", body = OrderAnswer),
        (status = 202, description = "The order is kept; nobody has carried it out yet", body = OrderAnswer),
        (status = 422, description = "`INVALID_INPUT`, or `ORDER_REFUSED`"),
    ),
)]
async fn set_max_downtime_hours(
    State(app): State<App>,
    caller: Caller,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let HoursBody { max_downtime_hours: hours } = read(&body)?;
    give(&app, &caller, Order::SetMaxDowntimeHours { hours }).await
}

/// Keeps the order, and waits for a while until somebody has carried it out.
async fn give(app: &App, caller: &Caller, order: Order) -> Result<Response, ApiError> {
    let (store, now) = (app.store(), app.clock().now());
    let mut transaction = store.begin_write().await?;
    let order_id = transaction.give_order(&order, &caller.actor().author().unwrap_or_default(), now).await?;
    transaction.audit(&caller.done(&format!("order {order_id}")), now).await?;
    transaction.commit().await?;
    store.hint_everywhere().await?;
    let carried_out = async {
        let mut hints = store.hints();
        loop {
            hints.borrow_and_update();
            if let Some(outcome) = store.order_outcome(order_id).await? {
                return Ok::<_, ApiError>(outcome);
            }
            // Whoever carries it out gives a hint, on another node too; the pause makes up for a lost one.
            let _ = tokio::time::timeout(Duration::from_millis(250), hints.changed()).await;
        }
    };
    match tokio::time::timeout(PATIENCE, carried_out).await {
        Ok(Ok(OrderOutcome::Done { occurrences })) => {
            Ok(Json(OrderAnswer { success: true, order_id, done: true, occurrences }).into_response())
        }
        Ok(Ok(OrderOutcome::Refused { message })) => Err(ApiError::OrderRefused { message }),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let answer = OrderAnswer { success: true, order_id, done: false, occurrences: 0 };
            Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a JsonBody) -> Result<T, ApiError> {
    serde_json::from_slice(&body.0)
        .map_err(|error| ApiError::field("", ProblemCode::JsonSyntax, error.to_string()))
}

fn instant(field: &'static str, text: &str) -> Result<Timestamp, ApiError> {
    use client_event_scheduler::time::{ParsedDate, parse_date};
    match parse_date(text) {
        Ok(ParsedDate::Instant(instant)) => Ok(instant),
        Ok(ParsedDate::Local(_)) => {
            let message = format!("{text:?} names no offset: write for example 2026-05-01T09:00:00Z");
            Err(ApiError::field(field, ProblemCode::TimeZoneRequired, message))
        }
        Err(error) => Err(ApiError::field(field, ProblemCode::DateMalformed, error.to_string())),
    }
}

fn kind(name: &str) -> Result<TriggerKind, ApiError> {
    TriggerKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let names = TriggerKind::ALL.map(TriggerKind::as_str).join(", ");
        ApiError::field("kind", ProblemCode::SettingInvalid, format!("is {name:?}: write one of {names}"))
    })
}

fn history_kind(name: &str) -> Result<&'static str, ApiError> {
    if name == "status_change" { Ok("status_change") } else { kind(name).map(TriggerKind::as_str) }
}

fn cause(name: &str) -> Result<&'static str, ApiError> {
    let names = || Cause::ALL.into_iter().map(Cause::as_str).chain(Fate::ALL.into_iter().map(Fate::as_str));
    names().find(|known| *known == name).ok_or_else(|| {
        let names = names().collect::<Vec<_>>().join(", ");
        ApiError::field("cause", ProblemCode::SettingInvalid, format!("is {name:?}: write one of {names}"))
    })
}

fn flag(field: &'static str, text: &str) -> Result<bool, ApiError> {
    text.parse().map_err(|_| {
        ApiError::field(field, ProblemCode::WrongType, format!("is {text:?}: write true or false"))
    })
}

fn place(cursor: &str) -> Result<(Timestamp, TriggerKind, String), ApiError> {
    let parts = TriggerId::parse(cursor).map(|(event_id, kind, due_at)| (due_at, kind, event_id.to_owned()));
    parts.ok_or_else(|| {
        let message = format!("is {cursor:?}: take next_cursor of the page before");
        ApiError::field("cursor", ProblemCode::SettingInvalid, message)
    })
}

fn entry_number(cursor: &str) -> Result<u64, ApiError> {
    cursor.parse().map_err(|_| {
        let message = format!("is {cursor:?}: take next_cursor of the page before");
        ApiError::field("cursor", ProblemCode::SettingInvalid, message)
    })
}
