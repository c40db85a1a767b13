//! The server's time, estimated from requests that carry two of its stamps.

mod drift;
mod health;
mod kept;
mod sample;

pub use self::health::{
    ClockHealth, ClockJump, ClockSource, JumpCause, Observation, ResyncReason, ServerNow,
};
pub use self::sample::{IgnoredSample, Reading, Sample};

use self::drift::{Drift, of_ms};
use self::kept::{Bounded, Kept, Leap};
use self::sample::Proof;
use crate::limits;
use crate::time::Timestamp;

/// The server's time, estimated from requests that carry two of its stamps. It has no clock: each reading is given to it. Equal
/// readings and samples give equal estimates, and no reading makes it panic.
///
/// Each sample proves bounds for the server's time at one instant (see [`Sample`]). From there the monotonic clock counts on, and
/// the bounds widen by what a clock may drift. Of the last samples the one with the narrowest bounds *now* is the estimate: at first
/// the one with the shortest round trip, as in NTP's clock filter (RFC 5905 §10), until its age has eaten up its advantage.
///
/// The wall clock is the witness. Where it runs away from the monotonic one between two readings, it was stepped, or the machine
/// slept while the monotonic clock stood still. **Backwards** it was stepped: the estimate goes on undisturbed. **Forwards** nobody
/// can tell at that moment. The estimate then follows the wall clock, as after a sleep, unless that clock was wrong and the leap
/// makes it right, which is what a correction does; either way the error covers both, another sample is wanted, and that one
/// decides. A sleep and a step between the same two readings are beyond it: read the clocks at every tick.
///
/// Nothing is slewed: a better estimate counts at once. A scheduler compares instants, it does not measure intervals, and what has
/// fired does not fire again when time steps back; a smoothed clock would only be wrong for longer.
///
/// # Example
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::time::{ClockSource, Reading, Sample, ServerClock};
///
/// // The device is 5 minutes slow.
/// let reading = |ms: u64| Reading {
///     wall: Timestamp::from_millis_clamped(1_780_000_000_000 + ms as i64),
///     monotonic_ms: ms,
/// };
/// let server = |ms: i64| Timestamp::from_millis_clamped(1_780_000_300_000 + ms);
/// let mut clock = ServerClock::default();
/// assert_eq!(clock.now(reading(0)).source, ClockSource::Device);
///
/// clock.observe(Sample {
///     sent: reading(100),
///     server_received: server(115),
///     server_sent: server(116),
///     received: reading(131),
/// });
/// let now = clock.now(reading(1_000));
/// assert_eq!((now.wall, now.error_ms), (server(1_000), Some(19)));
/// assert!(clock.health().device_clock_wrong);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ServerClock {
    kept: Vec<Kept>,
    drift: Drift,
    last: Option<Reading>,
    last_jump: Option<ClockJump>,
    /// The newest sample, and whether the clocks have leapt since.
    newest: Option<Kept>,
    leapt: bool,
}

impl ServerClock {
    /// The server's time at `reading`; the device's own where there is no sample. O(samples kept), allocates nothing.
    ///
    /// Call it at least once a tick: leaps of the wall clock are seen between two calls.
    pub fn now(&mut self, reading: Reading) -> ServerNow {
        self.advance(reading);
        self.at(reading)
    }

    /// Takes a sample, and tells whether it is used.
    ///
    /// Samples may come late and out of order. One that contradicts older ones — their bounds have no instant in common —
    /// displaces them: the server's clock was set, or the device's did what is not expected of a clock.
    pub fn observe(&mut self, sample: Sample) -> Observation {
        match self.take(sample) {
            Ok(Accepted { proof, displaced }) => Observation::Accepted {
                rtt_ms: proof.rtt_ms.unsigned_abs(),
                chosen: self.best(proof.at).is_some_and(|(best, _)| best.proof == proof),
                displaced,
            },
            Err(why) => Observation::Ignored(why),
        }
    }

