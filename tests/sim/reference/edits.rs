//! Definitions come, change and go.

use client_event_scheduler::{Cause, EventChange, EventOutcome, Fate, Outcome, Phase, Source, Timestamp};

use super::definition::Definition;
use super::{Event, Expected, Queued, Reference};
use crate::transition::contradiction;

impl Reference {
    pub(super) fn upsert(
        &mut self,
        mut definition: Definition,
        json: String,
        source: Source,
        now: Timestamp,
    ) -> Expected {
        let id = definition.id.clone();
        let known = self.events.get(&id).cloned();
        let before = known.as_ref().map(|event| event.phase);
        let removed_at = self.removed_revisions.get(&id).copied();
        if is_echo(removed_at, definition.revision, source) {
            return event(EventChange::Stale, before, before);
        }
        let revision = known.as_ref().and_then(|event| event.definition.revision);
        let provisional = known.as_ref().is_some_and(|event| event.provisional);
        if is_stale(revision, provisional, definition.revision, source) {
            self.changed_meanwhile(&id);
            return event(EventChange::Stale, before, before);
        }
        if known.is_none() && self.events.len() + 1 > self.config.max_events as usize {
            return Expected::Error(too_many(self.config.max_events, self.events.len() + 1));
        }
        if source == Source::Local && definition.revision.is_none() {
            definition.revision = if known.is_some() { revision } else { removed_at };
        }
        let change = match &known {
            None => EventChange::Added,
            Some(event) if event.definition == definition => EventChange::Unchanged,
            Some(_) => EventChange::Updated,
        };
        if change != EventChange::Unchanged {
            self.define(definition, source, now);
        }
        let stored = self.events.get_mut(&id).expect("just defined");
        stored.provisional = source == Source::Local;
        stored.json = json;
        let after = Some(stored.phase);
        self.quarantine.remove(&id);
        self.changed_meanwhile(&id);
        event(change, before, after)
    }

    /// Gives an event its first or another definition.
    fn define(&mut self, definition: Definition, source: Source, now: Timestamp) {
        let id = definition.id.clone();
        let old = self.events.get(&id).cloned();
        let old_triggers = old.as_ref().map_or_else(Vec::new, |event| event.definition.triggers());
        let mut fired = old.as_ref().map_or_else(Vec::new, |event| event.fired.clone());
        fired.retain(|trigger| definition.triggers().contains(trigger));
        for (kind, due) in definition.triggers() {
            let occurrence = (due, kind, id.clone());
            if old_triggers.contains(&(kind, due)) && (due <= now || self.is_queued(&occurrence)) {
                continue;
            }
            if let Some(placed_in_past) = self.is_to_fire(due, source, now) {
                self.queue.push(Queued { occurrence, placed_in_past });
            }
        }
        let phase = definition.status_at(now);
        let from = old.as_ref().map_or(phase, |event| event.phase);
        let (provisional, json) = old.map_or((false, String::new()), |event| (event.provisional, event.json));
        let stored = Event { definition, known_since: now, phase: from, provisional, json, fired };
        self.events.insert(id.clone(), stored);
        self.follow(&id, phase, now, Cause::Edit);
        self.take_back(&id, &old_triggers, now);
    }

    /// Whether a trigger that is new, or due at another time, is queued, and if so whether it was placed in the past.
    fn is_to_fire(&self, due: Timestamp, source: Source, now: Timestamp) -> Option<bool> {
        let in_grace = due > now.saturating_add_ms(-i64::from(self.config.backdate_grace_ms));
        let missed = source == Source::Feed && self.synced_at.is_some_and(|synced| due > synced);
        if due > now || missed { Some(false) } else { in_grace.then_some(true) }
    }

    /// Takes what an event does not have any more out of the queue and back from deliveries.
    pub(super) fn take_back(
        &mut self,
        id: &str,
        had: &[(client_event_scheduler::TriggerKind, Timestamp)],
        now: Timestamp,
    ) {
        for (kind, due) in had {
            let occurrence = (*due, *kind, id.to_owned());
            if !self.is_defined(&occurrence) {
                self.queue.retain(|queued| queued.occurrence != occurrence);
                self.withdraw(&occurrence, now);
            }
        }
    }

