//! The actor: takes in committed changes and orders, ticks the core, writes down what it did, shows itself, sleeps.

use client_event_scheduler::{
    Config, EventChange, EventDefinition, Input, Now, Outcome, Output, Payload, Phase, RecoveryPolicy,
    Scheduler, SchedulerError, Source, Timestamp, limits,
};
use tokio::sync::watch;
use tokio::time::Instant;

use super::duty::{self, Duty, LeaseWatch};
use super::fault::Faults;
use super::query::Queries;
use super::record::{self, status_text};
use super::view::{HostView, Shown};
use super::{HostError, HostSettings, recovery};
use crate::store::{Batch, CarriedOut, EventRow, FeedPage, Order, Settled};

/// Changes taken in at a time.
const PAGE_EVENTS: u32 = 500;

/// Why a run of the actor ended without a failure.
pub(super) enum Ended {
    /// The server shuts down.
    Stopped,
    /// The duty of this node has changed: it begins anew with this one.
    NewDuty(Duty),
}

/// The owner of the scheduler.
pub(super) struct Actor {
    pub(super) settings: HostSettings,
    pub(super) duty: Duty,
    pub(super) scheduler: Scheduler,
    pub(super) applied_seq: u64,
    pub(super) refused: usize,
    pub(super) batch: Batch,
    /// Whether events have changed since the view was last made.
    changed: bool,
    ticked_at: Option<Timestamp>,
    renewed_at: Timestamp,
}

/// What the actor works with beside the database.
pub(super) struct Surroundings<'a> {
    pub(super) view: &'a watch::Sender<HostView>,
    pub(super) faults: &'a mut Faults,
    pub(super) queries: &'a mut Queries,
    pub(super) lease_watch: &'a mut LeaseWatch,
}

impl Actor {
    /// Builds the scheduler from the database. `mend`: something waits there that the one before could not find.
    pub(super) async fn load(settings: &HostSettings, duty: Duty, mend: bool) -> Result<Self, HostError> {
        let config = Config {
            default_time_zone: settings.dates.default_time_zone.as_deref().map(str::to_owned),
            max_events: limits::CONFIGURABLE_MAX_EVENTS,
            recovery: RecoveryPolicy {
                delay_ms: settings.recovery_delay_ms,
                max_downtime_hours: settings.max_downtime_hours,
                ..RecoveryPolicy::default()
            },
            ..Config::default()
        };
        let scheduler = Scheduler::new(config).map_err(SchedulerError::from)?;
        let mut actor = Self {
            settings: settings.clone(),
            duty,
            scheduler,
            applied_seq: 0,
            refused: 0,
            batch: Batch::default(),
            changed: true,
            ticked_at: None,
            renewed_at: settings.clock.now(),
        };
        recovery::recover(&mut actor, mend).await?;
        Ok(actor)
    }

    /// Runs until the server shuts down, or this node gets another duty.
    pub(super) async fn run(mut self, around: &mut Surroundings<'_>) -> Result<Ended, HostError> {
        let mut committed = self.settings.store.committed();
        let mut hints = self.settings.store.hints();
        let mut shutdown = self.settings.shutdown.clone();
        loop {
            committed.borrow_and_update();
            hints.borrow_and_update();
            if let Some(duty) = self.step(around).await? {
                return Ok(Ended::NewDuty(duty));
            }
            let wake_at = self.wake_at();
            let stops = async { shutdown.wait_for(|shutting_down| *shutting_down).await.map(drop) };
            tokio::select! {
                _ = stops => break,
                struck = around.faults.strike() => struck?,
                query = around.queries.next() => query.answer(&self.scheduler, self.settings.clock.now()),
                _ = committed.changed() => {}
                _ = hints.changed() => {}
                () = self.settings.clock.sleep_until(wake_at) => {}
            }
        }
        self.hand_back().await?;
        Ok(Ended::Stopped)
    }

