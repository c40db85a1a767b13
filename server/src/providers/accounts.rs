//! Managing accounts at providers.

use client_event_scheduler::providers::Breaker;
use client_event_scheduler::{ProblemCode, ZoneProvider, ZoneTable};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sync::{ProviderSync, owner};
use super::{Credentials, ProviderConfig};
use crate::access::{AuditChanges, Caller};
use crate::problem::{ApiError, FieldProblem};
use crate::store::AccountRow;

/// Calls in an hour that an account may make unless something else is said.
const CALLS_PER_HOUR: u32 = 1_000;

/// Calls in an hour that an account may make at most.
const MOST_CALLS: u32 = 1_000_000;

/// Characters that the id of an account may have: it begins the ids of its events.
const ID_CHARS: usize = 40;

/// Characters that the name of an account may have.
const NAME_CHARS: usize = 200;

/// A new account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountBody {
    /// Its id, 1 to 40 lower-case letters, digits, `-` and `_`: the ids of its events begin with it.
    #[schema(example = "running-club")]
    pub account_id: String,
    /// What people call it.
    #[schema(example = "The running club at RunSignUp")]
    pub name: String,
    /// What is to be known of the provider, told apart by `kind`: `json`, `icalendar` or `runsignup`.
    #[schema(value_type = Object, example = json!({"kind": "icalendar", "url": "https://example.org/calendar.ics"}))]
    pub provider: Value,
    /// What it shows to be let in, told apart by `kind`: `none` (unless given), `bearer`, `basic`, `header` or `api_key`. It is kept
    /// sealed and never shown.
    #[schema(value_type = Option<Object>, example = json!({"kind": "bearer", "token": "…"}))]
    pub credentials: Option<Value>,
    /// Whether it is synced; it is unless `false` is given.
    pub enabled: Option<bool>,
    /// The IANA zone in which discoveries are planned, at 06:00 and 18:00; UTC unless given.
    #[schema(example = "America/New_York")]
    pub time_zone: Option<String>,
    /// Calls that it may make in any hour; 1 000 unless given.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub calls_per_hour: Option<u32>,
}

/// A change of an account: what is not given stays as it is.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    /// See creating.
    pub name: Option<String>,
    /// See creating; as a whole.
    #[schema(value_type = Option<Object>)]
    pub provider: Option<Value>,
    /// See creating.
    #[schema(value_type = Option<Object>)]
    pub credentials: Option<Value>,
    /// See creating.
    pub enabled: Option<bool>,
    /// See creating.
    pub time_zone: Option<String>,
    /// See creating.
    pub calls_per_hour: Option<u32>,
}

