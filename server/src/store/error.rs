//! What can go wrong with the database.

use std::path::PathBuf;

use sqlx::sqlite::SqliteError;

/// A failure of the database. Nothing of the transaction that met it has been kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room left for what was to be written.
    #[error("no room is left for the database: free some space, and it goes on by itself ({0})")]
    Full(#[source] sqlx::Error),
    /// The database can be read but not written.
    #[error("the database is read-only: make its file and folder writable, or end its standby mode ({0})")]
    ReadOnly(#[source] sqlx::Error),
    /// Others kept the database, or every connection to it, for too long.
    #[error("the database is busy: {0}")]
    Busy(#[source] sqlx::Error),
    /// The database could not be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// Reading or writing a file of the database failed.
    #[error("the disk failed the database: {0}")]
    Disk(#[source] sqlx::Error),
    /// The database's own files contradict each other.
    #[error("the database is corrupt: restore it from a back-up ({0})")]
    Corrupt(#[source] sqlx::Error),
    /// The database answered with another error.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
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
    /// What was to be changed was changed by somebody else a moment before.
    #[error("somebody else was quicker")]
    Overtaken,
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
    pub(crate) fn is_passing(&self) -> bool {
        if matches!(self, Self::Overtaken) {
            return true;
        }
        let Self::Busy(sqlx::Error::Database(error)) = self else { return false };
        // Postgres: serialization failure, deadlock. SQLite: busy, and busy with a snapshot.
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }
}

/// What a database's own error code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Full,
    ReadOnly,
    Busy,
    Unreachable,
    Disk,
    Corrupt,
    Other,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match meaning(&error) {
            Meaning::Full => Self::Full(error),
            Meaning::ReadOnly => Self::ReadOnly(error),
            Meaning::Busy => Self::Busy(error),
            Meaning::Unreachable => Self::Unreachable(error),
            Meaning::Disk => Self::Disk(error),
            Meaning::Corrupt => Self::Corrupt(error),
            Meaning::Other => Self::Database(error),
        }
    }
}

fn meaning(error: &sqlx::Error) -> Meaning {
    match error {
        sqlx::Error::PoolTimedOut => Meaning::Busy,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Meaning::Unreachable
        }
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error.try_downcast_ref::<SqliteError>().is_some() {
                code.parse().map_or(Meaning::Other, of_sqlite)
            } else {
                of_postgres(&code)
            }
        }
        _ => Meaning::Other,
    }
}

/// The result codes of <https://www.sqlite.org/rescode.html>; an extended one has its primary one in the low byte.
fn of_sqlite(code: u32) -> Meaning {
    match code & 0xff {
        5 | 6 => Meaning::Busy,
        8 => Meaning::ReadOnly,
        10 => Meaning::Disk,
        11 | 26 => Meaning::Corrupt,
        13 => Meaning::Full,
        14 => Meaning::Unreachable,
        _ => Meaning::Other,
    }
}

/// The SQLSTATE codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Meaning {
    match code {
        "53100" => Meaning::Full,
        "25006" => Meaning::ReadOnly,
        "53300" | "55P03" | "57014" | "40001" | "40P01" => Meaning::Busy,
        "57P01" | "57P02" | "57P03" | "25P03" => Meaning::Unreachable,
        "58030" => Meaning::Disk,
        "XX001" | "XX002" => Meaning::Corrupt,
        _ if code.starts_with("08") || code.starts_with("28") => Meaning::Unreachable,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_both_databases_say_what_is_to_be_done() {
        for (code, expected) in [
            (13, Meaning::Full),
            (8, Meaning::ReadOnly),
            (1032, Meaning::ReadOnly),
            (261, Meaning::Busy),
            (517, Meaning::Busy),
            (778, Meaning::Disk),
            (11, Meaning::Corrupt),
            (14, Meaning::Unreachable),
            (2067, Meaning::Other),
        ] {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
        for (code, expected) in [
            ("53100", Meaning::Full),
            ("25006", Meaning::ReadOnly),
            ("40P01", Meaning::Busy),
            ("08006", Meaning::Unreachable),
            ("57P03", Meaning::Unreachable),
            ("58030", Meaning::Disk),
            ("XX001", Meaning::Corrupt),
            ("23505", Meaning::Other),
            ("", Meaning::Other),
        ] {
            assert_eq!(of_postgres(code), expected, "{code}");
        }
    }
}
