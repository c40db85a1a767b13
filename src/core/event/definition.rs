//! The definition of an event: what the scheduler understands of it.

use std::borrow::Cow;

use super::fields::{EventFields, FieldValue};
use super::reading::{
    check_id, check_order, read_approval_status, read_bool, read_lifecycle, read_revision, read_windows,
};
use super::status::Phase;
use crate::error::InvalidInput;
use crate::time::{Disambiguation, Timestamp, ZoneProvider, ZoneTable};

/// The six dates of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the wire names without their suffix")]
pub enum WindowField {
    RegistrationStart = 0,
    RegistrationEnd = 1,
    Start = 2,
    End = 3,
    CertificateStart = 4,
    CertificateEnd = 5,
}

impl WindowField {
    /// Every date, in the order of the triggers that they make.
    pub const ALL: [Self; 6] = [
        Self::RegistrationStart,
        Self::RegistrationEnd,
        Self::Start,
        Self::End,
        Self::CertificateStart,
        Self::CertificateEnd,
    ];

    /// Wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistrationStart => "registration_start_date",
            Self::RegistrationEnd => "registration_end_date",
            Self::Start => "start_datetime",
            Self::End => "end_datetime",
            Self::CertificateStart => "certificate_start_date",
            Self::CertificateEnd => "certificate_end_date",
        }
    }
}

/// The dates of an event as instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows([i64; 6]);

/// Stands for a date that is not given; no [`Timestamp`] has this value.
const ABSENT: i64 = i64::MIN;

impl Windows {
    /// No date at all.
    pub const NONE: Self = Self([ABSENT; 6]);

    /// The instant of `field`, if it is given.
    #[inline]
    pub fn get(&self, field: WindowField) -> Option<Timestamp> {
        match self.0[field as usize] {
            ABSENT => None,
            millis => Some(Timestamp::from_millis_unchecked(millis)),
        }
    }

    /// Gives `field` an instant, or takes it away.
    pub fn set(&mut self, field: WindowField, instant: Option<Timestamp>) {
        self.0[field as usize] = instant.map_or(ABSENT, Timestamp::as_millis);
    }

    /// Whether both dates are given and the second comes before the first.
    #[inline]
    pub(super) fn contradict(&self, first: WindowField, second: WindowField) -> bool {
        // A first date that is not given is less than any other.
        let (first, second) = (self.0[first as usize], self.0[second as usize]);
        first > second && second != ABSENT
    }

    /// When certificates open: at the end of the event where only their end is given.
    #[inline]
    pub fn certificate_start(&self) -> Option<Timestamp> {
        match (self.get(WindowField::CertificateStart), self.get(WindowField::CertificateEnd)) {
            (None, Some(_)) => self.get(WindowField::End),
            (start, _) => start,
        }
    }
}

/// `event_approval_status`. A text that is none of these counts as not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the wire values")]
pub enum ApprovalStatus {
    Unstated = 0,
    PendingApproval,
    Approved,
    Declined,
}

/// The values of `status` that hold an event back; every other value is recomputed from the dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the wire values")]
pub enum Lifecycle {
    Computed,
    PendingApproval,
    Declined,
    Cancelled,
}

/// What decides whether an event may have triggers at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// `event_approval_status`.
    pub status: ApprovalStatus,
    /// `approval_required`.
    pub required: bool,
    /// What `status` says of it.
    pub lifecycle: Lifecycle,
}

impl Approval {
    /// Nothing stands in the way.
    pub const OPEN: Self =
        Self { status: ApprovalStatus::Unstated, required: false, lifecycle: Lifecycle::Computed };

    /// The phase that a closed gate gives the event; `None` while the gate is open.
    pub const fn gate(&self) -> Option<Phase> {
        match (self.lifecycle, self.status) {
            (Lifecycle::Cancelled, _) => Some(Phase::Cancelled),
            (Lifecycle::Declined, _) | (_, ApprovalStatus::Declined) => Some(Phase::Declined),
            (Lifecycle::PendingApproval, _) | (_, ApprovalStatus::PendingApproval) => {
                Some(Phase::PendingApproval)
            }
            (Lifecycle::Computed, ApprovalStatus::Unstated) if self.required => Some(Phase::PendingApproval),
            (Lifecycle::Computed, ApprovalStatus::Unstated | ApprovalStatus::Approved) => None,
        }
    }

