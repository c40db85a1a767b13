//! The runner: on the node that holds the lease, hands over what is due, at the instant at which it is due.
//!
//! It sleeps until the next instant at which something is to be done, which the database tells by an index, and is woken when something is
//! written. Everything it writes is checked against the lease; what somebody else has changed in the meantime is not won.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{CatchUp, Failure, OccurrenceState, PickUp, Standing, pick_up};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::delivery::DeliveryKind;
use super::dispatch::{Dispatcher, Errand};
use super::limits::TICK_MS;
use super::rule::{plan, read_stored, schedule_of};
use super::waiting::keep_ready;
use super::{SchedulingService, is_lease_lost, random};
use crate::clock::Clock;
use crate::host::HostHandle;
use crate::problem::ApiError;
use crate::store::{
    Begun, DeliveryRow, Lease, LeftOut, OccurrenceRow, PickedUp, ScheduledRow, StoreError, Transition,
};
use crate::telemetry::Metrics;

/// Occurrences handed over in one transaction.
const AT_ONCE: u32 = 200;

/// Recurrences planned on in a row.
const PLANNED_AT_ONCE: u32 = 50;

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_millis(250);

const HOUR_MS: i64 = 3_600_000;

/// What the runner needs.
pub struct RunnerParts {
    /// The service.
    pub service: SchedulingService,
    /// The scheduler, which says whether this node acts.
    pub host: HostHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The catch-up window in hours, unless it has been set at run time.
    pub max_downtime_hours: u32,
    /// Where lateness and fates are counted.
    pub metrics: Metrics,
    /// Becomes true when the server shuts down.
    pub shutdown: watch::Receiver<bool>,
}

/// Starts the runner.
pub fn start(parts: RunnerParts) -> JoinHandle<()> {
    tokio::spawn(Runner { parts, dispatcher: Dispatcher::default() }.run())
}

struct Runner {
    parts: RunnerParts,
    dispatcher: Dispatcher,
}

/// What becomes of the occurrences that were found due.
#[derive(Default)]
struct Decided {
    begun: Vec<Handed>,
    left_out: Vec<(OccurrenceRow, OccurrenceState, &'static str)>,
    timed_out: Vec<(OccurrenceRow, Standing)>,
}

struct Handed {
    event: ScheduledRow,
    occurrence: OccurrenceRow,
    to: Standing,
    action: &'static str,
}

impl Runner {
    async fn run(self) {
        let mut hints = self.parts.service.store().service_hints();
        let mut shutdown = self.parts.shutdown.clone();
        let mut renewed = None;
        loop {
            hints.borrow_and_update();
            let epoch = self.parts.host.view().lease_epoch;
            let wake_at = match epoch {
                Some(epoch) => {
                    let lease = Lease { epoch, acted_until: None };
                    if renewed != Some(epoch) {
                        self.renew_seals().await;
                        renewed = Some(epoch);
                    }
                    self.act(&lease).await
                }
                None => Ok(None),
            };
            let now = self.parts.clock.now();
            let (latest, failed) = match wake_at {
                Ok(wake_at) => (wake_at.unwrap_or(Timestamp::MAX).min(now.saturating_add_ms(TICK_MS)), false),
                Err(error) if is_lease_lost(&error) => (now.saturating_add_ms(TICK_MS), false),
                Err(error) => {
                    tracing::error!(%error, "the scheduling service cannot act at present");
                    (now, true)
                }
            };
            let sleeps = async {
                if failed {
                    tokio::time::sleep(PAUSE).await
                } else {
                    self.parts.clock.sleep_until(latest).await
                }
            };
            tokio::select! {
                _ = shutdown.wait_for(|stopping| *stopping) => return,
                _ = hints.changed(), if !failed => {}
                () = self.parts.host.lease_other_than(epoch) => {}
                () = sleeps => {}
            }
        }
    }

    /// Does everything that is to be done now. Returns when there is next something to do.
    async fn act(&self, lease: &Lease) -> Result<Option<Timestamp>, ApiError> {
        let store = self.parts.service.store();
        loop {
            self.plan_on(lease).await?;
            let due = store.service_due(self.parts.clock.now(), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(store.service_wakes_at().await?);
            }
            match self.hand_over(lease, due).await {
                Err(ApiError::Store(error)) if error.is_passing() => {}
                outcome => outcome?,
            }
        }
    }

    /// Keeps occurrences of recurrences ready.
    async fn plan_on(&self, lease: &Lease) -> Result<(), ApiError> {
        let store = self.parts.service.store();
        loop {
            let now = self.parts.clock.now();
            let events = store.service_to_refill(now, PLANNED_AT_ONCE).await?;
            if events.is_empty() {
                return Ok(());
            }
            let window_ms = self.window_ms().await?;
            for event in events {
                match self.plan_one(lease, &event, window_ms).await {
                    Err(ApiError::Store(error)) if error.is_passing() => {}
                    outcome => outcome?,
                }
            }
        }
    }

