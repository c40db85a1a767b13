//! What Prometheus can ask for. Names and units follow its conventions; docs/operations.md says what to watch.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::providers::ProviderMetrics;

/// Seconds; a trigger is meant to fire within a tenth of one.
const LATENESS: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 600.0, 3_600.0, 86_400.0];

/// Seconds of a request.
const LATENCY: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fate {
    fate: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct LatencyHistogram;

impl MetricConstructor<Histogram> for LatencyHistogram {
    fn new_metric(&self) -> Histogram {
        Histogram::new(LATENCY)
    }
}

/// What is counted as it happens. Clones count together.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    answers: Family<Answer, Counter>,
    latency: Family<Route, Histogram, LatencyHistogram>,
    lateness: Histogram,
    undelivered: Family<Fate, Counter>,
    occurrence_lateness: Histogram,
    attempts: Family<Fate, Counter>,
    feed_retries: Counter,
    streams: Gauge,
    providers: ProviderMetrics,
    gauges: GaugeSet,
}

/// What is read off when somebody asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Whether the scheduler runs.
    pub scheduler_running: bool,
    /// Triggers that wait.
    pub triggers_queued: u64,
    /// Events that are scheduled.
    pub events_tracked: u64,
    /// Events that cannot be understood.
    pub events_quarantined: u64,
    /// How often the scheduler was built anew after a failure.
    pub scheduler_restarts: u64,
    /// The number of the latest committed change.
    pub feed_seq: u64,
    /// The number of the latest change that the scheduler has taken in.
    pub applied_seq: u64,
    /// Changes that the slowest open stream is behind.
    pub stream_lag: u64,
    /// Connections to the database, by pool: all, and those that nobody uses.
    pub pools: Vec<(&'static str, u64, u64)>,
}

#[derive(Default)]
struct GaugeSet {
    running: Gauge,
    queued: Gauge<u64, AtomicU64>,
    tracked: Gauge<u64, AtomicU64>,
    quarantined: Gauge<u64, AtomicU64>,
    restarts: Gauge<u64, AtomicU64>,
    seq: Gauge<u64, AtomicU64>,
    applied: Gauge<u64, AtomicU64>,
    scheduler_lag: Gauge<u64, AtomicU64>,
    stream_lag: Gauge<u64, AtomicU64>,
    connections: Family<Pool, Gauge<u64, AtomicU64>>,
    idle: Family<Pool, Gauge<u64, AtomicU64>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics of one server.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("ces");
        let answers = Family::<Answer, Counter>::default();
        registry.register("http_requests", "Requests by route and status", answers.clone());
        let latency = Family::<Route, Histogram, LatencyHistogram>::new_with_constructor(LatencyHistogram);
        let what = "Time until the head of the answer was ready";
        registry.register_with_unit("http_request_duration", what, Unit::Seconds, latency.clone());
        let lateness = Histogram::new(LATENESS);
        let what = "Time from when a trigger was due until it fired";
        registry.register_with_unit("trigger_lateness", what, Unit::Seconds, lateness.clone());
        let occurrence_lateness = Histogram::new(LATENESS);
        let what = "From when an occurrence of the scheduling service was due until it was first handed over";
        registry.register_with_unit("service_lateness", what, Unit::Seconds, occurrence_lateness.clone());
        let attempts = Family::<Fate, Counter>::default();
        let what = "What the scheduling service did with occurrences that were due";
        registry.register("service_occurrences", what, attempts.clone());
        let undelivered = Family::<Fate, Counter>::default();
        registry.register(
            "triggers_undelivered",
            "Missed triggers that were not delivered, by fate",
            undelivered.clone(),
        );
        let feed_retries = Counter::default();
        registry.register(
            "feed_read_retries",
            "Reads of the feed that failed and were repeated",
            feed_retries.clone(),
        );
        let streams = Gauge::default();
        registry.register("feed_streams", "Open streams", streams.clone());
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", build);
        let providers = ProviderMetrics::registered(&mut registry);
        let gauges = GaugeSet::registered(&mut registry);
        let inner = Inner {
            registry,
            answers,
            latency,
            lateness,
            undelivered,
            occurrence_lateness,
            attempts,
            feed_retries,
            streams,
            providers,
            gauges,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Counts an answered request.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let answer = Answer { method, route: route.to_owned(), status };
        self.inner.answers.get_or_create(&answer).inc();
        let route = Route { method, route: route.to_owned() };
        self.inner.latency.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Counts an occurrence of the scheduling service that was handed over for the first time, `lateness_ms` after it was due.
    pub fn handed_over(&self, lateness_ms: u64) {
        self.inner.occurrence_lateness.observe(lateness_ms as f64 / 1_000.0);
    }

    /// Counts what the scheduling service did with an occurrence that was due.
    pub fn occurrence(&self, fate: &'static str) {
        self.inner.attempts.get_or_create(&Fate { fate }).inc();
    }

    /// What is counted of the sync with providers.
    pub fn providers(&self) -> &ProviderMetrics {
        &self.inner.providers
    }

    /// Counts a trigger that fired `lateness_ms` after it was due.
    pub fn fired(&self, lateness_ms: u64) {
        self.inner.lateness.observe(lateness_ms as f64 / 1_000.0);
    }

    /// Counts a missed trigger that is not delivered.
    pub fn undelivered(&self, fate: &'static str) {
        self.inner.undelivered.get_or_create(&Fate { fate }).inc();
    }

    /// Counts a read of the feed that failed and will be repeated.
    pub fn feed_retried(&self) {
        self.inner.feed_retries.inc();
    }

    /// Counts a stream for as long as the result lives.
    pub fn stream_opened(&self) -> StreamCount {
        self.inner.streams.inc();
        StreamCount(self.inner.streams.clone())
    }

    /// Everything in the text format of OpenMetrics, with what is so at present.
    pub fn text(&self, gauges: &Gauges) -> String {
        self.inner.gauges.set(gauges);
        let mut answer = String::new();
        // Writing to a text cannot fail.
        let _ = text::encode(&mut answer, &self.inner.registry);
        answer
    }
}

impl GaugeSet {
    fn registered(registry: &mut Registry) -> Self {
        let set = Self::default();
        registry.register("scheduler_running", "1 while the scheduler runs", set.running.clone());
        registry.register("triggers_queued", "Triggers that wait", set.queued.clone());
        registry.register("events_tracked", "Events that are scheduled", set.tracked.clone());
        registry.register("events_quarantined", "Events that cannot be understood", set.quarantined.clone());
        registry.register(
            "scheduler_restarts",
            "How often the scheduler was built anew",
            set.restarts.clone(),
        );
        registry.register("feed_seq", "Number of the latest committed change", set.seq.clone());
        registry.register(
            "feed_applied_seq",
            "Number of the latest change in the scheduler",
            set.applied.clone(),
        );
        let what = "Changes that the scheduler is behind";
        registry.register("feed_scheduler_lag_changes", what, set.scheduler_lag.clone());
        let what = "Changes that the slowest open stream is behind";
        registry.register("feed_stream_lag_changes", what, set.stream_lag.clone());
        registry.register(
            "database_connections",
            "Open connections to the database",
            set.connections.clone(),
        );
        registry.register("database_connections_idle", "Connections that nobody uses", set.idle.clone());
        set
    }

