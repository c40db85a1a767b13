//! The scheduler: a state machine that is told what happens and says what follows.
//!
//! The host calls [`Scheduler::handle`] with each input and the instant it happened at, then drains
//! [`Scheduler::poll_output`] — after letting go of the scheduler, since whoever receives an output may call back —, and asks
//! [`Scheduler::next_deadline`] when to come back with a [`Input::Tick`].

mod adopt;
mod checksum;
mod config;
mod conflicts;
mod control;
mod decisions;
mod deliveries;
mod edits;
mod exchange;
mod explain;
mod firing;
mod io;
mod load;
mod polling;
mod quarantine;
mod queue;
mod rows;
mod settled;
mod simulate;
mod snapshot;
mod store;
mod tombstones;

use std::collections::VecDeque;
use std::sync::Arc;

pub use self::config::{Config, Precision};
use self::decisions::Decisions;
pub use self::decisions::{Decision, DecisionKind, Edit};
pub use self::explain::{EventFacts, Explanation, TriggerExplanation, TriggerState};
pub use self::io::{
    Deadline, DeliveryOutcome, EventChange, EventOutcome, Input, KindSet, LoadOrigin, LoadReport, Now,
    Outcome, Output, Pause, Payload, Quarantined, SchedulerStatus, Source, StatusChange, WakeReason,
};
use self::load::Load;
use self::quarantine::Quarantine;
use self::settled::Settled;
pub use self::simulate::{SimulatedTrigger, Simulation};
use self::store::Store;
use self::tombstones::Tombstones;
use crate::delivery::{DeadLetter, Entry, Outstanding, State};
use crate::error::{InvalidInput, SchedulerError};
use crate::event::{Approval, DateContext, Phase};
use crate::recovery::MissedCounts;
use crate::time::{Timestamp, ZoneProvider, ZoneTable};

