//! `/api/v1/admin/users`: who may sign in, and as what.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::{Fields, Id};
use crate::access::{Caller, Role, UserChange};
use crate::app::App;
use crate::problem::{ApiError, FieldProblem};
use crate::store::UserRow;

/// The routes below `/api/v1/admin/users`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/admin/users", get(list).post(create))
        .route("/api/v1/admin/users/{user_id}", put(update).delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUserBody {
    name: String,
    role: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserPatch {
    name: Option<String>,
    role: Option<String>,
    disabled: Option<bool>,
    password: Option<String>,
}

#[derive(Serialize)]
struct UserList {
    users: Vec<UserView>,
}

#[derive(Serialize)]
struct UserAnswer {
    user: UserView,
}

#[derive(Serialize)]
struct UserView {
    user_id: String,
    name: String,
    role: String,
    disabled: bool,
    created_at: String,
    updated_at: String,
    password_changed_at: String,
}

async fn list(State(app): State<App>) -> Result<Json<UserList>, ApiError> {
    let users = app.access().users().await?;
    Ok(Json(UserList { users: users.into_iter().map(UserView::from).collect() }))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Fields(NewUserBody { name, role, password }): Fields<NewUserBody>,
) -> Result<(StatusCode, Json<UserAnswer>), ApiError> {
    let user = app.access().create_user(&caller, &name, role_named(&role)?, password).await?;
    Ok((StatusCode::CREATED, Json(UserAnswer { user: user.into() })))
}

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
