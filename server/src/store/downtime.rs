//! Stretches of time in which nobody acted.

use client_event_scheduler::Timestamp;

use super::{Store, StoreError, instant, unsigned};

/// A stretch in which nobody acted, and what came due in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downtime {
    /// When somebody was last alive.
    pub since: Timestamp,
    /// When somebody acted again.
    pub until: Timestamp,
    /// Triggers that were waiting then although they were due.
    pub missed: u64,
}

impl Store {
    /// Writes down that nobody acted in `(since, until]`, and returns how many triggers wait although they are due.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn record_downtime(&self, since: Timestamp, until: Timestamp) -> Result<u64, StoreError> {
        let missed: i64 = sqlx::query_scalar(
            "INSERT INTO downtimes (since, until, missed)
             VALUES ($1, $2, (SELECT count(*) FROM triggers WHERE state = 'pending' AND due_at <= $2)) RETURNING missed",
        )
        .bind(since.as_millis())
        .bind(until.as_millis())
        .fetch_one(self.writer())
        .await?;
        unsigned(missed, "a count of missed triggers")
    }

    /// Returns the latest stretches in which nobody acted, newest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn downtimes(&self, limit: u32) -> Result<Vec<Downtime>, StoreError> {
        let sql = "SELECT since, until, missed FROM downtimes ORDER BY id DESC LIMIT $1";
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(self.reader()).await?;
        let downtime = |(since, until, missed)| {
            Ok(Downtime {
                since: instant(since, "since")?,
                until: instant(until, "until")?,
                missed: unsigned(missed, "a count of missed triggers")?,
            })
        };
        rows.into_iter().map(downtime).collect()
    }
}
