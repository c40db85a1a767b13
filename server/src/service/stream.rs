//! The outbox as server-sent events. A stream holds nothing but its place.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Handover, SchedulingService};

/// Attempts that are read at a time.
const AT_ONCE: u32 = 100;

/// Time between two heartbeats.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);

/// A client of a stopping server comes back after this time.
const COME_BACK: &str = "retry: 2000\n\n";

struct Follower {
    service: SchedulingService,
    of: String,
    after: u64,
    hints: watch::Receiver<()>,
    shutdown: watch::Receiver<bool>,
    beats_at: Instant,
    ended: bool,
}

impl SchedulingService {
    /// Follows the outbox of `of` behind the place `after`.
    pub fn follow(&self, of: String, after: u64, shutdown: watch::Receiver<bool>) -> Body {
        let follower = Follower {
            service: self.clone(),
            of,
            after,
            hints: self.store().service_hints(),
            shutdown,
            // The first one says that the stream is open.
            beats_at: Instant::now(),
            ended: false,
        };
        Body::from_stream(stream::unfold(Box::new(follower), |mut follower| async move {
            let frames = follower.next_frames().await?;
            Some((Ok::<_, Infallible>(frames), follower))
        }))
    }
}

impl Follower {
    /// The next frames to send; `None` ends the stream.
    async fn next_frames(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        loop {
            // Noted before anything is looked for, so that nothing written meanwhile is slept through.
            self.hints.borrow_and_update();
            if *self.shutdown.borrow() {
                self.ended = true;
                return Some(Bytes::from_static(COME_BACK.as_bytes()));
            }
            match self.service.fetch(&self.of, self.after, AT_ONCE).await {
                Ok((handed, last)) => {
                    self.after = last.unwrap_or(self.after);
                    if !handed.is_empty() {
                        return Some(frames(&handed));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a stream ends");
                    return None;
                }
            }
            if Instant::now() >= self.beats_at {
                self.beats_at = Instant::now() + HEARTBEAT_EVERY;
                return Some(Bytes::from_static(b"event: heartbeat\ndata: {}\n\n"));
            }
            tokio::select! {
                _ = self.hints.changed() => {}
                _ = self.shutdown.changed() => {}
                () = tokio::time::sleep_until(self.beats_at) => {}
            }
        }
    }
}

fn frames(handed: &[(u64, Handover)]) -> Bytes {
    let mut text = String::new();
    for (seq, handover) in handed {
        match serde_json::to_string(handover) {
            Ok(json) => {
                // A payload may be written on several lines.
                let data = json.replace(['\r', '\n'], " ");
                text.push_str(&format!("event: occurrence\nid: {seq}\ndata: {data}\n\n"));
            }
            Err(error) => tracing::error!(%error, "an occurrence cannot be written as JSON"),
        }
    }
    text.into()
}
