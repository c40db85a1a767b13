//! The definition of an event: what the scheduler understands of it.

use std::borrow::Cow;

use super::fields::{EventFields, FieldValue};
use super::status::Phase;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::limits;
use crate::time::{
    CivilDateTime, Disambiguation, LocalTimeError, ParsedDate, Timestamp, Zone, ZoneProvider, ZoneTable,
    parse_date,
};

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
            millis => Timestamp::from_millis(millis),
        }
    }

    /// Gives `field` an instant, or takes it away.
    pub fn set(&mut self, field: WindowField, instant: Option<Timestamp>) {
        self.0[field as usize] = instant.map_or(ABSENT, Timestamp::as_millis);
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
    /// Every problem of the event at once; see [`ProblemCode`].
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
    /// Every problem of the event at once; see [`ProblemCode`].
    pub fn from_fields(fields: EventFields<'a>, context: &DateContext<'_>) -> Result<Self, InvalidInput> {
        let mut problems = Vec::new();
        check_id(&fields.event_id, &mut problems);
        let windows = read_windows(&fields, context, &mut problems);
        if problems.is_empty() {
            check_order(&windows, &mut problems);
        }
        let approval = Approval {
            status: read_approval_status(&fields, &mut problems),
            required: read_bool(&fields.approval_required, "approval_required", &mut problems),
            lifecycle: read_lifecycle(&fields, &mut problems),
        };
        read_bool(&fields.published, "published", &mut problems);
        let revision = read_revision(&fields.revision, &mut problems);
        match fields.event_id {
            FieldValue::Text(event_id) if problems.is_empty() => {
                Ok(Self { event_id, windows, approval, revision })
            }
            FieldValue::Text(event_id) => {
                let usable = check_id(&FieldValue::Text(event_id.clone()), &mut Vec::new());
                Err(InvalidInput { event_id: usable.then(|| event_id.into_owned()), problems })
            }
            _ => Err(InvalidInput { event_id: None, problems }),
        }
    }

    /// The same without borrowing from the text that it was read from.
    pub fn into_owned(self) -> EventDefinition<'static> {
        EventDefinition { event_id: Cow::Owned(self.event_id.into_owned()), ..self }
    }
}

/// Checks an id on its own, as it is given to calls that address an event.
///
/// # Errors
/// `ID_REQUIRED`, `ID_TOO_LONG` or `ID_CONTROL_CHARACTER`.
fn check_id(value: &FieldValue<'_>, problems: &mut Vec<Problem>) -> bool {
    let found = match value {
        FieldValue::Absent => Some((
            ProblemCode::IdRequired,
            "is missing: give every event a unique text of 1 to 128 characters".to_owned(),
        )),
        FieldValue::Text(id) if id.is_empty() => Some((
            ProblemCode::IdRequired,
            "is empty: give every event a unique text of 1 to 128 characters".to_owned(),
        )),
        FieldValue::Text(id)
            if id.len() > limits::EVENT_ID_CHARS && id.chars().count() > limits::EVENT_ID_CHARS =>
        {
            Some((ProblemCode::IdTooLong, format!("has {} characters: use at most 128", id.chars().count())))
        }
        FieldValue::Text(id)
            if id.bytes().any(|byte| byte < 0x20 || byte >= 0x7f) && id.chars().any(char::is_control) =>
        {
            Some((ProblemCode::IdControlCharacter, "contains a control character: remove it".to_owned()))
        }
        FieldValue::Text(_) => None,
        other => {
            problems.push(other.wrong_type("event_id", "a text of 1 to 128 characters"));
            return false;
        }
    };
    let valid = found.is_none();
    problems.extend(found.map(|(code, message)| Problem::new("event_id", code, message)));
    valid
}

fn read_windows(fields: &EventFields<'_>, context: &DateContext<'_>, problems: &mut Vec<Problem>) -> Windows {
    let mut windows = Windows::NONE;
    let mut zone = EventZone { named: &fields.timezone, context, resolved: None };
    // A zone that nobody needs is checked all the same: it will be needed at the next edit.
    if !matches!(fields.timezone, FieldValue::Absent) {
        if let Err(problem) = zone.resolve("timezone") {
            problems.push(problem);
        }
    }
    let values = [
        &fields.registration_start_date,
        &fields.registration_end_date,
        &fields.start_datetime,
        &fields.end_datetime,
        &fields.certificate_start_date,
        &fields.certificate_end_date,
    ];
    for (field, value) in WindowField::ALL.into_iter().zip(values) {
        match read_date(value, field.name(), &mut zone) {
            Ok(instant) => windows.set(field, instant),
            Err(Some(problem)) => problems.push(problem),
            Err(None) => {}
        }
    }
    windows
}

