//! What goes into the scheduler and what comes out of it.

use crate::error::{InvalidInput, Problem};
use crate::event::{EventDefinition, Phase};
use crate::time::Timestamp;
use crate::trigger::{QueuedTrigger, TriggerId, TriggerKind};

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Sets how old, in hours, a missed trigger may be and still be delivered.
    SetMaxDowntimeHours(u32),
}

/// What an input did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To one event.
    Event(EventOutcome),
    /// A tick fired this many triggers.
    Ticked {
        /// How many.
        fired: usize,
    },
    /// A step of a bulk load was taken.
    Loading {
        /// Events read so far.
        events: usize,
    },
    /// A bulk load took effect.
    Loaded(LoadReport),
    /// A setting was changed, or a bulk load given up.
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
    /// A trigger fired.
    Fired(Delivery),
}

/// A change of an event's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The event.
    pub event_id: String,
    /// Where it stood.
    pub from: Phase,
    /// Where it stands.
    pub to: Phase,
    /// When the change took effect: the due time of its trigger, or the time of the edit.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// Why something took effect when it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// Its time had come.
    OnTime = 0,
    /// Its time lay in the past when it was made known, within the grace for that.
    Late = 1,
    /// Its time passed while nobody was there to see it.
    Recovered = 2,
    /// Somebody asked for it.
    Backfill = 3,
    /// Somebody changed the event.
    Edit = 4,
}

impl Cause {
    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
            Self::Recovered => "recovered",
            Self::Backfill => "backfill",
            Self::Edit => "edit",
        }
    }
}

/// A trigger that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Identity of the occurrence; the idempotency key to pass on.
    pub trigger_id: TriggerId,
    /// The event.
    pub event_id: String,
    /// What fired.
    pub kind: TriggerKind,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it fired.
    pub fired_at: Timestamp,
    /// How long after its due time, in milliseconds.
    pub lateness_ms: u64,
    /// Why.
    pub cause: Cause,
    /// Whether a later trigger of the same event was missed too, so that this one's state is history.
    pub superseded: bool,
    /// Where the event stood just before the due time.
    pub before: Phase,
    /// Where it stood from the due time on.
    pub after: Phase,
    /// The event's revision.
    pub revision: Option<u64>,
    /// Counts deliveries; gapless and increasing within one scheduler.
    pub sequence: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
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
    /// Triggers fired since the scheduler was made.
    pub fired: u64,
    /// The next trigger.
    pub next_trigger: Option<QueuedTrigger>,
    /// Everything due at or before it has fired.
    pub watermark: Option<Timestamp>,
    /// The catch-up window in hours.
    pub max_downtime_hours: u32,
}

/// An event that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Why.
    pub problems: Vec<Problem>,
    /// Its text.
    pub json: Box<[u8]>,
}