impl ProviderSync {
    /// Creates an account, whose events are listed at once.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `ACCOUNT_EXISTS` or `STORE_ERROR`.
    pub async fn create_account(
        &self,
        caller: &Caller,
        body: NewAccountBody,
    ) -> Result<AccountRow, ApiError> {
        let account_id = body.account_id.clone();
        let now = self.clock.now();
        let blank = AccountRow {
            account_id: account_id.clone(),
            name: String::new(),
            config: String::new(),
            credentials: self.vault.seal(&owner(&account_id), r#"{"kind":"none"}"#)?,
            enabled: true,
            time_zone: "UTC".to_owned(),
            calls_per_hour: CALLS_PER_HOUR,
            breaker: Breaker::default(),
            discovery_at: now,
            validators: "{}".to_owned(),
            error: None,
            created_at: now,
            updated_at: now,
            updated_by: caller.actor().author().unwrap_or_default(),
        };
        let patch = AccountPatch {
            name: Some(body.name),
            provider: Some(body.provider),
            credentials: body.credentials,
            enabled: body.enabled,
            time_zone: body.time_zone,
            calls_per_hour: body.calls_per_hour,
        };
        let account = self.patched(blank, patch, Some(&account_id)).await?;
        let mut transaction = self.store.begin_write().await?;
        if transaction.provider_account(&account_id).await?.is_some() {
            return Err(ApiError::AccountExists { account_id });
        }
        transaction.put_provider_account(&account).await?;
        let changes = AuditChanges::between(None, Some(&told(&account)));
        transaction.audit(&caller.changed(&account_id, &changes), now).await?;
        transaction.commit_apart().await?;
        self.wake.notify_one();
        Ok(account)
    }

    /// Changes an account. What it has told is forgotten by nobody: a provider at another address is compared with it.
    ///
    /// # Errors
    ///
    /// `ACCOUNT_NOT_FOUND`, `INVALID_INPUT` or `STORE_ERROR`.
    pub async fn update_account(
        &self,
        caller: &Caller,
        account_id: &str,
        patch: AccountPatch,
    ) -> Result<AccountRow, ApiError> {
        let row = self.account(account_id).await?;
        let mut account = self.patched(row, patch, None).await?;
        let now = self.clock.now();
        account.updated_at = now;
        account.updated_by = caller.actor().author().unwrap_or_default();
        // Whatever was wrong with the old settings is tried anew with these.
        (account.breaker, account.error) = (Breaker::default(), None);
        (account.discovery_at, account.validators) = (now, "{}".to_owned());
        let mut transaction = self.store.begin_write().await?;
        let Some(before) = transaction.provider_account(account_id).await? else {
            return Err(ApiError::AccountNotFound { account_id: account_id.to_owned() });
        };
        transaction.put_provider_account(&account).await?;
        let changes = AuditChanges::between(Some(&told(&before)), Some(&told(&account)));
        transaction.audit(&caller.changed(account_id, &changes), now).await?;
        transaction.commit_apart().await?;
        self.wake.notify_one();
        Ok(account)
    }

    /// Removes an account with everything that it has told. Its events stay, as events of this server.
    ///
    /// # Errors
    ///
    /// `ACCOUNT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn remove_account(&self, caller: &Caller, account_id: &str) -> Result<AccountRow, ApiError> {
        let mut transaction = self.store.begin_write().await?;
        let Some(row) = transaction.provider_account(account_id).await? else {
            return Err(ApiError::AccountNotFound { account_id: account_id.to_owned() });
        };
        transaction.remove_provider_account(account_id).await?;
        let changes = AuditChanges::between(Some(&told(&row)), None);
        transaction.audit(&caller.changed(account_id, &changes), self.clock.now()).await?;
        transaction.commit_apart().await?;
        Ok(row)
    }

