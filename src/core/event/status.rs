//! The status of an event at an instant.

use super::definition::{EventDefinition, WindowField, Windows};
use crate::time::Timestamp;

/// Where an event stands: the pair of `status` and `sub_status` as one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// Start or end is not known yet.
    Draft = 0,
    /// Registration is still to open.
    RegistrationNotStarted = 1,
    /// Registration is open.
    RegistrationOpen = 2,
    /// Registration has closed, the event has not started.
    RegistrationClosed = 3,
    /// The event has no registration and has not started.
    RegistrationNotRequired = 4,
    /// The event is on.
    EventStarted = 5,
    /// The event is over, its certificates are still to open.
    EventEnded = 6,
    /// Certificates can be had.
    CertificateAvailable = 7,
    /// All is over.
    Completed = 8,
    /// Held back until somebody approves it.
    PendingApproval = 9,
    /// Refused.
    Declined = 10,
    /// Called off.
    Cancelled = 11,
}

impl Phase {
    /// Every phase, in the order of its number.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::RegistrationNotStarted,
        Self::RegistrationOpen,
        Self::RegistrationClosed,
        Self::RegistrationNotRequired,
        Self::EventStarted,
        Self::EventEnded,
        Self::CertificateAvailable,
        Self::Completed,
        Self::PendingApproval,
        Self::Declined,
        Self::Cancelled,
    ];

    /// The phase with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Wire value of `status`.
    pub const fn status(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::RegistrationNotStarted
            | Self::RegistrationOpen
            | Self::RegistrationClosed
            | Self::RegistrationNotRequired => "upcoming",
            Self::EventStarted | Self::EventEnded | Self::CertificateAvailable => "ongoing",
            Self::Completed => "completed",
            Self::PendingApproval => "pending_approval",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }

    /// Wire value of `sub_status`.
    pub const fn sub_status(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::RegistrationNotStarted => "registration_not_started",
            Self::RegistrationOpen => "registration_open",
            Self::RegistrationClosed => "registration_closed",
            Self::RegistrationNotRequired => "registration_not_required",
            Self::EventStarted => "event_started",
            Self::EventEnded | Self::Completed => "event_ended",
            Self::CertificateAvailable => "certificate_available",
            Self::PendingApproval => "pending_approval",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The phase of an event at `at`. Windows are half-open, `[from, until)`; while the approval gate is closed the phase is the
/// reason why.
///
/// # Example
/// ```
/// use client_event_scheduler::{DateContext, EventDefinition, Phase, Timestamp, status_at};
///
/// let json = br#"{"event_id":"e","start_datetime":"2026-05-01T09:00Z","end_datetime":"2026-05-01T17:00Z"}"#;
/// let event = EventDefinition::from_json(json, &DateContext::default())?;
/// let start = event.windows.get(client_event_scheduler::WindowField::Start).expect("given");
/// assert_eq!(status_at(&event, start), Phase::EventStarted);
/// # Ok::<(), client_event_scheduler::InvalidInput>(())
/// ```
pub fn status_at(event: &EventDefinition<'_>, at: Timestamp) -> Phase {
    event.approval.gate().unwrap_or_else(|| event.windows.phase_at(at))
}

impl Windows {
    /// The phase by dates alone.
    pub(crate) fn phase_at(&self, at: Timestamp) -> Phase {
        let (Some(start), Some(end)) = (self.get(WindowField::Start), self.get(WindowField::End)) else {
            return Phase::Draft;
        };
        if at < start {
            self.registration_phase(at)
        } else if at < end {
            Phase::EventStarted
        } else {
            self.certificate_phase(at)
        }
    }

    fn registration_phase(&self, at: Timestamp) -> Phase {
        match (self.get(WindowField::RegistrationStart), self.get(WindowField::RegistrationEnd)) {
            (None, None) => Phase::RegistrationNotRequired,
            (Some(opens), _) if at < opens => Phase::RegistrationNotStarted,
            (_, Some(closes)) if at >= closes => Phase::RegistrationClosed,
            _ => Phase::RegistrationOpen,
        }
    }

    fn certificate_phase(&self, at: Timestamp) -> Phase {
        match (self.certificate_start(), self.get(WindowField::CertificateEnd)) {
            (None, _) => Phase::Completed,
            (Some(opens), _) if at < opens => Phase::EventEnded,
            (_, Some(lapses)) if at >= lapses => Phase::Completed,
            _ => Phase::CertificateAvailable,
        }
    }
}
