//! Why somebody is not let in, or not let do something.

use axum::http::StatusCode;

use super::Permission;

/// A refusal of the access control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessError {
    /// Nobody is signed in, and the route is not for everybody.
    SignInRequired,
    /// The name or the password is wrong, or the user is disabled.
    SignInFailed,
    /// The session has ended or was revoked.
    SessionExpired,
    /// The API key opens nothing.
    ApiKeyInvalid(KeyFault),
    /// `X-Service-Name` names another service than the key's.
    ServiceMismatch,
    /// The role or key lacks a permission.
    Forbidden(Permission),
    /// The route is for users who are signed in, and the caller is a service.
    UsersOnly,
    /// Only one's own events that wait for approval can be changed.
    NotYourPendingEvent,
    /// An edit tried to approve, or to take the need of an approval away.
    ApprovalForbidden,
    /// The change came without the session's CSRF token, or with another one.
    CsrfTokenInvalid,
    /// Too much at once.
    TooManyRequests {
        /// Seconds until it is worth trying again.
        retry_after_s: u64,
    },
    /// The set-up token is wrong.
    SetupTokenInvalid,
    /// There is a user already.
    SetupDone,
    /// There is no such user.
    UserNotFound,
    /// The name is in use.
    UserExists,
    /// Without this user nobody could manage users any more.
    LastSuperAdmin,
    /// The current password is wrong.
    PasswordWrong,
    /// There is no such session of this user.
    SessionNotFound,
    /// There is no such key.
    KeyNotFound,
    /// The service has as many live keys as it may have.
    TooManyKeys,
}

/// Why a key opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// It was never given out.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// The request carries several that differ, or credentials of another kind.
    Ambiguous,
}

impl AccessError {
    /// The HTTP status and the stable code.
    pub fn status_and_code(self) -> (StatusCode, &'static str) {
        match self {
            Self::SignInRequired => (StatusCode::UNAUTHORIZED, "SIGN_IN_REQUIRED"),
            Self::SignInFailed => (StatusCode::UNAUTHORIZED, "SIGN_IN_FAILED"),
            Self::SessionExpired => (StatusCode::UNAUTHORIZED, "SESSION_EXPIRED"),
            Self::ApiKeyInvalid(_) => (StatusCode::UNAUTHORIZED, "API_KEY_INVALID"),
            Self::ServiceMismatch => (StatusCode::FORBIDDEN, "SERVICE_MISMATCH"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            Self::UsersOnly => (StatusCode::FORBIDDEN, "USERS_ONLY"),
            Self::NotYourPendingEvent => (StatusCode::FORBIDDEN, "NOT_YOUR_PENDING_EVENT"),
            Self::ApprovalForbidden => (StatusCode::FORBIDDEN, "APPROVAL_FORBIDDEN"),
            Self::CsrfTokenInvalid => (StatusCode::FORBIDDEN, "CSRF_TOKEN_INVALID"),
            Self::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
            Self::SetupTokenInvalid => (StatusCode::FORBIDDEN, "SETUP_TOKEN_INVALID"),
            Self::SetupDone => (StatusCode::CONFLICT, "SETUP_DONE"),
            Self::UserNotFound => (StatusCode::NOT_FOUND, "USER_NOT_FOUND"),
            Self::UserExists => (StatusCode::CONFLICT, "USER_EXISTS"),
            Self::LastSuperAdmin => (StatusCode::CONFLICT, "LAST_SUPER_ADMIN"),
            Self::PasswordWrong => (StatusCode::FORBIDDEN, "PASSWORD_WRONG"),
            Self::SessionNotFound => (StatusCode::NOT_FOUND, "SESSION_NOT_FOUND"),
            Self::KeyNotFound => (StatusCode::NOT_FOUND, "KEY_NOT_FOUND"),
            Self::TooManyKeys => (StatusCode::CONFLICT, "TOO_MANY_KEYS"),
        }
    }

    /// One sentence for a person.
    pub fn detail(self) -> String {
        match self {
            Self::SignInRequired => "sign in first, or send an API key".into(),
            Self::SignInFailed => "the name or the password is wrong".into(),
            Self::SessionExpired => "the session has ended: sign in again".into(),
            Self::ApiKeyInvalid(fault) => match fault {
                KeyFault::Unknown => "the API key is not one of this server".into(),
                KeyFault::Expired => "the API key has expired: create a new one".into(),
                KeyFault::Revoked => "the API key was revoked: create a new one".into(),
                KeyFault::Ambiguous => {
                    "send one API key, as `Authorization: Bearer ces_…` or as `X-API-Key: ces_…`".into()
                }
            },
            Self::ServiceMismatch => "X-Service-Name names another service than the API key is for".into(),
            Self::Forbidden(permission) => format!("this needs the permission {}", permission.name()),
            Self::UsersOnly => "this is for users who are signed in, not for services".into(),
            Self::NotYourPendingEvent => {
                "only events that you have created and that wait for approval can be changed".into()
            }
            Self::ApprovalForbidden => {
                "the event waits for approval, and this change would decide about it: leave the approval out"
                    .into()
            }
            Self::CsrfTokenInvalid => {
                "send the session's csrf_token in X-CSRF-Token: GET /api/v1/session has it".into()
            }
            Self::TooManyRequests { retry_after_s } => format!("too many requests: wait {retry_after_s} s"),
            Self::SetupTokenInvalid => "the set-up token is wrong: it is in the server's log".into(),
            Self::SetupDone => "the server is set up already: sign in".into(),
            Self::UserNotFound => "there is no such user".into(),
            Self::UserExists => "there is a user with this name already".into(),
            Self::LastSuperAdmin => {
                "this is the last super admin who can sign in: make somebody else one first".into()
            }
            Self::PasswordWrong => "the current password is wrong".into(),
            Self::SessionNotFound => "there is no such session of yours".into(),
            Self::KeyNotFound => "there is no such API key".into(),
            Self::TooManyKeys => "the service has two live keys already: revoke one of them first".into(),
        }
    }
}
