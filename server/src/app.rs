//! The server as a whole: what its routes share, and how it starts and stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use client_event_scheduler::{ZoneProvider, ZoneTable, limits};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, DemoOutcome};
use crate::events::{DateSettings, Events, index};
use crate::feed::StreamSettings;
use crate::guard;
use crate::host::{self, HostHandle, HostSettings};
use crate::problem::ApiError;
use crate::routes::{admin_events, after_seq, feed, health, openapi, static_files};
use crate::store::{Store, StoreError};

/// How long a stopping server waits for requests under way.
const FAREWELL: Duration = Duration::from_secs(10);

/// Time between two removals of old tombstones.
const CLEANING_EVERY: Duration = Duration::from_secs(24 * 3600);
const DAY_MS: i64 = 24 * 3_600_000;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The default zone.
    #[error("{0:?} is no IANA time zone: write one such as Europe/Berlin")]
    UnknownZone(String),
    /// The address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
}

/// What the routes share.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    events: Events,
    host: HostHandle,
    clock: Arc<dyn Clock>,
    admin: static_files::AdminFiles,
    heartbeat_every: Duration,
    on_loopback: bool,
    shutdown: watch::Receiver<bool>,
}

impl App {
    /// The database.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The events.
    pub fn events(&self) -> &Events {
        &self.shared.events
    }

    /// The scheduler.
    pub fn host(&self) -> &HostHandle {
        &self.shared.host
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    /// The built admin.
    pub fn admin(&self) -> &static_files::AdminFiles {
        &self.shared.admin
    }

    /// Whether only this machine can reach the server.
    pub fn listens_on_loopback(&self) -> bool {
        self.shared.on_loopback
    }

    /// What a new stream needs.
    pub fn stream_settings(&self) -> StreamSettings {
        StreamSettings {
            store: self.shared.store.clone(),
            host: self.shared.host.clone(),
            clock: Arc::clone(&self.shared.clock),
            heartbeat_every: self.shared.heartbeat_every,
            shutdown: self.shared.shutdown.clone(),
        }
    }
}

/// A server that runs.
pub struct RunningServer {
    address: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a server: opens the database, loads the demo set if asked to, starts the scheduler, listens.
///
/// # Errors
///
/// See [`StartError`].
pub async fn start(config: Config) -> Result<RunningServer, StartError> {
    let dates = date_settings(config.default_time_zone.as_deref())?;
    let store = Store::open(&config.database).await?;
    if let Some(events) = index::refresh(&store, &dates).await?
        && events > 0
    {
        tracing::info!(events, "what lists filter and sort by was derived anew");
    }
    if config.demo {
        report_demo(demo::load(&store, config.clock.now(), &dates).await?);
    }
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|source| StartError::Listen { address: config.listen, source })?;
    let address =
        listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;

    let (stop, shutdown) = watch::channel(false);
    let (host, host_task) = host::start(HostSettings {
        store: store.clone(),
        clock: Arc::clone(&config.clock),
        dates: dates.clone(),
        restart_after: config.restart_after,
        shutdown: shutdown.clone(),
    });
    let cleaning = tokio::spawn(remove_old_tombstones(store.clone(), config.clone(), shutdown.clone()));
    let app = App {
        shared: Arc::new(Shared {
            events: Events::new(store.clone(), Arc::clone(&config.clock), dates),
            store,
            host,
            clock: config.clock,
            admin: static_files::AdminFiles::new(config.admin_dir),
            heartbeat_every: config.heartbeat_every,
            on_loopback: address.ip().is_loopback(),
            shutdown: shutdown.clone(),
        }),
    };
    report_start(&app, address);
    let serving = tokio::spawn(serve(listener, router(app.clone()), shutdown));
    Ok(RunningServer { address, app, stop, tasks: vec![serving, host_task, cleaning] })
}

impl RunningServer {
    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its routes share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Ends the streams, lets requests under way finish, and closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for mut task in self.tasks {
            if tokio::time::timeout(FAREWELL, &mut task).await.is_err() {
                tracing::warn!("something took too long to stop and is broken off");
                task.abort();
            }
        }
        if tokio::time::timeout(FAREWELL, self.app.store().close()).await.is_err() {
            tracing::warn!("a client still reads a snapshot; its connection is broken off");
        }
    }
}

/// The routes that describe themselves.
fn described_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .nest("/api/v1/admin/events", admin_events::router())
        .nest("/api/v1/scheduler", feed::router())
        .merge(health::router())
}

/// The description of the API.
pub fn description() -> OpenApi {
    openapi::complete(described_routes().into_openapi())
}

/// All routes with what every request passes through.
fn router(app: App) -> Router {
    let (api, description) = described_routes().split_for_parts();
    let api = openapi::serve(api, &openapi::complete(description))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(app.clone(), after_seq::wait_for_seq))
        .layer(middleware::from_fn(guard::keep_out_of_caches));
    api.fallback(static_files::serve)
        .layer(DefaultBodyLimit::max(limits::EVENT_JSON_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), guard::refuse_foreign_pages))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(panic_answer))
        .layer(middleware::from_fn(guard::add_security_headers))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

async fn serve(listener: TcpListener, router: Router, mut shutdown: watch::Receiver<bool>) {
    let stopped = async move {
        // A dropped sender means that nobody can stop the server any more: then it stops.
        let _ = shutdown.wait_for(|stopping| *stopping).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the server stopped");
    }
}

async fn remove_old_tombstones(store: Store, config: Config, mut shutdown: watch::Receiver<bool>) {
    loop {
        let before = config.clock.now().saturating_add_ms(-i64::from(config.feed_retention_days) * DAY_MS);
        match store.remove_tombstones(before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old deletions were removed from the feed"),
            Err(error) => tracing::error!(%error, "old deletions could not be removed from the feed"),
        }
        tokio::select! {
            () = tokio::time::sleep(CLEANING_EVERY) => {}
            _ = shutdown.wait_for(|stopping| *stopping) => return,
        }
    }
}

fn date_settings(default_time_zone: Option<&str>) -> Result<DateSettings, StartError> {
    if let Some(name) = default_time_zone
        && ZoneTable::embedded().zone(name).is_none()
    {
        return Err(StartError::UnknownZone(name.to_owned()));
    }
    Ok(DateSettings { default_time_zone: default_time_zone.map(Arc::from) })
}

fn panic_answer(panic: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let what = format!("a request panicked: {}", text.unwrap_or("without a message"));
    axum::response::IntoResponse::into_response(ApiError::Internal { what })
}

fn report_demo(outcome: DemoOutcome) {
    match outcome {
        DemoOutcome::Loaded { events, quarantined, note } => tracing::info!(
            events,
            quarantined,
            shifted_weeks = note.shifted_weeks,
            "the demo conferences were loaded, every date shifted by the same number of weeks"
        ),
        DemoOutcome::NotEmpty => {
            tracing::info!("the database holds events already: the demo conferences were not loaded");
        }
    }
}

fn report_start(app: &App, address: SocketAddr) {
    tracing::info!(%address, database = app.store().version(), "the server listens");
    if app.listens_on_loopback() {
        tracing::warn!(
            "OPEN MODE: there is no login; everybody on this machine can read and change every event"
        );
    } else {
        tracing::warn!(
            "OPEN MODE: there is no login; EVERYBODY WHO CAN REACH {address} can read and change every event"
        );
    }
    if !app.admin().is_built() {
        tracing::warn!(folder = %app.admin().folder().display(), "the admin is not built; only the API is served");
    }
}
