//! What is to come: occurrences that are kept ready, and beyond them what recurrences will have.

use std::collections::BTreeSet;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::TimeReading;
use client_event_scheduler::time::{Disambiguation, ZoneTable};
use serde::{Deserialize, Serialize};

use super::limits::UPCOMING_DAYS;
use super::rule::{read_stored, schedule_of};
use super::views::Rendering;
use super::{SchedulingService, occurrence_id, own_service};
use crate::access::{AccessError, Caller};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{OccurrenceFilter, PickedUp, ScheduledFilter, ScheduledRow};

const DAY_MS: i64 = 24 * 3_600_000;

/// Days that a list spans where nothing is said.
const USUAL_DAYS: i64 = 30;

/// Of what, and when.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UpcomingQuery {
    /// Of one service only; a service sees its own alone.
    pub service_id: Option<String>,
    /// Of one entity only.
    pub entity_id: Option<String>,
    /// Of one type only.
    pub r#type: Option<String>,
    /// From this time on: now unless given. Without an offset as the clocks of `timezone` show it.
    pub start_time: Option<String>,
    /// Before this time: 30 days later unless given, at most 366 days.
    pub end_time: Option<String>,
    /// IANA zone in which times are read and shown; UTC unless given.
    pub timezone: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Occurrences on a page: 100 unless given, at most 1 000.
    #[param(value_type = Option<u32>, minimum = 1)]
    pub limit: Option<String>,
}

/// A page of what is to come.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpcomingPage {
    /// Always true.
    pub success: bool,
    /// In the order of time and id.
    pub occurrences: Vec<Upcoming>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// An occurrence that is to come, or that is not settled yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Upcoming {
    /// Its id.
    pub occurrence_id: String,
    /// Of what it is an occurrence.
    pub event_id: String,
    /// Whose it is.
    pub service_id: String,
    /// What is to happen.
    pub r#type: String,
    /// To what.
    pub entity_id: String,
    /// When, as the clocks of the zone show it.
    pub due_at: String,
    /// Its state.
    pub state: &'static str,
    /// Attempts that have begun.
    pub attempt: u32,
    /// Whether it belongs to a recurrence.
    pub recurring: bool,
    /// The name of the reminder that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<String>,
}

type Place = (Timestamp, String);

impl SchedulingService {
    /// Lists what is to come.
    ///
    /// # Errors
    ///
    /// `SERVICE_MISMATCH`, `INVALID_INPUT` or an error of the database.
    pub async fn upcoming(
        &self,
        caller: &Caller,
        query: &UpcomingQuery,
        limit: u32,
    ) -> Result<UpcomingPage, ApiError> {
        let (from, until) = query.range(self.now())?;
        let filter = query.filter(caller, true, from, until)?;
        let rendering = Rendering::named(query.timezone.as_deref())?;
        let most = limit as usize + 1;
        let stored = self.store().occurrences(&filter, limit + 1).await?;
        let mut all: Vec<(Place, Upcoming)> = stored
            .into_iter()
            .map(|row| {
                ((row.occurrence.due_at, row.occurrence.occurrence_id.clone()), Upcoming::of(row, &rendering))
            })
            .collect();
        for event in self.store().recurring_events(&filter.of).await? {
            match beyond(&event, &filter, most, &rendering) {
                Ok(planned) => all.extend(planned),
                // What is kept ready of it is in the list; the others are not concerned.
                Err(error) => {
                    tracing::error!(error = error.detail(), event = %event.event_id, "a recurrence cannot be read")
                }
            }
        }
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        // What was planned between the two looks at the database is in both.
        let mut seen = BTreeSet::new();
        all.retain(|((_, id), _)| seen.insert(id.clone()));
        Ok(page(all, limit))
    }

    /// Lists dead letters: what was given up.
    ///
    /// # Errors
    ///
    /// As for [`upcoming`](Self::upcoming).
    pub async fn dead_letters(
        &self,
        caller: &Caller,
        query: &UpcomingQuery,
        limit: u32,
    ) -> Result<UpcomingPage, ApiError> {
        let reading = query.reading();
        let read = |text: Option<&str>, field, otherwise| read_time(&reading, text, field, otherwise);
        let from = read(query.start_time.as_deref(), "start_time", Timestamp::MIN)?;
        let until = read(query.end_time.as_deref(), "end_time", Timestamp::MAX)?;
        let filter = query.filter(caller, false, from, until)?;
        let rendering = Rendering::named(query.timezone.as_deref())?;
        let rows = self.store().occurrences(&filter, limit + 1).await?;
        let all = rows
            .into_iter()
            .map(|row| {
                ((row.occurrence.due_at, row.occurrence.occurrence_id.clone()), Upcoming::of(row, &rendering))
            })
            .collect();
        Ok(page(all, limit))
    }
}

