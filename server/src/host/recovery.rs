//! Building the scheduler from the database: what was due while nobody acted is fired now.
//!
//! The stored triggers say what waits. Each event is made known to the core as of the instant just before the earliest of them,
//! what of it does not wait is declared settled, and the tick to the present finds the rest: on time, missed, or expired.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use client_event_scheduler::recovery::placed_fires_after;
use client_event_scheduler::{Cause, Input, Now, Timestamp, ZoneProvider, ZoneTable};
use futures_util::TryStreamExt;

use super::HostError;
use super::actor::Actor;
use super::duty::Duty;
use super::record::{note_change, note_status, status_text};
use crate::events::triggers_of;
use crate::store::EventRow;

/// A gap in the signs of life that is no downtime: two ticks.
const ALIVE_WITHIN_MS: i64 = 20_000;

/// Takes in every event, and fires what was missed if this node acts. With `mend`, the stored triggers are first compared with
/// their events where one waits that is due.
pub(super) async fn recover(actor: &mut Actor, mend: bool) -> Result<(), HostError> {
    let now = actor.settings.clock.now();
    if actor.duty != Duty::StandBy {
        rebase(actor, now).await?;
        if mend {
            let due = |row: &EventRow| triggers_of(&row.document, &actor.settings.dates);
            actor.settings.store.mend_overdue(due, now).await?;
        }
        record_downtime(actor, now).await?;
    }
    let earliest = actor.settings.store.earliest_pending().await?;
    let as_of = earliest.map_or(now, |due_at| due_at.saturating_add_ms(-1).min(now));
    take_in_all(actor, as_of).await?;
    declare_settled(actor, as_of, now).await?;
    carry_on_orders(actor, now).await?;
    // The statuses noted so far are those of the past; the present ones are compared with the recorded ones below.
    actor.batch.statuses.clear();
    actor.tick()?;
    carry_on_backfill(actor, now).await?;
    correct_statuses(actor, now).await
}

/// Brings the stored triggers to the zone data and settings of this process.
async fn rebase(actor: &Actor, now: Timestamp) -> Result<(), HostError> {
    let settings = &actor.settings;
    let zone = settings.dates.default_time_zone.as_deref().unwrap_or("none");
    let basis = format!("zones {} default {zone}", ZoneTable::embedded().version());
    let window_ms = i64::from(actor.scheduler.config().recovery.max_downtime_hours) * 3_600_000;
    let missed_after = now.saturating_add_ms(-window_ms);
    let due = |row: &EventRow| triggers_of(&row.document, &settings.dates);
    Ok(settings.store.rebase_triggers(&basis, due, missed_after, now).await?)
}

async fn record_downtime(actor: &mut Actor, now: Timestamp) -> Result<(), HostError> {
    let Some(since) = actor.duty.lease().and_then(|lease| lease.acted_until) else { return Ok(()) };
    if now.millis_since(since) <= ALIVE_WITHIN_MS {
        return Ok(());
    }
    let missed = actor.settings.store.record_downtime(since, now).await?;
    tracing::warn!(%since, missed, "nobody has acted since then; what was missed is recovered");
    Ok(())
}

async fn take_in_all(actor: &mut Actor, as_of: Timestamp) -> Result<(), HostError> {
    let (head, mut reader) = actor.settings.store.begin_snapshot().await?;
    {
        let mut rows = pin!(reader.rows());
        while let Some(row) = rows.try_next().await? {
            actor.take_in(&row, as_of)?;
        }
    }
    actor.applied_seq = head.seq;
    Ok(())
}

/// The core takes an event that it learns of for a new one: what its record holds as settled must not fire again.
async fn declare_settled(actor: &mut Actor, as_of: Timestamp, now: Timestamp) -> Result<(), HostError> {
    let grace_ms = actor.scheduler.config().backdate_grace_ms;
    let after = placed_fires_after(as_of, grace_ms);
    for trigger_id in actor.settings.store.settled_triggers(after, now).await? {
        actor.scheduler.handle(Input::Settled { trigger_id: trigger_id.as_str() }, Now::exact(as_of))?;
    }
    Ok(())
}

/// Takes up the standing orders.
async fn carry_on_orders(actor: &mut Actor, now: Timestamp) -> Result<(), HostError> {
    let control = actor.settings.store.control().await?;
    if let Some(hours) = control.max_downtime_hours {
        actor.scheduler.handle(Input::SetMaxDowntimeHours(hours), Now::exact(now))?;
    }
    if let Some((since, reason)) = control.paused {
        actor.scheduler.handle(Input::Pause { reason: &reason }, Now::exact(since.min(now)))?;
    }
    Ok(())
}

/// Goes on with a backfill that was under way. Of its stretch only what waits is settled anew, whatever else the core hands out.
async fn carry_on_backfill(actor: &mut Actor, now: Timestamp) -> Result<(), HostError> {
    if let Some((from, until)) = actor.settings.store.backfill_under_way().await? {
        let until = until.min(now);
        if from < until {
            actor.scheduler.handle(Input::Backfill { from, until, again: true }, Now::exact(now))?;
            actor.note_outputs(now);
        }
    }
    Ok(())
}

/// Brings the recorded statuses up to date, and notes those that changed without a trigger.
async fn correct_statuses(actor: &mut Actor, now: Timestamp) -> Result<(), HostError> {
    let mut recorded: BTreeMap<_, _> = actor.settings.store.recorded_statuses().await?.into_iter().collect();
    // Of these, the entries of their triggers tell it.
    let due: BTreeSet<_> = actor.settings.store.events_due(now).await?.into_iter().collect();
    actor.batch.statuses.clear();
    for event_id in actor.scheduler.event_ids() {
        let Some(status) = actor.scheduler.phase(event_id).map(status_text) else { continue };
        let before = recorded.remove(event_id);
        if before.as_ref() == Some(&status) {
            continue;
        }
        if before.is_some() && !due.contains(event_id) {
            note_change(&mut actor.batch, event_id.to_owned(), Cause::Recovered, now, before, status.clone());
        }
        note_status(&mut actor.batch, event_id.to_owned(), status, now);
    }
    Ok(())
}
