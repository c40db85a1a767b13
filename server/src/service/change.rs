//! Taking back, changing, and asking once more.

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{Held, OccurrenceState, Refusal, Standing, revise};
use serde::{Deserialize, Serialize};

use super::request::{RescheduleBody, Wanted};
use super::schedule::new_occurrences;
use super::views::ScheduledView;
use super::{SchedulingService, ServiceError, acting_service, actor_of, event_part};
use crate::access::Caller;
use crate::problem::ApiError;
use crate::store::{OccurrenceRow, ScheduledFilter, ScheduledRow, StoreError, Transition, WriteTransaction};

/// Why an edit has taken an occurrence back: another edit may bring it again.
const RESCHEDULED: &str = "rescheduled";

/// What was taken back.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CancelAnswer {
    /// Always true.
    pub success: bool,
    /// The events of which something was taken back.
    pub event_ids: Vec<String>,
    /// Occurrences that will not happen.
    pub cancelled: u64,
    /// How many of them somebody was at already: they are not tried again.
    pub under_way: u64,
}

/// Of which entity everything is to be taken back.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EntityFilter {
    /// The service; a person has to name it.
    pub service_id: Option<String>,
    /// The entity.
    pub entity_id: Option<String>,
    /// Of this type only.
    pub r#type: Option<String>,
}

#[derive(Debug, Default)]
struct Count {
    cancelled: u64,
    under_way: u64,
}

impl SchedulingService {
    /// Takes an event back, or one occurrence where `id` is that of one.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND`, `SCHEDULED_EVENT_FINAL` or an error of the database.
    pub async fn cancel(&self, caller: &Caller, id: &str) -> Result<CancelAnswer, ApiError> {
        let (caller, id) = (caller.clone(), id.to_owned());
        self.unbroken(move |service| {
            let (caller, id) = (caller.clone(), id.clone());
            async move { service.cancel_in_transaction(&caller, &id).await }
        })
        .await
    }

