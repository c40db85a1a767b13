//! Who may do what: the roles, what each of them may, and what every route needs. There is no other place that says so.

use Needs::{Nothing, SignIn};
use Permission::{
    AuditRead, EventsApprove, EventsDelete, EventsRead, EventsWrite, FeedRead, KeysManage, SchedulerRead,
    SchedulerWrite, SchedulesRead, SchedulesWrite, UsersManage,
};
use axum::http::Method;
use serde::Serialize;

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, users, keys and the audit included.
    SuperAdmin,
    /// Everything about events and the scheduler.
    Organizer,
    /// Proposes events: what he creates waits for somebody's approval, and until then he may change it.
    ExecutiveAdmin,
}

/// One kind of thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
pub enum Permission {
    /// Read events in the admin.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Create and change events. Without [`EventsApprove`](Self::EventsApprove), what is created is pending, and only one's own
    /// pending events can be changed.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// Approve and decline events.
    #[serde(rename = "events:approve")]
    EventsApprove,
    /// Delete events.
    #[serde(rename = "events:delete")]
    EventsDelete,
    /// Read the change feed.
    #[serde(rename = "feed:read")]
    FeedRead,
    /// See the scheduler's state.
    #[serde(rename = "scheduler:read")]
    SchedulerRead,
    /// Give the scheduler orders.
    #[serde(rename = "scheduler:write")]
    SchedulerWrite,
    /// See what is scheduled by the scheduling service: of a key, what its own service has scheduled.
    #[serde(rename = "schedules:read")]
    SchedulesRead,
    /// Schedule with the scheduling service, take back, and acknowledge.
    #[serde(rename = "schedules:write")]
    SchedulesWrite,
    /// Manage users.
    #[serde(rename = "users:manage")]
    UsersManage,
    /// Manage API keys.
    #[serde(rename = "keys:manage")]
    KeysManage,
    /// Read the audit.
    #[serde(rename = "audit:read")]
    AuditRead,
}

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anybody.
    Nothing,
    /// A user who is signed in; what he does there concerns only himself.
    SignIn,
    /// A role or a key with this permission.
    Permission(Permission),
}

/// What one method of one route asks.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The method; `HEAD` counts as `GET`.
    pub method: Method,
    /// The path as the router declares it.
    pub path: &'static str,
    /// What is asked.
    pub needs: Needs,
}

