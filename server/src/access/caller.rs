//! Who calls, from where, and what the audit is told of it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{AuditChanges, Permission, Role};
use crate::problem::ApiError;
use crate::store::NewAuditRow;

/// Who somebody has shown to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody in particular.
    Anonymous,
    /// Whoever reaches a server in development mode.
    Development,
    /// Somebody who is signed in.
    User(SignedIn),
    /// A program with an API key.
    Service {
        /// Id of the key.
        key_id: String,
        /// The service that the key is for.
        service: String,
        /// What the key may do.
        scopes: Vec<Permission>,
    },
    /// An account at a provider, whose events are taken over. It asks for nothing.
    Provider {
        /// Id of the account.
        account_id: String,
        /// What it is called.
        name: String,
    },
}

/// A user with a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Id of the user.
    pub user_id: String,
    /// The name to sign in with.
    pub name: String,
    /// What the user is.
    pub role: Role,
    /// Id of the session.
    pub session_id: String,
    /// The token that a change has to come with.
    pub csrf_token: String,
}

impl Actor {
    /// Whether the actor may.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::Anonymous | Self::Provider { .. } => false,
            Self::Development => Role::SuperAdmin.may(permission),
            Self::User(user) => user.role.may(permission),
            Self::Service { scopes, .. } => scopes.contains(&permission),
        }
    }

    /// Who an event is said to be by. The keys of one service are one author.
    pub fn author(&self) -> Option<String> {
        match self {
            Self::Anonymous => None,
            Self::Development => Some("development".into()),
            Self::User(user) => Some(format!("user:{}", user.user_id)),
            Self::Service { service, .. } => Some(format!("service:{service}")),
            Self::Provider { account_id, .. } => Some(format!("provider:{account_id}")),
        }
    }

    /// A name for people.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Development => Some("development"),
            Self::User(user) => Some(&user.name),
            Self::Service { service, .. } => Some(service),
            Self::Provider { name, .. } => Some(name),
        }
    }

    /// What kind of actor it is, as the wire has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Development => "development",
            Self::User(_) => "user",
            Self::Service { .. } => "service",
            Self::Provider { .. } => "provider",
        }
    }

    /// Id of the user, of the key or of the account.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Anonymous | Self::Development => None,
            Self::User(user) => Some(&user.user_id),
            Self::Service { key_id, .. } => Some(key_id),
            Self::Provider { account_id, .. } => Some(account_id),
        }
    }
}

/// Where a request comes from and what it asks for.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The client's address, where it is known.
    pub address: Option<IpAddr>,
    /// What the client says it is.
    pub user_agent: String,
    /// HTTP method.
    pub method: String,
    /// The route as it is declared.
    pub route: String,
    /// The id that the answer carries too.
    pub request_id: String,
}

impl Visit {
    /// The address for people and for the database.
    pub fn address_text(&self) -> String {
        self.address.map_or_else(|| "unknown".into(), |address| address.to_string())
    }
}

/// One request of somebody who was let in.
#[derive(Debug, Clone)]
pub struct Caller {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    actor: Actor,
    visit: Visit,
    target: OnceLock<String>,
    recorded: AtomicBool,
}

impl Caller {
    /// A request by `actor`.
    pub fn new(actor: Actor, visit: Visit) -> Self {
        let inner = Inner { actor, visit, target: OnceLock::new(), recorded: AtomicBool::new(false) };
        Self { inner: Arc::new(inner) }
    }

    /// Who calls.
    pub fn actor(&self) -> &Actor {
        &self.inner.actor
    }

    /// From where, and what for.
    pub fn visit(&self) -> &Visit {
        &self.inner.visit
    }

    /// Whether the caller may.
    pub fn may(&self, permission: Permission) -> bool {
        self.inner.actor.may(permission)
    }

    /// Names what the request is about, for the audit of one that fails.
    pub fn about(&self, target_id: &str) {
        // What was named first stays: a route has one target.
        let _ = self.inner.target.set(target_id.to_owned());
    }

    /// What [`about`](Self::about) has named.
    pub fn target(&self) -> Option<&str> {
        self.inner.target.get().map(String::as_str)
    }

    /// The audit's row for a change of `target_id`, to be written in the transaction that makes the change.
    pub fn done(&self, target_id: &str) -> NewAuditRow {
        self.done_by(&self.inner.actor, target_id)
    }

    /// Like [`done`](Self::done), where the request has just shown who its caller is.
    pub fn done_by(&self, actor: &Actor, target_id: &str) -> NewAuditRow {
        self.inner.recorded.store(true, Ordering::Release);
        NewAuditRow { target_id: Some(target_id.to_owned()), outcome: "done", ..self.row(actor) }
    }

    /// Like [`done`](Self::done), with what the change has changed.
    pub fn changed(&self, target_id: &str, changes: &AuditChanges) -> NewAuditRow {
        NewAuditRow { changes: Some(changes.to_json()), ..self.done(target_id) }
    }

    /// Whether a row was made for the change. A change whose route makes none is recorded after it.
    pub fn is_recorded(&self) -> bool {
        self.inner.recorded.load(Ordering::Acquire)
    }

    /// A row that tells who and from where.
    pub fn row(&self, actor: &Actor) -> NewAuditRow {
        let visit = &self.inner.visit;
        NewAuditRow {
            actor_kind: actor.kind(),
            actor_id: actor.id().map(str::to_owned),
            actor_name: actor.name().map(str::to_owned),
            address: visit.address_text(),
            user_agent: visit.user_agent.clone(),
            method: visit.method.clone(),
            route: visit.route.clone(),
            request_id: visit.request_id.clone(),
            ..NewAuditRow::default()
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| ApiError::Internal { what: "a route is reached without the gate".into() })
    }
}