/// What a recurrence will have beyond what is kept ready.
fn beyond(
    event: &ScheduledRow,
    filter: &OccurrenceFilter,
    most: usize,
    rendering: &Rendering,
) -> Result<Vec<(Place, Upcoming)>, ApiError> {
    // Without a time to plan on, everything is kept ready.
    let (Some(text), Some(planned), Some(_)) = (&event.recurrence, event.planned_until, event.refill_at)
    else {
        return Ok(Vec::new());
    };
    let after = filter.after.as_ref().map_or(Timestamp::MIN, |(due_at, _)| *due_at);
    let from = planned.saturating_add_ms(1).max(filter.from).max(after);
    let schedule = schedule_of(&read_stored(text)?)?;
    let mut found = Vec::new();
    for due_at in schedule.occurrences(from..filter.until.max(from), most) {
        // A rule that cannot be searched to its end is shown as far as it can.
        let Ok(due_at) = due_at else { break };
        let id = occurrence_id(&event.event_id, due_at);
        if filter.after.as_ref().is_none_or(|(at, last)| (due_at, &id) > (*at, last)) {
            found.push(((due_at, id.clone()), Upcoming::planned(event, id, due_at, rendering)));
        }
    }
    Ok(found)
}

fn page(mut all: Vec<(Place, Upcoming)>, limit: u32) -> UpcomingPage {
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next_cursor =
        all.last().filter(|_| more).map(|((due_at, id), _)| format!("{},{id}", due_at.as_millis()));
    let occurrences = all.into_iter().map(|(_, upcoming)| upcoming).collect();
    UpcomingPage { success: true, occurrences, next_cursor }
}

impl UpcomingQuery {
    fn reading(&self) -> TimeReading<'_> {
        let time_zone = Some(self.timezone.as_deref().unwrap_or("UTC"));
        TimeReading { zones: ZoneTable::embedded(), time_zone, disambiguation: Disambiguation::Compatible }
    }

    fn range(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), ApiError> {
        let reading = self.reading();
        let from = read_time(&reading, self.start_time.as_deref(), "start_time", now)?;
        let usual = from.saturating_add_ms(USUAL_DAYS * DAY_MS);
        let until = read_time(&reading, self.end_time.as_deref(), "end_time", usual)?;
        if until <= from || until.millis_since(from) > UPCOMING_DAYS * DAY_MS {
            let message =
                format!("is {until}: write a time after {from}, at most {UPCOMING_DAYS} days later");
            return Err(FieldProblem::new("end_time", "RANGE_INVALID", message).into());
        }
        Ok((from, until))
    }

    fn filter(
        &self,
        caller: &Caller,
        open: bool,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<OccurrenceFilter, ApiError> {
        let service = match (own_service(caller), &self.service_id) {
            (Some(own), Some(named)) if own != named => return Err(AccessError::ServiceMismatch.into()),
            (Some(own), _) => Some(own.to_owned()),
            (None, named) => named.clone(),
        };
        let of = ScheduledFilter {
            service,
            entity_id: self.entity_id.clone(),
            kind: self.r#type.clone(),
            reminders: false,
        };
        let after = self.cursor.as_deref().map(place).transpose()?;
        Ok(OccurrenceFilter { of, open, from, until, after })
    }
}

fn read_time(
    reading: &TimeReading<'_>,
    text: Option<&str>,
    field: &'static str,
    otherwise: Timestamp,
) -> Result<Timestamp, ApiError> {
    let Some(text) = text else { return Ok(otherwise) };
    match reading.read(text, field, "timezone") {
        Ok(time) => Ok(time.instant),
        Err(problem) => Err(FieldProblem::from(problem).into()),
    }
}

fn place(cursor: &str) -> Result<Place, ApiError> {
    let read = cursor
        .split_once(',')
        .and_then(|(millis, id)| Some((Timestamp::from_millis(millis.parse().ok()?)?, id.to_owned())));
    read.filter(|(_, id)| !id.chars().any(char::is_control)).ok_or_else(|| {
        let message = format!("is {cursor:?}: take next_cursor of the page before");
        FieldProblem::new("cursor", "SETTING_INVALID", message).into()
    })
}

impl Upcoming {
    fn of(PickedUp { event, occurrence }: PickedUp, rendering: &Rendering) -> Self {
        Self {
            state: occurrence.standing.state.as_str(),
            attempt: occurrence.standing.attempt,
            ..Self::planned(&event, occurrence.occurrence_id, occurrence.due_at, rendering)
        }
    }

    fn planned(
        event: &ScheduledRow,
        occurrence_id: String,
        due_at: Timestamp,
        rendering: &Rendering,
    ) -> Self {
        Self {
            occurrence_id,
            event_id: event.event_id.clone(),
            service_id: event.service.clone(),
            r#type: event.kind.clone(),
            entity_id: event.entity_id.clone(),
            due_at: rendering.show(due_at),
            state: "scheduled",
            attempt: 0,
            recurring: event.recurrence.is_some(),
            reminder: event.reminder.clone(),
        }
    }
}
