//! Recurrences that are to be planned on.

use client_event_scheduler::Timestamp;

use super::rows::{ScheduledRow, scheduled_columns};
use crate::store::{Store, StoreError, WriteTransaction};

impl Store {
    /// Returns up to `limit` recurring events that are to be planned on at `now`, the most urgent first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn service_to_refill(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM service_events WHERE refill_at IS NOT NULL AND refill_at <= $1 ORDER BY refill_at LIMIT $2"
        );
        let rows =
            sqlx::query(sql).bind(now.as_millis()).bind(i64::from(limit)).fetch_all(self.reader()).await?;
        rows.iter().map(|row| ScheduledRow::from_sql(row, 0)).collect()
    }

    /// Returns up to `limit` events behind `after` whose payload does not begin with `prefix`, with the payload.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn sealed_otherwise(
        &self,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT event_id, payload FROM service_events
                   WHERE event_id > $1 AND substr(payload, 1, $2) <> $3 ORDER BY event_id LIMIT $4";
        Ok(sqlx::query_as(sql)
            .bind(after)
            .bind(i32::try_from(prefix.len()).unwrap_or(i32::MAX))
            .bind(prefix)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?)
    }
}

impl WriteTransaction {
    /// Writes a payload that was sealed anew, unless it was changed since it was read. Returns how many rows that were.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn reseal(&mut self, event_id: &str, read: &str, sealed: &str) -> Result<u64, StoreError> {
        let written =
            sqlx::query("UPDATE service_events SET payload = $1 WHERE event_id = $2 AND payload = $3")
                .bind(sealed)
                .bind(event_id)
                .bind(read)
                .execute(self.connection())
                .await?;
        Ok(written.rows_affected())
    }
}
