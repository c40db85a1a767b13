//! Reminders of something with a beginning and an end, as one set: a new set replaces the one before in one transaction.

use client_event_scheduler::service::{
    APPOINTMENT, Anchor, AttemptPolicy, OffsetReading, ScheduledTime, TimeReading, reminder_time,
};
use client_event_scheduler::time::{Disambiguation, Zone, ZoneProvider, ZoneTable};
use client_event_scheduler::{ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::limits::{BACKDATE_GRACE_MS, NAME_CHARS, PAYLOAD_BYTES, REMINDERS};
use super::request::{EXECUTION_ZONE, TimezoneContext, Wanted, check_name};
use super::schedule::{Draft, Scheduled, Written};
use super::{SchedulingService, ServiceError, acting_service};
use crate::access::Caller;
use crate::problem::{ApiError, FieldProblem};
use crate::store::{ScheduledFilter, Zones};

/// The furthest that a reminder may be from what it reminds of: a year.
const FURTHEST_MINUTES: i64 = 366 * 24 * 60;

/// The reminders of one entity.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemindersBody {
    /// Whose they are; a person has to name it.
    pub service_id: Option<String>,
    /// What is to happen, such as `appointment.reminder`.
    pub r#type: String,
    /// Of what they remind. Its reminders of the same type are replaced.
    pub entity_id: String,
    /// When it begins: with an offset, or as the clocks of `execution_timezone` show it.
    pub start_time: String,
    /// When it ends; `start_time` unless given.
    pub end_time: Option<String>,
    /// The zones that belong to it.
    pub timezone_context: Option<TimezoneContext>,
    /// Any JSON, handed over with each reminder.
    #[schema(value_type = Option<serde_json::Value>)]
    pub payload: Option<Box<RawValue>>,
    /// Which reminders: a day, two hours and a quarter of an hour before the beginning and an hour after the end, unless given. An empty
    /// list takes them all back.
    pub reminders: Option<Vec<ReminderBody>>,
    /// What an offset means when clocks are changed in between: `elapsed` time, which is the default, or the same `local` time.
    pub reading: Option<String>,
}

/// One reminder.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReminderBody {
    /// A name for whoever receives it.
    pub name: String,
    /// Minutes from the anchor; negative before it.
    pub offset_minutes: i64,
    /// `start`, which is the default, or `end`.
    pub anchor: Option<String>,
}

/// What was scheduled, and what was taken back for it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RemindersAnswer {
    /// Always true.
    pub success: bool,
    /// The reminders in the order of time.
    pub reminders: Vec<ReminderView>,
    /// Names of those whose time has passed already.
    pub passed: Vec<String>,
    /// Reminders that were taken back.
    pub replaced: u64,
}

/// A reminder that is scheduled.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReminderView {
    /// Its name.
    pub name: String,
    /// The event that it is.
    pub event_id: String,
    /// When it is due.
    pub due_at: String,
}

/// A reminder with its time.
#[derive(Debug, Clone)]
struct Timed {
    name: String,
    due_at: Timestamp,
}

/// What is asked for, checked.
#[derive(Debug, Clone)]
struct Set {
    service: String,
    kind: String,
    entity_id: String,
    zones: Zones,
    payload: String,
    timed: Vec<Timed>,
}

impl SchedulingService {
    /// Replaces the reminders of an entity by new ones, in one transaction. Those that stay as they are, are left alone.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `SERVICE_MISMATCH`, `SERVICE_QUOTA_EXCEEDED`, `PAYLOAD_TOO_LARGE`, `TOO_MANY_REQUESTS` or an error of the database;
    /// nothing was changed then.
    pub async fn put_reminders(
        &self,
        caller: &Caller,
        body: &RemindersBody,
    ) -> Result<RemindersAnswer, ApiError> {
        let service = acting_service(caller, body.service_id.as_deref())?;
        let set = body.read(service)?;
        self.take_turn(&set.service)?;
        let caller = caller.clone();
        self.unbroken(move |service| {
            let (caller, set) = (caller.clone(), set.clone());
            async move { service.replace(&caller, &set).await }
        })
        .await
    }

    async fn replace(&self, caller: &Caller, set: &Set) -> Result<RemindersAnswer, ApiError> {
        let now = self.now();
        let mut transaction = self.store().begin_write().await?;
        let filter = ScheduledFilter {
            service: Some(set.service.clone()),
            entity_id: Some(set.entity_id.clone()),
            kind: Some(set.kind.clone()),
            reminders: true,
        };
        transaction.lock_service(&set.service).await?;
        let (to_come, passed): (Vec<_>, Vec<_>) =
            set.timed.iter().partition(|each| now.millis_since(each.due_at) <= BACKDATE_GRACE_MS);
        let drafts: Vec<_> =
            to_come.into_iter().map(|Timed { name, due_at }| set.draft(name, *due_at)).collect();
        // What is there as it is to be stays, with its id and what has become of it.
        let mut replaced = transaction.active_events(&filter).await?;
        replaced.retain(|row| !drafts.iter().any(|draft| draft.is(row)));
        let replaced = self.cancel_each(&mut transaction, caller, replaced).await?.cancelled;
        let mut reminders = Vec::with_capacity(drafts.len());
        for draft in &drafts {
            let Written { scheduled, .. } = self.write(&mut transaction, caller, draft).await?;
            let Scheduled { event_id, scheduled_at: due_at, .. } = scheduled;
            reminders.push(ReminderView {
                name: draft.reminder.clone().unwrap_or_default(),
                event_id,
                due_at,
            });
        }
        let passed = passed.into_iter().map(|each| each.name.clone()).collect();
        transaction.audit(&caller.done(&set.entity_id), now).await?;
        transaction.commit_service().await?;
        Ok(RemindersAnswer { success: true, reminders, passed, replaced })
    }
}

