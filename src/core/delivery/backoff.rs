//! Waiting before another try.

/// Milliseconds to wait after `attempt` (from 1) has failed: `random · min(base_ms · 2^(attempt - 1), max_ms)`, exponential
/// back-off with full jitter, so that those who failed together do not come back together.
///
/// `random` is uniform in `[0, 1)`; the core has no randomness of its own. A value outside is taken as the nearest bound, NaN as 1.
///
/// # Example
/// ```
/// use client_event_scheduler::delivery::backoff_ms;
///
/// assert_eq!(backoff_ms(1, 1_000, 300_000, 0.5), 500);
/// assert_eq!(backoff_ms(4, 1_000, 300_000, 0.5), 4_000);
/// assert!(backoff_ms(u32::MAX, 1_000, 300_000, 0.999) < 300_000);
/// ```
pub fn backoff_ms(attempt: u32, base_ms: u32, max_ms: u32, random: f64) -> u32 {
    let doublings = attempt.saturating_sub(1).min(31);
    let longest = (u64::from(base_ms) << doublings).min(u64::from(max_ms));
    let random = if random.is_nan() { 1.0 } else { random.clamp(0.0, 1.0) };
    (longest as f64 * random) as u32
}