    async fn plan_one(&self, lease: &Lease, event: &ScheduledRow, window_ms: i64) -> Result<(), ApiError> {
        let service = &self.parts.service;
        let mut transaction = service.store().begin_write().await?;
        transaction.lock_service(&event.service).await?;
        // Not before there is nothing to wait for: while the lease is locked, it cannot be renewed.
        transaction.check_lease(lease).await?;
        let now = self.parts.clock.now();
        let row = transaction.scheduled(&event.event_id).await?;
        let Some(mut row) = row.filter(|row| row.refill_at.is_some_and(|at| at <= now)) else {
            return Ok(());
        };
        let after = row.planned_until.unwrap_or(row.scheduled_at);
        let planned = match &row.recurrence {
            Some(text) => read_stored(text).and_then(|recurrence| {
                plan(&schedule_of(&recurrence)?, after, now, service.settings(), row.missed, window_ms)
            }),
            None => Err(ApiError::Internal { what: "an event without recurrence is planned on".to_owned() }),
        };
        let (due, note): (Vec<Timestamp>, Option<String>) = match planned {
            Ok(plan) => {
                (row.planned_until, row.refill_at) = (Some(plan.until), plan.refill_at);
                let left_out = plan.coalesced + plan.expired > 0;
                let note = left_out.then(|| {
                    format!(
                        "{} missed occurrences are represented by others, {} are too old",
                        plan.coalesced, plan.expired
                    )
                });
                (plan.due, note)
            }
            // It cannot be planned on: what is ready still happens, and the history says why nothing follows.
            Err(error) => {
                tracing::error!(error = error.detail(), event = %row.event_id, "a recurrence cannot be planned on");
                row.refill_at = None;
                (Vec::new(), Some(super::cut(&error.detail())))
            }
        };
        keep_ready(&mut transaction, &row, &due, lease, now).await?;
        transaction.put_scheduled(&row).await?;
        if let Some(note) = note {
            transaction.note_scheduled(&row, "planned", Some(&note), "scheduler", now).await?;
        }
        transaction.refresh_state(&row.event_id, now).await?;
        transaction.commit_service().await?;
        Ok(())
    }

    /// Decides about what is due and writes it down; then hands over to those who do not fetch.
    async fn hand_over(&self, lease: &Lease, due: Vec<PickedUp>) -> Result<(), ApiError> {
        let service = &self.parts.service;
        let deliveries: BTreeMap<_, _> = service
            .store()
            .service_deliveries()
            .await?
            .into_iter()
            .map(|row| (row.service.clone(), row))
            .collect();
        let now = self.parts.clock.now();
        let window_ms = self.window_ms().await?;
        let decided = self.decide(due, now, window_ms).await?;
        let mut transaction = service.store().begin_write().await?;
        transaction.lock_occurrences(&decided.ids()).await?;
        transaction.check_lease(lease).await?;
        let begun: Vec<_> = decided.begun.iter().map(|handed| handed.begun(&deliveries)).collect();
        let won = transaction.begin_attempts(&begun, lease, now).await?;
        let left_out: Vec<_> = decided
            .left_out
            .iter()
            .map(|(of, state, reason)| LeftOut { of, state: *state, reason })
            .collect();
        let mut events = transaction.leave_out(&left_out, lease, now).await?;
        for (of, to) in &decided.timed_out {
            let change = Transition {
                of,
                to: *to,
                action: "timed_out",
                reason: Some("nobody has acknowledged it in time"),
                actor: "scheduler",
                lease: Some(lease),
            };
            if transaction.change_only(&change, now).await? && to.state.is_final() {
                events.insert(of.event_id.clone());
            }
        }
        for event_id in &events {
            transaction.refresh_state(event_id, now).await?;
        }
        transaction.commit_service().await?;
        for reason in decided.left_out.iter().map(|(_, _, reason)| *reason) {
            self.parts.metrics.occurrence(reason);
        }
        for _ in &decided.timed_out {
            self.parts.metrics.occurrence("timed_out");
        }
        self.dispatch(decided.begun, &deliveries, &won, now, window_ms);
        Ok(())
    }

