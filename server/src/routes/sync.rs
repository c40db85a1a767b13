//! `/api/v1/sync`: accounts at providers, their events, and every sync.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id, Parameters, page_limit};
use crate::access::Caller;
use crate::app::App;
use crate::problem::ApiError;
use crate::providers::accounts::{AccountPatch, NewAccountBody};
use crate::providers::views::{AccountView, ProvidedEventView, SyncView};

/// Events on a page unless somebody asks for more or fewer, and the most.
const EVENTS: (u32, u32) = (100, 500);

/// Syncs that are listed unless somebody asks for more or fewer, and the most.
const SYNCS: (u32, u32) = (50, 500);

/// The routes below `/api/v1/sync`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(read_account, update_account, remove_account))
        .routes(routes!(sync_now))
        .routes(routes!(list_events))
        .routes(routes!(list_syncs))
}

#[derive(Serialize, utoipa::ToSchema)]
struct AccountList {
    accounts: Vec<AccountView>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProvidedEventList {
    events: Vec<ProvidedEventView>,
    /// What to give as `after` for the next page; none after the last one.
    next: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SyncList {
    syncs: Vec<SyncView>,
}

/// Lists the accounts at providers.
#[utoipa::path(
    get,
    path = "/api/v1/sync/accounts",
    tag = "sync",
    operation_id = "listAccounts",
    responses((status = 200, description = "Every account, with its plan and its budget", body = AccountList)),
)]
async fn list_accounts(State(app): State<App>) -> Result<Json<AccountList>, ApiError> {
    let providers = app.providers();
    let mut accounts = Vec::new();
    for row in app.store().provider_accounts().await? {
        accounts.push(providers.account_view(&row).await?);
    }
    Ok(Json(AccountList { accounts }))
}

/// Creates an account, whose events are listed at once.
#[utoipa::path(
    post,
    path = "/api/v1/sync/accounts",
    tag = "sync",
    operation_id = "createAccount",
    request_body = NewAccountBody,
    responses(
        (status = 201, description = "The account", body = AccountView),
        (status = 409, description = "`ACCOUNT_EXISTS`"),
    ),
)]
async fn create_account(
    State(app): State<App>,
    caller: Caller,
    Fields(body): Fields<NewAccountBody>,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    let row = app.providers().create_account(&caller, body).await?;
    Ok((StatusCode::CREATED, Json(app.providers().account_view(&row).await?)))
}

/// Reads an account.
#[utoipa::path(
    get,
    path = "/api/v1/sync/accounts/{account_id}",
    tag = "sync",
    operation_id = "readAccount",
    params(("account_id" = String, Path, description = "The account")),
    responses(
        (status = 200, description = "The account, with its plan and its budget", body = AccountView),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn read_account(State(app): State<App>, Id(account_id): Id) -> Result<Json<AccountView>, ApiError> {
    let row = app.providers().account(&account_id).await?;
    Ok(Json(app.providers().account_view(&row).await?))
}

/// Changes an account.
#[utoipa::path(
    patch,
    path = "/api/v1/sync/accounts/{account_id}",
    tag = "sync",
    operation_id = "updateAccount",
    params(("account_id" = String, Path, description = "The account")),
    request_body = AccountPatch,
    responses(
        (status = 200, description = "The account as it is now", body = AccountView),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn update_account(
    State(app): State<App>,
    caller: Caller,
    Id(account_id): Id,
    Fields(patch): Fields<AccountPatch>,
) -> Result<Json<AccountView>, ApiError> {
    let row = app.providers().update_account(&caller, &account_id, patch).await?;
    Ok(Json(app.providers().account_view(&row).await?))
}

/// Removes an account. Its events stay, as events of this server.
#[utoipa::path(
    delete,
    path = "/api/v1/sync/accounts/{account_id}",
    tag = "sync",
    operation_id = "removeAccount",
    params(("account_id" = String, Path, description = "The account")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn remove_account(
    State(app): State<App>,
    caller: Caller,
    Id(account_id): Id,
) -> Result<StatusCode, ApiError> {
    app.providers().remove_account(&caller, &account_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has an account synced now.
#[utoipa::path(
    post,
    path = "/api/v1/sync/accounts/{account_id}/run",
    tag = "sync",
    operation_id = "syncNow",
    params(("account_id" = String, Path, description = "The account")),
    responses(
        (status = 202, description = "It is next; what came of it is in the history", body = AccountView),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn sync_now(
    State(app): State<App>,
    caller: Caller,
    Id(account_id): Id,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    let row = app.providers().sync_now(&caller, &account_id).await?;
    Ok((StatusCode::ACCEPTED, Json(app.providers().account_view(&row).await?)))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// 100 unless given, at most 500.
    limit: Option<String>,
}

/// Lists the events of an account, by their keys.
#[utoipa::path(
    get,
    path = "/api/v1/sync/accounts/{account_id}/events",
    tag = "sync",
    operation_id = "listAccountEvents",
    params(("account_id" = String, Path, description = "The account"), EventsQuery),
    responses(
        (status = 200, description = "A page of them", body = ProvidedEventList),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn list_events(
    State(app): State<App>,
    Id(account_id): Id,
    Parameters(query): Parameters<EventsQuery>,
) -> Result<Json<ProvidedEventList>, ApiError> {
    let limit = page_limit(query.limit.as_deref(), EVENTS.0, EVENTS.1)?;
    let providers = app.providers();
    providers.account(&account_id).await?;
    let after = query.after.unwrap_or_default();
    // One more tells whether there is another page.
    let rows = app.store().provided_page(&account_id, &after, limit.saturating_add(1)).await?;
    let mut events = Vec::new();
    for row in rows.iter().take(limit as usize) {
        events.push(providers.provided_view(row).await?);
    }
    let is_last = rows.len() == events.len();
    let next = events.last().filter(|_| !is_last).map(|last| last.event_key.clone());
    Ok(Json(ProvidedEventList { events, next }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SyncsQuery {
    /// 50 unless given, at most 500.
    limit: Option<String>,
}

/// Lists the latest syncs of an account, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/sync/accounts/{account_id}/history",
    tag = "sync",
    operation_id = "listSyncs",
    params(("account_id" = String, Path, description = "The account"), SyncsQuery),
    responses(
        (status = 200, description = "The latest of them", body = SyncList),
        (status = 404, description = "`ACCOUNT_NOT_FOUND`"),
    ),
)]
async fn list_syncs(
    State(app): State<App>,
    Id(account_id): Id,
    Parameters(query): Parameters<SyncsQuery>,
) -> Result<Json<SyncList>, ApiError> {
    let limit = page_limit(query.limit.as_deref(), SYNCS.0, SYNCS.1)?;
    app.providers().account(&account_id).await?;
    let rows = app.store().provider_syncs(&account_id, limit).await?;
    Ok(Json(SyncList { syncs: rows.iter().map(SyncView::of).collect() }))
}
