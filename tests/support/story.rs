//! Short words for tests that tell a story: seconds for instants, one line for a delivery.
#![allow(dead_code, reason = "every test file uses another part of it")]

use client_event_scheduler::{
    Config, Delivery, DeliveryOutcome, Input, KindSet, Outcome, Output, RecoveryPolicy, RetryPolicy,
    Scheduler, Source, Timestamp, TriggerKind,
};

use crate::support::{Bench, second};

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;

/// An event that starts and ends at these seconds.
pub(crate) fn event(id: &str, start: i64, end: i64) -> String {
    let (start, end) = (second(start), second(end));
    format!(r#"{{"event_id":"{id}","start_datetime":"{start}","end_datetime":"{end}"}}"#)
}

/// The same with a revision.
pub(crate) fn revised(id: &str, start: i64, end: i64, revision: u64) -> String {
    event(id, start, end).replacen('{', &format!(r#"{{"revision":{revision},"#), 1)
}

/// The id of a trigger.
pub(crate) fn id(event_id: &str, kind: &str, due: i64) -> String {
    format!("{event_id}/{kind}@{}", second(due))
}

/// Handlers for everything, no pause between two recovered deliveries, retries after at most ten seconds.
pub(crate) fn handled() -> Config {
    Config {
        handled: KindSet::ALL,
        recovery: RecoveryPolicy { delay_ms: 0, ..RecoveryPolicy::default() },
        retry: RetryPolicy { base_ms: 10_000, ..RetryPolicy::default() },
        ..Config::default()
    }
}

/// A scheduler that has ticked once.
pub(crate) fn bench(config: Config, now: i64) -> Bench {
    let mut bench = Bench::with(config, second(now));
    bench.tick(second(now));
    bench
}

/// A delivery in a line.
fn line(delivery: &Delivery) -> String {
    let due = short(&delivery.event_id, delivery.kind, delivery.scheduled_at);
    let superseded = if delivery.superseded { " superseded" } else { "" };
    let attempt = if delivery.attempt > 1 { format!(" again: {}", delivery.attempt) } else { String::new() };
    format!("{due} {}{superseded}{attempt}", delivery.cause.as_str())
}

fn short(event_id: &str, kind: TriggerKind, due: Timestamp) -> String {
    format!("{event_id}/{}@{}", kind.as_str(), due.millis_since(second(0)) / 1000)
}

impl Bench {
    /// Ticks at this second; what was handed out, and what became of what was not, a line each.
    pub(crate) fn at(&mut self, now: i64) -> Vec<String> {
        self.outputs.clear();
        self.tick(second(now));
        self.said()
    }

    /// Feeds an input at this second; what it did to a delivery.
    pub(crate) fn answer(&mut self, now: i64, input: Input<'_>) -> DeliveryOutcome {
        self.now = second(now);
        match self.handle(input) {
            Outcome::Delivery(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn acknowledge(&mut self, now: i64, trigger_id: &str) -> DeliveryOutcome {
        self.answer(now, Input::Acknowledge { trigger_id })
    }

    pub(crate) fn fail(&mut self, now: i64, trigger_id: &str, attempt: u32) -> DeliveryOutcome {
        self.answer(now, Input::Fail { trigger_id, attempt, reason: "refused", random: 0.5 })
    }

    /// What was said since outputs were last cleared.
    pub(crate) fn said(&self) -> Vec<String> {
        let lines = self.outputs.iter().filter_map(|output| match output {
            Output::Fired(delivery) => Some(line(delivery)),
            Output::Undelivered(missed) => {
                let due = short(&missed.event_id, missed.kind, missed.scheduled_at);
                Some(format!("{due}: {}", missed.fate.as_str()))
            }
            Output::StatusChanged(_) => None,
        });
        lines.collect()
    }

    /// The host goes down and comes back with what was written.
    pub(crate) fn restart(&mut self) {
        let snapshot = self.scheduler.snapshot();
        let config = self.scheduler.config().clone();
        self.scheduler = Scheduler::restore(&snapshot, config).expect("its own").expect("valid settings");
        self.outputs.clear();
    }

    /// Makes an event known at this second.
    pub(crate) fn learn(&mut self, now: i64, json: &str, source: Source) {
        self.now = second(now);
        self.upsert_from(json, source);
    }

    /// Missed triggers as `detected = delivered + failed + expired + superseded + skipped + withdrawn + elsewhere + waiting`.
    pub(crate) fn missed(&self) -> [u64; 9] {
        let missed = self.scheduler.status().missed;
        [
            missed.detected,
            missed.delivered,
            missed.failed,
            missed.expired,
            missed.superseded,
            missed.skipped,
            missed.withdrawn,
            missed.elsewhere,
            missed.waiting(),
        ]
    }
}
