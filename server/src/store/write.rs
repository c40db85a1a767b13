//! Changing events: every mutation is one transaction.

use client_event_scheduler::{DueTimes, Timestamp};
use indexmap::IndexSet;
use sqlx::{Any, AnyConnection, Transaction};

use super::event_index::{self, EventIndex};
use super::rows::{self, EventRow};
use super::{Store, StoreError, follow, signed, triggers, unsigned};

/// The new state of an event.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    /// The event's id.
    pub event_id: &'a str,
    /// Its next revision.
    pub revision: u64,
    /// Its JSON without the fields that the server fills in.
    pub document: &'a str,
    /// When it was created.
    pub created_at: Timestamp,
    /// The triggers that it makes: none for a tombstone, nor for what cannot be understood.
    pub due: DueTimes,
    /// What lists know of it; nothing where this state is a tombstone.
    pub index: Option<&'a EventIndex>,
}

/// One writing transaction. Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct WriteTransaction {
    pub(super) store: Store,
    pub(super) transaction: Transaction<'static, Any>,
    written: IndexSet<String>,
    numbered: Option<u64>,
}

impl Store {
    /// Begins a transaction that writes. An event that it has read cannot be changed by another one before it ends.
    ///
    /// # Errors
    ///
    /// The database failed, or another process kept it for too long.
    pub async fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
        let transaction = self.begin_transaction().await?;
        Ok(WriteTransaction { store: self.clone(), transaction, written: IndexSet::new(), numbered: None })
    }
}

impl WriteTransaction {
    /// Returns the row of `event_id` as this transaction sees it, a tombstone included.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn event(&mut self, event_id: &str) -> Result<Option<EventRow>, StoreError> {
        self.store.dialect().lock_event(&mut self.transaction, event_id).await?;
        rows::event(&mut self.transaction, event_id).await
    }

    /// Returns whether the database holds no event, not even a tombstone.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn is_empty(&mut self) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT revision FROM events LIMIT 1")
            .fetch_optional(&mut *self.transaction)
            .await?;
        Ok(found.is_none())
    }

    /// Writes the new state of an event, and its triggers. It gets its feed number at the commit.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put(&mut self, event: NewEvent<'_>, now: Timestamp) -> Result<(), StoreError> {
        // Before the event, as whoever settles triggers does: two that wait for each other would both fail.
        triggers::write(&mut self.transaction, event.event_id, &event.due, now).await?;
        sqlx::query(
            "INSERT INTO events (event_id, revision, seq, document, created_at, updated_at, deleted_at)
             VALUES ($1, $2, NULL, $3, $4, $5, $6)
             ON CONFLICT (event_id) DO UPDATE SET
                 revision = excluded.revision, seq = NULL, document = excluded.document,
                 created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
        )
        .bind(event.event_id)
        .bind(signed(event.revision))
        .bind(event.document)
        .bind(event.created_at.as_millis())
        .bind(now.as_millis())
        .bind(event.index.is_none().then_some(now.as_millis()))
        .execute(&mut *self.transaction)
        .await?;
        match event.index {
            Some(index) => event_index::put(&mut self.transaction, event.event_id, index, now).await?,
            None => event_index::remove(&mut self.transaction, event.event_id).await?,
        }
        self.written.shift_remove(event.event_id);
        self.written.insert(event.event_id.to_owned());
        Ok(())
    }

    /// Keeps other transactions from taking the same lock until this one ends.
    pub(super) async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        self.store.dialect().lock_event(&mut self.transaction, name).await
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Sets a fact about the database.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        super::meta::set(&mut self.transaction, key, value).await
    }

    /// Numbers the written events and returns the number of the last one. Nothing more can be put after that; what is kept beside
    /// the events still can.
    ///
    /// The counter row is raised last: on a database with several writers it makes them queue for the shortest time, and
    /// since it stays locked until the commit, no number can become visible before a smaller one.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn number_changes(&mut self) -> Result<u64, StoreError> {
        if let Some(last) = self.numbered {
            return Ok(last);
        }
        let last: i64 =
            sqlx::query_scalar("UPDATE feed_counter SET seq = seq + $1 WHERE id = 1 RETURNING seq")
                .bind(i64::try_from(self.written.len()).unwrap_or(i64::MAX))
                .fetch_one(&mut *self.transaction)
                .await?;
        let last = unsigned(last, "the feed counter")?;
        let first = last - self.written.len() as u64 + 1;
        for (seq, event_id) in (first..).zip(&self.written) {
            sqlx::query("UPDATE events SET seq = $1 WHERE event_id = $2")
                .bind(signed(seq))
                .bind(event_id)
                .execute(&mut *self.transaction)
                .await?;
        }
        self.numbered = Some(last);
        Ok(last)
    }

    /// Numbers the written events, commits, and tells the followers. Returns the number of the last change.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was written then.
    pub async fn commit(mut self) -> Result<u64, StoreError> {
        let last = self.number_changes().await?;
        follow::notify(self.store.dialect(), &mut self.transaction, last).await?;
        self.transaction.commit().await?;
        self.store.announce(last);
        Ok(last)
    }
}
