//! The settings of the access control.

use std::str::FromStr;

use ipnet::IpNet;

use super::PasswordCost;
use crate::secret::Secret;

/// How a server lets people and programs in.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// Whether everybody who reaches the server may do everything. Only on loopback.
    pub development: bool,
    /// The set-up token; a random one is made, and written into the log, where there is none.
    pub setup_token: Option<Secret>,
    /// Origins whose pages may call this server from a browser.
    pub allowed_origins: Vec<WebOrigin>,
    /// Where people find this server, if that is not where it listens.
    pub public_url: Option<WebOrigin>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests of one session or key in a second, sustained; 0 for no limit.
    pub requests_per_second: u32,
    /// Milliseconds without a request after which a session ends.
    pub session_idle_ms: i64,
    /// Milliseconds after which a session ends however busy it is.
    pub session_max_ms: i64,
    /// Days for which the audit is kept.
    pub audit_retention_days: u16,
    /// How costly hashing a password is.
    pub password_cost: PasswordCost,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            development: false,
            setup_token: None,
            allowed_origins: Vec::new(),
            public_url: None,
            trusted_proxies: Vec::new(),
            requests_per_second: 50,
            session_idle_ms: 8 * 3_600_000,
            session_max_ms: 7 * 24 * 3_600_000,
            audit_retention_days: 365,
            password_cost: PasswordCost::OWASP,
        }
    }
}

impl AccessSettings {
    /// Whether `origin`, as a browser sends it, is one whose pages may call this server.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.iter().chain(&self.public_url).any(|allowed| allowed.is(origin))
    }
}

/// A web origin: scheme, host and port, as a browser writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin {
    text: String,
}

/// The text is no web origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin: write scheme and host, and the port if it is not the usual one, such as https://events.example.org"
)]
pub struct OriginError(String);

impl WebOrigin {
    /// The origin as a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port as a browser sends them in `Host`.
    pub fn authority(&self) -> &str {
        self.text.split_once("://").map_or(&self.text, |(_, authority)| authority)
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    fn is(&self, origin: &str) -> bool {
        self.text.eq_ignore_ascii_case(origin)
    }
}

impl FromStr for WebOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let refused = || OriginError(text.to_owned());
        let lower = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let (scheme, authority) = lower.split_once("://").ok_or_else(refused)?;
        let usual_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(refused()),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if authority.is_empty() || !authority.chars().all(allowed) {
            return Err(refused());
        }
        let authority = authority.strip_suffix(usual_port).unwrap_or(authority);
        Ok(Self { text: format!("{scheme}://{authority}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("https://Events.Example.org/", Some("https://events.example.org")),
            ("https://events.example.org:443", Some("https://events.example.org")),
            ("http://127.0.0.1:8005", Some("http://127.0.0.1:8005")),
            ("http://[::1]:8005", Some("http://[::1]:8005")),
            ("*", None),
            ("null", None),
            ("https://", None),
            ("https://*.example.org", None),
            ("https://example.org/path", None),
            ("ftp://example.org", None),
        ] {
            let origin = text.parse::<WebOrigin>().ok();
            assert_eq!(origin.as_ref().map(WebOrigin::as_str), expected, "{text}");
        }
    }
}
