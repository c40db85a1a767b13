//! Looking at what was scheduled.

use client_event_scheduler::Timestamp;
use sqlx::Row;

use super::pick_up::PickedUp;
use super::rows::{OccurrenceRow, SCHEDULED_COLUMNS, ScheduledRow, occurrence_columns, scheduled_columns};
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

/// Which occurrences are meant.
#[derive(Debug, Clone)]
pub struct OccurrenceFilter {
    /// Of which events.
    pub of: ScheduledFilter,
    /// Those that are still to be settled; otherwise the dead letters.
    pub open: bool,
    /// From this instant on.
    pub from: Timestamp,
    /// Before this instant.
    pub until: Timestamp,
    /// Behind this place in the order of time and id.
    pub after: Option<(Timestamp, String)>,
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

fn restrict(sql: &mut SqlText, filter: &ScheduledFilter) {
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

fn active_events(filter: &ScheduledFilter) -> SqlText {
    let mut sql =
        SqlText::new(concat!("SELECT ", scheduled_columns!(), " FROM service_events WHERE state = 'active'"));
    restrict(&mut sql, filter);
    sql
}

impl WriteTransaction {
    /// Returns the active events that the filter takes, as this transaction sees them.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn active_events(&mut self, filter: &ScheduledFilter) -> Result<Vec<ScheduledRow>, StoreError> {
        let mut sql = active_events(filter);
        sql.push(" ORDER BY event_id");
        let rows = sql.into_query().fetch_all(self.connection()).await?;
        rows.iter().map(|row| ScheduledRow::from_sql(row, 0)).collect()
    }
}

impl Store {
    /// Returns one event.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled(&self, event_id: &str) -> Result<Option<ScheduledRow>, StoreError> {
        let sql = concat!("SELECT ", scheduled_columns!(), " FROM service_events WHERE event_id = $1");
        let row = sqlx::query(sql).bind(event_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(|row| ScheduledRow::from_sql(row, 0)).transpose()
    }

    /// Returns one occurrence.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrence_now(&self, occurrence_id: &str) -> Result<Option<OccurrenceRow>, StoreError> {
        let sql =
            concat!("SELECT ", occurrence_columns!(), " FROM service_occurrences WHERE occurrence_id = $1");
        let row = sqlx::query(sql).bind(occurrence_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(|row| OccurrenceRow::from_sql(row, 0)).transpose()
    }

    /// Returns the active events that the filter takes and that recur.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn recurring_events(&self, filter: &ScheduledFilter) -> Result<Vec<ScheduledRow>, StoreError> {
        let mut sql = active_events(filter);
        sql.push(" AND recurrence IS NOT NULL ORDER BY event_id");
        let rows = sql.into_query().fetch_all(self.reader()).await?;
        rows.iter().map(|row| ScheduledRow::from_sql(row, 0)).collect()
    }

    /// Returns up to `limit` occurrences that the filter takes, in the order of time and id.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrences(
        &self,
        filter: &OccurrenceFilter,
        limit: u32,
    ) -> Result<Vec<PickedUp>, StoreError> {
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            scheduled_columns!(),
            ", ",
            occurrence_columns!(),
            " FROM service_occurrences JOIN service_events ON service_events.event_id = service_occurrences.event_id WHERE due_at >= "
        ));
        sql.bind(filter.from.as_millis()).push(" AND due_at < ").bind(filter.until.as_millis());
        sql.push(if filter.open {
            " AND wake_at IS NOT NULL"
        } else {
            " AND service_occurrences.state = 'failed'"
        });
        if let Some((due_at, occurrence_id)) = &filter.after {
            sql.push(" AND (due_at, occurrence_id) > (").bind(due_at.as_millis());
            sql.push(", ").bind(occurrence_id.as_str()).push(")");
        }
        restrict(&mut sql, &filter.of);
        sql.push(" ORDER BY due_at, occurrence_id LIMIT ").bind(i64::from(limit));
        let rows = sql.into_query().fetch_all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                let event = ScheduledRow::from_sql(row, 0)?;
                Ok(PickedUp { event, occurrence: OccurrenceRow::from_sql(row, SCHEDULED_COLUMNS)? })
            })
            .collect()
    }

    /// Returns the stored occurrences of an event in the order of time, at most `limit`, the latest.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn stored_occurrences(
        &self,
        event_id: &str,
        limit: u32,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            occurrence_columns!(),
            " FROM service_occurrences WHERE event_id = $1 ORDER BY due_at LIMIT $2"
        );
        let rows = sqlx::query(sql).bind(event_id).bind(i64::from(limit)).fetch_all(self.reader()).await?;
        rows.iter().map(|row| OccurrenceRow::from_sql(row, 0)).collect()
    }

    /// Returns the attempts of an event, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn attempts_of(&self, event_id: &str, limit: u32) -> Result<Vec<AttemptRow>, StoreError> {
        let sql = "SELECT occurrence_id, attempt, delivery, begun_at, deadline_at, ended_at, outcome, detail
                   FROM service_attempts WHERE event_id = $1 ORDER BY begun_at DESC, occurrence_id, attempt DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(event_id).bind(i64::from(limit)).fetch_all(self.reader()).await?;
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

    /// Returns what was done to an event, the latest first, at most `limit` lines.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled_history(&self, event_id: &str, limit: u32) -> Result<Vec<HistoryRow>, StoreError> {
        let sql = "SELECT at, occurrence_id, action, state_before, state_after, reason, actor
                   FROM service_history WHERE event_id = $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(event_id).bind(i64::from(limit)).fetch_all(self.reader()).await?;
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
}
