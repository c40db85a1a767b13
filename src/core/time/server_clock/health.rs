//! What the clock says: the time, what became of a sample, and its health.

use crate::time::Timestamp;

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    /// The device's own: there is no sample.
    Device,
    /// The server's, as estimated.
    Server,
}

impl ClockSource {
    /// Wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Server => "server",
        }
    }
}

/// The server's time at a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerNow {
    /// The estimate, within the years 1 to 9999.
    pub wall: Timestamp,
    /// The server's time lies within `wall ± error_ms` milliseconds, as long as the device's clocks drift by no more than 100 ppm.
    /// `None` where nobody knows: the time is the device's.
    pub error_ms: Option<u64>,
    /// Whose time it is.
    pub source: ClockSource,
}

impl ServerNow {
    /// The error in milliseconds for those who need a number: `u32::MAX` where it is not known, or larger than that.
    #[must_use]
    pub fn error_or_max_ms(self) -> u32 {
        self.error_ms.and_then(|error_ms| u32::try_from(error_ms).ok()).unwrap_or(u32::MAX)
    }
}

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// It is used.
    Accepted {
        /// Its round trip in milliseconds, without the time that the server took.
        rtt_ms: u64,
        /// Whether the estimate rests on it from now on.
        chosen: bool,
        /// How many older samples it contradicted; they are dropped.
        displaced: usize,
    },
    /// It is not used.
    Ignored(super::IgnoredSample),
}

/// Why another sample is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResyncReason {
    /// There is none.
    NoSample,
    /// The wall clock was stepped or the machine slept after the newest one.
    Jump,
    /// The newest one is older than [`CLOCK_RESYNC_AGE_MS`](crate::limits::CLOCK_RESYNC_AGE_MS).
    Age,
    /// There are few, and none is good: fewer than [`CLOCK_FIRST_SAMPLES`](crate::limits::CLOCK_FIRST_SAMPLES), and the error is more
    /// than [`CLOCK_GOOD_ERROR_MS`](crate::limits::CLOCK_GOOD_ERROR_MS).
    Imprecise,
}

impl ResyncReason {
    /// Wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSample => "no_sample",
            Self::Jump => "jump",
            Self::Age => "age",
            Self::Imprecise => "imprecise",
        }
    }
}

/// What made the wall clock run away from the monotonic one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JumpCause {
    /// The machine slept and the monotonic clock stood still.
    Slept,
    /// Somebody, or a time service, set the wall clock.
    Stepped,
}

impl JumpCause {
    /// Wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slept => "slept",
            Self::Stepped => "stepped",
        }
    }
}

/// A leap of the wall clock against the monotonic one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockJump {
    /// When it was seen, by the estimate of that moment.
    pub at: Timestamp,
    /// How far the wall clock came ahead, in milliseconds; negative where it fell behind.
    pub by_ms: i64,
    /// What the estimate takes it for.
    pub cause: JumpCause,
    /// Whether that is certain: a leap backwards is a step, one forwards is explained by the next sample.
    pub certain: bool,
}

/// What is known about both clocks, as of the last reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockHealth {
    /// Whose time counts. `Device`: there is no sample, and nothing is known about the error.
    pub source: ClockSource,
    /// Whether the device's clock is wrong by more than a minute beyond all doubt.
    pub device_clock_wrong: bool,
    /// How far the server's time is ahead of the device's wall clock, in milliseconds.
    pub offset_ms: Option<i64>,
    /// The bound of the estimate's error, in milliseconds.
    pub error_ms: Option<u64>,
    /// The round trip of the sample that the estimate rests on, in milliseconds.
    pub rtt_ms: Option<u64>,
    /// That sample's age in milliseconds.
    pub age_ms: Option<u64>,
    /// Samples kept.
    pub samples: usize,
    /// By how many parts in 10^6 the server's time is taken to run faster than the device's monotonic clock, where that could be
    /// measured.
    pub drift_ppm: Option<i32>,
    /// The last leap of the wall clock.
    pub last_jump: Option<ClockJump>,
    /// Why another sample is wanted.
    pub resync_wanted: Option<ResyncReason>,
}

impl ClockHealth {
    pub(super) const WITHOUT_SAMPLES: Self = Self {
        source: ClockSource::Device,
        device_clock_wrong: false,
        offset_ms: None,
        error_ms: None,
        rtt_ms: None,
        age_ms: None,
        samples: 0,
        drift_ppm: None,
        last_jump: None,
        resync_wanted: Some(ResyncReason::NoSample),
    };
}