/// The scheduler. See the [module documentation](self) for how to drive it.
#[derive(Debug)]
pub struct Scheduler {
    config: Config,
    zones: Zones,
    store: Store,
    quarantine: Quarantine,
    settled: Settled,
    outstanding: Outstanding,
    /// Outstanding where it was adopted from, of occurrences that no event here has; in the order of the queue.
    held: Vec<Entry>,
    tombstones: Tombstones,
    decisions: Decisions,
    missed: MissedCounts,
    watermark: Option<Timestamp>,
    /// Everything that the back end knew then is known here.
    synced_at: Option<Timestamp>,
    paused: Option<Pause>,
    acting: bool,
    handled: KindSet,
    last_input: Option<Now>,
    last_tick: Option<Timestamp>,
    /// Milliseconds that have passed as far as anybody was there: see `pass_time`.
    elapsed_ms: u64,
    /// When, in elapsed time, a delivery last left the waiting queue.
    released_at: Option<u64>,
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
            acting: config.acting,
            handled: config.handled,
            config,
            zones,
            store: Store::default(),
            quarantine: Quarantine::default(),
            settled: Settled::default(),
            outstanding: Outstanding::default(),
            held: Vec::new(),
            tombstones: Tombstones::default(),
            decisions: Decisions::default(),
            missed: MissedCounts::default(),
            watermark: None,
            synced_at: None,
            paused: None,
            last_input: None,
            last_tick: None,
            elapsed_ms: 0,
            released_at: None,
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
        self.pass_time(now);
        match input {
            Input::Tick => Ok(Outcome::Ticked { fired: self.tick(now) }),
            Input::Upsert { definition, payload, source } => {
                self.upsert(definition, payload, source, now).map(Outcome::Event)
            }
            Input::Quarantine { invalid, json } => {
                Ok(Outcome::Event(self.quarantine_event(invalid, json, now)))
            }
            Input::Remove { event_id, revision, source } => {
                Ok(Outcome::Event(self.remove(event_id, revision, source, now)))
            }
            Input::Approve { event_id } => Ok(Outcome::Event(self.decide(event_id, Approval::approved, now))),
            Input::Decline { event_id } => Ok(Outcome::Event(self.decide(event_id, Approval::declined, now))),
            Input::LoadBegin { expected_bytes, origin } => {
                self.load_begin(expected_bytes, origin, now).map(|()| Outcome::Done)
            }
            Input::LoadCommit { bytes } => self.load_commit(bytes).map(|events| Outcome::Loading { events }),
            Input::LoadFinish => self.load_finish(now).map(Outcome::Loaded),
            Input::LoadAbort => {
                self.load = None;
                Ok(Outcome::Done)
            }
            Input::Synced => {
                self.synced_at = self.synced_at.max(Some(now.wall));
                Ok(Outcome::Done)
            }
            Input::SetMaxDowntimeHours(hours) => self.set_max_downtime_hours(hours).map(|()| Outcome::Done),
            Input::SetHandled(kinds) => {
                self.handled = kinds;
                Ok(Outcome::Done)
            }
            Input::SetActing(acting) => {
                self.set_acting(acting, now);
                Ok(Outcome::Done)
            }
            Input::Acknowledge { trigger_id } => Ok(Outcome::Delivery(self.acknowledge(trigger_id, now))),
            Input::Fail { trigger_id, attempt, reason, random } => {
                Ok(Outcome::Delivery(self.fail(trigger_id, attempt, reason, random, now)))
            }
            Input::Retry { trigger_id } => Ok(Outcome::Delivery(self.retry(trigger_id, now))),
            Input::Settled { trigger_id } => Ok(Outcome::Delivery(self.settled_elsewhere(trigger_id, now))),
            Input::Adopt { state } => self.adopt(state, now).map(|()| Outcome::Done),
            Input::Pause { reason } => self.pause(reason, now).map(|()| Outcome::Done),
            Input::Resume { from } => {
                self.resume(from, now);
                Ok(Outcome::Done)
            }
            Input::Backfill { from, until, again } => {
                self.backfill(from, until, again, now).map(|occurrences| Outcome::Backfilled { occurrences })
            }
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
        if self.paused.is_some() {
            return Some(tick);
        }
        let trigger = match self.config.precision {
            Precision::Exact => self.next_due(),
            Precision::Tick => None,
        };
        let release = if self.acting { self.next_release() } else { None };
        let timed = |at: Option<u64>, reason| Some(Deadline { at: self.wall_time_of(at?)?, reason });
        let candidates = [
            trigger.map(|at| Deadline { at, reason: WakeReason::Trigger }),
            timed(release, WakeReason::Recovery),
            timed(self.outstanding.next_timer(), WakeReason::Delivery),
        ];
        Some(candidates.into_iter().flatten().fold(tick, |first, other| {
            if other.at < first.at || other.at == first.at && first.reason == WakeReason::Tick {
                other
            } else {
                first
            }
        }))
    }

    /// When an elapsed time will come, unless wall time steps.
    fn wall_time_of(&self, elapsed_ms: u64) -> Option<Timestamp> {
        let ahead = elapsed_ms.saturating_sub(self.elapsed_ms);
        Some(self.last_input?.wall.saturating_add_ms(ahead as i64))
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
            deliveries_waiting: self.outstanding.waiting() + self.held.len(),
            deliveries_in_flight: self.outstanding.len()
                - self.outstanding.waiting()
                - self.outstanding.dead(),
            dead_letters: self.outstanding.dead(),
            missed: self.missed,
            paused: self.paused.clone(),
            acting: self.acting,
            next_trigger: self.next_trigger(),
            watermark: self.watermark,
            max_downtime_hours: self.config.recovery.max_downtime_hours,
        }
    }

    /// Deliveries that failed at every attempt, oldest first.
    pub fn dead_letters(&self) -> impl Iterator<Item = DeadLetter> {
        self.outstanding.dead_letters().filter_map(|entry| match &entry.state {
            State::Dead { at, reason } => Some(DeadLetter {
                event_id: entry.key.event_id.clone(),
                kind: entry.key.kind,
                scheduled_at: entry.key.due_at,
                fired_at: entry.fired_at,
                died_at: *at,
                attempts: entry.attempts,
                reason: reason.clone(),
            }),
            State::Waiting | State::InFlight { .. } | State::Retrying { .. } => None,
        })
    }

    /// What was decided lately, newest first; at most [`DECISIONS`](crate::limits::DECISIONS).
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
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
}
