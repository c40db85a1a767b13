//! Bulk loads: a document says what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use client_event_scheduler::{Cause, LoadOrigin, LoadReport, Outcome, Source, Timestamp};

use super::definition::Definition;
use super::edits::{is_stale, too_many};
use super::{Event, Expected, Queued, Reference};
use crate::transition::{Document, Item, NONSENSE, contradiction};

/// A bulk load under way.
#[derive(Debug, Clone)]
pub(crate) struct Loading {
    pub(crate) document: Rc<Document>,
    pub(crate) received: usize,
    /// A document that was stored here is of the time of the watermark.
    origin: LoadOrigin,
    began_at: Timestamp,
    /// What is due later is to fire.
    known_since: Timestamp,
    /// Events that an input named meanwhile.
    changed: BTreeSet<String>,
}

/// What a document says, read to its end.
#[derive(Debug, Default)]
struct Reading {
    events: BTreeMap<String, (Definition, String)>,
    quarantine: BTreeMap<String, String>,
    fault: Option<String>,
}

impl Reference {
    pub(super) fn load_begin(
        &mut self,
        document: &Rc<Document>,
        origin: LoadOrigin,
        now: Timestamp,
    ) -> Expected {
        if self.load.is_some() {
            return Expected::Error("LOAD_IN_PROGRESS".to_owned());
        }
        let cached = origin == LoadOrigin::Cache;
        let last = if cached { self.watermark } else { self.synced_at.or(self.watermark) };
        let known_since = last.unwrap_or(now).min(now);
        self.load = Some(Loading {
            document: document.clone(),
            received: 0,
            origin,
            began_at: if cached { known_since } else { now },
            known_since,
            changed: BTreeSet::new(),
        });
        Expected::Outcome(Outcome::Done)
    }

    pub(super) fn load_commit(&mut self, bytes: usize) -> Expected {
        let max_events = self.config.max_events;
        let Some(load) = &mut self.load else { return not_started() };
        load.received = load.document.text.len().min(load.received + bytes);
        let reading = load.document.read(max_events);
        Expected::Loading { fault: reading.fault, events: load.document.items.len() }
    }

    pub(super) fn load_finish(&mut self, now: Timestamp) -> Expected {
        let Some(load) = self.load.take() else { return not_started() };
        let mut reading = load.document.read(self.config.max_events);
        let cut_off = load.received < load.document.text.len();
        match (reading.fault, cut_off) {
            // Which of the two comes first depends on where it is cut off.
            (Some(fault), true) => return Expected::Errors([fault, syntax_error()]),
            (Some(fault), false) => return Expected::Error(fault),
            (None, true) => return Expected::Error(syntax_error()),
            (None, false) => {}
        }
        for id in &load.changed {
            let newer = match (reading.events.get(id), self.events.get(id)) {
                (Some((offered, _)), Some(known)) => offered.revision > known.definition.revision,
                _ => false,
            };
            if newer {
                continue;
            }
            reading.events.remove(id);
            reading.quarantine.remove(id);
            if let Some(known) = self.events.get(id) {
                reading.events.insert(id.clone(), (known.definition.clone(), known.json.clone()));
            }
            if let Some(json) = self.quarantine.get(id) {
                reading.quarantine.insert(id.clone(), json.clone());
            }
        }
        if reading.events.len() > self.config.max_events as usize {
            return Expected::Error(too_many(self.config.max_events, reading.events.len()));
        }
        let removed = self.exchange(reading.events, &load, now);
        self.quarantine = reading.quarantine;
        self.withdraw_everything_lost(now);
        if load.origin != LoadOrigin::Cache {
            let goes_on = load.origin == LoadOrigin::SameFeed;
            let (events, quarantine) = (&self.events, &self.quarantine);
            self.removed_revisions.retain(|id, _| {
                load.changed.contains(id)
                    || goes_on && !events.contains_key(id) && !quarantine.contains_key(id)
            });
            self.synced_at = self.synced_at.max(Some(load.began_at));
        }
        Expected::Outcome(Outcome::Loaded(LoadReport {
            loaded: self.events.len(),
            quarantined: self.quarantine.len(),
            removed,
            cursor: load.document.cursor.clone(),
        }))
    }

