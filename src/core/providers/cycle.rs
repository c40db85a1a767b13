//! Which events are asked for in one cycle of the runner.

use super::budget::{CallBudget, CallLimit};
use super::cadence::{Due, SyncTable, Tier, Tracked};
use crate::time::Timestamp;

const HOUR_MS: f64 = 3_600_000.0;

/// How many events of each tier are asked for in one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleCaps {
    /// Of those that are near.
    pub high: usize,
    /// Of those in between.
    pub medium: usize,
    /// Of those that are far away.
    pub low: usize,
}

impl Default for CycleCaps {
    fn default() -> Self {
        Self { high: 50, medium: 20, low: 10 }
    }
}

impl CycleCaps {
    /// The cap of one tier.
    #[must_use]
    pub fn of(&self, tier: Tier) -> usize {
        match tier {
            Tier::High => self.high,
            Tier::Medium => self.medium,
            Tier::Low => self.low,
        }
    }
}

/// An event that is to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Its place in what was given.
    pub index: usize,
    /// How near it is.
    pub tier: Tier,
    /// When it was due.
    pub due_at: Timestamp,
    /// By when it is to be asked for: then it is due once more.
    pub deadline: Timestamp,
}

/// What is done in a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CyclePlan {
    /// Those to be asked for, the earliest deadline first.
    pub picks: Vec<Pick>,
    /// Events that are due and have to wait for a later cycle.
    pub waiting: usize,
    /// Of these, how many have missed their deadline.
    pub missed: usize,
    /// When the event was due that has been due for longest; none where none is.
    pub oldest_due: Option<Timestamp>,
    /// When the next event is due that is not yet; none where there is none.
    pub next_at: Option<Timestamp>,
}

/// What the cadence takes, beside what a limit allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Calls an hour that asking for every event in time takes now.
    pub needed_per_hour: f64,
    /// Calls an hour that are allowed.
    pub allowed_per_hour: u32,
}

impl Load {
    /// Whether the cadence cannot be met.
    #[must_use]
    pub fn is_overcommitted(&self) -> bool {
        self.needed_per_hour > f64::from(self.allowed_per_hour)
    }
}

/// What asking for `events` in time takes.
#[must_use]
pub fn load(events: &[Tracked<'_>], now: Timestamp, table: &SyncTable, limit: CallLimit) -> Load {
    let needed = events.iter().map(|event| match table.every_ms(event, now) {
        0 => 0.0,
        every_ms => f64::from(event.calls.max(1)) * HOUR_MS / f64::from(every_ms),
    });
    Load { needed_per_hour: needed.sum(), allowed_per_hour: limit.sustained_per_hour() }
}

/// Chooses which of `events` are asked for now, with the calls that are left of a limit.
///
/// Of each tier the most overdue are taken, up to its cap; where the calls do not suffice for all of these, the earliest deadlines go
/// first. The deadline of what waits stays where it is while those of the others move on, so nothing waits for ever: not even what is far
/// away, while there are calls at all. One that takes more calls than are left keeps them for itself: a cheaper one does not overtake it.
/// One that takes more than may be made at once is begun with as many, and goes on in later cycles.
///
/// O(n log n).
#[must_use]
pub fn plan_cycle(
    events: &[Tracked<'_>],
    now: Timestamp,
    table: &SyncTable,
    caps: &CycleCaps,
    limit: CallLimit,
    budget: CallBudget,
) -> CyclePlan {
    let mut plan = CyclePlan::default();
    let mut due: Vec<Pick> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let Some(Due { at, every_ms, tier }) = table.due(event, now) else { continue };
        if at > now {
            plan.next_at = Some(plan.next_at.map_or(at, |next| next.min(at)));
            continue;
        }
        due.push(Pick { index, tier, due_at: at, deadline: at.saturating_add_ms(i64::from(every_ms)) });
    }
    plan.oldest_due = due.iter().map(|pick| pick.due_at).min();
    due.sort_unstable_by_key(|pick| (pick.tier, pick.due_at, pick.index));
    let mut chosen: Vec<Pick> = Vec::new();
    for tier in Tier::ALL {
        chosen.extend(due.iter().filter(|pick| pick.tier == tier).take(caps.of(tier)));
    }
    chosen.sort_unstable_by_key(|pick| (pick.deadline, pick.tier, pick.index));
    let mut left = budget.available(limit, now);
    for pick in chosen {
        match left.checked_sub(events[pick.index].calls.clamp(1, limit.burst())) {
            Some(rest) => left = rest,
            None => break,
        }
        plan.picks.push(pick);
    }
    plan.waiting = due.len() - plan.picks.len();
    let late = |picks: &[Pick]| picks.iter().filter(|pick| pick.deadline < now).count();
    plan.missed = late(&due) - late(&plan.picks);
    plan
}
