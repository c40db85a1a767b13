//! Facts about the database itself.

use sqlx::{Any, AnyConnection, AnyPool, Executor};

use super::{Dialect, Store, StoreError};

const EPOCH: &str = "feed_epoch";

impl Store {
    /// Returns a fact that [`WriteTransaction::set_meta`](super::WriteTransaction::set_meta) has set.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        read(self.reader(), key).await
    }
}

/// Returns the feed's epoch, made at random if the database is new.
pub(super) async fn ensure_epoch(dialect: Dialect, writer: &AnyPool) -> Result<String, StoreError> {
    let mut transaction = dialect.begin_write(writer).await?;
    if let Some(epoch) = read(&mut *transaction, EPOCH).await? {
        return Ok(epoch);
    }
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(StoreError::NoRandomness)?;
    let epoch = format!("{:016x}", u64::from_be_bytes(random));
    set(&mut transaction, EPOCH, &epoch).await?;
    transaction.commit().await?;
    Ok(epoch)
}

pub(super) async fn set(connection: &mut AnyConnection, key: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(key)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

async fn read(executor: impl Executor<'_, Database = Any>, key: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = $1").bind(key).fetch_optional(executor).await?)
}
