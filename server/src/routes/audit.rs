//! `/api/v1/admin/audit`: who did, or tried, what.

use axum::Json;
use axum::extract::State;
use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler::{ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Parameters;
use crate::access::AuditChanges;
use crate::app::App;
use crate::problem::ApiError;
use crate::store::{AuditFilter, AuditRow};

const DEFAULT_LIMIT: u32 = 100;
const MOST_LIMIT: u32 = 500;

/// The route `/api/v1/admin/audit`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Id or name of whoever did it.
    actor: Option<String>,
    /// What was changed.
    target: Option<String>,
    /// `done`, `refused` or `failed`.
    outcome: Option<String>,
    /// The route as it is declared.
    route: Option<String>,
    /// The code of the problem that was answered.
    code: Option<String>,
    /// The first instant that counts.
    from: Option<String>,
    /// The first instant that counts no more.
    until: Option<String>,
    /// `next_before` of the page before.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Rows on a page: 100 unless given, at most 500.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AuditAnswer {
    entries: Vec<AuditView>,
    /// Send it back as `before` for the next page.
    next_before: Option<String>,
    /// Refusals since the last listed one that are counted and not listed.
    unrecorded_refusals: u64,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AuditView {
    id: String,
    at: String,
    actor: ActorView,
    address: String,
    user_agent: String,
    method: String,
    route: String,
    target_id: Option<String>,
    outcome: String,
    status: Option<i64>,
    problem_code: Option<String>,
    request_id: String,
    unrecorded: u64,
    /// What was changed, field by field. Null where nothing was, where it was before the audit kept it, or where it is not kept.
    #[schema(value_type = Option<AuditChanges>)]
    changes: Option<Box<RawValue>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ActorView {
    kind: String,
    id: Option<String>,
    name: Option<String>,
}

/// Reads who did, or tried, what, and what a change has changed.
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit",
    tag = "access",
    operation_id = "readAudit",
    params(Wanted),
    responses((status = 200, description = "A page, the latest first", body = AuditAnswer)),
)]
async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<AuditAnswer>, ApiError> {
    let before = wanted.before.as_deref().map(|text| number("before", text)).transpose()?;
    let limit = match wanted.limit.as_deref() {
        Some(text) => number::<u32>("limit", text)?.clamp(1, MOST_LIMIT),
        None => DEFAULT_LIMIT,
    };
    let filter = AuditFilter {
        from: instant("from", wanted.from.as_deref())?,
        until: instant("until", wanted.until.as_deref())?,
        actor: text("actor", wanted.actor)?,
        target_id: text("target", wanted.target)?,
        outcome: text("outcome", wanted.outcome)?,
        route: text("route", wanted.route)?,
        problem_code: text("code", wanted.code)?,
    };
    let page = app.store().audit_page(&filter, before, limit).await?;
    Ok(Json(AuditAnswer {
        entries: page.rows.into_iter().map(AuditView::from).collect(),
        next_before: page.next_before.map(|id| id.to_string()),
        unrecorded_refusals: app.access().unrecorded_refusals(),
    }))
}

fn number<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T, ApiError> {
    let refused =
        |_| ApiError::field(field, ProblemCode::WrongType, format!("is {text:?}: write a whole number"));
    text.parse().map_err(refused)
}

fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, ApiError> {
    if text.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        let message = "has a control character, which nothing in the audit has";
        return Err(ApiError::field(field, ProblemCode::WrongType, message));
    }
    Ok(text)
}

fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    match parse_date(text) {
        Ok(ParsedDate::Instant(at)) => Ok(Some(at)),
        Ok(ParsedDate::Local(_)) | Err(_) => {
            let message = format!("is {text:?}: write an instant such as 2026-05-01T00:00:00Z");
            Err(ApiError::field(field, ProblemCode::DateMalformed, message))
        }
    }
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.at.to_string(),
            actor: ActorView { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
            address: row.address,
            user_agent: row.user_agent,
            method: row.method,
            route: row.route,
            target_id: row.target_id,
            outcome: row.outcome,
            status: row.status,
            problem_code: row.problem_code,
            request_id: row.request_id,
            unrecorded: row.unrecorded,
            // This server wrote it; what cannot be read as JSON all the same is left out rather than failing the page.
            changes: row.changes.and_then(|json| RawValue::from_string(json).ok()),
        }
    }
}
