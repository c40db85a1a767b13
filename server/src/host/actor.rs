//! The actor: takes in committed changes, ticks the core, writes down what it did, shows itself, sleeps.

use client_event_scheduler::{
    Config, EventChange, EventDefinition, Input, Now, Outcome, Output, Payload, RecoveryPolicy, Scheduler,
    SchedulerError, Source, Timestamp, limits,
};
use tokio::sync::watch;
use tokio::time::Instant;

use super::fault::Faults;
use super::view::{self, HostView};
use super::{HostError, HostSettings, recovery};
use crate::store::{EventRow, FeedPage, HistoryEntry, StatusText, StatusWrite};

/// Changes taken in at a time.
const PAGE_EVENTS: u32 = 500;

/// What is not yet written down.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) entries: Vec<HistoryEntry>,
    pub(super) statuses: Vec<StatusWrite>,
}

/// The owner of the scheduler.
pub(super) struct Actor {
    pub(super) settings: HostSettings,
    pub(super) scheduler: Scheduler,
    pub(super) applied_seq: u64,
    pub(super) refused: usize,
    pub(super) batch: Batch,
    /// Whether events have changed since the view was last made.
    changed: bool,
    ticked_at: Option<Timestamp>,
}

impl Actor {
    /// Builds the scheduler from the database. `settled_through` is the instant up to which a predecessor in this process has
    /// settled everything.
    pub(super) async fn load(
        settings: &HostSettings,
        settled_through: Option<Timestamp>,
    ) -> Result<Self, HostError> {
        let config = Config {
            default_time_zone: settings.dates.default_time_zone.as_deref().map(str::to_owned),
            max_events: limits::CONFIGURABLE_MAX_EVENTS,
            // All that is missed is written down in one transaction.
            recovery: RecoveryPolicy { delay_ms: 0, ..RecoveryPolicy::default() },
            ..Config::default()
        };
        let scheduler = Scheduler::new(config).map_err(SchedulerError::from)?;
        let mut actor = Self {
            settings: settings.clone(),
            scheduler,
            applied_seq: 0,
            refused: 0,
            batch: Batch::default(),
            changed: true,
            ticked_at: None,
        };
        recovery::recover(&mut actor, settled_through).await?;
        Ok(actor)
    }

    /// Runs until the server shuts down.
    pub(super) async fn run(
        mut self,
        view: &watch::Sender<HostView>,
        faults: &mut Faults,
    ) -> Result<(), HostError> {
        let mut committed = self.settings.store.committed();
        let mut shutdown = self.settings.shutdown.clone();
        loop {
            committed.borrow_and_update();
            self.take_in_changes().await?;
            self.tick()?;
            let settled = self.write_down().await?;
            self.show(view, settled);
            let wake_at = self.wake_at();
            tokio::select! {
                _ = shutdown.wait_for(|shutting_down| *shutting_down) => return Ok(()),
                struck = faults.strike() => struck?,
                _ = committed.changed() => {}
                () = self.settings.clock.sleep_until(wake_at) => {}
            }
        }
    }

    /// Reads the feed to its end.
    async fn take_in_changes(&mut self) -> Result<(), HostError> {
        loop {
            match self.settings.store.changes_after(self.applied_seq, PAGE_EVENTS).await? {
                FeedPage::Changes { rows, through, complete } => {
                    let now = self.settings.clock.now();
                    for row in &rows {
                        self.take_in(row, now)?;
                    }
                    self.applied_seq = through;
                    if complete {
                        return Ok(());
                    }
                }
                FeedPage::BelowRetentionFloor | FeedPage::AheadOfFeed => {
                    return Err(HostError::FeedCutOff(self.applied_seq));
                }
            }
        }
    }

    /// Hands one change to the core, as of `now`.
    pub(super) fn take_in(&mut self, row: &EventRow, now: Timestamp) -> Result<(), HostError> {
        self.changed = true;
        let context = self.settings.dates.context();
        let input = if row.is_tombstone() {
            let revision = Some(row.revision);
            Input::Remove { event_id: &row.event_id, revision, source: Source::Feed }
        } else {
            match EventDefinition::from_json(row.document.as_bytes(), &context) {
                Ok(mut definition) => {
                    definition.revision = Some(row.revision);
                    Input::Upsert { definition, payload: Payload::External, source: Source::Feed }
                }
                Err(mut invalid) => {
                    invalid.event_id = Some(row.event_id.clone());
                    Input::Quarantine { invalid, json: row.document.as_bytes() }
                }
            }
        };
        match self.scheduler.handle(input, Now::exact(now)) {
            Ok(Outcome::Event(outcome)) => {
                if let (EventChange::Added | EventChange::Updated, Some(phase)) =
                    (outcome.change, outcome.after)
                {
                    self.note_status(row.event_id.clone(), status_text(phase), now);
                }
                Ok(())
            }
            Ok(
                Outcome::Ticked { .. }
                | Outcome::Delivery(_)
                | Outcome::Backfilled { .. }
                | Outcome::Loading { .. }
                | Outcome::Loaded(_)
                | Outcome::Done,
            ) => Ok(()),
            Err(error @ SchedulerError::LimitExceeded { .. }) => {
                tracing::error!(event_id = %row.event_id, %error, "an event is not scheduled");
                self.refused += 1;
                Ok(())
            }
            Err(
                error @ (SchedulerError::InvalidInput(_)
                | SchedulerError::ApiMisuse(_)
                | SchedulerError::Snapshot(_)),
            ) => Err(error.into()),
        }
    }