    /// Why another sample is wanted, if one is: until it is there, ask again after the usual back-off.
    #[must_use]
    pub fn resync_wanted(&self) -> Option<ResyncReason> {
        let (Some(newest), Some(last)) = (self.newest, self.last) else {
            return Some(ResyncReason::NoSample);
        };
        if self.leapt {
            Some(ResyncReason::Jump)
        } else if newest.age_ms(last) >= limits::CLOCK_RESYNC_AGE_MS {
            Some(ResyncReason::Age)
        } else {
            let good = |kept: &Kept| kept.proof.half_ms.unsigned_abs() <= limits::CLOCK_GOOD_ERROR_MS;
            let few = self.kept.len() < limits::CLOCK_FIRST_SAMPLES;
            (few && !self.kept.iter().any(good)).then_some(ResyncReason::Imprecise)
        }
    }

    /// What is known about both clocks, as of the last reading.
    #[must_use]
    pub fn health(&self) -> ClockHealth {
        let Some((last, (best, bounded))) = self.last.and_then(|last| Some((last, self.best(last)?))) else {
            return ClockHealth { last_jump: self.last_jump, ..ClockHealth::WITHOUT_SAMPLES };
        };
        let offset_ms = bounded.server_ms.saturating_sub(last.wall.as_millis());
        let error_ms = bounded.error_ms.unsigned_abs();
        ClockHealth {
            source: ClockSource::Server,
            device_clock_wrong: offset_ms.unsigned_abs().saturating_sub(error_ms)
                > limits::DEVICE_CLOCK_WRONG_MS,
            offset_ms: Some(offset_ms),
            error_ms: Some(error_ms),
            rtt_ms: Some(best.proof.rtt_ms.unsigned_abs()),
            age_ms: Some(best.age_ms(last).max(0).unsigned_abs()),
            samples: self.kept.len(),
            drift_ppm: self.drift.narrowed().map(|range| (range.middle_ppb / 1_000) as i32),
            last_jump: self.last_jump,
            resync_wanted: self.resync_wanted(),
        }
    }

    fn at(&self, reading: Reading) -> ServerNow {
        match self.best(reading) {
            None => ServerNow { wall: reading.wall, error_ms: None, source: ClockSource::Device },
            Some((_, Bounded { server_ms, error_ms })) => ServerNow {
                wall: Timestamp::from_millis_clamped(server_ms),
                error_ms: Some(error_ms.unsigned_abs()),
                source: ClockSource::Server,
            },
        }
    }

    /// The sample with the narrowest bounds at `reading`; the newest of equal ones.
    fn best(&self, reading: Reading) -> Option<(&Kept, Bounded)> {
        let drift = self.drift.range();
        let bounded = self.kept.iter().rev().map(|kept| (kept, kept.estimate(reading, drift)));
        bounded.min_by_key(|(_, bounded)| bounded.error_ms)
    }

    /// Looks for a leap of the wall clock since the last reading.
    fn advance(&mut self, reading: Reading) {
        let Some(last) = self.last else {
            self.last = Some(reading);
            return;
        };
        let gap_ms = reading.monotonic() - last.monotonic();
        if gap_ms < -limits::CLOCK_LATE_READING_MS {
            // Another monotonic clock: nothing that was anchored to the old one can be used.
            *self = Self { last: Some(reading), ..Self::default() };
        } else if gap_ms >= 0 {
            let by_ms = reading.lead() - last.lead();
            if by_ms.abs() > limits::CLOCK_JUMP_MS {
                self.leap(Leap { by_ms, gap_ms, slept: self.has_slept(last, by_ms) }, reading);
            }
            self.last = Some(reading);
        }
    }

    fn leap(&mut self, leap: Leap, reading: Reading) {
        for kept in self.kept.iter_mut().chain(&mut self.newest) {
            kept.leap(leap);
        }
        self.leapt = true;
        let backwards = leap.by_ms < 0;
        if !backwards {
            self.drift.forget_baseline();
        }
        let cause = if leap.slept { JumpCause::Slept } else { JumpCause::Stepped };
        let at = self.at(reading).wall;
        self.last_jump = Some(ClockJump { at, by_ms: leap.by_ms, cause, certain: backwards });
    }

