//! How often, how patiently and for how long an occurrence is tried.

use crate::error::{Problem, ProblemCode};
use crate::limits;

/// How an occurrence is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// Attempts after the first one.
    pub max_retries: u32,
    /// Milliseconds before the second attempt; each further one waits twice as long.
    pub retry_delay_ms: u32,
    /// Milliseconds in which an attempt has to be acknowledged.
    pub timeout_ms: u32,
}

impl Default for AttemptPolicy {
    fn default() -> Self {
        Self { max_retries: 3, retry_delay_ms: 60_000, timeout_ms: 300_000 }
    }
}

impl AttemptPolicy {
    /// Makes a policy of what somebody has written, in seconds; what is absent is as in `self`.
    ///
    /// # Errors
    ///
    /// Every value that lies outside its range.
    pub fn with(
        self,
        max_retries: Option<u64>,
        retry_delay_seconds: Option<u64>,
        timeout_seconds: Option<u64>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read = |field, value: Option<u64>, least: u64, most: u32, otherwise: u32| {
            let Some(value) = value else { return otherwise };
            match u32::try_from(value) {
                Ok(value) if u64::from(value) >= least && value <= most => value,
                _ => {
                    let message = format!("is {value}: write {least} to {most}");
                    problems.push(Problem::new(field, ProblemCode::SettingInvalid, message));
                    otherwise
                }
            }
        };
        let longest = limits::MAX_RETRY_MS / 1000;
        let policy = Self {
            max_retries: read("max_retries", max_retries, 0, limits::MAX_ATTEMPTS - 1, self.max_retries),
            retry_delay_ms: 1000
                * read("retry_delay_seconds", retry_delay_seconds, 1, longest, self.retry_delay_ms / 1000),
            timeout_ms: 1000 * read("timeout_seconds", timeout_seconds, 1, longest, self.timeout_ms / 1000),
        };
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    /// Milliseconds to wait after `attempt` (from 1) has failed: the delay, doubled with every further attempt, at most
    /// [`MAX_RETRY_MS`](limits::MAX_RETRY_MS), and up to a tenth more, so that those who failed together do not come back together.
    ///
    /// `random` is uniform in `[0, 1)`; a value outside is taken as the nearest bound, NaN as 0.
    #[must_use]
    pub fn delay_ms(&self, attempt: u32, random: f64) -> u32 {
        let doublings = attempt.saturating_sub(1).min(31);
        let delay = (u64::from(self.retry_delay_ms) << doublings).min(u64::from(limits::MAX_RETRY_MS));
        let random = if random.is_nan() { 0.0 } else { random.clamp(0.0, 1.0) };
        (delay as f64 * (1.0 + random / 10.0)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_has_an_end_and_is_never_shorter_than_promised() {
        let policy = AttemptPolicy::default();
        assert_eq!([1, 2, 3].map(|attempt| policy.delay_ms(attempt, 0.0)), [60_000, 120_000, 240_000]);
        assert_eq!(policy.delay_ms(1, 0.5), 63_000);
        assert_eq!(policy.delay_ms(u32::MAX, 0.0), limits::MAX_RETRY_MS);
        assert_eq!(policy.delay_ms(1, f64::NAN), 60_000);
    }

    #[test]
    fn every_value_outside_its_range_is_named() {
        let problems =
            AttemptPolicy::default().with(Some(100), Some(0), Some(u64::MAX)).expect_err("problems");
        let fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["max_retries", "retry_delay_seconds", "timeout_seconds"]);
        let policy = AttemptPolicy::default().with(Some(0), None, Some(5)).expect("a policy");
        assert_eq!(policy, AttemptPolicy { max_retries: 0, retry_delay_ms: 60_000, timeout_ms: 5_000 });
    }
}
