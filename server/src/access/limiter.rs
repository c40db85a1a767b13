//! How often: token buckets in bounded memory, filled by the server's clock.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// Buckets of one limiter. Two callers may share one, which halves what they have together; which ones do cannot be foreseen.
const BUCKETS: u64 = 1 << 16;

/// A bucket for each caller: `burst` at once, then one `every` so often.
pub struct Limiter {
    buckets: RateLimiter<u64, HashMapStateStore<u64>, Elapsed, NoOpMiddleware<Duration>>,
    places: RandomState,
}

impl Limiter {
    /// Makes a limiter whose buckets are full.
    pub fn new(clock: Arc<dyn Clock>, burst: u32, every: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let refill = every.max(Duration::from_nanos(1));
        let quota = Quota::with_period(refill).map(|quota| quota.allow_burst(burst));
        let quota = quota.unwrap_or_else(|| Quota::per_second(burst));
        Self {
            buckets: RateLimiter::hashmap_with_clock(quota, Elapsed::new(clock)),
            places: RandomState::new(),
        }
    }

    /// Takes one from the bucket of `caller`.
    ///
    /// # Errors
    ///
    /// The bucket is empty: how long until there is one again.
    pub fn take(&self, caller: &impl Hash) -> Result<(), Duration> {
        let bucket = self.places.hash_one(caller) % BUCKETS;
        self.buckets.check_key(&bucket).map_err(|refused| refused.wait_time_from(self.buckets.clock().now()))
    }
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limiter").field("buckets", &self.buckets.len()).finish_non_exhaustive()
    }
}

/// Time as it passes on the server's clock. A clock that is set back stands still here: nobody waits longer for it.
#[derive(Clone)]
struct Elapsed {
    clock: Arc<dyn Clock>,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    now_ms: i64,
    elapsed_ms: u64,
}

impl Elapsed {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let now_ms = clock.now().as_millis();
        Self { clock, seen: Arc::new(Mutex::new(Seen { now_ms, elapsed_ms: 0 })) }
    }
}

impl governor::clock::Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now_ms = self.clock.now().as_millis();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.elapsed_ms += u64::try_from(now_ms.saturating_sub(seen.now_ms)).unwrap_or(0);
        seen.now_ms = now_ms;
        Duration::from_millis(seen.elapsed_ms)
    }
}

#[cfg(test)]
mod tests {
    use client_event_scheduler::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_bucket_empties_fills_with_time_and_is_nobody_elses() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_000_000).expect("in range")));
        let limiter = Limiter::new(clock.clone(), 2, Duration::from_secs(10));
        assert_eq!([limiter.take(&"a"), limiter.take(&"a")], [Ok(()), Ok(())]);
        assert_eq!(limiter.take(&"a"), Err(Duration::from_secs(10)));
        assert_eq!(limiter.take(&"b"), Ok(()));
        clock.advance(-3_600_000);
        assert_eq!(
            limiter.take(&"a"),
            Err(Duration::from_secs(10)),
            "a clock set back makes nobody wait longer"
        );
        clock.advance(10_000);
        assert_eq!(limiter.take(&"a"), Ok(()));
        assert!(limiter.take(&"a").is_err());
    }
}
