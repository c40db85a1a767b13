//! Events in a snapshot.

use super::codec::{Reader, Writer};
use crate::error::SnapshotError;
use crate::event::{Approval, ApprovalStatus, Lifecycle, Phase, WindowField, Windows};
use crate::scheduler::rows::{Facts, Row, Text, bit, row};
use crate::scheduler::store::hash;
use crate::trigger::TriggerKind;

pub(super) fn write_event(out: &mut Writer, row: &Row, id: &[u8], payload: &[u8]) {
    out.text(id);
    let given = WindowField::ALL.into_iter().filter(|&field| row.facts.windows.get(field).is_some());
    out.number(given.fold(0, |mask, field| mask | 1 << field as u64));
    for field in WindowField::ALL {
        if let Some(instant) = row.facts.windows.get(field) {
            out.instant(instant);
        }
    }
    out.number(row.facts.approval.status as u64);
    out.number(u64::from(row.facts.approval.required));
    out.number(row.facts.approval.lifecycle as u64);
    out.optional(row.facts.revision);
    out.instant(row.admitted_at);
    out.number(row.phase as u64);
    out.number(u64::from(row.provisional));
    out.number(u64::from(row.pending));
    out.text(payload);
    out.number(u64::from(row.backdated));
    out.number(u64::from(row.fired));
}

pub(super) fn read_event(mut record: Reader<'_>) -> Result<(Row, u8), SnapshotError> {
    let id: Box<[u8]> = record.text()?.into();
    if std::str::from_utf8(&id).is_err() {
        return Err(SnapshotError::Corrupt { what: "an id is not UTF-8" });
    }
    let given = record.number()?;
    let mut windows = Windows::NONE;
    for field in WindowField::ALL {
        if given & 1 << field as u64 != 0 {
            windows.set(field, Some(record.instant()?));
        }
    }
    let approval = Approval {
        status: match record.number()? {
            0 => ApprovalStatus::Unstated,
            1 => ApprovalStatus::PendingApproval,
            2 => ApprovalStatus::Approved,
            3 => ApprovalStatus::Declined,
            _ => return Err(SnapshotError::Corrupt { what: "an approval status is unknown" }),
        },
        required: record.number()? != 0,
        lifecycle: match record.number()? {
            0 => Lifecycle::Computed,
            1 => Lifecycle::PendingApproval,
            2 => Lifecycle::Declined,
            3 => Lifecycle::Cancelled,
            _ => return Err(SnapshotError::Corrupt { what: "a status is unknown" }),
        },
    };
    let facts = Facts { windows, approval, revision: record.optional()? };
    let admitted_at = record.instant()?;
    let phase = u8::try_from(record.number()?).ok().and_then(Phase::from_number);
    let phase = phase.ok_or(SnapshotError::Corrupt { what: "a phase is unknown" })?;
    let provisional = record.number()? != 0;
    let due = facts.due_times();
    let pending = record.number()? as u8;
    let makes = |kind: &TriggerKind| due.get(*kind).is_some();
    let possible = TriggerKind::ALL.into_iter().filter(makes).fold(0, |mask, kind| mask | bit(kind));
    let payload = match record.text()? {
        [] => Text::None,
        json => Text::Owned(json.into()),
    };
    // Version 1 ends here.
    let mut more = || if record.is_at_end() { Ok(0) } else { record.number() };
    let (backdated, fired) = (more()? as u8, more()? as u8);
    let hash = hash(&id);
    let row = Row {
        phase,
        provisional,
        backdated,
        fired,
        ..row(Text::Owned(id), hash, payload, facts, admitted_at)
    };
    Ok((row, pending & possible))
}
