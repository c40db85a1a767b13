//! Changes to single events: added, replaced, removed, approved, declined, quarantined.

use std::sync::Arc;

use super::Scheduler;
use super::decisions::{DecisionKind, Edit};
use super::io::{EventChange, EventOutcome, KindSet, Now, Payload, Quarantined, Source};
use super::rows::{Facts, Text};
use super::store::{self, Admission};
use crate::error::{InvalidInput, SchedulerError};
use crate::event::{Approval, EventDefinition};
use crate::recovery::placed_fires_after;
use crate::time::Timestamp;
use crate::trigger::heap::Handle;
use crate::trigger::{DueTimes, TriggerKind};

const NOT_FOUND: EventOutcome = EventOutcome { change: EventChange::NotFound, before: None, after: None };

impl Scheduler {
    pub(super) fn upsert(
        &mut self,
        definition: EventDefinition<'_>,
        payload: Payload<'_>,
        source: Source,
        now: Now,
    ) -> Result<EventOutcome, SchedulerError> {
        let mut facts = Facts::of(&definition);
        let id = definition.event_id.as_bytes();
        let hash = store::hash(id);
        let known = self.store.find_hashed(id, hash);
        let asks_for_tombstone = source == Source::Feed || known.is_none() && facts.revision.is_none();
        let removed_at =
            if asks_for_tombstone { self.tombstones.revision(&definition.event_id) } else { None };
        if is_echo(removed_at, facts.revision, source) {
            let phase = known.map(|handle| self.store.rows.get(handle).phase);
            return Ok(EventOutcome { change: EventChange::Stale, before: phase, after: phase });
        }
        let outcome = match known {
            Some(handle) => self.replace(handle, facts, payload, source, now),
            None => {
                self.check_room(self.store.len() + 1)?;
                if source == Source::Local {
                    facts.revision = facts.revision.or(removed_at);
                }
                let admission = self.admission(source, now);
                let handle = self.store.admit(Text::Owned(id.into()), hash, owned(payload), facts, admission);
                let row = self.store.rows.get_mut(handle);
                row.provisional = source == Source::Local;
                EventOutcome { change: EventChange::Added, before: None, after: Some(row.phase) }
            }
        };
        if !self.quarantine.is_empty() {
            self.quarantine.remove(&definition.event_id);
        }
        self.note_mutation(&definition.event_id);
        if matches!(outcome.change, EventChange::Added | EventChange::Updated) {
            self.claim_held(&definition.event_id, now);
        }
        Ok(outcome)
    }

    fn replace(
        &mut self,
        handle: Handle,
        mut facts: Facts,
        payload: Payload<'_>,
        source: Source,
        now: Now,
    ) -> EventOutcome {
        let row = self.store.rows.get(handle);
        let before = row.phase;
        if is_stale(row.facts.revision, row.provisional, facts.revision, source) {
            return EventOutcome { change: EventChange::Stale, before: Some(before), after: Some(before) };
        }
        if source == Source::Local && facts.revision.is_none() {
            facts.revision = row.facts.revision;
        }
        let changed = facts != row.facts;
        self.store.rows.get_mut(handle).provisional = source == Source::Local;
        self.store.rows.set_payload(handle, owned(payload));
        if changed {
            self.redefine(handle, facts, source, now);
        }
        let change = if changed { EventChange::Updated } else { EventChange::Unchanged };
        EventOutcome { change, before: Some(before), after: Some(self.store.rows.get(handle).phase) }
    }

    fn redefine(&mut self, handle: Handle, facts: Facts, source: Source, now: Now) {
        let row = self.store.rows.get(handle);
        let (from, old, waited) = (row.phase, row.facts.due_times(), row.pending);
        self.store.redefine(handle, facts, self.admission(source, now));
        self.report_edit(handle, from, now.wall);
        let new = facts.due_times();
        if new != old {
            self.note_unqueued(handle, old, new, KindSet::from_bits(waited), now);
        }
    }

    /// Takes back what the event has lost, and notes it.
    fn note_unqueued(&mut self, handle: Handle, due: DueTimes, new: DueTimes, waited: KindSet, now: Now) {
        let lost = |kind: &TriggerKind| waited.contains(*kind) && due.get(*kind) != new.get(*kind);
        let kinds = TriggerKind::ALL.into_iter().filter(lost).fold(KindSet::NONE, KindSet::with);
        if kinds == KindSet::NONE && self.outstanding.is_empty() {
            return;
        }
        let event_id = self.store.rows.id_text(handle);
        if kinds != KindSet::NONE {
            let what = DecisionKind::Unqueued { kinds, due, why: Edit::Redefined };
            self.decisions.note(now.wall, &event_id, what);
        }
        self.withdraw_lost(&event_id, &due, &new, now);
    }

