//! What every request leaves behind: an id, a span, a log line, a count.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::traces;
use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a caller.
const LONGEST_ID: usize = 128;

/// Where a request goes that no route has: files of the admin, and what does not exist.
const NO_ROUTE: &str = "none";

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Gives the request an id, its own if it brings a good one, and tells of it in the log, the traces and the metrics.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = taken_over(&request).unwrap_or_else(new_id);
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let span = span(&request, method, route, &id);
    let answered = CURRENT.scope(id.clone(), next.run(request));
    let mut response = answered.instrument(span.clone()).await;

    let status = response.status();
    let took = started.elapsed();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    app.metrics().answered(method, route, status.as_u16(), took);
    span.in_scope(|| {
        let took_ms = took.as_secs_f64() * 1_000.0;
        // Reads are many and harmless.
        if method == "GET" || method == "HEAD" {
            tracing::debug!(status = status.as_u16(), took_ms, "answered");
        } else {
            tracing::info!(status = status.as_u16(), took_ms, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Without the query: a cursor or a search is nobody's business in a log.
fn span(request: &Request, method: &'static str, route: &str, id: &str) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        url.path = request.uri().path(),
        request_id = id,
    );
    // Fails where nothing is traced.
    let _ = span.set_parent(traces::parent(request.headers()));
    span
}

/// The id that the caller has given, if it can stand in a log line.
fn taken_over(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    (!id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(harmless)).then(|| id.to_owned())
}

/// A new id. Two that are equal, which is all that can come of missing randomness, do no harm.
fn new_id() -> String {
    let mut random = [0_u8; 16];
    let _ = getrandom::fill(&mut random);
    format!("{:032x}", u128::from_be_bytes(random))
}

/// The method as a label: a caller cannot make new ones.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn an_id_is_taken_over_only_where_it_can_stand_in_a_log_line() {
        let long = "x".repeat(129);
        for (given, taken) in [
            ("4f0a-1", true),
            ("Root=1-67891233-abcdef", true),
            ("", false),
            ("a b", false),
            ("\"quoted\"", false),
            (long.as_str(), false),
        ] {
            let request =
                Request::builder().header(REQUEST_ID, given).body(Body::empty()).expect("a request");
            assert_eq!(taken_over(&request).is_some(), taken, "{given:?}");
        }
    }

    #[test]
    fn new_ids_differ() {
        assert_ne!(new_id(), new_id());
        assert_eq!(new_id().len(), 32);
    }
}
