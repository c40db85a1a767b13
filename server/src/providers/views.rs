//! Accounts, their events and their syncs as the wire has them.

use std::collections::BTreeMap;

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{Admission, Ownership, Presence, owner};
use serde::Serialize;
use serde_json::Value;

use super::sync::ProviderSync;
use crate::events::Document;
use crate::problem::ApiError;
use crate::store::{AccountRow, ProvidedCount, ProvidedRow, SyncRow};

/// What went wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SyncProblem {
    /// Stable code, such as `PROVIDER_FAILED`, `CREDENTIALS_DENIED` or `ANSWER_MALFORMED`.
    pub code: String,
    /// For people.
    pub message: String,
}

/// An account at a provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    /// Its id.
    pub account_id: String,
    /// What people call it.
    pub name: String,
    /// What is to be known of the provider.
    #[schema(value_type = Object)]
    pub provider: Value,
    /// Whether credentials are kept for it. They are never shown.
    pub has_credentials: bool,
    /// Whether it is synced.
    pub enabled: bool,
    /// `ok`, `failing`, `resting` (left alone for a while, after failures or because the provider asks for it) or `disabled`.
    pub state: &'static str,
    /// Until when it is left alone.
    pub rests_until: Option<String>,
    /// What went wrong last.
    pub error: Option<SyncProblem>,
    /// The zone in which discoveries are planned.
    pub time_zone: String,
    /// When all its events are listed next.
    pub next_discovery_at: String,
    /// Calls that it may make in any hour.
    pub calls_per_hour: u32,
    /// Calls that it may make at once now.
    pub calls_available: u32,
    /// Calls in an hour that the cadence takes now.
    pub calls_needed_per_hour: f64,
    /// Calls in an hour that can be kept up.
    pub calls_sustained_per_hour: u32,
    /// Whether the cadence cannot be met within the limit: then the earliest deadlines go first.
    pub overcommitted: bool,
    /// Events that it has.
    pub events: u64,
    /// Participants of all of these.
    pub participants: u64,
    /// Events that are due and wait.
    pub waiting: usize,
    /// Of these, how many have missed their deadline.
    pub missed: usize,
    /// When the next event is due that is not yet.
    pub next_sync_at: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// By whom.
    pub updated_by: String,
}

/// An event of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProvidedEventView {
    /// What the provider calls it.
    pub event_key: String,
    /// What it is called here.
    pub event_id: String,
    /// When it begins.
    pub start_at: Option<String>,
    /// How near it is: `high`, `medium` or `low`; none where it is not asked for any more.
    pub tier: Option<&'static str>,
    /// Milliseconds after which it is asked for again; none where it is not.
    pub every_ms: Option<u32>,
    /// `listed`, or `missing` since a while: it is deleted here after a day.
    pub presence: &'static str,
    /// Since when it is missing.
    pub missing_since: Option<String>,
    /// When it was asked for last.
    pub synced_at: Option<String>,
    /// When it is asked for next; none where it is not.
    pub next_sync_at: Option<String>,
    /// Up to where its changes are known, by the provider's clock.
    pub watermark: Option<String>,
    /// Whether its participants are being read, page by page.
    pub in_progress: bool,
    /// How many take part.
    pub participants: u32,
    /// Fields whose value here is somebody's own and not the provider's.
    pub changed_here: Vec<String>,
    /// What went wrong last.
    pub error: Option<SyncProblem>,
}

/// A sync that has ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SyncView {
    /// Its id.
    pub sync_id: String,
    /// The event; none where it was about the whole account.
    pub event_key: Option<String>,
    /// `discovery`, `backfill` or `incremental`.
    pub kind: String,
    /// When it began.
    pub began_at: String,
    /// Milliseconds that it took.
    pub duration_ms: i64,
    /// Records that were told.
    pub seen: u32,
    /// Events that were new.
    pub created: u32,
    /// Records that were changed.
    pub changed: u32,
    /// Records that are gone.
    pub removed: u32,
    /// Records that could not be read, or not in full.
    pub refused: u32,
    /// What went wrong.
    pub error: Option<SyncProblem>,
}

