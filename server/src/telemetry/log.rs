//! Where log lines and spans go.

use std::io::IsTerminal as _;

use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _};

use super::traces;
use crate::config::{Args, LogFormat};

/// Why log or traces cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter.
    #[error("--log {filter:?}: {source}")]
    Filter {
        /// The filter as it was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The collector's address.
    #[error("--otlp-endpoint {endpoint:?}: {reason}")]
    Endpoint {
        /// The address as it was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The collector's headers, which are a secret.
    #[error("--otlp-headers: write name=value, several separated by commas")]
    Headers,
    /// Something else receives the log of this process already.
    #[error(transparent)]
    Taken(#[from] TryInitError),
}

/// Sends what is left when it is dropped.
#[derive(Debug)]
pub struct TelemetryGuard {
    provider: Option<SdkTracerProvider>,
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.provider.take().map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Sends log lines to standard error, and spans to the collector if there is one.
///
/// # Errors
///
/// See [`TelemetryError`].
pub fn init(args: &Args) -> Result<TelemetryGuard, TelemetryError> {
    let filter = EnvFilter::try_new(&args.log)
        .map_err(|source| TelemetryError::Filter { filter: args.log.clone(), source })?;
    let provider = args
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| traces::provider(endpoint, args.otlp_headers.as_ref()))
        .transpose()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match args.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let ours = Targets::new().with_target("client_event_scheduler", LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(provider.as_ref().map(|provider| traces::layer(provider).with_filter(ours)))
        .try_init()?;
    Ok(TelemetryGuard { provider })
}
