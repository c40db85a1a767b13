//! Writing what a service asks for.

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{AttemptPolicy, OccurrenceState, coalesce_name};
use sqlx::AssertSqlSafe;

use super::read;
use super::rows::{ScheduledRow, scheduled_columns};
use crate::store::sql_text::SqlText;
use crate::store::values::{ROWS, placeholders};
use crate::store::{StoreError, WriteTransaction};

/// An occurrence that is to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOccurrence {
    /// Its id.
    pub occurrence_id: String,
    /// When it is due.
    pub due_at: Timestamp,
}

impl WriteTransaction {
    /// Keeps everybody else from changing what `service` has scheduled until this transaction ends, so that counting it and
    /// looking for the same thing is enough. Who hands over, and who settles what was handed over, does without.
    ///
    /// On Postgres every transaction of the scheduling service takes its locks in one order, so that no two wait for each other:
    /// services in the order of their names, occurrences in the order of their ids, and then events in the order of theirs. Attempts and
    /// places in the outbox are touched by whoever has locked their occurrence; what is new, nobody else sees. The lease can be read at
    /// any point: who takes or renews it waits for nothing else.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn lock_service(&mut self, service: &str) -> Result<(), StoreError> {
        self.lock(&format!("scheduled by {service}")).await
    }

    /// Returns what `service` has scheduled with this key, and what distinguishes the request that the key came with from another one.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled_with_key(
        &mut self,
        service: &str,
        key: &str,
    ) -> Result<Option<(ScheduledRow, String)>, StoreError> {
        let sql = concat!(
            "SELECT ",
            scheduled_columns!(),
            " FROM service_events WHERE service = $1 AND idempotency_key = $2"
        );
        if let Some(row) = sqlx::query(sql).bind(service).bind(key).fetch_optional(self.connection()).await? {
            let row = ScheduledRow::from_sql(&row, 0)?;
            let request_hash = row.request_hash.clone();
            return Ok(Some((row, request_hash)));
        }
        let sql = "SELECT event_id, request_hash FROM service_further_keys WHERE service = $1 AND idempotency_key = $2";
        let further: Option<(String, String)> =
            sqlx::query_as(sql).bind(service).bind(key).fetch_optional(self.connection()).await?;
        let Some((event_id, request_hash)) = further else { return Ok(None) };
        Ok(self.scheduled(&event_id).await?.map(|row| (row, request_hash)))
    }

    /// Keeps a further key with which an event was asked for.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_further_key(
        &mut self,
        row: &ScheduledRow,
        key: &str,
        request_hash: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO service_further_keys (service, idempotency_key, event_id, request_hash) VALUES ($1, $2, $3, $4)",
        )
        .bind(&row.service)
        .bind(key)
        .bind(&row.event_id)
        .bind(request_hash)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Returns what has this identity and is not cancelled.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled_as(&mut self, identity: &str) -> Result<Option<ScheduledRow>, StoreError> {
        let sql = concat!("SELECT ", scheduled_columns!(), " FROM service_events WHERE identity = $1");
        let row = sqlx::query(sql).bind(identity).fetch_optional(self.connection()).await?;
        row.as_ref().map(|row| ScheduledRow::from_sql(row, 0)).transpose()
    }

    /// Returns how much of `service` is active.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn count_scheduled(&mut self, service: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM service_events WHERE service = $1 AND state = 'active'";
        let counted: i64 = sqlx::query_scalar(sql).bind(service).fetch_one(self.connection()).await?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    /// Returns one event as this transaction sees it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn scheduled(&mut self, event_id: &str) -> Result<Option<ScheduledRow>, StoreError> {
        read::event(self.connection(), event_id).await
    }

    /// Writes an event that is new.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_scheduled(&mut self, row: &ScheduledRow) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO service_events (event_id, service, type, entity_id, state, identity, idempotency_key, request_hash,
                 scheduled_time, scheduled_at, resource_timezone, user_timezone, execution_timezone, disambiguation, payload,
                 recurrence, missed, max_retries, retry_delay_ms, timeout_ms, reminder, planned_until, refill_at, created_at,
                 updated_at, created_by)
             VALUES {}",
            placeholders(1, super::rows::SCHEDULED_COLUMNS)
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(&row.event_id)
            .bind(&row.service)
            .bind(&row.kind)
            .bind(&row.entity_id)
            .bind(&row.state)
            .bind(&row.identity)
            .bind(&row.idempotency_key)
            .bind(&row.request_hash)
            .bind(&row.scheduled_time)
            .bind(row.scheduled_at.as_millis())
            .bind(&row.zones.resource)
            .bind(&row.zones.user)
            .bind(&row.zones.execution)
            .bind(&row.disambiguation)
            .bind(&row.payload)
            .bind(&row.recurrence)
            .bind(coalesce_name(row.missed))
            .bind(i64::from(row.policy.max_retries))
            .bind(i64::from(row.policy.retry_delay_ms))
            .bind(i64::from(row.policy.timeout_ms))
            .bind(&row.reminder)
            .bind(row.planned_until.map(Timestamp::as_millis))
            .bind(row.refill_at.map(Timestamp::as_millis))
            .bind(row.created_at.as_millis())
            .bind(row.updated_at.as_millis())
            .bind(&row.created_by)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writes the new state of an event that exists: what an edit, a cancellation or planning changes.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_scheduled(&mut self, row: &ScheduledRow) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE service_events SET state = $1, identity = $2, scheduled_time = $3, scheduled_at = $4,
                 resource_timezone = $5, user_timezone = $6, execution_timezone = $7, disambiguation = $8, payload = $9,
                 recurrence = $10, missed = $11, max_retries = $12, retry_delay_ms = $13, timeout_ms = $14,
                 planned_until = $15, refill_at = $16, updated_at = $17 WHERE event_id = $18",
        )
        .bind(&row.state)
        .bind(&row.identity)
        .bind(&row.scheduled_time)
        .bind(row.scheduled_at.as_millis())
        .bind(&row.zones.resource)
        .bind(&row.zones.user)
        .bind(&row.zones.execution)
        .bind(&row.disambiguation)
        .bind(&row.payload)
        .bind(&row.recurrence)
        .bind(coalesce_name(row.missed))
        .bind(i64::from(row.policy.max_retries))
        .bind(i64::from(row.policy.retry_delay_ms))
        .bind(i64::from(row.policy.timeout_ms))
        .bind(row.planned_until.map(Timestamp::as_millis))
        .bind(row.refill_at.map(Timestamp::as_millis))
        .bind(row.updated_at.as_millis())
        .bind(&row.event_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes occurrences that wait; one that is stored already stays as it is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn add_occurrences(
        &mut self,
        event_id: &str,
        service: &str,
        policy: &AttemptPolicy,
        occurrences: &[NewOccurrence],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let allowed = i64::from(policy.max_retries) + 1;
        for chunk in occurrences.chunks(ROWS) {
            let sql = format!(
                "INSERT INTO service_occurrences (occurrence_id, event_id, service, due_at, state, attempt, attempts_allowed,
                     wake_at, updated_at)
                 VALUES {} ON CONFLICT DO NOTHING",
                placeholders(chunk.len(), 9)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(chunk.len() == 1);
            for occurrence in chunk {
                query = query
                    .bind(&occurrence.occurrence_id)
                    .bind(event_id)
                    .bind(service)
                    .bind(occurrence.due_at.as_millis())
                    .bind(OccurrenceState::Scheduled.as_str())
                    .bind(0_i64)
                    .bind(allowed)
                    .bind(occurrence.due_at.as_millis())
                    .bind(now.as_millis());
            }
            query.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Notes something that was done to an event as a whole.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn note_scheduled(
        &mut self,
        row: &ScheduledRow,
        action: &'static str,
        reason: Option<&str>,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO service_history (at, service, event_id, action, state_after, reason, actor)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(now.as_millis())
        .bind(&row.service)
        .bind(&row.event_id)
        .bind(action)
        .bind(&row.state)
        .bind(reason)
        .bind(actor)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Marks an event as finished when nothing of it waits any more, and as active when something does.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn refresh_state(&mut self, event_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let lock = self.store.dialect().row_lock();
        if !lock.is_empty() {
            // A statement sees what was committed before it began. Were it this one that waited for somebody who settles another
            // occurrence of the event, it would take that one for waiting.
            let mut sql = SqlText::new("SELECT event_id FROM service_events WHERE event_id = ");
            sql.bind(event_id).push(lock);
            sql.into_query().fetch_optional(self.connection()).await?;
        }
        sqlx::query(
            "UPDATE service_events SET updated_at = $1, state = CASE WHEN refill_at IS NOT NULL OR EXISTS
                 (SELECT 1 FROM service_occurrences WHERE service_occurrences.event_id = $2 AND wake_at IS NOT NULL)
                 THEN 'active' ELSE 'finished' END
             WHERE event_id = $2 AND state <> 'cancelled'",
        )
        .bind(now.as_millis())
        .bind(event_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
