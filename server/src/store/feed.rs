//! Reading the change feed.

use client_event_scheduler::Timestamp;
use futures_util::TryStreamExt;
use sqlx::{Any, AnyConnection, Executor};

use super::rows::{EventRow, event_columns};
use super::{Store, StoreError, signed, unsigned};

/// Bytes of documents after which a page ends, whatever its limit: it is built in memory.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// One page of changes, read in one transaction.
#[derive(Debug)]
pub enum FeedPage {
    /// The changes after the given number, oldest first.
    Changes {
        /// The latest state of every event that changed, tombstones included.
        rows: Vec<EventRow>,
        /// The number up to which this page goes: the next page begins after it.
        through: u64,
        /// Whether nothing comes after this page.
        complete: bool,
    },
    /// The given number is below the retention floor: tombstones after it may have been removed.
    BelowRetentionFloor,
    /// The given number has not been reached: the database was restored from an older copy.
    AheadOfFeed,
}

impl Store {
    /// Returns up to `limit` changes after `seq`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn changes_after(&self, seq: u64, limit: u32) -> Result<FeedPage, StoreError> {
        let mut transaction = self.begin_read().await?;
        let (latest_seq, floor) = bounds(&mut transaction).await?;
        // What another process has committed is learned here.
        self.announce(latest_seq);
        self.note_floor(floor);
        if seq > latest_seq {
            return Ok(FeedPage::AheadOfFeed);
        }
        if seq < floor {
            return Ok(FeedPage::BelowRetentionFloor);
        }
        let rows = page(&mut transaction, seq, limit).await?;
        let last = rows.last().map_or(seq, |row| row.seq);
        let complete = last == latest_seq || !is_cut(&rows, limit);
        let through = if complete { latest_seq } else { last };
        Ok(FeedPage::Changes { rows, through, complete })
    }

    /// Returns the number of the latest change, whoever committed it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn latest_seq(&self) -> Result<u64, StoreError> {
        latest_seq(self.reader()).await
    }

    /// Removes the tombstones of events that were deleted before `instant`, and raises the retention floor accordingly.
    /// Returns how many were removed.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was removed then.
    pub async fn remove_tombstones(&self, instant: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        sqlx::query(
            "UPDATE feed_counter SET retention_floor = removed.floor
             FROM (SELECT coalesce(max(seq), 0) AS floor FROM events WHERE deleted_at < $1) AS removed
             WHERE id = 1 AND retention_floor < removed.floor",
        )
        .bind(instant.as_millis())
        .execute(&mut *transaction)
        .await?;
        let removed = sqlx::query("DELETE FROM events WHERE deleted_at < $1")
            .bind(instant.as_millis())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        let (_, floor) = bounds(&mut transaction).await?;
        transaction.commit().await?;
        self.note_floor(floor);
        Ok(removed)
    }
}

/// Returns the number of the latest change.
pub(super) async fn latest_seq(executor: impl Executor<'_, Database = Any>) -> Result<u64, StoreError> {
    let seq: i64 =
        sqlx::query_scalar("SELECT seq FROM feed_counter WHERE id = 1").fetch_one(executor).await?;
    unsigned(seq, "the feed counter")
}

async fn bounds(connection: &mut AnyConnection) -> Result<(u64, u64), StoreError> {
    let (seq, floor): (i64, i64) =
        sqlx::query_as("SELECT seq, retention_floor FROM feed_counter WHERE id = 1")
            .fetch_one(connection)
            .await?;
    Ok((unsigned(seq, "the feed counter")?, unsigned(floor, "the retention floor")?))
}

/// Reads rows until there are `limit` of them or their documents have [`PAGE_BYTES`].
async fn page(connection: &mut AnyConnection, seq: u64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
    let sql = concat!("SELECT ", event_columns!(), " FROM events WHERE seq > $1 ORDER BY seq LIMIT $2");
    let mut stream = sqlx::query(sql).bind(signed(seq)).bind(i64::from(limit)).fetch(connection);
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = stream.try_next().await? {
        let row = EventRow::from_sql(&row)?;
        bytes += row.document.len();
        rows.push(row);
        if bytes >= PAGE_BYTES {
            break;
        }
    }
    Ok(rows)
}

/// Whether [`page`] may have stopped before the last row.
fn is_cut(rows: &[EventRow], limit: u32) -> bool {
    rows.len() >= limit as usize || rows.iter().map(|row| row.document.len()).sum::<usize>() >= PAGE_BYTES
}