    /// Fires what is due and notes what came of it.
    pub(super) fn tick(&mut self) -> Result<(), HostError> {
        let now = self.settings.clock.now();
        self.scheduler.handle(Input::Tick, Now::exact(now))?;
        self.ticked_at = Some(now);
        while let Some(output) = self.scheduler.poll_output() {
            self.note(output, now);
        }
        Ok(())
    }

    fn note(&mut self, output: Output, now: Timestamp) {
        match output {
            Output::Fired(delivery) => {
                self.changed = true;
                self.settings.metrics.fired(delivery.lateness_ms);
                tracing::info!(
                    trigger_id = %delivery.trigger_id(), cause = delivery.cause.as_str(),
                    lateness_ms = delivery.lateness_ms, "a trigger fired"
                );
                self.batch.entries.push(HistoryEntry {
                    event_id: delivery.event_id.to_string(),
                    trigger_id: Some(delivery.trigger_id().to_string()),
                    kind: delivery.kind.as_str().to_owned(),
                    cause: delivery.cause.as_str().to_owned(),
                    superseded: delivery.superseded,
                    scheduled_at: delivery.scheduled_at,
                    executed_at: delivery.fired_at,
                    revision: delivery.revision,
                    before: Some(status_text(delivery.before)),
                    after: Some(status_text(delivery.after)),
                });
            }
            Output::Undelivered(missed) => {
                self.changed = true;
                self.settings.metrics.undelivered(missed.fate.as_str());
                tracing::warn!(
                    trigger_id = %missed.trigger_id(), fate = missed.fate.as_str(), "a trigger will not be delivered"
                );
                self.batch.entries.push(HistoryEntry {
                    event_id: missed.event_id.to_string(),
                    trigger_id: Some(missed.trigger_id().to_string()),
                    kind: missed.kind.as_str().to_owned(),
                    cause: missed.fate.as_str().to_owned(),
                    superseded: false,
                    scheduled_at: missed.scheduled_at,
                    executed_at: missed.at,
                    revision: missed.revision,
                    before: Some(status_text(missed.before)),
                    after: Some(status_text(missed.after)),
                });
            }
            Output::StatusChanged(change) => {
                let after = status_text(change.to);
                let event_id = change.event_id.to_string();
                self.note_status(event_id.clone(), after.clone(), now);
                // A change that a trigger made is told by the trigger's own entry.
                if change.cause == client_event_scheduler::Cause::Edit {
                    let before = Some(status_text(change.from));
                    self.note_status_change(event_id, change.cause.as_str(), change.at, before, after);
                }
            }
        }
    }

    pub(super) fn note_status(&mut self, event_id: String, status: StatusText, at: Timestamp) {
        self.batch.statuses.push(StatusWrite { event_id, status, at });
    }

    /// Notes a status change that no trigger made.
    pub(super) fn note_status_change(
        &mut self,
        event_id: String,
        cause: &str,
        at: Timestamp,
        before: Option<StatusText>,
        after: StatusText,
    ) {
        self.batch.entries.push(HistoryEntry {
            event_id,
            trigger_id: None,
            kind: "status_change".to_owned(),
            cause: cause.to_owned(),
            superseded: false,
            scheduled_at: at,
            executed_at: at,
            revision: None,
            before,
            after: Some(after),
        });
    }

    /// Writes the batch in one transaction. Returns how many triggers it settled.
    pub(super) async fn write_down(&mut self) -> Result<u64, HostError> {
        if self.batch.entries.is_empty() && self.batch.statuses.is_empty() {
            return Ok(0);
        }
        let batch = std::mem::take(&mut self.batch);
        Ok(self.settings.store.settle(&batch.entries, &batch.statuses).await?)
    }

    /// Shows what is settled. Only here do the others learn of it, so they never see what could still be lost.
    fn show(&mut self, view: &watch::Sender<HostView>, settled: u64) {
        let rebuilt = std::mem::take(&mut self.changed).then(|| {
            let scheduler = &self.scheduler;
            (scheduler.checksum(), scheduler.status(), view::preview(scheduler), view::quarantined(scheduler))
        });
        view.send_modify(|view| {
            view.running = true;
            view.applied_seq = self.applied_seq;
            view.refused = self.refused;
            view.fired += settled;
            view.last_tick_at = self.ticked_at;
            view.alive_at = Instant::now();
            if let Some((checksum, status, preview, quarantined)) = rebuilt {
                view.checksum = checksum;
                view.triggers_queued = status.triggers_queued;
                view.events_tracked = status.events_tracked;
                view.queue_preview = preview;
                view.quarantined = quarantined;
            }
        });
    }

    /// When to come back: at the next trigger, and after one tick at the latest, whatever the clock does.
    fn wake_at(&self) -> Timestamp {
        let now = self.settings.clock.now();
        let tick_ms = i64::from(self.scheduler.config().tick_ms);
        let latest = now.saturating_add_ms(tick_ms);
        self.scheduler.next_deadline().map_or(latest, |deadline| deadline.at.min(latest))
    }
}

/// A phase as the two texts that the wire has for it.
pub(super) fn status_text(phase: client_event_scheduler::Phase) -> StatusText {
    (phase.status().to_owned(), phase.sub_status().to_owned())
}
