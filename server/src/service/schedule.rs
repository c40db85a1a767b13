//! Scheduling: the same thing once, however often it is asked for.

use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{ScheduleBody, Wanted, check_future, new_id};
use super::{SchedulingService, ServiceError, acting_service, actor_of, limits, occurrence_id};
use crate::access::Caller;
use crate::problem::{ApiError, FieldProblem};
use crate::store::{NewOccurrence, ScheduledRow, WriteTransaction};

/// What came of scheduling something.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Scheduled {
    /// Always true.
    pub success: bool,
    /// Its id.
    pub event_id: String,
    /// Whether it is new; otherwise the same thing was scheduled before, and this is that.
    pub created: bool,
    /// The instant at which it is due first.
    pub scheduled_at: String,
    /// What clocks did to a time without offset: `gap` where they skip it, `fold` where they show it twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted: Option<&'static str>,
}

/// Several events to be scheduled.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// 1 to 100 of them.
    #[schema(min_items = 1, max_items = 100)]
    pub events: Vec<ScheduleBody>,
}

/// What came of each.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScheduledBatch {
    /// Whether every one was scheduled.
    pub success: bool,
    /// In the order of the request.
    pub results: Vec<BatchItem>,
}

/// What came of one of several.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum BatchItem {
    /// It is scheduled.
    Done(Scheduled),
    /// It was refused; the others are not concerned.
    Refused {
        /// Always false.
        success: bool,
        /// The code of the problem.
        code: &'static str,
        /// One sentence for a person.
        detail: String,
        /// The fields that are at fault.
        problems: Vec<FieldProblem>,
    },
}

/// What came of an event that was under way to the database.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) scheduled: Scheduled,
    /// Whether something was written: the event, or the key with which it was asked for again.
    pub(super) is_new: bool,
}

/// An event under way to the database.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) service: String,
    pub(super) wanted: Wanted,
    pub(super) reminder: Option<String>,
}

impl Draft {
    /// Whether `row` is just this.
    pub(super) fn is(&self, row: &ScheduledRow) -> bool {
        self.reminder == row.reminder
            && self.wanted.time.instant == row.scheduled_at
            && self.wanted.zones == row.zones
            && self.wanted.request_hash() == row.request_hash
    }
}

impl SchedulingService {
    /// Schedules something, or returns what was scheduled as the same thing before.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `SERVICE_MISMATCH`, `IDEMPOTENCY_KEY_REUSED`, `SERVICE_QUOTA_EXCEEDED`, `PAYLOAD_TOO_LARGE`,
    /// `TOO_MANY_REQUESTS` or an error of the database; nothing was written then.
    pub async fn schedule(&self, caller: &Caller, body: &ScheduleBody) -> Result<Scheduled, ApiError> {
        let draft = self.draft(caller, body)?;
        let caller = caller.clone();
        self.unbroken(move |service| {
            let (caller, draft) = (caller.clone(), draft.clone());
            async move {
                let mut transaction = service.store().begin_write().await?;
                transaction.lock_service(&draft.service).await?;
                let Written { scheduled, is_new } = service.write(&mut transaction, &caller, &draft).await?;
                if is_new {
                    transaction.audit(&caller.done(&scheduled.event_id), service.now()).await?;
                    transaction.commit_service().await?;
                }
                Ok(scheduled)
            }
        })
        .await
    }

    /// Schedules each of several, in one transaction; one that is refused does not stop the others.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` for a batch that is empty or too long, or an error of the database; nothing was written then.
    pub async fn schedule_batch(
        &self,
        caller: &Caller,
        body: &BatchBody,
    ) -> Result<ScheduledBatch, ApiError> {
        if body.events.is_empty() || body.events.len() > limits::BATCH_EVENTS {
            let message = format!("has {}: write 1 to {}", body.events.len(), limits::BATCH_EVENTS);
            return Err(FieldProblem::new("events", "RANGE_INVALID", message).into());
        }
        let drafts: Vec<_> = body.events.iter().map(|event| self.draft(caller, event)).collect();
        let (valid, refused): (Vec<_>, Vec<_>) =
            drafts.into_iter().enumerate().partition(|(_, draft)| draft.is_ok());
        let valid: Vec<_> =
            valid.into_iter().filter_map(|(place, draft)| Some((place, draft.ok()?))).collect();
        let caller = caller.clone();
        let written = self
            .unbroken(move |service| {
                let (caller, valid) = (caller.clone(), valid.clone());
                async move { service.write_all(&caller, &valid).await }
            })
            .await?;
        let mut results: Vec<(usize, Result<Scheduled, ApiError>)> = written;
        results.extend(refused.into_iter().filter_map(|(place, draft)| Some((place, Err(draft.err()?)))));
        results.sort_by_key(|(place, _)| *place);
        let results: Vec<_> = results.into_iter().map(|(_, outcome)| BatchItem::of(outcome)).collect();
        let success = results.iter().all(|item| matches!(item, BatchItem::Done(_)));
        Ok(ScheduledBatch { success, results })
    }

    fn draft(&self, caller: &Caller, body: &ScheduleBody) -> Result<Draft, ApiError> {
        let service = acting_service(caller, body.service_id.as_deref())?;
        let wanted = body.wanted()?;
        self.take_turn(&service)?;
        Ok(Draft { service, wanted, reminder: None })
    }

