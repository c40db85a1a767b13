//! Which hosts may be called.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::http::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use tower::Service;

use super::address::is_public;

/// What an address says of where it is.
pub(super) struct Target<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) secure: bool,
}

impl<'a> Target<'a> {
    pub(super) fn of(url: &'a Uri) -> Result<Self, String> {
        let secure = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("is no https address: write https://host/path".to_owned()),
        };
        let authority = url.authority().ok_or("names no host: write https://host/path")?;
        if authority.as_str().contains('@') {
            return Err("names a user: leave that out, it would be kept and shown in clear".to_owned());
        }
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { host: authority.host().trim_start_matches('[').trim_end_matches(']'), port, secure })
    }
}

/// Says which addresses may be connected to, and resolves names to no others.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    pub(super) networks: Arc<[IpNet]>,
    /// The setting that names them, for people.
    pub(super) setting: &'static str,
    /// Whether the connection is secure. Without TLS only the networks that the setting names are called.
    pub(super) secure: bool,
}

impl Judge {
    fn may(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address)) || (self.secure && is_public(address))
    }

    /// Every address of a host, if all of them may be connected to.
    pub(super) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((host, port)).await?.collect(),
        };
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address")));
        }
        let Some(refused) = found.iter().find(|address| !self.may(address.ip())) else { return Ok(found) };
        // Which address it is, is nobody's business but the operator's: callers would learn of the network from it.
        tracing::warn!(host, address = %refused.ip(), secure = self.secure, "a host may not be called");
        let setting = self.setting;
        let reason = if self.secure {
            format!("{host} has no public address: the server's {setting} would have to name its network")
        } else {
            format!("is not secure: write https, or have the server's {setting} name the network of {host}")
        };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, reason))
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
