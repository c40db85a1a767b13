//! In what the two databases differ. Everything else is one SQL: `$1` for parameters, BIGINT and TEXT for values, `ON CONFLICT`, `RETURNING`.

use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};

use super::StoreError;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/postgres");

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one writer.
    Sqlite,
    /// A server, several writers and several nodes.
    Postgres,
}

impl Dialect {
    pub(super) fn migrations(self) -> &'static Migrator {
        match self {
            Self::Sqlite => &SQLITE_MIGRATIONS,
            Self::Postgres => &POSTGRES_MIGRATIONS,
        }
    }

    /// Begins a transaction that will write. On SQLite it holds the right to write from its first statement on, so that what it
    /// reads cannot change before it writes; on Postgres [`lock_event`](Self::lock_event) does that for one event.
    pub(super) async fn begin_write(self, pool: &AnyPool) -> Result<Transaction<'static, Any>, StoreError> {
        let statement = match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        };
        Ok(pool.begin_with(statement).await?)
    }

    /// Begins a transaction that sees the database as it was when it began, whatever is written meanwhile.
    pub(super) async fn begin_read(self, pool: &AnyPool) -> Result<Transaction<'static, Any>, StoreError> {
        let statement = match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(pool.begin_with(statement).await?)
    }

    /// What keeps others from changing the rows that a statement reads until the transaction ends. On SQLite nobody else writes.
    pub(super) fn row_lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Keeps other transactions from changing, or creating, the event `event_id` until this one ends.
    pub(super) async fn lock_event(
        self,
        connection: &mut AnyConnection,
        event_id: &str,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => {
                // Two ids of one hash wait for each other without need, which costs nothing but time.
                sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                    .bind(event_id)
                    .execute(connection)
                    .await?;
                Ok(())
            }
        }
    }
}
