//! Values that cross the JavaScript boundary.

use std::borrow::Cow;

use wasm_bindgen::JsValue;

use super::plain::Plain;
use super::views;

use crate::sync::NearPolling;
use crate::{
    Config, Disambiguation, EventFields, EventOutcome, FieldValue, InvalidInput, MissedPolicy, Output,
    Precision, Problem, ProblemCode, SchedulerError, TriggerKind,
};

/// Reads settings, each as its name, `=`, its value as JavaScript writes it, and NUL; their ranges are checked by the core. See
/// [`Config`].
pub(super) fn read_config(settings: &str) -> Result<Config, JsValue> {
    let mut config = Config::default();
    for setting in settings.split_terminator('\0') {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        read_setting(&mut config, name, value)?;
    }
    Ok(config)
}

fn read_setting(config: &mut Config, name: &str, value: &str) -> Result<(), JsValue> {
    let Config { tick_ms, backdate_grace_ms, max_events, recovery, retry, polling, .. } = config;
    let numbers = [
        ("tick_ms", tick_ms),
        ("backdate_grace_ms", backdate_grace_ms),
        ("max_events", max_events),
        ("max_downtime_hours", &mut recovery.max_downtime_hours),
        ("recovery_delay_ms", &mut recovery.delay_ms),
        ("max_attempts", &mut retry.max_attempts),
        ("retry_base_ms", &mut retry.base_ms),
        ("retry_max_ms", &mut retry.max_ms),
        ("answer_timeout_ms", &mut retry.answer_timeout_ms),
        ("polling_idle_ms", &mut polling.idle_ms),
        ("polling_after_start_ms", &mut polling.after_start_ms),
    ];
    if let Some((field, number)) = numbers.into_iter().find(|(field, _)| *field == name) {
        *number = value.parse().map_err(|_| bad_setting(field, "a whole number that is not negative"))?;
        return Ok(());
    }
    match (name, value) {
        ("default_time_zone", zone) => config.default_time_zone = Some(zone.to_owned()),
        ("disambiguation", "compatible") => config.disambiguation = Disambiguation::Compatible,
        ("disambiguation", "earlier") => config.disambiguation = Disambiguation::Earlier,
        ("disambiguation", "later") => config.disambiguation = Disambiguation::Later,
        ("disambiguation", "reject") => config.disambiguation = Disambiguation::Reject,
        ("disambiguation", _) => {
            return Err(bad_setting("disambiguation", "compatible, earlier, later or reject"));
        }
        ("precision", "exact") => config.precision = Precision::Exact,
        ("precision", "tick") => config.precision = Precision::Tick,
        ("precision", _) => return Err(bad_setting("precision", "exact or tick")),
        ("polling_near", rows) => {
            config.polling.near = read_rows(rows)
                .ok_or_else(|| bad_setting("polling_near", "rows of whole numbers that are not negative"))?;
        }
        _ => return read_missed_policy(&mut config.recovery.missed, name, value),
    }
    Ok(())
}

/// Rows `within:every` of milliseconds, each ended by a comma.
fn read_rows(rows: &str) -> Option<Vec<NearPolling>> {
    let row = |row: &str| {
        let (within, every) = row.split_once(':')?;
        Some(NearPolling { within_ms: within.parse().ok()?, every_ms: every.parse().ok()? })
    };
    rows.split_terminator(',').map(row).collect()
}

/// One policy for every kind, as `missed_policy`, or for one, as `missed_policy.event_end` and the like.
fn read_missed_policy(
    policies: &mut [MissedPolicy; TriggerKind::ALL.len()],
    name: &str,
    value: &str,
) -> Result<(), JsValue> {
    let Some(kind) = name.strip_prefix("missed_policy") else {
        let message = format!("there is no setting {name}: see SchedulerOptions for those there are");
        let problem = Problem::new("", ProblemCode::SettingInvalid, message);
        return Err(raw_error(&InvalidInput::single(None, problem).into()));
    };
    let wrong =
        || bad_setting("missed_policy", "all, latest or skip, or an object of that for kinds of trigger");
    let policy = MissedPolicy::from_name(value).ok_or_else(wrong)?;
    match kind.strip_prefix('.') {
        None => *policies = [policy; TriggerKind::ALL.len()],
        Some(name) => {
            let kind = TriggerKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(wrong)?;
            policies[kind as usize] = policy;
        }
    }
    Ok(())
}

fn bad_setting(field: &'static str, wanted: &str) -> JsValue {
    let problem = Problem::new(
        field,
        ProblemCode::SettingInvalid,
        format!("is not a value of this setting: write {wanted}"),
    );
    raw_error(&InvalidInput::single(None, problem).into())
}

