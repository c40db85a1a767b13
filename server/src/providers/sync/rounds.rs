//! Which accounts are being synced. A cycle begins with every one that is not, so that a provider that does not answer holds up no other.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

use super::ProviderSync;
use crate::problem::ApiError;
use crate::store::Lease;

/// Accounts that are synced at the same time. One whose provider hangs has its place until the caller gives up.
const AT_ONCE: usize = 16;

/// The accounts that are being synced. What is under way is cut off with it, and goes on where its last page was written.
#[derive(Debug)]
pub struct Rounds {
    sync: ProviderSync,
    under_way: JoinSet<Result<(), ApiError>>,
    accounts: Vec<(Id, String)>,
    places: Arc<Semaphore>,
}

impl Rounds {
    /// With nothing under way.
    pub fn new(sync: ProviderSync) -> Self {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self { sync, under_way: JoinSet::new(), accounts: Vec::new(), places }
    }

    /// Begins with every account that is not under way.
    ///
    /// # Errors
    ///
    /// The database failed; nothing has begun.
    pub async fn begin(&mut self, lease: &Lease) -> Result<(), ApiError> {
        let mut accounts = self.sync.store.provider_accounts().await?;
        accounts.retain(|account| account.enabled);
        self.sync.metrics.keep(accounts.iter().map(|account| account.account_id.as_str()));
        accounts.retain(|account| self.accounts.iter().all(|(_, busy)| *busy != account.account_id));
        for account in accounts {
            let account_id = account.account_id.clone();
            let (sync, lease, places) = (self.sync.clone(), lease.clone(), Arc::clone(&self.places));
            let task = self.under_way.spawn(async move {
                // It is never closed.
                let _place = places.acquire_owned().await;
                sync.one(&lease, &account).await
            });
            self.accounts.push((task.id(), account_id));
        }
        Ok(())
    }

    /// Waits until an account is done, and returns its id and what came of it; none where nothing is under way.
    pub async fn ended(&mut self) -> Option<(String, Result<(), ApiError>)> {
        let (task, outcome) = match self.under_way.join_next_with_id().await? {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => (error.id(), Err(ApiError::Internal { what: error.to_string() })),
        };
        let place = self.accounts.iter().position(|(id, _)| *id == task);
        let account_id = place.map(|place| self.accounts.swap_remove(place).1).unwrap_or_default();
        if let Err(error) = &outcome {
            tracing::error!(account = %account_id, error = error.detail(), "an account could not be synced");
        }
        Some((account_id, outcome))
    }
}
