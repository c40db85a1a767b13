//! Signing in and out, and what a user does with his own sessions and password.

use super::{Access, AccessError, Actor, Caller, Role, SignedIn, secrets};
use super::{password, users};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{SessionRow, StoreError, UserRow, WriteTransaction};

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// What the cookie holds. It is known here and in the browser only.
    pub secret: String,
    /// Who is signed in.
    pub user: SignedIn,
}

impl NewSession {
    /// The user as an actor.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.clone())
    }
}

impl Access {
    /// Signs a user in with a new session; the one that the browser had before, `replaced`, ends.
    ///
    /// It does the same work whether or not there is such a user.
    ///
    /// # Errors
    ///
    /// `SIGN_IN_FAILED`, `TOO_MANY_REQUESTS` or `STORE_ERROR`.
    pub async fn sign_in(
        &self,
        caller: &Caller,
        name: &str,
        password: String,
        replaced: Option<&str>,
    ) -> Result<NewSession, ApiError> {
        let name = name.trim();
        self.inner.limits.sign_in(name, caller.visit())?;
        // What can be nobody's name is looked up all the same, so that it takes as long.
        let name = users::checked_name(name).unwrap_or_default();
        let user = self.inner.store.user_by_name(&name).await?;
        if let Some(user) = &user {
            caller.about(&user.id);
        }
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let matches = self.inner.passwords.matches(password, stored).await?;
        let Some(user) = user.filter(|user| matches && !user.disabled) else {
            return Err(AccessError::SignInFailed.into());
        };
        let mut transaction = self.inner.store.begin_write().await?;
        // What was true before the password was compared need not be so any more.
        let current = transaction.user(&user.id).await?;
        let Some(user) =
            current.filter(|current| !current.disabled && current.password_hash == user.password_hash)
        else {
            return Err(AccessError::SignInFailed.into());
        };
        if let Some(secret) = replaced
            && let Some(old) = self.inner.store.session(&secrets::digest(secret)).await?
        {
            transaction.remove_session(&old.id, &old.user_id).await?;
        }
        let session = self.open_session(&mut transaction, &user, role_of(&user)?, caller).await?;
        let now = self.inner.clock.now();
        transaction.audit(&caller.done_by(&session.actor(), &user.id), now).await?;
        transaction.commit().await?;
        if replaced.is_some() {
            self.announce_revocation();
        }
        Ok(session)
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn sign_out(&self, caller: &Caller, user: &SignedIn) -> Result<(), ApiError> {
        self.revoke_session(caller, user, &user.session_id).await
    }

    /// Returns the caller's sessions that have not ended.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn sessions_of(&self, user: &SignedIn) -> Result<Vec<SessionRow>, ApiError> {
        let sessions = self.inner.store.sessions_of(&user.user_id).await?;
        Ok(sessions.into_iter().filter(|session| self.is_open(session)).collect())
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_FOUND` or `STORE_ERROR`.
    pub async fn revoke_session(
        &self,
        caller: &Caller,
        user: &SignedIn,
        session_id: &str,
    ) -> Result<(), ApiError> {
        let mut transaction = self.inner.store.begin_write().await?;
        if !transaction.remove_session(session_id, &user.user_id).await? {
            return Err(AccessError::SessionNotFound.into());
        }
        transaction.audit(&caller.done(session_id), self.inner.clock.now()).await?;
        transaction.commit().await?;
        self.announce_revocation();
        Ok(())
    }

    /// Changes the caller's password, ends all of his sessions, and begins a new one.
    ///
    /// # Errors
    ///
    /// `PASSWORD_WRONG`, `TOO_MANY_REQUESTS`, `INVALID_INPUT` or `STORE_ERROR`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        user: &SignedIn,
        current: String,
        new: String,
    ) -> Result<NewSession, ApiError> {
        self.inner.limits.sign_in(&user.name, caller.visit())?;
        password::check(&new).map_err(|problem| FieldProblem { field: "new_password".into(), ..problem })?;
        let stored = self.inner.store.user(&user.user_id).await?.ok_or(AccessError::SessionExpired)?;
        if !self.inner.passwords.matches(current, Some(stored.password_hash)).await? {
            return Err(AccessError::PasswordWrong.into());
        }
        let password_hash = self.inner.passwords.hash(new).await?;

        let mut transaction = self.inner.store.begin_write().await?;
        let row = transaction.user(&user.user_id).await?.ok_or(AccessError::SessionExpired)?;
        let now = self.inner.clock.now();
        let row = UserRow { password_hash, password_changed_at: now, updated_at: now, ..row };
        transaction.put_user(&row).await?;
        transaction.remove_sessions_of(&row.id).await?;
        let session = self.open_session(&mut transaction, &row, role_of(&row)?, caller).await?;
        transaction.audit(&caller.done(&row.id), now).await?;
        transaction.commit().await?;
        self.announce_revocation();
        Ok(session)
    }

    /// Writes a new session of `user`.
    pub(super) async fn open_session(
        &self,
        transaction: &mut WriteTransaction,
        user: &UserRow,
        role: Role,
        caller: &Caller,
    ) -> Result<NewSession, ApiError> {
        let now = self.inner.clock.now();
        let secret = secrets::secret()?;
        let row = SessionRow {
            id: secrets::id()?,
            user_id: user.id.clone(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.saturating_add_ms(self.inner.settings.session_max_ms),
            address: caller.visit().address_text(),
            user_agent: caller.visit().user_agent.clone(),
        };
        transaction.add_session(&row, &secrets::digest(&secret)).await?;
        let csrf_token = secrets::csrf_token(&secret);
        let user =
            SignedIn { user_id: row.user_id, name: user.name.clone(), role, session_id: row.id, csrf_token };
        Ok(NewSession { secret, user })
    }

    /// Whether a session has not ended.
    pub(super) fn is_open(&self, session: &SessionRow) -> bool {
        let now = self.inner.clock.now();
        let idle_until = session.last_seen_at.saturating_add_ms(self.inner.settings.session_idle_ms);
        now < session.expires_at && now < idle_until
    }
}

/// The role that is stored with a user.
pub(super) fn role_of(user: &UserRow) -> Result<Role, StoreError> {
    let damaged = || StoreError::Damaged { what: format!("the role of user {} is {:?}", user.id, user.role) };
    Role::named(&user.role).ok_or_else(damaged)
}
