//! The first start: while there is no user, whoever can read the server's log may make the first one.

use std::sync::PoisonError;

use super::password;
use super::users::{self, NewUser};
use super::{Access, AccessError, AccessSettings, AuditChanges, Caller, NewSession, Role, secrets};
use crate::problem::ApiError;
use crate::store::NewAuditRow;

/// What is needed to make the first user.
#[derive(Debug)]
pub(super) enum Setup {
    /// Somebody who knows the token with this digest.
    Open {
        /// The digest.
        digest: String,
        /// The token, until it has been written into the log. One that was given is not written.
        to_tell: Option<String>,
    },
    /// There is a user.
    Done,
}

impl Setup {
    pub(super) fn new(settings: &AccessSettings, has_users: bool) -> Result<Self, ApiError> {
        if has_users || settings.development {
            return Ok(Self::Done);
        }
        let (token, told) = match &settings.setup_token {
            Some(given) => (given.expose().to_owned(), true),
            None => (secrets::id()?, false),
        };
        Ok(Self::Open { digest: secrets::digest(&token), to_tell: (!told).then_some(token) })
    }
}

impl Access {
    /// Whether the first user has still to be made.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn needs_setup(&self) -> Result<bool, ApiError> {
        if matches!(*self.setup(), Setup::Done) {
            return Ok(false);
        }
        // Another node may have been quicker.
        let done = self.inner.store.has_users().await?;
        if done {
            *self.setup() = Setup::Done;
        }
        Ok(!done)
    }

    /// Hands out the set-up token, once, for the log.
    pub fn take_setup_token(&self) -> Option<String> {
        match &mut *self.setup() {
            Setup::Open { to_tell, .. } => to_tell.take(),
            Setup::Done => None,
        }
    }

    /// Makes the first user, a super admin, and signs him in.
    ///
    /// # Errors
    ///
    /// `SETUP_DONE`, `SETUP_TOKEN_INVALID`, `TOO_MANY_REQUESTS`, `INVALID_INPUT` or `STORE_ERROR`.
    pub async fn set_up(
        &self,
        caller: &Caller,
        token: &str,
        name: &str,
        password: String,
    ) -> Result<NewSession, ApiError> {
        if !self.needs_setup().await? {
            return Err(AccessError::SetupDone.into());
        }
        self.inner.limits.sign_in("set-up", caller.visit())?;
        if !self.is_setup_token(token) {
            return Err(AccessError::SetupTokenInvalid.into());
        }
        let name = users::checked_name(name)?;
        password::check(&password)?;
        let hash = self.inner.passwords.hash(password).await?;

        let mut transaction = self.inner.store.begin_write().await?;
        transaction.lock_subject(users::SUBJECT).await?;
        if transaction.has_users().await? {
            *self.setup() = Setup::Done;
            return Err(AccessError::SetupDone.into());
        }
        let now = self.inner.clock.now();
        let user = NewUser { name, role: Role::SuperAdmin, password_hash: hash }.row(now)?;
        transaction.put_user(&user).await?;
        let session = self.open_session(&mut transaction, &user, Role::SuperAdmin, caller).await?;
        let changes = AuditChanges::between(None, Some(&users::told(&user)));
        let row = caller.done_by(&session.actor(), &user.id);
        transaction.audit(&NewAuditRow { changes: Some(changes.to_json()), ..row }, now).await?;
        transaction.commit().await?;
        *self.setup() = Setup::Done;
        tracing::info!(user = user.name, "the first user was created");
        Ok(session)
    }

    fn is_setup_token(&self, token: &str) -> bool {
        match &*self.setup() {
            Setup::Open { digest, .. } => secrets::same(digest, &secrets::digest(token)),
            Setup::Done => false,
        }
    }

    fn setup(&self) -> std::sync::MutexGuard<'_, Setup> {
        self.inner.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
