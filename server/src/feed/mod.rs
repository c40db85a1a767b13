//! The change feed: snapshot, changes, stream.

mod changes;
mod cursor;
mod frames;
mod hub;
mod item;
mod places;
mod reader;
mod snapshot;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::task::JoinHandle;

pub use changes::{ChangesPage, changes};
pub use cursor::Cursor;
pub use item::{ServerTime, UpToDate};
pub use snapshot::{Snapshot, snapshot_body};
pub use stream::follow;

use crate::clock::Clock;
use crate::host::HostHandle;
use crate::store::Store;
use crate::telemetry::Metrics;
use hub::Hub;
use places::Places;

/// Items that a stream, or the hub, reads at a time.
const PAGE_ITEMS: u32 = 100;

/// How long a bookmark waits for the scheduler, so that it can carry the checksum.
const CHECKSUM_PATIENCE: Duration = Duration::from_millis(100);

/// Streams that read the database for themselves at the same time: when thousands come back at once, the readers of the
/// database are for others, too.
const CATCHING_UP: usize = 3;

/// What all streams share.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

/// What the feed is made from.
pub struct FeedParts {
    /// The database.
    pub store: Store,
    /// The scheduler, for checksums.
    pub host: HostHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where streams are counted.
    pub metrics: Metrics,
}

struct Inner {
    parts: FeedParts,
    hub: Hub,
    places: Places,
    turns: Semaphore,
    opened: AtomicU64,
}

impl Feed {
    /// Starts to read the feed for the streams, until `shutdown` becomes true; they end then.
    pub fn start(
        parts: FeedParts,
        heartbeat_every: Duration,
        shutdown: watch::Receiver<bool>,
    ) -> (Self, JoinHandle<()>) {
        let hub = Hub::new(*parts.store.committed().borrow());
        let (places, turns) = (Places::default(), Semaphore::new(CATCHING_UP));
        let feed = Self { inner: Arc::new(Inner { parts, hub, places, turns, opened: AtomicU64::new(0) }) };
        let task = tokio::spawn(reader::run(feed.clone(), heartbeat_every, shutdown));
        (feed, task)
    }

    /// Changes that the slowest open stream is behind.
    pub fn stream_lag(&self) -> u64 {
        self.inner.places.last().map_or(0, |last| self.hub().through().saturating_sub(last))
    }

    fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    fn host(&self) -> &HostHandle {
        &self.inner.parts.host
    }

    fn clock(&self) -> &dyn Clock {
        &*self.inner.parts.clock
    }

    fn metrics(&self) -> &Metrics {
        &self.inner.parts.metrics
    }

    fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    fn places(&self) -> &Places {
        &self.inner.places
    }

    fn next_number(&self) -> u64 {
        self.inner.opened.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for the turn to read the database.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.inner.turns.acquire().await.ok()
    }
}
