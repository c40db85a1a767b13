//! Load in a closed loop: some connections, each with one request at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Result;
use crate::events;
use crate::http::Connection;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Details,
    List,
    Changes,
    Create,
    Update,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Details, Self::List, Self::Changes, Self::Create, Self::Update];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Details => "read one event",
            Self::List => "list every event",
            Self::Changes => "a page of 100 changes",
            Self::Create => "create",
            Self::Update => "update",
        }
    }

    /// The request number `number` of a run, against a server with `stored` events.
    fn request(self, number: u64, stored: u64, cursor: &str) -> (&'static str, String, String) {
        // A multiplicative step visits the events in no order that a cache could guess.
        let id = events::id(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % stored.max(1));
        match self {
            Self::Details => ("GET", format!("/api/v1/admin/events/details/{id}"), String::new()),
            Self::List => ("GET", "/api/v1/admin/events/list".to_owned(), String::new()),
            Self::Changes => {
                ("GET", format!("/api/v1/scheduler/changes?limit=100&cursor={cursor}"), String::new())
            }
            Self::Create => (
                "POST",
                "/api/v1/admin/events/create".to_owned(),
                events::json(&format!("new-{number}"), number),
            ),
            Self::Update => {
                let path = format!("/api/v1/admin/events/update/{id}");
                ("PUT", path, format!(r#"{{"venue":"Room {number}"}}"#))
            }
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
    pub(crate) stored: u64,
    /// The beginning of the feed.
    pub(crate) cursor: String,
    /// The first number that no earlier run has used.
    pub(crate) first: u64,
}

impl Run {
    /// Measures an operation. An answer that is no success ends it.
    pub(crate) async fn measure(&self, operation: Operation) -> Result<Measured> {
        let numbers = Arc::new(AtomicU64::new(self.first));
        let begin = Instant::now();
        let mut workers = Vec::new();
        for _ in 0..self.connections {
            let (run, numbers) = (self.clone(), Arc::clone(&numbers));
            workers.push(tokio::spawn(async move { run.work(operation, &numbers, begin).await }));
        }
        let mut latencies = Vec::new();
        for worker in workers {
            latencies.extend(worker.await?.map_err(|error| format!("{}: {error}", operation.name()))?);
        }
        let elapsed = begin.elapsed().as_secs_f64();
        latencies.sort_unstable();
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        Ok(Measured { per_second: latencies.len() as f64 / elapsed, p50_ms: at(0.5), p99_ms: at(0.99) })
    }

    async fn work(
        &self,
        operation: Operation,
        numbers: &AtomicU64,
        begin: Instant,
    ) -> std::result::Result<Vec<Duration>, String> {
        let mut connection = Connection::open(self.address).await.map_err(|error| error.to_string())?;
        let mut latencies = Vec::new();
        loop {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            let (method, path, body) = operation.request(number, self.stored, &self.cursor);
            let asked = Instant::now();
            let answer = connection.request(method, &path, &body).await.map_err(|error| error.to_string())?;
            latencies.push(asked.elapsed());
            if !(200..300).contains(&answer.status) {
                return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
            }
            if begin.elapsed() >= self.duration {
                return Ok(latencies);
            }
        }
    }
}
