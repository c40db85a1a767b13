//! What the scheduler does with occurrences that are due: many of them in one transaction, in the name of its lease.

use std::collections::BTreeSet;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{OccurrenceState, Standing};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::rows::{OccurrenceRow, SCHEDULED_COLUMNS, ScheduledRow, occurrence_columns, scheduled_columns};
use crate::store::values::{ROWS, placeholders};
use crate::store::{Lease, Store, StoreError, WriteTransaction, instant, signed};

/// An occurrence that is due, with what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickedUp {
    /// What was asked for.
    pub event: ScheduledRow,
    /// Its time.
    pub occurrence: OccurrenceRow,
}

/// One that is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Begun<'a> {
    /// As it was read.
    pub of: &'a OccurrenceRow,
    /// Where it stands from now on.
    pub to: Standing,
    /// `handed_over`, or why it is so only now.
    pub action: &'static str,
    /// How.
    pub delivery: &'static str,
    /// Whether the service fetches it.
    pub by_outbox: bool,
}

/// One that was missed and is left out.
#[derive(Debug, Clone, Copy)]
pub struct LeftOut<'a> {
    /// As it was read.
    pub of: &'a OccurrenceRow,
    /// What becomes of it.
    pub state: OccurrenceState,
    /// Why.
    pub reason: &'static str,
}

impl Store {
    /// When the scheduling service next has something to do: an occurrence wakes, or a recurrence is planned on.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn service_wakes_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let wakes: Option<i64> =
            sqlx::query_scalar("SELECT min(wake_at) FROM service_occurrences WHERE wake_at IS NOT NULL")
                .fetch_one(self.reader())
                .await?;
        let refills: Option<i64> =
            sqlx::query_scalar("SELECT min(refill_at) FROM service_events WHERE refill_at IS NOT NULL")
                .fetch_one(self.reader())
                .await?;
        let first = match (wakes, refills) {
            (Some(wakes), Some(refills)) => Some(wakes.min(refills)),
            (wakes, refills) => wakes.or(refills),
        };
        first.map(|millis| instant(millis, "wake_at")).transpose()
    }

    /// Returns up to `limit` occurrences that wake at `now`, the earliest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn service_due(&self, now: Timestamp, limit: u32) -> Result<Vec<PickedUp>, StoreError> {
        let sql = concat!(
            "SELECT ",
            scheduled_columns!(),
            ", ",
            occurrence_columns!(),
            " FROM service_occurrences JOIN service_events ON service_events.event_id = service_occurrences.event_id
              WHERE wake_at IS NOT NULL AND wake_at <= $1 ORDER BY wake_at, occurrence_id LIMIT $2"
        );
        let rows =
            sqlx::query(sql).bind(now.as_millis()).bind(i64::from(limit)).fetch_all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                let event = ScheduledRow::from_sql(row, 0)?;
                Ok(PickedUp { event, occurrence: OccurrenceRow::from_sql(row, SCHEDULED_COLUMNS)? })
            })
            .collect()
    }

    /// Returns every occurrence of an event that is due at `now` and has not begun, in the order of time.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn due_of(&self, event_id: &str, now: Timestamp) -> Result<Vec<OccurrenceRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            occurrence_columns!(),
            " FROM service_occurrences WHERE event_id = $1 AND wake_at IS NOT NULL AND state = 'scheduled' AND due_at <= $2
              ORDER BY due_at"
        );
        let rows = sqlx::query(sql).bind(event_id).bind(now.as_millis()).fetch_all(self.reader()).await?;
        rows.iter().map(|row| OccurrenceRow::from_sql(row, 0)).collect()
    }
}

impl WriteTransaction {
    /// Hands over those of `begun` that still stand as they were read. Returns the ids of those.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn begin_attempts(
        &mut self,
        begun: &[Begun<'_>],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut all = BTreeSet::new();
        for chunk in begun.chunks(ROWS) {
            let connection = self.connection();
            let won = claim(connection, chunk, now).await?;
            let kept: Vec<_> = chunk.iter().filter(|each| won.contains(&each.of.occurrence_id)).collect();
            if kept.is_empty() {
                continue;
            }
            add_attempts(connection, &kept, lease, now).await?;
            add_to_outbox(connection, &kept, now).await?;
            let entries: Vec<_> = kept.iter().map(|each| Entry::of_begun(each)).collect();
            note_all(connection, &entries, lease, now).await?;
            all.extend(won);
        }
        Ok(all)
    }

