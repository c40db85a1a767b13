//! Sweeping through the participants of one event that have changed, page by page.

use client_event_scheduler::providers::Watermark;

use super::super::{Participant, ProviderError};
use super::{Asked, SyncError, unreadable};
use crate::problem::ApiError;
use crate::store::{ParticipantRow, SweepRow, SyncRow};

/// How far is looked back for changes that the provider has shown late.
const LOOK_BACK_MS: u32 = 10_000;

/// Pages of one sweep in one cycle: what is longer goes on in the next one, so that it does not hold up the others.
const PAGES: u32 = 50;

impl Asked<'_> {
    /// Asks for everything about an event that has changed, or goes on with that.
    pub(super) async fn sweep(&self, key: &str) -> Result<(), SyncError> {
        let Some(event) = self.sync.store.provided_event(&self.account.account_id, key).await? else {
            return Ok(());
        };
        let anew = || SweepRow { since: event.watermark.since(LOOK_BACK_MS), ..SweepRow::default() };
        let mut sweep = event.sweep.unwrap_or_else(anew);
        let kind = if sweep.since.is_none() { "backfill" } else { "incremental" };
        let mut sync = self.begun(kind, Some(key))?;
        for calls in 1..=PAGES {
            let asked = self.provider.participants(&self.caller, key, sweep.since, sweep.cursor.as_deref());
            let page = match asked.await {
                Ok(page) => page,
                Err(error) => {
                    self.count(&error);
                    return self.cut_off(sync, error).await;
                }
            };
            // What is changed while pages are read may be on one that was read: certain is what is older than the first.
            sweep.began = sweep.began.or(page.provider_now);
            let newest = page.participants.iter().map(|participant| participant.modified_at).max();
            sweep.newest = sweep.newest.max(newest);
            sync.seen += u32::try_from(page.participants.len() + page.refused.len()).unwrap_or(u32::MAX);
            let refused = u32::try_from(page.refused.len()).unwrap_or(u32::MAX);
            sync.refused += refused;
            sweep.cursor = page.next;
            let is_last = sweep.cursor.is_none();
            let mut transaction = self.sync.begin(self.lease).await?;
            let Some(mut row) = transaction.provided_event(&self.account.account_id, key).await? else {
                return Ok(());
            };
            let rows: Vec<_> = page.participants.into_iter().map(participant_row).collect();
            let changes = transaction.put_participants(&row.account_id, key, &rows).await?;
            sync.changed += changes.changed;
            sync.removed += changes.removed;
            let now = self.sync.clock.now();
            row.error = unreadable(&page.refused, sync.refused);
            row.updated_at = now;
            if is_last {
                row.watermark = told(row.watermark, &sweep);
                (row.synced_at, row.unanswered) = (Some(now), false);
                if sweep.since.is_some() {
                    row.calls = calls;
                }
                row.sweep = None;
                sync.ended_at = now;
                transaction.add_provider_sync(&sync).await?;
            } else {
                row.sweep = Some(sweep.clone());
            }
            transaction.put_provided_event(&row).await?;
            transaction.commit_apart().await?;
            self.sync.metrics.records(self.kind, changes.changed, changes.removed, refused);
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Writes down that a sweep has ended before its time. Its pages are written, and it goes on after them.
    async fn cut_off(&self, mut sync: SyncRow, error: ProviderError) -> Result<(), SyncError> {
        if error.is_the_providers() {
            sync.ended_at = self.sync.clock.now();
            sync.error = Some((error.code().to_owned(), error.to_string()));
            let mut transaction = self.sync.begin(self.lease).await?;
            transaction.add_provider_sync(&sync).await?;
            transaction.commit_apart().await?;
        }
        Err(error.into())
    }

    /// Writes down what is wrong with one event. It is asked for again in its turn; a sweep whose next page is not to be had begins anew.
    pub(super) async fn blame(&self, key: &str, error: &ProviderError) -> Result<(), ApiError> {
        let mut transaction = self.sync.begin(self.lease).await?;
        let Some(mut row) = transaction.provided_event(&self.account.account_id, key).await? else {
            return Ok(());
        };
        let now = self.sync.clock.now();
        if matches!(error, ProviderError::Misconfigured(_) | ProviderError::Malformed(_)) {
            row.sweep = None;
        }
        (row.synced_at, row.unanswered) = (Some(now), true);
        row.error = Some((error.code().to_owned(), error.to_string()));
        row.updated_at = now;
        transaction.put_provided_event(&row).await?;
        Ok(transaction.commit_apart().await?)
    }
}

fn participant_row(Participant { key, modified_at, removed }: Participant) -> ParticipantRow {
    ParticipantRow { key, modified_at, removed }
}

/// The watermark after a whole sweep.
fn told(known: Watermark, sweep: &SweepRow) -> Watermark {
    known.told(sweep.newest, sweep.began)
}
