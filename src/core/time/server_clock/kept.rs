//! A sample that is kept, and what has happened to the device's clocks since.

use super::drift::{DriftRange, of_ms};
use super::sample::{Proof, Reading};
use crate::limits;

/// A wall clock that ran away from the monotonic one between two readings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leap {
    /// How far the wall clock came ahead; negative where it fell behind.
    pub(super) by_ms: i64,
    /// The monotonic time between the two readings.
    pub(super) gap_ms: i64,
    /// Whether the machine is taken to have slept.
    pub(super) slept: bool,
}

/// A sample, and the leaps since its reception.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) proof: Proof,
    /// Sum of all leaps.
    leapt_ms: i64,
    /// The longest that the machine can have slept: the sum of the leaps forward, with what drift makes of them.
    pub(super) asleep_at_most_ms: i64,
    /// How long it is taken to have slept.
    asleep_ms: i64,
}

/// The server's time, and how far off it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded {
    pub(super) server_ms: i64,
    pub(super) error_ms: i64,
}

impl Kept {
    pub(super) fn new(proof: Proof) -> Self {
        Self { proof, leapt_ms: 0, asleep_at_most_ms: 0, asleep_ms: 0 }
    }

    pub(super) fn leap(&mut self, leap: Leap) {
        self.leapt_ms = self.leapt_ms.saturating_add(leap.by_ms);
        if leap.by_ms > 0 {
            // Asleep, the wall clock alone tells how long; it has a drift of its own, and the readings were cut.
            let gap = of_ms(leap.gap_ms, 2 * limits::CLOCK_DRIFT_PPB) + 2;
            self.asleep_at_most_ms = self.asleep_at_most_ms.saturating_add(leap.by_ms + gap);
        }
        if leap.slept {
            self.asleep_ms = self.asleep_ms.saturating_add(leap.by_ms);
        }
    }

    /// Milliseconds from the sample to `reading`, by the monotonic clock.
    pub(super) fn running_ms(&self, reading: Reading) -> i64 {
        reading.monotonic() - self.proof.at.monotonic()
    }

    /// Milliseconds from the sample to `reading`, with the sleep that is taken to have been.
    pub(super) fn age_ms(&self, reading: Reading) -> i64 {
        self.running_ms(reading).saturating_add(self.asleep_ms)
    }

    /// The server's time at `reading` if the machine never slept.
    pub(super) fn awake(&self, reading: Reading, drift: DriftRange) -> Bounded {
        let running_ms = self.running_ms(reading);
        let server_ms = self.proof.server_ms + running_ms + of_ms(running_ms, drift.middle_ppb);
        let rounding_ms = i64::from(drift.middle_ppb != 0);
        let error_ms = self.proof.half_ms + of_ms(running_ms, drift.half_ppb).abs() + rounding_ms;
        Bounded { server_ms, error_ms }
    }

    /// The server's time at `reading`, however long the machine slept.
    pub(super) fn estimate(&self, reading: Reading, drift: DriftRange) -> Bounded {
        let awake = self.awake(reading, drift);
        // A wall clock that came ahead little by little may have been adjusted, or the machine dozed.
        let crept_ms = (reading.lead() - self.proof.at.lead()).saturating_sub(self.leapt_ms).max(0);
        let at_most_ms = self.asleep_at_most_ms.saturating_add(crept_ms);
        let sleep_error_ms = self.asleep_ms.max(at_most_ms.saturating_sub(self.asleep_ms));
        let sleep_drift_ms = of_ms(self.asleep_at_most_ms, limits::CLOCK_DRIFT_PPB);
        Bounded {
            server_ms: awake.server_ms.saturating_add(self.asleep_ms),
            error_ms: awake.error_ms.saturating_add(sleep_error_ms).saturating_add(sleep_drift_ms),
        }
    }
}