/// Reads fields that stand one after another as a tag, a value and NUL, in the order of [`EventFields::NAMES`].
pub(super) fn field_texts(bytes: &[u8]) -> Result<EventFields<'_>, InvalidInput> {
    let text = std::str::from_utf8(bytes).map_err(|_| unframed())?;
    let mut rest = text;
    let mut fields = EventFields::default();
    for value in fields.values_mut() {
        let end = rest.as_bytes().iter().position(|&byte| byte == 0).ok_or_else(unframed)?;
        // Cut where a NUL stands, which is a boundary.
        *value = field_value(rest.get(..end).unwrap_or_default())?;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    if rest.is_empty() { Ok(fields) } else { Err(unframed()) }
}

fn field_value(text: &str) -> Result<FieldValue<'_>, InvalidInput> {
    let value = text.get(1..).unwrap_or_default();
    Ok(match text.as_bytes().first() {
        Some(b'-' | b'0') => FieldValue::Absent,
        Some(b's') => FieldValue::Text(value.into()),
        Some(b'n') => FieldValue::Number(FieldValue::number(value)),
        Some(b'd') => FieldValue::Date(FieldValue::number(value)),
        Some(b'b') => FieldValue::Bool(value == "1"),
        Some(b'x') => FieldValue::Other(Cow::Borrowed(value)),
        _ => return Err(unframed()),
    })
}

fn unframed() -> InvalidInput {
    let message = "has a NUL character: remove it from the event's texts";
    InvalidInput::single(None, Problem::new("", ProblemCode::JsonSyntax, message))
}

/// An error as the plain object that the façade turns into one of its classes.
pub(super) fn raw_error(error: &SchedulerError) -> JsValue {
    Plain::object(|plain| {
        plain.text("code", error.code());
        plain.text("message", &error.to_string());
        let kind = match error {
            SchedulerError::InvalidInput(invalid) => {
                plain.text_or_null("event_id", invalid.event_id.as_deref());
                views::problems(plain, &invalid.problems);
                "InvalidInput"
            }
            SchedulerError::ApiMisuse(_) => "ApiMisuse",
            SchedulerError::Snapshot(_) => "Snapshot",
            SchedulerError::LimitExceeded { limit, maximum, actual } => {
                plain.text("name", limit);
                plain.number("limit", *maximum as f64);
                plain.number("actual", *actual as f64);
                "LimitExceeded"
            }
        };
        plain.text("kind", kind);
    })
}

/// Stands for "no phase" in a packed outcome.
const NO_PHASE: u32 = 63;

/// What a mutation did, in one number: bits 0–3 the change, 8–13 the phase before, 16–21 the phase after, 24 whether outputs
/// wait.
pub(super) fn packed(outcome: &EventOutcome, has_output: bool) -> u32 {
    let phase = |phase: Option<crate::Phase>| phase.map_or(NO_PHASE, |phase| phase as u32);
    outcome.change as u32
        | phase(outcome.before) << 8
        | phase(outcome.after) << 16
        | u32::from(has_output) << 24
}

/// Numbers of one output record.
const RECORD: usize = 12;

/// One output as numbers: type (0 a change of status, 1 a delivery, 2 what will not be delivered), kind, phase from, phase to,
/// scheduled at, fired at, cause (of type 2 the fate), superseded, revision, sequence, attempt, lateness.
pub(super) fn record(output: &Output) -> [f64; RECORD] {
    match output {
        Output::StatusChanged(change) => {
            let at = change.at.as_millis() as f64;
            let (from, to) = (f64::from(change.from as u8), f64::from(change.to as u8));
            [0.0, -1.0, from, to, at, at, f64::from(change.cause as u8), 0.0, f64::NAN, 0.0, 0.0, 0.0]
        }
        Output::Fired(delivery) => [
            1.0,
            f64::from(delivery.kind as u8),
            f64::from(delivery.before as u8),
            f64::from(delivery.after as u8),
            delivery.scheduled_at.as_millis() as f64,
            delivery.fired_at.as_millis() as f64,
            f64::from(delivery.cause as u8),
            f64::from(u8::from(delivery.superseded)),
            delivery.revision.map_or(f64::NAN, |revision| revision as f64),
            delivery.sequence as f64,
            f64::from(delivery.attempt),
            delivery.lateness_ms as f64,
        ],
        Output::Undelivered(missed) => [
            2.0,
            f64::from(missed.kind as u8),
            f64::from(missed.before as u8),
            f64::from(missed.after as u8),
            missed.scheduled_at.as_millis() as f64,
            missed.at.as_millis() as f64,
            f64::from(missed.fate as u8),
            0.0,
            missed.revision.map_or(f64::NAN, |revision| revision as f64),
            0.0,
            f64::from(missed.attempts),
            0.0,
        ],
    }
}
