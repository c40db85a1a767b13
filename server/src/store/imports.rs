//! What became of bulk imports.

use client_event_scheduler::Timestamp;

use super::write::WriteTransaction;
use super::{Store, StoreError, instant};

/// The record of one import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Its id.
    pub import_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When this record was last written.
    pub updated_at: Timestamp,
    /// How far it has come, as one word.
    pub state: String,
    /// Everything else, as JSON.
    pub report: String,
}

type Columns = (String, i64, i64, String, String);

impl WriteTransaction {
    /// Writes the first record of an import. Returns whether its id was free.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_import(&mut self, row: &ImportRow) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO imports (import_id, started_at, updated_at, state, report) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (import_id) DO NOTHING",
        )
        .bind(&row.import_id)
        .bind(row.started_at.as_millis())
        .bind(row.updated_at.as_millis())
        .bind(&row.state)
        .bind(&row.report)
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Writes the record of an import anew. It stands if, and only if, what else this transaction has written stands.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_import(&mut self, row: &ImportRow) -> Result<(), StoreError> {
        sqlx::query("UPDATE imports SET updated_at = $1, state = $2, report = $3 WHERE import_id = $4")
            .bind(row.updated_at.as_millis())
            .bind(&row.state)
            .bind(&row.report)
            .bind(&row.import_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Removes the records of imports that began before `before`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_imports(&mut self, before: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM imports WHERE started_at < $1")
            .bind(before.as_millis())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Returns the record of the import `import_id`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn import_record(&self, import_id: &str) -> Result<Option<ImportRow>, StoreError> {
        let row: Option<Columns> = sqlx::query_as(
            "SELECT import_id, started_at, updated_at, state, report FROM imports WHERE import_id = $1",
        )
        .bind(import_id)
        .fetch_optional(self.reader())
        .await?;
        row.map(from_columns).transpose()
    }

    /// Returns the records of the latest `limit` imports, the latest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn import_records(&self, limit: u32) -> Result<Vec<ImportRow>, StoreError> {
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT import_id, started_at, updated_at, state, report FROM imports
             ORDER BY started_at DESC, import_id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(from_columns).collect()
    }
}

fn from_columns(
    (import_id, started_at, updated_at, state, report): Columns,
) -> Result<ImportRow, StoreError> {
    Ok(ImportRow {
        import_id,
        started_at: instant(started_at, "an import's start")?,
        updated_at: instant(updated_at, "an import's last change")?,
        state,
        report,
    })
}
