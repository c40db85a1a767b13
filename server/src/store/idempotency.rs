//! Answers that are kept for requests that may come again.

use client_event_scheduler::Timestamp;

use super::StoreError;
use super::write::WriteTransaction;

/// What was answered to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Identifies the request's content.
    pub request_hash: String,
    /// The answer, as JSON.
    pub answer: String,
}

impl WriteTransaction {
    /// Returns the answer under `key`, unless there is none or it has expired. No other transaction can use the key before this one
    /// ends.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn answer_to(&mut self, key: &str, now: Timestamp) -> Result<Option<StoredAnswer>, StoreError> {
        self.lock(&format!("idempotency:{key}")).await?;
        let row: Option<(String, String)> = sqlx::query_as(
            "SELECT request_hash, answer FROM idempotency_keys WHERE key = $1 AND expires_at > $2",
        )
        .bind(key)
        .bind(now.as_millis())
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|(request_hash, answer)| StoredAnswer { request_hash, answer }))
    }

    /// Keeps an answer under `key` until `expires_at`, and removes those that have expired at `now`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn keep_answer(
        &mut self,
        key: &str,
        kept: &StoredAnswer,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency_keys WHERE expires_at <= $1")
            .bind(now.as_millis())
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO idempotency_keys (key, request_hash, answer, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(key)
        .bind(&kept.request_hash)
        .bind(&kept.answer)
        .bind(expires_at.as_millis())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
