//! `/api/v1/setup`, `/api/v1/session` and `/api/v1/sessions`: the first user, signing in and out, one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

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
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/setup", post(set_up))
        .route("/api/v1/session", get(who).post(sign_in).delete(sign_out))
        .route("/api/v1/session/password", put(change_password))
        .route("/api/v1/sessions", get(sessions))
        .route("/api/v1/sessions/{session_id}", delete(revoke))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetUp {
    token: String,
    name: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    current_password: String,
    new_password: String,
}

/// Who the caller is and what he may.
#[derive(Serialize)]
struct Who {
    mode: &'static str,
    setup_required: bool,
    signed_in: bool,
    kind: &'static str,
    id: Option<String>,
    name: Option<String>,
    role: Option<Role>,
    permissions: Vec<Permission>,
    csrf_token: Option<String>,
}

#[derive(Serialize)]
struct SessionList {
    sessions: Vec<SessionView>,
}

#[derive(Serialize)]
struct SessionView {
    session_id: String,
    current: bool,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    address: String,
    user_agent: String,
}

async fn set_up(
    State(app): State<App>,
    caller: Caller,
    Fields(SetUp { token, name, password }): Fields<SetUp>,
) -> Result<Response, ApiError> {
    let session = app.access().set_up(&caller, &token, &name, password).await?;
    begun(&app, StatusCode::CREATED, &session)
}

async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Fields(SignIn { name, password }): Fields<SignIn>,
) -> Result<Response, ApiError> {
    let session = app.access().sign_in(&caller, &name, password, session_secret(&headers)).await?;
    begun(&app, StatusCode::OK, &session)
}

async fn who(State(app): State<App>, caller: Caller) -> Result<Json<Who>, ApiError> {
    let setup_required = app.access().needs_setup().await?;
    Ok(Json(describe(&app, caller.actor(), setup_required)))
}

async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    if let Actor::User(user) = caller.actor() {
        app.access().sign_out(&caller, user).await?;
    }
    let headers = [(header::SET_COOKIE, clear_cookie()), (CLEAR_SITE_DATA, EVENTS_TOO)];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

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

async fn sessions(State(app): State<App>, caller: Caller) -> Result<Json<SessionList>, ApiError> {
    let Actor::User(user) = caller.actor() else { return Ok(Json(SessionList { sessions: Vec::new() })) };
    let sessions = app.access().sessions_of(user).await?;
    let sessions = sessions.into_iter().map(|session| SessionView::of(session, user)).collect();
    Ok(Json(SessionList { sessions }))
}

async fn revoke(State(app): State<App>, caller: Caller, Id(session_id): Id) -> Result<StatusCode, ApiError> {
    app.access().revoke_session(&caller, signed_in(&caller)?, &session_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user who is signed in; in development mode there is none.
fn signed_in(caller: &Caller) -> Result<&SignedIn, AccessError> {
    match caller.actor() {
        Actor::User(user) => Ok(user),
        Actor::Anonymous | Actor::Development | Actor::Service { .. } => Err(AccessError::SignInRequired),
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
        Actor::Anonymous | Actor::Service { .. } => (None, None),
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
