//! Handing over to those who do not fetch for themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{Failure, Standing};
use tokio::sync::Semaphore;

use super::celery::{QUEUE, TASK, TaskMessage};
use super::delivery::DeliveryKind;
use super::vault::OpenError;
use super::webhook::{self, Call, Called};
use super::{SchedulingService, cut, random};
use crate::clock::Clock;
use crate::problem::ApiError;
use crate::store::{DeliveryRow, OccurrenceRow, ScheduledRow, StoreError, Transition};

/// Webhooks of one service that are called at the same time: a slow one holds up itself alone.
const CALLS_OF_ONE: usize = 16;

/// The longest that a webhook may take to answer.
const LONGEST_CALL: Duration = Duration::from_secs(60);

/// The longest pause, in milliseconds, before a way that was closed is tried again.
const LONGEST_REST_MS: u32 = 300_000;

/// An attempt that is to be handed over.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) event: ScheduledRow,
    /// Where it stands since the attempt began.
    pub(super) occurrence: OccurrenceRow,
    pub(super) delivery: DeliveryRow,
    pub(super) handed_at: Timestamp,
    /// Until when it does not count where the way to whoever is told is closed.
    pub(super) patient_until: Timestamp,
}

impl Errand {
    /// How an attempt ends that has reached nobody.
    fn unreached(&self, reason: String, now: Timestamp) -> Outcome {
        match now < self.patient_until {
            true => Outcome::Unreached(reason),
            false => Outcome::Failed(reason, Failure::Passing),
        }
    }
}

/// Hands over, a number of attempts of each service at the same time.
#[derive(Debug, Default)]
pub(super) struct Dispatcher {
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Dispatcher {
    /// Hands over in the background.
    pub(super) fn send(&self, service: &SchedulingService, errand: Errand) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let of_service = turns.entry(errand.event.service.clone());
        let turns = Arc::clone(of_service.or_insert_with(|| Arc::new(Semaphore::new(CALLS_OF_ONE))));
        let service = service.clone();
        tokio::spawn(async move {
            let given_up_at =
                errand.handed_at.saturating_add_ms(i64::from(errand.event.policy.timeout_ms) / 2);
            let clock = Arc::clone(&service.inner.clock);
            let done = tokio::select! {
                turn = turns.acquire_owned() => {
                    let Ok(_turn) = turn else { return };
                    service.run_errand(&errand).await
                }
                () = reached(&*clock, given_up_at) => service.turn_missed(&errand).await,
            };
            // What comes to nothing here is not acknowledged, and is handed over again after its timeout.
            if let Err(error) = done {
                tracing::error!(%error, occurrence = %errand.occurrence.occurrence_id, "a hand-over could not be settled");
            }
        });
    }
}

/// How a hand-over has ended.
#[derive(Debug, Clone)]
enum Outcome {
    /// The work is done.
    Done,
    /// It has failed: why, and whether another attempt may do better.
    Failed(String, Failure),
    /// The way there is closed; why.
    Unreached(String),
}

/// Completes at an instant and not before.
async fn reached(clock: &dyn Clock, at: Timestamp) {
    while clock.now() < at {
        clock.sleep_until(at).await;
    }
}

impl SchedulingService {
    /// Ends an attempt whose turn has not come: others of its service take too long. It has been made of no use to anybody.
    async fn turn_missed(&self, errand: &Errand) -> Result<(), ApiError> {
        let reason = format!("{CALLS_OF_ONE} others of this service were under way all the time");
        let Errand { occurrence, .. } = errand;
        let outcome = errand.unreached(reason, self.now());
        self.settle_attempt(&occurrence.occurrence_id, occurrence.standing.attempt, outcome).await
    }

    async fn run_errand(&self, errand: &Errand) -> Result<(), ApiError> {
        let Errand { event, occurrence, delivery, handed_at, .. } = errand;
        let attempt = occurrence.standing.attempt;
        // It has waited for its turn: somebody may have taken it back.
        let present = self.store().occurrence_now(&occurrence.occurrence_id).await?;
        if present.is_none_or(|present| present.standing != occurrence.standing) {
            return Ok(());
        }
        let lasting = |reason: String| Outcome::Failed(reason, Failure::Lasting);
        let body = match self.handover(event, occurrence, attempt, *handed_at) {
            Ok(body) => serde_json::to_string(&body).map_err(|error| lasting(error.to_string())),
            // It can be handed over as soon as a node that acts has the key.
            Err(error @ OpenError::KeyMissing(_)) => Err(errand.unreached(error.to_string(), self.now())),
            Err(error) => Err(lasting(error.to_string())),
        };
        let outcome = match (body, DeliveryKind::named(&delivery.kind)) {
            (Err(outcome), _) => Some(outcome),
            (Ok(body), Some(DeliveryKind::Celery)) => self.send_task(errand, &body).await,
            (Ok(body), _) => self.call_webhook(errand, body).await,
        };
        match outcome {
            Some(outcome) => self.settle_attempt(&occurrence.occurrence_id, attempt, outcome).await,
            None => Ok(()),
        }
    }

