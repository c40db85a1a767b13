//! What the scheduler did: fired triggers, changed statuses.

use client_event_scheduler::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Store, StoreError, instant, signed, unsigned};

/// A status and its sub-status, as on the wire.
pub type StatusText = (String, String);

/// One fired trigger, or one status change that no trigger made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The event.
    pub event_id: String,
    /// The trigger; `None` for a change that no trigger made.
    pub trigger_id: Option<String>,
    /// The kind of the trigger, or `status_change`.
    pub kind: String,
    /// Why it happened when it did.
    pub cause: String,
    /// Whether a later missed trigger of the same event had already overtaken it.
    pub superseded: bool,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it was done.
    pub executed_at: Timestamp,
    /// The event's revision at that time.
    pub revision: Option<u64>,
    /// The status before, where it was known.
    pub before: Option<StatusText>,
    /// The status after.
    pub after: Option<StatusText>,
}

/// The status that the scheduler last found for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWrite {
    /// The event.
    pub event_id: String,
    /// Its status.
    pub status: StatusText,
    /// Since when the scheduler knows.
    pub at: Timestamp,
}

impl Store {
    /// Writes one batch of what the scheduler did. A trigger that was settled before stays as it was settled then.
    /// Returns how many triggers were settled by this call.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was written then.
    pub async fn settle(
        &self,
        entries: &[HistoryEntry],
        statuses: &[StatusWrite],
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut settled = 0;
        for entry in entries {
            let written = sqlx::query(
                "INSERT INTO history (event_id, trigger_id, kind, cause, superseded, scheduled_at, executed_at, revision,
                     status_before, sub_status_before, status_after, sub_status_after)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 ON CONFLICT (trigger_id) DO NOTHING",
            )
            .bind(&entry.event_id)
            .bind(entry.trigger_id.as_deref())
            .bind(&entry.kind)
            .bind(&entry.cause)
            .bind(i64::from(entry.superseded))
            .bind(entry.scheduled_at.as_millis())
            .bind(entry.executed_at.as_millis())
            .bind(entry.revision.map(signed))
            .bind(entry.before.as_ref().map(|status| status.0.as_str()))
            .bind(entry.before.as_ref().map(|status| status.1.as_str()))
            .bind(entry.after.as_ref().map(|status| status.0.as_str()))
            .bind(entry.after.as_ref().map(|status| status.1.as_str()))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if entry.trigger_id.is_some() {
                settled += written;
            }
        }
        for write in statuses {
            sqlx::query("UPDATE events SET status = $1, sub_status = $2, status_at = $3 WHERE event_id = $4 AND deleted_at IS NULL")
                .bind(&write.status.0)
                .bind(&write.status.1)
                .bind(write.at.as_millis())
                .bind(&write.event_id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(settled)
    }

    /// Returns the status that the scheduler last wrote for every event that exists.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn recorded_statuses(&self) -> Result<Vec<(String, StatusText)>, StoreError> {
        let sql = "SELECT event_id, status, sub_status FROM events
                   WHERE deleted_at IS NULL AND status IS NOT NULL AND sub_status IS NOT NULL";
        let rows = sqlx::query(sql).fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
    }

    /// Returns what happened to `event_id`, oldest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn history_of(&self, event_id: &str) -> Result<Vec<HistoryEntry>, StoreError> {
        let sql = "SELECT event_id, trigger_id, kind, cause, superseded, scheduled_at, executed_at, revision,
                       status_before, sub_status_before, status_after, sub_status_after
                   FROM history WHERE event_id = $1 ORDER BY id";
        sqlx::query(sql).bind(event_id).fetch_all(self.reader()).await?.iter().map(entry_from_sql).collect()
    }
}

fn entry_from_sql(row: &AnyRow) -> Result<HistoryEntry, StoreError> {
    let revision: Option<i64> = row.try_get(7)?;
    Ok(HistoryEntry {
        event_id: row.try_get(0)?,
        trigger_id: row.try_get(1)?,
        kind: row.try_get(2)?,
        cause: row.try_get(3)?,
        superseded: row.try_get::<i64, _>(4)? != 0,
        scheduled_at: instant(row.try_get(5)?, "scheduled_at")?,
        executed_at: instant(row.try_get(6)?, "executed_at")?,
        revision: revision.map(|revision| unsigned(revision, "a revision in the history")).transpose()?,
        before: status_pair(row, 8)?,
        after: status_pair(row, 10)?,
    })
}

fn status_pair(row: &AnyRow, at: usize) -> Result<Option<StatusText>, StoreError> {
    let status: Option<String> = row.try_get(at)?;
    let sub_status: Option<String> = row.try_get(at + 1)?;
    Ok(status.zip(sub_status))
}
