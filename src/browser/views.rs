//! What the façade shows to people: plain objects, made only when somebody asks.

use wasm_bindgen::JsValue;

use super::plain::{Plain, millis, or_null};
use crate::{LoadReport, Problem, Quarantined, QueuedTrigger, Scheduler};

pub(super) fn queued(plain: &mut Plain, queued: &QueuedTrigger) {
    plain.text("triggerId", queued.trigger_id.as_str());
    plain.text("eventId", &queued.event_id);
    plain.text("kind", queued.kind.as_str());
    plain.instant("dueAt", queued.due_at);
}

pub(super) fn status(core: &Scheduler, running: bool) -> JsValue {
    let status = core.status();
    Plain::object(|plain| {
        plain.flag("running", running);
        plain.flag("acting", status.acting);
        let missed = &status.missed;
        plain.open("missed", '{');
        for (name, count) in [
            ("detected", missed.detected),
            ("delivered", missed.delivered),
            ("failed", missed.failed),
            ("expired", missed.expired),
            ("superseded", missed.superseded),
            ("skipped", missed.skipped),
            ("withdrawn", missed.withdrawn),
            ("elsewhere", missed.elsewhere),
            ("waiting", missed.waiting()),
        ] {
            plain.number(name, count as f64);
        }
        plain.close('}');
        for (name, count) in [
            ("triggersQueued", status.triggers_queued),
            ("eventsTracked", status.events_tracked),
            ("eventsQuarantined", status.events_quarantined),
            ("deliveriesWaiting", status.deliveries_waiting),
            ("deliveriesInFlight", status.deliveries_in_flight),
            ("deadLetters", status.dead_letters),
            ("tickMs", core.config().tick_ms as usize),
            ("maxDowntimeHours", status.max_downtime_hours as usize),
        ] {
            plain.number(name, count as f64);
        }
        plain.number("fired", status.fired as f64);
        plain.number("watermark", or_null(status.watermark.map(millis)));
        plain.object_or_null("paused", status.paused, |plain, pause| {
            plain.instant("since", pause.since);
            plain.text("reason", &pause.reason);
        });
        plain.object_or_null("nextTrigger", status.next_trigger, |plain, next| queued(plain, &next));
    })
}

pub(super) fn load_report(report: &LoadReport) -> JsValue {
    Plain::object(|plain| {
        plain.number("loaded", report.loaded as f64);
        plain.number("quarantined", report.quarantined as f64);
        plain.number("removed", report.removed as f64);
        plain.text_or_null("cursor", report.cursor.as_deref());
    })
}

pub(super) fn quarantined(plain: &mut Plain, (event_id, quarantined): (&str, &Quarantined)) {
    plain.text("eventId", event_id);
    problems(plain, &quarantined.problems);
}

pub(super) fn problems(plain: &mut Plain, problems: &[Problem]) {
    plain.objects("problems", problems.iter(), |plain, problem| {
        plain.text("field", problem.field);
        plain.text("code", problem.code.as_str());
        plain.text("message", &problem.message);
    });
}
