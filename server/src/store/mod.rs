//! The database. All SQL of the server is in this module and below it; `now` is always a parameter, never SQL's clock.

mod error;
mod feed;
mod history;
mod meta;
mod open;
mod rows;
mod snapshot;
mod write;

use std::sync::Arc;

use client_event_scheduler::Timestamp;
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use tokio::sync::watch;

pub use error::StoreError;
pub use feed::FeedPage;
pub use history::{HistoryEntry, StatusText, StatusWrite};
pub use open::DatabaseAddress;
pub use rows::EventRow;
pub use snapshot::{SnapshotHead, SnapshotReader};
pub use write::{NewEvent, WriteTransaction};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// The database of one server process.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: SqlitePool,
    reader: SqlitePool,
    epoch: String,
    sqlite_version: String,
    committed: watch::Sender<u64>,
}

impl Store {
    /// Opens the database, makes it where there is none, and brings its tables to this version's form.
    ///
    /// # Errors
    ///
    /// The file cannot be used, the SQLite library is one that corrupts databases, or a migration failed.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        let writer = open::writer(address).await?;
        let sqlite_version = open::check_version(&writer).await?;
        MIGRATIONS.run(&writer).await?;
        let epoch = meta::ensure_epoch(&writer).await?;
        let reader = open::reader(address).await?;
        let committed = watch::Sender::new(feed::latest_seq(&reader).await?);
        Ok(Self { inner: Arc::new(Inner { writer, reader, epoch, sqlite_version, committed }) })
    }

    /// The feed's epoch: a random id made with the database. A client that knows another one has to start afresh.
    pub fn epoch(&self) -> &str {
        &self.inner.epoch
    }

    /// The version of the SQLite library.
    pub fn sqlite_version(&self) -> &str {
        &self.inner.sqlite_version
    }

    /// Follows the number of the latest committed change. It is a hint to read the database, never the data itself.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.inner.committed.subscribe()
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        self.inner.reader.close().await;
        self.inner.writer.close().await;
    }

    fn reader(&self) -> &SqlitePool {
        &self.inner.reader
    }

    fn writer(&self) -> &SqlitePool {
        &self.inner.writer
    }

    fn announce(&self, seq: u64) {
        self.inner.committed.send_if_modified(|latest| {
            let newer = seq > *latest;
            if newer {
                *latest = seq;
            }
            newer
        });
    }
}

/// Reads a stored whole number that is never negative.
fn unsigned(value: i64, what: &'static str) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Damaged { what: format!("{what} is {value}") })
}

/// Reads a stored instant.
fn instant(millis: i64, what: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millis(millis).ok_or_else(|| StoreError::Damaged { what: format!("{what} is {millis}") })
}

/// Makes a number storable.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
