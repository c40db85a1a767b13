//! The server as a whole: what its routes share, and how it starts and stops.

mod announce;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::{Extension, Router, middleware};
use client_event_scheduler::providers::{BreakerPolicy, CycleCaps, SyncTable};
use client_event_scheduler::{ZoneProvider, ZoneTable, limits};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate};
use tower_http::compression::{CompressionLayer, DefaultPredicate};
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::access::{Access, Caller, gate};
use crate::cleaning::clean;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo;
use crate::events::{DateSettings, Events, index};
use crate::feed::{Feed, FeedParts};
use crate::guard;
use crate::host::{self, HostHandle, HostSettings};
use crate::outbound::Outbound;
use crate::problem::ApiError;
use crate::providers;
use crate::providers::sync::ProviderSync;
use crate::routes::{
    BodyPatience, admin_events, after_seq, api_keys, audit, feed, health, metrics, openapi, scheduler,
    service_events, session, static_files, sync, users,
};
use crate::service::vault::Vault;
use crate::service::{self, RunnerParts, SchedulingService};
use crate::serving::{HttpLimits, Serving};
use crate::store::{Store, StoreError};
use crate::telemetry::{self, Gauges, Metrics};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The default zone.
    #[error("{0:?} is no IANA time zone: write one such as Europe/Berlin")]
    UnknownZone(String),
    /// Development mode, and an address that others can reach.
    #[error("development mode lets everybody do everything: it listens on loopback only, and {0} is not")]
    DevelopmentNotOnLoopback(SocketAddr),
    /// The access control.
    #[error("the access control does not start: {what}")]
    Access {
        /// What went wrong.
        what: String,
    },
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
    access: Access,
    clock: Arc<dyn Clock>,
    admin: static_files::AdminFiles,
    feed: Feed,
    service: SchedulingService,
    providers: ProviderSync,
    metrics: Metrics,
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

    /// Who may do what.
    pub fn access(&self) -> &Access {
        &self.shared.access
    }

    /// The events, changed in the name of `caller`.
    pub fn events_for(&self, caller: &Caller) -> Events {
        self.shared.events.in_name_of(caller)
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

    /// What streams share.
    pub fn feed(&self) -> &Feed {
        &self.shared.feed
    }

    /// The accounts at providers.
    pub fn providers(&self) -> &ProviderSync {
        &self.shared.providers
    }

    /// The scheduling service.
    pub fn service(&self) -> &SchedulingService {
        &self.shared.service
    }

    /// Becomes true when the server stops.
    pub fn shutdown(&self) -> watch::Receiver<bool> {
        self.shared.shutdown.clone()
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        *self.shared.shutdown.borrow()
    }

    /// What is so at present, for the metrics.
    pub fn gauges(&self) -> Gauges {
        let view = self.host().view();
        Gauges {
            scheduler_running: view.running,
            triggers_queued: view.shown.triggers_queued as u64,
            events_tracked: view.shown.events_tracked as u64,
            events_quarantined: view.shown.quarantined.len() as u64,
            scheduler_restarts: view.restarts,
            feed_seq: *self.store().committed().borrow(),
            applied_seq: view.applied_seq,
            stream_lag: self.feed().stream_lag(),
            pools: self.store().connections().to_vec(),
        }
    }
}

