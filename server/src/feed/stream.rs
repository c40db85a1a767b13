//! The feed as server-sent events: the same items as the changes route, each as soon as it is committed.
//!
//! Every stream reads the database for itself and keeps nothing but its own place, so a slow client holds up nobody and no
//! unsaved change can be sent. The connection asks for the next frames only when it has room for them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::changes::{read_page, up_to_date};
use super::{Cursor, ServerTime, UpToDate};
use crate::clock::Clock;
use crate::host::HostHandle;
use crate::problem::ApiError;
use crate::store::Store;

/// Items read at a time.
const PAGE_ITEMS: u32 = 100;

/// How long a bookmark waits for the scheduler, so that it can carry the checksum.
const CHECKSUM_PATIENCE: Duration = Duration::from_millis(100);

/// What every stream shares.
#[derive(Clone)]
pub struct StreamSettings {
    /// The database.
    pub store: Store,
    /// The scheduler, for checksums.
    pub host: HostHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Time between two heartbeats.
    pub heartbeat_every: Duration,
    /// Becomes true when the server shuts down; streams then end.
    pub shutdown: watch::Receiver<bool>,
}

/// Follows the feed after `cursor` and returns the body that carries it.
///
/// # Errors
///
/// `CURSOR_EXPIRED` or `STORE_ERROR`. A stream that has begun just ends on an error; the client comes back with its cursor and
/// is told then.
pub async fn follow(settings: StreamSettings, cursor: &str) -> Result<Body, ApiError> {
    let seq = Cursor::seq_in(cursor, settings.store.epoch())?;
    // Followed before the first read, so that no commit in between is slept through.
    let committed = settings.store.committed();
    read_page(&settings.store, seq, 1).await?;
    let mut heartbeat =
        tokio::time::interval_at(Instant::now() + settings.heartbeat_every, settings.heartbeat_every);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower { settings, committed, heartbeat, seq, next: Step::Read };
    Ok(Body::from_stream(stream::unfold(follower, |mut follower| async move {
        let frames = follower.next_frames().await?;
        Some((Ok::<_, Infallible>(frames), follower))
    })))
}

struct Follower {
    settings: StreamSettings,
    committed: watch::Receiver<u64>,
    heartbeat: tokio::time::Interval,
    seq: u64,
    next: Step,
}

/// What the follower does when the connection has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Read,
    Bookmark,
    Wait,
}

#[derive(Serialize)]
struct Bookmark {
    cursor: String,
    up_to_date: Option<UpToDate>,
    server_time: ServerTime,
}

#[derive(Serialize)]
struct Heartbeat {
    server_time: ServerTime,
}

impl Follower {
    /// The next frames to send; `None` ends the stream.
    async fn next_frames(&mut self) -> Option<Bytes> {
        loop {
            match self.next {
                Step::Read => {
                    if let Some(frames) = self.read().await? {
                        return Some(frames);
                    }
                }
                Step::Bookmark => {
                    self.next = Step::Wait;
                    return self.bookmark().await;
                }
                Step::Wait => {
                    if let Some(frame) = self.wait().await? {
                        return Some(frame);
                    }
                }
            }
        }
    }

    /// Reads on; `Some(None)` when there was nothing to send.
    async fn read(&mut self) -> Option<Option<Bytes>> {
        self.committed.borrow_and_update();
        let page = match read_page(&self.settings.store, self.seq, PAGE_ITEMS).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(?error, "a stream ends");
                return None;
            }
        };
        let mut frames = String::new();
        for item in &page.items {
            let id = Cursor::new(self.settings.store.epoch(), item.rev);
            push_frame(&mut frames, "change", Some(&id), item);
        }
        self.seq = page.through;
        self.next = if page.complete { Step::Bookmark } else { Step::Read };
        Some((!frames.is_empty()).then(|| Bytes::from(frames)))
    }

    async fn bookmark(&mut self) -> Option<Bytes> {
        let cursor = Cursor::new(self.settings.store.epoch(), self.seq);
        let bookmark = Bookmark {
            cursor: cursor.to_string(),
            up_to_date: up_to_date(&self.settings.host, self.seq, CHECKSUM_PATIENCE).await,
            server_time: self.server_time(),
        };
        let mut frame = String::new();
        push_frame(&mut frame, "bookmark", Some(&cursor), &bookmark);
        Some(Bytes::from(frame))
    }

    /// Waits for a commit or the next heartbeat; `None` when the server shuts down.
    async fn wait(&mut self) -> Option<Option<Bytes>> {
        tokio::select! {
            biased;
            _ = self.settings.shutdown.wait_for(|shutting_down| *shutting_down) => return None,
            changed = self.committed.changed() => {
                self.next = Step::Read;
                return changed.ok().map(|()| None);
            }
            _ = self.heartbeat.tick() => {}
        }
        let mut frame = String::new();
        push_frame(&mut frame, "heartbeat", None, &Heartbeat { server_time: self.server_time() });
        Some(Some(Bytes::from(frame)))
    }

    /// A pushed frame answers no request, so both readings are the present.
    fn server_time(&self) -> ServerTime {
        let clock = &*self.settings.clock;
        ServerTime::leaving(clock.now(), clock)
    }
}

/// Appends one server-sent event. Data with line breaks, which this server does not write, still makes one event.
fn push_frame<T: Serialize>(frames: &mut String, event: &str, id: Option<&Cursor>, data: &T) {
    let json = match serde_json::to_string(data) {
        Ok(json) => json,
        Err(error) => unreachable!("feed data has text keys only: {error}"),
    };
    frames.push_str("event: ");
    frames.push_str(event);
    if let Some(id) = id {
        frames.push_str("\nid: ");
        frames.push_str(&id.to_string());
    }
    for line in json.split(['\n', '\r']) {
        frames.push_str("\ndata: ");
        frames.push_str(line);
    }
    frames.push_str("\n\n");
}
