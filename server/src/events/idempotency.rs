//! Requests that a client repeats because it has not heard the answer.

use axum::http::HeaderMap;
use client_event_scheduler::{ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Changed, Document, EventView, limits};
use crate::problem::ApiError;
use crate::store::{StoreError, StoredAnswer, WriteTransaction};

const HEADER: &str = "idempotency-key";

/// What a client calls one request, however often it sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    event: Document,
    seq: u64,
}

impl IdempotencyKey {
    /// Reads the `Idempotency-Key` header, if there is one.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` for a key that is empty, too long, or not of visible ASCII characters.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let Some(value) = headers.get(HEADER) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default();
        let fits = (1..=limits::IDEMPOTENCY_KEY_CHARS).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Some(Self(text.to_owned())));
        }
        let maximum = limits::IDEMPOTENCY_KEY_CHARS;
        let message = format!("has to be 1 to {maximum} visible ASCII characters: a UUID will do");
        Err(ApiError::field("Idempotency-Key", ProblemCode::WrongType, message))
    }

    /// The same key, told apart from those of other authors.
    #[must_use]
    pub(super) fn of(&self, author: Option<&str>) -> Self {
        Self(format!("{} {}", author.unwrap_or_default(), self.0))
    }

    /// Returns the answer that the same request has had before.
    ///
    /// # Errors
    ///
    /// `IDEMPOTENCY_KEY_REUSED` if it was another request, or `STORE_ERROR`.
    pub(super) async fn replay(
        &self,
        transaction: &mut WriteTransaction,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<Changed>, ApiError> {
        let Some(kept) = transaction.answer_to(&self.0, now).await? else { return Ok(None) };
        if kept.request_hash != hash(body) {
            return Err(ApiError::IdempotencyKeyReused);
        }
        let damaged = |error| StoreError::Damaged { what: format!("a kept answer: {error}") };
        let Kept { event, seq } = serde_json::from_str(&kept.answer).map_err(damaged)?;
        let event = EventView { event, problems: Vec::new() };
        Ok(Some(Changed { event, seq, written: false }))
    }

    /// Keeps the answer to the request with `body`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub(super) async fn keep(
        &self,
        transaction: &mut WriteTransaction,
        body: &[u8],
        changed: &Changed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = Kept { event: changed.event.event.clone(), seq: changed.seq };
        let damaged = |error| StoreError::Damaged { what: format!("an answer: {error}") };
        let answer = serde_json::to_string(&kept).map_err(damaged)?;
        let kept = StoredAnswer { request_hash: hash(body), answer };
        let expires_at = now.saturating_add_ms(limits::IDEMPOTENCY_HOURS * 3_600_000);
        transaction.keep_answer(&self.0, &kept, now, expires_at).await
    }
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}