    async fn write_all(
        &self,
        caller: &Caller,
        drafts: &[(usize, Draft)],
    ) -> Result<Vec<(usize, Result<Scheduled, ApiError>)>, ApiError> {
        let mut transaction = self.store().begin_write().await?;
        // In one order, so that two batches of several services do not wait for each other.
        let mut services: Vec<_> = drafts.iter().map(|(_, draft)| draft.service.as_str()).collect();
        services.sort_unstable();
        services.dedup();
        for service in services {
            transaction.lock_service(service).await?;
        }
        let mut results = Vec::with_capacity(drafts.len());
        for (place, draft) in drafts {
            let outcome = match self.write(&mut transaction, caller, draft).await {
                Err(error @ ApiError::Store(_)) => return Err(error),
                outcome => outcome,
            };
            if let Ok(Written { scheduled, is_new: true }) = &outcome {
                transaction.audit(&caller.done(&scheduled.event_id), self.now()).await?;
            }
            results.push((*place, outcome.map(|written| written.scheduled)));
        }
        transaction.commit_service().await?;
        Ok(results)
    }

    /// Writes one event with its occurrences, unless it is there already. The service is locked.
    pub(super) async fn write(
        &self,
        transaction: &mut WriteTransaction,
        caller: &Caller,
        draft: &Draft,
    ) -> Result<Written, ApiError> {
        let Draft { service, wanted, reminder } = draft;
        let (identity, request_hash) = (wanted.identity(service, reminder.as_deref()), wanted.request_hash());
        let known =
            |row: &ScheduledRow, is_new| Written { scheduled: Scheduled::of(row, wanted, false), is_new };
        if let Some(key) = &wanted.idempotency_key
            && let Some((row, of_key)) = transaction.scheduled_with_key(service, key).await?
        {
            if of_key != request_hash {
                return Err(ApiError::IdempotencyKeyReused);
            }
            return Ok(known(&row, false));
        }
        if let Some(row) = transaction.scheduled_as(&identity).await? {
            // The same key again is to find it also when it has become another thing, or was taken back.
            if let Some(key) = &wanted.idempotency_key {
                transaction.add_further_key(&row, key, &request_hash).await?;
            }
            return Ok(known(&row, wanted.idempotency_key.is_some()));
        }
        let maximum = u64::from(self.settings().max_events);
        if transaction.count_scheduled(service).await? >= maximum {
            return Err(ServiceError::QuotaExceeded { maximum }.into());
        }
        let now = self.now();
        check_future(wanted.time.instant, now)?;
        let plan = wanted.plan(self.settings(), now)?;
        let event_id = new_id()?;
        let row = ScheduledRow {
            service: service.clone(),
            kind: wanted.kind.clone(),
            entity_id: wanted.entity_id.clone(),
            state: "active".to_owned(),
            idempotency_key: wanted.idempotency_key.clone(),
            request_hash,
            scheduled_time: wanted.scheduled_time.clone(),
            scheduled_at: wanted.time.instant,
            zones: wanted.zones.clone(),
            disambiguation: wanted.disambiguation_name().to_owned(),
            payload: self.inner.vault.seal(&event_id, &wanted.payload)?,
            recurrence: wanted.recurrence.as_ref().map(ToString::to_string),
            missed: wanted.missed,
            policy: wanted.policy,
            reminder: reminder.clone(),
            planned_until: wanted.recurrence.is_some().then_some(plan.until),
            refill_at: plan.refill_at,
            created_at: now,
            updated_at: now,
            created_by: actor_of(caller),
            identity: Some(identity),
            event_id,
        };
        transaction.add_scheduled(&row).await?;
        let occurrences = new_occurrences(&row.event_id, &plan.due);
        transaction.add_occurrences(&row.event_id, service, &row.policy, &occurrences, now).await?;
        transaction.note_scheduled(&row, "scheduled", None, &row.created_by, now).await?;
        transaction.refresh_state(&row.event_id, now).await?;
        Ok(Written { scheduled: Scheduled::of(&row, wanted, true), is_new: true })
    }
}

/// Occurrences of an event at these times.
pub(super) fn new_occurrences(event_id: &str, due: &[Timestamp]) -> Vec<NewOccurrence> {
    let of = |due_at: &Timestamp| NewOccurrence {
        occurrence_id: occurrence_id(event_id, *due_at),
        due_at: *due_at,
    };
    due.iter().map(of).collect()
}

impl Scheduled {
    fn of(row: &ScheduledRow, wanted: &Wanted, created: bool) -> Self {
        Self {
            success: true,
            event_id: row.event_id.clone(),
            created,
            scheduled_at: row.scheduled_at.to_string(),
            adjusted: wanted.time.adjustment.map(|adjustment| adjustment.as_str()),
        }
    }
}

impl BatchItem {
    fn of(outcome: Result<Scheduled, ApiError>) -> Self {
        match outcome {
            Ok(scheduled) => Self::Done(scheduled),
            Err(error) => {
                let (_, code) = error.status_and_code();
                let detail = error.detail();
                Self::Refused { success: false, code, detail, problems: error.into_problems() }
            }
        }
    }
}
