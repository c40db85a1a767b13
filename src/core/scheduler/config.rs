//! The settings of a scheduler.

use super::io::KindSet;
use crate::delivery::RetryPolicy;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::limits;
use crate::recovery::RecoveryPolicy;
use crate::sync::PollTable;
use crate::time::{Disambiguation, ZoneProvider};

/// How precisely triggers fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// At their due time: the host is asked to come back just then.
    #[default]
    Exact,
    /// At the first tick after it.
    Tick,
}

/// The settings of a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// IANA zone for naive dates of events that name none; without it such a date is an error.
    pub default_time_zone: Option<String>,
    /// What a skipped or repeated local time means.
    pub disambiguation: Disambiguation,
    /// Milliseconds between two ticks, 1 000 to 60 000.
    pub tick_ms: u32,
    /// How precisely triggers fire.
    pub precision: Precision,
    /// How far in the past, in milliseconds, an edit may place a trigger that is to fire all the same; 0 turns that off.
    pub backdate_grace_ms: u32,
    /// Events tracked at most, up to a million.
    pub max_events: u32,
    /// How missed triggers are treated.
    pub recovery: RecoveryPolicy,
    /// When failed deliveries are tried again.
    pub retry: RetryPolicy,
    /// How often a back end without a stream is asked.
    pub polling: PollTable,
    /// Kinds that have handlers, at the start; see [`Input::SetHandled`](super::Input::SetHandled).
    pub handled: KindSet,
    /// Whether deliveries are handed out here, at the start; see [`Input::SetActing`](super::Input::SetActing).
    pub acting: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_time_zone: None,
            disambiguation: Disambiguation::Compatible,
            tick_ms: 10_000,
            precision: Precision::Exact,
            backdate_grace_ms: 5 * 60_000,
            max_events: limits::DEFAULT_MAX_EVENTS,
            recovery: RecoveryPolicy::default(),
            retry: RetryPolicy::default(),
            polling: PollTable::default(),
            handled: KindSet::NONE,
            acting: true,
        }
    }
}

impl Config {
    /// Checks every setting.
    pub(crate) fn check(&self, zones: &dyn ZoneProvider) -> Result<(), InvalidInput> {
        let mut problems = Vec::new();
        if let Some(name) = &self.default_time_zone
            && zones.zone(name).is_none()
        {
            problems.push(Problem { field: "default_time_zone", ..crate::event::zone_unknown(name, zones) });
        }
        let mut within = |field, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                let message = format!("is {value}: choose a value from {least} to {most}");
                problems.push(Problem::new(field, ProblemCode::SettingInvalid, message));
            }
        };
        within("tick_ms", self.tick_ms, *limits::TICK_MS.start(), *limits::TICK_MS.end());
        within("backdate_grace_ms", self.backdate_grace_ms, 0, limits::MAX_BACKDATE_GRACE_MS);
        within("max_events", self.max_events, 1, limits::CONFIGURABLE_MAX_EVENTS);
        within("max_downtime_hours", self.recovery.max_downtime_hours, 0, limits::MAX_DOWNTIME_HOURS);
        within("recovery_delay_ms", self.recovery.delay_ms, 0, limits::MAX_RECOVERY_DELAY_MS);
        within("max_attempts", self.retry.max_attempts, 1, limits::MAX_ATTEMPTS);
        within("retry_base_ms", self.retry.base_ms, 0, limits::MAX_RETRY_MS);
        within("retry_max_ms", self.retry.max_ms, 0, limits::MAX_RETRY_MS);
        within("answer_timeout_ms", self.retry.answer_timeout_ms, 1, limits::MAX_RETRY_MS);
        if !self.polling.is_valid() {
            let message = "is not a table of polling: choose intervals from 1 second to 7 days, up to 8 rows, and at most 31 days before and after a start";
            problems.push(Problem::new("polling", ProblemCode::SettingInvalid, message));
        }
        if problems.is_empty() { Ok(()) } else { Err(InvalidInput { event_id: None, problems }) }
    }
}
