//! The rows of users.

use client_event_scheduler::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};

use crate::store::{Store, StoreError, WriteTransaction, instant};

macro_rules! user_columns {
    () => {
        "id, name, role, password_hash, disabled, created_at, updated_at, password_changed_at"
    };
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Random id.
    pub id: String,
    /// The name to sign in with, unique whatever its case.
    pub name: String,
    /// Wire name of the role.
    pub role: String,
    /// The password as an argon2id text.
    pub password_hash: String,
    /// Whether signing in is refused.
    pub disabled: bool,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// When the password was last changed.
    pub password_changed_at: Timestamp,
}

impl UserRow {
    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            role: row.try_get(2)?,
            password_hash: row.try_get(3)?,
            disabled: row.try_get::<i64, _>(4)? != 0,
            created_at: instant(row.try_get(5)?, "a user's created_at")?,
            updated_at: instant(row.try_get(6)?, "a user's updated_at")?,
            password_changed_at: instant(row.try_get(7)?, "a user's password_changed_at")?,
        })
    }
}

async fn by_id(executor: impl Executor<'_, Database = Any>, id: &str) -> Result<Option<UserRow>, StoreError> {
    sqlx::query(concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1"))
        .bind(id)
        .fetch_optional(executor)
        .await?
        .as_ref()
        .map(UserRow::from_sql)
        .transpose()
}

impl Store {
    /// Returns whether there is any user.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        let found: Option<String> =
            sqlx::query_scalar("SELECT id FROM users LIMIT 1").fetch_optional(self.reader()).await?;
        Ok(found.is_some())
    }

    /// Returns every user in the order of their names.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users ORDER BY name_key");
        sqlx::query(sql).fetch_all(self.reader()).await?.iter().map(UserRow::from_sql).collect()
    }

    /// Returns the user with this id.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn user(&self, id: &str) -> Result<Option<UserRow>, StoreError> {
        by_id(self.reader(), id).await
    }

    /// Returns the user with this name, whatever its case.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        sqlx::query(concat!("SELECT ", user_columns!(), " FROM users WHERE name_key = $1"))
            .bind(name.to_lowercase())
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(UserRow::from_sql)
            .transpose()
    }
}

impl WriteTransaction {
    /// Returns whether there is any user, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn has_users(&mut self) -> Result<bool, StoreError> {
        let found: Option<String> =
            sqlx::query_scalar("SELECT id FROM users LIMIT 1").fetch_optional(&mut *self.transaction).await?;
        Ok(found.is_some())
    }

    /// Returns the user with this id, as this transaction sees it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn user(&mut self, id: &str) -> Result<Option<UserRow>, StoreError> {
        by_id(&mut *self.transaction, id).await
    }

    /// Returns the id of the user with this name, whatever its case.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn user_named(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT id FROM users WHERE name_key = $1")
            .bind(name.to_lowercase())
            .fetch_optional(&mut *self.transaction)
            .await?)
    }

    /// Counts the users of a role who may sign in.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn enabled_users_of(&mut self, role: &str) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM users WHERE role = $1 AND disabled = 0")
            .bind(role)
            .fetch_one(&mut *self.transaction)
            .await?)
    }

    /// Writes a user, new or changed.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_user(&mut self, user: &UserRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO users (id, name, name_key, role, password_hash, disabled, created_at, updated_at, password_changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, name_key = excluded.name_key, role = excluded.role,
                 password_hash = excluded.password_hash, disabled = excluded.disabled,
                 updated_at = excluded.updated_at, password_changed_at = excluded.password_changed_at",
        )
        .bind(&user.id)
        .bind(&user.name)
        .bind(user.name.to_lowercase())
        .bind(&user.role)
        .bind(&user.password_hash)
        .bind(i64::from(user.disabled))
        .bind(user.created_at.as_millis())
        .bind(user.updated_at.as_millis())
        .bind(user.password_changed_at.as_millis())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Removes a user with every session.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_user(&mut self, id: &str) -> Result<(), StoreError> {
        self.remove_sessions_of(id).await?;
        sqlx::query("DELETE FROM users WHERE id = $1").bind(id).execute(&mut *self.transaction).await?;
        Ok(())
    }
}
