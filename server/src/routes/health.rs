//! `/health`: is the server well, and what is its scheduler about to do.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use client_event_scheduler::{ZoneProvider, ZoneTable};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::demo::DemoNote;
use crate::host::{HostView, LastError, QuarantinedView, TriggerView};

/// How long an answer waits for the scheduler to take in what is committed, so that a mutation is seen by the next call.
const PATIENCE: Duration = Duration::from_millis(200);

/// The routes `/health` and `/health/scheduler`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(scheduler))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Health {
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

/// Says how the server is, even when the database does not answer.
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    operation_id = "readHealth",
    responses((status = 200, description = "How the server is", body = Health)),
)]
async fn health(State(app): State<App>) -> Json<Health> {
    let view = current_view(&app).await;
    let (demo, store_error) = match DemoNote::read(app.store()).await {
        Ok(demo) => (demo, None),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (None, Some("the database does not answer"))
        }
    };
    Json(Health {
        status: if view.is_well() && store_error.is_none() { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        scheduler: SchedulerSummary {
            running: view.running,
            triggers_queued: view.triggers_queued,
            events_tracked: view.events_tracked,
            events_quarantined: view.quarantined.len(),
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
    })
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
        triggers_queued: view.triggers_queued,
        events_tracked: view.events_tracked,
        events_quarantined: view.quarantined.len(),
        fired: view.fired,
        next_trigger: view.queue_preview.first().cloned(),
        queue_preview: view.queue_preview.clone(),
        quarantined: view.quarantined.to_vec(),
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
