//! What every request passes: where it comes from, who it is from, whether that is enough, and a note of what came of it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use futures_util::StreamExt;

use super::address::client_address;
use super::identity::Refused;
use super::permissions::{self, Entry};
use super::{Access, AccessError, Actor, Caller, Needs, Visit, secrets};
use crate::app::App;
use crate::guard::refuse_foreign_pages;
use crate::problem::{AnsweredCode, ApiError};
use crate::store::NewAuditRow;
use crate::telemetry;

const CSRF_HEADER: &str = "x-csrf-token";
/// What a client says of itself is kept up to here.
const LONGEST_USER_AGENT: usize = 256;
const LONGEST_TARGET: usize = 128;
/// The route of what is no route: the admin's files, and addresses at which there is nothing.
const NO_ROUTE: &str = "";

/// An open stream looks so often whether its credential still holds, should another node have ended it.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Lets a request pass, or answers it.
pub async fn gate(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let safe = parts.method.is_safe();
    let visit = visit(&app, &parts);
    let target = target(&mut parts).await;
    let (response, caller) = match admit(&app, &parts, &visit).await {
        Ok(actor) => {
            let caller = Caller::new(actor, visit);
            let headers = parts.headers.clone();
            parts.extensions.insert(caller.clone());
            let response = next.run(Request::from_parts(parts, body)).await;
            (until_revoked(app.access(), caller.actor(), headers, response), caller)
        }
        Err(refused) => (refused.error.into_response(), Caller::new(refused.actor, visit)),
    };
    if let Some(target) = target {
        caller.about(&target);
    }
    let code = response.extensions().get::<AnsweredCode>().copied();
    record(app.access(), &caller, safe, response.status(), code).await;
    response
}

async fn admit(app: &App, request: &Parts, visit: &Visit) -> Result<Actor, Refused> {
    let access = app.access();
    access.inner.limits.request_from(visit.address)?;
    refuse_foreign_pages(app, request)?;
    if visit.route == NO_ROUTE {
        return Ok(Actor::Anonymous);
    }
    let needs = match permissions::entry(&request.method, &visit.route) {
        Entry::Found(needs) => needs,
        Entry::OtherMethod => return Err(ApiError::MethodNotAllowed.into()),
        Entry::Missing => {
            let what = format!("{} is not in the table of permissions", visit.route);
            return Err(ApiError::Internal { what }.into());
        }
    };
    let actor = match access.identify(&request.headers, true).await {
        // Where nothing is needed, a credential that holds no more is as good as none.
        Err(Refused { error: ApiError::Access(_), .. }) if needs == Needs::Nothing => Actor::Anonymous,
        identified => identified?,
    };
    match check(access, needs, &actor, request) {
        Ok(()) => Ok(actor),
        Err(error) => Err(Refused { actor, error: error.into() }),
    }
}

fn check(access: &Access, needs: Needs, actor: &Actor, request: &Parts) -> Result<(), AccessError> {
    match (needs, actor) {
        (Needs::Nothing, _) => return Ok(()),
        (_, Actor::Anonymous) => return Err(AccessError::SignInRequired),
        (Needs::SignIn, Actor::User(_) | Actor::Development) => {}
        (Needs::SignIn, Actor::Service { .. } | Actor::Provider { .. }) => {
            return Err(AccessError::UsersOnly);
        }
        (Needs::Permission(permission), _) if !actor.may(permission) => {
            return Err(AccessError::Forbidden(permission));
        }
        (Needs::Permission(_), _) => {}
    }
    if let Actor::User(user) = actor
        && !request.method.is_safe()
    {
        let sent = request.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        if !sent.is_some_and(|sent| secrets::same(sent, &user.csrf_token)) {
            return Err(AccessError::CsrfTokenInvalid);
        }
    }
    access.inner.limits.request_by(actor)
}

fn visit(app: &App, request: &Parts) -> Visit {
    let extensions = &request.extensions;
    let peer = extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let trusted = &app.access().settings().trusted_proxies;
    let user_agent = request.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Visit {
        address: peer.map(|peer| client_address(peer, &request.headers, trusted)),
        user_agent: cut(user_agent.unwrap_or_default(), LONGEST_USER_AGENT),
        method: request.method.as_str().to_owned(),
        route: extensions.get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned(),
        request_id: telemetry::request_id().unwrap_or_default(),
    }
}

/// What the address names, such as an event: the last of its parameters.
async fn target(request: &mut Parts) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(request, &()).await.ok()?;
    parameters.iter().last().map(|(_, value)| cut(value, LONGEST_TARGET))
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(longest).collect()
}

/// Writes down refusals, and changes that were tried or made. A change that was written down with itself is not written twice.
async fn record(
    access: &Access,
    caller: &Caller,
    safe: bool,
    status: StatusCode,
    code: Option<AnsweredCode>,
) {
    let refused = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::MISDIRECTED_REQUEST
            | StatusCode::TOO_MANY_REQUESTS
    );
    let failed = status.is_client_error() || status.is_server_error();
    let (outcome, unrecorded) = match () {
        () if refused || (failed && !safe) => {
            let Some(unrecorded) = access.inner.refusals.admit(caller.visit().address) else { return };
            (if refused { "refused" } else { "failed" }, unrecorded)
        }
        () if failed || safe || caller.is_recorded() => return,
        () => ("done", 0),
    };
    let row = NewAuditRow {
        outcome,
        target_id: caller.target().map(str::to_owned),
        status: Some(status.as_u16()),
        problem_code: code.map(|code| code.0.to_owned()),
        unrecorded,
        ..caller.row(caller.actor())
    };
    if let Err(error) = access.inner.store.audit(&row, access.inner.clock.now()).await {
        tracing::error!(%error, ?row, "the audit could not be written");
    }
}

/// Ends a stream when the session or key it was opened with ends.
fn until_revoked(
    access: &Access,
    actor: &Actor,
    headers: HeaderMap,
    response: Response<Body>,
) -> Response<Body> {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let streams = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    match actor {
        Actor::User(_) | Actor::Service { .. } if streams => {
            let ended = ended(access.clone(), actor.clone(), headers);
            response.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(ended))))
        }
        _ => response,
    }
}

/// Completes when the credential in `headers` no longer stands for `actor`.
async fn ended(access: Access, actor: Actor, headers: HeaderMap) {
    let mut revoked = access.inner.revoked.subscribe();
    loop {
        // Whether something was revoked or time has passed: either way the database is asked.
        let _ = tokio::time::timeout(LOOK_AGAIN, revoked.changed()).await;
        match access.identify(&headers, false).await {
            Ok(now) if now == actor => {}
            // A database that does not answer has revoked nothing.
            Err(Refused { error: ApiError::Store(_), .. }) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