    /// Puts the events of the document in the place of those that are known; how many are gone.
    fn exchange(
        &mut self,
        events: BTreeMap<String, (Definition, String)>,
        load: &Loading,
        now: Timestamp,
    ) -> usize {
        let mut removed = 0;
        for id in self.events.keys().cloned().collect::<Vec<_>>() {
            if !events.contains_key(&id) {
                removed += 1;
                self.events.remove(&id);
                self.queue.retain(|queued| queued.occurrence.2 != id);
            }
        }
        for (id, (definition, json)) in events {
            let known = self.events.get(&id).cloned();
            if let Some(known) = known.as_ref().filter(|known| known.definition == definition) {
                let provisional = known.provisional && load.changed.contains(&id);
                let same = Event { json, provisional, ..known.clone() };
                self.events.insert(id, same);
                continue;
            }
            // What replaces a definition takes effect now, what is new as of when the load began.
            let known_since = if known.is_some() { now } else { load.began_at };
            let old_triggers = known.as_ref().map_or_else(Vec::new, |event| event.definition.triggers());
            let mut fired = known.as_ref().map_or_else(Vec::new, |event| event.fired.clone());
            fired.retain(|trigger| definition.triggers().contains(trigger));
            for (kind, due) in definition.triggers() {
                let occurrence = (due, kind, id.clone());
                let keeps_its_state =
                    old_triggers.contains(&(kind, due)) && (due <= now || self.is_queued(&occurrence));
                if !keeps_its_state && due > load.known_since.min(known_since) {
                    self.queue.push(Queued { occurrence, placed_in_past: false });
                }
            }
            let phase = definition.status_at(known_since);
            let from = known.map_or(phase, |event| event.phase);
            let event = Event { definition, known_since, phase: from, provisional: false, json, fired };
            self.events.insert(id.clone(), event);
            self.follow(&id, phase, now, Cause::Edit);
            let triggers = self.events[&id].definition.triggers();
            self.queue.retain(|Queued { occurrence: (due, kind, other), .. }| {
                *other != id || triggers.contains(&(*kind, *due))
            });
        }
        removed
    }

    /// What no event has is not outstanding any more, but for what is in flight.
    fn withdraw_everything_lost(&mut self, now: Timestamp) {
        self.outstanding.append(&mut self.held);
        let lost: Vec<_> = self.outstanding.keys().filter(|it| !self.is_defined(it)).cloned().collect();
        for occurrence in lost {
            self.withdraw(&occurrence, now);
        }
    }

    /// An input has named this event while a load is under way: the document may not know of it.
    pub(super) fn changed_meanwhile(&mut self, id: &str) {
        if let Some(load) = &mut self.load {
            load.changed.insert(id.to_owned());
        }
    }
}

impl Document {
    fn read(&self, max_events: u32) -> Reading {
        let mut reading = Reading::default();
        for (i, item) in self.items.iter().enumerate() {
            match item {
                Item::Event(definition, style) => {
                    let known = reading.events.get(&definition.id).map(|(known, _)| known.revision);
                    if known.is_some_and(|known| is_stale(known, false, definition.revision, Source::Feed)) {
                        continue;
                    }
                    if known.is_none() && reading.events.len() == max_events as usize {
                        reading.fault = Some(too_many(max_events, max_events as usize + 1));
                        return reading;
                    }
                    reading.quarantine.remove(&definition.id);
                    reading
                        .events
                        .insert(definition.id.clone(), (definition.clone(), definition.json(*style)));
                }
                Item::Contradiction(id) => {
                    reading.events.remove(id);
                    reading.quarantine.insert(id.clone(), contradiction(id));
                }
                Item::Nonsense => {
                    reading.quarantine.insert(format!("#{i}"), NONSENSE.to_owned());
                }
            }
        }
        if self.broken {
            reading.fault = Some(syntax_error());
        }
        reading
    }
}

fn not_started() -> Expected {
    Expected::Error("LOAD_NOT_STARTED".to_owned())
}

fn syntax_error() -> String {
    "INVALID_INPUT : JSON_SYNTAX".to_owned()
}