    async fn cancel_in_transaction(&self, caller: &Caller, id: &str) -> Result<CancelAnswer, ApiError> {
        let (mut transaction, row) = self.open(caller, id).await?;
        let (now, actor) = (self.now(), actor_of(caller));
        let mut count = Count::default();
        if id == row.event_id {
            if row.state == "finished" {
                return Err(ServiceError::Final { state: "finished" }.into());
            }
            self.cancel_event(&mut transaction, row.clone(), "requested", &actor, &mut count).await?;
        } else {
            let occurrence = transaction.occurrence(id).await?;
            let occurrence = occurrence.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() })?;
            cancel_occurrence(&mut transaction, &occurrence, "requested", &actor, now, &mut count).await?;
        }
        transaction.audit(&caller.done(id), now).await?;
        transaction.commit_service().await?;
        let Count { cancelled, under_way } = count;
        Ok(CancelAnswer { success: true, event_ids: vec![row.event_id], cancelled, under_way })
    }

    /// Takes back everything that is scheduled for an entity.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` where no entity is named, `SERVICE_MISMATCH`, or an error of the database.
    pub async fn cancel_entity(
        &self,
        caller: &Caller,
        filter: &EntityFilter,
    ) -> Result<CancelAnswer, ApiError> {
        let service_id = acting_service(caller, filter.service_id.as_deref())?;
        let Some(entity_id) = filter.entity_id.clone().filter(|id| !id.is_empty()) else {
            let message = "is missing: name the entity of which everything is to be taken back";
            return Err(crate::problem::FieldProblem::new("entity_id", "ID_REQUIRED", message).into());
        };
        let filter = ScheduledFilter {
            service: Some(service_id),
            entity_id: Some(entity_id),
            kind: filter.r#type.clone(),
            reminders: false,
        };
        let caller = caller.clone();
        self.unbroken(move |service| {
            let (caller, filter) = (caller.clone(), filter.clone());
            async move {
                let mut transaction = service.store().begin_write().await?;
                let answer = service.cancel_all(&mut transaction, &caller, &filter).await?;
                let target = filter.entity_id.as_deref().unwrap_or_default();
                transaction.audit(&caller.done(target), service.now()).await?;
                transaction.commit_service().await?;
                Ok(answer)
            }
        })
        .await
    }

    /// Takes back what the filter takes, which names a service.
    pub(super) async fn cancel_all(
        &self,
        transaction: &mut WriteTransaction,
        caller: &Caller,
        filter: &ScheduledFilter,
    ) -> Result<CancelAnswer, ApiError> {
        transaction.lock_service(filter.service.as_deref().unwrap_or_default()).await?;
        let found = transaction.active_events(filter).await?;
        self.cancel_each(transaction, caller, found).await
    }

    /// Takes back these. Their service is locked.
    pub(super) async fn cancel_each(
        &self,
        transaction: &mut WriteTransaction,
        caller: &Caller,
        found: Vec<ScheduledRow>,
    ) -> Result<CancelAnswer, ApiError> {
        let mut count = Count::default();
        let mut event_ids = Vec::with_capacity(found.len());
        for row in found {
            event_ids.push(row.event_id.clone());
            self.cancel_event(transaction, row, "requested", &actor_of(caller), &mut count).await?;
        }
        let Count { cancelled, under_way } = count;
        Ok(CancelAnswer { success: true, event_ids, cancelled, under_way })
    }

    async fn cancel_event(
        &self,
        transaction: &mut WriteTransaction,
        mut row: ScheduledRow,
        reason: &'static str,
        actor: &str,
        count: &mut Count,
    ) -> Result<(), ApiError> {
        if row.state == "cancelled" {
            return Ok(());
        }
        let now = self.now();
        (row.state, row.identity, row.refill_at, row.updated_at) = ("cancelled".to_owned(), None, None, now);
        transaction.put_scheduled(&row).await?;
        transaction.note_scheduled(&row, "cancelled", Some(reason), actor, now).await?;
        for occurrence in transaction.occurrences_of(&row.event_id).await? {
            if !occurrence.standing.state.is_final() {
                cancel_occurrence(transaction, &occurrence, reason, actor, now, count).await?;
            }
        }
        Ok(())
    }

    /// Changes an event: what of its occurrences waits becomes what the new definition wants.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND`, `SCHEDULED_EVENT_FINAL` for one that was taken back, `SCHEDULED_EVENT_EXISTS`, `INVALID_INPUT` or an
    /// error of the database.
    pub async fn reschedule(
        &self,
        caller: &Caller,
        event_id: &str,
        body: RescheduleBody,
    ) -> Result<ScheduledView, ApiError> {
        let (caller, event_id) = (caller.clone(), event_id.to_owned());
        let (own, id, body) = (caller.clone(), event_id.clone(), std::sync::Arc::new(body));
        self.unbroken(move |service| {
            let (caller, event_id, body) = (own.clone(), id.clone(), std::sync::Arc::clone(&body));
            async move { service.change_in_transaction(&caller, &event_id, &body).await }
        })
        .await?;
        self.view(&caller, &event_id).await
    }

    async fn change_in_transaction(
        &self,
        caller: &Caller,
        event_id: &str,
        body: &RescheduleBody,
    ) -> Result<(), ApiError> {
        let (mut transaction, mut row) = self.open(caller, event_id).await?;
        if row.state == "cancelled" {
            return Err(ServiceError::Final { state: "cancelled" }.into());
        }
        let (now, actor) = (self.now(), actor_of(caller));
        let payload =
            self.payload_of(&row).map_err(|error| ApiError::Internal { what: error.to_string() })?;
        let wanted = body.wanted(&row, payload, now)?;
        let identity = wanted.identity(&row.service, row.reminder.as_deref());
        if row.identity.as_ref() != Some(&identity)
            && let Some(other) = transaction.scheduled_as(&identity).await?
        {
            return Err(ServiceError::Exists { event_id: other.event_id }.into());
        }
        self.take_over(&mut row, &wanted, identity)?;
        let plan = wanted.plan(self.settings(), now)?;
        (row.planned_until, row.refill_at) =
            (wanted.recurrence.is_some().then_some(plan.until), plan.refill_at);
        row.updated_at = now;
        transaction.put_scheduled(&row).await?;
        transaction.note_scheduled(&row, "changed", None, &actor, now).await?;
        apply(&mut transaction, &row, &plan.due, &actor, now).await?;
        transaction.refresh_state(&row.event_id, now).await?;
        transaction.audit(&caller.done(&row.event_id), now).await?;
        transaction.commit_service().await?;
        Ok(())
    }

    fn take_over(&self, row: &mut ScheduledRow, wanted: &Wanted, identity: String) -> Result<(), ApiError> {
        row.scheduled_time.clone_from(&wanted.scheduled_time);
        row.scheduled_at = wanted.time.instant;
        row.zones = wanted.zones.clone();
        row.disambiguation = wanted.disambiguation_name().to_owned();
        row.payload = self.inner.vault.seal(&row.event_id, &wanted.payload)?;
        row.recurrence = wanted.recurrence.as_ref().map(ToString::to_string);
        (row.missed, row.policy) = (wanted.missed, wanted.policy);
        row.identity = Some(identity);
        Ok(())
    }

    /// Has a dead letter tried once more.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND`, `SCHEDULED_EVENT_FINAL` for what is no dead letter, `OCCURRENCE_REQUIRED` or an error of the database.
    pub async fn retry(&self, caller: &Caller, id: &str) -> Result<ScheduledView, ApiError> {
        let (own, own_id) = (caller.clone(), id.to_owned());
        self.unbroken(move |service| {
            let (caller, id) = (own.clone(), own_id.clone());
            async move {
                let (mut transaction, row) = service.open(&caller, &id).await?;
                let occurrence = one_occurrence(&mut transaction, &row, &id).await?;
                let now = service.now();
                let to = match occurrence.standing.retry(now, &row.policy) {
                    Ok(to) => to,
                    Err(Refusal::NothingToDo) => return Ok(()),
                    Err(refusal) => return refused(refusal),
                };
                let actor = actor_of(&caller);
                let change = Transition {
                    of: &occurrence,
                    to,
                    action: "retried",
                    reason: None,
                    actor: &actor,
                    lease: None,
                };
                if !transaction.change(&change, now).await? {
                    return Err(StoreError::Overtaken.into());
                }
                transaction.refresh_state(&row.event_id, now).await?;
                transaction.audit(&caller.done(&id), now).await?;
                transaction.commit_service().await?;
                Ok(())
            }
        })
        .await?;
        self.view(caller, event_part(id)).await
    }

    /// Begins a transaction on the event that `id`, of it or of an occurrence, means, with its service locked.
    pub(super) async fn open(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<(WriteTransaction, ScheduledRow), ApiError> {
        let event_id = event_part(id);
        let known = self.visible(caller, id, self.store().scheduled(event_id).await?)?;
        let mut transaction = self.store().begin_write().await?;
        transaction.lock_service(&known.service).await?;
        let row = self.visible(caller, id, transaction.scheduled(event_id).await?)?;
        Ok((transaction, row))
    }
}

