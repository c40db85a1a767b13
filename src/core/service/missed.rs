//! What becomes of occurrences that are found due: those that were missed are caught up within a window, as triggers of events are.

use crate::recurrence::Coalesce;
use crate::time::Timestamp;

/// How missed occurrences are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatchUp {
    /// How old, in milliseconds, a missed occurrence may be and still be handed over.
    pub window_ms: i64,
    /// How late, in milliseconds, one may be and still count as on time.
    pub tick_ms: i64,
    /// Which of several missed ones count.
    pub coalesce: Coalesce,
}

/// What becomes of an occurrence that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickUp {
    /// It is handed over in time.
    OnTime,
    /// It was missed and is handed over now.
    Recovered,
    /// It was missed, and another one stands for it.
    Coalesced,
    /// It was missed too long ago.
    Expired,
}

/// Says what becomes of the occurrences of one event that are due at `now`, given in the order of their times.
///
/// One that is late by at most a tick is on time; it neither stands for a missed one nor is represented by it.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::recurrence::Coalesce;
/// use client_event_scheduler::service::{CatchUp, PickUp, pick_up};
///
/// let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000).expect("an instant");
/// let rule = CatchUp { window_ms: 24 * 3_600_000, tick_ms: 10_000, coalesce: Coalesce::Latest };
/// let found = pick_up(&[at(0), at(10), at(20), at(30)], at(30), &rule);
/// assert_eq!(found, [PickUp::Expired, PickUp::Coalesced, PickUp::Recovered, PickUp::OnTime]);
/// ```
#[must_use]
pub fn pick_up(due: &[Timestamp], now: Timestamp, rule: &CatchUp) -> Vec<PickUp> {
    let is_missed = |at: &Timestamp| now.millis_since(*at) > rule.tick_ms;
    let counts = |at: &Timestamp| is_missed(at) && now.millis_since(*at) <= rule.window_ms;
    let stands_for_all = match rule.coalesce {
        Coalesce::All => None,
        Coalesce::Earliest => due.iter().position(counts),
        Coalesce::Latest => due.iter().rposition(counts),
    };
    let of = |(place, at): (usize, &Timestamp)| match stands_for_all {
        _ if !is_missed(at) => PickUp::OnTime,
        _ if !counts(at) => PickUp::Expired,
        Some(chosen) if chosen != place => PickUp::Coalesced,
        Some(_) | None => PickUp::Recovered,
    };
    due.iter().enumerate().map(of).collect()
}

const NAMES: [(Coalesce, &str); 3] =
    [(Coalesce::All, "all"), (Coalesce::Earliest, "earliest"), (Coalesce::Latest, "latest")];

/// The wire name of a policy.
#[must_use]
pub fn coalesce_name(policy: Coalesce) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == policy).map_or("all", |(_, name)| name)
}

/// The policy with this wire name.
#[must_use]
pub fn coalesce_named(name: &str) -> Option<Coalesce> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(policy, _)| *policy)
}
