//! What the core puts out, in the form in which it is written down.

use client_event_scheduler::{Cause, Fate, Output, Phase, Timestamp};

use crate::store::{Batch, Happening, HistoryEntry, StatusText, StatusWrite};

/// Adds one output of the core to the batch.
pub(super) fn note(batch: &mut Batch, output: Output, now: Timestamp) {
    match output {
        Output::Fired(delivery) => {
            tracing::info!(
                trigger_id = %delivery.trigger_id(), cause = delivery.cause.as_str(),
                lateness_ms = delivery.lateness_ms, before = %phase_text(delivery.before),
                after = %phase_text(delivery.after), "a trigger fired"
            );
            batch.entries.push(HistoryEntry {
                event_id: delivery.event_id.to_string(),
                what: Happening::Fired {
                    kind: delivery.kind,
                    cause: delivery.cause,
                    superseded: delivery.superseded,
                },
                scheduled_at: delivery.scheduled_at,
                // Of a second delivery by a backfill too, this is when it was done.
                executed_at: now,
                revision: delivery.revision,
                before: Some(status_text(delivery.before)),
                after: Some(status_text(delivery.after)),
            });
        }
        // The edit that took it away has taken its row away too.
        Output::Undelivered(missed) if missed.fate == Fate::Withdrawn => {
            tracing::info!(trigger_id = %missed.trigger_id(), "an edit has withdrawn a trigger");
        }
        Output::Undelivered(missed) => {
            tracing::warn!(
                trigger_id = %missed.trigger_id(), fate = missed.fate.as_str(), "a trigger will not be delivered"
            );
            batch.entries.push(HistoryEntry {
                event_id: missed.event_id.to_string(),
                what: Happening::LeftOut { kind: missed.kind, fate: missed.fate },
                scheduled_at: missed.scheduled_at,
                executed_at: missed.at,
                revision: missed.revision,
                before: Some(status_text(missed.before)),
                after: Some(status_text(missed.after)),
            });
        }
        Output::StatusChanged(change) => {
            let event_id = change.event_id.to_string();
            let after = status_text(change.to);
            // A change that a trigger made is told by the trigger's own entry.
            if change.cause == Cause::Edit {
                let before = Some(status_text(change.from));
                note_change(batch, event_id.clone(), change.cause, change.at, before, after.clone());
            }
            note_status(batch, event_id, after, now);
        }
    }
}

pub(super) fn note_status(batch: &mut Batch, event_id: String, status: StatusText, at: Timestamp) {
    batch.statuses.push(StatusWrite { event_id, status, at });
}

/// Notes a status change that no trigger made.
pub(super) fn note_change(
    batch: &mut Batch,
    event_id: String,
    cause: Cause,
    at: Timestamp,
    before: Option<StatusText>,
    after: StatusText,
) {
    batch.entries.push(HistoryEntry {
        event_id,
        what: Happening::StatusChanged { cause },
        scheduled_at: at,
        executed_at: at,
        revision: None,
        before,
        after: Some(after),
    });
}

/// A phase as the two texts that the wire has for it.
pub(super) fn status_text(phase: Phase) -> StatusText {
    (phase.status().to_owned(), phase.sub_status().to_owned())
}

fn phase_text(phase: Phase) -> String {
    format!("{}/{}", phase.status(), phase.sub_status())
}
