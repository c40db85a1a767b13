//! The host of the core: an actor that owns the scheduler, fed from the database and supervised.
//!
//! The actor reads committed changes from the feed, as every client does, so it sees them all, in order, and no failure of it
//! can reach the request that made a change. When it panics or the database fails it, it is built anew from the database.

mod actor;
mod duty;
mod fault;
mod query;
mod record;
mod recovery;
mod supervisor;
mod view;

use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::Explanation;
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[cfg(feature = "fault-injection")]
pub use fault::Fault;
pub use view::{HostView, LastError, QuarantinedView, Shown, TriggerView};

use crate::clock::Clock;
use crate::events::DateSettings;
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;

/// What the host needs.
#[derive(Clone)]
pub struct HostSettings {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How dates are read.
    pub dates: DateSettings,
    /// The name of this node: unlike that of any other that is alive.
    pub node: String,
    /// How long a node that acts may be silent before another one does, in milliseconds. On SQLite nobody waits.
    pub lease_ms: u32,
    /// The catch-up window in hours, unless it has been set at run time.
    pub max_downtime_hours: u32,
    /// Milliseconds between two missed triggers that are recovered.
    pub recovery_delay_ms: u32,
    /// The pause before the first restart after a failure; it doubles with each further one.
    pub restart_after: Duration,
    /// Becomes true when the server shuts down.
    pub shutdown: watch::Receiver<bool>,
    /// Where lateness and fates are counted.
    pub metrics: Metrics,
}

/// Why the actor stopped.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The core refused an input that the host should not have made.
    #[error("the scheduler refused an input: {0}")]
    Scheduler(#[from] client_event_scheduler::SchedulerError),
    /// The feed was cut off under the actor: the database was replaced by an older copy.
    #[error("the feed cannot be continued after change {0}")]
    FeedCutOff(u64),
    /// A trigger waits although it is due, and nothing fires it.
    #[error("a trigger that was due at {0} still waits")]
    Overdue(client_event_scheduler::Timestamp),
    /// A test asked for it.
    #[cfg(feature = "fault-injection")]
    #[error("a fault was injected")]
    Injected,
}

/// Looks at the scheduler from outside.
#[derive(Debug, Clone)]
pub struct HostHandle {
    view: watch::Receiver<HostView>,
    asker: query::Asker,
    #[cfg(feature = "fault-injection")]
    faults: tokio::sync::mpsc::UnboundedSender<Fault>,
}

/// Starts the scheduler and its supervisor.
pub fn start(settings: HostSettings) -> (HostHandle, JoinHandle<()>) {
    let (view, view_receiver) = watch::channel(HostView::starting());
    #[cfg(feature = "fault-injection")]
    let (sender, faults) = fault::Faults::from_test();
    #[cfg(not(feature = "fault-injection"))]
    let faults = fault::Faults::none();
    let (asker, queries) = query::channel();
    let task = tokio::spawn(supervisor::supervise(settings, view, faults, queries));
    let handle = HostHandle {
        view: view_receiver,
        asker,
        #[cfg(feature = "fault-injection")]
        faults: sender,
    };
    (handle, task)
}

impl HostHandle {
    /// The present view.
    pub fn view(&self) -> HostView {
        self.view.borrow().clone()
    }

    /// Completes when the epoch in whose name this node acts is another one than `epoch`.
    pub async fn lease_other_than(&self, epoch: Option<u64>) {
        if self.view.clone().wait_for(|view| view.lease_epoch != epoch).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Why an event, or one of its triggers, is as it is, by its id; `None` while the scheduler does not run, or takes longer
    /// than `patience`.
    pub async fn explain(&self, id: &str, patience: Duration) -> Option<Explanation> {
        tokio::time::timeout(patience, self.asker.explain(id)).await.ok().flatten()
    }

    /// The view once change `seq` has been taken in, or the present one when that takes longer than `patience`.
    pub async fn view_at(&self, seq: u64, patience: Duration) -> HostView {
        self.wait_for(patience, |view| view.running && view.applied_seq >= seq).await;
        self.view()
    }

    /// The checksum over all events as of exactly change `seq`; `None` when the scheduler is elsewhere.
    pub async fn checksum_at(&self, seq: u64, patience: Duration) -> Option<u64> {
        self.wait_for(patience, |view| !view.running || view.applied_seq >= seq).await;
        let view = self.view.borrow();
        (view.running && view.applied_seq == seq).then_some(view.shown.checksum)
    }

    /// Everything due at or before this instant is settled; `None` before the first tick.
    pub fn watermark(&self) -> Option<client_event_scheduler::Timestamp> {
        self.view.borrow().last_tick_at
    }

    /// Waits until the view is as `wanted`, at most for `patience`. Returns whether it is.
    pub async fn wait_for(&self, patience: Duration, wanted: impl FnMut(&HostView) -> bool) -> bool {
        let mut view = self.view.clone();
        matches!(tokio::time::timeout(patience, view.wait_for(wanted)).await, Ok(Ok(_)))
    }

    /// Makes the scheduler fail, for a test of what happens then.
    #[cfg(feature = "fault-injection")]
    pub fn inject(&self, fault: Fault) {
        // An actor that has shut down cannot fail any more.
        let _ = self.faults.send(fault);
    }
}
