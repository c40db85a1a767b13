//! What a service fetches for itself.

use client_event_scheduler::Timestamp;
use sqlx::Row;

use super::rows::{OccurrenceRow, SCHEDULED_COLUMNS, ScheduledRow, scheduled_columns};
use crate::store::{Store, StoreError, instant, signed, unsigned};

/// Columns of an [`OccurrenceRow`].
const OCCURRENCE_COLUMNS: usize = 10;

/// An attempt that waits to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place; rises with every attempt that is handed over.
    pub seq: u64,
    /// Which attempt it is.
    pub attempt: u32,
    /// When it was handed over.
    pub handed_at: Timestamp,
    /// What was asked for.
    pub event: ScheduledRow,
    /// Its time.
    pub occurrence: OccurrenceRow,
}

impl Store {
    /// Returns up to `limit` attempts of `service` that wait behind `after`, in order.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn outbox(&self, service: &str, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            scheduled_columns!(),
            ", ",
            "service_outbox.occurrence_id, service_occurrences.event_id, service_occurrences.service, due_at, \
             service_occurrences.state, reason, service_occurrences.attempt, attempts_allowed, wake_at, \
             service_occurrences.updated_at, seq, service_outbox.attempt, handed_at
              FROM service_outbox
              JOIN service_occurrences ON service_occurrences.occurrence_id = service_outbox.occurrence_id
              JOIN service_events ON service_events.event_id = service_outbox.event_id
              WHERE service_outbox.service = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let rows = sqlx::query(sql)
            .bind(service)
            .bind(signed(after))
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        let last = SCHEDULED_COLUMNS + OCCURRENCE_COLUMNS;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    seq: unsigned(row.try_get(last)?, "a place in the outbox")?,
                    attempt: u32::try_from(row.try_get::<i64, _>(last + 1)?).unwrap_or(u32::MAX),
                    handed_at: instant(row.try_get(last + 2)?, "handed_at")?,
                    event: ScheduledRow::from_sql(row, 0)?,
                    occurrence: OccurrenceRow::from_sql(row, SCHEDULED_COLUMNS)?,
                })
            })
            .collect()
    }
}
