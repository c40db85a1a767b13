//! Spans for a collector, by OpenTelemetry's protocol over HTTP, and what a caller's `traceparent` says.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

use super::TelemetryError;
use crate::secret::Secret;

/// The name under which this server's spans stand.
const SERVICE: &str = "client-event-scheduler-server";

/// How long the collector may take for a batch, and how long its answer may be.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_ANSWER_BYTES: usize = 64 * 1024;

/// The collector's path for traces.
const PATH: &str = "/v1/traces";

/// Collects spans and sends them in batches from a thread of its own, so that a slow collector holds up no request.
pub(super) fn provider(
    endpoint: &str,
    headers: Option<&Secret>,
) -> Result<SdkTracerProvider, TelemetryError> {
    let reason = |reason: String| TelemetryError::Endpoint { endpoint: endpoint.to_owned(), reason };
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        return Err(reason("write an address such as http://127.0.0.1:4318".to_owned()));
    }
    let base = endpoint.trim_end_matches('/');
    let address = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(address)
        .with_headers(pairs(headers)?)
        .with_http_client(Sender::new().map_err(|error| reason(error.to_string()))?)
        .build()
        .map_err(|error| reason(error.to_string()))?;
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_service_name(SERVICE).with_attribute(version).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// Turns spans of `tracing` into spans for the collector.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, Tracer>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE))
}

/// The caller's span, if it names one (W3C Trace Context).
pub(super) fn parent(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&Headers(headers))
}

fn pairs(headers: Option<&Secret>) -> Result<HashMap<String, String>, TelemetryError> {
    let text = headers.map(Secret::expose).unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').ok_or(TelemetryError::Headers)?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// Sends batches through the server's own runtime: the thread that makes them has none.
#[derive(Debug)]
struct Sender {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

impl Sender {
    fn new() -> std::io::Result<Self> {
        let connector =
            HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime: Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let bytes = Limited::new(body, MOST_ANSWER_BYTES).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(head, bytes))
        };
        let sent = self.runtime.spawn(async { tokio::time::timeout(PATIENCE, exchange).await });
        sent.await??
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