    /// The same after somebody approved the event. A cancelled event stays cancelled.
    #[must_use]
    pub const fn approved(self) -> Self {
        self.decided(ApprovalStatus::Approved)
    }

    /// The same after somebody declined the event.
    #[must_use]
    pub const fn declined(self) -> Self {
        self.decided(ApprovalStatus::Declined)
    }

    const fn decided(self, status: ApprovalStatus) -> Self {
        let lifecycle = match self.lifecycle {
            Lifecycle::Cancelled => Lifecycle::Cancelled,
            Lifecycle::Computed | Lifecycle::PendingApproval | Lifecycle::Declined => Lifecycle::Computed,
        };
        Self { status, required: self.required, lifecycle }
    }
}

/// How dates without an offset are read.
#[derive(Clone, Copy)]
pub struct DateContext<'a> {
    /// Where zones come from.
    pub zones: &'a dyn ZoneProvider,
    /// IANA zone for naive dates of events that name none.
    pub default_time_zone: Option<&'a str>,
    /// What a skipped or repeated local time means.
    pub disambiguation: Disambiguation,
}

impl Default for DateContext<'static> {
    fn default() -> Self {
        Self {
            zones: ZoneTable::embedded(),
            default_time_zone: None,
            disambiguation: Disambiguation::Compatible,
        }
    }
}

/// What the scheduler understands of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDefinition<'a> {
    /// 1 to 128 characters, no control characters.
    pub event_id: Cow<'a, str>,
    /// The dates.
    pub windows: Windows,
    /// The approval gate.
    pub approval: Approval,
    /// Increased by the back end on every change, where it does that.
    pub revision: Option<u64>,
}

impl<'a> EventDefinition<'a> {
    /// Reads an event from its JSON text.
    ///
    /// # Errors
    /// Every problem of the event at once; see [`ProblemCode`](crate::error::ProblemCode).
    ///
    /// # Example
    /// ```
    /// use client_event_scheduler::{DateContext, EventDefinition, ProblemCode};
    ///
    /// let error = EventDefinition::from_json(br#"{"event_id":"e","start_datetime":"2026-02-30T10:00Z"}"#, &DateContext::default())
    ///     .expect_err("February has no 30th day");
    /// assert_eq!(error.problems[0].field, "start_datetime");
    /// assert_eq!(error.problems[0].code, ProblemCode::DateMalformed);
    /// ```
    pub fn from_json(json: &'a [u8], context: &DateContext<'_>) -> Result<Self, InvalidInput> {
        Self::from_fields(EventFields::from_json(json)?, context)
    }

    /// Understands the fields of an event.
    ///
    /// # Errors
    /// Every problem of the event at once; see [`ProblemCode`](crate::error::ProblemCode).
    pub fn from_fields(mut fields: EventFields<'a>, context: &DateContext<'_>) -> Result<Self, InvalidInput> {
        Self::take_from(&mut fields, context)
    }

    /// The same, without moving all the fields; takes the id out of them.
    pub(crate) fn take_from(
        fields: &mut EventFields<'a>,
        context: &DateContext<'_>,
    ) -> Result<Self, InvalidInput> {
        let mut problems = Vec::new();
        check_id(&fields.event_id, &mut problems);
        let windows = read_windows(fields, context, &mut problems);
        check_order(&windows, &mut problems);
        let approval = Approval {
            status: read_approval_status(fields, &mut problems),
            required: read_bool(&fields.approval_required, "approval_required", &mut problems),
            lifecycle: read_lifecycle(fields, &mut problems),
        };
        read_bool(&fields.published, "published", &mut problems);
        let revision = read_revision(&fields.revision, &mut problems);
        match std::mem::take(&mut fields.event_id) {
            FieldValue::Text(event_id) if problems.is_empty() => {
                Ok(Self { event_id: event_id.into_text(), windows, approval, revision })
            }
            FieldValue::Text(event_id) => {
                let usable = check_id(&FieldValue::Text(event_id.clone()), &mut Vec::new());
                Err(InvalidInput { event_id: usable.then(|| event_id.as_str().to_owned()), problems })
            }
            _ => Err(InvalidInput { event_id: None, problems }),
        }
    }

    /// The same without borrowing from the text that it was read from.
    pub fn into_owned(self) -> EventDefinition<'static> {
        EventDefinition { event_id: Cow::Owned(self.event_id.into_owned()), ..self }
    }
}
