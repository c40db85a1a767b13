//! Syncing the accounts at providers: all of them at once, each on its own.
//!
//! Whoever holds the lease begins a cycle every [`CYCLE_MS`] ([`Rounds`]). What is to be done is decided by
//! [`client_event_scheduler::providers`]; everything that is written is written in the lease's name, page by page, together with how far
//! the sync has come, so that one that is cut off goes on where it was.

mod discovery;
mod ledger;
mod rounds;
mod runner;
mod sweep;

use std::sync::Arc;

use client_event_scheduler::providers::{
    Admission, BreakerPolicy, CallLimit, CycleCaps, CyclePlan, Load, SyncTable, Tracked, load, plan_cycle,
};
use client_event_scheduler::recurrence::{Context, Recurrence};
use client_event_scheduler::{Timestamp, ZoneTable};
use tokio::sync::Notify;

use super::{Caller, Credentials, Provider, ProviderConfig, ProviderError, RefusedRecord, provider};
use crate::clock::Clock;
use crate::events::{DateSettings, Events};
use crate::outbound::Outbound;
use crate::problem::ApiError;
use crate::service::vault::Vault;
use crate::store::{AccountRow, Lease, Store, StoreError, SyncRow, TrackedRow, WriteTransaction};
use crate::telemetry::ProviderMetrics;
use ledger::AccountLedger;
pub use rounds::Rounds;
pub use runner::start;

/// How often a cycle begins, in milliseconds.
pub const CYCLE_MS: i64 = 10_000;

/// How long an event has to be missing from the lists of its provider until it is deleted here.
const GRACE_MS: u32 = 24 * 3_600_000;

/// When all events of an account are listed, unless something else is configured: at six in the morning and in the evening.
const DISCOVERY: &str = "RRULE:FREQ=DAILY;BYHOUR=6,18;BYMINUTE=0;BYSECOND=0";

/// Events in a row that have failed, after which the rest of the account is not asked for in this cycle.
const FAILURES_IN_A_ROW: u32 = 3;

/// How soon a discovery is tried again that has failed.
const RETRY_MS: i64 = 15 * 60_000;

/// Syncs the accounts at providers.
#[derive(Clone)]
pub struct ProviderSync {
    /// Where everything is kept.
    pub store: Store,
    /// The events of this server.
    pub events: Events,
    /// How dates without an offset are read.
    pub dates: DateSettings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// With what providers are called.
    pub outbound: Outbound,
    /// With what credentials are sealed.
    pub vault: Vault,
    /// How often events are asked for.
    pub table: SyncTable,
    /// How many are asked for in one cycle.
    pub caps: CycleCaps,
    /// When a provider is left alone.
    pub breaker: BreakerPolicy,
    /// What is counted.
    pub metrics: ProviderMetrics,
    /// Told when there is something to do before the next cycle.
    pub wake: Arc<Notify>,
}

/// For whom the credentials of an account are sealed.
pub(super) fn owner(account_id: &str) -> String {
    format!("provider:{account_id}")
}

impl std::fmt::Debug for ProviderSync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSync").field("table", &self.table).finish_non_exhaustive()
    }
}

/// What an account is about to do.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// What the next cycle asks for.
    pub plan: CyclePlan,
    /// What the cadence takes, beside what the limit allows.
    pub load: Load,
    /// Calls that may be made at once now.
    pub available: u32,
}

/// Why the work on an account ends.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// This server: nothing more is written in this cycle.
    #[error("{}", .0.detail())]
    Own(ApiError),
}

impl From<ApiError> for SyncError {
    fn from(error: ApiError) -> Self {
        Self::Own(error)
    }
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

/// An account, ready to be asked.
struct Asked<'a> {
    sync: &'a ProviderSync,
    lease: &'a Lease,
    account: &'a AccountRow,
    kind: &'static str,
    provider: Box<dyn Provider>,
    caller: Caller,
}

impl ProviderSync {
    /// Does what is due now, for every account, and waits until all are done. That one fails touches no other.
    ///
    /// # Errors
    ///
    /// The lease is lost, or the database failed; what was written until then stays.
    pub async fn cycle(&self, lease: &Lease) -> Result<(), ApiError> {
        let mut rounds = Rounds::new(self.clone());
        rounds.begin(lease).await?;
        let mut all = Ok(());
        while let Some((_, outcome)) = rounds.ended().await {
            all = all.and(outcome);
        }
        all
    }

    /// When the events of an account are listed next, after `after`.
    ///
    /// # Errors
    ///
    /// The zone is unknown.
    pub fn next_discovery(time_zone: &str, after: Timestamp) -> Result<Timestamp, ApiError> {
        let internal = |what: String| ApiError::Internal { what: format!("the rule of discoveries: {what}") };
        let mut recurrence: Recurrence = DISCOVERY.parse().map_err(|error| internal(format!("{error}")))?;
        recurrence.time_zone = Some(time_zone.to_owned());
        recurrence.start = Some(client_event_scheduler::recurrence::Moment::Utc(after));
        let schedule = recurrence
            .schedule(&Context::new(ZoneTable::embedded()))
            .map_err(|error| internal(format!("{error}")))?;
        let next = schedule.next_after(after).map_err(|stopped| internal(stopped.to_string()))?;
        next.ok_or_else(|| internal("it has an end".to_owned()))
    }

