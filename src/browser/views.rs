//! What the façade shows to people: plain objects, made only when somebody asks.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::{LoadReport, MissedCounts, Pause, Quarantined, QueuedTrigger, Scheduler, Timestamp};

pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(JsValue::from)
}

pub(super) fn millis(at: Timestamp) -> f64 {
    at.as_millis() as f64
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawQueued {
    trigger_id: String,
    event_id: String,
    kind: &'static str,
    due_at: f64,
}

impl From<QueuedTrigger> for RawQueued {
    fn from(queued: QueuedTrigger) -> Self {
        Self {
            trigger_id: queued.trigger_id.as_str().to_owned(),
            event_id: queued.event_id,
            kind: queued.kind.as_str(),
            due_at: millis(queued.due_at),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawStatus {
    running: bool,
    triggers_queued: usize,
    events_tracked: usize,
    events_quarantined: usize,
    fired: f64,
    deliveries_waiting: usize,
    deliveries_in_flight: usize,
    dead_letters: usize,
    missed: RawMissed,
    paused: Option<RawPause>,
    acting: bool,
    next_trigger: Option<RawQueued>,
    watermark: Option<f64>,
    tick_ms: u32,
    max_downtime_hours: u32,
}

impl RawStatus {
    pub(super) fn new(core: &Scheduler, running: bool) -> Self {
        let status = core.status();
        Self {
            running,
            triggers_queued: status.triggers_queued,
            events_tracked: status.events_tracked,
            events_quarantined: status.events_quarantined,
            fired: status.fired as f64,
            deliveries_waiting: status.deliveries_waiting,
            deliveries_in_flight: status.deliveries_in_flight,
            dead_letters: status.dead_letters,
            missed: RawMissed::from(status.missed),
            paused: status.paused.map(RawPause::from),
            acting: status.acting,
            next_trigger: status.next_trigger.map(RawQueued::from),
            watermark: status.watermark.map(millis),
            tick_ms: core.config().tick_ms,
            max_downtime_hours: status.max_downtime_hours,
        }
    }
}

#[derive(Serialize)]
struct RawMissed {
    detected: f64,
    delivered: f64,
    failed: f64,
    expired: f64,
    superseded: f64,
    skipped: f64,
    withdrawn: f64,
    elsewhere: f64,
    waiting: f64,
}

impl From<MissedCounts> for RawMissed {
    fn from(missed: MissedCounts) -> Self {
        Self {
            detected: missed.detected as f64,
            delivered: missed.delivered as f64,
            failed: missed.failed as f64,
            expired: missed.expired as f64,
            superseded: missed.superseded as f64,
            skipped: missed.skipped as f64,
            withdrawn: missed.withdrawn as f64,
            elsewhere: missed.elsewhere as f64,
            waiting: missed.waiting() as f64,
        }
    }
}

#[derive(Serialize)]
struct RawPause {
    since: f64,
    reason: String,
}

impl From<Pause> for RawPause {
    fn from(pause: Pause) -> Self {
        Self { since: millis(pause.since), reason: pause.reason.as_ref().to_owned() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawLoadReport {
    loaded: usize,
    quarantined: usize,
    removed: usize,
    cursor: Option<String>,
}

impl From<LoadReport> for RawLoadReport {
    fn from(report: LoadReport) -> Self {
        let LoadReport { loaded, quarantined, removed, cursor } = report;
        Self { loaded, quarantined, removed, cursor }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawQuarantined {
    event_id: String,
    problems: Vec<RawProblem>,
}

#[derive(Serialize)]
struct RawProblem {
    field: &'static str,
    code: &'static str,
    message: String,
}

impl From<(&str, &Quarantined)> for RawQuarantined {
    fn from((event_id, quarantined): (&str, &Quarantined)) -> Self {
        let problem = |problem: &crate::Problem| RawProblem {
            field: problem.field,
            code: problem.code.as_str(),
            message: problem.message.clone(),
        };
        Self { event_id: event_id.to_owned(), problems: quarantined.problems.iter().map(problem).collect() }
    }
}
