//! Leaving alone a provider that fails.

use crate::time::Timestamp;

/// When a provider is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row after which nothing is asked for a while.
    pub failures: u32,
    /// How long at first, in milliseconds; twice as long after every further failure.
    pub first_ms: u32,
    /// How long at most, in milliseconds.
    pub longest_ms: u32,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, first_ms: 30_000, longest_ms: 1_800_000 }
    }
}

/// Whether something may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// All is well.
    Open,
    /// One request, to see whether all is well again.
    Probe,
    /// Nothing before this instant.
    Shut(Timestamp),
}

/// How a provider has answered lately; to be stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// Until when nothing is asked.
    pub shut_until: Option<Timestamp>,
}

impl Breaker {
    /// Whether something may be asked at `now`.
    #[must_use]
    pub fn admits(self, now: Timestamp) -> Admission {
        match self.shut_until {
            None => Admission::Open,
            Some(until) if now < until => Admission::Shut(until),
            Some(_) => Admission::Probe,
        }
    }

    /// Takes in that a request was answered.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self::default()
    }

    /// Takes in that a request has failed. `retry_at` is when the provider has asked to be asked again; `random` is uniform in `[0, 1)`,
    /// a value outside is taken as the nearest bound, NaN as 0.
    #[must_use]
    pub fn failed(
        self,
        policy: &BreakerPolicy,
        now: Timestamp,
        retry_at: Option<Timestamp>,
        random: f64,
    ) -> Self {
        let failures = self.failures.saturating_add(1);
        let over = failures.checked_sub(policy.failures.max(1));
        let own = over.map(|doublings| {
            let whole = u64::from(policy.first_ms) << doublings.min(31);
            let whole = whole.min(u64::from(policy.longest_ms));
            // At least half of it, so that it is a pause, and not all of it, so that those who failed together part.
            let share = 0.5 + 0.5 * random.clamp(0.0, 1.0).max(0.0);
            now.saturating_add_ms((whole as f64 * share) as i64)
        });
        Self { failures, shut_until: own.max(retry_at) }
    }
}
