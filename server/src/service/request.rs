//! What a service asks for, read and checked: every problem is told at once.

use client_event_scheduler::recurrence::{Coalesce, Recurrence};
use client_event_scheduler::service::{
    AttemptPolicy, Materialisation, ScheduledTime, TimeReading, coalesce_named,
};
use client_event_scheduler::time::Disambiguation;
use client_event_scheduler::{Problem, ProblemCode, Timestamp, ZoneTable};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::limits::{BACKDATE_GRACE_MS, KEY_CHARS, NAME_CHARS, PAYLOAD_BYTES};
use super::preview::PreviewBody;
use super::rule::{plan, recurrence, schedule_of};
use super::{ServiceError, ServiceSettings};
use crate::access::secrets;
use crate::problem::{ApiError, FieldProblem};
use crate::store::Zones;

pub(super) const EXECUTION_ZONE: &str = "timezone_context.execution_timezone";

/// The zones that belong to what is scheduled.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimezoneContext {
    /// Where it takes place; handed on.
    pub resource_timezone: Option<String>,
    /// Where the user is; handed on.
    pub user_timezone: Option<String>,
    /// By whose clocks `scheduled_time` and the recurrence are read.
    pub execution_timezone: Option<String>,
}

/// Something to be scheduled.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    /// What is to happen, such as `reminder.send`.
    pub r#type: String,
    /// Whose it is: the service of the API key, which need not be named.
    pub service_id: Option<String>,
    /// To what, such as an order.
    pub entity_id: String,
    /// When: with an offset, or without one as the clocks of `execution_timezone` show it.
    #[schema(example = "2026-05-01T09:00:00")]
    pub scheduled_time: String,
    /// The zones that belong to it.
    pub timezone_context: Option<TimezoneContext>,
    /// Any JSON, handed over as it is; at most 32 KiB.
    #[schema(value_type = Option<serde_json::Value>)]
    pub payload: Option<Box<RawValue>>,
    /// A rule such as `FREQ=WEEKLY;BYDAY=MO`, or an object with `frequency`, `by_day` and so on. It begins at `scheduled_time`.
    #[schema(value_type = Option<serde_json::Value>)]
    pub recurrence: Option<Box<RawValue>>,
    /// The same key again returns the first event.
    pub idempotency_key: Option<String>,
    /// Attempts after the first one: 3 unless given.
    pub max_retries: Option<u64>,
    /// Seconds before the second attempt, doubled with each further one: 60 unless given.
    pub retry_delay_seconds: Option<u64>,
    /// Seconds in which an attempt has to be acknowledged: 300 unless given.
    pub timeout_seconds: Option<u64>,
    /// Of several occurrences that were missed: `all`, which is the default, `earliest` or `latest`.
    pub missed: Option<String>,
    /// A time that clocks skip or show twice: `compatible`, which is the default, `earlier`, `later` or `reject`.
    pub disambiguation: Option<String>,
}

/// What is to be scheduled, checked.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) kind: String,
    pub(super) entity_id: String,
    pub(super) scheduled_time: String,
    pub(super) time: ScheduledTime,
    pub(super) zones: Zones,
    pub(super) disambiguation: Disambiguation,
    pub(super) payload: String,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) missed: Coalesce,
    pub(super) policy: AttemptPolicy,
    pub(super) idempotency_key: Option<String>,
}

const DISAMBIGUATIONS: [(Disambiguation, &str); 4] = [
    (Disambiguation::Compatible, "compatible"),
    (Disambiguation::Earlier, "earlier"),
    (Disambiguation::Later, "later"),
    (Disambiguation::Reject, "reject"),
];

/// The reading with this wire name of times that clocks skip or show twice.
pub(super) fn disambiguation_named(name: &str) -> Option<Disambiguation> {
    DISAMBIGUATIONS.iter().find(|(_, known)| *known == name).map(|(choice, _)| *choice)
}

