//! The row of an event, and reading single ones.

use client_event_scheduler::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Store, StoreError, instant, unsigned};

/// The columns of an [`EventRow`], in the order that [`EventRow::from_sql`] reads.
macro_rules! event_columns {
    () => {
        "event_id, revision, seq, document, created_at, updated_at, deleted_at"
    };
}
pub(super) use event_columns;

/// The latest state of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The event's id.
    pub event_id: String,
    /// Raised by every change, deletion included; it goes on when a deleted id is created again.
    pub revision: u64,
    /// The feed number of the latest change.
    pub seq: u64,
    /// The event's JSON without the fields that the server fills in.
    pub document: String,
    /// When the event was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was deleted, if it was: the row is then a tombstone.
    pub deleted_at: Option<Timestamp>,
}

impl EventRow {
    /// Whether the event exists no longer.
    pub fn is_tombstone(&self) -> bool {
        self.deleted_at.is_some()
    }

    pub(super) fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        let seq: Option<i64> = row.try_get(2)?;
        let deleted_at: Option<i64> = row.try_get(6)?;
        Ok(Self {
            event_id: row.try_get(0)?,
            revision: unsigned(row.try_get(1)?, "a revision")?,
            seq: unsigned(seq.unwrap_or(-1), "a committed event's seq")?,
            document: row.try_get(3)?,
            created_at: instant(row.try_get(4)?, "created_at")?,
            updated_at: instant(row.try_get(5)?, "updated_at")?,
            deleted_at: deleted_at.map(|millis| instant(millis, "deleted_at")).transpose()?,
        })
    }
}

/// Reads the row of `event_id`, a tombstone included.
pub(super) async fn event(
    connection: &mut AnyConnection,
    event_id: &str,
) -> Result<Option<EventRow>, StoreError> {
    sqlx::query(concat!("SELECT ", event_columns!(), " FROM events WHERE event_id = $1"))
        .bind(event_id)
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(EventRow::from_sql)
        .transpose()
}

/// Reads up to `limit` ids of events that exist, behind `after` in their order.
pub(super) async fn ids_after(
    connection: &mut AnyConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT event_id FROM events WHERE event_id > $1 AND deleted_at IS NULL ORDER BY event_id LIMIT $2";
    Ok(sqlx::query_scalar(sql).bind(after).bind(limit).fetch_all(connection).await?)
}

impl Store {
    /// Returns the event `event_id`, unless there is none or it was deleted.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn event(&self, event_id: &str) -> Result<Option<EventRow>, StoreError> {
        let mut connection = self.reader().acquire().await?;
        let row = event(&mut connection, event_id).await?;
        Ok(row.filter(|row| !row.is_tombstone()))
    }
}