/// The zone of an event's naive dates, looked up when the first of them needs it.
struct EventZone<'a, 'c> {
    named: &'a FieldValue<'a>,
    context: &'c DateContext<'c>,
    resolved: Option<Option<&'c Zone>>,
}

impl<'c> EventZone<'_, 'c> {
    /// Looks the zone up once. A zone that could not be read is reported once: later calls give `Ok(None)`.
    fn resolve(&mut self, field: &'static str) -> Result<Option<&'c Zone>, Problem> {
        if let Some(resolved) = self.resolved {
            return Ok(resolved);
        }
        self.resolved = Some(None);
        let name = match self.named.text("timezone", limits::SHORT_TEXT_BYTES)? {
            Some(name) => name,
            None => self.context.default_time_zone.ok_or_else(|| zone_required(field))?,
        };
        let zone = self.context.zones.zone(name).ok_or_else(|| zone_unknown(name, self.context.zones))?;
        self.resolved = Some(Some(zone));
        Ok(Some(zone))
    }
}

fn zone_required(field: &'static str) -> Problem {
    let message = "is a local time without any zone: give the event a timezone such as Europe/Berlin, or the date an offset such as Z or +02:00";
    Problem::new(field, ProblemCode::TimeZoneRequired, message)
}

/// The problem of a zone name that is not in the table.
pub(crate) fn zone_unknown(name: &str, zones: &dyn ZoneProvider) -> Problem {
    let message = match zones.suggest(name) {
        Some(nearest) => format!("{name} is not an IANA time zone: did you mean {nearest}?"),
        None => format!("{name} is not an IANA time zone: write one such as Europe/Berlin"),
    };
    Problem::new("timezone", ProblemCode::TimeZoneUnknown, message)
}

/// Reads one date. `Err(None)` means that its zone is at fault, which has been reported already.
fn read_date(
    value: &FieldValue<'_>,
    field: &'static str,
    zone: &mut EventZone<'_, '_>,
) -> Result<Option<Timestamp>, Option<Problem>> {
    match value {
        FieldValue::Absent => Ok(None),
        FieldValue::Text(text) => match parse_date(text) {
            Ok(ParsedDate::Instant(instant)) => Ok(Some(instant)),
            Ok(ParsedDate::Local(local)) => match zone.resolve_for(field)? {
                Some(found) => local_instant(found, local, field, zone.context.disambiguation).map(Some),
                None => Err(None),
            },
            Err(malformed) => {
                Err(Some(Problem::new(field, ProblemCode::DateMalformed, malformed.to_string())))
            }
        },
        FieldValue::Number(millis) | FieldValue::Date(millis) => {
            epoch_instant(*millis, matches!(value, FieldValue::Date(_)), field).map(Some).map_err(Some)
        }
        other => Err(Some(other.wrong_type(field, "a date such as 2026-05-01T09:00:00+02:00"))),
    }
}

impl<'c> EventZone<'_, 'c> {
    /// The zone for a naive date of `field`, where a missing one is that field's own problem.
    fn resolve_for(&mut self, field: &'static str) -> Result<Option<&'c Zone>, Option<Problem>> {
        let missing = matches!(self.named, FieldValue::Absent) && self.context.default_time_zone.is_none();
        if missing { Err(Some(zone_required(field))) } else { self.resolve(field).map_err(Some) }
    }
}

fn local_instant(
    zone: &Zone,
    local: CivilDateTime,
    field: &'static str,
    policy: Disambiguation,
) -> Result<Timestamp, Option<Problem>> {
    zone.resolve(local, policy).map_err(|error| {
        let (code, message) = match error {
            LocalTimeError::Nonexistent { .. } => (
                ProblemCode::DateNonexistent,
                "does not exist in its zone: the clocks are put forward over it; choose a time outside the gap, or write an offset",
            ),
            LocalTimeError::Ambiguous { .. } => (
                ProblemCode::DateAmbiguous,
                "occurs twice in its zone: the clocks are put back over it; write an offset to say which one is meant",
            ),
            LocalTimeError::OutOfRange => {
                (ProblemCode::DateOutOfRange, "lies outside the years 1 to 9999: write a date within them")
            }
        };
        Some(Problem::new(field, code, message))
    })
}

/// Below this many milliseconds, early in 1973, a number is far more likely to be seconds.
const SECONDS_SUSPICION: f64 = 1e11;

