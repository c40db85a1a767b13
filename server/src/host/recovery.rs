//! Building the scheduler from the database: what was due while nobody was there is fired now.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use client_event_scheduler::Timestamp;
use futures_util::TryStreamExt;

use super::HostError;
use super::actor::{Actor, status_text};

/// Takes in every event and fires what was missed.
///
/// Each event is made known to the core as of the instant when it was last changed, or the beginning of the catch-up window
/// if that is later; the tick to the present then fires what has come due since. Triggers that the history holds as settled
/// are fired by the core again, and dropped where they are written down.
pub(super) async fn recover(actor: &mut Actor, settled_through: Option<Timestamp>) -> Result<(), HostError> {
    let now = actor.settings.clock.now();
    let window_ms = i64::from(actor.scheduler.config().recovery.max_downtime_hours) * 3_600_000;
    let window_start = now.saturating_add_ms(-window_ms);
    // A change made while the scheduler was down must not hide what it missed before.
    let known_since = settled_through.unwrap_or(Timestamp::MAX);

    let (head, mut reader) = actor.settings.store.begin_snapshot().await?;
    {
        let mut rows = pin!(reader.rows());
        while let Some(row) = rows.try_next().await? {
            let as_of = row.updated_at.min(known_since).max(window_start).min(now);
            actor.take_in(&row, as_of)?;
        }
    }
    drop(reader);
    actor.applied_seq = head.seq;
    // The statuses noted so far are those of the past; the present ones are compared with the recorded ones below.
    actor.batch.statuses.clear();
    actor.tick()?;
    correct_statuses(actor, now).await
}

/// Brings the recorded statuses up to date, and notes those that changed without a trigger.
async fn correct_statuses(actor: &mut Actor, now: Timestamp) -> Result<(), HostError> {
    let mut recorded: BTreeMap<_, _> = actor.settings.store.recorded_statuses().await?.into_iter().collect();
    let fired: BTreeSet<_> = actor.batch.entries.iter().map(|entry| entry.event_id.clone()).collect();
    actor.batch.statuses.clear();
    let present: Vec<_> = actor
        .scheduler
        .event_ids()
        .filter_map(|event_id| Some((event_id.to_owned(), status_text(actor.scheduler.phase(event_id)?))))
        .collect();
    for (event_id, status) in present {
        let before = recorded.remove(&event_id);
        if before.as_ref() == Some(&status) {
            continue;
        }
        if before.is_some() && !fired.contains(&event_id) {
            actor.note_status_change(event_id.clone(), "recovered", now, before, status.clone());
        }
        actor.note_status(event_id, status, now);
    }
    Ok(())
}