/// Every route of the server. One that is not here is closed to everybody.
pub const ROUTES: &[Rule] = &[
    open(Method::GET, "/health"),
    open(Method::GET, "/ready"),
    open(Method::GET, "/api/v1/openapi.json"),
    needs(Method::GET, "/metrics", SchedulerRead),
    needs(Method::GET, "/health/scheduler", SchedulerRead),
    open(Method::POST, "/api/v1/setup"),
    open(Method::GET, "/api/v1/session"),
    open(Method::POST, "/api/v1/session"),
    own(Method::DELETE, "/api/v1/session"),
    own(Method::PUT, "/api/v1/session/password"),
    own(Method::GET, "/api/v1/sessions"),
    own(Method::DELETE, "/api/v1/sessions/{session_id}"),
    needs(Method::GET, "/api/v1/admin/users", UsersManage),
    needs(Method::POST, "/api/v1/admin/users", UsersManage),
    needs(Method::PUT, "/api/v1/admin/users/{user_id}", UsersManage),
    needs(Method::DELETE, "/api/v1/admin/users/{user_id}", UsersManage),
    needs(Method::GET, "/api/v1/admin/api-keys", KeysManage),
    needs(Method::POST, "/api/v1/admin/api-keys", KeysManage),
    needs(Method::DELETE, "/api/v1/admin/api-keys/{key_id}", KeysManage),
    needs(Method::GET, "/api/v1/admin/audit", AuditRead),
    needs(Method::POST, "/api/v1/admin/events/create", EventsWrite),
    needs(Method::PUT, "/api/v1/admin/events/update/{event_id}", EventsWrite),
    needs(Method::PATCH, "/api/v1/admin/events/update/{event_id}", EventsWrite),
    needs(Method::DELETE, "/api/v1/admin/events/delete/{event_id}", EventsDelete),
    needs(Method::POST, "/api/v1/admin/events/approve/{event_id}", EventsApprove),
    needs(Method::POST, "/api/v1/admin/events/decline/{event_id}", EventsApprove),
    needs(Method::GET, "/api/v1/admin/events/list", EventsRead),
    needs(Method::GET, "/api/v1/admin/events/details/{event_id}", EventsRead),
    needs(Method::GET, "/api/v1/admin/events/export.json", EventsRead),
    needs(Method::GET, "/api/v1/admin/events/export.ics", EventsRead),
    needs(Method::GET, "/api/v1/admin/events/calendar/{event_id}", EventsRead),
    needs(Method::POST, "/api/v1/admin/events/import", EventsWrite),
    needs(Method::GET, "/api/v1/admin/events/import", EventsRead),
    needs(Method::GET, "/api/v1/admin/events/import/{import_id}", EventsRead),
    // What is done to the events may need more: the batch looks after that.
    needs(Method::POST, "/api/v1/admin/events/batch", EventsWrite),
    needs(Method::GET, "/api/v1/admin/scheduler/status", SchedulerRead),
    needs(Method::GET, "/api/v1/admin/scheduler/triggers", SchedulerRead),
    needs(Method::GET, "/api/v1/admin/scheduler/history", SchedulerRead),
    needs(Method::GET, "/api/v1/admin/scheduler/explain/{*id}", SchedulerRead),
    needs(Method::POST, "/api/v1/admin/scheduler/pause", SchedulerWrite),
    needs(Method::POST, "/api/v1/admin/scheduler/resume", SchedulerWrite),
    needs(Method::POST, "/api/v1/admin/scheduler/backfill", SchedulerWrite),
    needs(Method::PUT, "/api/v1/admin/scheduler/max-downtime-hours", SchedulerWrite),
    needs(Method::GET, "/api/v1/sync/accounts", SchedulerRead),
    needs(Method::POST, "/api/v1/sync/accounts", SchedulerWrite),
    needs(Method::GET, "/api/v1/sync/accounts/{account_id}", SchedulerRead),
    needs(Method::PATCH, "/api/v1/sync/accounts/{account_id}", SchedulerWrite),
    needs(Method::DELETE, "/api/v1/sync/accounts/{account_id}", SchedulerWrite),
    needs(Method::POST, "/api/v1/sync/accounts/{account_id}/run", SchedulerWrite),
    needs(Method::GET, "/api/v1/sync/accounts/{account_id}/events", SchedulerRead),
    needs(Method::GET, "/api/v1/sync/accounts/{account_id}/history", SchedulerRead),
    needs(Method::GET, "/api/v1/scheduler/snapshot", FeedRead),
    needs(Method::GET, "/api/v1/scheduler/changes", FeedRead),
    needs(Method::GET, "/api/v1/scheduler/stream", FeedRead),
    needs(Method::POST, "/api/events/schedule", SchedulesWrite),
    needs(Method::POST, "/api/events/schedule/batch", SchedulesWrite),
    needs(Method::POST, "/api/events/preview", SchedulesRead),
    needs(Method::GET, "/api/events/upcoming", SchedulesRead),
    needs(Method::GET, "/api/events/dead-letters", SchedulesRead),
    needs(Method::PUT, "/api/events/reminders", SchedulesWrite),
    needs(Method::GET, "/api/events/delivery", SchedulesRead),
    needs(Method::PUT, "/api/events/delivery", SchedulesWrite),
    needs(Method::GET, "/api/events/outbox", SchedulesRead),
    needs(Method::GET, "/api/events/stream", SchedulesRead),
    needs(Method::DELETE, "/api/events", SchedulesWrite),
    needs(Method::GET, "/api/events/{id}", SchedulesRead),
    needs(Method::PATCH, "/api/events/{id}", SchedulesWrite),
    needs(Method::DELETE, "/api/events/{id}", SchedulesWrite),
    needs(Method::POST, "/api/events/{id}/complete", SchedulesWrite),
    needs(Method::POST, "/api/events/{id}/fail", SchedulesWrite),
    needs(Method::POST, "/api/events/{id}/retry", SchedulesWrite),
];

