//! What goes into the scheduler and what comes out of it.

use std::sync::Arc;

use crate::delivery::{Cause, Delivery, Undelivered};
use crate::error::{InvalidInput, Problem};
use crate::event::{EventDefinition, Phase};
use crate::recovery::{MissedCounts, ResumeFrom};
use crate::time::{ServerNow, Timestamp};
use crate::trigger::{QueuedTrigger, TriggerKind};

/// The instant of an input: server-corrected wall time and how far off it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall time.
    pub wall: Timestamp,
    /// The true time lies within `wall ± error_ms` milliseconds.
    pub error_ms: u32,
}

impl Now {
    /// An instant without a known error bound.
    pub const fn exact(wall: Timestamp) -> Self {
        Self { wall, error_ms: 0 }
    }
}

impl From<ServerNow> for Now {
    /// The estimate of a [`ServerClock`](crate::ServerClock); an error that nobody knows is the largest there is.
    fn from(now: ServerNow) -> Self {
        Self { wall: now.wall, error_ms: now.error_or_max_ms() }
    }
}

/// Who says what the events of a bulk load are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadOrigin {
    /// They were stored here: what was due since the watermark was missed, and nothing is synchronised by it.
    Cache,
    /// The back end says so. It may count revisions anew: that others were removed before says nothing any more.
    BackEnd,
    /// The back end says so, and its feed goes on: what it still sends of removed events is older than their removal.
    SameFeed,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The application itself: provisional until the back end confirms it with a higher revision.
    Local,
    /// The back end's feed.
    Feed,
}

/// Where the event's full document is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// By the host.
    External,
    /// In the scheduler, as its JSON text.
    Json(&'a [u8]),
}

/// One thing that happens to the scheduler.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// Time has passed. Safe to repeat; a spurious tick is harmless.
    Tick,
    /// An event is created or replaced: doing it twice leaves one set of triggers.
    Upsert {
        /// The event as understood by [`EventDefinition::from_json`] or [`EventDefinition::from_fields`].
        definition: EventDefinition<'a>,
        /// Where its document is kept.
        payload: Payload<'a>,
        /// Who says so.
        source: Source,
    },
    /// An event from the feed cannot be understood: it is kept without triggers and reported, and loses those it had.
    Quarantine {
        /// Why, and the id where it could be read.
        invalid: InvalidInput,
        /// Its text.
        json: &'a [u8],
    },
    /// An event is deleted, and its triggers with it.
    Remove {
        /// Its id.
        event_id: &'a str,
        /// The revision of the deletion, where the back end gives it one.
        revision: Option<u64>,
        /// Who says so.
        source: Source,
    },
    /// Somebody approved an event: its triggers are added at once.
    Approve {
        /// Its id.
        event_id: &'a str,
    },
    /// Somebody declined an event: its triggers are removed at once.
    Decline {
        /// Its id.
        event_id: &'a str,
    },
    /// A bulk load begins. Nothing is visible before it finishes.
    LoadBegin {
        /// Size of what will come, in bytes; 0 where it is not known.
        expected_bytes: usize,
        /// Who says that these are the events.
        origin: LoadOrigin,
    },
    /// Bytes have been written to [`Scheduler::load_buffer`](crate::Scheduler::load_buffer).
    LoadCommit {
        /// How many.
        bytes: usize,
    },
    /// The bulk load is complete: its events replace those that were there before.
    LoadFinish,
    /// The bulk load is given up: nothing has changed.
    LoadAbort,
    /// Everything that the back end knew at this instant is known here: what is learned later and was due since then was missed.
    Synced,
    /// Sets how old, in hours, a missed trigger may be and still be delivered.
    SetMaxDowntimeHours(u32),
    /// Says for which kinds there are handlers, whose answers settle a delivery.
    SetHandled(KindSet),
    /// Says whether deliveries are handed out here, or wait because another tab or node acts. Starting to act ends with a tick.
    SetActing(bool),
    /// The handlers of a delivery are done.
    Acknowledge {
        /// The occurrence.
        trigger_id: &'a str,
    },
    /// A handler of a delivery has failed.
    Fail {
        /// The occurrence.
        trigger_id: &'a str,
        /// The attempt that has failed.
        attempt: u32,
        /// What it said, for people; cut off at [`FAILURE_REASON_BYTES`](crate::limits::FAILURE_REASON_BYTES).
        reason: &'a str,
        /// Uniform in `[0, 1)`: decides when the next attempt follows.
        random: f64,
    },
    /// Somebody wants a dead letter delivered after all, or an attempt now that waits for its time. Ends with a tick.
    Retry {
        /// The occurrence.
        trigger_id: &'a str,
    },
    /// Another tab or node has settled an occurrence.
    Settled {
        /// The occurrence.
        trigger_id: &'a str,
    },
    /// What the scheduler that has acted until then knew is known here, instead of what this one knew, or beside it. The host
    /// loads the events that it does not have yet before it ticks.
    Adopt {
        /// What [`Scheduler::state`](crate::Scheduler::state) of that scheduler gave; of a whole snapshot, events are left aside.
        state: &'a [u8],
    },
    /// Nothing is to fire until [`Input::Resume`].
    Pause {
        /// Why, for people: at most [`PAUSE_REASON_BYTES`](crate::limits::PAUSE_REASON_BYTES).
        reason: &'a str,
    },
    /// The pause is over. Ends with a tick.
    Resume {
        /// What becomes of what came due meanwhile.
        from: ResumeFrom,
    },
    /// Somebody wants what was due in `(from, until]` delivered. Ends with a tick.
    Backfill {
        /// Behind the beginning of the range.
        from: Timestamp,
        /// Its end, not later than now.
        until: Timestamp,
        /// Whether also what was delivered before.
        again: bool,
    },
}

