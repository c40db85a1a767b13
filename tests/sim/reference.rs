//! The reference: docs/semantics.md once more, written for obviousness. Every trigger of every event stands in one list, and a
//! tick looks at all of them. It shares no code with the scheduler but the types of its answers.

mod adopting;
pub(crate) mod definition;
mod deliveries;
mod edits;
mod loading;
mod views;

use std::collections::BTreeMap;
use std::rc::Rc;

use client_event_scheduler::{
    Cause, Config, Fate, KindSet, MissedPolicy, Outcome, Output, Pause, Phase, ResumeFrom, StatusChange,
    Timestamp, TriggerKind,
};

use self::definition::Definition;
pub(crate) use self::deliveries::{Outstanding, State};
use self::loading::Loading;
use crate::transition::Action;

/// An occurrence. The order is that of the queue.
pub(crate) type Occurrence = (Timestamp, TriggerKind, String);

const DAY_MS: i64 = 24 * 3_600_000;
const MAX_DOWNTIME_HOURS: u32 = 366 * 24;

/// An event that is tracked.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) definition: Definition,
    pub(crate) known_since: Timestamp,
    pub(crate) phase: Phase,
    pub(crate) provisional: bool,
    pub(crate) json: String,
    /// Its triggers that have fired.
    pub(crate) fired: Vec<(TriggerKind, Timestamp)>,
}

/// A trigger that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) occurrence: Occurrence,
    pub(crate) placed_in_past: bool,
}

/// A trigger that was found missed, and what became of it so far.
#[derive(Debug, Clone)]
pub(crate) struct Missed {
    pub(crate) fate: Option<Fate>,
}

/// What the reference expects of an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expected {
    Outcome(Outcome),
    /// The error in short.
    Error(String),
    /// Either of two errors.
    Errors([String; 2]),
    /// Bytes of a bulk load were taken: whether a fault in them is found now or later is not laid down.
    Loading {
        fault: Option<String>,
        events: usize,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) config: Config,
    pub(crate) window_hours: u32,
    pub(crate) handled: KindSet,
    pub(crate) acting: bool,
    pub(crate) events: BTreeMap<String, Event>,
    pub(crate) queue: Vec<Queued>,
    pub(crate) outstanding: BTreeMap<Occurrence, Outstanding>,
    /// Adopted, of occurrences that no event here has.
    pub(crate) held: BTreeMap<Occurrence, Outstanding>,
    /// What is there to be adopted.
    pub(crate) stored: Option<Rc<Reference>>,
    pub(crate) settled: BTreeMap<Occurrence, Fate>,
    pub(crate) removed_revisions: BTreeMap<String, u64>,
    pub(crate) quarantine: BTreeMap<String, String>,
    pub(crate) missed: Vec<Missed>,
    pub(crate) watermark: Option<Timestamp>,
    pub(crate) synced_at: Option<Timestamp>,
    pub(crate) paused: Option<Pause>,
    pub(crate) last_input: Option<Timestamp>,
    pub(crate) last_tick: Option<Timestamp>,
    pub(crate) elapsed_ms: u64,
    pub(crate) released_at: Option<u64>,
    pub(crate) first_hand_outs: u64,
    pub(crate) load: Option<Loading>,
    pub(crate) outputs: Vec<Output>,
    /// The last hand-out of each occurrence, and the last removal of each event, in this life.
    pub(crate) hand_outs: BTreeMap<Occurrence, (Cause, u32, Timestamp)>,
    pub(crate) removals: BTreeMap<String, Timestamp>,
}

