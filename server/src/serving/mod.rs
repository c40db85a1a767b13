//! Listening: connections are few enough, speak in time, take what they asked for, and end when the server does.
//!
//! Every limit is one of time or count, so a client that sends or takes nothing costs a bounded amount for a bounded time.

mod patient;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use patient::Patient;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt as _;

/// The head of a request, and what is held of an answer that the client has not taken yet: bounds what a connection costs.
const BUFFER_BYTES: usize = 64 * 1024;

/// Header fields of a request.
const MOST_HEADERS: usize = 100;

/// Pause after a failed `accept`: the process has too many files open, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a client may do to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// The time in which a request's head has to arrive, and for which an idle connection is kept.
    pub head_timeout: Duration,
    /// The time in which the body has to arrive.
    pub body_timeout: Duration,
    /// The time after which a client that takes nothing of what is sent is cut off.
    pub stall_timeout: Duration,
    /// Connections at the same time; further ones wait until one ends.
    pub max_connections: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            max_connections: 16_384,
        }
    }
}

/// A listener and how it serves.
#[derive(Debug)]
pub struct Serving {
    /// The socket.
    pub listener: TcpListener,
    /// What a client may do.
    pub limits: HttpLimits,
    /// Becomes true when the server stops.
    pub shutdown: watch::Receiver<bool>,
    /// How long requests under way may go on then.
    pub farewell: Duration,
}

impl Serving {
    /// Serves until the server stops: then takes no more connections, lets requests under way finish, and breaks off what takes
    /// longer than the farewell. Each request carries `ConnectInfo` with its peer's address.
    pub async fn run(mut self, router: Router) {
        let slots = Arc::new(Semaphore::new(self.limits.max_connections));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_timeout)
            .max_buf_size(BUFFER_BYTES)
            .max_headers(MOST_HEADERS);
        while let Some((stream, peer, slot)) = self.next(&slots).await {
            prepare(&stream, self.limits.stall_timeout);
            let io = TokioIo::new(Patient::new(stream, self.limits.stall_timeout));
            let router = router.clone();
            let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                router.clone().oneshot(request.map(Body::new))
            });
            let connection = http.serve_connection(io, service);
            tokio::spawn(carry(connection, slot, self.shutdown.clone(), self.farewell));
        }
        drop(self.listener);
        let all = u32::try_from(self.limits.max_connections).unwrap_or(u32::MAX);
        if tokio::time::timeout(self.farewell, slots.acquire_many(all)).await.is_err() {
            tracing::warn!("requests under way took too long and are broken off");
        }
    }

    /// The next connection, with the right to have one; `None` when the server stops.
    async fn next(
        &mut self,
        slots: &Arc<Semaphore>,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let connection = async {
            // The semaphore is never closed.
            let slot = Arc::clone(slots).acquire_owned().await.ok()?;
            loop {
                match self.listener.accept().await {
                    Ok((stream, peer)) => return Some((stream, peer, slot)),
                    Err(error) => {
                        tracing::error!(%error, "a connection cannot be taken");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            // A dropped sender means that nobody can stop the server any more: then it stops.
            _ = self.shutdown.wait_for(|stopping| *stopping) => None,
            connection = connection => connection,
        }
    }
}

/// Carries one connection to its end.
async fn carry<S>(
    connection: http1::Connection<TokioIo<Patient<TcpStream>>, S>,
    slot: OwnedSemaphorePermit,
    mut shutdown: watch::Receiver<bool>,
    farewell: Duration,
) where
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = shutdown.wait_for(|stopping| *stopping) => None,
    };
    let ended = match ended {
        Some(ended) => Ok(ended),
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(farewell, connection).await
        }
    };
    if let Ok(Err(error)) = ended {
        // Clients come and go as they like.
        tracing::debug!(%error, "a connection was broken off");
    }
    drop(slot);
}

/// Sends at once, and notices a peer that has vanished. What waits unsent in the kernel is bounded as well, so that a client
/// that reads nothing costs little there, too.
fn prepare(stream: &TcpStream, stall_timeout: Duration) {
    let socket = socket2::SockRef::from(stream);
    let set = || {
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            socket.set_tcp_user_timeout(Some(stall_timeout))?;
            socket.set_tcp_notsent_lowat(BUFFER_BYTES as u32)?;
        }
        socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(stall_timeout))
    };
    if let Err(error) = set() {
        tracing::debug!(%error, "a connection is served without its options");
    }
}
