//! What Prometheus can ask for of the sync with providers.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    provider: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Record {
    provider: &'static str,
    fate: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    provider: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Account {
    account: String,
}

/// What is counted of the sync with providers. Clones count together.
#[derive(Clone, Default)]
pub struct ProviderMetrics {
    calls: Family<Kind, Counter>,
    records: Family<Record, Counter>,
    errors: Family<Failure, Counter>,
    overcommitted: Family<Account, Gauge>,
    oldest_due: Family<Account, Gauge<f64, AtomicU64>>,
    /// The accounts that the last two are about.
    accounts: Arc<Mutex<BTreeSet<String>>>,
}

impl fmt::Debug for ProviderMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ProviderMetrics")
    }
}

impl ProviderMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("provider_calls", "Calls of providers, by kind", metrics.calls.clone());
        let what = "Records that providers have told: new and changed ones, removed ones, and those that could not be read";
        registry.register("provider_records", what, metrics.records.clone());
        registry.register(
            "provider_errors",
            "Requests that a provider has not answered as it should",
            metrics.errors.clone(),
        );
        let what = "1 where the cadence of an account takes more calls than it may make";
        registry.register("provider_overcommitted", what, metrics.overcommitted.clone());
        let what = "For how long the event has waited that waits longest, at the last cycle of this node";
        registry.register_with_unit("provider_oldest_due", what, Unit::Seconds, metrics.oldest_due.clone());
        metrics
    }

    /// Counts a call.
    pub fn called(&self, provider: &'static str) {
        self.calls.get_or_create(&Kind { provider }).inc();
    }

    /// Counts records by what became of them: `changed`, `removed` or `refused`.
    pub fn records(&self, provider: &'static str, changed: u32, removed: u32, refused: u32) {
        for (fate, count) in [("changed", changed), ("removed", removed), ("refused", refused)] {
            self.records.get_or_create(&Record { provider, fate }).inc_by(u64::from(count));
        }
    }

    /// Counts a request that was not answered as it should have been, by the code of what was wrong.
    pub fn failed(&self, provider: &'static str, code: &'static str) {
        self.errors.get_or_create(&Failure { provider, code }).inc();
    }

    /// Says how an account stands: whether its cadence takes more calls than it may make, and for how many milliseconds the event has
    /// waited that waits longest.
    pub fn stands(&self, account: &str, overcommitted: bool, oldest_due_ms: i64) {
        let account = Account { account: account.to_owned() };
        self.overcommitted.get_or_create(&account).set(i64::from(overcommitted));
        self.oldest_due.get_or_create(&account).set(oldest_due_ms as f64 / 1_000.0);
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).insert(account.account);
    }

    /// Forgets how other accounts than these stand.
    pub fn keep<'a>(&self, accounts: impl Iterator<Item = &'a str>) {
        let kept: BTreeSet<&str> = accounts.collect();
        let mut known = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|account| {
            let is_kept = kept.contains(account.as_str());
            if !is_kept {
                let account = Account { account: account.clone() };
                self.overcommitted.remove(&account);
                self.oldest_due.remove(&account);
            }
            is_kept
        });
    }
}
