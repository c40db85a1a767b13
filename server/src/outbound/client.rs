//! The client with which other servers are called.

use std::time::Duration;

use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;

use super::judge::{Judge, Target};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How this server names itself.
const OWN_NAME: &str = concat!("client-event-scheduler/", env!("CARGO_PKG_VERSION"));

/// What a server has answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// What was read of its body.
    pub body: Bytes,
    /// Whether there was more of it: more than may be read, or it broke off.
    pub cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The address cannot be called, as it is written or for where it is.
    #[error("{0}")]
    Refused(String),
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(String),
    /// It took too long.
    #[error("no answer within {0} s")]
    TimedOut(u64),
}

type HttpClient = Client<HttpsConnector<HttpConnector<Judge>>, Full<Bytes>>;

/// Calls servers at public addresses, and in networks that a setting names.
#[derive(Clone)]
pub struct Outbound {
    secure: Judge,
    plain: Judge,
    /// With TLS, and without; none on a machine that has no root certificates.
    clients: Option<(HttpClient, HttpClient)>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("judge", &self.secure).finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client that may call `networks` beside the public internet; `setting` is what the operator names these with.
    pub fn new(networks: Vec<IpNet>, setting: &'static str) -> Self {
        let secure = Judge { networks: networks.into(), setting, secure: true };
        let plain = Judge { secure: false, ..secure.clone() };
        let clients = match (client(secure.clone()), client(plain.clone())) {
            (Ok(secure), Ok(plain)) => Some((secure, plain)),
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "this machine has no root certificates: no other server can be called");
                None
            }
        };
        Self { secure, plain, clients }
    }

    /// Judges an address before it is kept.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what to write instead.
    pub async fn check(&self, url: &Uri) -> Result<(), String> {
        let target = Target::of(url)?;
        let judge = if target.secure { &self.secure } else { &self.plain };
        let addresses = judge.addresses(target.host, target.port);
        match tokio::time::timeout(CONNECT_TIMEOUT, addresses).await {
            Ok(found) => found.map(drop).map_err(|error| error.to_string()),
            Err(_) => Err(format!("{} could not be looked up in time", target.host)),
        }
    }

    /// Sends a request and reads up to `most_bytes` of the answer, all within `patience`. What of the body is not there by then is cut
    /// off: the status has been told.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn call(
        &self,
        request: Request<Full<Bytes>>,
        patience: Duration,
        most_bytes: usize,
    ) -> Result<Answer, CallError> {
        let over = tokio::time::sleep(patience);
        tokio::pin!(over);
        let response = tokio::select! {
            response = self.send(request) => response?,
            () = &mut over => return Err(CallError::TimedOut(patience.as_secs())),
        };
        let (parts, body) = response.into_parts();
        let mut body = Limited::new(body, most_bytes);
        let mut read = Vec::new();
        let cut = loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = &mut over => break true,
            };
            match frame {
                None => break false,
                Some(Ok(frame)) => read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Some(Err(_)) => break true,
            }
        };
        Ok(Answer { status: parts.status, headers: parts.headers, body: read.into(), cut })
    }

    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, CallError> {
        // Addresses that are no names are not resolved by the connector, so they are judged here.
        self.check(request.uri()).await.map_err(CallError::Refused)?;
        let Some((secure, plain)) = &self.clients else {
            let reason = "the server's machine has no root certificates: install ca-certificates";
            return Err(CallError::Unreachable(reason.to_owned()));
        };
        let client = if request.uri().scheme_str() == Some("https") { secure } else { plain };
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(OWN_NAME));
        client.request(request).await.map_err(|error| CallError::Unreachable(chain(&error)))
    }
}

fn client(judge: Judge) -> std::io::Result<HttpClient> {
    let mut connector = HttpConnector::new_with_resolver(judge);
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    // Each call is a connection of its own: one that was judged a while ago says nothing of the name now.
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// An error with everything that has caused it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        reason = format!("{reason}: {inner}");
        source = inner.source();
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_refused_with_what_to_write_instead() {
        let strict = Outbound::new(Vec::new(), "--webhook-network");
        let lenient = Outbound::new(vec!["127.0.0.0/8".parse().expect("a network")], "--webhook-network");
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
            let told = strict.check(&url).await;
            assert_eq!(told.is_err(), refused, "{url}");
            // What the machine calls localhost may be ::1 too, which is not in the network.
            if url.host() != Some("localhost") {
                assert_eq!(lenient.check(&url).await.is_err(), refused_by_lenient, "{url}");
            } else {
                let told = told.expect_err("it is no public address");
                assert!(
                    !told.contains("127.0.0.1") && !told.contains("::1"),
                    "of the network nothing is told: {told}"
                );
            }
        }
    }
}
