//! What a service wants changed of an event, read and checked against what the event is.

use client_event_scheduler::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::request::{Draft, Wanted, check_future, payload_text};
use super::rule::stored_rule;
use crate::problem::ApiError;
use crate::store::{ScheduledRow, Zones};

/// What is changed. What is absent or `null` stays; only of `recurrence` and of the zones, `null` means none.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleBody {
    /// Another time: one to come.
    pub scheduled_time: Option<String>,
    /// Other zones. A time that was written without offset is read anew by the clocks of another `execution_timezone`.
    pub timezone_context: Option<TimezoneChange>,
    /// Another payload.
    #[schema(value_type = Option<serde_json::Value>)]
    pub payload: Option<Box<RawValue>>,
    /// Another recurrence; `null` for none: what has begun goes on, and of what waits only `scheduled_time` stays, if that is to come.
    #[serde(default, deserialize_with = "present_rule")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub recurrence: Option<Option<Box<RawValue>>>,
    /// See scheduling.
    pub max_retries: Option<u64>,
    /// See scheduling.
    pub retry_delay_seconds: Option<u64>,
    /// See scheduling.
    pub timeout_seconds: Option<u64>,
    /// See scheduling.
    pub missed: Option<String>,
    /// See scheduling.
    pub disambiguation: Option<String>,
}

/// Which zones are changed; what is absent stays, and `null` is none.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimezoneChange {
    /// Where it takes place; handed on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub resource_timezone: Option<Option<String>>,
    /// Where the user is; handed on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub user_timezone: Option<Option<String>>,
    /// By whose clocks `scheduled_time` and the recurrence are read.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub execution_timezone: Option<Option<String>>,
}

/// Tells `null` from what is absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Tells `null` from what is absent.
fn present_rule<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Box<RawValue>>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(Some((raw.get() != "null").then_some(raw)))
}

impl TimezoneChange {
    fn applied_to(&self, zones: &Zones) -> Zones {
        let changed = |change: &Option<Option<String>>, present: &Option<String>| {
            change.clone().unwrap_or_else(|| present.clone())
        };
        Zones {
            resource: changed(&self.resource_timezone, &zones.resource),
            user: changed(&self.user_timezone, &zones.user),
            execution: changed(&self.execution_timezone, &zones.execution),
        }
    }
}

impl RescheduleBody {
    /// What the event is to be after the change; its payload is empty where that stays.
    pub(super) fn wanted(&self, row: &ScheduledRow, now: Timestamp) -> Result<Wanted, ApiError> {
        let mut problems = Vec::new();
        let stored;
        let recurrence = match &self.recurrence {
            Some(given) => given.as_deref().map(RawValue::get),
            None => {
                stored = row.recurrence.as_deref().map(|text| stored_rule(text, row)).transpose()?;
                stored.as_deref()
            }
        };
        let scheduled_time = self.scheduled_time.as_ref().unwrap_or(&row.scheduled_time);
        let draft = Draft {
            scheduled_time,
            zones: match &self.timezone_context {
                Some(change) => change.applied_to(&row.zones),
                None => row.zones.clone(),
            },
            disambiguation: Some(self.disambiguation.as_deref().unwrap_or(&row.disambiguation)),
            recurrence,
            missed: self.missed.as_deref(),
            policy: row.policy.with(self.max_retries, self.retry_delay_seconds, self.timeout_seconds),
        };
        let plan = draft.read(&mut problems);
        if let Some(plan) = &plan
            && plan.time.instant != row.scheduled_at
            // A recurrence may have begun long ago by the clocks of any zone.
            && (self.scheduled_time.is_some() || plan.recurrence.is_none())
        {
            problems.extend(check_future(plan.time.instant, now).err());
        }
        match plan {
            Some(plan) if problems.is_empty() => Ok(Wanted {
                kind: row.kind.clone(),
                entity_id: row.entity_id.clone(),
                scheduled_time: scheduled_time.clone(),
                time: plan.time,
                zones: plan.zones,
                disambiguation: plan.disambiguation,
                payload: match &self.payload {
                    Some(raw) => payload_text(Some(raw))?,
                    None => String::new(),
                },
                recurrence: plan.recurrence,
                missed: if self.missed.is_some() { plan.missed } else { row.missed },
                policy: plan.policy,
                idempotency_key: row.idempotency_key.clone(),
            }),
            _ => Err(ApiError::InvalidInput(problems)),
        }
    }
}
