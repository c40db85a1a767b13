//! The task that reads the feed for the hub.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::changes::{read_page, up_to_date};
use super::hub::{Mark, SHARDS};
use super::{CHECKSUM_PATIENCE, Feed, PAGE_ITEMS};
use crate::problem::ApiError;

/// The pause before a failed read is repeated.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Publishes every change as soon as it is committed, and the heartbeats, until the server stops.
pub(super) async fn run(feed: Feed, heartbeat_every: Duration, mut shutdown: watch::Receiver<bool>) {
    let mut committed = feed.store().committed();
    let mut beats = tokio::time::interval(heartbeat_every / SHARDS as u32);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shard = 0;
    let mut unread = true;
    loop {
        if std::mem::take(&mut unread) {
            committed.borrow_and_update();
            if let Err(error) = read_on(&feed, &mut committed).await {
                unread = true;
                feed.metrics().feed_retried();
                tracing::warn!(?error, "the feed cannot be read for the streams; it is tried again");
                tokio::select! {
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                    _ = shutdown.wait_for(|stopping| *stopping) => break,
                }
                continue;
            }
        }
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|stopping| *stopping) => break,
            changed = committed.changed() => match changed {
                Ok(()) => unread = true,
                Err(_) => break,
            },
            _ = beats.tick() => {
                feed.hub().beat(shard);
                shard += 1;
            }
        }
    }
    feed.hub().stop();
}

/// Publishes everything up to the end of the feed, and then what the scheduler says of it, unless the feed goes on meanwhile.
async fn read_on(feed: &Feed, committed: &mut watch::Receiver<u64>) -> Result<(), ApiError> {
    loop {
        let page = match read_page(feed.store(), feed.hub().through(), PAGE_ITEMS).await {
            Ok(page) => page,
            Err(ApiError::CursorExpired(fault)) => {
                let seq = *committed.borrow_and_update();
                tracing::warn!(?fault, seq, "the feed was cut off: every stream ends and has to come back");
                feed.hub().cut_off(feed.store().latest_seq().await?);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if page.through > feed.hub().through() {
            feed.hub().publish(&page, feed.store().epoch());
        }
        if page.complete {
            break;
        }
    }
    let seq = feed.hub().through();
    tokio::select! {
        up_to_date = up_to_date(feed.host(), seq, CHECKSUM_PATIENCE) => {
            feed.hub().publish_mark(Mark { seq, up_to_date });
        }
        // The next read says what is to be said; `changed` is cancel safe, but has taken note: it is noted again.
        changed = committed.changed() => if changed.is_ok() { committed.mark_changed() },
    }
    Ok(())
}
