//! Keeps the actor going: a failure is logged, shown in the view, and repaired from the database.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Instant;

use super::actor::Actor;
use super::fault::Faults;
use super::view::{HostView, LastError};
use super::{HostError, HostSettings};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// An actor that has run for this long counts as healthy again: the next failure is a first one.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

pub(super) async fn supervise(mut settings: HostSettings, view: watch::Sender<HostView>, mut faults: Faults) {
    let mut pause = settings.restart_after;
    loop {
        let started = Instant::now();
        // The actor is dropped whole after a panic, so nothing half-changed is ever seen.
        let run = AssertUnwindSafe(live(&settings, &view, &mut faults)).catch_unwind().await;
        let message = match run {
            Ok(Ok(())) => break,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("the scheduler panicked: {}", panic_text(&*panic)),
        };
        tracing::error!(error = %message, "the scheduler failed; it is built anew from the database");
        let at = settings.clock.now().to_string();
        view.send_modify(|view| {
            view.running = false;
            view.last_error = Some(LastError { message, at });
            view.restarts += 1;
        });
        if started.elapsed() >= HEALTHY_AFTER {
            pause = settings.restart_after;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = settings.shutdown.wait_for(|shutting_down| *shutting_down) => break,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    view.send_modify(|view| view.running = false);
}

async fn live(
    settings: &HostSettings,
    view: &watch::Sender<HostView>,
    faults: &mut Faults,
) -> Result<(), HostError> {
    let settled_through = view.borrow().last_tick_at;
    Actor::load(settings, settled_through).await?.run(view, faults).await
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
