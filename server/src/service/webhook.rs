//! Calling webhooks without becoming anybody's way into a network.
//!
//! A name is resolved here, every address of it is judged, and just the addresses that were judged are connected to. Redirects are not
//! followed, and little is read of the answer.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use client_event_scheduler::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;
use sha2::Sha256;
use tower::Service;

/// Bytes of an answer that are read, for the reason of a failure.
const ANSWER_BYTES: usize = 2_048;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    /// It is done.
    Done,
    /// It was taken, and will be acknowledged.
    Taken,
    /// It has failed: why, and whether another attempt may do better.
    Failed {
        /// For people.
        reason: String,
        /// Whether there is no use in trying again.
        lasting: bool,
    },
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) url: &'a str,
    /// With what it is signed.
    pub(super) secret: &'a str,
    pub(super) occurrence_id: &'a str,
    pub(super) attempt: u32,
    pub(super) body: String,
    /// The time that is signed.
    pub(super) now: Timestamp,
    /// How long the answer may take.
    pub(super) patience: Duration,
}

/// Calls webhooks.
#[derive(Clone)]
pub struct WebhookClient {
    /// None on a machine without root certificates.
    client: Option<Client<HttpsConnector<HttpConnector<Judge>>, Full<Bytes>>>,
    judge: Judge,
}

impl std::fmt::Debug for WebhookClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookClient").field("judge", &self.judge).finish_non_exhaustive()
    }
}

impl WebhookClient {
    /// A client that calls public addresses, and those of `networks`.
    pub fn new(networks: Vec<IpNet>) -> Self {
        let judge = Judge { networks: networks.into() };
        let mut connector = HttpConnector::new_with_resolver(judge.clone());
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        // Each call is a connection of its own: one that was judged a while ago says nothing of the name now.
        let client = match HttpsConnectorBuilder::new().with_native_roots() {
            Ok(builder) => {
                let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
                Some(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
            }
            Err(error) => {
                tracing::warn!(%error, "this machine has no root certificates: no webhook can be called");
                None
            }
        };
        Self { client, judge }
    }

    /// Judges an address before it is kept.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what to write instead.
    pub async fn check(&self, url: &Uri) -> Result<(), String> {
        let target = Target::of(url)?;
        let addresses =
            self.judge.addresses(target.host, target.port).await.map_err(|error| error.to_string())?;
        self.judge.judge_scheme(&target, &addresses)
    }

    /// Calls a webhook, signed.
    pub(super) async fn call(&self, call: Call<'_>) -> Called {
        let Call { url, secret, occurrence_id, attempt, body, now, patience } = call;
        let passing = |reason: String| Called::Failed { reason, lasting: false };
        let Ok(url) = url.parse::<Uri>() else {
            return Called::Failed {
                reason: "the webhook's address cannot be read".to_owned(),
                lasting: true,
            };
        };
        if let Err(reason) = self.check(&url).await {
            return passing(reason);
        }
        let timestamp = now.as_millis().div_euclid(1000);
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("client-event-scheduler/", env!("CARGO_PKG_VERSION")))
            .header("x-ces-occurrence-id", occurrence_id)
            .header("x-ces-attempt", attempt)
            .header("x-ces-timestamp", timestamp)
            .header("x-ces-signature", signature(secret, timestamp, &body))
            .body(Full::new(Bytes::from(body)));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Called::Failed { reason: error.to_string(), lasting: true },
        };
        match tokio::time::timeout(patience, self.answer(request)).await {
            Ok(called) => called,
            Err(_) => passing(format!("the webhook did not answer within {} s", patience.as_secs())),
        }
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Called {
        let Some(client) = &self.client else {
            let reason = "the server's machine has no root certificates: install ca-certificates".to_owned();
            return Called::Failed { reason, lasting: false };
        };
        let response = match client.request(request).await {
            Ok(response) => response,
            Err(error) => {
                let mut reason = error.to_string();
                let mut source = std::error::Error::source(&error);
                while let Some(inner) = source {
                    reason = format!("{reason}: {inner}");
                    source = inner.source();
                }
                return Called::Failed { reason, lasting: false };
            }
        };
        let status = response.status();
        match status {
            StatusCode::ACCEPTED => return Called::Taken,
            status if status.is_success() => return Called::Done,
            _ => {}
        }
        let text = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let text =
            text.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned()).unwrap_or_default();
        let reason = if status.is_redirection() {
            format!("the webhook answered {status}: redirects are not followed")
        } else {
            format!("the webhook answered {status} {text}").trim_end().to_owned()
        };
        Called::Failed { reason, lasting: status == StatusCode::GONE }
    }
}

