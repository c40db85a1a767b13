//! `/api/v1/admin/api-keys`: keys with which programs come in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id};
use crate::access::{Caller, Permission};
use crate::app::App;
use crate::problem::ApiError;
use crate::store::KeyRow;

const DEFAULT_DAYS: u32 = 90;

/// The routes below `/api/v1/admin/api-keys`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyBody {
    /// The program that the key is for.
    service: String,
    #[schema(value_type = Vec<Permission>)]
    scopes: Vec<String>,
    /// 90 unless given.
    expires_in_days: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KeyList {
    api_keys: Vec<KeyView>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct NewKeyAnswer {
    /// Shown here and never again.
    key: String,
    api_key: KeyView,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KeyAnswer {
    api_key: KeyView,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KeyView {
    key_id: String,
    service: String,
    /// The first characters of the key.
    hint: String,
    #[schema(value_type = Vec<Permission>)]
    scopes: Vec<String>,
    /// `live`, `expired` or `revoked`.
    state: &'static str,
    created_at: String,
    created_by: String,
    expires_at: String,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
}

/// Lists the keys with which programs come in.
#[utoipa::path(
    get,
    path = "/api/v1/admin/api-keys",
    tag = "access",
    operation_id = "listApiKeys",
    responses((status = 200, description = "Every key, without its secret", body = KeyList)),
)]
async fn list(State(app): State<App>) -> Result<Json<KeyList>, ApiError> {
    let now = app.clock().now();
    let keys = app.access().keys().await?;
    Ok(Json(KeyList { api_keys: keys.into_iter().map(|key| KeyView::of(key, now)).collect() }))
}

/// Makes a key for a program.
#[utoipa::path(
    post,
    path = "/api/v1/admin/api-keys",
    tag = "access",
    operation_id = "createApiKey",
    request_body = NewKeyBody,
    responses(
        (status = 201, description = "The key, shown here and never again", body = NewKeyAnswer),
        (status = 409, description = "`TOO_MANY_KEYS`: the service has two live ones"),
    ),
)]
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

/// Revokes a key.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/api-keys/{key_id}",
    tag = "access",
    operation_id = "revokeApiKey",
    params(("key_id" = String, Path, description = "The key")),
    responses(
        (status = 200, description = "The key as it is now", body = KeyAnswer),
        (status = 404, description = "`KEY_NOT_FOUND`"),
    ),
)]
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
