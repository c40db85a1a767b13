//! Accounts at providers.

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{Breaker, CallBudget};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::store::{Store, StoreError, WriteTransaction, instant, unsigned};

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub account_id: String,
    /// What people call it.
    pub name: String,
    /// What is to be known of the provider, as JSON.
    pub config: String,
    /// What it shows to be let in, as JSON; sealed where the server has keys.
    pub credentials: String,
    /// Whether it is synced.
    pub enabled: bool,
    /// The zone in which discoveries are planned.
    pub time_zone: String,
    /// Calls that it may make in an hour.
    pub calls_per_hour: u32,
    /// How the provider has answered lately.
    pub breaker: Breaker,
    /// When all its events are listed next.
    pub discovery_at: Timestamp,
    /// By what the provider tells whether its list has changed, as JSON.
    pub validators: String,
    /// What went wrong last: its code, and a text for people.
    pub error: Option<(String, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings were changed last.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
}

const COLUMNS: &str = "SELECT account_id, name, config, credentials, enabled, time_zone, calls_per_hour, failures, shut_until,
        discovery_at, validators, error_code, error, created_at, updated_at, updated_by FROM provider_accounts";

pub(super) fn whole(value: i64, what: &'static str) -> Result<u32, StoreError> {
    let value = unsigned(value, what)?;
    u32::try_from(value).map_err(|_| StoreError::Damaged { what: format!("{what} is {value}") })
}

pub(super) fn maybe(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = row.try_get(column)?;
    millis.map(|millis| instant(millis, column)).transpose()
}

/// A code and its text.
pub(super) fn told_error(row: &AnyRow) -> Result<Option<(String, String)>, StoreError> {
    let (code, error): (Option<String>, Option<String>) = (row.try_get("error_code")?, row.try_get("error")?);
    Ok(code.zip(error))
}

fn account(row: &AnyRow) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        account_id: row.try_get("account_id")?,
        name: row.try_get("name")?,
        config: row.try_get("config")?,
        credentials: row.try_get("credentials")?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        time_zone: row.try_get("time_zone")?,
        calls_per_hour: whole(row.try_get("calls_per_hour")?, "calls_per_hour")?,
        breaker: Breaker {
            failures: whole(row.try_get("failures")?, "failures")?,
            shut_until: maybe(row, "shut_until")?,
        },
        discovery_at: instant(row.try_get("discovery_at")?, "discovery_at")?,
        validators: row.try_get("validators")?,
        error: told_error(row)?,
        created_at: instant(row.try_get("created_at")?, "created_at")?,
        updated_at: instant(row.try_get("updated_at")?, "updated_at")?,
        updated_by: row.try_get("updated_by")?,
    })
}

impl Store {
    /// Returns every account, by its id.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provider_accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY account_id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.reader()).await?;
        rows.iter().map(account).collect()
    }

    /// Returns what an account has used of its budget.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provider_budget(&self, account_id: &str) -> Result<CallBudget, StoreError> {
        let used: Option<i64> =
            sqlx::query_scalar("SELECT budget_us FROM provider_accounts WHERE account_id = $1")
                .bind(account_id)
                .fetch_optional(self.reader())
                .await?;
        Ok(used.map_or_else(CallBudget::default, CallBudget::from_micros))
    }

    /// Writes what an account has used of its budget, unless somebody else has since it was `seen`. Returns whether it was written.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_provider_budget(
        &self,
        account_id: &str,
        seen: CallBudget,
        budget: CallBudget,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let written = sqlx::query(
            "UPDATE provider_accounts SET budget_us = $1 WHERE account_id = $2 AND budget_us = $3",
        )
        .bind(budget.as_micros())
        .bind(account_id)
        .bind(seen.as_micros())
        .execute(transaction.connection())
        .await?;
        transaction.commit_apart().await?;
        Ok(written.rows_affected() == 1)
    }
}

impl WriteTransaction {
    /// Commits what is not in the feed and nobody is told of.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was written then.
    pub async fn commit_apart(self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        Ok(())
    }

    /// Writes the settings of an account, new or old. What it has used of its budget stays as it is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_provider_account(&mut self, account: &AccountRow) -> Result<(), StoreError> {
        let (code, error) = account.error.clone().unzip();
        sqlx::query(
            "INSERT INTO provider_accounts (account_id, name, config, credentials, enabled, time_zone, calls_per_hour, budget_us,
                 failures, shut_until, discovery_at, validators, error_code, error, created_at, updated_at, updated_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, config = excluded.config,
                 credentials = excluded.credentials, enabled = excluded.enabled, time_zone = excluded.time_zone,
                 calls_per_hour = excluded.calls_per_hour, failures = excluded.failures, shut_until = excluded.shut_until,
                 discovery_at = excluded.discovery_at, validators = excluded.validators, error_code = excluded.error_code,
                 error = excluded.error, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        )
        .bind(&account.account_id)
        .bind(&account.name)
        .bind(&account.config)
        .bind(&account.credentials)
        .bind(i64::from(account.enabled))
        .bind(&account.time_zone)
        .bind(i64::from(account.calls_per_hour))
        .bind(CallBudget::default().as_micros())
        .bind(i64::from(account.breaker.failures))
        .bind(account.breaker.shut_until.map(Timestamp::as_millis))
        .bind(account.discovery_at.as_millis())
        .bind(&account.validators)
        .bind(code)
        .bind(error)
        .bind(account.created_at.as_millis())
        .bind(account.updated_at.as_millis())
        .bind(&account.updated_by)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes how a provider has answered, and what went wrong.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_provider_breaker(
        &mut self,
        account_id: &str,
        breaker: Breaker,
        error: Option<(&str, &str)>,
    ) -> Result<(), StoreError> {
        let (code, error) = error.unzip();
        sqlx::query(
            "UPDATE provider_accounts SET failures = $1, shut_until = $2, error_code = $3, error = $4 WHERE account_id = $5",
        )
        .bind(i64::from(breaker.failures))
        .bind(breaker.shut_until.map(Timestamp::as_millis))
        .bind(code)
        .bind(error)
        .bind(account_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes when an account is discovered next, and by what it is told whether its list has changed.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_provider_discovery(
        &mut self,
        account_id: &str,
        next: Timestamp,
        validators: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE provider_accounts SET discovery_at = $1, validators = $2 WHERE account_id = $3")
            .bind(next.as_millis())
            .bind(validators)
            .bind(account_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
