//! `/api/v1/setup`, `/api/v1/session` and `/api/v1/sessions`: the first user, signing in and out, one's own account.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id};
use crate::access::{
    AccessError, Actor, Caller, NewSession, Permission, Role, SignedIn, clear_cookie, session_cookie,
    session_secret,
};
use crate::app::App;
use crate::problem::ApiError;
use crate::store::SessionRow;

/// Whoever uses the browser next finds none of the events that the admin has kept in it.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const EVENTS_TOO: HeaderValue = HeaderValue::from_static("\"storage\"");

/// The routes of the set-up and of sessions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set_up))
        .routes(routes!(who, sign_in, sign_out))
        .routes(routes!(change_password))
        .routes(routes!(sessions))
        .routes(routes!(revoke))
}

/// The first user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUp {
    /// The token that the server's log has.
    token: String,
    /// What to sign in with.
    name: String,
    /// At least 12 characters.
    password: String,
}

/// Somebody who wants to come in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    password: String,
}

/// A new password of one's own.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    current_password: String,
    new_password: String,
}

/// Who the caller is and what he may.
#[derive(Serialize, utoipa::ToSchema)]
struct Who {
    /// `development` where nobody has to sign in, else `secured`.
    mode: &'static str,
    /// Whether there is no user yet.
    setup_required: bool,
    signed_in: bool,
    /// `anonymous`, `development`, `user` or `service`.
    kind: &'static str,
    id: Option<String>,
    name: Option<String>,
    role: Option<Role>,
    permissions: Vec<Permission>,
    /// To be sent as `X-CSRF-Token` with every change that the session makes.
    csrf_token: Option<String>,
}

/// The caller's sessions.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionList {
    sessions: Vec<SessionView>,
}

/// One of them.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionView {
    session_id: String,
    /// Whether the request was made in it.
    current: bool,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    address: String,
    user_agent: String,
}

/// Creates the first user and signs him in.
#[utoipa::path(
    post,
    path = "/api/v1/setup",
    tag = "access",
    operation_id = "setUp",
    security(()),
    request_body = SetUp,
    responses(
        (status = 201, description = "The first user is signed in: the answer sets the session's cookie", body = Who),
        (status = 403, description = "`SETUP_TOKEN_INVALID`, or `CROSS_ORIGIN`"),
        (status = 409, description = "`SETUP_DONE`: there is a user already"),
    ),
)]
async fn set_up(
    State(app): State<App>,
    caller: Caller,
    Fields(SetUp { token, name, password }): Fields<SetUp>,
) -> Result<Response, ApiError> {
    let session = app.access().set_up(&caller, &token, &name, password).await?;
    begun(&app, StatusCode::CREATED, &session)
}

/// Signs a user in.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    tag = "access",
    operation_id = "signIn",
    security(()),
    request_body = SignIn,
    responses(
        (status = 200, description = "He is signed in: the answer sets the session's cookie", body = Who),
        (status = 401, description = "`SIGN_IN_FAILED`: the name or the password is wrong, or the user is disabled"),
    ),
)]
async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Fields(SignIn { name, password }): Fields<SignIn>,
) -> Result<Response, ApiError> {
    let session = app.access().sign_in(&caller, &name, password, session_secret(&headers)).await?;
    begun(&app, StatusCode::OK, &session)
}

/// Says who the caller is and what he may.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    tag = "access",
    operation_id = "readSession",
    security(()),
    responses((status = 200, description = "Who the caller is", body = Who)),
)]
async fn who(State(app): State<App>, caller: Caller) -> Result<Json<Who>, ApiError> {
    let setup_required = app.access().needs_setup().await?;
    Ok(Json(describe(&app, caller.actor(), setup_required)))
}

/// Ends the session.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    tag = "access",
    operation_id = "signOut",
    responses((status = 204, description = "The session has ended")),
)]
async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    if let Actor::User(user) = caller.actor() {
        app.access().sign_out(&caller, user).await?;
    }
    let headers = [(header::SET_COOKIE, clear_cookie()), (CLEAR_SITE_DATA, EVENTS_TOO)];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Changes one's own password, and ends every other session.
#[utoipa::path(
    put,
    path = "/api/v1/session/password",
    tag = "access",
    operation_id = "changePassword",
    request_body = PasswordChange,
    responses(
        (status = 200, description = "The password is changed, and the session is a new one", body = Who),
        (status = 403, description = "`PASSWORD_WRONG`, `USERS_ONLY`, `CSRF_TOKEN_INVALID` or `CROSS_ORIGIN`"),
    ),
)]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Fields(change): Fields<PasswordChange>,
) -> Result<Response, ApiError> {
    let user = signed_in(&caller)?;
    let PasswordChange { current_password, new_password } = change;
    let session = app.access().change_password(&caller, user, current_password, new_password).await?;
    begun(&app, StatusCode::OK, &session)
}

/// Lists one's own sessions.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    tag = "access",
    operation_id = "listSessions",
    responses((status = 200, description = "The sessions", body = SessionList)),
)]
async fn sessions(State(app): State<App>, caller: Caller) -> Result<Json<SessionList>, ApiError> {
    let Actor::User(user) = caller.actor() else { return Ok(Json(SessionList { sessions: Vec::new() })) };
    let sessions = app.access().sessions_of(user).await?;
    let sessions = sessions.into_iter().map(|session| SessionView::of(session, user)).collect();
    Ok(Json(SessionList { sessions }))
}

/// Ends one of one's own sessions.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{session_id}",
    tag = "access",
    operation_id = "endSession",
    params(("session_id" = String, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, description = "`SESSION_NOT_FOUND`"),
    ),
)]
async fn revoke(State(app): State<App>, caller: Caller, Id(session_id): Id) -> Result<StatusCode, ApiError> {
    app.access().revoke_session(&caller, signed_in(&caller)?, &session_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user who is signed in; in development mode there is none.
fn signed_in(caller: &Caller) -> Result<&SignedIn, AccessError> {
    match caller.actor() {
        Actor::User(user) => Ok(user),
        Actor::Anonymous | Actor::Development | Actor::Service { .. } | Actor::Provider { .. } => {
            Err(AccessError::SignInRequired)
        }
    }
}

fn begun(app: &App, status: StatusCode, session: &NewSession) -> Result<Response, ApiError> {
    let cookie = session_cookie(&session.secret, app.access().settings().session_max_ms)?;
    let who = describe(app, &session.actor(), false);
    Ok((status, [(header::SET_COOKIE, cookie)], Json(who)).into_response())
}

fn describe(app: &App, actor: &Actor, setup_required: bool) -> Who {
    let (role, csrf_token) = match actor {
        Actor::User(user) => (Some(user.role), Some(user.csrf_token.clone())),
        Actor::Development => (Some(Role::SuperAdmin), None),
        Actor::Anonymous | Actor::Service { .. } | Actor::Provider { .. } => (None, None),
    };
    Who {
        mode: if app.access().is_development() { "development" } else { "secured" },
        setup_required,
        signed_in: *actor != Actor::Anonymous,
        kind: actor.kind(),
        id: actor.id().map(str::to_owned),
        name: actor.name().map(str::to_owned),
        role,
        permissions: Permission::ALL.into_iter().filter(|permission| actor.may(*permission)).collect(),
        csrf_token,
    }
}

impl SessionView {
    fn of(session: SessionRow, user: &SignedIn) -> Self {
        Self {
            current: session.id == user.session_id,
            session_id: session.id,
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at.to_string(),
            address: session.address,
            user_agent: session.user_agent,
        }
    }
}
