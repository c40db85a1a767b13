//! Deliveries: what is handed to handlers when an occurrence fires, and what becomes of it.

mod backoff;
mod outstanding;

use std::sync::Arc;

pub use self::backoff::backoff_ms;
pub(crate) use self::outstanding::{Entry, Key, Outstanding, State};
use crate::event::Phase;
use crate::time::Timestamp;
use crate::trigger::{TriggerId, TriggerKind};

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
    /// Every cause, in the order of its number.
    pub const ALL: [Self; 5] = [Self::OnTime, Self::Late, Self::Recovered, Self::Backfill, Self::Edit];

    /// The cause with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

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

/// A trigger that fired, as one attempt hands it to its handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub event_id: Arc<str>,
    /// What fired.
    pub kind: TriggerKind,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it was first handed out.
    pub fired_at: Timestamp,
    /// From the due time to the first hand-out, in milliseconds.
    pub lateness_ms: u64,
    /// Why.
    pub cause: Cause,
    /// Whether a later trigger of the same event was due too when this one was found missed, so that its state is history.
    pub superseded: bool,
    /// Where the event stood just before the due time.
    pub before: Phase,
    /// Where it stood from the due time on.
    pub after: Phase,
    /// The event's revision.
    pub revision: Option<u64>,
    /// Counts first hand-outs: gapless and increasing within one scheduler, the same for every attempt. Where schedulers adopt each
    /// other's states, it increases over all of them.
    pub sequence: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
}

impl Delivery {
    /// Identity of the occurrence; the idempotency key to pass on.
    pub fn trigger_id(&self) -> TriggerId {
        TriggerId::new(&self.event_id, self.kind, self.scheduled_at)
    }
}

/// What becomes of an occurrence that has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Fate {
    /// It was delivered, and acknowledged where that is asked for.
    Delivered = 0,
    /// It was found later than the catch-up window allows.
    Expired = 1,
    /// A later trigger of the same event was due too, and the policy wants only the latest.
    Superseded = 2,
    /// The policy, or resuming from now, leaves out what was missed.
    Skipped = 3,
    /// Its handlers failed at every attempt.
    DeadLetter = 4,
    /// Another tab or node settled it.
    Elsewhere = 5,
    /// The event does not have it any more.
    Withdrawn = 6,
}

impl Fate {
    /// Every fate, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::Delivered,
        Self::Expired,
        Self::Superseded,
        Self::Skipped,
        Self::DeadLetter,
        Self::Elsewhere,
        Self::Withdrawn,
    ];

    /// The fate with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Skipped => "skipped",
            Self::DeadLetter => "dead_letter",
            Self::Elsewhere => "settled_elsewhere",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An occurrence that has fired and will not be delivered (any more).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The event.
    pub event_id: Arc<str>,
    /// What fired.
    pub kind: TriggerKind,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When this was decided.
    pub at: Timestamp,
    /// Why: anything but delivered and settled elsewhere.
    pub fate: Fate,
    /// Where the event stood just before the due time.
    pub before: Phase,
    /// Where it stood from the due time on.
    pub after: Phase,
    /// The event's revision.
    pub revision: Option<u64>,
    /// Attempts made.
    pub attempts: u32,
}

impl Undelivered {
    /// Identity of the occurrence.
    pub fn trigger_id(&self) -> TriggerId {
        TriggerId::new(&self.event_id, self.kind, self.scheduled_at)
    }
}

/// A delivery whose handlers failed at every attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event.
    pub event_id: Arc<str>,
    /// What fired.
    pub kind: TriggerKind,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it was first handed out.
    pub fired_at: Option<Timestamp>,
    /// When it was given up.
    pub died_at: Timestamp,
    /// Attempts made.
    pub attempts: u32,
    /// What the last failure said; `no answer` after a timeout, `interrupted` where the host crashed meanwhile.
    pub reason: Arc<str>,
}

impl DeadLetter {
    /// Identity of the occurrence.
    pub fn trigger_id(&self) -> TriggerId {
        TriggerId::new(&self.event_id, self.kind, self.scheduled_at)
    }
}

/// When a failed delivery is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts before a delivery becomes a dead letter, 1 to 100.
    pub max_attempts: u32,
    /// The longest wait before the second attempt, in milliseconds; it doubles with each further one.
    pub base_ms: u32,
    /// The longest wait before any attempt, in milliseconds.
    pub max_ms: u32,
    /// How long a handler may take to answer, in milliseconds of elapsed time.
    pub answer_timeout_ms: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, base_ms: 1_000, max_ms: 300_000, answer_timeout_ms: 60_000 }
    }
}