    /// Settles those of `left_out` that still stand as they were read. Returns the events of those.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn leave_out(
        &mut self,
        left_out: &[LeftOut<'_>],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut events = BTreeSet::new();
        for each in left_out {
            let connection = self.connection();
            let won = sqlx::query(
                "UPDATE service_occurrences SET state = $1, reason = $2, wake_at = NULL, updated_at = $3
                 WHERE occurrence_id = $4 AND state = 'scheduled'",
            )
            .bind(each.state.as_str())
            .bind(each.reason)
            .bind(now.as_millis())
            .bind(&each.of.occurrence_id)
            .execute(&mut *connection)
            .await?;
            if won.rows_affected() == 1 {
                note_all(connection, &[Entry::of_left_out(each)], lease, now).await?;
                events.insert(each.of.event_id.clone());
            }
        }
        Ok(events)
    }
}

async fn claim(
    connection: &mut AnyConnection,
    begun: &[Begun<'_>],
    now: Timestamp,
) -> Result<BTreeSet<String>, StoreError> {
    let sql = format!(
        "WITH begun (of_id, was_state, was_attempt, is_attempt, allowed, deadline) AS (VALUES {})
         UPDATE service_occurrences SET state = 'processing', attempt = begun.is_attempt,
             attempts_allowed = begun.allowed, wake_at = begun.deadline,
             reason = NULL, updated_at = {} FROM begun
         WHERE occurrence_id = of_id AND state = was_state AND attempt = was_attempt
         RETURNING occurrence_id",
        placeholders(begun.len(), 6),
        now.as_millis(),
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for each in begun {
        query = query
            .bind(&each.of.occurrence_id)
            .bind(each.of.standing.state.as_str())
            .bind(i64::from(each.of.standing.attempt))
            .bind(i64::from(each.to.attempt))
            .bind(i64::from(each.to.attempts_allowed))
            .bind(each.to.wake_at.map_or(i64::MAX, Timestamp::as_millis));
    }
    let rows = query.fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

async fn add_attempts(
    connection: &mut AnyConnection,
    begun: &[&Begun<'_>],
    lease: &Lease,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO service_attempts (occurrence_id, attempt, event_id, delivery, begun_at, deadline_at, epoch) VALUES {}",
        placeholders(begun.len(), 7)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(begun.len() == 1);
    for each in begun {
        query = query
            .bind(&each.of.occurrence_id)
            .bind(i64::from(each.to.attempt))
            .bind(&each.of.event_id)
            .bind(each.delivery)
            .bind(now.as_millis())
            .bind(each.to.wake_at.map_or(i64::MAX, Timestamp::as_millis))
            .bind(signed(lease.epoch));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn add_to_outbox(
    connection: &mut AnyConnection,
    begun: &[&Begun<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let begun: Vec<_> = begun.iter().filter(|each| each.by_outbox).collect();
    if begun.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO service_outbox (service, occurrence_id, event_id, attempt, handed_at) VALUES {}",
        placeholders(begun.len(), 5)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(begun.len() == 1);
    for each in begun {
        query = query
            .bind(&each.of.service)
            .bind(&each.of.occurrence_id)
            .bind(&each.of.event_id)
            .bind(i64::from(each.to.attempt))
            .bind(now.as_millis());
    }
    query.execute(connection).await?;
    Ok(())
}

/// A line of the history.
struct Entry<'a> {
    of: &'a OccurrenceRow,
    action: &'static str,
    after: OccurrenceState,
    attempt: u32,
    reason: Option<&'static str>,
}

impl<'a> Entry<'a> {
    fn of_begun(begun: &Begun<'a>) -> Self {
        let Begun { of, to, action, .. } = *begun;
        Self { of, action, after: to.state, attempt: to.attempt, reason: None }
    }

    fn of_left_out(left: &LeftOut<'a>) -> Self {
        let LeftOut { of, state, reason } = *left;
        Self { of, action: "left_out", after: state, attempt: of.standing.attempt, reason: Some(reason) }
    }
}

async fn note_all(
    connection: &mut AnyConnection,
    entries: &[Entry<'_>],
    lease: &Lease,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO service_history (at, service, event_id, occurrence_id, action, state_before, state_after, attempt, reason,
             actor, epoch) VALUES {}",
        placeholders(entries.len(), 11)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(entries.len() == 1);
    for entry in entries {
        query = query
            .bind(now.as_millis())
            .bind(&entry.of.service)
            .bind(&entry.of.event_id)
            .bind(&entry.of.occurrence_id)
            .bind(entry.action)
            .bind(entry.of.standing.state.as_str())
            .bind(entry.after.as_str())
            .bind(i64::from(entry.attempt))
            .bind(entry.reason)
            .bind("scheduler")
            .bind(signed(lease.epoch));
    }
    query.execute(connection).await?;
    Ok(())
}