impl Reference {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            window_hours: config.recovery.max_downtime_hours,
            handled: config.handled,
            acting: config.acting,
            config,
            events: BTreeMap::new(),
            queue: Vec::new(),
            outstanding: BTreeMap::new(),
            held: BTreeMap::new(),
            stored: None,
            settled: BTreeMap::new(),
            removed_revisions: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            missed: Vec::new(),
            watermark: None,
            synced_at: None,
            paused: None,
            last_input: None,
            last_tick: None,
            elapsed_ms: 0,
            released_at: None,
            first_hand_outs: 0,
            load: None,
            outputs: Vec::new(),
            hand_outs: BTreeMap::new(),
            removals: BTreeMap::new(),
        }
    }

    /// The same after a crash: settings are those of the start, nobody remembers decisions, and nobody hears the answers to
    /// what was in flight.
    pub(crate) fn restored(&self) -> Self {
        let mut restored = self.clone();
        restored.window_hours = self.config.recovery.max_downtime_hours;
        restored.handled = self.config.handled;
        restored.acting = self.config.acting;
        restored.last_tick = None;
        restored.load = None;
        restored.outputs.clear();
        restored.hand_outs.clear();
        restored.removals.clear();
        for delivery in restored.outstanding.values_mut() {
            if let State::InFlight { .. } = delivery.state {
                delivery.state = State::Retrying { at: self.elapsed_ms };
            }
        }
        restored
    }

    pub(crate) fn apply(&mut self, action: &Action, now: Timestamp) -> Expected {
        self.let_time_pass(now);
        let done = Expected::Outcome(Outcome::Done);
        match action {
            Action::Tick => Expected::Outcome(Outcome::Ticked { fired: self.tick(now) }),
            Action::Upsert { definition, style, external, source } => {
                let json = if *external { String::new() } else { definition.json(*style) };
                let expected = self.upsert(definition.clone(), json, *source, now);
                self.edited(&definition.id, expected, now)
            }
            Action::Quarantine { id } => {
                let expected = self.put_into_quarantine(id.as_deref(), now);
                self.edited(id.as_deref().unwrap_or_default(), expected, now)
            }
            Action::Remove { id, revision, source } => {
                let expected = self.remove(id, *revision, *source, now);
                self.edited(id, expected, now)
            }
            // There is nothing to approve or decline.
            Action::Approve { id } | Action::Decline { id } if !self.events.contains_key(id) => {
                self.decide(id, "nothing", now)
            }
            Action::Approve { id } => {
                let expected = self.decide(id, "approved", now);
                self.edited(id, expected, now)
            }
            Action::Decline { id } => {
                let expected = self.decide(id, "declined", now);
                self.edited(id, expected, now)
            }
            Action::Adopt { damaged: true, .. } => Expected::Error("SNAPSHOT_CORRUPT".to_owned()),
            Action::Adopt { .. } => {
                let stored = self.stored.take().expect("there is something to adopt");
                self.adopt(&stored, now);
                done
            }
            Action::LoadBegin { document, origin, .. } => self.load_begin(document, *origin, now),
            Action::LoadCommit { bytes } => self.load_commit(*bytes),
            Action::LoadFinish => self.load_finish(now),
            Action::LoadAbort => {
                self.load = None;
                done
            }
            Action::Synced => {
                self.synced_at = self.synced_at.max(Some(now));
                done
            }
            Action::SetMaxDowntimeHours(hours) if *hours > MAX_DOWNTIME_HOURS => {
                refused("max_downtime_hours", "SETTING_INVALID")
            }
            Action::SetMaxDowntimeHours(hours) => {
                self.window_hours = *hours;
                done
            }
            Action::SetHandled(bits) => {
                self.handled = KindSet::from_bits(*bits);
                done
            }
            Action::SetActing(acting) => {
                let begins = *acting && !self.acting;
                self.acting = *acting;
                if begins {
                    self.tick(now);
                }
                done
            }
            Action::Acknowledge { id } => delivery(self.acknowledge(id, now)),
            Action::Fail { id, attempt, reason, random } => {
                delivery(self.fail(id, *attempt, reason, *random, now))
            }
            Action::Retry { id } => delivery(self.retry(id, now)),
            Action::Settled { id } => delivery(self.settled_elsewhere(id, now)),
            Action::Pause { reason } if reason.len() > 256 => refused("reason", "TEXT_TOO_LONG"),
            Action::Pause { reason } => {
                let since = self.paused.take().map_or(now, |pause| pause.since);
                self.paused = Some(Pause { since, reason: reason.as_str().into() });
                done
            }
            Action::Resume { from } => {
                let was_paused = self.paused.take().is_some();
                if was_paused && *from == ResumeFrom::Now {
                    self.fire_what_is_due(now, true);
                }
                self.tick(now);
                done
            }
            Action::Backfill { from, until, again } => self.backfill(*from, *until, *again, now),
            Action::Persist | Action::Crash { .. } => done,
        }
    }

    fn edited(&mut self, id: &str, expected: Expected, now: Timestamp) -> Expected {
        self.claim_held_after(id, &expected, now);
        expected
    }

    fn let_time_pass(&mut self, now: Timestamp) {
        if let Some(before) = self.last_input {
            let passed = now.millis_since(before);
            let at_most = 2 * i64::from(self.config.tick_ms);
            if passed > 0 {
                self.elapsed_ms += passed.min(at_most) as u64;
            }
        }
        self.last_input = Some(now);
    }

    pub(crate) fn tick(&mut self, now: Timestamp) -> usize {
        self.last_tick = Some(now);
        if self.paused.is_some() {
            return 0;
        }
        let fired = self.fire_what_is_due(now, false);
        self.watermark = self.watermark.max(Some(now));
        self.take_what_has_run_out(now);
        self.release_waiting(now);
        let remembered_from = self.remembered_from();
        self.settled.retain(|(due, ..), _| Some(*due) >= remembered_from);
        fired
    }

    /// What was due earlier is forgotten at the next tick.
    pub(crate) fn remembered_from(&self) -> Option<Timestamp> {
        self.watermark.map(|watermark| watermark.saturating_add_ms(-self.window_ms() - DAY_MS))
    }

    pub(crate) fn window_ms(&self) -> i64 {
        i64::from(self.window_hours) * 3_600_000
    }

    /// Fires every trigger that is due, in order; how many had not fired before.
    fn fire_what_is_due(&mut self, now: Timestamp, skip: bool) -> usize {
        let mut fired = 0;
        loop {
            let due = self.queue.iter().filter(|queued| queued.occurrence.0 <= now);
            let Some(first) = due.min_by(|a, b| a.occurrence.cmp(&b.occurrence)).cloned() else {
                return fired;
            };
            self.queue.retain(|queued| *queued != first);
            fired += usize::from(self.fire(first, skip, now));
        }
    }

    fn fire(&mut self, queued: Queued, skip: bool, now: Timestamp) -> bool {
        let occurrence = queued.occurrence;
        let (due, kind, id) = occurrence.clone();
        let event = &self.events[&id];
        let definition = event.definition.clone();
        let late_ms = now.millis_since(due);
        let overtaken = self.queue.iter().any(|other| other.occurrence.2 == id && other.occurrence.0 <= now);
        let policy = self.config.recovery.missed[kind as usize];

        // The table of the document, line by line.
        let delivered_as = |cause| (cause, None);
        let (cause, fate) = if skip {
            (Cause::Recovered, Some(Fate::Skipped))
        } else if queued.placed_in_past {
            delivered_as(Cause::Late)
        } else if late_ms <= i64::from(self.config.tick_ms) {
            delivered_as(Cause::OnTime)
        } else if late_ms > self.window_ms() {
            (Cause::Recovered, Some(Fate::Expired))
        } else if policy == MissedPolicy::Skip {
            (Cause::Recovered, Some(Fate::Skipped))
        } else if policy == MissedPolicy::Latest && overtaken {
            (Cause::Recovered, Some(Fate::Superseded))
        } else {
            delivered_as(Cause::Recovered)
        };

        if due > event.known_since {
            self.follow(&id, definition.status_at(due), due, cause);
        }
        let before = self.has_fired(&occurrence);
        self.events.get_mut(&id).expect("it has a trigger").fired.push((kind, due));
        if before {
            return false;
        }
        let missed = (cause == Cause::Recovered).then(|| {
            self.missed.push(Missed { fate: None });
            self.missed.len() - 1
        });
        let mut delivery = self.new_delivery(&definition, due, cause);
        delivery.superseded = missed.is_some() && overtaken;
        delivery.missed = missed;
        match fate {
            Some(fate) => self.settle(&occurrence, &delivery, fate, now),
            None => self.deliver(occurrence, delivery, now),
        }
        true
    }

    /// The event's state changes, and those who watch are told.
    fn follow(&mut self, id: &str, to: Phase, at: Timestamp, cause: Cause) {
        let Some(event) = self.events.get_mut(id) else { return };
        let from = std::mem::replace(&mut event.phase, to);
        if from != to {
            self.outputs.push(Output::StatusChanged(StatusChange {
                event_id: id.into(),
                from,
                to,
                at,
                cause,
            }));
        }
    }

    /// Whether an occurrence has fired before, as far as anybody remembers: the event, as long as it keeps the trigger, or the
    /// memory of what has settled.
    pub(crate) fn has_fired(&self, occurrence: &Occurrence) -> bool {
        let (due, kind, id) = occurrence;
        self.events.get(id).is_some_and(|event| event.fired.contains(&(*kind, *due)))
            || self.settled.contains_key(occurrence)
            || self.outstanding.contains_key(occurrence)
    }

    /// Whether the event has this occurrence.
    pub(crate) fn is_defined(&self, (due, kind, id): &Occurrence) -> bool {
        self.events.get(id).is_some_and(|event| event.definition.due(*kind) == Some(*due))
    }

    pub(crate) fn is_queued(&self, occurrence: &Occurrence) -> bool {
        self.queue.iter().any(|queued| queued.occurrence == *occurrence)
    }
}

fn delivery(outcome: client_event_scheduler::DeliveryOutcome) -> Expected {
    Expected::Outcome(Outcome::Delivery(outcome))
}

fn refused(field: &str, code: &str) -> Expected {
    Expected::Error(format!("INVALID_INPUT {field}: {code}"))
}

/// A trigger id taken apart, by hand.
pub(crate) fn occurrence_of(trigger_id: &str) -> Option<Occurrence> {
    let (rest, due) = trigger_id.rsplit_once('@')?;
    let (event_id, kind) = rest.rsplit_once('/')?;
    let kind = TriggerKind::ALL.into_iter().find(|candidate| candidate.as_str() == kind)?;
    match client_event_scheduler::time::parse_date(due) {
        Ok(client_event_scheduler::time::ParsedDate::Instant(due)) => Some((due, kind, event_id.to_owned())),
        _ => None,
    }
}

/// The id of an occurrence, by hand.
pub(crate) fn trigger_id((due, kind, event_id): &Occurrence) -> String {
    format!("{event_id}/{}@{due}", kind.as_str())
}
