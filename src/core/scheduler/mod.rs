//! The scheduler: a state machine that is told what happens and says what follows.
//!
//! The host calls [`Scheduler::handle`] with each input and the instant it happened at, then drains
//! [`Scheduler::poll_output`] — after letting go of the scheduler, since whoever receives an output may call back —, and asks
//! [`Scheduler::next_deadline`] when to come back with a [`Input::Tick`].

mod checksum;
mod codec;
mod config;
mod io;
mod load;
mod queue;
mod rows;
mod snapshot;
mod store;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use self::config::{Config, Precision};
pub use self::io::{
    Cause, Deadline, Delivery, EventChange, EventOutcome, Input, LoadReport, Now, Outcome, Output, Payload,
    Quarantined, SchedulerStatus, Source, StatusChange, WakeReason,
};
use self::load::Load;
use self::rows::{Facts, Text};
use self::store::{Admission, Store};
use crate::error::{InvalidInput, Problem, ProblemCode, SchedulerError};
use crate::event::{Approval, DateContext, EventDefinition, Phase};
use crate::limits;
use crate::time::{Timestamp, ZoneProvider, ZoneTable};
use crate::trigger::heap::{Entry, Handle};
use crate::trigger::{TriggerId, TriggerKind};

/// The scheduler. See the [module documentation](self) for how to drive it.
#[derive(Debug)]
pub struct Scheduler {
    config: Config,
    zones: Zones,
    store: Store,
    quarantine: BTreeMap<String, Quarantined>,
    /// Occurrences that have fired, remembered so that neither a clock that steps back nor an event that is added again
    /// fires one twice.
    settled: BTreeSet<(Timestamp, TriggerKind, Box<[u8]>)>,
    watermark: Option<Timestamp>,
    last_tick: Option<Timestamp>,
    fired: u64,
    outputs: VecDeque<Output>,
    load: Option<Box<Load>>,
}

/// Where the scheduler's zones come from.
#[derive(Clone)]
enum Zones {
    Embedded,
    Given(Arc<dyn ZoneProvider>),
}

impl Zones {
    fn provider(&self) -> &dyn ZoneProvider {
        match self {
            Self::Embedded => ZoneTable::embedded(),
            Self::Given(provider) => &**provider,
        }
    }
}

impl std::fmt::Debug for Zones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.provider().version())
    }
}

impl Scheduler {
    /// Makes an empty scheduler with the zone table that is built in.
    ///
    /// # Errors
    /// `SETTING_INVALID` or `TIME_ZONE_UNKNOWN` for settings outside their range.
    pub fn new(config: Config) -> Result<Self, InvalidInput> {
        Self::with(config, Zones::Embedded)
    }

    /// Makes an empty scheduler with other zones than those that are built in.
    ///
    /// # Errors
    /// `SETTING_INVALID` or `TIME_ZONE_UNKNOWN` for settings outside their range.
    pub fn with_zones(config: Config, zones: Arc<dyn ZoneProvider>) -> Result<Self, InvalidInput> {
        Self::with(config, Zones::Given(zones))
    }

    fn with(config: Config, zones: Zones) -> Result<Self, InvalidInput> {
        config.check(zones.provider())?;
        Ok(Self {
            config,
            zones,
            store: Store::default(),
            quarantine: BTreeMap::new(),
            settled: BTreeSet::new(),
            watermark: None,
            last_tick: None,
            fired: 0,
            outputs: VecDeque::new(),
            load: None,
        })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How dates are read for this scheduler.
    pub fn date_context(&self) -> DateContext<'_> {
        DateContext {
            zones: self.zones.provider(),
            default_time_zone: self.config.default_time_zone.as_deref(),
            disambiguation: self.config.disambiguation,
        }
    }

