//! The scheduler: a state machine that is told what happens and says what follows.
//!
//! The host calls [`Scheduler::handle`] with each input and the instant it happened at, then drains
//! [`Scheduler::poll_output`] — after letting go of the scheduler, since whoever receives an output may call back —, and asks
//! [`Scheduler::next_deadline`] when to come back with a [`Input::Tick`].

mod checksum;
mod codec;
mod config;
mod edits;
mod firing;
mod io;
mod load;
mod quarantine;
mod queue;
mod rows;
mod settled;
mod snapshot;
mod store;

use std::collections::VecDeque;
use std::sync::Arc;

pub use self::config::{Config, Precision};
pub use self::io::{
    Cause, Deadline, Delivery, EventChange, EventOutcome, Input, LoadReport, Now, Outcome, Output, Payload,
    Quarantined, SchedulerStatus, Source, StatusChange, WakeReason,
};
use self::load::Load;
use self::quarantine::Quarantine;
use self::settled::Settled;
use self::store::Store;
use crate::error::{InvalidInput, Problem, ProblemCode, SchedulerError};
use crate::event::{Approval, DateContext, Phase};
use crate::limits;
use crate::time::{Timestamp, ZoneProvider, ZoneTable};

/// The scheduler. See the [module documentation](self) for how to drive it.
#[derive(Debug)]
pub struct Scheduler {
    config: Config,
    zones: Zones,
    store: Store,
    quarantine: Quarantine,
    settled: Settled,
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
            quarantine: Quarantine::default(),
            settled: Settled::default(),
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
        self.quarantine.iter()
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
