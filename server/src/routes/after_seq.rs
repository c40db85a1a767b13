//! Reading one's own writes: `?after_seq=` on every reading route.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{Method, Response};
use axum::middleware::Next;
use client_event_scheduler::ProblemCode;
use serde::Deserialize;

use crate::app::App;
use crate::events::limits;
use crate::problem::ApiError;

#[derive(Deserialize)]
struct Parameter {
    after_seq: Option<String>,
}

/// Holds a reading request until the scheduler of this node has taken in the change that `after_seq` names. Then the database that the
/// node reads has it too, and so has every list, the feed and `/health`.
///
/// # Errors
///
/// `SEQ_NOT_REACHED` after [`limits::AFTER_SEQ_WAIT_MS`], or at once for a change that the database does not have; `INVALID_INPUT` for what is no number.
pub async fn wait_for_seq(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response<Body>, ApiError> {
    if let Some(seq) = asked_for(&request)? {
        let patience = Duration::from_millis(limits::AFTER_SEQ_WAIT_MS);
        let reached = |view: &crate::host::HostView| view.running && view.applied_seq >= seq;
        // A mutation is answered when it is committed: what the database has not reached, nobody was ever told.
        let exists = reached(&app.host().view()) || app.store().latest_seq().await? >= seq;
        if !exists || !app.host().wait_for(patience, reached).await {
            return Err(ApiError::SeqNotReached { seq });
        }
    }
    Ok(next.run(request).await)
}

fn asked_for(request: &Request) -> Result<Option<u64>, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let Ok(Query(Parameter { after_seq: Some(text) })) = Query::<Parameter>::try_from_uri(request.uri())
    else {
        return Ok(None);
    };
    match text.parse() {
        Ok(seq) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(seq)),
        _ => {
            let message = format!("is {text:?}: write the seq of a mutation's answer");
            Err(ApiError::field("after_seq", ProblemCode::WrongType, message))
        }
    }
}
