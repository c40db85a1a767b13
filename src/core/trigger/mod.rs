//! Triggers: what an event's dates make fire, and the queue that holds the next one of every event.

pub(crate) mod fnv;
pub(crate) mod heap;

use std::fmt::{self, Write as _};

use crate::event::{EventDefinition, WindowField, Windows};
use crate::time::{ParsedDate, Timestamp, parse_date};

/// What fires. The order of declaration is the tie-break order at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TriggerKind {
    /// When registration opens.
    RegistrationOpen = 0,
    /// When registration closes.
    RegistrationClose = 1,
    /// When the event starts.
    EventStart = 2,
    /// When the event ends.
    EventEnd = 3,
    /// When certificates can be had.
    CertificateStart = 4,
    /// When certificates lapse.
    CertificateEnd = 5,
}

impl TriggerKind {
    /// Every kind, in tie-break order.
    pub const ALL: [Self; 6] = [
        Self::RegistrationOpen,
        Self::RegistrationClose,
        Self::EventStart,
        Self::EventEnd,
        Self::CertificateStart,
        Self::CertificateEnd,
    ];

    /// The kind with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationOpen => "registration_open",
            Self::RegistrationClose => "registration_close",
            Self::EventStart => "event_start",
            Self::EventEnd => "event_end",
            Self::CertificateStart => "certificate_start",
            Self::CertificateEnd => "certificate_end",
        }
    }
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Identity of one occurrence, the same on every machine: `{event_id}/{kind}@{due_at}`. It is the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerId(String);

impl TriggerId {
    /// Makes the id of an event's occurrence.
    pub fn new(event_id: &str, kind: TriggerKind, due_at: Timestamp) -> Self {
        let mut text = String::with_capacity(event_id.len() + 44);
        text.push_str(event_id);
        text.push('/');
        text.push_str(kind.as_str());
        text.push('@');
        due_at.write_rfc3339(&mut text);
        Self(text)
    }

    /// Takes an id apart: the event, the kind and the due time. `None` for what is no trigger id.
    ///
    /// # Example
    /// ```
    /// use client_event_scheduler::{TriggerId, TriggerKind};
    ///
    /// let parts = TriggerId::parse("a/b/event_start@2026-05-01T09:00:00.000Z").expect("a trigger id");
    /// assert_eq!((parts.0, parts.1), ("a/b", TriggerKind::EventStart));
    /// assert!(TriggerId::parse("a/event_start@soon").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<(&str, TriggerKind, Timestamp)> {
        let (rest, due_at) = text.rsplit_once('@')?;
        let (event_id, kind) = rest.rsplit_once('/')?;
        let kind = TriggerKind::ALL.into_iter().find(|candidate| candidate.as_str() == kind)?;
        match parse_date(due_at) {
            Ok(ParsedDate::Instant(due_at)) => Some((event_id, kind, due_at)),
            Ok(_) | Err(_) => None,
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TriggerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The due time of every trigger that `event` makes, by kind: none while its approval gate is closed, none for a draft.
pub fn due_times(event: &EventDefinition<'_>) -> DueTimes {
    if event.approval.gate().is_some() { DueTimes::NONE } else { DueTimes::of(&event.windows) }
}

/// Due times by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTimes(Windows);

impl DueTimes {
    /// No trigger.
    pub const NONE: Self = Self(Windows::NONE);

    /// The triggers that dates make, the gate aside.
    pub(crate) fn of(windows: &Windows) -> Self {
        // A draft.
        if windows.get(WindowField::Start).is_none() || windows.get(WindowField::End).is_none() {
            return Self::NONE;
        }
        let mut due = *windows;
        due.set(WindowField::CertificateStart, windows.certificate_start());
        Self(due)
    }

    /// When the trigger of `kind` is due, if there is one.
    #[inline]
    pub fn get(&self, kind: TriggerKind) -> Option<Timestamp> {
        self.0.get(WindowField::ALL[kind as usize])
    }
}

/// A trigger that waits in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTrigger {
    /// Identity of the occurrence.
    pub trigger_id: TriggerId,
    /// The event that it belongs to.
    pub event_id: String,
    /// What will fire.
    pub kind: TriggerKind,
    /// When.
    pub due_at: Timestamp,
}

impl QueuedTrigger {
    pub(crate) fn new(event_id: &str, kind: TriggerKind, due_at: Timestamp) -> Self {
        Self {
            trigger_id: TriggerId::new(event_id, kind, due_at),
            event_id: event_id.to_owned(),
            kind,
            due_at,
        }
    }
}

/// Writes `number` in sixteen hexadecimal digits, the form of a checksum on the wire.
pub fn checksum_text(number: u64) -> String {
    let mut text = String::with_capacity(16);
    let _ = write!(text, "{number:016x}");
    text
}