/// The signature of a body: `v1=` and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a dot and the body.
pub fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={digits}")
}

/// What an address says of where it is.
struct Target<'a> {
    host: &'a str,
    port: u16,
    secure: bool,
}

impl<'a> Target<'a> {
    fn of(url: &'a Uri) -> Result<Self, String> {
        let secure = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("is no https address: write https://host/path".to_owned()),
        };
        let authority = url.authority().ok_or("names no host: write https://host/path")?;
        if authority.as_str().contains('@') {
            return Err("names a user: leave that out, calls are signed".to_owned());
        }
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { host: authority.host().trim_start_matches('[').trim_end_matches(']'), port, secure })
    }
}

/// Says which addresses may be connected to, and resolves names to no others.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    networks: Arc<[IpNet]>,
}

impl Judge {
    fn is_named(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn may(&self, address: IpAddr) -> bool {
        self.is_named(address) || is_public(address)
    }

    /// Every address of a host, if all of them may be connected to.
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((host, port)).await?.collect(),
        };
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address")));
        }
        match found.iter().find(|address| !self.may(address.ip())) {
            Some(address) => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "{host} is {}, which is no public address: the server's --webhook-network would have to name its network",
                    address.ip()
                ),
            )),
            None => Ok(found),
        }
    }

    /// Without TLS only networks are called that the server's settings name.
    fn judge_scheme(&self, target: &Target<'_>, addresses: &[SocketAddr]) -> Result<(), String> {
        if target.secure || addresses.iter().all(|address| self.is_named(address.ip())) {
            return Ok(());
        }
        Err("is not secure: write https, or have the server's --webhook-network name its network".to_owned())
    }
}

type Addresses = std::vec::IntoIter<SocketAddr>;

impl Service<Name> for Judge {
    type Response = Addresses;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Addresses>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let judge = self.clone();
        // The connector puts the port in.
        Box::pin(async move { judge.addresses(name.as_str(), 0).await.map(Vec::into_iter) })
    }
}

/// Whether an address belongs to the public internet, by IANA's registries of special-purpose addresses (RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared by carriers, protocol assignments, 6to4 relays, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Global unicast is 2000::/3, of which 2001::/23 is for protocols and 2001:db8::/32, 3fff::/20 for documentation.
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && segments[1] < 0x0200)
        && !(segments[0] == 0x2001 && segments[1] == 0x0db8)
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, translated (RFC 6052) or 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let of = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => Some(of(high, low)),
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in
            ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(!is_public(private.parse().expect("an address")), "{private}");
        }
    }

    #[tokio::test]
    async fn an_address_is_refused_with_what_to_write_instead() {
        let strict = WebhookClient::new(Vec::new());
        let lenient = WebhookClient::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        for (url, refused, refused_by_lenient) in [
            ("http://127.0.0.1:9/hook", true, false),
            ("https://127.0.0.1:9/hook", true, false),
            ("https://localhost/hook", true, true),
            ("https://169.254.169.254/latest/meta-data", true, true),
            ("https://[::1]/hook", true, true),
            ("http://1.1.1.1/hook", true, true),
            ("https://1.1.1.1/hook", false, false),
            ("https://user@1.1.1.1/hook", true, true),
            ("ftp://1.1.1.1/hook", true, true),
            ("/hook", true, true),
        ] {
            let url: Uri = url.parse().expect("an address");
            assert_eq!(strict.check(&url).await.is_err(), refused, "{url}");
            // What the machine calls localhost may be ::1 too, which is not in the network.
            if url.host() != Some("localhost") {
                assert_eq!(lenient.check(&url).await.is_err(), refused_by_lenient, "{url}");
            }
        }
    }

    #[test]
    fn a_signature_covers_time_and_body() {
        let signed = signature("secret", 1_777_593_600, "{}");
        assert_eq!(signed.len(), 3 + 64);
        assert_ne!(signed, signature("secret", 1_777_593_601, "{}"));
        assert_ne!(signed, signature("secret", 1_777_593_600, "{ }"));
        assert_ne!(signed, signature("Secret", 1_777_593_600, "{}"));
    }
}
