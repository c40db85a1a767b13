//! The database. All SQL of the server is in this module and below it; `now` is always a parameter, never SQL's clock.

mod address;
mod dialect;
mod error;
mod event_index;
mod feed;
mod follow;
mod history;
mod idempotency;
mod imports;
mod list;
mod meta;
mod open;
mod rows;
mod snapshot;
mod sql_text;
mod write;

use std::sync::Arc;

use client_event_scheduler::Timestamp;
use open::Pools;
use sqlx::{Any, AnyPool, Transaction};
use tokio::sync::watch;

pub use address::{DatabaseAddress, PostgresUrl};
pub use dialect::Dialect;
pub use error::StoreError;
pub use event_index::EventIndex;
pub use feed::FeedPage;
pub use history::{HistoryEntry, StatusText, StatusWrite};
pub use idempotency::StoredAnswer;
pub use imports::ImportRow;
pub use list::{ListFilter, ListQuery, ListSort, SortKey};
pub use rows::EventRow;
pub use snapshot::{SnapshotHead, SnapshotReader};
pub use write::{NewEvent, WriteTransaction};

/// The database of one server process.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    writer: AnyPool,
    reader: AnyPool,
    epoch: String,
    version: String,
    committed: watch::Sender<u64>,
}

impl Store {
    /// Opens the database, makes it where there is none, and brings its tables to this version's form.
    ///
    /// # Errors
    ///
    /// The database cannot be reached or used, the SQLite library is one that corrupts databases, or a migration failed.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        let Pools { dialect, writer, reader, version } = open::open(address).await?;
        let epoch = meta::ensure_epoch(dialect, &writer).await?;
        let committed = watch::Sender::new(feed::latest_seq(&reader).await?);
        let store = Self { inner: Arc::new(Inner { dialect, writer, reader, epoch, version, committed }) };
        if let DatabaseAddress::Postgres(url) = address {
            follow::start(store.clone(), url.clone());
        }
        Ok(store)
    }

    /// The feed's epoch: a random id made with the database. A client that knows another one has to start afresh.
    pub fn epoch(&self) -> &str {
        &self.inner.epoch
    }

    /// The kind of database.
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// The name and version of the database's software, for people.
    pub fn version(&self) -> &str {
        &self.inner.version
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

    /// Begins a transaction that writes.
    async fn begin_transaction(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.inner.dialect.begin_write(&self.inner.writer).await
    }

    /// Begins a transaction that reads one state of the database.
    async fn begin_read(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.inner.dialect.begin_read(&self.inner.reader).await
    }

    fn reader(&self) -> &AnyPool {
        &self.inner.reader
    }

    fn writer(&self) -> &AnyPool {
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
