//! `/health`: is the server well, and what is its scheduler about to do. `/ready`: may requests be sent here.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use client_event_scheduler::{ZoneProvider, ZoneTable};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Caller, Permission};
use crate::app::App;
use crate::demo::DemoNote;
use crate::host::{HostView, LastError, QuarantinedView, TriggerView};
use crate::problem::ProblemBody;

/// How long an answer waits for the scheduler to take in what is committed, so that a mutation is seen by the next call.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long the database may take to answer a server that is ready.
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);

/// The routes `/health`, `/health/scheduler` and `/ready`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(scheduler)).routes(routes!(ready))
}

/// Whether requests can be sent here.
#[derive(Serialize, utoipa::ToSchema)]
struct Readiness {
    /// Whether all of what follows is well.
    ready: bool,
    /// Whether the database answers. Its tables have this version's form: the server does not listen before.
    database: bool,
    /// Whether the scheduler runs.
    scheduler: bool,
    /// Whether the server is about to stop.
    stopping: bool,
}

/// Says whether requests can be sent here: not while the server starts, stops, or has lost its database or scheduler.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "health",
    operation_id = "readReadiness",
    security(()),
    responses(
        (status = 200, description = "Requests can be sent here", body = Readiness),
        (status = 503, description = "They cannot: the answer says why", content(
            (Readiness = "application/json"),
            (ProblemBody = "application/problem+json"),
        )),
    ),
)]
async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let answered = tokio::time::timeout(DATABASE_PATIENCE, app.store().latest_seq()).await;
    let database = matches!(answered, Ok(Ok(_)));
    let (scheduler, stopping) = (app.host().view().running, app.is_stopping());
    let ready = database && scheduler && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, database, scheduler, stopping }))
}

/// How the server is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
enum HealthAnswer {
    Full(Box<Health>),
    Bare(BareHealth),
}

#[derive(Serialize, utoipa::ToSchema)]
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

#[derive(Serialize, utoipa::ToSchema)]
struct SchedulerSummary {
    running: bool,
    triggers_queued: usize,
    events_tracked: usize,
    events_quarantined: usize,
    last_error: Option<LastError>,
    restarts: u64,
}

#[derive(Serialize, utoipa::ToSchema)]
struct StoreSummary {
    database: String,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize, utoipa::ToSchema)]
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
#[derive(Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct BareHealth {
    /// `ok` or `degraded`.
    status: &'static str,
}

/// Says how the server is, even when the database does not answer. How things stand within is for those who may see the scheduler.
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    operation_id = "readHealth",
    security(()),
    responses((status = 200, description = "How the server is; a stranger is told the `status` alone", body = HealthAnswer)),
)]
async fn health(State(app): State<App>, caller: Caller) -> Json<HealthAnswer> {
    let health = full_health(&app).await;
    Json(if caller.may(Permission::SchedulerRead) {
        HealthAnswer::Full(Box::new(health))
    } else {
        HealthAnswer::Bare(BareHealth { status: health.status })
    })
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

/// Says what the scheduler is about to do.
#[utoipa::path(
    get,
    path = "/health/scheduler",
    tag = "health",
    operation_id = "readSchedulerHealth",
    responses((status = 200, description = "What the scheduler is about to do", body = SchedulerHealth)),
)]
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