    /// What an account is about to do.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn outlook(&self, account: &AccountRow) -> Result<Outlook, ApiError> {
        let events = self.store.tracked_events(&account.account_id).await?;
        let tracked: Vec<_> = events.iter().map(TrackedRow::tracked).collect();
        let now = self.clock.now();
        let limit = limit_of(account)?;
        let budget = self.store.provider_budget(&account.account_id).await?;
        Ok(Outlook {
            plan: plan_cycle(&tracked, now, &self.table, &self.caps, limit, budget),
            load: load(&tracked, now, &self.table, limit),
            available: budget.available(limit, now),
        })
    }

    async fn one(&self, lease: &Lease, account: &AccountRow) -> Result<(), ApiError> {
        if let Admission::Shut(_) = account.breaker.admits(self.clock.now()) {
            return Ok(());
        }
        let asked = match self.asked(lease, account) {
            Ok(asked) => asked,
            Err(error) => return self.note(lease, account, Some(&error)).await,
        };
        match asked.work().await {
            Ok(false) => Ok(()),
            Ok(true) => self.note(lease, account, None).await,
            Err(SyncError::Own(error)) => Err(error),
            Err(SyncError::Provider(error)) => self.note(lease, account, Some(&error)).await,
        }
    }

    fn asked<'a>(&'a self, lease: &'a Lease, account: &'a AccountRow) -> Result<Asked<'a>, ProviderError> {
        let malformed = |what: &str| ProviderError::Misconfigured(format!("{what}: write it anew"));
        let config: ProviderConfig = serde_json::from_str(&account.config)
            .map_err(|error| malformed(&format!("the settings cannot be read ({error})")))?;
        let opened = self.vault.open(&owner(&account.account_id), &account.credentials).map_err(|error| {
            ProviderError::Misconfigured(format!("the credentials cannot be opened: {error}"))
        })?;
        // What is wrong with them is not said: it would show a part of them.
        let credentials: Credentials =
            serde_json::from_str(&opened).map_err(|_| malformed("the credentials cannot be read"))?;
        let kind = config.kind();
        let ledger = AccountLedger {
            store: self.store.clone(),
            account_id: account.account_id.clone(),
            limit: limit_of(account).map_err(ProviderError::Internal)?,
            kind,
            metrics: self.metrics.clone(),
        };
        let caller = Caller {
            outbound: self.outbound.clone(),
            clock: Arc::clone(&self.clock),
            ledger: Arc::new(ledger),
        };
        let provider = provider(config, credentials, self.dates.clone());
        Ok(Asked { sync: self, lease, account, kind, provider, caller })
    }

    /// Whether an account has anything to show to be let in.
    pub(super) fn has_credentials(&self, account: &AccountRow) -> bool {
        let opened = self.vault.open(&owner(&account.account_id), &account.credentials);
        let none = opened.is_ok_and(|text| matches!(serde_json::from_str(&text), Ok(Credentials::None)));
        !none
    }

    /// Seals with the present key what another one has sealed.
    async fn renew_seals(&self) -> Result<(), ApiError> {
        for account in self.store.provider_accounts().await? {
            match self.vault.renew(&owner(&account.account_id), &account.credentials) {
                Ok(None) => {}
                Ok(Some(sealed)) => {
                    let mut transaction = self.store.begin_write().await?;
                    transaction.reseal_provider(&account.account_id, &account.credentials, &sealed).await?;
                    transaction.commit_apart().await?;
                }
                Err(error) => {
                    tracing::error!(account = %account.account_id, error = error.detail(), "credentials cannot be sealed anew");
                }
            }
        }
        Ok(())
    }

    /// Writes down how the provider has answered.
    async fn note(
        &self,
        lease: &Lease,
        account: &AccountRow,
        error: Option<&ProviderError>,
    ) -> Result<(), ApiError> {
        let breaker = match error {
            None => account.breaker.succeeded(),
            Some(error) if error.is_the_providers() => {
                let now = self.clock.now();
                account.breaker.failed(&self.breaker, now, error.retry_at(), spread(&account.account_id, now))
            }
            // Nothing was asked, so nothing was learned; and a budget that is used up is no fault.
            Some(ProviderError::BudgetSpent(_)) => return Ok(()),
            Some(_) => account.breaker,
        };
        let told = error.map(|error| (error.code(), error.to_string()));
        let told = told.as_ref().map(|(code, text)| (*code, text.as_str()));
        let same = account.error.as_ref().map(|(code, text)| (code.as_str(), text.as_str())) == told;
        if same && breaker == account.breaker {
            return Ok(());
        }
        let mut transaction = self.begin(lease).await?;
        transaction.put_provider_breaker(&account.account_id, breaker, told).await?;
        Ok(transaction.commit_apart().await?)
    }

    /// A transaction in the name of the lease.
    async fn begin(&self, lease: &Lease) -> Result<WriteTransaction, StoreError> {
        let mut transaction = self.store.begin_write().await?;
        transaction.check_lease(lease).await?;
        Ok(transaction)
    }
}