    /// Whether a leap is taken for a sleep: one forwards is, unless it has put a wrong wall clock right.
    fn has_slept(&self, before: Reading, by_ms: i64) -> bool {
        let put_right = self.best(before).is_some_and(|(_, bounded)| {
            let wrong_by_ms = bounded.server_ms.saturating_sub(before.wall.as_millis());
            let doubt_ms = bounded.error_ms.saturating_add(limits::CLOCK_JUMP_MS);
            wrong_by_ms.abs() > doubt_ms && wrong_by_ms.saturating_sub(by_ms).abs() <= doubt_ms
        });
        by_ms > 0 && !put_right
    }

    fn take(&mut self, sample: Sample) -> Result<Accepted, IgnoredSample> {
        let proof = sample.prove()?;
        if self.last.is_none_or(|last| proof.at.monotonic() > last.monotonic()) {
            self.advance(proof.at);
        }
        let since = [Some(sample.sent), self.last];
        if since
            .into_iter()
            .flatten()
            .any(|other| (other.lead() - proof.at.lead()).abs() > limits::CLOCK_JUMP_MS)
        {
            return Err(IgnoredSample::AcrossJump);
        }
        self.explain_jump(&proof);
        let displaced = self.displace(&proof);
        self.drift.learn(proof);
        let kept = Kept::new(proof);
        self.kept.push(kept);
        if self.kept.len() > limits::CLOCK_SAMPLES {
            self.drop_widest(proof.at);
        }
        self.newest = Some(kept);
        self.leapt = false;
        Ok(Accepted { proof, displaced })
    }

    /// Decides from a new sample whether the machine slept or the wall clock was stepped: the time that has passed is known now.
    fn explain_jump(&mut self, proof: &Proof) {
        let drift = self.drift.range();
        let Some(jump) = self.last_jump.as_mut().filter(|jump| !jump.certain) else { return };
        let before = self.kept.iter().filter(|kept| kept.asleep_at_most_ms > 0);
        let before = before.map(|kept| (kept.asleep_at_most_ms, kept.awake(proof.at, drift)));
        let Some((longest_ms, awake)) =
            before.min_by_key(|(longest_ms, awake)| (*longest_ms, awake.error_ms))
        else {
            return;
        };
        let slept_ms = proof.server_ms.saturating_sub(awake.server_ms);
        let doubt_ms = awake.error_ms + proof.half_ms + of_ms(longest_ms, limits::CLOCK_DRIFT_PPB);
        let fits = |expected_ms: i64| slept_ms.saturating_sub(expected_ms).abs() <= doubt_ms;
        if fits(longest_ms) != fits(0) {
            jump.cause = if fits(0) { JumpCause::Stepped } else { JumpCause::Slept };
            jump.certain = true;
        }
    }

    /// Drops the samples that contradict a new one, and returns how many.
    fn displace(&mut self, proof: &Proof) -> usize {
        let drift = self.drift.range();
        let before = self.kept.len();
        self.kept.retain(|kept| {
            let Bounded { server_ms, error_ms } = kept.estimate(proof.at, drift);
            server_ms.saturating_sub(proof.server_ms).abs() <= error_ms.saturating_add(proof.half_ms)
        });
        let displaced = before - self.kept.len();
        if displaced > 0 {
            self.drift = Drift::default();
        }
        displaced
    }

    fn drop_widest(&mut self, reading: Reading) {
        let drift = self.drift.range();
        let errors = self.kept.iter().map(|kept| kept.estimate(reading, drift).error_ms);
        // Of equal ones the oldest.
        if let Some((widest, _)) = errors.enumerate().rev().max_by_key(|(_, error_ms)| *error_ms) {
            self.kept.remove(widest);
        }
    }
}

struct Accepted {
    proof: Proof,
    displaced: usize,
}
