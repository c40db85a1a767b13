//! The rows of API keys.

use client_event_scheduler::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::store::{Store, StoreError, WriteTransaction, instant};

macro_rules! key_columns {
    () => {
        "id, service, hint, scopes, created_at, created_by, expires_at, revoked_at, last_used_at"
    };
}

/// The key of a service, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Random id, which is no secret.
    pub id: String,
    /// The service that the key is for.
    pub service: String,
    /// How the key begins, so that people can tell keys apart.
    pub hint: String,
    /// Wire names of what the key may do, separated by a space.
    pub scopes: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The name of who created it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl KeyRow {
    /// Whether the key opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        let optional = |millis: Option<i64>, what| millis.map(|millis| instant(millis, what)).transpose();
        Ok(Self {
            id: row.try_get(0)?,
            service: row.try_get(1)?,
            hint: row.try_get(2)?,
            scopes: row.try_get(3)?,
            created_at: instant(row.try_get(4)?, "a key's created_at")?,
            created_by: row.try_get(5)?,
            expires_at: instant(row.try_get(6)?, "a key's expires_at")?,
            revoked_at: optional(row.try_get(7)?, "a key's revoked_at")?,
            last_used_at: optional(row.try_get(8)?, "a key's last_used_at")?,
        })
    }
}

impl Store {
    /// Returns the key with this hash, live or not.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn api_key(&self, token_hash: &str) -> Result<Option<KeyRow>, StoreError> {
        sqlx::query(concat!("SELECT ", key_columns!(), " FROM api_keys WHERE token_hash = $1"))
            .bind(token_hash)
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(KeyRow::from_sql)
            .transpose()
    }

    /// Returns every key, by service, the latest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn api_keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let sql =
            concat!("SELECT ", key_columns!(), " FROM api_keys ORDER BY service, created_at DESC, id DESC");
        sqlx::query(sql).fetch_all(self.reader()).await?.iter().map(KeyRow::from_sql).collect()
    }

    /// Notes that a key was used.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn touch_key(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE api_keys SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)",
        )
        .bind(now.as_millis())
        .bind(id)
        .execute(self.writer())
        .await?;
        Ok(())
    }
}

impl WriteTransaction {
    /// Counts the live keys of a service.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn live_keys_of(&mut self, service: &str, now: Timestamp) -> Result<i64, StoreError> {
        let sql =
            "SELECT count(*) FROM api_keys WHERE service = $1 AND revoked_at IS NULL AND expires_at > $2";
        Ok(sqlx::query_scalar(sql)
            .bind(service)
            .bind(now.as_millis())
            .fetch_one(&mut *self.transaction)
            .await?)
    }

    /// Writes a new key.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_key(&mut self, key: &KeyRow, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_keys (id, service, token_hash, hint, scopes, created_at, created_by, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&key.id)
        .bind(&key.service)
        .bind(token_hash)
        .bind(&key.hint)
        .bind(&key.scopes)
        .bind(key.created_at.as_millis())
        .bind(&key.created_by)
        .bind(key.expires_at.as_millis())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Revokes a key. Returns its row, or `None` where there is no such key.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn revoke_key(&mut self, id: &str, now: Timestamp) -> Result<Option<KeyRow>, StoreError> {
        let sql = concat!(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2 RETURNING ",
            key_columns!()
        );
        sqlx::query(sql)
            .bind(now.as_millis())
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await?
            .as_ref()
            .map(KeyRow::from_sql)
            .transpose()
    }
}
