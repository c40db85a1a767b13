//! Outstanding deliveries in a snapshot.

use super::codec::{Reader, Writer};
use crate::delivery::{Cause, Entry, Key, State};
use crate::error::SnapshotError;
use crate::event::Phase;
use crate::trigger::TriggerKind;

const WAITING: u64 = 0;
const RETRYING: u64 = 1;
const DEAD: u64 = 2;

const UNKNOWN: SnapshotError = SnapshotError::Corrupt { what: "a delivery is of an unknown form" };

pub(super) fn write_delivery(out: &mut Writer, entry: &Entry, elapsed_ms: u64) {
    out.instant(entry.key.due_at);
    out.number(entry.key.kind as u64);
    out.text(entry.key.event_id.as_bytes());
    out.number(entry.cause as u64);
    out.number(u64::from(entry.superseded));
    out.number(entry.before as u64);
    out.number(entry.after as u64);
    out.optional(entry.revision);
    out.number(u64::from(entry.fired_at.is_some()));
    if let Some(fired_at) = entry.fired_at {
        out.instant(fired_at);
    }
    out.number(entry.sequence);
    out.number(u64::from(entry.attempts));
    out.number(u64::from(entry.attempts_allowed));
    match &entry.state {
        State::Waiting => out.number(WAITING),
        // Nobody will hear the answer: the next attempt follows at once.
        State::InFlight { .. } => {
            out.number(RETRYING);
            out.number(elapsed_ms);
        }
        State::Retrying { at } => {
            out.number(RETRYING);
            out.number(*at);
        }
        State::Dead { at, reason } => {
            out.number(DEAD);
            out.instant(*at);
            out.text(reason.as_bytes());
        }
    }
}

/// `None` for a kind that only a newer version knows.
pub(super) fn read_delivery(mut record: Reader<'_>) -> Result<Option<Entry>, SnapshotError> {
    let due_at = record.instant()?;
    let kind = small(&mut record, TriggerKind::from_number)?;
    let event_id = record.utf8()?.into();
    let cause = small(&mut record, Cause::from_number)?.ok_or(UNKNOWN)?;
    let superseded = record.number()? != 0;
    let before = small(&mut record, Phase::from_number)?.ok_or(UNKNOWN)?;
    let after = small(&mut record, Phase::from_number)?.ok_or(UNKNOWN)?;
    let revision = record.optional()?;
    let fired_at = record.optional_instant()?;
    let sequence = record.count()?;
    let mut count = || u32::try_from(record.number()?).map_err(|_| UNKNOWN);
    let (attempts, attempts_allowed) = (count()?, count()?);
    let state = match record.number()? {
        WAITING => State::Waiting,
        RETRYING => State::Retrying { at: record.count()? },
        DEAD => State::Dead { at: record.instant()?, reason: record.utf8()?.into() },
        _ => return Err(UNKNOWN),
    };
    Ok(kind.map(|kind| Entry {
        key: Key { due_at, kind, event_id },
        state,
        cause,
        superseded,
        before,
        after,
        revision,
        fired_at,
        sequence,
        attempts,
        attempts_allowed,
    }))
}

fn small<T>(record: &mut Reader<'_>, known: impl Fn(u8) -> Option<T>) -> Result<Option<T>, SnapshotError> {
    Ok(u8::try_from(record.number()?).ok().and_then(known))
}
