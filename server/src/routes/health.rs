//! `/health`: is the server well, and what is its scheduler about to do. `/ready`: may requests be sent here.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use client_event_scheduler::{ZoneProvider, ZoneTable};
use serde::Serialize;

use crate::access::{Caller, Permission};
use crate::app::App;
use crate::demo::DemoNote;
use crate::host::{HostView, LastError, QuarantinedView, TriggerView};

/// How long an answer waits for the scheduler to take in what is committed, so that a mutation is seen by the next call.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long the database may take to answer a server that is ready.
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);

/// The routes `/health`, `/health/scheduler` and `/ready`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/health/scheduler", get(scheduler))
        .route("/ready", get(ready))
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// Whether the database answers. Its tables have this version's form: the server does not listen before.
    database: bool,
    scheduler: bool,
    stopping: bool,
}

/// 200 where requests can be sent, 503 while the server starts, stops, or has lost its database or scheduler.
async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let answered = tokio::time::timeout(DATABASE_PATIENCE, app.store().latest_seq()).await;
    let database = matches!(answered, Ok(Ok(_)));
    let (scheduler, stopping) = (app.host().view().running, app.is_stopping());
    let ready = database && scheduler && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, database, scheduler, stopping }))
}

#[derive(Serialize)]
struct Health {
    mode: &'static str,
    status: &'static str,
    version: &'static str,
    scheduler: SchedulerSummary,
    store: StoreSummary,
    time_zones: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    demo: Option<DemoNote>,
}

#[derive(Serialize)]
struct SchedulerSummary {
    running: bool,
    triggers_queued: usize,
    events_tracked: usize,
    events_quarantined: usize,
    last_error: Option<LastError>,
    restarts: u64,
}

#[derive(Serialize)]
struct StoreSummary {
    database: String,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize)]
struct SchedulerHealth {
    running: bool,
    triggers_queued: usize,
    events_tracked: usize,
    events_quarantined: usize,
    fired: u64,
    next_trigger: Option<TriggerView>,
    queue_preview: Vec<TriggerView>,
    quarantined: Vec<QuarantinedView>,
    applied_seq: u64,
    last_tick_at: Option<String>,
    last_error: Option<LastError>,
    restarts: u64,
}

/// What a stranger is told.
#[derive(Serialize)]
struct BareHealth {
    status: &'static str,
}

/// Answers even when the database does not. How things stand within is for those who may see the scheduler.
async fn health(State(app): State<App>, caller: Caller) -> Response {
    let health = full_health(&app).await;
    if caller.may(Permission::SchedulerRead) {
        return Json(health).into_response();
    }
    Json(BareHealth { status: health.status }).into_response()
}

async fn full_health(app: &App) -> Health {
    let view = current_view(app).await;
    let (demo, store_error) = match DemoNote::read(app.store()).await {
        Ok(demo) => (demo, None),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (None, Some("the database does not answer"))
        }
    };
    Health {
        mode: if app.access().is_development() { "development" } else { "secured" },
        status: if view.is_well() && store_error.is_none() { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        scheduler: SchedulerSummary {
            running: view.running,
            triggers_queued: view.shown.triggers_queued,
            events_tracked: view.shown.events_tracked,
            events_quarantined: view.shown.quarantined.len(),
            last_error: view.last_error.clone(),
            restarts: view.restarts,
        },
        store: StoreSummary {
            database: app.store().version().to_owned(),
            seq: *app.store().committed().borrow(),
            error: store_error,
        },
        time_zones: ZoneTable::embedded().version(),
        demo,
    }
}

async fn scheduler(State(app): State<App>) -> Json<SchedulerHealth> {
    let view = current_view(&app).await;
    Json(SchedulerHealth {
        running: view.running,
        triggers_queued: view.shown.triggers_queued,
        events_tracked: view.shown.events_tracked,
        events_quarantined: view.shown.quarantined.len(),
        fired: view.fired,
        next_trigger: view.shown.queue_preview.first().cloned(),
        queue_preview: view.shown.queue_preview.clone(),
        quarantined: view.shown.quarantined.to_vec(),
        applied_seq: view.applied_seq,
        last_tick_at: view.last_tick_at.map(|at| at.to_string()),
        last_error: view.last_error.clone(),
        restarts: view.restarts,
    })
}

async fn current_view(app: &App) -> HostView {
    let committed = *app.store().committed().borrow();
    app.host().view_at(committed, PATIENCE).await
}
