//! Reading every event in one transaction, row by row.

use futures_util::{Stream, StreamExt};
use sqlx::{Any, Transaction};

use super::rows::{EventRow, event_columns};
use super::{Store, StoreError, feed};

/// What is known before the first row.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotHead {
    /// The number of the latest change that the snapshot contains.
    pub seq: u64,
}

/// An open reading transaction. It sees the database as it was when it began, whatever is written meanwhile.
#[derive(Debug)]
pub struct SnapshotReader {
    transaction: Transaction<'static, Any>,
}

impl Store {
    /// Begins a snapshot.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn begin_snapshot(&self) -> Result<(SnapshotHead, SnapshotReader), StoreError> {
        let mut transaction = self.begin_read().await?;
        let seq = feed::latest_seq(&mut *transaction).await?;
        Ok((SnapshotHead { seq }, SnapshotReader { transaction }))
    }
}

impl SnapshotReader {
    /// Every event that exists, in the order of their latest changes.
    pub fn rows(&mut self) -> impl Stream<Item = Result<EventRow, StoreError>> + Send + '_ {
        let sql = concat!("SELECT ", event_columns!(), " FROM events WHERE deleted_at IS NULL ORDER BY seq");
        sqlx::query(sql).fetch(&mut *self.transaction).map(|row| EventRow::from_sql(&row?))
    }
}
