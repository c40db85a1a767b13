//! Handing over to those who do not fetch for themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{Failure, Standing};
use tokio::sync::Semaphore;

use super::webhook::{Call, Called};
use super::{SchedulingService, cut, random};
use crate::problem::ApiError;
use crate::store::{DeliveryRow, OccurrenceRow, ScheduledRow, StoreError, Transition};

/// Webhooks of one service that are called at the same time: a slow one holds up itself alone.
const CALLS_OF_ONE: usize = 16;

/// The longest that a webhook may take to answer.
const LONGEST_CALL: Duration = Duration::from_secs(60);

/// An attempt that is to be handed over.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) event: ScheduledRow,
    /// Where it stands since the attempt began.
    pub(super) occurrence: OccurrenceRow,
    pub(super) delivery: DeliveryRow,
    pub(super) handed_at: Timestamp,
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
            let Ok(_turn) = turns.acquire_owned().await else { return };
            // What comes to nothing here is not acknowledged, and is handed over again after its timeout.
            if let Err(error) = service.run_errand(&errand).await {
                tracing::error!(%error, occurrence = %errand.occurrence.occurrence_id, "a hand-over could not be settled");
            }
        });
    }
}

impl SchedulingService {
    async fn run_errand(&self, errand: &Errand) -> Result<(), ApiError> {
        let Errand { event, occurrence, delivery, handed_at } = errand;
        let attempt = occurrence.standing.attempt;
        // It has waited for its turn: somebody may have taken it back.
        let present = self.store().occurrence_now(&occurrence.occurrence_id).await?;
        if present.is_none_or(|present| present.standing != occurrence.standing) {
            return Ok(());
        }
        let body = self.handover(event, occurrence, attempt, *handed_at).map_err(|error| error.to_string());
        let prepared = body.and_then(|body| {
            let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
            let url = delivery.url.as_deref().ok_or("the webhook has no address")?;
            Ok((url, self.secret_of(delivery)?, body))
        });
        let (url, secret, body) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return self.give_up(occurrence, attempt, &reason).await,
        };
        let patience = Duration::from_millis(u64::from(event.policy.timeout_ms)).min(LONGEST_CALL);
        let id = &occurrence.occurrence_id;
        let call = Call { url, secret: &secret, occurrence_id: id, attempt, body, now: self.now(), patience };
        let called = self.inner.webhooks.call(call).await;
        match called {
            Called::Taken => Ok(()),
            Called::Done => self.settle_attempt(id, attempt, None).await,
            Called::Failed { reason, lasting } => {
                let failure = if lasting { Failure::Lasting } else { Failure::Passing };
                self.settle_attempt(id, attempt, Some((&cut(&reason), failure))).await
            }
        }
    }

    /// Gives up what can never be handed over.
    pub(super) async fn give_up(
        &self,
        occurrence: &OccurrenceRow,
        attempt: u32,
        reason: &str,
    ) -> Result<(), ApiError> {
        tracing::error!(occurrence = %occurrence.occurrence_id, reason, "an occurrence cannot be handed over");
        self.settle_attempt(&occurrence.occurrence_id, attempt, Some((&cut(reason), Failure::Lasting))).await
    }

    /// Writes down how a hand-over has ended.
    async fn settle_attempt(
        &self,
        occurrence_id: &str,
        attempt: u32,
        failed: Option<(&str, Failure)>,
    ) -> Result<(), ApiError> {
        let (id, failed) = (occurrence_id.to_owned(), failed.map(|(reason, how)| (reason.to_owned(), how)));
        self.unbroken(move |service| {
            let (id, failed) = (id.clone(), failed.clone());
            async move {
                let mut transaction = service.store().begin_write().await?;
                let Some(occurrence) = transaction.occurrence(&id).await? else { return Ok(()) };
                let Some(event) = transaction.scheduled(&occurrence.event_id).await? else { return Ok(()) };
                let (now, standing) = (service.now(), occurrence.standing);
                let (decided, action, reason): (Result<Standing, _>, _, _) = match &failed {
                    None => (standing.complete(attempt), "completed", None),
                    Some((reason, failure)) => {
                        let decided = standing.fail(attempt, *failure, now, &event.policy, random());
                        (decided, "failed", Some(reason.as_str()))
                    }
                };
                // Somebody has acknowledged it already, or taken it back.
                let Ok(to) = decided else { return Ok(()) };
                let change =
                    Transition { of: &occurrence, to, action, reason, actor: "delivery", lease: None };
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
