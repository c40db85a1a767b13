//! The feed as server-sent events: the same items as the changes route, each as soon as it is committed.
//!
//! The connection asks for the next frames only when it has room for them, so a stream holds nothing but its place.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::watch;

use super::changes::{read_page, up_to_date};
use super::frames::{self, Frames};
use super::hub::{Found, Mark, Signal};
use super::places::Place;
use super::{CHECKSUM_PATIENCE, Cursor, Feed, PAGE_ITEMS, ServerTime, UpToDate};
use crate::problem::{ApiError, CursorFault};
use crate::telemetry::StreamCount;

/// A client of a stopping server comes back after this time, and up to that much later: not all at once.
const COME_BACK_MS: u64 = 1_000;
const SPREAD_MS: u64 = 4_000;

/// Follows the feed after `cursor` and returns the body that carries it.
///
/// # Errors
///
/// `CURSOR_EXPIRED` or an error of the store. A stream that has begun just ends on an error; the client comes back with its
/// cursor and is told then.
pub async fn follow(feed: &Feed, cursor: &str) -> Result<Body, ApiError> {
    let seq = Cursor::seq_in(cursor, feed.store().epoch())?;
    let number = feed.next_number();
    let mut signals = feed.hub().subscribe(number);
    let begun = *signals.borrow_and_update();
    // What the hub keeps would do even then, but every node has to answer alike.
    if seq < feed.store().retention_floor() {
        return Err(CursorFault::BelowRetentionFloor.into());
    }
    if matches!(feed.hub().find(seq), Found::Elsewhere) {
        let _turn = feed.turn().await;
        read_page(feed.store(), seq, 1).await?;
    }
    let (place, count) = (feed.places().enter(number, seq), feed.metrics().stream_opened());
    let follower = Follower {
        feed: feed.clone(),
        signals,
        begun,
        number,
        seq,
        place,
        _count: count,
        marked: None,
        greets: true,
        ended: false,
    };
    Ok(Body::from_stream(stream::unfold(Box::new(follower), |mut follower| async move {
        let frames = follower.next_frames().await?;
        Some((Ok::<_, Infallible>(frames), follower))
    })))
}

struct Follower {
    feed: Feed,
    signals: watch::Receiver<Signal>,
    /// The signal that was seen last; of the cut-offs, the first one.
    begun: Signal,
    number: u64,
    seq: u64,
    place: Place,
    _count: StreamCount,
    /// The number of the last bookmark.
    marked: Option<u64>,
    /// Whether the stream sends a bookmark of its own as soon as it has caught up: the shared one has long been sent.
    greets: bool,
    ended: bool,
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
        if self.ended {
            return None;
        }
        loop {
            // Noted before anything is looked for, so that nothing published meanwhile is slept through.
            let signal = *self.signals.borrow_and_update();
            if signal.cut_offs != self.begun.cut_offs {
                return None;
            }
            if signal.stopping {
                self.ended = true;
                return Some(frames::come_back_in(COME_BACK_MS + self.number * 211 % SPREAD_MS));
            }
            if signal.heartbeats != self.begun.heartbeats {
                self.begun.heartbeats = signal.heartbeats;
                return Some(frames::frame(
                    "heartbeat",
                    None,
                    &Heartbeat { server_time: self.server_time() },
                ));
            }
            if let Some(frames) = self.look().await? {
                return Some(frames);
            }
        }
    }

    /// Looks for something to send, and waits where there is nothing; `None` when the stream has to end.
    async fn look(&mut self) -> Option<Option<Bytes>> {
        match self.feed.hub().find(self.seq) {
            Found::Frames(bytes, through) => {
                self.advance(through);
                Some((!bytes.is_empty()).then_some(bytes))
            }
            Found::Nothing(Some(mark)) if self.takes(&mark) => Some(Some(self.bookmark(mark.up_to_date))),
            Found::Nothing(_) if self.greets && !self.hub_is_behind() => Some(Some(self.greeting().await)),
            Found::Nothing(_) => self.wait().await.map(|()| None),
            Found::Elsewhere => self.catch_up().await,
        }
    }

    /// Reads what the hub does not have.
    async fn catch_up(&mut self) -> Option<Option<Bytes>> {
        let turn = self.feed.turn().await;
        let page = match read_page(self.feed.store(), self.seq, PAGE_ITEMS).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(?error, "a stream ends");
                return None;
            }
        };
        drop(turn);
        self.advance(page.through);
        if !page.items.is_empty() {
            self.greets = true;
            return Some(Some(Frames::of(&page.items, self.feed.store().epoch()).into_bytes()));
        }
        if page.complete {
            // Ahead of the hub, which is about to come here.
            if self.greets {
                return Some(Some(self.greeting().await));
            }
            self.wait().await?;
        }
        Some(None)
    }

    /// Whether the shared mark is news to this stream. One without a checksum was made when the scheduler was not there; who
    /// comes later asks again.
    fn takes(&self, mark: &Mark) -> bool {
        self.marked != Some(mark.seq) && (mark.up_to_date.is_some() || !self.greets)
    }

    /// Whether the hub is about to publish what was committed a moment ago.
    fn hub_is_behind(&self) -> bool {
        *self.feed.store().committed().borrow() > self.seq
    }

    async fn wait(&mut self) -> Option<()> {
        self.signals.changed().await.ok()
    }

    fn advance(&mut self, seq: u64) {
        self.seq = seq;
        self.place.set(seq);
    }

    /// The bookmark of a stream that has caught up by itself.
    async fn greeting(&mut self) -> Bytes {
        let up_to_date = up_to_date(self.feed.host(), self.seq, CHECKSUM_PATIENCE).await;
        self.bookmark(up_to_date)
    }

    fn bookmark(&mut self, up_to_date: Option<UpToDate>) -> Bytes {
        self.greets = false;
        self.marked = Some(self.seq);
        let cursor = Cursor::new(self.feed.store().epoch(), self.seq);
        let server_time = self.server_time();
        let bookmark = Bookmark { cursor: cursor.to_string(), up_to_date, server_time };
        frames::frame("bookmark", Some(&cursor), &bookmark)
    }

    /// A pushed frame answers no request, so both readings are the present.
    fn server_time(&self) -> ServerTime {
        let clock = self.feed.clock();
        ServerTime::leaving(clock.now(), clock)
    }
}