/// A server that runs.
pub struct RunningServer {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    app: App,
    stop: watch::Sender<bool>,
    farewell: Duration,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a server: opens the database, loads the demo set if asked to, starts the scheduler, listens.
///
/// # Errors
///
/// See [`StartError`].
pub async fn start(config: Config) -> Result<RunningServer, StartError> {
    let dates = date_settings(config.default_time_zone.as_deref())?;
    if config.access.development && !config.listen.ip().is_loopback() {
        return Err(StartError::DevelopmentNotOnLoopback(config.listen));
    }
    let store = Store::open(&config.database).await?;
    let access = Access::new(config.access.clone(), store.clone(), Arc::clone(&config.clock)).await;
    let access = access.map_err(|error| StartError::Access { what: error.to_string() })?;
    if let Some(events) = index::refresh(&store, &dates).await?
        && events > 0
    {
        tracing::info!(events, "what lists filter and sort by was derived anew");
    }
    if config.demo {
        announce::demo(demo::load(&store, config.clock.now(), &dates).await?);
    }
    let (listener, address) = listen(config.listen).await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let metrics = Metrics::new();
    let (stop, shutdown) = watch::channel(false);
    let (host, host_task) = host::start(HostSettings {
        store: store.clone(),
        clock: Arc::clone(&config.clock),
        dates: dates.clone(),
        node: config.node.clone(),
        lease_ms: config.lease_ms,
        max_downtime_hours: config.max_downtime_hours,
        recovery_delay_ms: config.recovery_delay_ms,
        restart_after: config.restart_after,
        shutdown: shutdown.clone(),
        metrics: metrics.clone(),
    });
    let parts = FeedParts {
        store: store.clone(),
        host: host.clone(),
        clock: Arc::clone(&config.clock),
        metrics: metrics.clone(),
    };
    let (feed, feed_task) = Feed::start(parts, config.heartbeat_every, shutdown.clone());
    let service = SchedulingService::new(store.clone(), Arc::clone(&config.clock), config.service.clone());
    let runner_task = service::start(RunnerParts {
        service: service.clone(),
        host: host.clone(),
        clock: Arc::clone(&config.clock),
        max_downtime_hours: config.max_downtime_hours,
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
    });
    let providers = ProviderSync {
        store: store.clone(),
        events: Events::new(store.clone(), Arc::clone(&config.clock), dates.clone()),
        dates: dates.clone(),
        clock: Arc::clone(&config.clock),
        outbound: Outbound::new(config.provider_networks.clone(), "--provider-network"),
        vault: Vault::new(config.service.payload_keys.clone()),
        table: SyncTable::default(),
        caps: CycleCaps::default(),
        breaker: BreakerPolicy::default(),
        metrics: metrics.providers().clone(),
        wake: Arc::default(),
    };
    let sync_task = providers::sync::start(providers.clone(), host.clone(), shutdown.clone());
    let cleaning =
        tokio::spawn(clean(store.clone(), service.clone(), access.clone(), config.clone(), shutdown.clone()));
    let app = App {
        shared: Arc::new(Shared {
            events: Events::new(store.clone(), Arc::clone(&config.clock), dates),
            store,
            host,
            access,
            clock: config.clock,
            admin: static_files::AdminFiles::new(config.admin_dir),
            feed,
            service,
            providers,
            metrics,
            on_loopback: address.ip().is_loopback(),
            shutdown: shutdown.clone(),
        }),
    };
    announce::start(&app, address);
    let serving = |listener| Serving {
        listener,
        limits: config.http,
        shutdown: shutdown.clone(),
        farewell: config.farewell,
    };
    let router = router(app.clone(), config.http, metrics_listener.is_some());
    let mut tasks = vec![
        tokio::spawn(serving(listener).run(router)),
        host_task,
        feed_task,
        runner_task,
        sync_task,
        cleaning,
    ];
    let mut metrics_address = None;
    if let Some((listener, address)) = metrics_listener {
        tracing::info!(%address, "the metrics are at /metrics");
        metrics_address = Some(address);
        let metrics_alone = Router::from(metrics::router()).with_state(app.clone());
        tasks.push(tokio::spawn(serving(listener).run(metrics_alone)));
    }
    Ok(RunningServer { address, metrics_address, app, stop, farewell: config.farewell, tasks })
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl RunningServer {
    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that it listens on for the metrics alone, if there is one.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What its routes share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Ends the streams, lets requests under way finish, and closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // Each of them is bounded by the farewell itself; a second more, and something is wrong.
        let deadline = tokio::time::Instant::now() + self.farewell + Duration::from_secs(1);
        for mut task in self.tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                tracing::warn!("something took too long to stop and is broken off");
                task.abort();
            }
        }
        if tokio::time::timeout(self.farewell, self.app.store().close()).await.is_err() {
            tracing::warn!("a client still reads a snapshot; its connection is broken off");
        }
    }
}

/// The routes, each with its description; the metrics only where they have no address of their own.
fn described_routes(metrics_apart: bool) -> OpenApiRouter<App> {
    let metrics = if metrics_apart { OpenApiRouter::new() } else { metrics::router() };
    OpenApiRouter::new()
        .merge(session::router())
        .merge(users::router())
        .merge(api_keys::router())
        .merge(audit::router())
        .nest("/api/v1/admin/events", admin_events::router())
        .nest("/api/v1/admin/scheduler", scheduler::router())
        .nest("/api/v1/scheduler", feed::router())
        .merge(sync::router())
        .merge(service_events::router())
        .merge(health::router())
        .merge(metrics)
}

/// The description of the API.
pub fn description() -> OpenApi {
    openapi::complete(described_routes(false).into_openapi())
}

/// All routes, with nothing before them; the metrics only where they have no address of their own.
pub fn routes(metrics_apart: bool) -> Router<App> {
    let (routes, description) = described_routes(metrics_apart).split_for_parts();
    openapi::serve(routes, &openapi::complete(description))
}

/// The routes with what every request passes through.
fn router(app: App, http: HttpLimits, metrics_apart: bool) -> Router {
    let api = routes(metrics_apart)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(app.clone(), after_seq::wait_for_seq))
        .layer(middleware::from_fn(guard::keep_out_of_caches));
    api.fallback(static_files::serve)
        .layer(DefaultBodyLimit::max(limits::EVENT_JSON_BYTES))
        .layer(RequestBodyTimeoutLayer::new(http.body_timeout))
        .layer(Extension(BodyPatience(http.body_timeout)))
        .layer(middleware::from_fn_with_state(app.clone(), gate::gate))
        .layer(option_layer(guard::cors(app.access().settings())))
        .layer(compression())
        .layer(CatchPanicLayer::custom(panic_answer))
        .layer(middleware::from_fn_with_state(app.clone(), guard::add_security_headers))
        .layer(middleware::from_fn_with_state(app.clone(), telemetry::observe))
        .with_state(app)
}

/// Lines that tell how far something has come must not wait until there are enough of them to be compressed.
const LINES: NotForContentType = NotForContentType::const_new("application/x-ndjson");

fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(LINES))
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
