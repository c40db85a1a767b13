//! Understanding the fields of an event: ids, dates, zones, and what contradicts what.

use super::definition::{ApprovalStatus, DateContext, Lifecycle, WindowField, Windows};
use super::fields::{EventFields, FieldValue};
use crate::error::{Problem, ProblemCode};
use crate::limits;
use crate::time::{
    CivilDateTime, DateError, DateErrorKind, Disambiguation, LocalTimeError, ParsedDate, Timestamp, Zone,
    ZoneProvider, parse_date_bytes,
};

/// Checks an id on its own, as it is given to calls that address an event.
///
/// # Errors
/// `ID_REQUIRED`, `ID_TOO_LONG` or `ID_CONTROL_CHARACTER`.
pub(super) fn check_id(value: &FieldValue<'_>, problems: &mut Vec<Problem>) -> bool {
    let found = match value {
        FieldValue::Absent => Some((
            ProblemCode::IdRequired,
            "is missing: give every event a unique text of 1 to 128 characters".to_owned(),
        )),
        FieldValue::Text(id) if id.as_bytes().is_empty() => Some((
            ProblemCode::IdRequired,
            "is empty: give every event a unique text of 1 to 128 characters".to_owned(),
        )),
        FieldValue::Text(id)
            if id.as_bytes().len() > limits::EVENT_ID_CHARS
                && id.as_str().chars().count() > limits::EVENT_ID_CHARS =>
        {
            let characters = id.as_str().chars().count();
            Some((ProblemCode::IdTooLong, format!("has {characters} characters: use at most 128")))
        }
        FieldValue::Text(id)
            if !id.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte))
                && id.as_str().chars().any(char::is_control) =>
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

pub(super) fn read_windows(
    fields: &EventFields<'_>,
    context: &DateContext<'_>,
    problems: &mut Vec<Problem>,
) -> Windows {
    let mut windows = Windows::NONE;
    let mut zone = EventZone { named: &fields.timezone, context, resolved: None };
    // A zone that nobody needs is checked all the same: it will be needed at the next edit.
    if !matches!(fields.timezone, FieldValue::Absent)
        && let Err(problem) = zone.resolve("timezone")
    {
        problems.push(problem);
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
            Some(name) => std::str::from_utf8(name).unwrap_or_default(),
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
        FieldValue::Text(text) => match parse_date_bytes(text.as_bytes()) {
            Ok(ParsedDate::Instant(instant)) => Ok(Some(instant)),
            Ok(ParsedDate::Local(local)) => match zone.resolve_for(field)? {
                Some(found) => local_instant(found, local, field, zone.context.disambiguation).map(Some),
                None => Err(None),
            },
            Err(error) => Err(Some(Problem::new(field, date_code(&error), error.to_string()))),
        },
        FieldValue::Number(millis) | FieldValue::Date(millis) => {
            epoch_instant(*millis, matches!(value, FieldValue::Date(_)), field).map(Some).map_err(Some)
        }
        other => Err(Some(other.wrong_type(field, "a date such as 2026-05-01T09:00:00+02:00"))),
    }
}

fn date_code(error: &DateError) -> ProblemCode {
    match error.kind() {
        DateErrorKind::OutOfRange => ProblemCode::DateOutOfRange,
        DateErrorKind::Empty
        | DateErrorKind::Digits(_)
        | DateErrorKind::Value(..)
        | DateErrorKind::NoSuchDay { .. }
        | DateErrorKind::Separator(_)
        | DateErrorKind::FractionTooLong
        | DateErrorKind::Trailing
        | DateErrorKind::ZoneName => ProblemCode::DateMalformed,
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
        let code = match error {
            LocalTimeError::Nonexistent { .. } => ProblemCode::DateNonexistent,
            LocalTimeError::Ambiguous { .. } => ProblemCode::DateAmbiguous,
            LocalTimeError::OutOfRange => ProblemCode::DateOutOfRange,
        };
        Some(Problem::new(field, code, error.to_string()))
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

/// Dates that contradict each other when the second comes before the first, and the one of them that a person would move.
const ORDERED: [(WindowField, WindowField, WindowField); 6] = {
    use WindowField::{CertificateEnd, CertificateStart, End, RegistrationEnd, RegistrationStart, Start};
    [
        (Start, End, End),
        (RegistrationStart, RegistrationEnd, RegistrationEnd),
        (RegistrationStart, End, RegistrationStart),
        (RegistrationEnd, End, RegistrationEnd),
        (Start, CertificateStart, CertificateStart),
        (CertificateStart, CertificateEnd, CertificateEnd),
    ]
};

pub(super) fn check_order(windows: &Windows, problems: &mut Vec<Problem>) {
    for (first, second, at_fault) in ORDERED {
        if windows.contradict(first, second) {
            problems.push(disorder(windows, first, second, at_fault));
        }
    }
    // Where only the end of the certificates is given, they open when the event ends.
    let (end, lapse) = (WindowField::End, WindowField::CertificateEnd);
    if windows.get(WindowField::CertificateStart).is_none() && windows.contradict(end, lapse) {
        problems.push(disorder(windows, end, lapse, lapse));
    }
}

#[cold]
fn disorder(windows: &Windows, first: WindowField, second: WindowField, at_fault: WindowField) -> Problem {
    let text = |field| windows.get(field).map_or_else(String::new, |instant| instant.to_string());
    let (early, late) = (text(first), text(second));
    let message = if at_fault == second {
        format!("{late} comes before {} {early}: move it to then or later", first.name())
    } else {
        format!("{early} comes after {} {late}: move it to then or earlier", second.name())
    };
    Problem::new(at_fault.name(), ProblemCode::DateOrder, message)
}

pub(super) fn read_approval_status(fields: &EventFields<'_>, problems: &mut Vec<Problem>) -> ApprovalStatus {
    match fields.event_approval_status.text("event_approval_status", limits::SHORT_TEXT_BYTES) {
        Ok(Some(b"pending_approval")) => ApprovalStatus::PendingApproval,
        Ok(Some(b"approved")) => ApprovalStatus::Approved,
        Ok(Some(b"declined")) => ApprovalStatus::Declined,
        Ok(_) => ApprovalStatus::Unstated,
        Err(problem) => {
            problems.push(problem);
            ApprovalStatus::Unstated
        }
    }
}

pub(super) fn read_lifecycle(fields: &EventFields<'_>, problems: &mut Vec<Problem>) -> Lifecycle {
    match fields.status.text("status", limits::SHORT_TEXT_BYTES) {
        Ok(Some(b"pending_approval")) => Lifecycle::PendingApproval,
        Ok(Some(b"declined")) => Lifecycle::Declined,
        Ok(Some(b"cancelled")) => Lifecycle::Cancelled,
        Ok(_) => Lifecycle::Computed,
        Err(problem) => {
            problems.push(problem);
            Lifecycle::Computed
        }
    }
}

pub(super) fn read_bool(value: &FieldValue<'_>, field: &'static str, problems: &mut Vec<Problem>) -> bool {
    match value {
        FieldValue::Absent => false,
        FieldValue::Bool(value) => *value,
        other => {
            problems.push(other.wrong_type(field, "true or false"));
            false
        }
    }
}

pub(super) fn read_revision(value: &FieldValue<'_>, problems: &mut Vec<Problem>) -> Option<u64> {
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
