//! Managing the API keys of services.

use serde_json::json;

use super::{Access, AccessError, AuditChanges, Caller, Permission, secrets};
use crate::access::DAY_MS;
use crate::problem::{ApiError, FieldProblem};
use crate::store::KeyRow;

/// How every key begins, so that one that has leaked is recognised.
pub(super) const PREFIX: &str = "ces_";
const HINT_LENGTH: usize = PREFIX.len() + 8;

/// Live keys of one service: the old one and the new one while a service goes over.
const LIVE_KEYS: i64 = 2;
const LONGEST_DAYS: u32 = 366;

/// What the name of a service has to be.
pub const SERVICE_NAME: &str =
    "1 to 64 of the characters a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit";

/// A key that has just been made.
#[derive(Debug)]
pub struct NewKey {
    /// The key itself, which is never shown again.
    pub key: String,
    /// What is stored of it.
    pub row: KeyRow,
}

impl Access {
    /// Returns every key.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, ApiError> {
        Ok(self.inner.store.api_keys().await?)
    }

    /// Makes a key for a service.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `TOO_MANY_KEYS` or `STORE_ERROR`.
    pub async fn create_key(
        &self,
        caller: &Caller,
        service: &str,
        scopes: &[String],
        expires_in_days: u32,
    ) -> Result<NewKey, ApiError> {
        let scopes = checked(service, scopes, expires_in_days).map_err(ApiError::InvalidInput)?;
        let key = format!("{PREFIX}{}", secrets::secret()?);
        let now = self.inner.clock.now();
        let row = KeyRow {
            id: secrets::id()?,
            service: service.to_owned(),
            hint: key[..HINT_LENGTH].to_owned(),
            scopes,
            created_at: now,
            created_by: caller.actor().name().unwrap_or_default().to_owned(),
            expires_at: now.saturating_add_ms(i64::from(expires_in_days) * DAY_MS),
            revoked_at: None,
            last_used_at: None,
        };
        let mut transaction = self.inner.store.begin_write().await?;
        transaction.lock_subject(&format!("service {service}")).await?;
        if transaction.live_keys_of(service, now).await? >= LIVE_KEYS {
            return Err(AccessError::TooManyKeys.into());
        }
        transaction.add_key(&row, &secrets::digest(&key)).await?;
        let changes = AuditChanges::between(None, Some(&told(&row)));
        transaction.audit(&caller.changed(&row.id, &changes), now).await?;
        transaction.commit().await?;
        Ok(NewKey { key, row })
    }

    /// Revokes a key, which from now on opens nothing.
    ///
    /// # Errors
    ///
    /// `KEY_NOT_FOUND` or `STORE_ERROR`.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<KeyRow, ApiError> {
        let mut transaction = self.inner.store.begin_write().await?;
        let now = self.inner.clock.now();
        let row = transaction.revoke_key(id, now).await?.ok_or(AccessError::KeyNotFound)?;
        let was_revoked_at = row.revoked_at.filter(|at| *at < now);
        let before = KeyRow { revoked_at: was_revoked_at, ..row.clone() };
        let changes = AuditChanges::between(Some(&told(&before)), Some(&told(&row)));
        transaction.audit(&caller.changed(id, &changes), now).await?;
        transaction.commit().await?;
        self.announce_revocation();
        Ok(row)
    }
}

/// What the audit compares of a key.
fn told(key: &KeyRow) -> String {
    let fields = json!({
        "service": key.service,
        "scopes": key.scopes,
        "expires_at": key.expires_at.to_string(),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    });
    fields.to_string()
}

/// The scopes as they are stored, or everything that is wrong.
fn checked(service: &str, scopes: &[String], days: u32) -> Result<String, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut problem = |field: &'static str, code, message| {
        problems.push(FieldProblem { field: field.into(), code, message });
    };
    if !is_service_name(service) {
        problem("service", "SERVICE_NAME_INVALID", format!("is {service:?}: write {SERVICE_NAME}"));
    }
    if scopes.is_empty() {
        problem("scopes", "SCOPE_REQUIRED", format!("is empty: choose from {}", scope_names()));
    }
    for scope in scopes {
        if Permission::scope_named(scope).is_none() {
            problem("scopes", "SCOPE_UNKNOWN", format!("has {scope:?}: choose from {}", scope_names()));
        }
    }
    if !(1..=LONGEST_DAYS).contains(&days) {
        problem("expires_in_days", "RANGE_INVALID", format!("is {days}: write 1 to {LONGEST_DAYS}"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let wanted = Permission::ALL.into_iter().filter(|known| scopes.iter().any(|scope| scope == known.name()));
    Ok(wanted.map(Permission::name).collect::<Vec<_>>().join(" "))
}

fn scope_names() -> String {
    let scopes = Permission::ALL.into_iter().filter(|permission| permission.is_scope());
    scopes.map(Permission::name).collect::<Vec<_>>().join(", ")
}

fn is_service_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= 64 && begins_well && name.chars().all(allowed)
}
