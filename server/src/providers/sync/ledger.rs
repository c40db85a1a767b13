//! The calls of an account, counted in the database before they are made.

use async_trait::async_trait;
use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{CallBudget, CallLimit};

use super::super::Ledger;
use crate::problem::ApiError;
use crate::store::Store;
use crate::telemetry::ProviderMetrics;

/// The calls of one account.
#[derive(Debug, Clone)]
pub(super) struct AccountLedger {
    pub(super) store: Store,
    pub(super) account_id: String,
    pub(super) limit: CallLimit,
    pub(super) kind: &'static str,
    pub(super) metrics: ProviderMetrics,
}

impl AccountLedger {
    /// Changes the budget, again where somebody else was quicker.
    async fn change<T>(
        &self,
        mut change: impl FnMut(&mut CallBudget) -> Result<(), T>,
    ) -> Result<Result<(), T>, ApiError> {
        loop {
            let seen = self.store.provider_budget(&self.account_id).await?;
            let mut budget = seen;
            if let Err(refused) = change(&mut budget) {
                return Ok(Err(refused));
            }
            if self.store.put_provider_budget(&self.account_id, seen, budget).await? {
                return Ok(Ok(()));
            }
        }
    }
}

#[async_trait]
impl Ledger for AccountLedger {
    async fn take(&self, now: Timestamp) -> Result<Result<(), Timestamp>, ApiError> {
        let taken = self.change(|budget| budget.take(self.limit, now)).await?;
        if taken.is_ok() {
            self.metrics.called(self.kind);
        }
        Ok(taken)
    }

    async fn rest(&self, until: Timestamp) -> Result<(), ApiError> {
        let rested = self
            .change(|budget| {
                budget.rest(self.limit, until);
                Ok::<_, std::convert::Infallible>(())
            })
            .await?;
        rested.map_err(|never| match never {})
    }
}
