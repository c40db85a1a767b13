//! Removing what has been over for as long as it is kept.
//!
//! Each transaction is short and holds the service's lock, so that nothing of what it removes is asked for once more meanwhile.

use client_event_scheduler::Timestamp;
use sqlx::AssertSqlSafe;

use crate::store::values::placeholders;
use crate::store::{Store, StoreError, WriteTransaction};

/// Rows that one transaction removes at most, apart from what belongs to them.
const AT_ONCE: i64 = 500;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemovedScheduled {
    /// Events that were over, each with everything that was known of it.
    pub events: u64,
    /// Settled occurrences of events that go on, each with its attempts.
    pub occurrences: u64,
}

impl Store {
    /// Removes what has been over since before `before`: events with everything that is known of them, and of events that go on
    /// the occurrences that are settled, with their attempts and their lines of the history.
    ///
    /// An occurrence whose time is not past by then stays: planning has to know that it is settled.
    ///
    /// # Errors
    ///
    /// The database failed; what was removed before stays removed.
    pub async fn remove_finished_scheduled(&self, before: Timestamp) -> Result<RemovedScheduled, StoreError> {
        let mut removed = RemovedScheduled::default();
        let over = "SELECT DISTINCT service FROM service_events WHERE state <> 'active' AND updated_at < $1 ORDER BY service";
        for service in self.services(over, before).await? {
            removed.events += self.remove_in_portions(&service, before, Portion::Events).await?;
        }
        let settled = "SELECT DISTINCT service FROM service_occurrences
                       WHERE wake_at IS NULL AND updated_at < $1 ORDER BY service";
        for service in self.services(settled, before).await? {
            removed.occurrences += self.remove_in_portions(&service, before, Portion::Occurrences).await?;
        }
        self.remove_lines_without_occurrence(before).await?;
        Ok(removed)
    }

    async fn services(&self, sql: &'static str, before: Timestamp) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql).bind(before.as_millis()).fetch_all(self.reader()).await?)
    }

    async fn remove_in_portions(
        &self,
        service: &str,
        before: Timestamp,
        portion: Portion,
    ) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let mut transaction = self.begin_write().await?;
            transaction.lock_service(service).await?;
            let ids = match portion {
                Portion::Events => transaction.remove_events(service, before).await?,
                Portion::Occurrences => transaction.remove_settled(service, before).await?,
            };
            transaction.transaction.commit().await?;
            removed += ids.len() as u64;
            if (ids.len() as i64) < AT_ONCE {
                return Ok(removed);
            }
        }
    }

    /// Removes the lines of the history of events that go on: those of occurrences that are not there any more, and of the event as
    /// a whole all but its beginning.
    async fn remove_lines_without_occurrence(&self, before: Timestamp) -> Result<(), StoreError> {
        let sql = "SELECT at, id FROM service_history
                   WHERE at < $1 AND (at, id) > ($2, $3)
                     AND EXISTS (SELECT 1 FROM service_events
                                 WHERE service_events.event_id = service_history.event_id AND state = 'active')
                     AND CASE WHEN occurrence_id IS NULL THEN action <> 'scheduled'
                         ELSE NOT EXISTS (SELECT 1 FROM service_occurrences
                                          WHERE service_occurrences.occurrence_id = service_history.occurrence_id) END
                   ORDER BY at, id LIMIT $4";
        let mut last = (i64::MIN, i64::MIN);
        loop {
            let lines: Vec<(i64, i64)> = sqlx::query_as(sql)
                .bind(before.as_millis())
                .bind(last.0)
                .bind(last.1)
                .bind(AT_ONCE)
                .fetch_all(self.reader())
                .await?;
            let Some(latest) = lines.last() else { return Ok(()) };
            last = *latest;
            let sql = format!("DELETE FROM service_history WHERE id IN {}", placeholders(1, lines.len()));
            let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
            for (_, id) in &lines {
                query = query.bind(*id);
            }
            query.execute(self.writer()).await?;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Portion {
    Events,
    Occurrences,
}

impl WriteTransaction {
    /// Removes events of a service that are over. The service is locked.
    async fn remove_events(&mut self, service: &str, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let over =
            "SELECT event_id FROM service_events WHERE service = $1 AND state <> 'active' AND updated_at < $2
                    ORDER BY updated_at LIMIT $3";
        let ids: Vec<String> = sqlx::query_scalar(over)
            .bind(service)
            .bind(before.as_millis())
            .bind(AT_ONCE)
            .fetch_all(self.connection())
            .await?;
        for table in [
            "service_occurrences",
            "service_attempts",
            "service_history",
            "service_further_keys",
            "service_events",
        ] {
            self.remove_by("event_id", table, &ids).await?;
        }
        Ok(ids)
    }

    /// Removes settled occurrences of events of a service that go on. The service is locked.
    async fn remove_settled(&mut self, service: &str, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let settled = "SELECT occurrence_id FROM service_occurrences
                       JOIN service_events ON service_events.event_id = service_occurrences.event_id
                       WHERE service_occurrences.service = $1 AND wake_at IS NULL AND service_occurrences.updated_at < $2
                         AND due_at < $2 AND service_events.state = 'active'
                       ORDER BY service_occurrences.updated_at LIMIT $3";
        let ids: Vec<String> = sqlx::query_scalar(settled)
            .bind(service)
            .bind(before.as_millis())
            .bind(AT_ONCE)
            .fetch_all(self.connection())
            .await?;
        for table in ["service_occurrences", "service_attempts"] {
            self.remove_by("occurrence_id", table, &ids).await?;
        }
        Ok(ids)
    }

    async fn remove_by(&mut self, column: &str, table: &str, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let sql = format!("DELETE FROM {table} WHERE {column} IN {}", placeholders(1, ids.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for id in ids {
            query = query.bind(id);
        }
        query.execute(self.connection()).await?;
        Ok(())
    }
}
