//! Decisions about staying in step with a back end.

mod polling;

pub use polling::{NearPolling, Poll, PollTable};

use crate::delivery::backoff_ms;

/// The longest wait before the first retry, in milliseconds; it doubles with every further attempt.
const FIRST_RETRY_MS: u32 = 500;

/// The longest wait before any retry, in milliseconds.
const LONGEST_RETRY_MS: u32 = 60_000;

/// Milliseconds to wait before repeating a request that has failed `attempt` times (from 1); see [`backoff_ms`].
///
/// # Example
/// ```
/// use client_event_scheduler::sync::retry_delay_ms;
///
/// assert_eq!(retry_delay_ms(1, 0.5), 250);
/// assert_eq!(retry_delay_ms(4, 0.5), 2_000);
/// assert!(retry_delay_ms(u32::MAX, 0.999) < 60_000);
/// ```
pub fn retry_delay_ms(attempt: u32, random: f64) -> u32 {
    backoff_ms(attempt, FIRST_RETRY_MS, LONGEST_RETRY_MS, random)
}
