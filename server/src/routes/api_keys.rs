//! `/api/v1/admin/api-keys`: keys with which programs come in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get};
use axum::{Json, Router};
use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fields, Id};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::store::KeyRow;

const DEFAULT_DAYS: u32 = 90;

/// The routes below `/api/v1/admin/api-keys`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/admin/api-keys", get(list).post(create))
        .route("/api/v1/admin/api-keys/{key_id}", delete(revoke))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKeyBody {
    service: String,
    scopes: Vec<String>,
    expires_in_days: Option<u32>,
}

#[derive(Serialize)]
struct KeyList {
    api_keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct NewKeyAnswer {
    /// Shown here and never again.
    key: String,
    api_key: KeyView,
}

#[derive(Serialize)]
struct KeyAnswer {
    api_key: KeyView,
}

#[derive(Serialize)]
struct KeyView {
    key_id: String,
    service: String,
    hint: String,
    scopes: Vec<String>,
    state: &'static str,
    created_at: String,
    created_by: String,
    expires_at: String,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
}

async fn list(State(app): State<App>) -> Result<Json<KeyList>, ApiError> {
    let now = app.clock().now();
    let keys = app.access().keys().await?;
    Ok(Json(KeyList { api_keys: keys.into_iter().map(|key| KeyView::of(key, now)).collect() }))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Fields(NewKeyBody { service, scopes, expires_in_days }): Fields<NewKeyBody>,
) -> Result<(StatusCode, Json<NewKeyAnswer>), ApiError> {
    let days = expires_in_days.unwrap_or(DEFAULT_DAYS);
    let new = app.access().create_key(&caller, &service, &scopes, days).await?;
    let api_key = KeyView::of(new.row, app.clock().now());
    Ok((StatusCode::CREATED, Json(NewKeyAnswer { key: new.key, api_key })))
}

async fn revoke(State(app): State<App>, caller: Caller, Id(key_id): Id) -> Result<Json<KeyAnswer>, ApiError> {
    let key = app.access().revoke_key(&caller, &key_id).await?;
    Ok(Json(KeyAnswer { api_key: KeyView::of(key, app.clock().now()) }))
}

impl KeyView {
    fn of(key: KeyRow, now: Timestamp) -> Self {
        let state = match key.revoked_at {
            Some(_) => "revoked",
            None if key.is_live(now) => "live",
            None => "expired",
        };
        Self {
            key_id: key.id,
            service: key.service,
            hint: key.hint,
            scopes: key.scopes.split(' ').map(str::to_owned).collect(),
            state,
            created_at: key.created_at.to_string(),
            created_by: key.created_by,
            expires_at: key.expires_at.to_string(),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}
