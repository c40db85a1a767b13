//! What the stored triggers were computed by. When that changes — other zone data, another default zone — they are computed anew.

use client_event_scheduler::{DueTimes, Timestamp};

use sqlx::AnyConnection;

use super::rows::{self, EventRow};
use super::{Store, StoreError, meta, triggers};

const BASIS: &str = "triggers_basis";

/// Events of one transaction: other writers get their turn in between.
const CHUNK: i64 = 500;

impl Store {
    /// Computes every stored trigger anew unless `basis` is what they were computed by. On a database that has never stored any,
    /// what is due after `missed_after` and was not settled waits; later on what is new is placed as by an edit at `now`.
    ///
    /// # Errors
    ///
    /// The database failed. What was done stays done, and the next call goes on.
    pub async fn rebase_triggers(
        &self,
        basis: &str,
        due: impl Fn(&EventRow) -> DueTimes,
        missed_after: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let former = self.meta(BASIS).await?;
        if former.as_deref() == Some(basis) {
            return Ok(());
        }
        let mut after = String::new();
        while let Some(last) = self.rebase_chunk(&after, former.is_none(), &due, missed_after, now).await? {
            after = last;
        }
        let mut transaction = self.begin_transaction().await?;
        meta::set(&mut transaction, BASIS, basis).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Returns the last event of the chunk behind `after`; `None` when there is none.
    async fn rebase_chunk(
        &self,
        after: &str,
        is_first: bool,
        due: &impl Fn(&EventRow) -> DueTimes,
        missed_after: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let event_ids = rows::ids_after(&mut transaction, after, CHUNK).await?;
        for event_id in &event_ids {
            // Read under the lock: an edit that has come in between has written its triggers.
            let Some(due) = self.locked_due(&mut transaction, event_id, due).await? else { continue };
            if is_first {
                triggers::write_first(&mut transaction, event_id, &due, missed_after).await?;
            } else {
                triggers::write(&mut transaction, event_id, &due, now).await?;
            }
        }
        transaction.commit().await?;
        Ok(event_ids.into_iter().last())
    }

    /// Computes the triggers anew of every event that has one that waits although it is due.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was changed then.
    pub async fn mend_overdue(
        &self,
        due: impl Fn(&EventRow) -> DueTimes,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event_ids = self.events_due(now).await?;
        let mut transaction = self.begin_transaction().await?;
        for event_id in &event_ids {
            let due = self.locked_due(&mut transaction, event_id, &due).await?.unwrap_or(DueTimes::NONE);
            triggers::write(&mut transaction, event_id, &due, now).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The triggers that `event_id` makes, as nobody can change it before the transaction ends; `None` if it is gone.
    async fn locked_due(
        &self,
        connection: &mut AnyConnection,
        event_id: &str,
        due: &impl Fn(&EventRow) -> DueTimes,
    ) -> Result<Option<DueTimes>, StoreError> {
        self.dialect().lock_event(connection, event_id).await?;
        let row = rows::event(connection, event_id).await?;
        Ok(row.filter(|row| !row.is_tombstone()).map(|row| due(&row)))
    }
}
