//! The rows of sessions.

use client_event_scheduler::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::store::{Store, StoreError, WriteTransaction, instant};

macro_rules! session_columns {
    () => {
        "id, user_id, created_at, last_seen_at, expires_at, address, user_agent"
    };
}

/// One browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Random id, which is no secret.
    pub id: String,
    /// Who is signed in.
    pub user_id: String,
    /// When that was.
    pub created_at: Timestamp,
    /// When a request last came, to the minute.
    pub last_seen_at: Timestamp,
    /// When the session ends however busy it is.
    pub expires_at: Timestamp,
    /// From which address.
    pub address: String,
    /// With which browser.
    pub user_agent: String,
}

impl SessionRow {
    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get(0)?,
            user_id: row.try_get(1)?,
            created_at: instant(row.try_get(2)?, "a session's created_at")?,
            last_seen_at: instant(row.try_get(3)?, "a session's last_seen_at")?,
            expires_at: instant(row.try_get(4)?, "a session's expires_at")?,
            address: row.try_get(5)?,
            user_agent: row.try_get(6)?,
        })
    }
}

impl Store {
    /// Returns the session whose token has this hash, expired or not.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn session(&self, token_hash: &str) -> Result<Option<SessionRow>, StoreError> {
        sqlx::query(concat!("SELECT ", session_columns!(), " FROM sessions WHERE token_hash = $1"))
            .bind(token_hash)
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(SessionRow::from_sql)
            .transpose()
    }

    /// Returns the sessions of a user, the latest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn sessions_of(&self, user_id: &str) -> Result<Vec<SessionRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions WHERE user_id = $1 ORDER BY last_seen_at DESC, id"
        );
        sqlx::query(sql)
            .bind(user_id)
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(SessionRow::from_sql)
            .collect()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn touch_session(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1")
            .bind(now.as_millis())
            .bind(id)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Removes the sessions that have ended. Returns how many.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_expired_sessions(
        &self,
        now: Timestamp,
        unseen_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let removed = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2")
            .bind(now.as_millis())
            .bind(unseen_since.as_millis())
            .execute(self.writer())
            .await?;
        Ok(removed.rows_affected())
    }
}

impl WriteTransaction {
    /// Writes a new session.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_session(&mut self, session: &SessionRow, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&session.id)
        .bind(token_hash)
        .bind(&session.user_id)
        .bind(session.created_at.as_millis())
        .bind(session.last_seen_at.as_millis())
        .bind(session.expires_at.as_millis())
        .bind(&session.address)
        .bind(&session.user_agent)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Removes one session of a user. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_session(&mut self, id: &str, user_id: &str) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM sessions WHERE id = $1 AND user_id = $2")
            .bind(id)
            .bind(user_id)
            .execute(&mut *self.transaction)
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// Removes every session of a user.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_sessions_of(&mut self, user_id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE user_id = $1")
            .bind(user_id)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