    /// Has an account listed now, and its provider asked even where it is left alone for having failed.
    ///
    /// # Errors
    ///
    /// `ACCOUNT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn sync_now(&self, caller: &Caller, account_id: &str) -> Result<AccountRow, ApiError> {
        let mut transaction = self.store.begin_write().await?;
        let Some(mut row) = transaction.provider_account(account_id).await? else {
            return Err(ApiError::AccountNotFound { account_id: account_id.to_owned() });
        };
        (row.breaker, row.discovery_at) = (Breaker::default(), self.clock.now());
        transaction.put_provider_account(&row).await?;
        transaction.audit(&caller.done(account_id), self.clock.now()).await?;
        transaction.commit_apart().await?;
        self.wake.notify_one();
        Ok(row)
    }

    /// Returns an account.
    ///
    /// # Errors
    ///
    /// `ACCOUNT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn account(&self, account_id: &str) -> Result<AccountRow, ApiError> {
        let accounts = self.store.provider_accounts().await?;
        let found = accounts.into_iter().find(|account| account.account_id == account_id);
        found.ok_or_else(|| ApiError::AccountNotFound { account_id: account_id.to_owned() })
    }

    /// An account as it would be, or everything that is wrong with that. `new_id` is the id that it is to get.
    async fn patched(
        &self,
        mut account: AccountRow,
        patch: AccountPatch,
        new_id: Option<&str>,
    ) -> Result<AccountRow, ApiError> {
        let mut problems = Vec::new();
        let mut wrong = |field: &'static str, message: String| {
            problems.push(FieldProblem::new(field, ProblemCode::SettingInvalid.as_str(), message));
        };
        if let Some(id) = new_id
            && !is_id(id)
        {
            let message = format!("has to be 1 to {ID_CHARS} of the characters a-z, 0-9, - and _");
            wrong("account_id", message);
        }
        if let Some(name) = patch.name {
            if name.trim().is_empty() || name.chars().count() > NAME_CHARS {
                wrong("name", format!("has to be 1 to {NAME_CHARS} characters"));
            }
            account.name = name;
        }
        if let Some(calls) = patch.calls_per_hour {
            if !(1..=MOST_CALLS).contains(&calls) {
                wrong("calls_per_hour", format!("is {calls}: write 1 to {MOST_CALLS}"));
            }
            account.calls_per_hour = calls;
        }
        if let Some(zone) = patch.time_zone {
            if ZoneTable::embedded().zone(&zone).is_none() {
                wrong(
                    "time_zone",
                    format!("{zone:?} is not an IANA time zone: write one such as Europe/Berlin"),
                );
            }
            account.time_zone = zone;
        }
        if let Some(value) = patch.credentials {
            match serde_json::from_value::<Credentials>(value.clone()) {
                Ok(Credentials::None) | Err(_) => {}
                Ok(_) if self.vault.prefix().is_none() => {
                    let message = "cannot be kept sealed: give the server --payload-keys first";
                    wrong("credentials", message.to_owned());
                }
                Ok(_) => {}
            }
            if serde_json::from_value::<Credentials>(value.clone()).is_err() {
                // What was found is not repeated: it may be a part of them.
                let message = "cannot be read: write {\"kind\": \"bearer\", \"token\": …}, or basic with user and password, header \
                               with name and value, api_key with key and secret, or none";
                wrong("credentials", message.to_owned());
            }
            account.credentials = self.vault.seal(&owner(&account.account_id), &value.to_string())?;
        }
        account.enabled = patch.enabled.unwrap_or(account.enabled);
        if let Some(value) = patch.provider {
            match serde_json::from_value::<ProviderConfig>(value) {
                Ok(config) => {
                    problems.extend(self.problems_of(&config).await);
                    account.config = serde_json::to_string(&config)
                        .map_err(|error| ApiError::Internal { what: format!("a provider: {error}") })?;
                }
                Err(error) => problems.push(FieldProblem::new(
                    "provider",
                    ProblemCode::SettingInvalid.as_str(),
                    format!("cannot be read: {error}"),
                )),
            }
        }
        if problems.is_empty() { Ok(account) } else { Err(ApiError::InvalidInput(problems)) }
    }

    async fn problems_of(&self, config: &ProviderConfig) -> Vec<FieldProblem> {
        let mut problems = config.problems();
        if let Ok(url) = config.url().parse()
            && problems.is_empty()
            && let Err(reason) = self.outbound.check(&url).await
        {
            problems.push(FieldProblem::new("url", "URL_NOT_ALLOWED", reason));
        }
        for problem in &mut problems {
            problem.field = format!("provider.{}", problem.field).into();
        }
        problems
    }
}

/// What the audit compares of an account. Of its credentials it keeps that they were changed: the field is named like a secret.
fn told(account: &AccountRow) -> String {
    let provider: Value = serde_json::from_str(&account.config).unwrap_or_default();
    let fields = json!({
        "name": account.name,
        "provider": provider,
        "credentials": account.credentials,
        "enabled": account.enabled,
        "time_zone": account.time_zone,
        "calls_per_hour": account.calls_per_hour,
    });
    fields.to_string()
}

fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    (1..=ID_CHARS).contains(&text.len()) && text.chars().all(allowed)
}
