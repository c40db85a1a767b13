//! Which occurrences of a recurrence are kept ready, and what a new definition changes in them.

use super::missed::CatchUp;
use crate::recurrence::{Schedule, SearchStopped};
use crate::time::Timestamp;

/// How far ahead occurrences are kept ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// In milliseconds.
    pub ahead_ms: i64,
    /// Occurrences of one event that are kept ready at most.
    pub most: usize,
}

/// What is to be kept ready from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Materialisation {
    /// The occurrences, in order; those that were missed come first.
    pub due: Vec<Timestamp>,
    /// Missed ones that others stand for.
    pub coalesced: u64,
    /// Missed ones that are too old.
    pub expired: u64,
    /// Up to where nothing is left to plan.
    pub until: Timestamp,
    /// When to plan on; none if the recurrence has no further occurrence.
    pub refill_at: Option<Timestamp>,
}

/// Plans the occurrences after `after` and up to the horizon. Those that lie before `now` were missed: nobody has planned for that long.
///
/// # Errors
///
/// [`SearchStopped`] if a search ends without an answer.
pub fn materialise(
    schedule: &Schedule<'_>,
    after: Timestamp,
    now: Timestamp,
    horizon: &Horizon,
    catch_up: &CatchUp,
) -> Result<Materialisation, SearchStopped> {
    let oldest = after.max(now.saturating_add_ms(-catch_up.window_ms - 1));
    let present = after.max(now.saturating_add_ms(-catch_up.tick_ms - 1));
    let mut plan =
        Materialisation { due: Vec::new(), coalesced: 0, expired: 0, until: present, refill_at: None };
    if oldest > after {
        plan.expired = schedule.count(next(after), next(oldest))?;
    }
    if present > oldest {
        let missed = schedule.missed(oldest, present, catch_up.coalesce)?;
        plan.due = missed.occurrences;
        plan.coalesced = missed.coalesced;
    }
    let end = now.saturating_add_ms(horizon.ahead_ms);
    let most = horizon.most.max(1);
    let ahead: Result<Vec<_>, _> = schedule.occurrences(next(present)..next(end), most + 1).collect();
    let mut ahead = ahead?;
    if ahead.len() > most {
        ahead.truncate(most);
        plan.refill_at = Some(ahead[most / 2]);
        plan.until = ahead[most - 1];
    } else {
        plan.until = end.max(present);
        // Far away, it need not be looked for before it comes near.
        plan.refill_at = schedule.next_after(plan.until)?.map(|coming| {
            now.saturating_add_ms(horizon.ahead_ms / 2).max(coming.saturating_add_ms(-horizon.ahead_ms))
        });
    }
    plan.due.extend(ahead);
    Ok(plan)
}

const fn next(instant: Timestamp) -> Timestamp {
    instant.saturating_add_ms(1)
}

/// What a stored occurrence means to a new definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It waits for its time.
    Waiting,
    /// An earlier edit has withdrawn it.
    Withdrawn,
    /// It has begun, has ended, or somebody has taken back just this one: no edit changes it.
    Fixed,
}

/// What a new definition changes in the stored occurrences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revision {
    /// Waiting ones that the definition does not have.
    pub withdraw: Vec<Timestamp>,
    /// Withdrawn ones that it has again.
    pub revive: Vec<Timestamp>,
    /// Those that are not stored.
    pub add: Vec<Timestamp>,
    /// How many stay as they are.
    pub kept: usize,
}

/// Compares what is stored with what a definition wants; both in the order of time, each instant once.
#[must_use]
pub fn revise(stored: &[(Timestamp, Held)], wanted: &[Timestamp]) -> Revision {
    let mut revision = Revision::default();
    for (due_at, held) in stored {
        match (held, wanted.binary_search(due_at).is_ok()) {
            (Held::Waiting, false) => revision.withdraw.push(*due_at),
            (Held::Withdrawn, true) => revision.revive.push(*due_at),
            (Held::Waiting, true) | (Held::Withdrawn, false) | (Held::Fixed, _) => revision.kept += 1,
        }
    }
    let is_stored = |due_at: &Timestamp| stored.binary_search_by_key(due_at, |(at, _)| *at).is_ok();
    revision.add = wanted.iter().copied().filter(|due_at| !is_stored(due_at)).collect();
    revision
}