impl ScheduleBody {
    /// Reads and checks what is asked for at `now`.
    pub(super) fn wanted(&self) -> Result<Wanted, ApiError> {
        let mut problems = Vec::new();
        check_name("type", &self.r#type, &mut problems);
        check_name("entity_id", &self.entity_id, &mut problems);
        if let Some(key) = &self.idempotency_key {
            check_text("idempotency_key", key, KEY_CHARS, &mut problems);
        }
        let payload = payload_text(self.payload.as_deref())?;
        let draft = Draft {
            scheduled_time: &self.scheduled_time,
            zones: zones(self.timezone_context.as_ref()),
            disambiguation: self.disambiguation.as_deref(),
            recurrence: self.recurrence.as_deref().map(RawValue::get).filter(|raw| *raw != "null"),
            missed: self.missed.as_deref(),
            policy: AttemptPolicy::default().with(
                self.max_retries,
                self.retry_delay_seconds,
                self.timeout_seconds,
            ),
        };
        match draft.read(&mut problems) {
            Some(plan) if problems.is_empty() => Ok(Wanted {
                kind: self.r#type.clone(),
                entity_id: self.entity_id.clone(),
                scheduled_time: self.scheduled_time.clone(),
                time: plan.time,
                zones: plan.zones,
                disambiguation: plan.disambiguation,
                payload,
                recurrence: plan.recurrence,
                missed: plan.missed,
                policy: plan.policy,
                idempotency_key: self.idempotency_key.clone(),
            }),
            _ => Err(ApiError::InvalidInput(problems)),
        }
    }
}

/// The recurrence that scheduling `body` would store, and the zone by whose clocks it is read.
pub(super) fn previewed(body: &PreviewBody) -> Result<(Recurrence, Option<String>), ApiError> {
    let mut problems = Vec::new();
    let draft = Draft {
        scheduled_time: &body.scheduled_time,
        zones: zones(body.timezone_context.as_ref()),
        disambiguation: body.disambiguation.as_deref(),
        recurrence: Some(body.recurrence.get()),
        missed: None,
        policy: Ok(AttemptPolicy::default()),
    };
    match draft.read(&mut problems) {
        Some(Plan { recurrence: Some(recurrence), zones, .. }) if problems.is_empty() => {
            Ok((recurrence, zones.execution))
        }
        _ => Err(ApiError::InvalidInput(problems)),
    }
}

/// What scheduling and changing have in common.
pub(super) struct Draft<'a> {
    pub(super) scheduled_time: &'a str,
    pub(super) zones: Zones,
    pub(super) disambiguation: Option<&'a str>,
    /// JSON: a text or an object.
    pub(super) recurrence: Option<&'a str>,
    pub(super) missed: Option<&'a str>,
    pub(super) policy: Result<AttemptPolicy, Vec<Problem>>,
}

pub(super) struct Plan {
    pub(super) time: ScheduledTime,
    pub(super) zones: Zones,
    pub(super) disambiguation: Disambiguation,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) missed: Coalesce,
    pub(super) policy: AttemptPolicy,
}

impl Draft<'_> {
    pub(super) fn read(self, problems: &mut Vec<FieldProblem>) -> Option<Plan> {
        let disambiguation =
            self.disambiguation.map_or(Some(Disambiguation::default()), disambiguation_named);
        if disambiguation.is_none() {
            problems.push(one_of(
                "disambiguation",
                self.disambiguation,
                "compatible, earlier, later, reject",
            ));
        }
        let missed = self.missed.map_or(Some(Coalesce::All), coalesce_named);
        if missed.is_none() {
            problems.push(one_of("missed", self.missed, "all, earliest, latest"));
        }
        let policy =
            self.policy.map_err(|found| problems.extend(found.into_iter().map(FieldProblem::from))).ok();
        let reading = TimeReading {
            zones: ZoneTable::embedded(),
            time_zone: self.zones.execution.as_deref(),
            disambiguation: disambiguation.unwrap_or_default(),
        };
        for (name, field) in [
            (&self.zones.resource, "timezone_context.resource_timezone"),
            (&self.zones.user, "timezone_context.user_timezone"),
        ] {
            let unknown = name.as_deref().and_then(|name| reading.zone_named(name, field).err());
            problems.extend(unknown.map(FieldProblem::from));
        }
        let time = reading.read(self.scheduled_time, "scheduled_time", EXECUTION_ZONE);
        let time = time.map_err(|problem| problems.push(problem.into())).ok()?;
        let recurrence = match self.recurrence.map(|raw| recurrence(raw, &time, &reading)) {
            Some(Ok(recurrence)) => Some(recurrence),
            Some(Err(found)) => {
                problems.extend(found);
                None
            }
            None => None,
        };
        let (disambiguation, missed, policy) = (disambiguation?, missed?, policy?);
        Some(Plan { time, zones: self.zones, disambiguation, recurrence, missed, policy })
    }
}

