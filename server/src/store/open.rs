//! Opening the SQLite database: one connection that writes, several that read.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::error::StoreError;

/// The first SQLite without the WAL-reset corruption.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
const OLDEST_SQLITE_TEXT: &str = "3.51.3";

/// How long a statement waits for another process that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that read at the same time. Each streamed snapshot keeps one until its client has taken it.
const READERS: u32 = 8;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseAddress {
    file: PathBuf,
}

impl DatabaseAddress {
    /// The database in `file`.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }
}

impl FromStr for DatabaseAddress {
    type Err = StoreError;

    /// Reads a file path, or `sqlite:PATH`, or `sqlite://PATH`.
    fn from_str(address: &str) -> Result<Self, StoreError> {
        let unsupported = || StoreError::UnsupportedAddress { address: address.to_owned() };
        let path = match address.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => return Err(unsupported()),
            _ => address,
        };
        if path.is_empty() || path == ":memory:" || path.contains('?') {
            return Err(unsupported());
        }
        Ok(Self::file(path))
    }
}

/// Opens the pool that writes. It has one connection, so writers queue here rather than meeting `SQLITE_BUSY`.
///
/// `synchronous=FULL`: a create that was confirmed has to survive a loss of power, and in WAL mode only FULL syncs the log
/// at every commit. The price is one sync a mutation, which people make.
pub(super) async fn writer(address: &DatabaseAddress) -> Result<SqlitePool, StoreError> {
    create_folder(&address.file)?;
    let options = SqliteConnectOptions::new()
        .filename(&address.file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    Ok(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
}

/// Opens the pool that reads. Its connections cannot write.
pub(super) async fn reader(address: &DatabaseAddress) -> Result<SqlitePool, StoreError> {
    let options =
        SqliteConnectOptions::new().filename(&address.file).read_only(true).busy_timeout(BUSY_TIMEOUT);
    Ok(SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?)
}

/// Refuses a SQLite library that can corrupt the database.
pub(super) async fn check_version(pool: &SqlitePool) -> Result<String, StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    if is_new_enough(&found) {
        Ok(found)
    } else {
        Err(StoreError::SqliteTooOld { found, needed: OLDEST_SQLITE_TEXT })
    }
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

    #[test]
    fn an_address_is_a_path_with_or_without_the_scheme() {
        for (address, file) in [
            ("data/a.db", "data/a.db"),
            ("/var/lib/a.db", "/var/lib/a.db"),
            ("sqlite:a.db", "a.db"),
            ("sqlite:///var/lib/a.db", "/var/lib/a.db"),
            ("C:\\data\\a.db", "C:\\data\\a.db"),
        ] {
            let parsed: Result<DatabaseAddress, _> = address.parse();
            assert_eq!(parsed.ok(), Some(DatabaseAddress::file(file)), "{address}");
        }
        for address in
            ["", "sqlite:", ":memory:", "sqlite::memory:", "mysql://host/db", "sqlite:a.db?mode=ro"]
        {
            let parsed: Result<DatabaseAddress, _> = address.parse();
            assert!(parsed.is_err(), "{address:?} was accepted");
        }
    }
}
