//! Changes to single events: added, replaced, removed, approved, declined, quarantined.

use super::Scheduler;
use super::io::{Cause, EventChange, EventOutcome, Now, Payload, Quarantined, Source};
use super::rows::{Facts, Text};
use super::store::{self, Admission};
use crate::error::{InvalidInput, SchedulerError};
use crate::event::{Approval, EventDefinition};
use crate::trigger::heap::Handle;

impl Scheduler {
    pub(super) fn upsert(
        &mut self,
        definition: EventDefinition<'_>,
        payload: Payload<'_>,
        source: Source,
        now: Now,
    ) -> Result<EventOutcome, SchedulerError> {
        let facts = Facts::of(&definition);
        let id = definition.event_id.as_bytes();
        let hash = store::hash(id);
        let outcome = match self.store.find_hashed(id, hash) {
            Some(handle) => self.replace(handle, facts, payload, source, now),
            None => {
                self.check_room(self.store.len() + 1)?;
                let admission = self.admission(now);
                let handle = self.store.admit(
                    Text::Owned(id.into()),
                    hash,
                    owned(payload),
                    facts,
                    now.wall,
                    admission,
                );
                let row = self.store.rows.get_mut(handle);
                row.provisional = source == Source::Local;
                EventOutcome { change: EventChange::Added, before: None, after: Some(row.phase) }
            }
        };
        if !self.quarantine.is_empty() {
            self.quarantine.remove(&definition.event_id);
        }
        self.note_mutation(&definition.event_id);
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
            self.redefine(handle, facts, now);
        }
        let change = if changed { EventChange::Updated } else { EventChange::Unchanged };
        EventOutcome { change, before: Some(before), after: Some(self.store.rows.get(handle).phase) }
    }

    fn redefine(&mut self, handle: Handle, facts: Facts, now: Now) {
        let from = self.store.rows.get(handle).phase;
        self.store.redefine(handle, facts, now.wall, self.admission(now));
        let to = self.store.rows.get(handle).phase;
        self.report(handle, from, to, now.wall, Cause::Edit);
    }

    pub(super) fn remove(&mut self, event_id: &str) -> EventOutcome {
        self.note_mutation(event_id);
        let quarantined = !self.quarantine.is_empty() && self.quarantine.remove(event_id);
        match self.store.find(event_id.as_bytes()) {
            Some(handle) => {
                let before = Some(self.store.rows.get(handle).phase);
                self.store.remove(handle);
                EventOutcome { change: EventChange::Removed, before, after: None }
            }
            None if quarantined => EventOutcome { change: EventChange::Removed, before: None, after: None },
            None => EventOutcome { change: EventChange::NotFound, before: None, after: None },
        }
    }

    pub(super) fn decide(
        &mut self,
        event_id: &str,
        decision: fn(Approval) -> Approval,
        now: Now,
    ) -> EventOutcome {
        let Some(handle) = self.store.find(event_id.as_bytes()) else {
            return EventOutcome { change: EventChange::NotFound, before: None, after: None };
        };
        self.note_mutation(event_id);
        let row = self.store.rows.get_mut(handle);
        let before = Some(row.phase);
        let facts = Facts { approval: decision(row.facts.approval), ..row.facts };
        let changed = facts != row.facts;
        if changed {
            row.provisional = true;
            self.redefine(handle, facts, now);
        }
        let change = if changed { EventChange::Updated } else { EventChange::Unchanged };
        EventOutcome { change, before, after: Some(self.store.rows.get(handle).phase) }
    }

    pub(super) fn quarantine_event(&mut self, invalid: InvalidInput, json: &[u8]) -> EventOutcome {
        let Some(event_id) = invalid.event_id else {
            return EventOutcome { change: EventChange::NotFound, before: None, after: None };
        };
        let before = self.remove(&event_id).before;
        self.quarantine.insert(event_id, Quarantined { problems: invalid.problems, json: json.into() });
        EventOutcome { change: EventChange::Quarantined, before, after: None }
    }

    /// What of an event made known at `now` is to fire: the future, and the near past.
    fn admission(&self, now: Now) -> Admission {
        Admission { fires_after: now.wall.saturating_add_ms(-i64::from(self.config.backdate_grace_ms)) }
    }
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
