//! What the estimate is made from: readings of the device's clocks, and the stamps of one request.

use super::drift::of_ms;
use crate::limits;
use crate::time::Timestamp;

/// Milliseconds up to which a monotonic clock is believed: beyond 2^53 JavaScript cannot count them.
const LATEST_MONOTONIC_MS: u64 = 1 << 53;

/// Both clocks of the device, read at one instant and cut to whole milliseconds.
///
/// The host takes the wall clock from `Date.now()` and the monotonic one from `performance.now()`, or from `SystemTime` and
/// `Instant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What the device takes for the time. It may be off by any amount and may be stepped.
    pub wall: Timestamp,
    /// Milliseconds since an arbitrary beginning. Never stepped, but it may stand still while the machine sleeps.
    pub monotonic_ms: u64,
}

impl Reading {
    /// Makes a reading from milliseconds with fractions, as JavaScript has them. What is no number counts as 0, what is out of
    /// range as the nearest value within.
    #[must_use]
    pub fn from_millis(wall_ms: f64, monotonic_ms: f64) -> Self {
        Self {
            wall: Timestamp::from_millis_clamped(wall_ms.floor() as i64),
            monotonic_ms: monotonic_ms as u64,
        }
    }

    pub(super) fn monotonic(self) -> i64 {
        self.monotonic_ms.min(LATEST_MONOTONIC_MS) as i64
    }

    /// How far the wall clock is ahead of the monotonic one. Constant, but for drift, until one is stepped or stands still.
    pub(super) fn lead(self) -> i64 {
        self.wall.as_millis() - self.monotonic()
    }
}

/// The four stamps of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Just before the request was sent (`requestStart`): no later than it left the device.
    pub sent: Reading,
    /// When the answer began to arrive (`responseStart`): no earlier than it reached the device.
    pub received: Reading,
    /// The server's time when it received the request.
    pub server_received: Timestamp,
    /// The server's time when it sent the answer.
    pub server_sent: Timestamp,
}

/// Why a sample was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredSample {
    /// It was received before it was sent.
    NegativeRoundTrip,
    /// The server sent before it received: its clock was stepped in between, or its stamps are wrong.
    ServerWentBack,
    /// The server says that it worked for longer than the whole request took.
    ServerTooSlow,
    /// The round trip took longer than [`CLOCK_ROUND_TRIP_MS`](crate::limits::CLOCK_ROUND_TRIP_MS).
    RoundTripTooLong,
    /// The device's clock was stepped, or the machine slept, between sending and now.
    AcrossJump,
}

impl IgnoredSample {
    /// Wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NegativeRoundTrip => "negative_round_trip",
            Self::ServerWentBack => "server_went_back",
            Self::ServerTooSlow => "server_too_slow",
            Self::RoundTripTooLong => "round_trip_too_long",
            Self::AcrossJump => "across_jump",
        }
    }
}

/// What one sample proves: the server's time at its reception, between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) at: Reading,
    /// The middle of the two bounds.
    pub(super) server_ms: i64,
    /// From the middle to the bound that is further away.
    pub(super) half_ms: i64,
    pub(super) rtt_ms: i64,
}

impl Sample {
    /// Checks the stamps against one another and draws the bounds from them.
    ///
    /// With T1 … T4 the instants of sending, the server's two and of reception, the server's time at T4 is no earlier than T3 and
    /// no later than T2 + (T4 − T1). The middle of that is T4 plus NTP's offset, ((T2 − T1) + (T3 − T4)) / 2, and half of the
    /// distance NTP's round trip, (T4 − T1) − (T3 − T2), by two (RFC 5905 §8). T1 and T4 are monotonic.
    pub(super) fn prove(&self) -> Result<Proof, IgnoredSample> {
        let took = self.received.monotonic() - self.sent.monotonic();
        let server_took = self.server_sent.millis_since(self.server_received);
        if took < 0 {
            return Err(IgnoredSample::NegativeRoundTrip);
        }
        if server_took < 0 {
            return Err(IgnoredSample::ServerWentBack);
        }
        // While the request ran, the device's clock drifted; and each of the four was cut to whole milliseconds.
        let drift_ms = of_ms(took, limits::CLOCK_DRIFT_PPB);
        if server_took > took + drift_ms + 1 {
            return Err(IgnoredSample::ServerTooSlow);
        }
        let rtt_ms = (took - server_took).max(0);
        if rtt_ms > limits::CLOCK_ROUND_TRIP_MS {
            return Err(IgnoredSample::RoundTripTooLong);
        }
        // What was cut off: T2 and the reading that the estimate is asked for are up to 1 ms later than they look. The other bound,
        // T3 less the 1 ms of T4, is nearer to the middle.
        let latest = self.server_received.as_millis() + took + drift_ms + 2;
        let server_ms = self.server_sent.as_millis() + rtt_ms / 2;
        let half_ms = latest - server_ms;
        Ok(Proof { at: self.received, server_ms, half_ms, rtt_ms })
    }
}
