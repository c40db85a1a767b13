//! Listing the events of an account: new ones are taken in, known ones refreshed, and those that are gone deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{Presence, Watermark, is_told_of};

use super::super::{ListedEvent, Listing, ProviderError, RefusedRecord, Validators};
use super::{Asked, GRACE_MS, ProviderSync, RETRY_MS, SyncError, unreadable};
use crate::access::{Actor, Visit};
use crate::events::{Document, Events, Provided};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{AccountRow, ProvidedRow, SyncRow, WriteTransaction};

/// Characters that an id may have.
const EVENT_ID_CHARS: usize = 128;

/// Events that are written in one transaction.
const CHUNK: usize = 100;

impl Asked<'_> {
    /// Lists the events. `planned` says that it is one of the discoveries of the day, after which the next one is due.
    pub(super) async fn discover(&self, planned: bool) -> Result<(), SyncError> {
        let mut sync = self.begun(if planned { "discovery" } else { "incremental" }, None)?;
        // A list that was not read to its end before is asked for as a whole.
        let known: Validators = serde_json::from_str(&self.account.validators).unwrap_or_default();
        let listing = match self.provider.events(&self.caller, &known).await {
            Ok(listing) => listing,
            Err(error) => {
                self.count(&error);
                self.failed(sync, planned, &error).await?;
                return Err(error.into());
            }
        };
        let validators = match listing {
            Listing::Unchanged => {
                self.is_as_it_was(&mut sync).await?;
                known
            }
            Listing::Whole { events, refused, series, validators } => {
                self.take_in(&mut sync, events, &refused, &series).await?;
                validators
            }
        };
        let next = match planned {
            true => ProviderSync::next_discovery(&self.account.time_zone, self.sync.clock.now())?,
            false => self.account.discovery_at,
        };
        let validators = serde_json::to_string(&validators)
            .map_err(|error| ApiError::Internal { what: format!("validators: {error}") })?;
        sync.ended_at = self.sync.clock.now();
        let mut transaction = self.sync.begin(self.lease).await?;
        transaction.put_provider_discovery(&self.account.account_id, next, &validators).await?;
        transaction.add_provider_sync(&sync).await?;
        transaction.commit_apart().await?;
        let SyncRow { created, changed, removed, refused, .. } = sync;
        self.sync.metrics.records(self.kind, created + changed, removed, refused);
        Ok(())
    }

    async fn failed(&self, mut sync: SyncRow, planned: bool, error: &ProviderError) -> Result<(), SyncError> {
        let now = self.sync.clock.now();
        if matches!(error, ProviderError::BudgetSpent(_)) {
            return Ok(());
        }
        sync.ended_at = now;
        sync.error = Some((error.code().to_owned(), error.to_string()));
        let mut transaction = self.sync.begin(self.lease).await?;
        transaction.add_provider_sync(&sync).await?;
        if planned {
            let again = error.retry_at().unwrap_or(now).max(now.saturating_add_ms(RETRY_MS));
            let validators = &self.account.validators;
            transaction.put_provider_discovery(&self.account.account_id, again, validators).await?;
        }
        Ok(transaction.commit_apart().await?)
    }

    /// Takes in a whole list.
    async fn take_in(
        &self,
        sync: &mut SyncRow,
        listed: Vec<ListedEvent>,
        refused: &[RefusedRecord],
        series: &BTreeMap<String, Range<Timestamp>>,
    ) -> Result<(), SyncError> {
        sync.seen = count(listed.len() + refused.len());
        // Of two events with one key the first one counts.
        let mut keys = BTreeSet::new();
        let listed: Vec<_> = listed.into_iter().filter(|event| keys.insert(event.key.clone())).collect();
        sync.refused = sync.seen - count(listed.len());
        sync.error = unreadable(refused, count(refused.len()));
        let events = self.sync.store.provided_events(&self.account.account_id).await?;
        let mut known: BTreeMap<String, ProvidedRow> =
            events.into_iter().map(|event| (event.event_key.clone(), event)).collect();
        let mut work: Vec<(Option<ProvidedRow>, Option<ListedEvent>)> =
            listed.into_iter().map(|event| (known.remove(&event.key), Some(event))).collect();
        // What could not be read is not gone.
        for key in refused.iter().filter_map(|record| record.key.as_ref()) {
            known.remove(key);
        }
        // Nor is what is not told of a series.
        known.retain(|key, row| {
            let told = key.rsplit_once('/').and_then(|(series_key, _)| series.get(series_key));
            is_told_of(row.start_at, told)
        });
        work.extend(known.into_values().map(|event| (Some(event), None)));
        for chunk in work.chunks(CHUNK) {
            let mut transaction = self.sync.begin(self.lease).await?;
            let now = self.sync.clock.now();
            for (row, listed) in chunk {
                match (row, listed) {
                    (row, Some(event)) => {
                        self.listed(&mut transaction, sync, row.as_ref(), event, now).await?
                    }
                    (Some(row), None) => self.missing(&mut transaction, sync, row, now).await?,
                    (None, None) => {}
                }
            }
            transaction.number_changes().await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn listed(
        &self,
        transaction: &mut WriteTransaction,
        sync: &mut SyncRow,
        row: Option<&ProvidedRow>,
        event: &ListedEvent,
        now: Timestamp,
    ) -> Result<(), SyncError> {
        let account_id = &self.account.account_id;
        let before = row.and_then(|row| Document::from_json(row.told.as_bytes()).ok());
        let event_id =
            row.as_ref().map_or_else(|| event_id(account_id, &event.key), |row| row.event_id.clone());
        let provided = self
            .events_of(sync)
            .provide(transaction, &event_id, before.as_ref(), &event.document, now)
            .await?;
        let mut next = row.cloned().unwrap_or_else(|| ProvidedRow {
            account_id: account_id.clone(),
            event_key: event.key.clone(),
            event_id,
            told: "{}".to_owned(),
            start_at: None,
            known_at: now,
            presence: Presence::Listed,
            synced_at: None,
            unanswered: false,
            watermark: Watermark::default(),
            sweep: None,
            calls: 1,
            participants: 0,
            error: None,
            updated_at: now,
        });
        let is_new = next.told == "{}";
        match &provided {
            Provided::Created => sync.created += 1,
            Provided::Changed => sync.changed += 1,
            Provided::Unchanged | Provided::Deleted => {}
            Provided::Refused(_) => sync.refused += 1,
        }
        next.error = match provided {
            Provided::Refused(problems) => Some(("EVENT_INVALID".to_owned(), told(&problems))),
            _ => None,
        };
        // What was refused was not taken over: the next time it is compared with what was told before it.
        if next.error.is_none() {
            next.told = event.document.to_json();
        } else if is_new {
            return Ok(());
        }
        next.presence = next.presence.after(true, now, GRACE_MS);
        if !self.provider.has_participants() {
            next.synced_at = Some(now);
        }
        next.updated_at = now;
        Ok(transaction.put_provided_event(&next).await?)
    }

    async fn missing(
        &self,
        transaction: &mut WriteTransaction,
        sync: &mut SyncRow,
        row: &ProvidedRow,
        now: Timestamp,
    ) -> Result<(), SyncError> {
        let mut next = row.clone();
        next.presence = row.presence.after(false, now, GRACE_MS);
        if next.presence == Presence::Gone {
            if self.events_of(sync).withdraw(transaction, &row.event_id, now).await? {
                sync.removed += 1;
            }
            return Ok(transaction.remove_provided_event(&row.account_id, &row.event_key).await?);
        }
        next.updated_at = now;
        if !self.provider.has_participants() {
            next.synced_at = Some(now);
        }
        Ok(transaction.put_provided_event(&next).await?)
    }

    /// The events, changed in the name of the account: the audit says by which sync.
    fn events_of(&self, sync: &SyncRow) -> Events {
        let AccountRow { account_id, name, .. } = self.account;
        let actor = Actor::Provider { account_id: account_id.clone(), name: name.clone() };
        let visit = Visit {
            address: None,
            user_agent: self.kind.to_owned(),
            method: "SYNC".to_owned(),
            route: "/api/v1/sync/accounts/{account_id}".to_owned(),
            request_id: sync.sync_id.clone(),
        };
        self.sync.events.in_name_of(&crate::access::Caller::new(actor, visit))
    }

    /// Takes in that the list is what it was: what is in it was asked for, and what is not is missing still.
    async fn is_as_it_was(&self, sync: &mut SyncRow) -> Result<(), SyncError> {
        for chunk in self.sync.store.provided_events(&self.account.account_id).await?.chunks(CHUNK) {
            let mut transaction = self.sync.begin(self.lease).await?;
            let now = self.sync.clock.now();
            for row in chunk {
                match row.presence {
                    Presence::Missing(_) => self.missing(&mut transaction, sync, row, now).await?,
                    Presence::Listed | Presence::Gone => {
                        let next = ProvidedRow { synced_at: Some(now), ..row.clone() };
                        transaction.put_provided_event(&next).await?;
                    }
                }
            }
            transaction.number_changes().await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}

/// What an event of an account is called here: the same whenever it is discovered.
fn event_id(account_id: &str, key: &str) -> String {
    let id = format!("{account_id}:{key}");
    match id.len() <= EVENT_ID_CHARS && !id.chars().any(char::is_control) {
        true => id,
        // Long or strange ones are told apart by their digest.
        false => format!("{account_id}:{}", crate::access::secrets::digest(key)),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Problems as one text.
fn told(problems: &[FieldProblem]) -> String {
    let each = problems.iter().map(|problem| format!("{} {}", problem.field, problem.message));
    each.collect::<Vec<_>>().join("; ")
}
