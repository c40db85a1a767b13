//! The session's cookie.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::problem::ApiError;

/// With this prefix a browser takes the cookie only with `Secure`, for the whole host, and for no other one.
pub const SESSION_COOKIE: &str = "__Host-ces_session";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// `Set-Cookie` for a new session.
///
/// # Errors
///
/// The secret is not one that this server has made.
pub fn session_cookie(secret: &str, max_age_ms: i64) -> Result<HeaderValue, ApiError> {
    let text = format!("{SESSION_COOKIE}={secret}; {ATTRIBUTES}; Max-Age={}", max_age_ms / 1_000);
    HeaderValue::from_str(&text).map_err(|error| ApiError::Internal { what: error.to_string() })
}

/// `Set-Cookie` that takes the cookie away.
pub const fn clear_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-ces_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// The secret of the session in a request.
pub fn session_secret(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = values.flat_map(|value| value.split(';'));
    cookies
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_by_its_whole_name_only() {
        let mut headers = HeaderMap::new();
        headers
            .append(header::COOKIE, HeaderValue::from_static("a=1; ces_session=no; x__Host-ces_session=no"));
        assert_eq!(session_secret(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("b=2;__Host-ces_session=abc"));
        assert_eq!(session_secret(&headers), Some("abc"));
    }

    #[test]
    fn the_cookie_is_for_this_host_no_script_and_no_other_site() {
        let cookie = session_cookie("abc", 60_000).expect("a header");
        for cookie in [cookie, clear_cookie()] {
            let text = cookie.to_str().expect("text");
            for flag in
                ["__Host-ces_session=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age="]
            {
                assert!(text.contains(flag), "{text} without {flag}");
            }
            assert!(!text.contains("Domain"), "{text}");
        }
    }
}
