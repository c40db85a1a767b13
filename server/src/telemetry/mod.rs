//! What the server tells of itself: log, traces, metrics.

mod log;
mod metrics;
mod providers;
mod request;
mod traces;

pub use log::{TelemetryError, TelemetryGuard, init};
pub use metrics::{Gauges, Metrics, StreamCount};
pub use providers::ProviderMetrics;
pub use request::{observe, request_id};