impl Set {
    fn draft(&self, name: &str, due_at: Timestamp) -> Draft {
        let wanted = Wanted {
            kind: self.kind.clone(),
            entity_id: self.entity_id.clone(),
            scheduled_time: due_at.to_string(),
            time: ScheduledTime { instant: due_at, local: None, adjustment: None },
            zones: self.zones.clone(),
            disambiguation: Disambiguation::Compatible,
            payload: self.payload.clone(),
            recurrence: None,
            missed: client_event_scheduler::recurrence::Coalesce::All,
            policy: AttemptPolicy::default(),
            idempotency_key: None,
        };
        Draft { service: self.service.clone(), wanted, reminder: Some(name.to_owned()) }
    }
}

impl RemindersBody {
    fn read(&self, service: String) -> Result<Set, ApiError> {
        let mut problems = Vec::new();
        check_name("type", &self.r#type, &mut problems);
        check_name("entity_id", &self.entity_id, &mut problems);
        let payload = self.payload.as_deref().map_or("null", RawValue::get);
        if payload.len() > PAYLOAD_BYTES {
            return Err(ServiceError::PayloadTooLarge.into());
        }
        let context = self.timezone_context.clone().unwrap_or_default();
        let reading = TimeReading {
            zones: ZoneTable::embedded(),
            time_zone: context.execution_timezone.as_deref(),
            disambiguation: Disambiguation::Compatible,
        };
        let mut time = |text: &str, field| match reading.read(text, field, EXECUTION_ZONE) {
            Ok(time) => Some(time.instant),
            Err(problem) => {
                problems.push(FieldProblem::from(problem));
                None
            }
        };
        let start = time(&self.start_time, "start_time");
        let end = match &self.end_time {
            Some(text) => time(text, "end_time"),
            None => start,
        };
        let offsets = self.offset_reading(reading.time_zone, &mut problems);
        let reminders = self.checked(&mut problems);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            let message = format!("is {end}, before the beginning at {start}");
            problems.push(FieldProblem::new("end_time", ProblemCode::DateOrder.as_str(), message));
        }
        let (Some(start), Some(end), Some((offset_reading, zone)), true) =
            (start, end, offsets, problems.is_empty())
        else {
            return Err(ApiError::InvalidInput(problems));
        };
        let mut timed: Vec<_> = reminders
            .into_iter()
            .map(|(name, anchor, offset_ms)| {
                let anchor = if anchor == Anchor::Start { start } else { end };
                Timed { name, due_at: reminder_time(anchor, offset_ms, offset_reading, zone) }
            })
            .collect();
        timed.sort_by_key(|reminder| reminder.due_at);
        let zones = Zones {
            resource: context.resource_timezone,
            user: context.user_timezone,
            execution: context.execution_timezone,
        };
        let (kind, entity_id) = (self.r#type.clone(), self.entity_id.clone());
        Ok(Set { service, kind, entity_id, zones, payload: payload.to_owned(), timed })
    }

    fn offset_reading(
        &self,
        zone: Option<&str>,
        problems: &mut Vec<FieldProblem>,
    ) -> Option<(OffsetReading, &'static Zone)> {
        let table = ZoneTable::embedded();
        let named = self.reading.as_deref().map_or(Some(OffsetReading::Elapsed), OffsetReading::named);
        let Some(reading) = named else {
            let message =
                format!("is {:?}: write elapsed or local", self.reading.as_deref().unwrap_or_default());
            problems.push(FieldProblem::new("reading", ProblemCode::SettingInvalid.as_str(), message));
            return None;
        };
        if reading == OffsetReading::Local && zone.is_none() {
            let message =
                "is missing: local offsets are counted by the clocks of a zone, such as Europe/Berlin";
            problems.push(FieldProblem::new(EXECUTION_ZONE, ProblemCode::TimeZoneRequired.as_str(), message));
            return None;
        }
        Some((reading, table.zone(zone.unwrap_or("UTC"))?))
    }

    /// Names, anchors and offsets in milliseconds.
    fn checked(&self, problems: &mut Vec<FieldProblem>) -> Vec<(String, Anchor, i64)> {
        let Some(given) = &self.reminders else {
            return APPOINTMENT.map(|each| (each.name.to_owned(), each.anchor, each.offset_ms)).to_vec();
        };
        let mut refuse = |field: &'static str, message: String| {
            problems.push(FieldProblem::new(field, ProblemCode::SettingInvalid.as_str(), message));
        };
        if given.len() > REMINDERS {
            refuse("reminders", format!("has {}: write at most {REMINDERS}", given.len()));
        }
        let mut checked = Vec::with_capacity(given.len());
        for each in given {
            let name_fits = !each.name.is_empty() && each.name.chars().count() <= NAME_CHARS;
            if !name_fits || each.name.chars().any(char::is_control) {
                refuse("reminders.name", format!("is {:?}: write 1 to {NAME_CHARS} characters", each.name));
            }
            if each.offset_minutes.abs() > FURTHEST_MINUTES {
                refuse(
                    "reminders.offset_minutes",
                    format!("is {}: at most a year away", each.offset_minutes),
                );
            }
            let anchor = match each.anchor.as_deref() {
                None | Some("start") => Anchor::Start,
                Some("end") => Anchor::End,
                Some(other) => {
                    refuse("reminders.anchor", format!("is {other:?}: write start or end"));
                    Anchor::Start
                }
            };
            checked.push((
                each.name.clone(),
                anchor,
                each.offset_minutes.clamp(-FURTHEST_MINUTES, FURTHEST_MINUTES) * 60_000,
            ));
        }
        checked
    }
}
