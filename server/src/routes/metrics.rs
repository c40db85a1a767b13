//! `/metrics`: what Prometheus asks for.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The route `/metrics`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Tells Prometheus what is counted.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    operation_id = "readMetrics",
    responses((status = 200, description = "The metrics, as OpenMetrics text", body = String,
        content_type = "application/openmetrics-text")),
)]
async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], app.metrics().text(&app.gauges())).into_response()
}