const fn open(method: Method, path: &'static str) -> Rule {
    Rule { method, path, needs: Nothing }
}

const fn own(method: Method, path: &'static str) -> Rule {
    Rule { method, path, needs: SignIn }
}

const fn needs(method: Method, path: &'static str, permission: Permission) -> Rule {
    Rule { method, path, needs: Needs::Permission(permission) }
}

/// What the table says of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It is in the table.
    Found(Needs),
    /// Its path is, but not with this method.
    OtherMethod,
    /// It is not: whoever added the route has forgotten the table.
    Missing,
}

/// Looks up what a route needs.
pub fn entry(method: &Method, path: &str) -> Entry {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let mut of_path = ROUTES.iter().filter(|rule| rule.path == path).peekable();
    if of_path.peek().is_none() {
        return Entry::Missing;
    }
    of_path.find(|rule| rule.method == *method).map_or(Entry::OtherMethod, |rule| Entry::Found(rule.needs))
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::SuperAdmin, Self::Organizer, Self::ExecutiveAdmin];

    /// The wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Organizer => "organizer",
            Self::ExecutiveAdmin => "executive_admin",
        }
    }

    /// The role with this wire name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the role may.
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            EventsRead | EventsWrite | FeedRead | SchedulerRead => true,
            EventsApprove | EventsDelete | SchedulerWrite | SchedulesRead | SchedulesWrite => match self {
                Self::SuperAdmin | Self::Organizer => true,
                Self::ExecutiveAdmin => false,
            },
            UsersManage | KeysManage | AuditRead => match self {
                Self::SuperAdmin => true,
                Self::Organizer | Self::ExecutiveAdmin => false,
            },
        }
    }
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 12] = [
        EventsRead,
        EventsWrite,
        EventsApprove,
        EventsDelete,
        FeedRead,
        SchedulerRead,
        SchedulerWrite,
        SchedulesRead,
        SchedulesWrite,
        UsersManage,
        KeysManage,
        AuditRead,
    ];

    /// The wire name, which is also the scope of a key.
    pub const fn name(self) -> &'static str {
        match self {
            EventsRead => "events:read",
            EventsWrite => "events:write",
            EventsApprove => "events:approve",
            EventsDelete => "events:delete",
            FeedRead => "feed:read",
            SchedulerRead => "scheduler:read",
            SchedulerWrite => "scheduler:write",
            SchedulesRead => "schedules:read",
            SchedulesWrite => "schedules:write",
            UsersManage => "users:manage",
            KeysManage => "keys:manage",
            AuditRead => "audit:read",
        }
    }

    /// Whether a key may have it. Who may come in is decided by people.
    pub const fn is_scope(self) -> bool {
        match self {
            EventsRead | EventsWrite | EventsApprove | EventsDelete | FeedRead | SchedulerRead
            | SchedulerWrite | SchedulesRead | SchedulesWrite => true,
            UsersManage | KeysManage | AuditRead => false,
        }
    }

    /// The permission with this wire name, if a key may have it.
    pub fn scope_named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.is_scope() && permission.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_is_in_the_table_twice() {
        for (index, rule) in ROUTES.iter().enumerate() {
            let again = ROUTES[index + 1..]
                .iter()
                .any(|other| other.path == rule.path && other.method == rule.method);
            assert!(!again, "{} {}", rule.method, rule.path);
        }
    }

    #[test]
    fn a_route_that_is_not_in_the_table_is_missing_and_a_method_is_not_another() {
        assert_eq!(entry(&Method::GET, "/api/v1/new"), Entry::Missing);
        assert_eq!(entry(&Method::PUT, "/health"), Entry::OtherMethod);
        assert_eq!(entry(&Method::HEAD, "/health"), Entry::Found(Nothing));
    }

    #[test]
    fn names_and_permissions_belong_together() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
        for permission in Permission::ALL {
            assert_eq!(Permission::scope_named(permission.name()).is_some(), permission.is_scope());
        }
        assert_eq!(Role::named("admin"), None);
    }
}
