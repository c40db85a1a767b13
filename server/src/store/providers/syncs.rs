//! The history of syncs.

use client_event_scheduler::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::{told_error, whole};
use crate::store::{Store, StoreError, WriteTransaction, instant, signed, unsigned};

/// A sync that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRow {
    /// Its id.
    pub sync_id: String,
    /// The account.
    pub account_id: String,
    /// The event; none where it was about the whole account.
    pub event_key: Option<String>,
    /// `discovery`, `backfill` or `incremental`.
    pub kind: String,
    /// In the name of which lease.
    pub epoch: u64,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Records that were told.
    pub seen: u32,
    /// Those that were new.
    pub created: u32,
    /// Those that were changed.
    pub changed: u32,
    /// Those that are gone.
    pub removed: u32,
    /// Those that could not be read.
    pub refused: u32,
    /// What went wrong: its code, and a text for people.
    pub error: Option<(String, String)>,
}

fn sync(row: &AnyRow) -> Result<SyncRow, StoreError> {
    let count = |column: &'static str| whole(row.try_get(column)?, column);
    Ok(SyncRow {
        sync_id: row.try_get("sync_id")?,
        account_id: row.try_get("account_id")?,
        event_key: row.try_get("event_key")?,
        kind: row.try_get("kind")?,
        epoch: unsigned(row.try_get("epoch")?, "epoch")?,
        began_at: instant(row.try_get("began_at")?, "began_at")?,
        ended_at: instant(row.try_get("ended_at")?, "ended_at")?,
        seen: count("seen")?,
        created: count("created")?,
        changed: count("changed")?,
        removed: count("removed")?,
        refused: count("refused")?,
        error: told_error(row)?,
    })
}

impl Store {
    /// Returns the latest syncs of an account, the latest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provider_syncs(&self, account_id: &str, most: u32) -> Result<Vec<SyncRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT sync_id, account_id, event_key, kind, epoch, began_at, ended_at, seen, created, changed, removed, refused,
                 error_code, error FROM provider_syncs WHERE account_id = $1 ORDER BY began_at DESC, sync_id DESC LIMIT $2",
        )
        .bind(account_id)
        .bind(i64::from(most))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(sync).collect()
    }
}

impl WriteTransaction {
    /// Writes down a sync.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_provider_sync(&mut self, sync: &SyncRow) -> Result<(), StoreError> {
        let (code, error) = sync.error.clone().unzip();
        let counts = [sync.seen, sync.created, sync.changed, sync.removed, sync.refused];
        let mut query = sqlx::query(
            "INSERT INTO provider_syncs (sync_id, account_id, event_key, kind, epoch, began_at, ended_at, seen, created, changed,
                 removed, refused, error_code, error)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(&sync.sync_id)
        .bind(&sync.account_id)
        .bind(&sync.event_key)
        .bind(&sync.kind)
        .bind(signed(sync.epoch))
        .bind(sync.began_at.as_millis())
        .bind(sync.ended_at.as_millis());
        for count in counts {
            query = query.bind(i64::from(count));
        }
        query.bind(code).bind(error).execute(self.connection()).await?;
        Ok(())
    }
}
