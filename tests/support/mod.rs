//! What the tests of the core share.
#![allow(dead_code, reason = "every test file uses another part of it")]

use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler::{
    Config, DateContext, Delivery, EventDefinition, EventOutcome, Input, LoadOrigin, Now, Outcome, Output,
    Payload, Scheduler, Source, Timestamp,
};

/// The instant of a date text with offset.
pub(crate) fn at(text: &str) -> Timestamp {
    match parse_date(text) {
        Ok(ParsedDate::Instant(instant)) => instant,
        other => panic!("{text} is no instant: {other:?}"),
    }
}

/// An instant in whole seconds from an arbitrary beginning.
pub(crate) fn second(seconds: i64) -> Timestamp {
    Timestamp::from_millis_unchecked(1_780_000_000_000 + seconds * 1000)
}

/// A scheduler, its clock, and all that has come out of it.
pub(crate) struct Bench {
    pub(crate) scheduler: Scheduler,
    pub(crate) now: Timestamp,
    pub(crate) outputs: Vec<Output>,
}

impl Bench {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self::with(Config::default(), now)
    }

    pub(crate) fn with(config: Config, now: Timestamp) -> Self {
        Self { scheduler: Scheduler::new(config).expect("valid settings"), now, outputs: Vec::new() }
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) -> Outcome {
        let outcome = self.scheduler.handle(input, Now::exact(self.now)).expect("accepted");
        while let Some(output) = self.scheduler.poll_output() {
            self.outputs.push(output);
        }
        outcome
    }

    pub(crate) fn upsert(&mut self, json: &str) -> EventOutcome {
        self.upsert_from(json, Source::Local)
    }

    pub(crate) fn upsert_from(&mut self, json: &str, source: Source) -> EventOutcome {
        let definition =
            EventDefinition::from_json(json.as_bytes(), &DateContext::default()).expect("a valid event");
        match self.handle(Input::Upsert { definition, payload: Payload::Json(json.as_bytes()), source }) {
            Outcome::Event(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn event(&mut self, input: Input<'_>) -> EventOutcome {
        match self.handle(input) {
            Outcome::Event(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Deletes an event, as the application does it.
    pub(crate) fn remove(&mut self, event_id: &str) -> EventOutcome {
        self.event(Input::Remove { event_id, revision: None, source: Source::Local })
    }

    /// Moves the clock and ticks.
    pub(crate) fn tick(&mut self, now: Timestamp) -> usize {
        self.now = now;
        match self.handle(Input::Tick) {
            Outcome::Ticked { fired } => fired,
            other => panic!("{other:?}"),
        }
    }

    /// Ids of the triggers that have fired, in order.
    pub(crate) fn fired(&self) -> Vec<String> {
        self.deliveries().map(|delivery| delivery.trigger_id().to_string()).collect()
    }

    /// What was handed out, in order.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.outputs.iter().filter_map(|output| match output {
            Output::Fired(delivery) => Some(delivery),
            Output::StatusChanged(_) | Output::Undelivered(_) => None,
        })
    }

    /// What has fired and will not be delivered, as `trigger id: fate`.
    pub(crate) fn undelivered(&self) -> Vec<String> {
        self.outputs
            .iter()
            .filter_map(|output| match output {
                Output::Undelivered(missed) => {
                    Some(format!("{}: {}", missed.trigger_id(), missed.fate.as_str()))
                }
                Output::StatusChanged(_) | Output::Fired(_) => None,
            })
            .collect()
    }

    /// Status changes so far as `event: sub_status → sub_status`.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.outputs
            .iter()
            .filter_map(|output| match output {
                Output::StatusChanged(change) => {
                    let (from, to) = (change.from.sub_status(), change.to.sub_status());
                    Some(format!("{}: {from} → {to} ({})", change.event_id, change.cause.as_str()))
                }
                Output::Fired(_) | Output::Undelivered(_) => None,
            })
            .collect()
    }

    /// The kinds that wait for one event.
    pub(crate) fn waiting(&self, event_id: &str) -> Vec<&'static str> {
        let queue = self.scheduler.event_queue(event_id).unwrap_or_default();
        queue.iter().map(|queued| queued.kind.as_str()).collect()
    }
}

/// Loads a document of the back end in one piece.
pub(crate) fn load(bench: &mut Bench, document: &[u8]) -> Outcome {
    load_from(bench, LoadOrigin::BackEnd, document)
}

/// Loads a document in one piece.
pub(crate) fn load_from(bench: &mut Bench, origin: LoadOrigin, document: &[u8]) -> Outcome {
    bench.handle(Input::LoadBegin { expected_bytes: document.len(), origin });
    bench.scheduler.load_buffer(document.len()).expect("under way").copy_from_slice(document);
    bench.handle(Input::LoadCommit { bytes: document.len() });
    bench.handle(Input::LoadFinish)
}
