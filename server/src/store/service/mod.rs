//! The tables of the scheduling service: what was asked for, its occurrences, their attempts, the outbox, and the history of it all.

mod change;
mod cleaning;
mod deliveries;
mod listing;
mod outbox;
mod pick_up;
mod planning;
mod read;
mod rows;
mod schedule;

pub use change::Transition;
pub use cleaning::RemovedScheduled;
pub use deliveries::DeliveryRow;
pub use listing::{ListReader, ListedEvent, ListedOccurrence, ListedRecurrence, OccurrenceFilter};
pub use outbox::OutboxRow;
pub use pick_up::{Begun, LeftOut, PickedUp};
pub use read::{AttemptRow, HistoryRow, ScheduledFilter, StoredOccurrences, WholeEvent};
pub use rows::{OccurrenceRow, RESCHEDULED, ScheduledRow, Zones};
pub use schedule::NewOccurrence;

use super::{Store, StoreError, WriteTransaction, follow};

impl Store {
    /// Tells the scheduling service of this process that there is something new to do.
    pub(super) fn hint_service(&self) {
        self.inner.service_hints.send_replace(());
    }

    /// Follows the hints that something of the scheduling service has changed, here or on another node.
    pub fn service_hints(&self) -> tokio::sync::watch::Receiver<()> {
        self.inner.service_hints.subscribe()
    }
}

impl WriteTransaction {
    /// Commits what concerns the scheduling service alone, and tells every node of it. The feed is left as it is.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was written then.
    pub async fn commit_service(mut self) -> Result<(), StoreError> {
        let seq = *self.store.committed().borrow();
        follow::notify(self.store.dialect(), &mut self.transaction, seq).await?;
        self.transaction.commit().await?;
        self.store.hint_service();
        Ok(())
    }
}
