//! What the rows of the scheduling service say.

use client_event_scheduler::Timestamp;
use client_event_scheduler::recurrence::Coalesce;
use client_event_scheduler::service::{AttemptPolicy, OccurrenceState, Standing, coalesce_named};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::store::{StoreError, instant};

macro_rules! scheduled_columns {
    () => {
        "service_events.event_id, service_events.service, type, entity_id, service_events.state, idempotency_key, \
         request_hash, scheduled_time, scheduled_at, resource_timezone, user_timezone, execution_timezone, disambiguation, \
         payload, recurrence, missed, max_retries, retry_delay_ms, timeout_ms, reminder, planned_until, refill_at, \
         created_at, service_events.updated_at, created_by, identity"
    };
}

macro_rules! occurrence_columns {
    () => {
        "occurrence_id, service_occurrences.event_id, service_occurrences.service, due_at, service_occurrences.state, \
         reason, attempt, attempts_allowed, wake_at, service_occurrences.updated_at"
    };
}

/// Why an edit has taken an occurrence back: another edit may bring it again.
pub const RESCHEDULED: &str = "rescheduled";

/// The condition that an occurrence was taken back for that reason.
macro_rules! withdrawn {
    () => {
        "(service_occurrences.state = 'cancelled' AND coalesce(reason, '') = 'rescheduled')"
    };
}

pub(super) use {occurrence_columns, scheduled_columns, withdrawn};

/// Of how many columns a [`ScheduledRow`] is made.
pub(super) const SCHEDULED_COLUMNS: usize = 26;

/// The zones that belong to what is scheduled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones {
    /// Where it takes place.
    pub resource: Option<String>,
    /// Where the user is.
    pub user: Option<String>,
    /// By whose clocks its times are read.
    pub execution: Option<String>,
}

/// What a service has asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRow {
    /// Its id.
    pub event_id: String,
    /// Whose it is.
    pub service: String,
    /// What is to happen.
    pub kind: String,
    /// To what.
    pub entity_id: String,
    /// `active`, `finished` or `cancelled`.
    pub state: String,
    /// The key that it came with.
    pub idempotency_key: Option<String>,
    /// What distinguishes the request that it came with from another one.
    pub request_hash: String,
    /// The time as it was written.
    pub scheduled_time: String,
    /// The instant that is.
    pub scheduled_at: Timestamp,
    /// The zones that came with it.
    pub zones: Zones,
    /// How a time is read that clocks skip or show twice.
    pub disambiguation: String,
    /// What is handed over: JSON, sealed where the server has keys.
    pub payload: String,
    /// The recurrence in iCalendar's form.
    pub recurrence: Option<String>,
    /// Which missed occurrences count.
    pub missed: Coalesce,
    /// How occurrences are tried.
    pub policy: AttemptPolicy,
    /// The name of the reminder that it is.
    pub reminder: Option<String>,
    /// Up to where occurrences are planned.
    pub planned_until: Option<Timestamp>,
    /// When to plan on.
    pub refill_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// What makes it the same as another one.
    pub identity: Option<String>,
}

impl ScheduledRow {
    /// Reads the columns from place `from` on.
    pub(super) fn from_sql(row: &AnyRow, from: usize) -> Result<Self, StoreError> {
        let optional = |index: usize, what| -> Result<_, StoreError> {
            let millis: Option<i64> = row.try_get(from + index)?;
            millis.map(|millis| instant(millis, what)).transpose()
        };
        let number = |index: usize| -> Result<u32, StoreError> {
            Ok(u32::try_from(row.try_get::<i64, _>(from + index)?).unwrap_or(u32::MAX))
        };
        let missed: String = row.try_get(from + 15)?;
        Ok(Self {
            event_id: row.try_get(from)?,
            service: row.try_get(from + 1)?,
            kind: row.try_get(from + 2)?,
            entity_id: row.try_get(from + 3)?,
            state: row.try_get(from + 4)?,
            idempotency_key: row.try_get(from + 5)?,
            request_hash: row.try_get(from + 6)?,
            scheduled_time: row.try_get(from + 7)?,
            scheduled_at: instant(row.try_get(from + 8)?, "scheduled_at")?,
            zones: Zones {
                resource: row.try_get(from + 9)?,
                user: row.try_get(from + 10)?,
                execution: row.try_get(from + 11)?,
            },
            disambiguation: row.try_get(from + 12)?,
            payload: row.try_get(from + 13)?,
            recurrence: row.try_get(from + 14)?,
            missed: coalesce_named(&missed)
                .ok_or_else(|| StoreError::Damaged { what: format!("missed is {missed:?}") })?,
            policy: AttemptPolicy {
                max_retries: number(16)?,
                retry_delay_ms: number(17)?,
                timeout_ms: number(18)?,
            },
            reminder: row.try_get(from + 19)?,
            planned_until: optional(20, "planned_until")?,
            refill_at: optional(21, "refill_at")?,
            created_at: instant(row.try_get(from + 22)?, "created_at")?,
            updated_at: instant(row.try_get(from + 23)?, "updated_at")?,
            created_by: row.try_get(from + 24)?,
            identity: row.try_get(from + 25)?,
        })
    }
}

/// One time at which something is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccurrenceRow {
    /// Its id: that of its event, and its time.
    pub occurrence_id: String,
    /// Of what it is an occurrence.
    pub event_id: String,
    /// Whose it is.
    pub service: String,
    /// When.
    pub due_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Why it stands there, where that needs saying.
    pub reason: Option<String>,
    /// Since when.
    pub updated_at: Timestamp,
}

impl OccurrenceRow {
    /// Reads the columns from place `from` on.
    pub(super) fn from_sql(row: &AnyRow, from: usize) -> Result<Self, StoreError> {
        let state: String = row.try_get(from + 4)?;
        let wake_at: Option<i64> = row.try_get(from + 8)?;
        let number = |index: usize| -> Result<u32, StoreError> {
            Ok(u32::try_from(row.try_get::<i64, _>(from + index)?).unwrap_or(u32::MAX))
        };
        Ok(Self {
            occurrence_id: row.try_get(from)?,
            event_id: row.try_get(from + 1)?,
            service: row.try_get(from + 2)?,
            due_at: instant(row.try_get(from + 3)?, "due_at")?,
            standing: Standing {
                state: OccurrenceState::named(&state).ok_or_else(|| StoreError::Damaged {
                    what: format!("the state of an occurrence is {state:?}"),
                })?,
                attempt: number(6)?,
                attempts_allowed: number(7)?,
                wake_at: wake_at.map(|millis| instant(millis, "wake_at")).transpose()?,
            },
            reason: row.try_get(from + 5)?,
            updated_at: instant(row.try_get(from + 9)?, "updated_at")?,
        })
    }
}