/// What an input did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To one event.
    Event(EventOutcome),
    /// A tick found this many triggers due that had not fired before.
    Ticked {
        /// How many.
        fired: usize,
    },
    /// To one delivery.
    Delivery(DeliveryOutcome),
    /// A backfill has put this many occurrences into the waiting queue.
    Backfilled {
        /// How many.
        occurrences: usize,
    },
    /// A step of a bulk load was taken.
    Loading {
        /// Events read so far.
        events: usize,
    },
    /// A bulk load took effect.
    Loaded(LoadReport),
    /// A setting was changed, a state adopted, or a bulk load given up.
    Done,
}

/// What an input did to one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventOutcome {
    /// The change.
    pub change: EventChange,
    /// Where the event stood before, if it was there.
    pub before: Option<Phase>,
    /// Where it stands now, if it is there.
    pub after: Option<Phase>,
}

/// What an input did to one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It is settled.
    Settled,
    /// It has failed, and is handed out again.
    Retrying {
        /// When, unless wall time steps.
        at: Timestamp,
    },
    /// It has failed for the last time.
    DeadLettered,
    /// It has failed, and its event does not have the occurrence any more.
    Withdrawn,
    /// Nothing is outstanding under this id, or not this attempt: nothing changed.
    NotFound,
}

/// The kind of change to one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EventChange {
    /// It is new.
    Added = 0,
    /// Its dates, approval or revision changed.
    Updated = 1,
    /// It was there already, just so.
    Unchanged = 2,
    /// A newer revision is known: the input was refused and nothing changed.
    Stale = 3,
    /// It is gone.
    Removed = 4,
    /// There is no such event: nothing changed.
    NotFound = 5,
    /// It cannot be understood; it is kept without triggers.
    Quarantined = 6,
}

/// What a bulk load brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadReport {
    /// Events that are tracked now because of it.
    pub loaded: usize,
    /// Events that could not be understood.
    pub quarantined: usize,
    /// Events that were tracked before and are not any more.
    pub removed: usize,
    /// The `cursor` beside the events, where the document had one.
    pub cursor: Option<String>,
}

/// One thing for the host to pass on, after it has let go of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// An event that was known stands elsewhere now.
    StatusChanged(StatusChange),
    /// A delivery for the handlers of its kind, and for whoever watches.
    Fired(Delivery),
    /// An occurrence has fired that will not be delivered.
    Undelivered(Undelivered),
}

/// A change of an event's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The event.
    pub event_id: Arc<str>,
    /// Where it stood.
    pub from: Phase,
    /// Where it stands.
    pub to: Phase,
    /// When the change took effect: the due time of its trigger, or the time of the edit.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// When the scheduler wants to be ticked next, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: WakeReason,
}

/// Why the scheduler wants to be ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeReason {
    /// When the regular tick is due.
    Tick,
    /// When the next trigger is due.
    Trigger,
    /// When the next delivery may leave the waiting queue.
    Recovery,
    /// When a failed delivery is to be tried again, or a handler has had its time to answer.
    Delivery,
}

/// Counts and the next trigger, for people and health checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerStatus {
    /// Triggers that wait, over all events.
    pub triggers_queued: usize,
    /// Events tracked, those without triggers included, quarantined ones not.
    pub events_tracked: usize,
    /// Events that could not be understood.
    pub events_quarantined: usize,
    /// Occurrences handed out since the scheduler was made.
    pub fired: u64,
    /// Deliveries in the waiting queue, or held until their event is known.
    pub deliveries_waiting: usize,
    /// Deliveries handed out and not answered, or between two attempts.
    pub deliveries_in_flight: usize,
    /// Dead letters.
    pub dead_letters: usize,
    /// What was missed, and what became of it.
    pub missed: MissedCounts,
    /// The pause, while there is one.
    pub paused: Option<Pause>,
    /// Whether deliveries are handed out here.
    pub acting: bool,
    /// The next trigger.
    pub next_trigger: Option<QueuedTrigger>,
    /// Everything due at or before it has fired.
    pub watermark: Option<Timestamp>,
    /// The catch-up window in hours.
    pub max_downtime_hours: u32,
}

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Arc<str>,
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindSet(u8);

impl KindSet {
    /// No kind.
    pub const NONE: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self(0b11_1111);

    /// The set with bit `n` for the kind of number `n`; other bits count for nothing.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Whether `kind` is in it.
    pub const fn contains(self, kind: TriggerKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    /// The set with `kind` in it.
    #[must_use]
    pub const fn with(self, kind: TriggerKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }
}

/// An event that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Why.
    pub problems: Vec<Problem>,
    /// Its text.
    pub json: Box<[u8]>,
}
