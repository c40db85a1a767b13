//! Keeps the actor going: a failure is logged, shown in the view, and repaired from the database.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Instant;

use super::actor::{Actor, Ended, Surroundings};
use super::duty::{self, LeaseWatch};
use super::fault::Faults;
use super::query::Queries;
use super::view::{HostView, LastError};
use super::{HostError, HostSettings};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// An actor that has run for this long counts as healthy again: the next failure is a first one.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

pub(super) async fn supervise(
    mut settings: HostSettings,
    view: watch::Sender<HostView>,
    mut faults: Faults,
    mut queries: Queries,
) {
    let mut lease_watch = LeaseWatch::default();
    let mut pause = settings.restart_after;
    loop {
        let started = Instant::now();
        // The actor is dropped whole after a panic, so nothing half-changed is ever seen.
        let run = AssertUnwindSafe(live(
            &settings,
            &mut Surroundings {
                view: &view,
                faults: &mut faults,
                queries: &mut queries,
                lease_watch: &mut lease_watch,
            },
        ))
        .catch_unwind()
        .await;
        let message = match run {
            Ok(Ok(())) => break,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("the scheduler panicked: {}", panic_text(&*panic)),
        };
        tracing::error!(error = %message, "the scheduler failed; it is built anew from the database");
        let at = settings.clock.now().to_string();
        view.send_modify(|view| {
            view.running = false;
            view.lease_epoch = None;
            view.last_error = Some(LastError { message, at });
            view.restarts += 1;
        });
        queries.clear();
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

async fn live(settings: &HostSettings, around: &mut Surroundings<'_>) -> Result<(), HostError> {
    let mut duty = duty::try_to_act(settings, around.lease_watch).await?;
    loop {
        let mend = around.view.borrow().overdue.is_some();
        match Actor::load(settings, duty, mend).await?.run(around).await? {
            Ended::Stopped => return Ok(()),
            Ended::NewDuty(new) => duty = new,
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