    /// Calls the service. None where it will acknowledge.
    async fn call_webhook(&self, errand: &Errand, body: String) -> Option<Outcome> {
        let Errand { event, occurrence, delivery, .. } = errand;
        let url = delivery.url.as_deref().ok_or_else(|| "the webhook has no address".to_owned());
        let (url, secret) = match url.and_then(|url| Ok((url, self.secret_of(delivery)?))) {
            Ok(known) => known,
            Err(reason) => return Some(Outcome::Failed(reason, Failure::Lasting)),
        };
        let call = Call {
            url,
            secret: &secret,
            occurrence_id: &occurrence.occurrence_id,
            attempt: occurrence.standing.attempt,
            body,
            now: self.now(),
            patience: Duration::from_millis(u64::from(event.policy.timeout_ms)).min(LONGEST_CALL),
        };
        match webhook::call(&self.inner.outbound, call).await {
            Called::Taken => None,
            Called::Done => Some(Outcome::Done),
            Called::Failed { reason, lasting: true } => Some(Outcome::Failed(reason, Failure::Lasting)),
            Called::Failed { reason, lasting: false } => Some(Outcome::Failed(reason, Failure::Passing)),
        }
    }

    /// Puts a task on the queue of the service's workers, who will acknowledge it.
    async fn send_task(&self, errand: &Errand, body: &str) -> Option<Outcome> {
        let Errand { occurrence, delivery, .. } = errand;
        let task = delivery.task.as_deref().unwrap_or(TASK);
        let queue = delivery.queue.as_deref().unwrap_or(QUEUE);
        let message = TaskMessage::new(&occurrence.occurrence_id, task, queue, body);
        let broker = delivery.broker.as_deref().unwrap_or_default();
        let now = self.now();
        let reason = self.inner.brokers.publish(broker, &message, now).await.err()?;
        Some(errand.unreached(reason, now))
    }

    /// Gives up what can never be handed over.
    pub(super) async fn give_up(
        &self,
        occurrence: &OccurrenceRow,
        attempt: u32,
        reason: &str,
    ) -> Result<(), ApiError> {
        tracing::error!(occurrence = %occurrence.occurrence_id, reason, "an occurrence cannot be handed over");
        let outcome = Outcome::Failed(reason.to_owned(), Failure::Lasting);
        self.settle_attempt(&occurrence.occurrence_id, attempt, outcome).await
    }

    /// Writes down how a hand-over has ended.
    async fn settle_attempt(
        &self,
        occurrence_id: &str,
        attempt: u32,
        outcome: Outcome,
    ) -> Result<(), ApiError> {
        let id = occurrence_id.to_owned();
        self.unbroken(move |service| {
            let (id, outcome) = (id.clone(), outcome.clone());
            async move {
                let mut transaction = service.store().begin_write().await?;
                let Some(occurrence) = transaction.occurrence(&id).await? else { return Ok(()) };
                let Some(event) = transaction.scheduled(&occurrence.event_id).await? else { return Ok(()) };
                let (now, standing) = (service.now(), occurrence.standing);
                let (decided, action, reason): (Result<Standing, _>, _, _) = match outcome {
                    Outcome::Done => (standing.complete(attempt), "completed", None),
                    Outcome::Failed(reason, failure) => {
                        let decided = standing.fail(attempt, failure, now, &event.policy, random());
                        (decided, "failed", Some(reason))
                    }
                    Outcome::Unreached(reason) => {
                        let delay_ms =
                            i64::from(event.policy.delay_ms(attempt, random()).min(LONGEST_REST_MS));
                        (
                            standing.unreached(attempt, now.saturating_add_ms(delay_ms)),
                            "unreached",
                            Some(reason),
                        )
                    }
                };
                let reason = reason.as_deref().map(cut);
                // Somebody has acknowledged it already, or taken it back.
                let Ok(to) = decided else { return Ok(()) };
                let change = Transition {
                    of: &occurrence,
                    to,
                    action,
                    reason: reason.as_deref(),
                    actor: "delivery",
                    lease: None,
                };
                if !transaction.change(&change, now).await? {
                    return Err(StoreError::Overtaken.into());
                }
                transaction.commit_service().await?;
                Ok(())
            }
        })
        .await
    }
}
