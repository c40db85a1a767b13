//! What is to come: occurrences that are kept ready, and beyond them what recurrences will have.

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::TimeReading;
use client_event_scheduler::time::{Disambiguation, ZoneTable};
use serde::{Deserialize, Serialize};

use super::expansion::{Entry, FirstPlaces, expand};
use super::limits::{RECURRENCES_AT_ONCE, UPCOMING_DAYS};
use super::views::Rendering;
use super::{SchedulingService, own_service};
use crate::access::{AccessError, Caller};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{OccurrenceFilter, ScheduledFilter};

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

impl SchedulingService {
    /// Lists what is to come.
    ///
    /// The work is that of the page: what is stored comes from an index, and recurrences are asked only for what their stored
    /// occurrences leave open of it. Nothing is kept but the page.
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
        let _turn =
            self.inner.lists.acquire().await.map_err(|error| ApiError::Internal {
                what: format!("lists are not made any more: {error}"),
            })?;
        let mut reader = self.store().list_reader().await?;
        let mut first = FirstPlaces::new(limit as usize + 1);
        for listed in reader.occurrences(&filter, limit + 1).await? {
            first.add(Entry::of(listed));
        }
        let mut looked_at = (Timestamp::MIN, String::new());
        loop {
            // Those whose stored occurrences end first come first: once the page is full up to such an end, the others have no part in it.
            let bound = first.bound().unwrap_or(until);
            let page = reader.recurrences(&filter.of, bound, &looked_at, RECURRENCES_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            looked_at = (last.planned_until, last.event.event_id.clone());
            let taken_back = reader.taken_back_beyond(&page).await?;
            let range = filter.clone();
            let expand = move || expand(first, &page, &taken_back, &range);
            first = tokio::task::spawn_blocking(expand).await.map_err(|error| ApiError::Internal {
                what: format!("recurrences could not be listed: {error}"),
            })?;
        }
        Ok(page(first.into_entries(), limit, &rendering))
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
        let listed = self.store().list_reader().await?.occurrences(&filter, limit + 1).await?;
        Ok(page(listed.into_iter().map(Entry::of), limit, &rendering))
    }
}

/// A page of entries, of which there is one more than `limit` if they go on.
fn page(entries: impl Iterator<Item = Entry>, limit: u32, rendering: &Rendering) -> UpcomingPage {
    let mut entries: Vec<_> = entries.collect();
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next_cursor = entries
        .last()
        .filter(|_| more)
        .map(|last| format!("{},{}", last.due_at.as_millis(), last.occurrence_id));
    let occurrences = entries.into_iter().map(|entry| Upcoming::of(entry, rendering)).collect();
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

fn place(cursor: &str) -> Result<(Timestamp, String), ApiError> {
    let read = cursor
        .split_once(',')
        .and_then(|(millis, id)| Some((Timestamp::from_millis(millis.parse().ok()?)?, id.to_owned())));
    read.filter(|(_, id)| !id.chars().any(char::is_control)).ok_or_else(|| {
        let message = format!("is {cursor:?}: take next_cursor of the page before");
        FieldProblem::new("cursor", "SETTING_INVALID", message).into()
    })
}

impl Upcoming {
    fn of(Entry { due_at, occurrence_id, event, state, attempt }: Entry, rendering: &Rendering) -> Self {
        Self {
            occurrence_id,
            event_id: event.event_id.clone(),
            service_id: event.service.clone(),
            r#type: event.kind.clone(),
            entity_id: event.entity_id.clone(),
            due_at: rendering.show(due_at),
            state: state.as_str(),
            attempt,
            recurring: event.recurring,
            reminder: event.reminder.clone(),
        }
    }
}