    fn dispatch(
        &self,
        begun: Vec<Handed>,
        deliveries: &BTreeMap<String, DeliveryRow>,
        won: &BTreeSet<String>,
        now: Timestamp,
        window_ms: i64,
    ) {
        for Handed { event, mut occurrence, to, action } in begun {
            if !won.contains(&occurrence.occurrence_id) {
                continue;
            }
            let lateness_ms = now.millis_since(occurrence.due_at);
            self.parts.metrics.occurrence(action);
            if to.attempt == 1 {
                self.parts.metrics.handed_over(u64::try_from(lateness_ms).unwrap_or(0));
            }
            tracing::info!(occurrence = %occurrence.occurrence_id, attempt = to.attempt, action, lateness_ms, "handed over");
            if let Some(delivery) = deliveries.get(&event.service)
                && !kind_of(Some(delivery)).is_fetched()
            {
                occurrence.standing = to;
                let patient_until = occurrence.due_at.saturating_add_ms(window_ms);
                let errand =
                    Errand { event, occurrence, delivery: delivery.clone(), handed_at: now, patient_until };
                self.dispatcher.send(&self.parts.service, errand);
            }
        }
    }

    async fn decide(&self, due: Vec<PickedUp>, now: Timestamp, window_ms: i64) -> Result<Decided, ApiError> {
        let mut decided = Decided::default();
        let mut looked_at = BTreeSet::new();
        for PickedUp { event, occurrence } in due {
            let standing = occurrence.standing;
            if standing.is_timed_out(now) {
                let failed = standing.fail(standing.attempt, Failure::Passing, now, &event.policy, random());
                decided.timed_out.extend(failed.ok().map(|to| (occurrence, to)));
                continue;
            }
            if standing.state != OccurrenceState::Scheduled {
                let to = standing.begin(now, &event.policy);
                decided.begun.extend(to.map(|to| Handed { event, occurrence, to, action: "tried_again" }));
                continue;
            }
            // What was missed is decided about for the event as a whole: one may stand for others.
            if looked_at.insert(event.event_id.clone()) {
                self.decide_event(&event, now, window_ms, &mut decided).await?;
            }
        }
        Ok(decided)
    }

    async fn decide_event(
        &self,
        event: &ScheduledRow,
        now: Timestamp,
        window_ms: i64,
        decided: &mut Decided,
    ) -> Result<(), StoreError> {
        let waiting = self.parts.service.store().due_of(&event.event_id, now).await?;
        let times: Vec<_> = waiting.iter().map(|each| each.due_at).collect();
        let rule = CatchUp { window_ms, tick_ms: TICK_MS, coalesce: event.missed };
        for (occurrence, fate) in waiting.into_iter().zip(pick_up(&times, now, &rule)) {
            let action = match fate {
                PickUp::OnTime => "handed_over",
                PickUp::Recovered => "recovered",
                PickUp::Coalesced => {
                    decided.left_out.push((occurrence, OccurrenceState::Cancelled, "coalesced"));
                    continue;
                }
                PickUp::Expired => {
                    decided.left_out.push((occurrence, OccurrenceState::Failed, "expired"));
                    continue;
                }
            };
            if let Some(to) = occurrence.standing.begin(now, &event.policy) {
                decided.begun.push(Handed { event: event.clone(), occurrence, to, action });
            }
        }
        Ok(())
    }

    async fn window_ms(&self) -> Result<i64, StoreError> {
        let control = self.parts.service.store().control().await?;
        Ok(i64::from(control.max_downtime_hours.unwrap_or(self.parts.max_downtime_hours)) * HOUR_MS)
    }

    /// Seals anew what another key has sealed. What fails is tried again by the next who acts.
    async fn renew_seals(&self) {
        match self.parts.service.renew_seals().await {
            Ok(0) => {}
            Ok(renewed) => tracing::info!(renewed, "payloads were sealed with the present key"),
            Err(error) => tracing::error!(%error, "payloads could not be sealed with the present key"),
        }
    }
}

impl Decided {
    /// Every occurrence that something is decided about.
    fn ids(&self) -> BTreeSet<&str> {
        let begun = self.begun.iter().map(|handed| &handed.occurrence);
        let left_out = self.left_out.iter().map(|(of, _, _)| of);
        let timed_out = self.timed_out.iter().map(|(of, _)| of);
        begun.chain(left_out).chain(timed_out).map(|of| of.occurrence_id.as_str()).collect()
    }
}

impl Handed {
    fn begun(&self, deliveries: &BTreeMap<String, DeliveryRow>) -> Begun<'_> {
        let kind = kind_of(deliveries.get(&self.event.service));
        Begun {
            of: &self.occurrence,
            to: self.to,
            action: self.action,
            delivery: kind.as_str(),
            by_outbox: kind.is_fetched(),
        }
    }
}

fn kind_of(delivery: Option<&DeliveryRow>) -> DeliveryKind {
    delivery.and_then(|row| DeliveryKind::named(&row.kind)).unwrap_or(DeliveryKind::Outbox)
}
