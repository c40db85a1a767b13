//! The rows of the audit: written once, never changed.

use client_event_scheduler::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::store::{Store, StoreError, WriteTransaction, instant, signed, unsigned};

macro_rules! audit_columns {
    () => {
        "id, at, actor_kind, actor_id, actor_name, address, user_agent, method, route, target_id, outcome, status, \
         problem_code, request_id, unrecorded, changes"
    };
}

/// One thing that somebody did, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAuditRow {
    /// `user`, `service`, `provider`, `development` or `anonymous`.
    pub actor_kind: &'static str,
    /// Id of the user, of the key or of the account.
    pub actor_id: Option<String>,
    /// Name of the user, of the service or of the account.
    pub actor_name: Option<String>,
    /// From where.
    pub address: String,
    /// With what.
    pub user_agent: String,
    /// HTTP method.
    pub method: String,
    /// The route as it is declared, such as `/api/v1/admin/users/{user_id}`.
    pub route: String,
    /// What was changed.
    pub target_id: Option<String>,
    /// `done`, `refused` or `failed`.
    pub outcome: &'static str,
    /// HTTP status, where the answer was known when the row was written.
    pub status: Option<u16>,
    /// The code of the problem that was answered.
    pub problem_code: Option<String>,
    /// The id that the answer carries too.
    pub request_id: String,
    /// Refusals before this one that were not written.
    pub unrecorded: u64,
    /// What was changed, field by field, as JSON.
    pub changes: Option<String>,
}

/// A row of the audit as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Grows with each row.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// See [`NewAuditRow`], as for all that follows.
    pub actor_kind: String,
    /// Id of the user or of the key.
    pub actor_id: Option<String>,
    /// Name of the user or of the service.
    pub actor_name: Option<String>,
    /// From where.
    pub address: String,
    /// With what.
    pub user_agent: String,
    /// HTTP method.
    pub method: String,
    /// The route.
    pub route: String,
    /// What was changed.
    pub target_id: Option<String>,
    /// What became of it.
    pub outcome: String,
    /// HTTP status.
    pub status: Option<i64>,
    /// The code of the problem.
    pub problem_code: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// Refusals before this one that were not written.
    pub unrecorded: u64,
    /// What was changed, field by field, as JSON.
    pub changes: Option<String>,
}

/// Which rows to list. What is absent does not restrict.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Id or name of the actor.
    pub actor: Option<String>,
    /// What was changed.
    pub target_id: Option<String>,
    /// `done`, `refused` or `failed`.
    pub outcome: Option<String>,
    /// The route as it is declared.
    pub route: Option<String>,
    /// The code of the problem.
    pub problem_code: Option<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// A page of the audit, the latest row first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditRow>,
    /// Where the next page begins; `None` on the last one.
    pub next_before: Option<i64>,
}

impl AuditRow {
    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get(0)?,
            at: instant(row.try_get(1)?, "an audit row's at")?,
            actor_kind: row.try_get(2)?,
            actor_id: row.try_get(3)?,
            actor_name: row.try_get(4)?,
            address: row.try_get(5)?,
            user_agent: row.try_get(6)?,
            method: row.try_get(7)?,
            route: row.try_get(8)?,
            target_id: row.try_get(9)?,
            outcome: row.try_get(10)?,
            status: row.try_get(11)?,
            problem_code: row.try_get(12)?,
            request_id: row.try_get(13)?,
            unrecorded: unsigned(row.try_get(14)?, "an audit row's unrecorded")?,
            changes: row.try_get(15)?,
        })
    }
}

/// The casts tell Postgres of which type an absent filter is.
const PAGE: &str = concat!(
    "SELECT ",
    audit_columns!(),
    " FROM audit
      WHERE id < $1
        AND (CAST($2 AS TEXT) IS NULL OR actor_id = $2 OR actor_name = $2)
        AND (CAST($3 AS TEXT) IS NULL OR target_id = $3)
        AND (CAST($4 AS TEXT) IS NULL OR outcome = $4)
        AND (CAST($5 AS TEXT) IS NULL OR route = $5)
        AND (CAST($6 AS TEXT) IS NULL OR problem_code = $6)
        AND at >= $7 AND at < $8
      ORDER BY id DESC LIMIT $9"
);

async fn insert(connection: &mut AnyConnection, row: &NewAuditRow, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (at, actor_kind, actor_id, actor_name, address, user_agent, method, route, target_id, outcome,
                            status, problem_code, request_id, unrecorded, changes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(now.as_millis())
    .bind(row.actor_kind)
    .bind(&row.actor_id)
    .bind(&row.actor_name)
    .bind(&row.address)
    .bind(&row.user_agent)
    .bind(&row.method)
    .bind(&row.route)
    .bind(&row.target_id)
    .bind(row.outcome)
    .bind(row.status.map(i64::from))
    .bind(&row.problem_code)
    .bind(&row.request_id)
    .bind(signed(row.unrecorded))
    .bind(&row.changes)
    .execute(connection)
    .await?;
    Ok(())
}

impl WriteTransaction {
    /// Writes a row of the audit together with what it tells of.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn audit(&mut self, row: &NewAuditRow, now: Timestamp) -> Result<(), StoreError> {
        insert(&mut self.transaction, row, now).await
    }
}

impl Store {
    /// Writes a row of the audit by itself.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn audit(&self, row: &NewAuditRow, now: Timestamp) -> Result<(), StoreError> {
        insert(&mut *self.writer().acquire().await?, row, now).await
    }

    /// Returns at most `limit` rows that were written before row `before`, the latest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, StoreError> {
        let found = sqlx::query(PAGE)
            .bind(before.unwrap_or(i64::MAX))
            .bind(&filter.actor)
            .bind(&filter.target_id)
            .bind(&filter.outcome)
            .bind(&filter.route)
            .bind(&filter.problem_code)
            .bind(filter.from.map_or(i64::MIN, Timestamp::as_millis))
            .bind(filter.until.map_or(i64::MAX, Timestamp::as_millis))
            .bind(i64::from(limit) + 1)
            .fetch_all(self.reader())
            .await?;
        let mut rows = found.iter().map(AuditRow::from_sql).collect::<Result<Vec<_>, _>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_before = if more { rows.last().map(|row| row.id) } else { None };
        Ok(AuditPage { rows, next_before })
    }

    /// Removes rows from before `before`. Returns how many.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let removed = sqlx::query("DELETE FROM audit WHERE at < $1")
            .bind(before.as_millis())
            .execute(self.writer())
            .await?;
        Ok(removed.rows_affected())
    }
}
