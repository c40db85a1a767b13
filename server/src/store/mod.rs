//! The database. All SQL of the server is in this module and below it; `now` is always a parameter, never SQL's clock.

mod access;
mod address;
mod basis;
mod check;
mod dialect;
mod downtime;
mod error;
mod event_index;
mod feed;
mod follow;
mod history;
mod idempotency;
mod imports;
mod lease;
mod list;
mod meta;
mod migrate;
mod open;
mod orders;
mod providers;
mod rows;
mod service;
mod settle;
mod snapshot;
mod sole;
mod sql_text;
mod transfer;
mod triggers;
mod values;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use client_event_scheduler::Timestamp;
use sqlx::{Any, AnyPool, Transaction};
use tokio::sync::watch;

use open::Pools;
use sole::SoleProcess;

pub use access::{AuditFilter, AuditPage, AuditRow, KeyRow, NewAuditRow, SessionRow, UserRow};
pub use address::{DatabaseAddress, PostgresUrl};
pub use check::{CheckReport, Finding};
pub use dialect::Dialect;
pub use downtime::Downtime;
pub use error::StoreError;
pub use event_index::EventIndex;
pub use feed::FeedPage;
pub use history::{Happening, HistoryEntry, HistoryFilter, Recorded, StatusText};
pub use idempotency::StoredAnswer;
pub use imports::ImportRow;
pub use lease::{Lease, LeaseRow};
pub use list::{ListFilter, ListQuery, ListSort, SortKey};
pub use orders::{CarriedOut, Control, OpenOrder, Order, OrderOutcome};
pub use providers::{
    AccountRow, ParticipantChanges, ParticipantRow, ProvidedCount, ProvidedRow, SweepRow, SyncRow, TrackedRow,
};
pub use rows::EventRow;
pub use service::{
    AttemptRow, Begun, DeliveryRow, HistoryRow, LeftOut, ListReader, ListedEvent, ListedOccurrence,
    ListedRecurrence, NewOccurrence, OccurrenceFilter, OccurrenceRow, OutboxRow, PickedUp, RESCHEDULED,
    RemovedScheduled, ScheduledFilter, ScheduledRow, StoredOccurrences, Transition, WholeEvent, Zones,
};
pub use settle::{Batch, Settled, StatusWrite};
pub use snapshot::{SnapshotHead, SnapshotReader};
pub use transfer::{TransferError, TransferReport};
pub use triggers::{TriggerFilter, TriggerRow};
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
    migrated: Vec<String>,
    committed: watch::Sender<u64>,
    /// The retention floor as it was last read.
    floor: AtomicU64,
    hints: watch::Sender<()>,
    service_hints: watch::Sender<()>,
    sole: SoleProcess,
}

impl Store {
    /// Opens the database, makes it where there is none, and brings its tables to this version's form.
    ///
    /// # Errors
    ///
    /// The database cannot be reached or used, the SQLite library is one that corrupts databases, or a migration failed.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        let Pools { dialect, writer, reader, version, migrated } = open::open(address).await?;
        let epoch = meta::ensure_epoch(dialect, &writer).await?;
        let committed = watch::Sender::new(feed::latest_seq(&reader).await?);
        let (hints, service_hints) = (watch::Sender::new(()), watch::Sender::new(()));
        let sole = SoleProcess::of(address);
        let floor = AtomicU64::new(0);
        let inner = Inner {
            dialect,
            writer,
            reader,
            epoch,
            version,
            migrated,
            committed,
            floor,
            hints,
            service_hints,
            sole,
        };
        let store = Self { inner: Arc::new(inner) };
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

    /// What was done to bring the tables to this version's form when the database was opened.
    pub fn migrated(&self) -> &[String] {
        &self.inner.migrated
    }

    /// Follows the number of the latest committed change. It is a hint to read the database, never the data itself.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.inner.committed.subscribe()
    }

    /// Follows the hints that there may be something new to read: an order, or what another node has written.
    pub fn hints(&self) -> watch::Receiver<()> {
        self.inner.hints.subscribe()
    }

    /// Whether no other process can act on this database while this one runs. On Postgres nobody knows; there the lease tells.
    ///
    /// # Errors
    ///
    /// The file that shows it cannot be used.
    pub fn is_sole_process(&self) -> Result<bool, StoreError> {
        self.inner.sole.claim()
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        self.inner.reader.close().await;
        self.inner.writer.close().await;
        self.inner.sole.give_up();
    }

    /// Open connections by pool: its name, all of them, and those that nobody uses.
    pub fn connections(&self) -> [(&'static str, u64, u64); 2] {
        let of = |pool: &AnyPool| (u64::from(pool.size()), pool.num_idle() as u64);
        let ((readers, idle_readers), (writers, idle_writers)) = (of(self.reader()), of(self.writer()));
        [("reader", readers, idle_readers), ("writer", writers, idle_writers)]
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

    /// Tells this process and the other nodes that there is something to read beside the feed.
    pub async fn hint_everywhere(&self) -> Result<(), StoreError> {
        follow::notify_outside(self).await?;
        self.hint();
        Ok(())
    }

    fn hint(&self) {
        self.inner.hints.send_replace(());
        self.hint_service();
    }

    /// Cursors below this number are answered with 410. Another node may have raised it since it was last read here.
    pub fn retention_floor(&self) -> u64 {
        self.inner.floor.load(Ordering::Relaxed)
    }

    fn note_floor(&self, floor: u64) {
        self.inner.floor.fetch_max(floor, Ordering::Relaxed);
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
