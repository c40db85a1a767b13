//! Changing where one occurrence stands: by compare-and-set, with its word in the history.

use std::collections::BTreeSet;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{OccurrenceState, Standing};
use sqlx::AnyConnection;

use super::read;
use super::rows::{OccurrenceRow, occurrence_columns, withdrawn};
use crate::store::sql_text::SqlText;
use crate::store::values::ROWS;
use crate::store::{Lease, StoreError, WriteTransaction, lease, signed};

/// A change of where an occurrence stands.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// The occurrence as it was read.
    pub of: &'a OccurrenceRow,
    /// Where it stands from now on.
    pub to: Standing,
    /// What was done.
    pub action: &'static str,
    /// Why, where that needs saying.
    pub reason: Option<&'a str>,
    /// Who did it.
    pub actor: &'a str,
    /// In the name of which lease, where the scheduler did it.
    pub lease: Option<&'a Lease>,
}

impl WriteTransaction {
    /// Checks that this transaction writes in the name of the lease that is held.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`], or the database failed.
    pub async fn check_lease(&mut self, held: &Lease) -> Result<(), StoreError> {
        lease::check(self.store.dialect(), &mut self.transaction, held).await
    }

    /// Changes where an occurrence stands, unless somebody else has since it was read, and what follows for the state of its event.
    /// Returns whether it was changed.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn change(&mut self, change: &Transition<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let won = self.change_only(change, now).await?;
        if won && (change.to.state.is_final() || change.of.standing.state.is_final()) {
            self.refresh_state(&change.of.event_id, now).await?;
        }
        Ok(won)
    }

    /// Changes where one of several occurrences stands. Once all are changed, the events follow: [`refresh_state`](Self::refresh_state).
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn change_only(&mut self, change: &Transition<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let connection = self.connection();
        let won = sqlx::query(
            "UPDATE service_occurrences SET state = $1, attempt = $2, attempts_allowed = $3, wake_at = $4, reason = $5,
                 updated_at = $6
             WHERE occurrence_id = $7 AND state = $8 AND attempt = $9",
        )
        .bind(change.to.state.as_str())
        .bind(i64::from(change.to.attempt))
        .bind(i64::from(change.to.attempts_allowed))
        .bind(change.to.wake_at.map(Timestamp::as_millis))
        .bind(change.reason)
        .bind(now.as_millis())
        .bind(&change.of.occurrence_id)
        .bind(change.of.standing.state.as_str())
        .bind(i64::from(change.of.standing.attempt))
        .execute(&mut *connection)
        .await?;
        if won.rows_affected() != 1 {
            return Ok(false);
        }
        note(connection, change, now).await?;
        if change.of.standing.state == OccurrenceState::Processing || change.to.state.is_final() {
            end_attempt(connection, change, now).await?;
        }
        Ok(true)
    }

    /// Keeps others from changing these occurrences until this transaction ends.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn lock_occurrences(&mut self, ids: &BTreeSet<&str>) -> Result<(), StoreError> {
        let lock = self.store.dialect().row_lock();
        if lock.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ids.iter().copied().collect();
        for chunk in ids.chunks(ROWS) {
            let mut sql =
                SqlText::new("SELECT occurrence_id FROM service_occurrences WHERE occurrence_id IN (");
            for (place, id) in chunk.iter().enumerate() {
                sql.push(if place == 0 { "" } else { ", " }).bind(*id);
            }
            sql.push(") ORDER BY occurrence_id").push(lock);
            sql.into_query().fetch_all(self.connection()).await?;
        }
        Ok(())
    }

    /// Returns the occurrences of an event that are not settled, in the order of time. Nobody else changes them before this transaction
    /// ends.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn waiting_of(&mut self, event_id: &str) -> Result<Vec<OccurrenceRow>, StoreError> {
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            occurrence_columns!(),
            " FROM service_occurrences WHERE event_id = "
        ));
        sql.bind(event_id)
            .push(" AND wake_at IS NOT NULL ORDER BY due_at")
            .push(self.store.dialect().row_lock());
        let rows = sql.into_query().fetch_all(self.connection()).await?;
        rows.iter().map(|row| OccurrenceRow::from_sql(row, 0)).collect()
    }

    /// Returns the occurrences of an event from the first one on that is not settled, or from `from` if that is earlier, in the order of
    /// time. Nobody else changes them before this transaction ends.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrences_to_revise(
        &mut self,
        event_id: &str,
        from: Timestamp,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let first: Option<i64> = sqlx::query_scalar(
            "SELECT min(due_at) FROM service_occurrences WHERE event_id = $1 AND wake_at IS NOT NULL",
        )
        .bind(event_id)
        .fetch_one(self.connection())
        .await?;
        let from = first.map_or(from.as_millis(), |first| first.min(from.as_millis()));
        let mut sql = SqlText::new(concat!(
            "SELECT ",
            occurrence_columns!(),
            " FROM service_occurrences WHERE event_id = "
        ));
        sql.bind(event_id).push(" AND due_at >= ").bind(from).push(" ORDER BY due_at");
        sql.push(self.store.dialect().row_lock());
        let rows = sql.into_query().fetch_all(self.connection()).await?;
        rows.iter().map(|row| OccurrenceRow::from_sql(row, 0)).collect()
    }

    /// Returns the latest occurrence of an event that no edit has withdrawn.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn latest_occurrence(&mut self, event_id: &str) -> Result<Option<OccurrenceRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            occurrence_columns!(),
            " FROM service_occurrences WHERE event_id = $1 AND NOT ",
            withdrawn!(),
            " ORDER BY due_at DESC LIMIT 1"
        );
        let row = sqlx::query(sql).bind(event_id).fetch_optional(self.connection()).await?;
        row.as_ref().map(|row| OccurrenceRow::from_sql(row, 0)).transpose()
    }

    /// Returns one occurrence as this transaction sees it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn occurrence(&mut self, occurrence_id: &str) -> Result<Option<OccurrenceRow>, StoreError> {
        read::occurrence(self.connection(), occurrence_id).await
    }
}

async fn note(
    connection: &mut AnyConnection,
    change: &Transition<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO service_history (at, service, event_id, occurrence_id, action, state_before, state_after, attempt, reason,
             actor, epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(now.as_millis())
    .bind(&change.of.service)
    .bind(&change.of.event_id)
    .bind(&change.of.occurrence_id)
    .bind(change.action)
    .bind(change.of.standing.state.as_str())
    .bind(change.to.state.as_str())
    .bind(i64::from(change.to.attempt))
    .bind(change.reason)
    .bind(change.actor)
    .bind(change.lease.map(|lease| signed(lease.epoch)))
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the attempt that was under way, and takes it out of the outbox.
async fn end_attempt(
    connection: &mut AnyConnection,
    change: &Transition<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE service_attempts SET ended_at = $1, outcome = $2, detail = $3
         WHERE occurrence_id = $4 AND attempt = $5 AND ended_at IS NULL",
    )
    .bind(now.as_millis())
    .bind(change.action)
    .bind(change.reason)
    .bind(&change.of.occurrence_id)
    .bind(i64::from(change.of.standing.attempt))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM service_outbox WHERE occurrence_id = $1")
        .bind(&change.of.occurrence_id)
        .execute(connection)
        .await?;
    Ok(())
}