    pub(super) fn remove(
        &mut self,
        event_id: &str,
        revision: Option<u64>,
        source: Source,
        now: Now,
    ) -> EventOutcome {
        let known = self.store.find(event_id.as_bytes()).map(|handle| self.store.rows.get(handle));
        let (phase, known, provisional) =
            known.map_or((None, None, false), |row| (Some(row.phase), row.facts.revision, row.provisional));
        let echo = source == Source::Feed && is_echo(self.tombstones.revision(event_id), revision, source);
        if phase.is_some() && (echo || is_stale(known, provisional, revision, source)) {
            return EventOutcome { change: EventChange::Stale, before: phase, after: phase };
        }
        let event_id: Arc<str> = event_id.into();
        if let Some(revision) = known.max(revision) {
            self.tombstones.insert(&event_id, revision);
        }
        self.take_away(&event_id, Edit::Removed, now)
    }

    fn take_away(&mut self, event_id: &Arc<str>, why: Edit, now: Now) -> EventOutcome {
        self.note_mutation(event_id);
        let quarantined = !self.quarantine.is_empty() && self.quarantine.remove(event_id);
        let removed = EventOutcome { change: EventChange::Removed, before: None, after: None };
        let Some(handle) = self.store.find(event_id.as_bytes()) else {
            self.claim_held(event_id, now);
            return if quarantined { removed } else { NOT_FOUND };
        };
        let row = self.store.rows.get(handle);
        let (before, due, kinds) = (row.phase, row.facts.due_times(), KindSet::from_bits(row.pending));
        if kinds != KindSet::NONE || why == Edit::Removed {
            let what = DecisionKind::Unqueued { kinds, due, why };
            self.decisions.note(now.wall, event_id, what);
        }
        self.store.remove(handle);
        self.withdraw_lost(event_id, &due, &DueTimes::NONE, now);
        self.claim_held(event_id, now);
        EventOutcome { before: Some(before), ..removed }
    }

    pub(super) fn decide(
        &mut self,
        event_id: &str,
        decision: fn(Approval) -> Approval,
        now: Now,
    ) -> EventOutcome {
        let Some(handle) = self.store.find(event_id.as_bytes()) else {
            return NOT_FOUND;
        };
        self.note_mutation(event_id);
        let row = self.store.rows.get_mut(handle);
        let before = Some(row.phase);
        let facts = Facts { approval: decision(row.facts.approval), ..row.facts };
        let changed = facts != row.facts;
        if changed {
            row.provisional = true;
            self.redefine(handle, facts, Source::Local, now);
            self.claim_held(event_id, now);
        }
        let change = if changed { EventChange::Updated } else { EventChange::Unchanged };
        EventOutcome { change, before, after: Some(self.store.rows.get(handle).phase) }
    }

    pub(super) fn quarantine_event(&mut self, invalid: InvalidInput, json: &[u8], now: Now) -> EventOutcome {
        let Some(event_id) = invalid.event_id else { return NOT_FOUND };
        let before = self.take_away(&event_id.as_str().into(), Edit::Quarantined, now).before;
        self.quarantine.insert(event_id, Quarantined { problems: invalid.problems, json: json.into() });
        EventOutcome { change: EventChange::Quarantined, before, after: None }
    }

    /// What of an event made known at `now` is to fire: the future, the near past, and what was missed since the last
    /// synchronisation.
    fn admission(&self, source: Source, now: Now) -> Admission {
        let grace = placed_fires_after(now.wall, self.config.backdate_grace_ms);
        match self.synced_at.filter(|_| source == Source::Feed) {
            Some(synced_at) => {
                Admission { at: now.wall, fires_after: grace.min(synced_at), missed_after: synced_at }
            }
            None => Admission { at: now.wall, fires_after: grace, missed_after: Timestamp::MAX },
        }
    }
}

/// Whether the feed tells of a time before the event was removed, or of the removal itself once more.
fn is_echo(removed_at: Option<u64>, offered: Option<u64>, source: Source) -> bool {
    source == Source::Feed
        && removed_at.is_some_and(|removed_at| offered.is_some_and(|offered| offered <= removed_at))
}

/// Whether something newer than `offered` is known already.
pub(super) fn is_stale(known: Option<u64>, provisional: bool, offered: Option<u64>, source: Source) -> bool {
    match (known, offered) {
        (Some(known), Some(offered)) if source == Source::Feed && provisional => offered <= known,
        (Some(known), Some(offered)) => offered < known,
        _ => false,
    }
}

fn owned(payload: Payload<'_>) -> Text {
    match payload {
        Payload::External => Text::None,
        Payload::Json(json) => Text::Owned(json.into()),
    }
}
