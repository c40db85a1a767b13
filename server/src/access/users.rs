//! Managing users.

use client_event_scheduler::Timestamp;
use serde_json::json;

use super::sessions::role_of;
use super::{Access, AccessError, AuditChanges, Caller, Role, password, secrets};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{UserRow, WriteTransaction};

/// What is locked while it is decided by the set of users.
pub(super) const SUBJECT: &str = "users";

const LONGEST_NAME: usize = 128;

/// A user to be created: a name that was checked, and a password that was hashed.
pub(super) struct NewUser {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) password_hash: String,
}

/// What to change in a user. What is absent stays.
#[derive(Debug, Default)]
pub struct UserChange {
    /// The name to sign in with.
    pub name: Option<String>,
    /// What the user is.
    pub role: Option<Role>,
    /// Whether signing in is refused.
    pub disabled: Option<bool>,
    /// A new password.
    pub password: Option<String>,
}

impl NewUser {
    pub(super) fn row(self, now: Timestamp) -> Result<UserRow, ApiError> {
        Ok(UserRow {
            id: secrets::id()?,
            name: self.name,
            role: self.role.name().to_owned(),
            password_hash: self.password_hash,
            disabled: false,
            created_at: now,
            updated_at: now,
            password_changed_at: now,
        })
    }
}

impl Access {
    /// Returns every user in the order of their names.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn users(&self) -> Result<Vec<UserRow>, ApiError> {
        Ok(self.inner.store.users().await?)
    }

    /// Creates a user.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `USER_EXISTS`, `TOO_MANY_REQUESTS` or `STORE_ERROR`.
    pub async fn create_user(
        &self,
        caller: &Caller,
        name: &str,
        role: Role,
        password: String,
    ) -> Result<UserRow, ApiError> {
        let name = checked_name(name)?;
        password::check(&password)?;
        let password_hash = self.inner.passwords.hash(password).await?;
        let now = self.inner.clock.now();
        let user = NewUser { name, role, password_hash }.row(now)?;

        let mut transaction = self.inner.store.begin_write().await?;
        transaction.lock_subject(SUBJECT).await?;
        if transaction.user_named(&user.name).await?.is_some() {
            return Err(AccessError::UserExists.into());
        }
        transaction.put_user(&user).await?;
        let changes = AuditChanges::between(None, Some(&told(&user)));
        transaction.audit(&caller.changed(&user.id, &changes), now).await?;
        transaction.commit().await?;
        Ok(user)
    }

    /// Changes a user. Another role, another password or being disabled ends his sessions.
    ///
    /// # Errors
    ///
    /// `USER_NOT_FOUND`, `INVALID_INPUT`, `USER_EXISTS`, `LAST_SUPER_ADMIN`, `TOO_MANY_REQUESTS` or `STORE_ERROR`.
    pub async fn update_user(
        &self,
        caller: &Caller,
        id: &str,
        change: UserChange,
    ) -> Result<UserRow, ApiError> {
        let name = change.name.as_deref().map(checked_name).transpose()?;
        let password_hash = match change.password {
            Some(password) => {
                password::check(&password)?;
                Some(self.inner.passwords.hash(password).await?)
            }
            None => None,
        };
        let mut transaction = self.inner.store.begin_write().await?;
        transaction.lock_subject(SUBJECT).await?;
        let old = transaction.user(id).await?.ok_or(AccessError::UserNotFound)?;
        if let Some(name) = &name
            && transaction.user_named(name).await?.is_some_and(|found| found != old.id)
        {
            return Err(AccessError::UserExists.into());
        }
        let now = self.inner.clock.now();
        let new = UserRow {
            name: name.unwrap_or_else(|| old.name.clone()),
            role: change.role.map_or_else(|| old.role.clone(), |role| role.name().to_owned()),
            disabled: change.disabled.unwrap_or(old.disabled),
            password_changed_at: if password_hash.is_some() { now } else { old.password_changed_at },
            password_hash: password_hash.unwrap_or_else(|| old.password_hash.clone()),
            updated_at: now,
            ..old.clone()
        };
        if new.disabled || role_of(&new)? != Role::SuperAdmin {
            keep_a_super_admin(&mut transaction, &old).await?;
        }
        let barred = new.disabled || new.role != old.role || new.password_hash != old.password_hash;
        if barred {
            transaction.remove_sessions_of(id).await?;
        }
        transaction.put_user(&new).await?;
        let changes = AuditChanges::between(Some(&told(&old)), Some(&told(&new)));
        transaction.audit(&caller.changed(id, &changes), now).await?;
        transaction.commit().await?;
        if barred {
            self.announce_revocation();
        }
        Ok(new)
    }

    /// Removes a user and ends his sessions. What he did stays in the audit.
    ///
    /// # Errors
    ///
    /// `USER_NOT_FOUND`, `LAST_SUPER_ADMIN` or `STORE_ERROR`.
    pub async fn delete_user(&self, caller: &Caller, id: &str) -> Result<(), ApiError> {
        let mut transaction = self.inner.store.begin_write().await?;
        transaction.lock_subject(SUBJECT).await?;
        let user = transaction.user(id).await?.ok_or(AccessError::UserNotFound)?;
        keep_a_super_admin(&mut transaction, &user).await?;
        transaction.remove_user(id).await?;
        let changes = AuditChanges::between(Some(&told(&user)), None);
        transaction.audit(&caller.changed(id, &changes), self.inner.clock.now()).await?;
        transaction.commit().await?;
        self.announce_revocation();
        Ok(())
    }
}

/// What the audit compares of a user. Of his password it keeps that it was changed: the field is named like a secret, and what
/// is compared is a digest of its hash.
pub(super) fn told(user: &UserRow) -> String {
    let fields = json!({
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "password": secrets::digest(&user.password_hash),
    });
    fields.to_string()
}

/// Refuses what would leave nobody to manage users: `leaving` is about to be no super admin any more.
async fn keep_a_super_admin(transaction: &mut WriteTransaction, leaving: &UserRow) -> Result<(), ApiError> {
    let is_one = role_of(leaving)? == Role::SuperAdmin && !leaving.disabled;
    if is_one && transaction.enabled_users_of(Role::SuperAdmin.name()).await? <= 1 {
        return Err(AccessError::LastSuperAdmin.into());
    }
    Ok(())
}

/// A name to sign in with, without the space around it.
pub(super) fn checked_name(name: &str) -> Result<String, FieldProblem> {
    let name = name.trim();
    let problem = |code, message| FieldProblem { field: "name".into(), code, message };
    if name.is_empty() {
        return Err(problem("NAME_REQUIRED", "is missing: write the name to sign in with".into()));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(problem("TEXT_TOO_LONG", format!("has more than {LONGEST_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(problem("NAME_CONTROL_CHARACTER", "has a control character: leave it out".into()));
    }
    Ok(name.to_owned())
}
