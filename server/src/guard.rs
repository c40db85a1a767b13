//! What every request has to pass while there is no login: it must come from this server's own pages, or from no page.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::Next;

use crate::app::App;
use crate::problem::ApiError;

/// Scripts, workers and connections of this origin only; WebAssembly may be compiled, workers may be made from a blob, and
/// component libraries may write style attributes. Nobody may frame the admin.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
);

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Adds the security headers to every answer.
pub async fn add_security_headers(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Keeps answers that say how things stand out of every cache, unless they say otherwise themselves.
pub async fn keep_out_of_caches(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses requests that another site's page could make a browser send.
///
/// # Errors
///
/// `HOST_NOT_ALLOWED` for a name that was bent to point to this machine (DNS rebinding), `CROSS_ORIGIN` for a change that a
/// page of another origin asks for.
pub async fn refuse_foreign_pages(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response<Body>, ApiError> {
    if app.listens_on_loopback() && !host(&request).is_some_and(names_loopback) {
        return Err(ApiError::HostNotAllowed);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_cross_origin(host(&request), request.headers()) {
        return Err(ApiError::CrossOrigin);
    }
    Ok(next.run(request).await)
}

fn host(request: &Request) -> Option<&str> {
    let from_uri = request.uri().authority().map(|authority| authority.as_str());
    from_uri.or_else(|| text(request.headers(), header::HOST))
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