    /// Does what is to be done at this instant. Returns the new duty, if this node gets one.
    async fn step(&mut self, around: &mut Surroundings<'_>) -> Result<Option<Duty>, HostError> {
        self.take_in_changes().await?;
        if self.duty != Duty::StandBy {
            self.take_in_orders().await?;
        }
        self.tick()?;
        let settled = self.write_down().await?;
        self.show(around.view, settled);
        match &self.duty {
            Duty::Act(_) => self.stay_alive(around.view).await.map(|()| None),
            Duty::StandBy => {
                let duty = duty::try_to_act(&self.settings, around.lease_watch).await?;
                Ok(Some(duty).filter(|duty| *duty != Duty::StandBy))
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
                        // As of the instant at which the change was made: then it was decided what of it is to fire.
                        self.take_in(row, row.updated_at.min(now))?;
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
            Ok(outcome) => {
                if let Some(phase) = new_phase(&outcome) {
                    record::note_status(&mut self.batch, row.event_id.clone(), status_text(phase), now);
                }
                Ok(())
            }
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

    /// Hands the open orders to the core. They are done when what they cause is written down.
    async fn take_in_orders(&mut self) -> Result<(), HostError> {
        for open in self.settings.store.open_orders().await? {
            let at = self.settings.clock.now();
            let refused = match self.scheduler.handle(input(&open.order), Now::exact(at)) {
                Ok(_) => None,
                Err(refused @ (SchedulerError::InvalidInput(_) | SchedulerError::LimitExceeded { .. })) => {
                    Some(refused.to_string())
                }
                Err(error @ (SchedulerError::ApiMisuse(_) | SchedulerError::Snapshot(_))) => {
                    return Err(error.into());
                }
            };
            tracing::info!(order = ?open.order, refused, "an order was taken in");
            self.changed = true;
            self.note_outputs(at);
            self.batch.orders.push(CarriedOut { id: open.id, order: open.order, at, refused });
        }
        Ok(())
    }

    /// Fires what is due and notes what came of it.
    pub(super) fn tick(&mut self) -> Result<(), HostError> {
        let now = self.settings.clock.now();
        self.scheduler.handle(Input::Tick, Now::exact(now))?;
        self.ticked_at = Some(now);
        self.note_outputs(now);
        Ok(())
    }

    pub(super) fn note_outputs(&mut self, now: Timestamp) {
        while let Some(output) = self.scheduler.poll_output() {
            self.changed = true;
            match self.duty {
                Duty::Act(_) => {
                    self.count(&output);
                    record::note(&mut self.batch, output, now);
                }
                // Whoever acts writes the same.
                Duty::StandBy => {}
            }
        }
    }

    fn count(&self, output: &Output) {
        match output {
            Output::Fired(delivery) => self.settings.metrics.fired(delivery.lateness_ms),
            Output::Undelivered(missed) => self.settings.metrics.undelivered(missed.fate.as_str()),
            Output::StatusChanged(_) => {}
        }
    }

    /// Writes the batch in one transaction, if this node acts.
    async fn write_down(&mut self) -> Result<Settled, HostError> {
        let batch = std::mem::take(&mut self.batch);
        let Duty::Act(lease) = &self.duty else { return Ok(Settled::default()) };
        if batch.is_empty() {
            return Ok(Settled::default());
        }
        let settled = self.settings.store.settle(lease, &batch).await?;
        if !batch.orders.is_empty() {
            self.settings.store.hint_everywhere().await?;
        }
        if settled.refused > 0 {
            tracing::info!(
                refused = settled.refused,
                "triggers did not wait any more when they were to be settled"
            );
        }
        Ok(settled)
    }

    /// Shows that this node is alive, and sees to it that nothing waits that is due.
    async fn stay_alive(&mut self, view: &watch::Sender<HostView>) -> Result<(), HostError> {
        let Duty::Act(lease) = &self.duty else { return Ok(()) };
        let now = self.settings.clock.now();
        if now.millis_since(self.renewed_at).abs() < self.renew_every_ms() {
            return Ok(());
        }
        self.settings.store.renew_lease(lease, now).await?;
        self.renewed_at = now;
        let overdue = self.overdue(now).await?;
        let is_known = view.borrow().overdue == overdue;
        view.send_modify(|view| view.overdue = overdue);
        match overdue {
            // Built anew from the database once: then it is found, or nothing can find it.
            Some(due_at) if !is_known => Err(HostError::Overdue(due_at)),
            Some(_) | None => Ok(()),
        }
    }

    /// A trigger that waits in the database although it is due, and that the core does not know of.
    async fn overdue(&self, now: Timestamp) -> Result<Option<Timestamp>, HostError> {
        let status = self.scheduler.status();
        if status.paused.is_some() || status.deliveries_waiting > 0 {
            return Ok(None);
        }
        let late = now.saturating_add_ms(-2 * i64::from(self.scheduler.config().tick_ms));
        let overdue = self.settings.store.earliest_pending().await?.filter(|due_at| *due_at < late);
        // It may be one of a change that was made a moment ago: that is taken in next, and fires it.
        match overdue.is_some() && self.settings.store.latest_seq().await? != self.applied_seq {
            true => Ok(None),
            false => Ok(overdue),
        }
    }

    /// Gives the lease up, so that nobody has to wait for this node.
    async fn hand_back(&self) -> Result<(), HostError> {
        if let Duty::Act(lease) = &self.duty {
            self.settings.store.release_lease(lease, self.settings.clock.now()).await?;
        }
        Ok(())
    }

    /// Shows what is settled. Only here do the others learn of it, so they never see what could still be lost.
    fn show(&mut self, view: &watch::Sender<HostView>, settled: Settled) {
        let shown = std::mem::take(&mut self.changed).then(|| Shown::of(&self.scheduler));
        view.send_modify(|view| {
            view.running = true;
            view.lease_epoch = self.duty.lease().map(|lease| lease.epoch);
            view.applied_seq = self.applied_seq;
            view.refused = self.refused;
            view.fired += settled.triggers;
            view.last_tick_at = self.ticked_at;
            view.alive_at = Instant::now();
            if let Some(shown) = shown {
                view.shown = shown;
            }
        });
    }

    /// When to come back: at the next trigger, and after one tick at the latest, whatever the clock does.
    fn wake_at(&self) -> Timestamp {
        let now = self.settings.clock.now();
        let latest = match self.duty {
            Duty::Act(_) => now
                .saturating_add_ms(self.tick_ms())
                .min(self.renewed_at.saturating_add_ms(self.renew_every_ms())),
            Duty::StandBy => now.saturating_add_ms(self.settings.look_every_ms().min(self.tick_ms())),
        };
        self.scheduler.next_deadline().map_or(latest, |deadline| deadline.at.min(latest))
    }

    fn tick_ms(&self) -> i64 {
        i64::from(self.scheduler.config().tick_ms)
    }

    /// Nobody waits for a beat on SQLite: there it only tells since when nobody acted.
    fn renew_every_ms(&self) -> i64 {
        match self.settings.store.dialect() {
            crate::store::Dialect::Sqlite => self.tick_ms(),
            crate::store::Dialect::Postgres => self.settings.look_every_ms(),
        }
    }
}

/// Where an event stands because of this outcome.
fn new_phase(outcome: &Outcome) -> Option<Phase> {
    match outcome {
        Outcome::Event(event) => {
            matches!(event.change, EventChange::Added | EventChange::Updated).then_some(event.after).flatten()
        }
        Outcome::Ticked { .. }
        | Outcome::Delivery(_)
        | Outcome::Backfilled { .. }
        | Outcome::Loading { .. }
        | Outcome::Loaded(_)
        | Outcome::Done => None,
    }
}

fn input(order: &Order) -> Input<'_> {
    // What is no instant lies in the future, which the core refuses.
    let instant = |millis| Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX);
    match order {
        Order::Pause { reason } => Input::Pause { reason },
        Order::Resume { skip_missed } => Input::Resume { from: Order::resume_from(*skip_missed) },
        // What of the stretch is delivered is the database's to say, which makes just that wait again.
        Order::Backfill { from_ms, until_ms, again: _ } => {
            Input::Backfill { from: instant(*from_ms), until: instant(*until_ms), again: true }
        }
        Order::SetMaxDowntimeHours { hours } => Input::SetMaxDowntimeHours(*hours),
    }
}
