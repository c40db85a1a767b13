//! `/api/v1/admin/events`: what the admin does with events.

mod batch;
mod export;
mod import;
mod mutations;
mod reading;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The routes below `/api/v1/admin/events`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mutations::create))
        .routes(routes!(mutations::update, mutations::patch))
        .routes(routes!(mutations::remove))
        .routes(routes!(mutations::approve))
        .routes(routes!(mutations::decline))
        .routes(routes!(reading::list))
        .routes(routes!(reading::details))
        .routes(routes!(export::export_json))
        .routes(routes!(export::export_calendar))
        .routes(routes!(export::event_calendar))
        .merge(import::router())
        .merge(batch::router())
}
