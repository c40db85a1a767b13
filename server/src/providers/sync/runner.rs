//! The runner: on the node that acts, a cycle every so often.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{CYCLE_MS, ProviderSync, Rounds};
use crate::host::HostHandle;
use crate::store::Lease;

/// The pause after a cycle that has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the runner. It ends when `shutdown` becomes true: what is under way then goes on where its last page was written.
pub fn start(sync: ProviderSync, host: HostHandle, shutdown: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(run(sync, host, shutdown))
}

async fn run(sync: ProviderSync, host: HostHandle, mut shutdown: watch::Receiver<bool>) {
    let mut sealed_in = None;
    let mut rounds = Rounds::new(sync.clone());
    let mut begun_in = None;
    loop {
        let epoch = host.view().lease_epoch;
        if begun_in != epoch {
            // What is under way would be refused: it was begun in the name of another lease.
            (rounds, begun_in) = (Rounds::new(sync.clone()), epoch);
        }
        let acts = async {
            let Some(epoch) = epoch else { return Ok(()) };
            if sealed_in != Some(epoch) {
                sync.renew_seals().await?;
                sealed_in = Some(epoch);
            }
            rounds.begin(&Lease { epoch, acted_until: None }).await
        };
        let acted = tokio::select! {
            _ = shutdown.wait_for(|stopping| *stopping) => return,
            acted = acts => acted,
        };
        if let Err(error) = &acted {
            tracing::warn!(error = error.detail(), "the providers could not be synced");
        }
        let next = sync.clock.now().saturating_add_ms(CYCLE_MS);
        let sleeps = async {
            match acted {
                Ok(()) => sync.clock.sleep_until(next).await,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        tokio::select! {
            _ = shutdown.wait_for(|stopping| *stopping) => return,
            () = sync.wake.notified() => {}
            () = host.lease_other_than(epoch) => {}
            () = sleeps => {}
            // Each says what came of it; there is always a next cycle.
            () = async { while rounds.ended().await.is_some() {} std::future::pending().await } => {}
        }
    }
}
