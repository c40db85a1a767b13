//! What can go wrong with the database.

use std::path::PathBuf;

/// A failure of the database. Nothing of the transaction that met it has been kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error, or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought to this version's form.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database file or its folder cannot be used.
    #[error("the database file {path} cannot be used: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The address names no database file.
    #[error(
        "{address:?} is no database of this server: give a file path, sqlite:PATH or postgres://USER@HOST/NAME"
    )]
    UnsupportedAddress {
        /// The address as it was given.
        address: String,
    },
    /// The address is one of a kind of database that this server does not know. It may hold a password, and is not repeated.
    #[error(
        "a database of kind {scheme:?} cannot be used: give a file path, sqlite:PATH or postgres://USER@HOST/NAME"
    )]
    UnsupportedScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// The SQLite library is older than the first one without the WAL-reset corruption.
    #[error(
        "SQLite {found} can corrupt a database in WAL mode; at least {needed} is needed: build with the bundled library"
    )]
    SqliteTooOld {
        /// The version at hand.
        found: String,
        /// The first good version.
        needed: &'static str,
    },
    /// Another node has taken the lease: what was to be written in the name of this one is not.
    #[error("the lease with epoch {epoch} is lost: another node acts")]
    LeaseLost {
        /// The epoch that was held.
        epoch: u64,
    },
    /// A stored value is not of the form that this server writes.
    #[error("the database holds something that this server did not write: {what}")]
    Damaged {
        /// Which value, and what is wrong with it.
        what: String,
    },
    /// No source of randomness, which a new database needs for its epoch.
    #[error("the operating system gives no random bytes: {0}")]
    NoRandomness(getrandom::Error),
}

impl StoreError {
    /// Whether another transaction was in the way: the same again may succeed.
    pub(super) fn is_passing(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        // Postgres: serialization failure, deadlock. SQLite: busy, and busy with a snapshot.
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }
}
