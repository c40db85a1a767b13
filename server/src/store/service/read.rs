//! Looking at what was scheduled.

use client_event_scheduler::Timestamp;
use sqlx::{AnyConnection, Row};

use super::rows::{OccurrenceRow, ScheduledRow, occurrence_columns, scheduled_columns, withdrawn};
use crate::store::sql_text::SqlText;
use crate::store::{Store, StoreError, WriteTransaction, instant};

/// Which events are meant. What is absent does not restrict.
#[derive(Debug, Clone, Default)]
pub struct ScheduledFilter {
    /// Of this service.
    pub service: Option<String>,
    /// Of this entity.
    pub entity_id: Option<String>,
    /// Of this type.
    pub kind: Option<String>,
    /// Reminders alone.
    pub reminders: bool,
}

/// An event, or one occurrence of it, with all that is shown of it; of one instant.
#[derive(Debug)]
pub struct WholeEvent {
    /// The event.
    pub event: ScheduledRow,
    /// The occurrence that was asked for, or those of the event.
    pub occurrences: StoredOccurrences,
    /// The latest first.
    pub attempts: Vec<AttemptRow>,
    /// The latest first.
    pub history: Vec<HistoryRow>,
}

/// Occurrences of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOccurrences {
    /// In the order of time.
    pub shown: Vec<OccurrenceRow>,
    /// Whether there are others.
    pub more: bool,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Of which occurrence.
    pub occurrence_id: String,
    /// From 1.
    pub attempt: i64,
    /// How it was handed over.
    pub delivery: String,
    /// When.
    pub begun_at: Timestamp,
    /// By when it had to be acknowledged.
    pub deadline_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How.
    pub outcome: Option<String>,
    /// Why.
    pub detail: Option<String>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
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

const WAITS: &str = " AND wake_at IS NOT NULL ORDER BY due_at LIMIT ";
const SETTLED: &str = concat!(" AND wake_at IS NULL AND NOT ", withdrawn!(), " ORDER BY due_at DESC LIMIT ");
const WITHDRAWN: &str = concat!(" AND ", withdrawn!(), " ORDER BY due_at DESC LIMIT ");

/// Returns occurrences of an event, one more than `most` if there are.
async fn portion(
    connection: &mut AnyConnection,
    event_id: &str,
    which: &str,
    most: usize,
) -> Result<Vec<OccurrenceRow>, StoreError> {
    let mut sql = SqlText::new(concat!(
        "SELECT ",
        occurrence_columns!(),
        " FROM service_occurrences WHERE event_id = "
    ));
    sql.bind(event_id).push(which).bind(limit(most).saturating_add(1));
    let rows = sql.into_query().fetch_all(connection).await?;
    rows.iter().map(|row| OccurrenceRow::from_sql(row, 0)).collect()
}

/// Restricts a statement on `service_events`.
pub(super) fn restrict(sql: &mut SqlText, filter: &ScheduledFilter) {
    let texts = [
        ("service_events.service", &filter.service),
        ("entity_id", &filter.entity_id),
        ("type", &filter.kind),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            sql.push(" AND ").push(column).push(" = ").bind(value.as_str());
        }
    }
    if filter.reminders {
        sql.push(" AND reminder IS NOT NULL");
    }
}

impl WriteTransaction {
    /// Returns the active events that the filter takes, as this transaction sees them.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn active_events(&mut self, filter: &ScheduledFilter) -> Result<Vec<ScheduledRow>, StoreError> {
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM service_events WHERE state = 'active'"
        ));
        restrict(&mut sql, filter);
        sql.push(" ORDER BY event_id");
        let rows = sql.into_query().fetch_all(self.connection()).await?;
        rows.iter().map(|row| ScheduledRow::from_sql(row, 0)).collect()
    }
}

/// Returns occurrences of an event in the order of time, at most `most`: of those that wait the first ones, and of those that are settled
/// the latest. Where there are many of both, each have half of the room; what an edit has withdrawn has what is left of it.
async fn occurrences(
    connection: &mut AnyConnection,
    event_id: &str,
    most: usize,
) -> Result<StoredOccurrences, StoreError> {
    let waiting = portion(connection, event_id, WAITS, most).await?;
    let settled = portion(connection, event_id, SETTLED, most).await?;
    let withdrawn = portion(connection, event_id, WITHDRAWN, most).await?;
    let known = waiting.len() + settled.len() + withdrawn.len();
    let of_settled = settled.len().min(most.saturating_sub(waiting.len()).max(most / 2));
    let of_waiting = waiting.len().min(most - of_settled);
    let mut shown: Vec<_> = settled.into_iter().take(of_settled).collect();
    shown.extend(waiting.into_iter().take(of_waiting));
    shown.extend(withdrawn.into_iter().take(most - shown.len()));
    shown.sort_by_key(|occurrence| occurrence.due_at);
    Ok(StoredOccurrences { more: known > shown.len(), shown })
}

