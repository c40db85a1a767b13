//! Whole states: loaded from a document, written down, and read again.

use std::time::Duration;

use client_event_scheduler::{Config, Input, LoadOrigin, Now, Outcome, Scheduler, Timestamp};

use crate::curve::{Curve, timed};
use crate::data::{BEGIN_MS, Lcg, event_json};

/// Bytes of a chunk, as they come from a network.
const CHUNK: usize = 64 * 1024;

pub(crate) fn measure(curve: &mut Curve, events: usize) {
    let document = document(events);
    curve.measure("bulk load", events, |times| each(times, || load(&document, events)));
    if events == 10_000 {
        let scheduler = load(&document, events);
        let bytes = scheduler.snapshot();
        curve.measure("snapshot", events, |times| each(times, || scheduler.snapshot()));
        curve.measure("restore", events, |times| each(times, || restore(&bytes, events)));
    }
}

/// Adds up how long `work` takes, without what it takes to drop its results.
fn each<T>(times: u64, work: impl Fn() -> T) -> Duration {
    (0..times).map(|_| timed(&work)).sum()
}

fn document(events: usize) -> Vec<u8> {
    let mut random = Lcg(2);
    let texts: Vec<String> = (0..events).map(|number| event_json(number, &mut random)).collect();
    format!(r#"{{"events":[{}],"cursor":"1.{events}"}}"#, texts.join(",")).into_bytes()
}

fn load(document: &[u8], events: usize) -> Scheduler {
    let now = Now::exact(Timestamp::from_millis_unchecked(BEGIN_MS));
    let mut scheduler = Scheduler::new(Config::default()).expect("valid settings");
    let begin = Input::LoadBegin { expected_bytes: document.len(), origin: LoadOrigin::BackEnd };
    scheduler.handle(begin, now).expect("none is under way");
    for chunk in document.chunks(CHUNK) {
        scheduler.load_buffer(chunk.len()).expect("under way").copy_from_slice(chunk);
        scheduler.handle(Input::LoadCommit { bytes: chunk.len() }, now).expect("a valid document");
    }
    match scheduler.handle(Input::LoadFinish, now) {
        Ok(Outcome::Loaded(report)) => assert_eq!((report.loaded, report.quarantined), (events, 0)),
        other => panic!("{other:?}"),
    }
    scheduler
}

fn restore(bytes: &[u8], events: usize) -> Scheduler {
    let restored = Scheduler::restore(bytes, Config::default()).expect("its own snapshot");
    let scheduler = restored.expect("valid settings");
    assert_eq!(scheduler.status().events_tracked, events);
    scheduler
}