    pub(super) fn remove(
        &mut self,
        id: &str,
        revision: Option<u64>,
        source: Source,
        now: Timestamp,
    ) -> Expected {
        let known = self.events.get(id).cloned();
        if let Some(known) = &known
            && (is_stale(known.definition.revision, known.provisional, revision, source)
                || is_echo(self.removed_revisions.get(id).copied(), revision, source))
        {
            return event(EventChange::Stale, Some(known.phase), Some(known.phase));
        }
        let of_event = known.as_ref().and_then(|event| event.definition.revision);
        let last = of_event.into_iter().chain(revision).chain(self.removed_revisions.get(id).copied()).max();
        if let Some(last) = last.filter(|_| of_event.is_some() || revision.is_some()) {
            self.removed_revisions.insert(id.to_owned(), last);
        }
        if known.is_some() {
            self.removals.insert(id.to_owned(), now);
        }
        self.take_away(id, now)
    }

    fn take_away(&mut self, id: &str, now: Timestamp) -> Expected {
        self.changed_meanwhile(id);
        let was_quarantined = self.quarantine.remove(id).is_some();
        match self.events.remove(id) {
            Some(known) => {
                self.take_back(id, &known.definition.triggers(), now);
                event(EventChange::Removed, Some(known.phase), None)
            }
            None if was_quarantined => event(EventChange::Removed, None, None),
            None => event(EventChange::NotFound, None, None),
        }
    }

    pub(super) fn put_into_quarantine(&mut self, id: Option<&str>, now: Timestamp) -> Expected {
        let Some(id) = id else { return event(EventChange::NotFound, None, None) };
        let before = self.events.get(id).map(|event| event.phase);
        self.take_away(id, now);
        self.quarantine.insert(id.to_owned(), contradiction(id));
        event(EventChange::Quarantined, before, None)
    }

    pub(super) fn decide(&mut self, id: &str, verdict: &'static str, now: Timestamp) -> Expected {
        let Some(known) = self.events.get(id).cloned() else {
            return event(EventChange::NotFound, None, None);
        };
        self.changed_meanwhile(id);
        let mut definition = known.definition.clone();
        definition.approval = Some(verdict);
        definition.status = definition.status.filter(|status| *status == "cancelled");
        let changed = definition != known.definition;
        if changed {
            self.define(definition, Source::Local, now);
            self.events.get_mut(id).expect("known").provisional = true;
        }
        let change = if changed { EventChange::Updated } else { EventChange::Unchanged };
        event(change, Some(known.phase), Some(self.events[id].phase))
    }

    /// How a missed trigger counts, by fate.
    pub(crate) fn missed_with(&self, fate: Fate) -> u64 {
        self.missed.iter().filter(|missed| missed.fate == Some(fate)).count() as u64
    }
}

/// Whether something newer is known already. From the feed, the same revision is no news while the application's word stands.
pub(super) fn is_stale(known: Option<u64>, provisional: bool, offered: Option<u64>, source: Source) -> bool {
    let (Some(known), Some(offered)) = (known, offered) else { return false };
    offered < known || offered == known && provisional && source == Source::Feed
}

/// What the feed says of an event up to the revision at which it was removed is old news, also when it was added again.
fn is_echo(removed_at: Option<u64>, offered: Option<u64>, source: Source) -> bool {
    match (removed_at, offered, source) {
        (Some(removed_at), Some(offered), Source::Feed) => offered <= removed_at,
        _ => false,
    }
}

pub(super) fn event(change: EventChange, before: Option<Phase>, after: Option<Phase>) -> Expected {
    Expected::Outcome(Outcome::Event(EventOutcome { change, before, after }))
}

pub(super) fn too_many(maximum: u32, actual: usize) -> String {
    format!("LIMIT_EXCEEDED max_events {maximum} {actual}")
}