pub(super) async fn event(
    connection: &mut AnyConnection,
    event_id: &str,
) -> Result<Option<ScheduledRow>, StoreError> {
    let sql = concat!("SELECT ", scheduled_columns!(), " FROM service_events WHERE event_id = $1");
    let row = sqlx::query(sql).bind(event_id).fetch_optional(connection).await?;
    row.as_ref().map(|row| ScheduledRow::from_sql(row, 0)).transpose()
}

pub(super) async fn occurrence(
    connection: &mut AnyConnection,
    occurrence_id: &str,
) -> Result<Option<OccurrenceRow>, StoreError> {
    let sql = concat!("SELECT ", occurrence_columns!(), " FROM service_occurrences WHERE occurrence_id = $1");
    let row = sqlx::query(sql).bind(occurrence_id).fetch_optional(connection).await?;
    row.as_ref().map(|row| OccurrenceRow::from_sql(row, 0)).transpose()
}

/// The attempts of an event, or of one occurrence of it.
async fn attempts(
    connection: &mut AnyConnection,
    event_id: &str,
    occurrence_id: Option<&str>,
    most: usize,
) -> Result<Vec<AttemptRow>, StoreError> {
    let mut sql = SqlText::new(
        "SELECT occurrence_id, attempt, delivery, begun_at, deadline_at, ended_at, outcome, detail
         FROM service_attempts WHERE event_id = ",
    );
    about(&mut sql, event_id, occurrence_id);
    sql.push(" ORDER BY begun_at DESC, occurrence_id, attempt DESC LIMIT ").bind(limit(most));
    let rows = sql.into_query().fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let ended_at: Option<i64> = row.try_get(5)?;
            Ok(AttemptRow {
                occurrence_id: row.try_get(0)?,
                attempt: row.try_get(1)?,
                delivery: row.try_get(2)?,
                begun_at: instant(row.try_get(3)?, "begun_at")?,
                deadline_at: instant(row.try_get(4)?, "deadline_at")?,
                ended_at: ended_at.map(|millis| instant(millis, "ended_at")).transpose()?,
                outcome: row.try_get(6)?,
                detail: row.try_get(7)?,
            })
        })
        .collect()
}

/// What was done to an event, or to one occurrence of it.
async fn history(
    connection: &mut AnyConnection,
    event_id: &str,
    occurrence_id: Option<&str>,
    most: usize,
) -> Result<Vec<HistoryRow>, StoreError> {
    let mut sql = SqlText::new(
        "SELECT at, occurrence_id, action, state_before, state_after, reason, actor
         FROM service_history WHERE event_id = ",
    );
    about(&mut sql, event_id, occurrence_id);
    sql.push(" ORDER BY id DESC LIMIT ").bind(limit(most));
    let rows = sql.into_query().fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(HistoryRow {
                at: instant(row.try_get(0)?, "at")?,
                occurrence_id: row.try_get(1)?,
                action: row.try_get(2)?,
                before: row.try_get(3)?,
                after: row.try_get(4)?,
                reason: row.try_get(5)?,
                actor: row.try_get(6)?,
            })
        })
        .collect()
}

/// Goes on after `event_id = `: an event, or one occurrence of it.
fn about(sql: &mut SqlText, event_id: &str, occurrence_id: Option<&str>) {
    sql.bind(event_id);
    if let Some(occurrence_id) = occurrence_id {
        sql.push(" AND occurrence_id = ").bind(occurrence_id);
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

impl Store {
    /// Returns one event.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled(&self, event_id: &str) -> Result<Option<ScheduledRow>, StoreError> {
        event(&mut *self.reader().acquire().await?, event_id).await
    }

    /// Returns one occurrence.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrence_now(&self, occurrence_id: &str) -> Result<Option<OccurrenceRow>, StoreError> {
        occurrence(&mut *self.reader().acquire().await?, occurrence_id).await
    }

    /// Returns an event with its occurrences, or with only the one that is asked for, with their attempts and their history, at most
    /// `most` of each; all of one instant. `None` where there is no such event or no such occurrence.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn whole_event(
        &self,
        event_id: &str,
        occurrence_id: Option<&str>,
        most: usize,
    ) -> Result<Option<WholeEvent>, StoreError> {
        let mut reading = self.begin_read().await?;
        let Some(event) = event(&mut reading, event_id).await? else { return Ok(None) };
        let occurrences = match occurrence_id {
            None => occurrences(&mut reading, event_id, most).await?,
            Some(id) => {
                let Some(one) = occurrence(&mut reading, id).await? else { return Ok(None) };
                StoredOccurrences { shown: vec![one], more: false }
            }
        };
        let attempts = attempts(&mut reading, event_id, occurrence_id, most).await?;
        let history = history(&mut reading, event_id, occurrence_id, most).await?;
        Ok(Some(WholeEvent { event, occurrences, attempts, history }))
    }
}
