//! What a browser is told and kept from: security headers, and pages of other origins.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::Next;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::access::{AccessSettings, WebOrigin};
use crate::app::App;
use crate::problem::ApiError;

/// Names a request in the answer, in the log and in the audit.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A year, for every name below this one too, as browsers ask of those who want to be on their list.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Scripts, workers and connections of this origin only; WebAssembly may be compiled, workers may be made from a blob, and
/// component libraries may write style attributes. Nobody may frame the admin.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
);

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Adds the security headers to every answer; behind TLS also the one that keeps browsers from ever going without.
pub async fn add_security_headers(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    if app.access().settings().public_url.as_ref().is_some_and(WebOrigin::is_https) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// Keeps answers that say how things stand out of every cache, unless they say otherwise themselves.
pub async fn keep_out_of_caches(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Calls from pages of the allowed origins, with cookies. Without any, no page of another origin can read an answer.
pub fn cors(settings: &AccessSettings) -> Option<CorsLayer> {
    let origins = settings.allowed_origins.iter().filter_map(|origin| origin.as_str().parse().ok());
    let origins: Vec<HeaderValue> = origins.collect();
    if origins.is_empty() {
        return None;
    }
    let own = |name| HeaderName::from_static(name);
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::ACCEPT,
                header::CONTENT_TYPE,
                header::IF_MATCH,
                own("x-csrf-token"),
                own("idempotency-key"),
                own("last-event-id"),
            ])
            .expose_headers([REQUEST_ID, header::RETRY_AFTER, header::ETAG, own("idempotency-replayed")])
            .max_age(Duration::from_secs(600)),
    )
}

/// Refuses requests that another site's page could make a browser send.
///
/// # Errors
///
/// `HOST_NOT_ALLOWED` for a name that was bent to point to this machine (DNS rebinding), `CROSS_ORIGIN` for a change that a
/// page of a foreign origin asks for.
pub fn refuse_foreign_pages(app: &App, request: &Parts) -> Result<(), ApiError> {
    let settings = app.access().settings();
    let host = host(request);
    let public = settings.public_url.as_ref().map(WebOrigin::authority);
    let is_public = |host: &str| public.is_some_and(|public| public.eq_ignore_ascii_case(host));
    let closed = app.listens_on_loopback() || public.is_some();
    if closed && !host.is_some_and(|host| names_loopback(host) || is_public(host)) {
        return Err(ApiError::HostNotAllowed);
    }
    let changes = !request.method.is_safe();
    let allowed = || {
        let origin = text(&request.headers, header::ORIGIN);
        origin.is_some_and(|origin| settings.allows_origin(origin))
    };
    if changes && is_cross_origin(host, &request.headers) && !allowed() {
        return Err(ApiError::CrossOrigin);
    }
    Ok(())
}

fn host(request: &Parts) -> Option<&str> {
    let from_uri = request.uri.authority().map(|authority| authority.as_str());
    from_uri.or_else(|| text(&request.headers, header::HOST))
}

/// Whether a `Host` names this machine itself, with any port.
fn names_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a browser says that a page of another origin asks. Callers that are no browsers send neither header.
fn is_cross_origin(host: Option<&str>, headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let origin_host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    match (origin_host, host) {
        (Some(origin_host), Some(host)) => !origin_host.eq_ignore_ascii_case(host),
        (None, _) | (_, None) => true,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in [
            "localhost",
            "localhost:8005",
            "LOCALHOST.",
            "a.localhost:1",
            "127.0.0.1:8005",
            "127.1.2.3",
            "[::1]:8005",
            "[::1]",
        ] {
            assert!(names_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8005",
            "localhost.evil.example",
            "10.0.0.1",
            "[2001:db8::1]:80",
            "127.0.0.1.evil.example",
        ] {
            assert!(!names_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_browser_says_where_a_request_comes_from() {
        let cases: [(&[(&'static str, &'static str)], bool); 9] = [
            (&[], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("origin", "http://127.0.0.1:8005")], false),
            (&[("origin", "http://127.0.0.1:9999")], true),
            (&[("origin", "null")], true),
            (&[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")], false),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_cross_origin(Some("127.0.0.1:8005"), &headers), expected, "{pairs:?}");
        }
    }
}
