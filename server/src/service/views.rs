//! What is told of something that is scheduled.

use client_event_scheduler::service::coalesce_name;
use client_event_scheduler::time::{ZoneProvider, ZoneTable};
use client_event_scheduler::{ProblemCode, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use super::handover::HandedZones;
use super::rule::read_stored;
use super::{SchedulingService, ServiceError, event_part};
use crate::access::Caller;
use crate::problem::{ApiError, FieldProblem};
use crate::store::{AttemptRow, HistoryRow, OccurrenceRow, ScheduledRow, StoredOccurrences, WholeEvent};

/// Occurrences, attempts and lines of the history that are shown of one event.
const SHOWN: usize = 200;

/// Something that is scheduled, with what has become of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScheduledView {
    /// Always true.
    pub success: bool,
    /// Its id.
    pub event_id: String,
    /// Whose it is.
    pub service_id: String,
    /// What is to happen.
    pub r#type: String,
    /// To what.
    pub entity_id: String,
    /// `active`, `finished` or `cancelled`.
    pub state: String,
    /// The time as it was written.
    pub scheduled_time: String,
    /// The instant that is.
    pub scheduled_at: String,
    /// The zones that belong to it.
    pub timezone_context: HandedZones,
    /// The recurrence in iCalendar's form.
    pub recurrence: Option<String>,
    /// The recurrence in words.
    pub recurrence_text: Option<String>,
    /// The name of the reminder that it is.
    pub reminder: Option<String>,
    /// What was given with it; null where it cannot be opened.
    #[schema(value_type = serde_json::Value)]
    pub payload: Box<RawValue>,
    /// Of several missed occurrences, which count.
    pub missed: &'static str,
    /// Attempts after the first one.
    pub max_retries: u32,
    /// Seconds before the second attempt.
    pub retry_delay_seconds: u32,
    /// Seconds in which an attempt has to be acknowledged.
    pub timeout_seconds: u32,
    /// When it was asked for.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: String,
    /// Its occurrences in the order of time, as far as they are kept ready; at most 200. Of more there are the first of those that wait
    /// and the latest of those that are settled.
    pub occurrences: Vec<OccurrenceView>,
    /// Whether it has other occurrences than these.
    pub more_occurrences: bool,
    /// Its attempts, the latest first; at most 200.
    pub attempts: Vec<AttemptView>,
    /// What was done to it, the latest first; at most 200 lines.
    pub history: Vec<HistoryLine>,
}

/// One time at which something is handed over.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OccurrenceView {
    /// Its id.
    pub occurrence_id: String,
    /// When it is due.
    pub due_at: String,
    /// `scheduled`, `pending`, `processing`, `completed`, `failed` or `cancelled`.
    pub state: &'static str,
    /// Why, where that needs saying.
    pub reason: Option<String>,
    /// Attempts that have begun.
    pub attempt: u32,
    /// When something is next done about it.
    pub next_at: Option<String>,
}

/// One attempt.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttemptView {
    /// Of which occurrence.
    pub occurrence_id: String,
    /// From 1.
    pub attempt: i64,
    /// How it was handed over.
    pub delivery: String,
    /// When.
    pub begun_at: String,
    /// By when it had to be acknowledged.
    pub deadline_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// `completed`, `failed`, `timed_out` or `cancelled`.
    pub outcome: Option<String>,
    /// Why.
    pub detail: Option<String>,
}

/// One line of the history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryLine {
    /// When.
    pub at: String,
    /// Of which occurrence; of the event as a whole where there is none.
    pub occurrence_id: Option<String>,
    /// What was done.
    pub action: String,
    /// The state before.
    pub before: Option<String>,
    /// The state after.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// By whom.
    pub actor: String,
}

impl SchedulingService {
    /// Returns what is scheduled with this id, of an event or of an occurrence of it.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND` or an error of the database.
    pub async fn view(&self, caller: &Caller, id: &str) -> Result<ScheduledView, ApiError> {
        let event_id = event_part(id);
        let one = (id != event_id).then_some(id);
        let whole = self.store().whole_event(event_id, one, SHOWN).await?;
        let WholeEvent { event, occurrences, attempts, history } =
            whole.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() })?;
        let row = self.visible(caller, id, Some(event))?;
        let payload = self.payload_of(&row).unwrap_or_else(|error| {
            tracing::error!(%event_id, %error, "a payload cannot be opened");
            "null".to_owned()
        });
        ScheduledView::new(row, payload, occurrences, attempts, history)
    }
}