impl Wanted {
    /// The occurrences to be kept ready from `now` on.
    pub(super) fn plan(
        &self,
        settings: &ServiceSettings,
        now: Timestamp,
    ) -> Result<Materialisation, ApiError> {
        let Some(recurrence) = &self.recurrence else {
            return Ok(Materialisation {
                due: vec![self.time.instant],
                coalesced: 0,
                expired: 0,
                until: self.time.instant,
                refill_at: None,
            });
        };
        let schedule = schedule_of(recurrence)?;
        // What lies further back was not missed: nobody had asked for it.
        let after = now.saturating_add_ms(-BACKDATE_GRACE_MS - 1);
        plan(&schedule, after, now, settings, Coalesce::All, BACKDATE_GRACE_MS)
    }

    /// What makes it the same as another one of `service`.
    pub(super) fn identity(&self, service: &str, reminder: Option<&str>) -> String {
        let instant = self.time.instant.to_string();
        let mut parts = vec![service, &self.kind, &self.entity_id, &instant];
        parts.extend(reminder);
        hash(&parts)
    }

    /// What distinguishes it from another request with the same key.
    pub(super) fn request_hash(&self) -> String {
        let recurrence = self.recurrence.as_ref().map(ToString::to_string).unwrap_or_default();
        hash(&[&self.kind, &self.entity_id, &self.time.instant.to_string(), &self.payload, &recurrence])
    }

    /// The wire name of how a time is read that clocks skip or show twice.
    pub(super) fn disambiguation_name(&self) -> &'static str {
        let named = DISAMBIGUATIONS.iter().find(|(choice, _)| *choice == self.disambiguation);
        named.map_or("compatible", |(_, name)| name)
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new id for what is scheduled.
pub(super) fn new_id() -> Result<String, ApiError> {
    Ok(format!("evt_{}", secrets::id()?))
}

fn zones(context: Option<&TimezoneContext>) -> Zones {
    let context = context.cloned().unwrap_or_default();
    Zones {
        resource: context.resource_timezone,
        user: context.user_timezone,
        execution: context.execution_timezone,
    }
}

pub(super) fn payload_text(payload: Option<&RawValue>) -> Result<String, ApiError> {
    let text = payload.map_or("null", RawValue::get);
    if text.len() > PAYLOAD_BYTES {
        return Err(ServiceError::PayloadTooLarge.into());
    }
    Ok(text.to_owned())
}

/// Whether something may still be asked for. What was asked for in time before may be asked for again whenever.
pub(super) fn check_future(instant: Timestamp, now: Timestamp) -> Result<(), FieldProblem> {
    if now.millis_since(instant) <= BACKDATE_GRACE_MS {
        return Ok(());
    }
    let message = format!("is {instant}, which has passed: at {now}, write a time to come");
    Err(FieldProblem::new("scheduled_time", ProblemCode::RangeInvalid.as_str(), message))
}

pub(super) fn check_name(field: &'static str, text: &str, problems: &mut Vec<FieldProblem>) {
    check_text(field, text, NAME_CHARS, problems);
}

fn check_text(field: &'static str, text: &str, most: usize, problems: &mut Vec<FieldProblem>) {
    let (code, message) = if text.trim().is_empty() {
        (ProblemCode::IdRequired, "is empty: write 1 character or more".to_owned())
    } else if text.chars().count() > most {
        (ProblemCode::IdTooLong, format!("has more than {most} characters"))
    } else if text.chars().any(char::is_control) {
        (ProblemCode::IdControlCharacter, "has a control character: leave it out".to_owned())
    } else {
        return;
    };
    problems.push(FieldProblem::new(field, code.as_str(), message));
}

fn one_of(field: &'static str, found: Option<&str>, names: &str) -> FieldProblem {
    let message = format!("is {:?}: write one of {names}", found.unwrap_or_default());
    FieldProblem::new(field, ProblemCode::SettingInvalid.as_str(), message)
}