/// The occurrence that `id` means: itself, or the only one of its event.
pub(super) async fn one_occurrence(
    transaction: &mut WriteTransaction,
    row: &ScheduledRow,
    id: &str,
) -> Result<OccurrenceRow, ApiError> {
    if id != row.event_id {
        let found = transaction.occurrence(id).await?;
        return found.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() }.into());
    }
    if row.recurrence.is_some() {
        return Err(ServiceError::OccurrenceRequired.into());
    }
    let mut all = transaction.occurrences_of(id).await?;
    // One that was moved has left others behind, which are withdrawn.
    let latest = all.iter().rposition(|each| each.reason.as_deref() != Some(RESCHEDULED));
    let found = latest.map(|place| all.swap_remove(place));
    found.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() }.into())
}

/// Makes what waits of an event what is wanted.
async fn apply(
    transaction: &mut WriteTransaction,
    row: &ScheduledRow,
    wanted: &[Timestamp],
    actor: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    let stored = transaction.occurrences_of(&row.event_id).await?;
    let held: Vec<_> = stored.iter().map(|each| (each.due_at, held(each))).collect();
    let revision = revise(&held, wanted);
    for occurrence in &stored {
        if revision.withdraw.binary_search(&occurrence.due_at).is_ok() {
            let mut count = Count::default();
            cancel_occurrence(transaction, occurrence, RESCHEDULED, actor, now, &mut count).await?;
        }
        if revision.revive.binary_search(&occurrence.due_at).is_ok() {
            let to = Standing {
                attempt: occurrence.standing.attempt,
                ..Standing::scheduled(occurrence.due_at, &row.policy)
            };
            let change =
                Transition { of: occurrence, to, action: "revived", reason: None, actor, lease: None };
            transaction.change(&change, now).await?;
        }
    }
    let new = new_occurrences(&row.event_id, &revision.add);
    transaction.add_occurrences(&row.event_id, &row.service, &row.policy, &new, now).await?;
    Ok(())
}

fn held(occurrence: &OccurrenceRow) -> Held {
    match occurrence.standing.state {
        OccurrenceState::Scheduled => Held::Waiting,
        OccurrenceState::Cancelled if occurrence.reason.as_deref() == Some(RESCHEDULED) => Held::Withdrawn,
        OccurrenceState::Pending
        | OccurrenceState::Processing
        | OccurrenceState::Completed
        | OccurrenceState::Failed
        | OccurrenceState::Cancelled => Held::Fixed,
    }
}

async fn cancel_occurrence(
    transaction: &mut WriteTransaction,
    occurrence: &OccurrenceRow,
    reason: &str,
    actor: &str,
    now: Timestamp,
    count: &mut Count,
) -> Result<(), ApiError> {
    let to = match occurrence.standing.cancel() {
        Ok(to) => to,
        Err(Refusal::NothingToDo) => return Ok(()),
        Err(refusal) => return refused(refusal),
    };
    let change =
        Transition { of: occurrence, to, action: "cancelled", reason: Some(reason), actor, lease: None };
    if !transaction.change(&change, now).await? {
        return Err(StoreError::Overtaken.into());
    }
    count.cancelled += 1;
    count.under_way += u64::from(occurrence.standing.state == OccurrenceState::Processing);
    Ok(())
}

/// The answer to what the core refuses.
pub(super) fn refused(refusal: Refusal) -> Result<(), ApiError> {
    ServiceError::of(refusal).map_or(Ok(()), |error| Err(error.into()))
}
