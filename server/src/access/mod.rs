//! Who may do what: users with sessions, services with keys, and the audit of what they do.
//!
//! Every request passes the [`gate`]. What a route needs, and what a role may, is in [`permissions`] alone.

pub mod address;
mod caller;
mod changes;
mod cookie;
mod error;
pub mod gate;
mod identity;
mod keys;
mod limiter;
mod limits;
pub mod password;
pub mod permissions;
mod refusals;
pub mod secrets;
mod sessions;
mod settings;
mod setup;
mod users;

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

pub use caller::{Actor, Caller, SignedIn, Visit};
pub use changes::{AUDIT_CHANGES_BYTES, AUDIT_VALUE_BYTES, AuditChanges, FieldChange, RecordedValue};
pub use cookie::{SESSION_COOKIE, clear_cookie, session_cookie, session_secret};
pub use error::{AccessError, KeyFault};
pub use keys::{NewKey, SERVICE_NAME};
pub use limiter::Limiter;
pub use password::PasswordCost;
pub use permissions::{Needs, Permission, Role};
pub use sessions::NewSession;
pub use settings::{AccessSettings, OriginError, WebOrigin};
pub use users::UserChange;

use crate::clock::Clock;
use crate::problem::ApiError;
use crate::store::{Store, StoreError};
use limits::Limits;
use password::Passwords;
use refusals::Refusals;
use setup::Setup;

const DAY_MS: i64 = 24 * 3_600_000;

/// The access control of one server.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    settings: AccessSettings,
    store: Store,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    limits: Limits,
    refusals: Refusals,
    setup: Mutex<Setup>,
    /// Changes whenever a session or a key ends before its time.
    revoked: watch::Sender<u64>,
}

impl Access {
    /// Makes the access control over `store`.
    ///
    /// # Errors
    ///
    /// The database failed, or there are no random bytes.
    pub async fn new(
        settings: AccessSettings,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ApiError> {
        let setup = Setup::new(&settings, store.has_users().await?)?;
        let inner = Inner {
            passwords: Passwords::new(settings.password_cost)?,
            limits: Limits::new(&settings, &clock),
            refusals: Refusals::new(&clock),
            setup: Mutex::new(setup),
            revoked: watch::Sender::new(0),
            settings,
            store,
            clock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The settings.
    pub fn settings(&self) -> &AccessSettings {
        &self.inner.settings
    }

    /// Whether everybody who reaches the server may do everything.
    pub fn is_development(&self) -> bool {
        self.inner.settings.development
    }

    /// The passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    /// Refusals that the audit does not list, because there were too many at once.
    pub fn unrecorded_refusals(&self) -> u64 {
        self.inner.refusals.unrecorded()
    }

    /// Removes sessions that have ended and rows of the audit that are older than they are kept.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn clean(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let unseen_since = now.saturating_add_ms(-self.inner.settings.session_idle_ms);
        self.inner.store.remove_expired_sessions(now, unseen_since).await?;
        let kept_ms = i64::from(self.inner.settings.audit_retention_days) * DAY_MS;
        let removed = self.inner.store.remove_audit(now.saturating_add_ms(-kept_ms)).await?;
        if removed > 0 {
            tracing::info!(removed, "old rows were removed from the audit");
        }
        Ok(())
    }

    /// Tells every open stream to look whether its credential still holds.
    fn announce_revocation(&self) {
        self.inner.revoked.send_modify(|count| *count += 1);
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("development", &self.is_development()).finish_non_exhaustive()
    }
}
