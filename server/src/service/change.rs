//! Taking back, changing, and asking once more.

use client_event_scheduler::service::{Refusal, coalesce_name};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::request::Wanted;
use super::reschedule::RescheduleBody;
use super::views::ScheduledView;
use super::waiting::{Count, cancel_occurrence, revise_waiting};
use super::{SchedulingService, ServiceError, acting_service, actor_of, event_part};
use crate::access::{AuditChanges, Caller, secrets};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{OccurrenceRow, ScheduledFilter, ScheduledRow, StoreError, Transition, WriteTransaction};

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
        let now = self.now();
        let answer = if id == row.event_id {
            if row.state == "finished" {
                return Err(ServiceError::Final { state: "finished" }.into());
            }
            self.cancel_each(&mut transaction, caller, vec![row]).await?
        } else {
            let occurrence = transaction.occurrence(id).await?;
            let occurrence = occurrence.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() })?;
            let mut count = Count::default();
            let actor = actor_of(caller);
            cancel_occurrence(&mut transaction, &occurrence, "requested", &actor, now, &mut count).await?;
            let Count { cancelled, under_way } = count;
            if cancelled > 0 {
                transaction.refresh_state(&row.event_id, now).await?;
            }
            CancelAnswer { success: true, event_ids: vec![row.event_id], cancelled, under_way }
        };
        transaction.audit(&caller.done(id), now).await?;
        transaction.commit_service().await?;
        Ok(answer)
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
            return Err(FieldProblem::new("entity_id", "ID_REQUIRED", message).into());
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

    /// Takes back these, in the order of their ids. Their service is locked.
    pub(super) async fn cancel_each(
        &self,
        transaction: &mut WriteTransaction,
        caller: &Caller,
        found: Vec<ScheduledRow>,
    ) -> Result<CancelAnswer, ApiError> {
        let (now, actor) = (self.now(), actor_of(caller));
        let mut count = Count::default();
        for row in &found {
            for occurrence in transaction.waiting_of(&row.event_id).await? {
                cancel_occurrence(transaction, &occurrence, "requested", &actor, now, &mut count).await?;
            }
        }
        let mut event_ids = Vec::with_capacity(found.len());
        for mut row in found {
            event_ids.push(row.event_id.clone());
            if row.state == "cancelled" {
                continue;
            }
            (row.state, row.identity, row.refill_at, row.updated_at) =
                ("cancelled".to_owned(), None, None, now);
            transaction.put_scheduled(&row).await?;
            transaction.note_scheduled(&row, "cancelled", Some("requested"), &actor, now).await?;
        }
        let Count { cancelled, under_way } = count;
        Ok(CancelAnswer { success: true, event_ids, cancelled, under_way })
    }

    /// Changes an event: what of its occurrences waits becomes what the new definition wants.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND`, `SCHEDULED_EVENT_FINAL` for one that was taken back, `SCHEDULED_EVENT_EXISTS`, `INVALID_INPUT`,
    /// `SERVICE_QUOTA_EXCEEDED` for one that was over, or an error of the database.
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
        if event_id != row.event_id {
            let message = format!(
                "is an occurrence: change the event {}, or take back this occurrence with DELETE",
                row.event_id
            );
            return Err(FieldProblem::new("id", "SETTING_INVALID", message).into());
        }
        if row.state == "cancelled" {
            return Err(ServiceError::Final { state: "cancelled" }.into());
        }
        let (now, actor) = (self.now(), actor_of(caller));
        let wanted = body.wanted(&row, now)?;
        let identity = wanted.identity(&row.service, row.reminder.as_deref());
        if row.identity.as_ref() != Some(&identity)
            && let Some(other) = transaction.scheduled_as(&identity).await?
        {
            return Err(ServiceError::Exists { event_id: other.event_id }.into());
        }
        let before = row.clone();
        self.take_over(&mut row, &wanted, identity)?;
        if row == before {
            return Ok(());
        }
        let plan = wanted.plan(self.settings(), now)?;
        (row.planned_until, row.refill_at) =
            (wanted.recurrence.is_some().then_some(plan.until), plan.refill_at);
        row.updated_at = now;
        revise_waiting(&mut transaction, &row, &plan.due, &actor, now).await?;
        transaction.put_scheduled(&row).await?;
        transaction.note_scheduled(&row, "changed", None, &actor, now).await?;
        transaction.refresh_state(&row.event_id, now).await?;
        if before.state == "finished" {
            self.check_quota(&mut transaction, &row).await?;
        }
        let changes = AuditChanges::between(Some(&told(&before)), Some(&told(&row)));
        transaction.audit(&caller.changed(&row.event_id, &changes), now).await?;
        transaction.commit_service().await?;
        Ok(())
    }

    /// Refuses to have an event active again that makes more of them than the service may have.
    async fn check_quota(
        &self,
        transaction: &mut WriteTransaction,
        row: &ScheduledRow,
    ) -> Result<(), ApiError> {
        let maximum = u64::from(self.settings().max_events);
        let is_active = transaction.scheduled(&row.event_id).await?.is_some_and(|row| row.state == "active");
        if is_active && transaction.count_scheduled(&row.service).await? > maximum {
            return Err(ServiceError::QuotaExceeded { maximum }.into());
        }
        Ok(())
    }

    fn take_over(&self, row: &mut ScheduledRow, wanted: &Wanted, identity: String) -> Result<(), ApiError> {
        row.scheduled_time.clone_from(&wanted.scheduled_time);
        row.scheduled_at = wanted.time.instant;
        row.zones = wanted.zones.clone();
        row.disambiguation = wanted.disambiguation_name().to_owned();
        if !wanted.payload.is_empty() {
            row.payload = self.inner.vault.seal(&row.event_id, &wanted.payload)?;
        }
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
    let found = transaction.latest_occurrence(id).await?;
    found.ok_or_else(|| ServiceError::NotFound { id: id.to_owned() }.into())
}

/// The answer to what the core refuses.
pub(super) fn refused(refusal: Refusal) -> Result<(), ApiError> {
    ServiceError::of(refusal).map_or(Ok(()), |error| Err(error.into()))
}

/// What the audit tells of an event, by the names of the request. The payload may be sealed, so it is told as a secret is: that it is
/// another one.
fn told(row: &ScheduledRow) -> String {
    let ScheduledRow { zones, policy, .. } = row;
    let fields = json!({
        "scheduled_time": row.scheduled_time,
        "scheduled_at": row.scheduled_at.to_string(),
        "resource_timezone": zones.resource,
        "user_timezone": zones.user,
        "execution_timezone": zones.execution,
        "disambiguation": row.disambiguation,
        "recurrence": row.recurrence,
        "missed": coalesce_name(row.missed),
        "max_retries": policy.max_retries,
        "retry_delay_seconds": policy.retry_delay_ms / 1000,
        "timeout_seconds": policy.timeout_ms / 1000,
        "payload": {"secret": secrets::digest(&row.payload)},
    });
    fields.to_string()
}
