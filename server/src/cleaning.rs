//! Removing, once a day, what is kept for a time only.

use std::time::Duration;

use tokio::sync::watch;

use crate::access::Access;
use crate::config::Config;
use crate::service::SchedulingService;
use crate::store::Store;

/// Time between two removals of old tombstones.
const CLEANING_EVERY: Duration = Duration::from_secs(24 * 3600);
const DAY_MS: i64 = 24 * 3_600_000;

/// Removes, once a day, what is kept for a time only.
pub(crate) async fn clean(
    store: Store,
    service: SchedulingService,
    access: Access,
    config: Config,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        let before = config.clock.now().saturating_add_ms(-i64::from(config.feed_retention_days) * DAY_MS);
        match store.remove_tombstones(before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old deletions were removed from the feed"),
            Err(error) => tracing::error!(%error, "old deletions could not be removed from the feed"),
        }
        match store.remove_provider_syncs(before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old syncs were removed from the history"),
            Err(error) => tracing::error!(%error, "old syncs could not be removed from the history"),
        }
        service.forget_finished().await;
        if let Err(error) = access.clean().await {
            tracing::error!(%error, "old sessions and audit rows could not be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(CLEANING_EVERY) => {}
            _ = shutdown.wait_for(|stopping| *stopping) => return,
        }
    }
}
