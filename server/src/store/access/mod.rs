//! Users, sessions, API keys and the audit.

mod audit;
mod keys;
mod sessions;
mod users;

pub use audit::{AuditFilter, AuditPage, AuditRow, NewAuditRow};
pub use keys::KeyRow;
pub use sessions::SessionRow;
pub use users::UserRow;

use super::{StoreError, WriteTransaction};

impl WriteTransaction {
    /// Keeps other transactions from deciding by the same `subject` until this one ends. An event's id is never in the way: it
    /// has no control character.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn lock_subject(&mut self, subject: &str) -> Result<(), StoreError> {
        let dialect = self.store.dialect();
        dialect.lock_event(&mut self.transaction, &format!("\u{1}{subject}")).await
    }

    /// Says who created an event that this transaction has written.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn set_author(&mut self, event_id: &str, author: Option<&str>) -> Result<(), StoreError> {
        sqlx::query("UPDATE events SET created_by = $1 WHERE event_id = $2")
            .bind(author)
            .bind(event_id)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Returns who created an event, where that is known.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn author(&mut self, event_id: &str) -> Result<Option<String>, StoreError> {
        let author: Option<Option<String>> =
            sqlx::query_scalar("SELECT created_by FROM events WHERE event_id = $1")
                .bind(event_id)
                .fetch_optional(&mut *self.transaction)
                .await?;
        Ok(author.flatten())
    }
}
