//! One page of changes.

use std::time::Duration;

use client_event_scheduler::Timestamp;
use serde::Serialize;

use super::Cursor;
use super::item::{Item, ServerTime, UpToDate};
use crate::clock::Clock;
use crate::host::HostHandle;
use crate::problem::{ApiError, CursorFault};
use crate::store::{FeedPage, Store};

/// How long an answer waits for the scheduler to reach the latest change, so that it can carry the checksum.
const CHECKSUM_PATIENCE: Duration = Duration::from_millis(50);

/// The answer of the changes route.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangesPage {
    /// The latest state of every event that changed, in the order of their changes.
    changes: Vec<Item>,
    /// The place after this page.
    next_cursor: String,
    /// What to compare with, on a page that goes to the end of the feed.
    up_to_date: Option<UpToDate>,
    /// The server's clock.
    server_time: ServerTime,
    /// Everything due at or before this instant is settled: a client that begins with nothing fires nothing of it.
    watermark: Option<String>,
}

/// Returns up to `limit` changes after `cursor`.
///
/// # Errors
///
/// `CURSOR_EXPIRED` or `STORE_ERROR`.
pub async fn changes(
    store: &Store,
    host: &HostHandle,
    clock: &dyn Clock,
    cursor: &str,
    limit: u32,
    received_at: Timestamp,
) -> Result<ChangesPage, ApiError> {
    let seq = Cursor::seq_in(cursor, store.epoch())?;
    let page = read_page(store, seq, limit).await?;
    let up_to_date = match page.complete {
        true => up_to_date(host, page.through, CHECKSUM_PATIENCE).await,
        false => None,
    };
    Ok(ChangesPage {
        changes: page.items,
        next_cursor: Cursor::new(store.epoch(), page.through).to_string(),
        up_to_date,
        server_time: ServerTime::leaving(received_at, clock),
        watermark: host.watermark().map(|at| at.to_string()),
    })
}

/// A page of the feed as items.
pub(super) struct ItemPage {
    pub(super) items: Vec<Item>,
    pub(super) through: u64,
    pub(super) complete: bool,
}

/// Reads a page after `seq`.
pub(super) async fn read_page(store: &Store, seq: u64, limit: u32) -> Result<ItemPage, ApiError> {
    match store.changes_after(seq, limit).await? {
        FeedPage::Changes { rows, through, complete } => {
            let items = rows.iter().map(Item::of).collect::<Result<_, _>>()?;
            Ok(ItemPage { items, through, complete })
        }
        FeedPage::BelowRetentionFloor => Err(CursorFault::BelowRetentionFloor.into()),
        FeedPage::AheadOfFeed => Err(CursorFault::AheadOfFeed.into()),
    }
}

/// The checksum as of change `seq`; `None` while the scheduler is not just there.
pub(super) async fn up_to_date(host: &HostHandle, seq: u64, patience: Duration) -> Option<UpToDate> {
    let checksum = host.checksum_at(seq, patience).await?;
    Some(UpToDate { seq, checksum: client_event_scheduler::trigger::checksum_text(checksum) })
}
