//! Bringing the tables to this version's form.

use std::collections::BTreeSet;

use sqlx::AnyPool;

use super::{Dialect, StoreError};

/// Applies what is missing, and says what that was. Other nodes that start at the same time wait for it.
pub(super) async fn run(dialect: Dialect, pool: &AnyPool) -> Result<Vec<String>, StoreError> {
    let before = applied(dialect, pool).await?;
    dialect.migrations().run(pool).await?;
    let new = dialect.migrations().iter().filter(|migration| !before.contains(&migration.version));
    Ok(new.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect())
}

/// The numbers of the migrations that the database has seen.
pub(super) async fn applied(dialect: Dialect, pool: &AnyPool) -> Result<BTreeSet<i64>, StoreError> {
    let tables = match dialect {
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        Dialect::Postgres => {
            "SELECT count(*) FROM information_schema.tables
             WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()"
        }
    };
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(pool).await?;
    if tables == 0 {
        return Ok(BTreeSet::new());
    }
    let versions: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(pool).await?;
    Ok(versions.into_iter().collect())
}