fn problem(error: &Option<(String, String)>) -> Option<SyncProblem> {
    error.clone().map(|(code, message)| SyncProblem { code, message })
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl SyncView {
    /// The view of a sync.
    pub fn of(row: &SyncRow) -> Self {
        Self {
            sync_id: row.sync_id.clone(),
            event_key: row.event_key.clone(),
            kind: row.kind.clone(),
            began_at: row.began_at.to_string(),
            duration_ms: row.ended_at.millis_since(row.began_at),
            seen: row.seen,
            created: row.created,
            changed: row.changed,
            removed: row.removed,
            refused: row.refused,
            error: problem(&row.error),
        }
    }
}

impl ProviderSync {
    /// The view of an account.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn account_view(&self, row: &AccountRow) -> Result<AccountView, ApiError> {
        let outlook = self.outlook(row).await?;
        let ProvidedCount { events, participants } = self.store.provided_count(&row.account_id).await?;
        let rests_until = match row.breaker.admits(self.clock.now()) {
            Admission::Shut(until) => Some(until),
            Admission::Open | Admission::Probe => None,
        };
        let state = match (row.enabled, rests_until, &row.error) {
            (false, _, _) => "disabled",
            (true, Some(_), _) => "resting",
            (true, None, Some(_)) => "failing",
            (true, None, None) => "ok",
        };
        Ok(AccountView {
            account_id: row.account_id.clone(),
            name: row.name.clone(),
            provider: serde_json::from_str(&row.config).unwrap_or(Value::Null),
            has_credentials: self.has_credentials(row),
            enabled: row.enabled,
            state,
            rests_until: text(rests_until),
            error: problem(&row.error),
            time_zone: row.time_zone.clone(),
            next_discovery_at: row.discovery_at.to_string(),
            calls_per_hour: row.calls_per_hour,
            calls_available: outlook.available,
            calls_needed_per_hour: outlook.load.needed_per_hour,
            calls_sustained_per_hour: outlook.load.allowed_per_hour,
            overcommitted: outlook.load.is_overcommitted(),
            events,
            participants,
            waiting: outlook.plan.waiting + outlook.plan.picks.len(),
            missed: outlook.plan.missed,
            next_sync_at: text(outlook.plan.next_at),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            updated_by: row.updated_by.clone(),
        })
    }

    /// The view of an event of an account.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_view(&self, row: &ProvidedRow) -> Result<ProvidedEventView, ApiError> {
        let stored = self.store.event(&row.event_id).await?;
        let here = stored.and_then(|stored| Document::from_json(stored.document.as_bytes()).ok());
        let told = Document::from_json(row.told.as_bytes()).unwrap_or_default();
        let missing_since = match row.presence {
            Presence::Missing(since) => Some(since),
            Presence::Listed | Presence::Gone => None,
        };
        let now = self.clock.now();
        let near = row.start_at.filter(|_| missing_since.is_none()).and_then(|start| {
            self.table.nearness(start, now).map(|(tier, every_ms)| (tier.as_str(), every_ms))
        });
        Ok(ProvidedEventView {
            event_key: row.event_key.clone(),
            event_id: row.event_id.clone(),
            start_at: text(row.start_at),
            tier: near.map(|(tier, _)| tier),
            every_ms: near.map(|(_, every_ms)| every_ms),
            presence: if missing_since.is_some() { "missing" } else { "listed" },
            missing_since: text(missing_since),
            synced_at: text(row.synced_at),
            next_sync_at: text(row.tracked().and_then(|event| self.table.due_at(&event, now))),
            watermark: text(row.watermark.0),
            in_progress: row.sweep.is_some(),
            participants: row.participants,
            changed_here: here.map(|here| changed_here(&told, &here)).unwrap_or_default(),
            error: problem(&row.error),
        })
    }
}

/// The fields that differ from what was told, by name.
fn changed_here(told: &Document, here: &Document) -> Vec<String> {
    let names: BTreeMap<&str, ()> = told.names().map(|name| (name, ())).collect();
    let changed = names
        .into_keys()
        .filter(|name| owner(told.raw(name).as_ref(), here.raw(name).as_ref()) == Ownership::Local);
    changed.map(str::to_owned).collect()
}
