//! What waits of an event: withdrawn, brought back and added until it is what is wanted.
//!
//! Occurrences are changed in the order of their times, and their event after them: see [`WriteTransaction::lock_service`].

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::{Held, OccurrenceState, Refusal, Standing, revise};

use super::change::refused;
use super::limits::BACKDATE_GRACE_MS;
use super::schedule::new_occurrences;
use crate::problem::ApiError;
use crate::store::{
    Lease, OccurrenceRow, RESCHEDULED, ScheduledRow, StoreError, Transition, WriteTransaction,
};

/// What was taken back.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) cancelled: u64,
    pub(super) under_way: u64,
}

/// Makes what waits of an event what is wanted. What has passed comes neither anew nor again.
pub(super) async fn revise_waiting(
    transaction: &mut WriteTransaction,
    row: &ScheduledRow,
    wanted: &[Timestamp],
    actor: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    let earliest = now.saturating_add_ms(-BACKDATE_GRACE_MS);
    let stored = transaction.occurrences_to_revise(&row.event_id, earliest).await?;
    let held: Vec<_> = stored.iter().map(|each| (each.due_at, held(each))).collect();
    let mut revision = revise(&held, wanted);
    revision.revive.retain(|due_at| *due_at >= earliest);
    revision.add.retain(|due_at| *due_at >= earliest);
    for occurrence in &stored {
        if revision.withdraw.binary_search(&occurrence.due_at).is_ok() {
            let mut count = Count::default();
            cancel_occurrence(transaction, occurrence, RESCHEDULED, actor, now, &mut count).await?;
        }
        if revision.revive.binary_search(&occurrence.due_at).is_ok() {
            revive(transaction, row, occurrence, actor, None, now).await?;
        }
    }
    let new = new_occurrences(&row.event_id, &revision.add);
    transaction.add_occurrences(&row.event_id, &row.service, &row.policy, &new, now).await?;
    Ok(())
}

/// Makes ready what is planned further on. What an edit has withdrawn there is what the rule has again.
pub(super) async fn keep_ready(
    transaction: &mut WriteTransaction,
    row: &ScheduledRow,
    planned: &[Timestamp],
    lease: &Lease,
    now: Timestamp,
) -> Result<(), ApiError> {
    let Some(first) = planned.first() else { return Ok(()) };
    for occurrence in transaction.occurrences_to_revise(&row.event_id, *first).await? {
        if held(&occurrence) == Held::Withdrawn && planned.binary_search(&occurrence.due_at).is_ok() {
            revive(transaction, row, &occurrence, "scheduler", Some(lease), now).await?;
        }
    }
    // What is stored already stays as it is.
    let new = new_occurrences(&row.event_id, planned);
    transaction.add_occurrences(&row.event_id, &row.service, &row.policy, &new, now).await?;
    Ok(())
}

/// Has an occurrence wait again that an edit has withdrawn.
async fn revive(
    transaction: &mut WriteTransaction,
    row: &ScheduledRow,
    occurrence: &OccurrenceRow,
    actor: &str,
    lease: Option<&Lease>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let to = Standing {
        attempt: occurrence.standing.attempt,
        ..Standing::scheduled(occurrence.due_at, &row.policy)
    };
    let change = Transition { of: occurrence, to, action: "revived", reason: None, actor, lease };
    match transaction.change_only(&change, now).await? {
        true => Ok(()),
        false => Err(StoreError::Overtaken.into()),
    }
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

/// Takes one occurrence back. The state of its event is left as it is.
pub(super) async fn cancel_occurrence(
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
    if !transaction.change_only(&change, now).await? {
        return Err(StoreError::Overtaken.into());
    }
    count.cancelled += 1;
    count.under_way += u64::from(occurrence.standing.state == OccurrenceState::Processing);
    Ok(())
}
