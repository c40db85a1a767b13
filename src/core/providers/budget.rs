//! How many calls a credential may make.

use crate::time::Timestamp;

const HOUR_US: i64 = 3_600_000_000;

/// How many calls an hour are allowed: in any sixty minutes no more, whenever they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimit {
    per_hour: u32,
    burst: u32,
}

impl CallLimit {
    /// A limit of so many calls, of which a tenth may be made at once. None for 0.
    #[must_use]
    pub fn per_hour(per_hour: u32) -> Option<Self> {
        let burst = per_hour.div_ceil(10);
        (per_hour > 0).then_some(Self { per_hour, burst })
    }

    /// Calls that may be made at once, when none was made for long.
    #[must_use]
    pub fn burst(self) -> u32 {
        self.burst
    }

    /// Calls an hour that can be kept up. What may be made at once is not on top of the limit, but a part of it.
    #[must_use]
    pub fn sustained_per_hour(self) -> u32 {
        (self.per_hour - self.burst).max(1)
    }

    /// Microseconds in which one call comes back.
    fn interval_us(self) -> i64 {
        // The only call of a limit of 1 needs the whole hour.
        let slots = i64::from(self.per_hour - self.burst).max(1);
        -(-HOUR_US).div_euclid(slots)
    }
}

/// What was used of a limit: a token bucket in one number, to be stored with every call.
///
/// # Example
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::providers::{CallBudget, CallLimit};
///
/// let limit = CallLimit::per_hour(1_000).expect("more than none");
/// let mut budget = CallBudget::default();
/// let now = Timestamp::from_millis_clamped(0);
/// for _ in 0..100 {
///     budget.take(limit, now).expect("a tenth at once");
/// }
/// let again_at = budget.take(limit, now).expect_err("one too many");
/// assert_eq!(again_at.as_millis(), 4_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallBudget {
    /// When everything that was used will have come back, in epoch microseconds.
    whole_at_us: i64,
}

impl Default for CallBudget {
    fn default() -> Self {
        Self { whole_at_us: i64::MIN / 2 }
    }
}

impl CallBudget {
    /// What was stored: see [`as_micros`](Self::as_micros).
    #[must_use]
    pub fn from_micros(whole_at_us: i64) -> Self {
        Self { whole_at_us: whole_at_us.clamp(i64::MIN / 2, i64::MAX / 2) }
    }

    /// To be stored: when everything that was used will have come back, in epoch microseconds.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.whole_at_us
    }

    /// Calls that may be made now.
    #[must_use]
    pub fn available(self, limit: CallLimit, now: Timestamp) -> u32 {
        let used_us = (self.whole_at_us - micros(now)).max(0);
        let used = -(-used_us).div_euclid(limit.interval_us());
        limit.burst.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }

    /// Takes one call, before it is made.
    ///
    /// # Errors
    ///
    /// When the next one may be made.
    pub fn take(&mut self, limit: CallLimit, now: Timestamp) -> Result<(), Timestamp> {
        let (now_us, interval_us) = (micros(now), limit.interval_us());
        let whole_at_us = self.whole_at_us.max(now_us) + interval_us;
        let earliest_us = whole_at_us - i64::from(limit.burst) * interval_us;
        if earliest_us > now_us {
            return Err(Timestamp::from_millis_clamped(-(-earliest_us).div_euclid(1000)));
        }
        self.whole_at_us = whole_at_us;
        Ok(())
    }

    /// Makes no call before `until`, as the provider has asked for.
    pub fn rest(&mut self, limit: CallLimit, until: Timestamp) {
        let used_up = micros(until) + i64::from(limit.burst - 1) * limit.interval_us();
        self.whole_at_us = self.whole_at_us.max(used_up);
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_millis() * 1000
}
