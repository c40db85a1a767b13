//! What becomes of the changes of somebody who may not approve: they wait for somebody who may.

use client_event_scheduler::{EventDefinition, Phase};

use super::{Document, Events, decision};
use crate::access::{AccessError, Permission};
use crate::problem::ApiError;
use crate::store::{EventRow, WriteTransaction};

const STATUS: &str = "event_approval_status";
const REQUIRED: &str = "approval_required";
const PENDING: &str = "pending_approval";

/// Makes an event wait for approval, unless its author may approve.
pub(super) fn hold_unless_approver(events: &Events, document: &mut Document) {
    if !events.approves() {
        document.set_text(STATUS, PENDING);
        document.set_bool(REQUIRED, true);
        document.remove("status");
        // Nothing is decided about it, so there is no reason either.
        document.remove(decision::REASON);
    }
}

/// Lets somebody who may not approve change only his own events that wait for approval, and nothing about the approval.
pub(super) async fn check_edit(
    events: &Events,
    transaction: &mut WriteTransaction,
    row: &EventRow,
    patch: &Document,
) -> Result<(), ApiError> {
    if events.approves() {
        return Ok(());
    }
    let author = transaction.author(&row.event_id).await?;
    let own = author.is_some() && author == events.author();
    if !own || !is_pending(events, row) {
        return Err(AccessError::NotYourPendingEvent.into());
    }
    let stays = |field, value| patch.raw(field).is_none_or(|given| given == value);
    if !stays(STATUS, "\"pending_approval\"") || !stays(REQUIRED, "true") {
        return Err(AccessError::ApprovalForbidden.into());
    }
    Ok(())
}

fn is_pending(events: &Events, row: &EventRow) -> bool {
    let definition = EventDefinition::from_json(row.document.as_bytes(), &events.dates.context());
    definition.is_ok_and(|definition| definition.approval.gate() == Some(Phase::PendingApproval))
}

impl Events {
    /// Refuses what the caller may not. The server's own changes are refused nothing.
    pub(super) fn require(&self, permission: Permission) -> Result<(), AccessError> {
        match &self.caller {
            Some(caller) if !caller.may(permission) => Err(AccessError::Forbidden(permission)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether what is changed here needs nobody's approval. The server's own changes do not.
    fn approves(&self) -> bool {
        self.require(Permission::EventsApprove).is_ok()
    }

    /// In whose name events are changed here.
    pub(super) fn author(&self) -> Option<String> {
        self.caller.as_ref().and_then(|caller| caller.actor().author())
    }
}
