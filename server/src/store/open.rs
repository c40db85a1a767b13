//! Opening the database: connections that write, and connections that read.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection as _};

use super::address::{DatabaseAddress, PostgresUrl, sqlite_url};
use super::dialect::Dialect;
use super::error::StoreError;
use super::migrate;

/// The first SQLite without the WAL-reset corruption.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
const OLDEST_SQLITE_TEXT: &str = "3.51.3";

/// Connections that read at the same time. Each streamed snapshot keeps one until its client has taken it.
const READERS: u32 = 8;

/// Connections of one node that write at the same time, on Postgres.
const WRITERS: u32 = 8;

/// How long a request waits for a connection before it is answered with an error.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// One writes at a time on SQLite, so writers queue for the one connection rather than meeting `SQLITE_BUSY`. What is in the
/// journal has to survive a loss of power, and in WAL mode only FULL syncs it at every commit: the price is one sync a mutation.
const SQLITE_WRITER: &[&str] = &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"];

/// A node that is cut off must not keep others from writing: its locks go when it has been silent for some seconds.
const POSTGRES: &[&str] = &[
    "SET lock_timeout = '10s'",
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
];
const POSTGRES_WRITER: &[&str] =
    &["SET idle_in_transaction_session_timeout = '10s'", "SET statement_timeout = '30s'"];

/// The connections of one database.
pub(super) struct Pools {
    pub(super) dialect: Dialect,
    pub(super) writer: AnyPool,
    pub(super) reader: AnyPool,
    /// The version of the database's software, for people.
    pub(super) version: String,
    /// What was done to bring the tables to this version's form.
    pub(super) migrated: Vec<String>,
}

/// Connects to the database, makes it where there is none (SQLite), and brings its tables to this version's form.
pub(super) async fn open(address: &DatabaseAddress) -> Result<Pools, StoreError> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
    match address {
        DatabaseAddress::Sqlite(file) => sqlite(file).await,
        DatabaseAddress::Postgres(url) => postgres(url).await,
    }
}

async fn sqlite(file: &Path) -> Result<Pools, StoreError> {
    create_folder(file)?;
    try_to_write(file)?;
    let writer =
        options(1, vec![SQLITE_WRITER]).after_release(|connection, _| Box::pin(is_usable(connection)));
    let writer = writer.connect_with(sqlite_url(file, "rwc").parse()?).await?;
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&writer).await?;
    if !is_new_enough(&found) {
        return Err(StoreError::SqliteTooOld { found, needed: OLDEST_SQLITE_TEXT });
    }
    let migrated = migrate::run(Dialect::Sqlite, &writer).await?;
    // Opened only now: a reader cannot make the file.
    let reader = pool(&sqlite_url(file, "ro"), READERS, vec![]).await?;
    Ok(Pools { dialect: Dialect::Sqlite, writer, reader, version: format!("SQLite {found}"), migrated })
}

async fn postgres(url: &PostgresUrl) -> Result<Pools, StoreError> {
    let writer = pool(url.expose(), WRITERS, vec![POSTGRES, POSTGRES_WRITER]).await?;
    let found: String =
        sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(&writer).await?;
    let migrated = migrate::run(Dialect::Postgres, &writer).await?;
    let reader = pool(url.expose(), READERS, vec![POSTGRES]).await?;
    Ok(Pools { dialect: Dialect::Postgres, writer, reader, version: format!("PostgreSQL {found}"), migrated })
}

pub(super) async fn pool(
    url: &str,
    connections: u32,
    settings: Vec<&'static [&'static str]>,
) -> Result<AnyPool, StoreError> {
    let address: AnyConnectOptions = url.parse()?;
    Ok(options(connections, settings).connect_with(address).await?)
}

fn options(connections: u32, settings: Vec<&'static [&'static str]>) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).after_connect(
        move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { apply(connection, settings.into_iter().flatten()).await })
        },
    )
}

/// Whether a connection can be used again. SQLite ends a transaction by itself when the disk is full; the driver, which is not
/// told, then fails to end it, and would refuse to begin another one for ever.
async fn is_usable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    // What has been begun at the end of the last use is over when this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn apply(
    connection: &mut AnyConnection,
    settings: impl Iterator<Item = &'static &'static str>,
) -> Result<(), sqlx::Error> {
    for setting in settings {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= OLDEST_SQLITE
}

fn create_folder(file: &Path) -> Result<(), StoreError> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .map_err(|source| StoreError::File { path: folder.to_owned(), source }),
        _ => Ok(()),
    }
}

/// Says at once, and why, where SQLite would be tried again and again.
fn try_to_write(file: &Path) -> Result<(), StoreError> {
    let opened = std::fs::File::options().read(true).write(true).create(true).truncate(false).open(file);
    opened.map(|_| ()).map_err(|source| StoreError::File { path: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_with_the_wal_reset_corruption_is_refused() {
        for (version, good) in [
            ("3.51.2", false),
            ("3.40.1", false),
            ("2.99.99", false),
            ("nonsense", false),
            ("3.51.3", true),
            ("3.51.10", true),
            ("3.60", true),
            ("4.0.0", true),
        ] {
            assert_eq!(is_new_enough(version), good, "{version}");
        }
    }
}