fn epoch_instant(millis: f64, from_date: bool, field: &'static str) -> Result<Timestamp, Problem> {
    if !millis.is_finite() {
        let message = "is not a valid instant: the Date or number is NaN or infinite";
        return Err(Problem::new(field, ProblemCode::DateOutOfRange, message));
    }
    if !from_date && millis.abs() < SECONDS_SUSPICION && millis != 0.0 {
        let message = format!(
            "{} looks like seconds: write epoch milliseconds, or a text such as 2026-05-01T09:00:00Z",
            millis as i64
        );
        return Err(Problem::new(field, ProblemCode::DateLooksLikeSeconds, message));
    }
    Timestamp::from_millis(millis.floor() as i64).ok_or_else(|| {
        let message = "lies outside the years 1 to 9999: write epoch milliseconds within them";
        Problem::new(field, ProblemCode::DateOutOfRange, message)
    })
}

/// Pairs of dates that contradict each other when the second comes before the first.
const ORDERED: [(WindowField, WindowField); 6] = [
    (WindowField::Start, WindowField::End),
    (WindowField::RegistrationStart, WindowField::RegistrationEnd),
    (WindowField::RegistrationStart, WindowField::End),
    (WindowField::RegistrationEnd, WindowField::End),
    (WindowField::Start, WindowField::CertificateStart),
    (WindowField::CertificateStart, WindowField::CertificateEnd),
];

fn check_order(windows: &Windows, problems: &mut Vec<Problem>) {
    let mut check = |first: WindowField, second: WindowField| {
        if let (Some(early), Some(late)) = (windows.get(first), windows.get(second)) {
            if late < early {
                // The field at fault is the one that a person would move: the end of a window, except that a registration
                // outside its event is the registration's fault.
                let registration_late =
                    matches!(first, WindowField::RegistrationStart | WindowField::RegistrationEnd)
                        && second == WindowField::End;
                let (field, message) = if registration_late {
                    (
                        first,
                        format!(
                            "{early} comes after end_datetime {late}: move it to the end of the event or before"
                        ),
                    )
                } else {
                    (
                        second,
                        format!("{late} comes before {} {early}: move it to then or later", first.name()),
                    )
                };
                problems.push(Problem::new(field.name(), ProblemCode::DateOrder, message));
            }
        }
    };
    for (first, second) in ORDERED {
        check(first, second);
    }
    if windows.get(WindowField::CertificateStart).is_none() {
        check(WindowField::End, WindowField::CertificateEnd);
    }
}

fn read_approval_status(fields: &EventFields<'_>, problems: &mut Vec<Problem>) -> ApprovalStatus {
    match fields.event_approval_status.text("event_approval_status", limits::SHORT_TEXT_BYTES) {
        Ok(Some("pending_approval")) => ApprovalStatus::PendingApproval,
        Ok(Some("approved")) => ApprovalStatus::Approved,
        Ok(Some("declined")) => ApprovalStatus::Declined,
        Ok(_) => ApprovalStatus::Unstated,
        Err(problem) => {
            problems.push(problem);
            ApprovalStatus::Unstated
        }
    }
}

fn read_lifecycle(fields: &EventFields<'_>, problems: &mut Vec<Problem>) -> Lifecycle {
    match fields.status.text("status", limits::SHORT_TEXT_BYTES) {
        Ok(Some("pending_approval")) => Lifecycle::PendingApproval,
        Ok(Some("declined")) => Lifecycle::Declined,
        Ok(Some("cancelled")) => Lifecycle::Cancelled,
        Ok(_) => Lifecycle::Computed,
        Err(problem) => {
            problems.push(problem);
            Lifecycle::Computed
        }
    }
}

fn read_bool(value: &FieldValue<'_>, field: &'static str, problems: &mut Vec<Problem>) -> bool {
    match value {
        FieldValue::Absent => false,
        FieldValue::Bool(value) => *value,
        other => {
            problems.push(other.wrong_type(field, "true or false"));
            false
        }
    }
}

fn read_revision(value: &FieldValue<'_>, problems: &mut Vec<Problem>) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    match value {
        FieldValue::Absent => None,
        FieldValue::Number(number) if number.fract() == 0.0 && (0.0..=LARGEST).contains(number) => {
            Some(*number as u64)
        }
        FieldValue::Number(_) => {
            let message = "is not a revision: write a whole number from 0 to 9007199254740991";
            problems.push(Problem::new("revision", ProblemCode::RevisionInvalid, message));
            None
        }
        other => {
            problems.push(other.wrong_type("revision", "a whole number"));
            None
        }
    }
}
