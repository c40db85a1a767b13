//! Lists of occurrences, and of the recurrences that will have others, as one state of the database has them. Nothing is read of an
//! event that a list does not show.

use std::collections::BTreeSet;

use client_event_scheduler::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::read::{ScheduledFilter, restrict};
use super::rows::{OccurrenceRow, occurrence_columns, withdrawn};
use crate::store::sql_text::SqlText;
use crate::store::{Store, StoreError, instant};

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

/// What lists say of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Its id.
    pub event_id: String,
    /// Whose it is.
    pub service: String,
    /// What is to happen.
    pub kind: String,
    /// To what.
    pub entity_id: String,
    /// Whether it recurs.
    pub recurring: bool,
    /// The name of the reminder that it is.
    pub reminder: Option<String>,
}

/// An occurrence that is stored, with what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOccurrence {
    /// Of what.
    pub event: ListedEvent,
    /// Its time.
    pub occurrence: OccurrenceRow,
}

/// A recurrence that will have occurrences beyond those that are kept ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRecurrence {
    /// Of what.
    pub event: ListedEvent,
    /// The recurrence in iCalendar's form.
    pub recurrence: String,
    /// Up to where its occurrences are stored.
    pub planned_until: Timestamp,
}

/// Reads one state of the database.
#[derive(Debug)]
pub struct ListReader {
    transaction: Transaction<'static, Any>,
}

macro_rules! listed_columns {
    () => {
        "service_events.event_id, service_events.service, type, entity_id, \
         CASE WHEN recurrence IS NULL THEN 0 ELSE 1 END, reminder"
    };
}

/// Of how many columns a [`ListedEvent`] is made.
const LISTED_COLUMNS: usize = 6;

impl Store {
    /// Begins to read lists: everything that the reader returns is of one instant.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn list_reader(&self) -> Result<ListReader, StoreError> {
        Ok(ListReader { transaction: self.begin_read().await? })
    }
}

impl ListReader {
    /// Returns up to `limit` occurrences that the filter takes, in the order of time and id.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrences(
        &mut self,
        filter: &OccurrenceFilter,
        limit: u32,
    ) -> Result<Vec<ListedOccurrence>, StoreError> {
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            listed_columns!(),
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
        if let Some(service) = &filter.of.service {
            // What the index begins with.
            sql.push(" AND service_occurrences.service = ").bind(service.as_str());
        }
        restrict(&mut sql, &filter.of);
        sql.push(" ORDER BY due_at, occurrence_id LIMIT ").bind(i64::from(limit));
        let rows = sql.into_query().fetch_all(&mut *self.transaction).await?;
        rows.iter()
            .map(|row| {
                let event = ListedEvent::from_sql(row)?;
                Ok(ListedOccurrence { event, occurrence: OccurrenceRow::from_sql(row, LISTED_COLUMNS)? })
            })
            .collect()
    }

    /// Returns up to `limit` recurrences that the filter takes and whose stored occurrences end before `until`, behind the place `after`
    /// in the order of that end and of ids.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn recurrences(
        &mut self,
        filter: &ScheduledFilter,
        until: Timestamp,
        after: &(Timestamp, String),
        limit: u32,
    ) -> Result<Vec<ListedRecurrence>, StoreError> {
        // Without a time to plan on, everything is stored.
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            listed_columns!(),
            ", recurrence, planned_until FROM service_events
              WHERE state = 'active' AND recurrence IS NOT NULL AND refill_at IS NOT NULL AND planned_until < "
        ));
        sql.bind(until.as_millis()).push(" AND (planned_until, event_id) > (").bind(after.0.as_millis());
        sql.push(", ").bind(after.1.as_str()).push(")");
        restrict(&mut sql, filter);
        sql.push(" ORDER BY planned_until, event_id LIMIT ").bind(i64::from(limit));
        let rows = sql.into_query().fetch_all(&mut *self.transaction).await?;
        rows.iter()
            .map(|row| {
                Ok(ListedRecurrence {
                    event: ListedEvent::from_sql(row)?,
                    recurrence: row.try_get(LISTED_COLUMNS)?,
                    planned_until: instant(row.try_get(LISTED_COLUMNS + 1)?, "planned_until")?,
                })
            })
            .collect()
    }

    /// Returns which occurrences of these recurrences beyond what is planned have been taken back by themselves: an earlier rule had
    /// them too, and planning leaves them as they are.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn taken_back_beyond(
        &mut self,
        recurrences: &[ListedRecurrence],
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut sql = SqlText::new(concat!(
            "SELECT occurrence_id FROM service_occurrences
             JOIN service_events ON service_events.event_id = service_occurrences.event_id
             WHERE due_at > planned_until AND wake_at IS NULL AND NOT ",
            withdrawn!(),
            " AND service_events.event_id IN ("
        ));
        for (place, each) in recurrences.iter().enumerate() {
            sql.push(if place == 0 { "" } else { ", " }).bind(each.event.event_id.as_str());
        }
        sql.push(")");
        let rows = sql.into_query().fetch_all(&mut *self.transaction).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}

impl ListedEvent {
    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            event_id: row.try_get(0)?,
            service: row.try_get(1)?,
            kind: row.try_get(2)?,
            entity_id: row.try_get(3)?,
            recurring: row.try_get::<i32, _>(4)? != 0,
            reminder: row.try_get(5)?,
        })
    }
}