    /// Takes one input that happened at `now`.
    ///
    /// # Errors
    /// See [`SchedulerError`]; a refused input has changed nothing.
    pub fn handle(&mut self, input: Input<'_>, now: Now) -> Result<Outcome, SchedulerError> {
        match input {
            Input::Tick => Ok(Outcome::Ticked { fired: self.tick(now) }),
            Input::Upsert { definition, payload, source } => {
                self.upsert(definition, payload, source, now).map(Outcome::Event)
            }
            Input::Quarantine { invalid, json } => Ok(Outcome::Event(self.quarantine_event(invalid, json))),
            Input::Remove { event_id } => Ok(Outcome::Event(self.remove(event_id))),
            Input::Approve { event_id } => Ok(Outcome::Event(self.decide(event_id, Approval::approved, now))),
            Input::Decline { event_id } => Ok(Outcome::Event(self.decide(event_id, Approval::declined, now))),
            Input::LoadBegin { expected_bytes } => self.load_begin(expected_bytes).map(|()| Outcome::Done),
            Input::LoadCommit { bytes } => {
                self.load_commit(bytes, now).map(|events| Outcome::Loading { events })
            }
            Input::LoadFinish => self.load_finish(now).map(Outcome::Loaded),
            Input::LoadAbort => {
                self.load = None;
                Ok(Outcome::Done)
            }
            Input::SetMaxDowntimeHours(hours) => self.set_max_downtime_hours(hours).map(|()| Outcome::Done),
        }
    }

    /// Takes the next output, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether [`poll_output`](Self::poll_output) has something.
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// When to come back with a tick; `None` before the first one. A host may come earlier, and must not sleep longer than one
    /// tick, whatever this says, so that no step of the clock can strand it.
    pub fn next_deadline(&self) -> Option<Deadline> {
        let tick = Deadline {
            at: self.last_tick?.saturating_add_ms(i64::from(self.config.tick_ms)),
            reason: WakeReason::Tick,
        };
        match (self.config.precision, self.store.heap.peek()) {
            (Precision::Exact, Some(entry)) if entry.due_at <= tick.at => {
                Some(Deadline { at: entry.due_at, reason: WakeReason::Trigger })
            }
            _ => Some(tick),
        }
    }

    /// When the next trigger is due. O(1).
    pub fn next_due(&self) -> Option<Timestamp> {
        self.store.heap.peek().map(|entry| entry.due_at)
    }

    /// Where an event stands, as of the last input.
    pub fn phase(&self, event_id: &str) -> Option<Phase> {
        self.store.find(event_id.as_bytes()).map(|handle| self.store.rows.get(handle).phase)
    }

    /// The approval state of an event.
    pub fn approval(&self, event_id: &str) -> Option<Approval> {
        self.store.find(event_id.as_bytes()).map(|handle| self.store.rows.get(handle).facts.approval)
    }

    /// The JSON text of an event, tracked or quarantined, where the scheduler keeps it.
    pub fn event_json(&self, event_id: &str) -> Option<&[u8]> {
        match self.store.find(event_id.as_bytes()) {
            Some(handle) => Some(self.store.rows.payload(handle)).filter(|json| !json.is_empty()),
            None => self.quarantine.get(event_id).map(|event| &*event.json),
        }
    }

    /// Ids of the events tracked. The order is that of their arrival, but that an id may take the place of a removed one.
    pub fn event_ids(&self) -> impl Iterator<Item = &str> {
        self.store
            .rows
            .handles()
            .map(|handle| std::str::from_utf8(self.store.rows.id(handle)).unwrap_or_default())
    }