    fn set(&self, gauges: &Gauges) {
        self.running.set(i64::from(gauges.scheduler_running));
        self.queued.set(gauges.triggers_queued);
        self.tracked.set(gauges.events_tracked);
        self.quarantined.set(gauges.events_quarantined);
        self.restarts.set(gauges.scheduler_restarts);
        self.seq.set(gauges.feed_seq);
        self.applied.set(gauges.applied_seq);
        self.scheduler_lag.set(gauges.feed_seq.saturating_sub(gauges.applied_seq));
        self.stream_lag.set(gauges.stream_lag);
        for &(pool, all, idle) in &gauges.pools {
            self.connections.get_or_create(&Pool { pool }).set(all);
            self.idle.get_or_create(&Pool { pool }).set(idle);
        }
    }
}

/// An open stream, counted.
#[derive(Debug)]
pub struct StreamCount(Gauge);

impl Drop for StreamCount {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_counted_can_be_asked_for() {
        let metrics = Metrics::new();
        metrics.answered("GET", "/health", 200, Duration::from_millis(3));
        metrics.fired(40);
        metrics.undelivered("expired");
        metrics.handed_over(30);
        metrics.occurrence("timed_out");
        let providers = metrics.providers();
        providers.called("json");
        providers.records("json", 3, 0, 1);
        providers.failed("runsignup", "PROVIDER_FAILED");
        providers.stands("club", true, 1_500);
        providers.stands("gone", false, 0);
        providers.keep(["club"].into_iter());
        let stream = metrics.stream_opened();
        let gauges =
            Gauges { feed_seq: 7, applied_seq: 5, pools: vec![("reader", 8, 6)], ..Gauges::default() };
        let text = metrics.text(&gauges);
        for line in [
            r#"ces_http_requests_total{method="GET",route="/health",status="200"} 1"#,
            r#"ces_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/health"} 1"#,
            r#"ces_trigger_lateness_seconds_bucket{le="0.05"} 1"#,
            r#"ces_triggers_undelivered_total{fate="expired"} 1"#,
            r#"ces_service_lateness_seconds_bucket{le="0.05"} 1"#,
            r#"ces_service_occurrences_total{fate="timed_out"} 1"#,
            r#"ces_provider_calls_total{provider="json"} 1"#,
            r#"ces_provider_records_total{provider="json",fate="changed"} 3"#,
            r#"ces_provider_errors_total{provider="runsignup",code="PROVIDER_FAILED"} 1"#,
            r#"ces_provider_overcommitted{account="club"} 1"#,
            r#"ces_provider_oldest_due_seconds{account="club"} 1.5"#,
            "ces_feed_streams 1",
            "ces_feed_scheduler_lag_changes 2",
            r#"ces_database_connections_idle{pool="reader"} 6"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("gone"), "an account that is gone stands nowhere");
        drop(stream);
        assert!(metrics.text(&gauges).contains("ces_feed_streams 0"));
    }
}
