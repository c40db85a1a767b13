//! Looking ahead: what would fire, without touching anything.

use std::cmp::Ordering;

use super::Scheduler;
use super::io::Now;
use super::rows::Facts;
use crate::event::{EventDefinition, Phase};
use crate::limits;
use crate::sorting::sorted;
use crate::time::Timestamp;
use crate::trigger::{QueuedTrigger, TriggerKind};

/// What would fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// In the order in which they would fire.
    pub triggers: Vec<SimulatedTrigger>,
    /// Whether that is all: otherwise there are more than
    /// [`SIMULATED_OCCURRENCES`](crate::limits::SIMULATED_OCCURRENCES).
    pub complete: bool,
}

/// A trigger that would fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedTrigger {
    /// Which, and when.
    pub trigger: QueuedTrigger,
    /// Where the event would stand just before.
    pub before: Phase,
    /// Where it would stand from then on.
    pub after: Phase,
}

impl Scheduler {
    /// What would fire up to and including `until`, if nothing changed but `events`, which would be added at `now` or take the
    /// place of those with the same ids. What is due already comes first. O(result · log result), and O(extra events) more.
    pub fn simulate(&self, until: Timestamp, events: &[EventDefinition<'_>], now: Now) -> Simulation {
        let events = latest(events);
        let replaced = |id: &str| events.binary_search_by(|event| (*event.event_id).cmp(id)).is_ok();
        let extra = sorted(self.occurrences_of(&events, until, now), order);
        let queued = self
            .coming(usize::MAX)
            .take_while(|trigger| trigger.due_at <= until)
            .filter(|trigger| !replaced(&trigger.event_id));
        let mut merged = merge(queued.map(|trigger| self.simulated(trigger)), extra.into_iter());
        let triggers: Vec<_> = merged.by_ref().take(limits::SIMULATED_OCCURRENCES).collect();
        let complete = merged.next().is_none();
        Simulation { triggers, complete }
    }

    /// What `events` would queue, were they added at `now`.
    fn occurrences_of(
        &self,
        events: &[&EventDefinition<'_>],
        until: Timestamp,
        now: Now,
    ) -> Vec<SimulatedTrigger> {
        let grace = now.wall.saturating_add_ms(-i64::from(self.config.backdate_grace_ms));
        let mut occurrences = Vec::new();
        for event in events {
            let facts = Facts::of(event);
            let due = facts.due_times();
            let known = self.store.find(event.event_id.as_bytes()).map(|handle| self.store.rows.get(handle));
            for kind in TriggerKind::ALL {
                let Some(due_at) = due.get(kind).filter(|at| *at <= until) else { continue };
                let same = known.filter(|row| row.facts.due_times().get(kind) == Some(due_at));
                let waits = due_at > now.wall || same.map_or(due_at > grace, |row| row.waits(kind));
                if waits {
                    let trigger = QueuedTrigger::new(&event.event_id, kind, due_at);
                    occurrences.push(simulated(trigger, &facts));
                }
            }
        }
        occurrences
    }

    fn simulated(&self, trigger: QueuedTrigger) -> SimulatedTrigger {
        let handle = self.store.find(trigger.event_id.as_bytes());
        let facts = handle.map(|handle| self.store.rows.get(handle).facts);
        let phase = |at| facts.map_or(Phase::Draft, |facts: Facts| facts.phase_at(at));
        let (before, after) = (phase(trigger.due_at.saturating_add_ms(-1)), phase(trigger.due_at));
        SimulatedTrigger { trigger, before, after }
    }
}

/// Events in order of their ids; of several with one id the last.
fn latest<'a, 'b>(events: &'a [EventDefinition<'b>]) -> Vec<&'a EventDefinition<'b>> {
    let mut events =
        sorted(events.iter().rev().collect(), |a: &&EventDefinition<'_>, b| a.event_id.cmp(&b.event_id));
    events.dedup_by(|a, b| a.event_id == b.event_id);
    events
}

fn simulated(trigger: QueuedTrigger, facts: &Facts) -> SimulatedTrigger {
    let (before, after) =
        (facts.phase_at(trigger.due_at.saturating_add_ms(-1)), facts.phase_at(trigger.due_at));
    SimulatedTrigger { trigger, before, after }
}

fn order(a: &SimulatedTrigger, b: &SimulatedTrigger) -> Ordering {
    let key = |simulated: &SimulatedTrigger| (simulated.trigger.due_at, simulated.trigger.kind);
    key(a).cmp(&key(b)).then_with(|| a.trigger.event_id.cmp(&b.trigger.event_id))
}

/// Two ordered sequences as one.
fn merge<'a>(
    a: impl Iterator<Item = SimulatedTrigger> + 'a,
    b: impl Iterator<Item = SimulatedTrigger> + 'a,
) -> impl Iterator<Item = SimulatedTrigger> + 'a {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(first), Some(second)) if order(first, second).is_gt() => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    })
}