    /// Where every event stands, in the order of [`event_ids`](Self::event_ids).
    pub fn phases(&self) -> impl Iterator<Item = Phase> + '_ {
        self.store.rows.handles().map(|handle| self.store.rows.get(handle).phase)
    }

    /// Events that could not be understood, by id (by `#index` in their load where that could not be read either).
    pub fn quarantined(&self) -> impl Iterator<Item = (&str, &Quarantined)> {
        self.quarantine.iter().map(|(id, event)| (id.as_str(), event))
    }

    /// Counts and the next trigger.
    pub fn status(&self) -> SchedulerStatus {
        SchedulerStatus {
            triggers_queued: self.store.triggers_queued(),
            events_tracked: self.store.len(),
            events_quarantined: self.quarantine.len(),
            fired: self.fired,
            next_trigger: self.next_trigger(),
            watermark: self.watermark,
            max_downtime_hours: self.config.max_downtime_hours,
        }
    }

    fn upsert(
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
            self.quarantine.remove(&*definition.event_id);
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

    fn remove(&mut self, event_id: &str) -> EventOutcome {
        self.note_mutation(event_id);
        let quarantined = !self.quarantine.is_empty() && self.quarantine.remove(event_id).is_some();
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

    fn decide(&mut self, event_id: &str, decision: fn(Approval) -> Approval, now: Now) -> EventOutcome {
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

    fn quarantine_event(&mut self, invalid: InvalidInput, json: &[u8]) -> EventOutcome {
        let Some(event_id) = invalid.event_id else {
            return EventOutcome { change: EventChange::NotFound, before: None, after: None };
        };
        let before = self.remove(&event_id).before;
        if self.quarantine.len() < limits::QUARANTINED_EVENTS {
            self.quarantine.insert(event_id, Quarantined { problems: invalid.problems, json: json.into() });
        }
        EventOutcome { change: EventChange::Quarantined, before, after: None }
    }

    /// Fires everything that is due, in order.
    fn tick(&mut self, now: Now) -> usize {
        let mut fired = 0;
        while let Some(&entry) = self.store.heap.peek().filter(|entry| entry.due_at <= now.wall) {
            fired += usize::from(self.fire(entry, now));
        }
        self.last_tick = Some(now.wall);
        self.watermark = self.watermark.max(Some(now.wall));
        self.forget_settled();
        fired
    }

    /// Fires one trigger, unless it has fired before; the event's state follows in either case.
    fn fire(&mut self, entry: Entry, now: Now) -> bool {
        let Entry { due_at, kind, handle } = entry;
        self.store.settle(handle, kind);
        let row = self.store.rows.get(handle);
        let (from, facts, admitted_at) = (row.phase, row.facts, row.admitted_at);
        let overtaken = row.next_trigger().is_some_and(|(later, _)| later <= now.wall);
        let lateness_ms = now.wall.as_millis().abs_diff(due_at.as_millis());
        let cause = if due_at <= admitted_at {
            Cause::Late
        } else if lateness_ms > u64::from(self.config.tick_ms) {
            Cause::Recovered
        } else {
            Cause::OnTime
        };
        let first = self.settled.insert((due_at, kind, self.store.rows.id(handle).into()));
        let after = facts.phase_at(due_at);
        if first {
            self.fired += 1;
            let event_id = self.store.rows.id_text(handle);
            self.outputs.push_back(Output::Fired(Delivery {
                trigger_id: TriggerId::new(&event_id, kind, due_at),
                event_id,
                kind,
                scheduled_at: due_at,
                fired_at: now.wall,
                lateness_ms,
                cause,
                superseded: cause == Cause::Recovered && overtaken,
                before: facts.phase_at(due_at.saturating_add_ms(-1)),
                after,
                revision: facts.revision,
                sequence: self.fired,
                attempt: 1,
            }));
        }
        // A trigger that lay in the past when its event was made known changes no state: the state was computed then.
        if due_at > admitted_at {
            self.store.rows.get_mut(handle).phase = after;
            self.report(handle, from, after, due_at, cause);
        }
        first
    }

    fn report(&mut self, handle: Handle, from: Phase, to: Phase, at: Timestamp, cause: Cause) {
        if from != to {
            let event_id = self.store.rows.id_text(handle);
            self.outputs.push_back(Output::StatusChanged(StatusChange { event_id, from, to, at, cause }));
        }
    }

    /// Forgets occurrences that nothing can bring back: older than the catch-up window and a day.
    fn forget_settled(&mut self) {
        let Some(watermark) = self.watermark else { return };
        let window = i64::from(self.config.max_downtime_hours) * 3_600_000 + limits::SETTLED_MARGIN_MS;
        let horizon = watermark.saturating_add_ms(-window);
        while self.settled.first().is_some_and(|(due_at, ..)| *due_at < horizon) {
            self.settled.pop_first();
        }
    }

    /// What of an event made known at `now` is to fire: the future, and the near past.
    fn admission(&self, now: Now) -> Admission {
        Admission { fires_after: now.wall.saturating_add_ms(-i64::from(self.config.backdate_grace_ms)) }
    }

    fn check_room(&self, events: usize) -> Result<(), SchedulerError> {
        if events > self.config.max_events as usize {
            return Err(SchedulerError::LimitExceeded {
                limit: "max_events",
                maximum: u64::from(self.config.max_events),
                actual: events as u64,
            });
        }
        Ok(())
    }

    fn set_max_downtime_hours(&mut self, hours: u32) -> Result<(), SchedulerError> {
        if hours > limits::MAX_DOWNTIME_HOURS {
            let message = format!("is {hours}: choose a value from 0 to {}", limits::MAX_DOWNTIME_HOURS);
            let problem = Problem::new("max_downtime_hours", ProblemCode::SettingInvalid, message);
            return Err(InvalidInput::single(None, problem).into());
        }
        self.config.max_downtime_hours = hours;
        Ok(())
    }
}

/// Whether something newer than `offered` is known already.
fn is_stale(known: Option<u64>, provisional: bool, offered: Option<u64>, source: Source) -> bool {
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