impl ScheduledView {
    fn new(
        row: ScheduledRow,
        payload: String,
        occurrences: StoredOccurrences,
        attempts: Vec<AttemptRow>,
        history: Vec<HistoryRow>,
    ) -> Result<Self, ApiError> {
        let recurrence = row.recurrence.as_deref().map(read_stored).transpose()?;
        Ok(Self {
            success: true,
            timezone_context: HandedZones::of(&row),
            event_id: row.event_id,
            service_id: row.service,
            r#type: row.kind,
            entity_id: row.entity_id,
            state: row.state,
            scheduled_time: row.scheduled_time,
            scheduled_at: row.scheduled_at.to_string(),
            recurrence: row.recurrence,
            recurrence_text: recurrence.map(|recurrence| recurrence.describe()),
            reminder: row.reminder,
            payload: RawValue::from_string(payload)
                .map_err(|error| ApiError::Internal { what: format!("a stored payload: {error}") })?,
            missed: coalesce_name(row.missed),
            max_retries: row.policy.max_retries,
            retry_delay_seconds: row.policy.retry_delay_ms / 1000,
            timeout_seconds: row.policy.timeout_ms / 1000,
            created_at: row.created_at.to_string(),
            created_by: row.created_by,
            updated_at: row.updated_at.to_string(),
            more_occurrences: occurrences.more,
            occurrences: occurrences.shown.into_iter().map(OccurrenceView::from).collect(),
            attempts: attempts.into_iter().map(AttemptView::from).collect(),
            history: history.into_iter().map(HistoryLine::from).collect(),
        })
    }
}

impl From<OccurrenceRow> for OccurrenceView {
    fn from(row: OccurrenceRow) -> Self {
        Self {
            occurrence_id: row.occurrence_id,
            due_at: row.due_at.to_string(),
            state: row.standing.state.as_str(),
            reason: row.reason,
            attempt: row.standing.attempt,
            next_at: row.standing.wake_at.map(|at| at.to_string()),
        }
    }
}

impl From<AttemptRow> for AttemptView {
    fn from(row: AttemptRow) -> Self {
        Self {
            occurrence_id: row.occurrence_id,
            attempt: row.attempt,
            delivery: row.delivery,
            begun_at: row.begun_at.to_string(),
            deadline_at: row.deadline_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            outcome: row.outcome,
            detail: row.detail,
        }
    }
}

impl From<HistoryRow> for HistoryLine {
    fn from(row: HistoryRow) -> Self {
        Self {
            at: row.at.to_string(),
            occurrence_id: row.occurrence_id,
            action: row.action,
            before: row.before,
            after: row.after,
            reason: row.reason,
            actor: row.actor,
        }
    }
}

/// Times as the clocks of a zone show them, with their offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rendering {
    zone: Option<&'static client_event_scheduler::time::Zone>,
}

impl Rendering {
    /// For the zone with this name; UTC where none is named.
    pub(super) fn named(name: Option<&str>) -> Result<Self, ApiError> {
        let table = ZoneTable::embedded();
        let Some(name) = name else { return Ok(Self { zone: None }) };
        match table.zone(name) {
            Some(zone) => Ok(Self { zone: Some(zone) }),
            None => {
                let meant = table.suggest(name).unwrap_or("Europe/Berlin");
                let message = format!("{name:?} is no IANA time zone: write one such as {meant}");
                Err(FieldProblem::new("timezone", ProblemCode::TimeZoneUnknown.as_str(), message).into())
            }
        }
    }

    /// `2026-05-01T09:00:00.000+02:00`, or with `Z`. Offsets that are not whole minutes, of long ago, are shown as UTC.
    pub(super) fn show(&self, instant: Timestamp) -> String {
        let Some(zone) = self.zone else { return instant.to_string() };
        let offset_s = zone.offset_at(instant);
        if offset_s % 60 != 0 {
            return instant.to_string();
        }
        let shown = Timestamp::from_millis_clamped(zone.civil_at(instant).as_millis()).to_string();
        let (sign, minutes) = (if offset_s < 0 { '-' } else { '+' }, offset_s.abs() / 60);
        format!("{}{sign}{:02}:{:02}", shown.trim_end_matches('Z'), minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_the_clocks_of_a_zone_do() {
        let instant = Timestamp::from_millis(1_777_593_600_000).expect("an instant");
        for (zone, expected) in [
            (None, "2026-05-01T00:00:00.000Z"),
            (Some("Europe/Berlin"), "2026-05-01T02:00:00.000+02:00"),
            (Some("America/St_Johns"), "2026-04-30T21:30:00.000-02:30"),
            (Some("Asia/Kathmandu"), "2026-05-01T05:45:00.000+05:45"),
        ] {
            assert_eq!(Rendering::named(zone).expect("a zone").show(instant), expected);
        }
        assert!(Rendering::named(Some("Mars/Olympus")).is_err());
    }
}
