//! What the stored triggers were computed by. When that changes — other zone data, another default zone — they are computed anew.

use client_event_scheduler::{DueTimes, Timestamp};

use super::rows::EventRow;
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
        let rows = super::rows::events_after(&mut transaction, after, CHUNK).await?;
        for row in &rows {
            self.dialect().lock_event(&mut transaction, &row.event_id).await?;
            if is_first {
                triggers::write_first(&mut transaction, &row.event_id, &due(row), missed_after).await?;
            } else {
                triggers::write(&mut transaction, &row.event_id, &due(row), now).await?;
            }
        }
        transaction.commit().await?;
        Ok(rows.into_iter().last().map(|row| row.event_id))
    }
}
