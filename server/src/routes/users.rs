//! `/api/v1/admin/users`: who may sign in, and as what.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Fields, Id};
use crate::access::{Caller, Role, UserChange};
use crate::app::App;
use crate::problem::{ApiError, FieldProblem};
use crate::store::UserRow;

/// The routes below `/api/v1/admin/users`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(update, remove))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUserBody {
    name: String,
    #[schema(value_type = Role)]
    role: String,
    password: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct UserPatch {
    name: Option<String>,
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    disabled: Option<bool>,
    password: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct UserList {
    users: Vec<UserView>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct UserAnswer {
    user: UserView,
}

#[derive(Serialize, utoipa::ToSchema)]
struct UserView {
    user_id: String,
    name: String,
    #[schema(value_type = Role)]
    role: String,
    /// Whether he cannot sign in.
    disabled: bool,
    created_at: String,
    updated_at: String,
    password_changed_at: String,
}

/// Lists who may sign in.
#[utoipa::path(
    get,
    path = "/api/v1/admin/users",
    tag = "access",
    operation_id = "listUsers",
    responses((status = 200, description = "Every user", body = UserList)),
)]
async fn list(State(app): State<App>) -> Result<Json<UserList>, ApiError> {
    let users = app.access().users().await?;
    Ok(Json(UserList { users: users.into_iter().map(UserView::from).collect() }))
}

/// Lets somebody sign in.
#[utoipa::path(
    post,
    path = "/api/v1/admin/users",
    tag = "access",
    operation_id = "createUser",
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The user", body = UserAnswer),
        (status = 409, description = "`USER_EXISTS`"),
    ),
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Fields(NewUserBody { name, role, password }): Fields<NewUserBody>,
) -> Result<(StatusCode, Json<UserAnswer>), ApiError> {
    let user = app.access().create_user(&caller, &name, role_named(&role)?, password).await?;
    Ok((StatusCode::CREATED, Json(UserAnswer { user: user.into() })))
}

/// Changes the fields of a user that are given.
#[utoipa::path(
    put,
    path = "/api/v1/admin/users/{user_id}",
    tag = "access",
    operation_id = "updateUser",
    params(("user_id" = String, Path, description = "The user")),
    request_body = UserPatch,
    responses(
        (status = 200, description = "The user as he is now", body = UserAnswer),
        (status = 404, description = "`USER_NOT_FOUND`"),
        (status = 409, description = "`USER_EXISTS`, or `LAST_SUPER_ADMIN`"),
    ),
)]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(user_id): Id,
    Fields(UserPatch { name, role, disabled, password }): Fields<UserPatch>,
) -> Result<Json<UserAnswer>, ApiError> {
    let role = role.as_deref().map(role_named).transpose()?;
    let change = UserChange { name, role, disabled, password };
    let user = app.access().update_user(&caller, &user_id, change).await?;
    Ok(Json(UserAnswer { user: user.into() }))
}

/// Deletes a user and ends his sessions.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/users/{user_id}",
    tag = "access",
    operation_id = "deleteUser",
    params(("user_id" = String, Path, description = "The user")),
    responses(
        (status = 204, description = "The user is gone"),
        (status = 404, description = "`USER_NOT_FOUND`"),
        (status = 409, description = "`LAST_SUPER_ADMIN`"),
    ),
)]
async fn remove(State(app): State<App>, caller: Caller, Id(user_id): Id) -> Result<StatusCode, ApiError> {
    app.access().delete_user(&caller, &user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn role_named(name: &str) -> Result<Role, FieldProblem> {
    let names = Role::ALL.map(Role::name).join(", ");
    Role::named(name).ok_or_else(|| FieldProblem {
        field: "role".into(),
        code: "ROLE_UNKNOWN",
        message: format!("is {name:?}: choose from {names}"),
    })
}

impl From<UserRow> for UserView {
    fn from(user: UserRow) -> Self {
        Self {
            user_id: user.id,
            name: user.name,
            role: user.role,
            disabled: user.disabled,
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.to_string(),
            password_changed_at: user.password_changed_at.to_string(),
        }
    }
}
