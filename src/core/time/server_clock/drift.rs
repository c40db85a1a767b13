//! How much faster or slower than the server's clock the device's monotonic clock runs.

use super::sample::Proof;
use crate::limits;

const PPB: i64 = 1_000_000_000;

/// What `ppb` parts in 10^9 of `ms` milliseconds are, rounded away from zero.
pub(super) fn of_ms(ms: i64, ppb: i64) -> i64 {
    let product = ms.saturating_mul(ppb);
    let towards_zero = product / PPB;
    towards_zero + if product % PPB == 0 { 0 } else { product.signum() }
}

/// Between which two rates the server's time runs, against the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct DriftRange {
    pub(super) middle_ppb: i64,
    pub(super) half_ppb: i64,
}

impl DriftRange {
    const ASSUMED: Self = Self { middle_ppb: 0, half_ppb: limits::CLOCK_DRIFT_PPB };
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    ppb: i64,
    error_ppb: i64,
}

/// Measures the drift between samples that are far apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Drift {
    baseline: Option<Proof>,
    measured: Option<Measured>,
}

impl Drift {
    /// Learns from a sample, compared with the baseline.
    pub(super) fn learn(&mut self, sample: Proof) {
        let Some(baseline) = self.baseline else {
            self.baseline = Some(sample);
            return;
        };
        let span_ms = sample.at.monotonic() - baseline.at.monotonic();
        if span_ms < limits::CLOCK_DRIFT_SPAN_MS {
            if sample.half_ms < baseline.half_ms {
                self.baseline = Some(sample);
            }
            return;
        }
        let gained_ms = sample.server_ms - baseline.server_ms - span_ms;
        let measured = Measured {
            ppb: gained_ms.saturating_mul(PPB) / span_ms,
            error_ppb: (baseline.half_ms + sample.half_ms).saturating_mul(PPB) / span_ms + 1,
        };
        let good_enough =
            self.measured.map_or(i64::MAX, |known| known.error_ppb).max(limits::CLOCK_WANDER_PPB);
        if measured.error_ppb <= good_enough {
            self.measured = Some(measured);
        }
        if span_ms > limits::CLOCK_DRIFT_BASELINE_MS {
            self.baseline = Some(sample);
        }
    }

    /// The machine may have slept: what comes now cannot be compared with what was before.
    pub(super) fn forget_baseline(&mut self) {
        self.baseline = None;
    }

    /// The rates that are possible.
    pub(super) fn range(&self) -> DriftRange {
        self.narrowed().unwrap_or(DriftRange::ASSUMED)
    }

    /// What is assumed of any clock, narrowed by what was measured. A measurement that is not larger than its own error tells
    /// nothing, and one outside of the assumption is not drift, but a server whose clock was set.
    pub(super) fn narrowed(&self) -> Option<DriftRange> {
        let Measured { ppb, error_ppb } = self.measured.filter(|it| it.ppb.abs() > it.error_ppb)?;
        let around = error_ppb.saturating_add(limits::CLOCK_WANDER_PPB);
        let low = ppb.saturating_sub(around).max(-limits::CLOCK_DRIFT_PPB);
        let high = ppb.saturating_add(around).min(limits::CLOCK_DRIFT_PPB);
        let middle_ppb = low + (high - low) / 2;
        (low <= high).then_some(DriftRange { middle_ppb, half_ppb: high - middle_ppb })
    }
}
