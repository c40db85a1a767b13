//! What the log says when the server has started.

use std::net::SocketAddr;

use super::App;
use crate::demo::DemoOutcome;

/// What became of the wish to load the demo set.
pub(super) fn demo(outcome: DemoOutcome) {
    match outcome {
        DemoOutcome::Loaded { events, quarantined, note } => tracing::info!(
            events,
            quarantined,
            shifted_weeks = note.shifted_weeks,
            "the demo conferences were loaded, every date shifted by the same number of weeks"
        ),
        DemoOutcome::NotEmpty => {
            tracing::info!("the database holds events already: the demo conferences were not loaded");
        }
    }
}

/// Where the server listens, and who may do what there.
pub(super) fn start(app: &App, address: SocketAddr) {
    tracing::info!(%address, database = app.store().version(), "the server listens");
    access(app, address);
    if !app.admin().is_built() {
        tracing::warn!(folder = %app.admin().folder().display(), "the admin is not built; only the API is served");
    }
}

fn access(app: &App, address: SocketAddr) {
    if app.access().is_development() {
        tracing::warn!(
            "DEVELOPMENT MODE: there is no sign-in; everybody on this machine can read and change everything"
        );
    }
    if let Some(token) = app.access().take_setup_token() {
        tracing::warn!(
            "SET-UP: there is no user yet. Open http://{address} and enter this set-up token: {token}"
        );
    }
    let behind_tls = app.access().settings().public_url.is_some();
    if !app.listens_on_loopback() && !behind_tls {
        tracing::warn!(
            "browsers keep the session's cookie over TLS or on loopback only: put a TLS proxy in front, and name it with --public-url"
        );
    }
}