impl Asked<'_> {
    /// Does what is due. Returns whether the provider was asked.
    async fn work(&self) -> Result<bool, SyncError> {
        let mut was_asked = false;
        if self.account.discovery_at <= self.sync.clock.now() {
            self.discover(true).await?;
            was_asked = true;
        }
        let events = self.sync.store.tracked_events(&self.account.account_id).await?;
        let tracked: Vec<_> = events.iter().map(TrackedRow::tracked).collect();
        let now = self.sync.clock.now();
        let limit = limit_of(self.account)?;
        let budget = self.sync.store.provider_budget(&self.account.account_id).await?;
        let plan = plan_cycle(&tracked, now, &self.sync.table, &self.sync.caps, limit, budget);
        self.stands(&tracked, &plan, limit, now);
        if !self.provider.has_participants() {
            // There is nothing to be asked for but the list, which has all of them.
            if !was_asked && !plan.picks.is_empty() {
                self.discover(false).await?;
                was_asked = true;
            }
            return Ok(was_asked);
        }
        let mut failures = 0;
        for key in plan.picks.iter().map(|pick| tracked[pick.index].key) {
            let error = match self.sweep(key).await {
                Ok(()) => {
                    (was_asked, failures) = (true, 0);
                    continue;
                }
                Err(SyncError::Provider(error)) => error,
                Err(error) => return Err(error),
            };
            let concerns_all = matches!(
                error,
                ProviderError::BudgetSpent(_)
                    | ProviderError::Throttled(_)
                    | ProviderError::Denied(_)
                    | ProviderError::Internal(_)
            );
            if concerns_all {
                return Err(error.into());
            }
            // Something may be wrong with this event alone: it is asked for again in its turn, and the others go on.
            self.blame(key, &error).await?;
            failures += 1;
            if failures == FAILURES_IN_A_ROW {
                return Err(error.into());
            }
        }
        Ok(was_asked)
    }

    /// Says how the account stands before what is due is asked for.
    fn stands(&self, tracked: &[Tracked<'_>], plan: &CyclePlan, limit: CallLimit, now: Timestamp) {
        let load = load(tracked, now, &self.sync.table, limit);
        let waits_ms = plan.oldest_due.map_or(0, |due_at| now.millis_since(due_at));
        self.sync.metrics.stands(&self.account.account_id, load.is_overcommitted(), waits_ms);
    }

    /// Counts what a provider has not answered as it should.
    fn count(&self, error: &ProviderError) {
        if error.is_the_providers() {
            self.sync.metrics.failed(self.kind, error.code());
        }
    }

    fn begun(&self, kind: &str, event_key: Option<&str>) -> Result<SyncRow, ApiError> {
        let now = self.sync.clock.now();
        Ok(SyncRow {
            sync_id: crate::access::secrets::id()?,
            account_id: self.account.account_id.clone(),
            event_key: event_key.map(str::to_owned),
            kind: kind.to_owned(),
            epoch: self.lease.epoch,
            began_at: now,
            ended_at: now,
            seen: 0,
            created: 0,
            changed: 0,
            removed: 0,
            refused: 0,
            error: None,
        })
    }
}

/// What is said of records that could not be read in full: how many they are, and what is wrong with the first.
fn unreadable(refused: &[RefusedRecord], count: u32) -> Option<(String, String)> {
    let first = refused.first()?;
    let key = first.key.as_ref().map_or_else(String::new, |key| format!("{key}: "));
    let what = first
        .problems
        .first()
        .map_or_else(String::new, |problem| format!("{} {}", problem.field, problem.message));
    let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
    Some(("RECORD_MALFORMED".to_owned(), format!("{records} could not be read in full. {key}{what}")))
}

fn limit_of(account: &AccountRow) -> Result<CallLimit, ApiError> {
    CallLimit::per_hour(account.calls_per_hour)
        .ok_or_else(|| ApiError::Internal { what: "an account without calls".to_owned() })
}

/// Uniform in `[0, 1)`, and different from account to account and from time to time.
fn spread(account_id: &str, now: Timestamp) -> f64 {
    let digest = crate::access::secrets::digest(&format!("{account_id} {now}"));
    digest
        .get(..8)
        .and_then(|first| u32::from_str_radix(first, 16).ok())
        .map_or(0.5, |number| f64::from(number) / 4_294_967_296.0)
}
