//! Recurrences: read from a request, kept, and made ready to be asked.

use client_event_scheduler::recurrence::{Coalesce, Context, Moment, Recurrence, Schedule, SearchStopped};
use client_event_scheduler::service::{
    BusyDay, CatchUp, Horizon, Materialisation, ScheduledTime, TimeReading, first_busy_day, materialise,
};
use client_event_scheduler::time::Disambiguation;
use client_event_scheduler::{InvalidInput, Problem, ProblemCode, Timestamp, ZoneTable};

use super::ServiceSettings;
use super::limits::{DENSITY_DAYS, OCCURRENCES_PER_DAY, READY_OCCURRENCES, TICK_MS};
use super::request::disambiguation_named;
use crate::problem::{ApiError, FieldProblem};
use crate::store::ScheduledRow;

const DAY_MS: i64 = 24 * 3_600_000;

/// The stored recurrence as it was given: its beginning, its zone and how it reads times that clocks skip follow from the event again.
pub(super) fn stored_rule(text: &str, row: &ScheduledRow) -> Result<String, ApiError> {
    let mut recurrence = read_stored(text)?;
    recurrence.start = None;
    if recurrence.time_zone == row.zones.execution {
        recurrence.time_zone = None;
    }
    if disambiguation_named(&row.disambiguation) == Some(recurrence.policies.disambiguation) {
        recurrence.policies.disambiguation = Disambiguation::default();
    }
    serde_json::to_string(&recurrence.to_string())
        .map_err(|error| ApiError::Internal { what: format!("a recurrence: {error}") })
}

/// Reads a recurrence that this server has stored.
pub(super) fn read_stored(text: &str) -> Result<Recurrence, ApiError> {
    text.parse()
        .map_err(|error| ApiError::Internal { what: format!("a stored recurrence cannot be read: {error}") })
}

/// Reads the recurrence of a request, which begins at `time`.
pub(super) fn recurrence(
    raw: &str,
    time: &ScheduledTime,
    reading: &TimeReading<'_>,
) -> Result<Recurrence, Vec<FieldProblem>> {
    let problem =
        |code: ProblemCode, message: String| vec![FieldProblem::new("recurrence", code.as_str(), message)];
    let named = |invalid: InvalidInput| -> Vec<FieldProblem> {
        let name = |problem: Problem| {
            let field = if problem.field.is_empty() {
                "recurrence".to_owned()
            } else {
                format!("recurrence.{}", problem.field)
            };
            FieldProblem::new(field, problem.code.as_str(), problem.message)
        };
        invalid.problems.into_iter().map(name).collect()
    };
    let read = match serde_json::from_str::<String>(raw) {
        Ok(text) => text.parse::<Recurrence>(),
        Err(_) => Recurrence::from_json(raw.as_bytes()),
    };
    let mut recurrence = read.map_err(named)?;
    if recurrence.start.is_some() {
        let message = "has a beginning of its own: leave it out, scheduled_time is the beginning";
        return Err(problem(ProblemCode::RulePartConflict, message.to_owned()));
    }
    if time.instant.as_millis() % 1000 != 0 {
        let message = "recurs to the second: leave the fraction out of scheduled_time";
        return Err(problem(ProblemCode::RulePartConflict, message.to_owned()));
    }
    recurrence.start = Some(time.local.map_or(Moment::Utc(time.instant), Moment::Local));
    if recurrence.time_zone.is_none() {
        recurrence.time_zone = reading.time_zone.map(str::to_owned);
    }
    if recurrence.policies.disambiguation == Disambiguation::default() {
        recurrence.policies.disambiguation = reading.disambiguation;
    }
    let schedule = recurrence.schedule(&Context::new(ZoneTable::embedded())).map_err(named)?;
    match first_busy_day(&schedule, time.instant, DENSITY_DAYS, OCCURRENCES_PER_DAY) {
        Ok(None) => Ok(recurrence),
        Ok(Some(day)) => Err(problem(ProblemCode::SettingInvalid, too_dense(&day))),
        Err(stopped) => Err(problem(ProblemCode::RulePartInvalid, stopped.to_string())),
    }
}

fn too_dense(day: &BusyDay) -> String {
    let BusyDay { date, occurrences } = day;
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!(
        "has {occurrences} occurrences on {year}-{month:02}-{day:02}: at most {OCCURRENCES_PER_DAY} are allowed in a day"
    )
}

/// Makes a stored recurrence ready to be asked.
pub(super) fn schedule_of(recurrence: &Recurrence) -> Result<Schedule<'static>, ApiError> {
    recurrence
        .schedule(&Context::new(ZoneTable::embedded()))
        .map_err(|error| ApiError::Internal { what: format!("a stored recurrence has no schedule: {error}") })
}

/// Plans the occurrences of a recurrence after `after`. A rule that is too dense on a day of the plan has none.
pub(super) fn plan(
    schedule: &Schedule<'_>,
    after: Timestamp,
    now: Timestamp,
    settings: &ServiceSettings,
    missed: Coalesce,
    window_ms: i64,
) -> Result<Materialisation, ApiError> {
    let horizon = Horizon { ahead_ms: i64::from(settings.horizon_days) * DAY_MS, most: READY_OCCURRENCES };
    let catch_up = CatchUp { window_ms, tick_ms: TICK_MS, coalesce: missed };
    let problem = |code: ProblemCode, message: String| -> ApiError {
        FieldProblem::new("recurrence", code.as_str(), message).into()
    };
    let stopped = |stopped: SearchStopped| problem(ProblemCode::RulePartInvalid, stopped.to_string());
    let planned = materialise(schedule, after, now, &horizon, &catch_up).map_err(stopped)?;
    // The days of what is planned: a rule may be dense later than one looks when it is accepted.
    let from = after.max(now);
    let day = |instant| schedule.zone().civil_at(instant).date().days();
    let days = u32::try_from(day(planned.until) - day(from) + 1).unwrap_or(0);
    match first_busy_day(schedule, from, days, OCCURRENCES_PER_DAY).map_err(stopped)? {
        Some(day) => Err(problem(ProblemCode::SettingInvalid, too_dense(&day))),
        None => Ok(planned),
    }
}
