//! Any bytes as one event.

use client_event_scheduler::{
    Config, DateContext, EventDefinition, Input, LoadOrigin, LoadReport, Now, Outcome, Scheduler,
    SchedulerError, Timestamp, TriggerKind, due_times, limits, status_at,
};

/// Reading an event never panics, and a bulk load understands it in just the same way, however it is cut into chunks.
pub(crate) fn event_json(bytes: &[u8]) {
    let context = DateContext::default();
    let read = EventDefinition::from_json(bytes, &context);
    match &read {
        Ok(event) => {
            assert!((1..=limits::EVENT_ID_CHARS).contains(&event.event_id.chars().count()));
            let due = due_times(event);
            for at in TriggerKind::ALL.into_iter().filter_map(|kind| due.get(kind)) {
                status_at(event, at);
            }
            assert!(
                status_at(event, Timestamp::MIN) <= status_at(event, Timestamp::MAX)
                    || event.approval.gate().is_some()
            );
        }
        Err(invalid) => {
            assert!(!invalid.problems.is_empty());
            assert!(invalid.problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
    if bytes.len() > limits::LOAD_ITEM_BYTES {
        return;
    }
    let whole = loaded(bytes, usize::MAX);
    for chunk in [1, 7, 64] {
        assert_eq!(loaded(bytes, chunk), whole, "chunks of {chunk}");
    }
    if let Ok(event) = read {
        let (report, phase) = whole.expect("one event is a document of one event");
        assert_eq!((report.loaded, report.quarantined), (1, 0));
        assert_eq!(phase, Some(status_at(&event, at(0).wall)));
    }
}

/// What a load of the event alone brings; the error's message where there is one.
fn loaded(event: &[u8], chunk: usize) -> Result<(LoadReport, Option<client_event_scheduler::Phase>), String> {
    let mut scheduler = Scheduler::new(Config::default()).expect("valid settings");
    let mut take = |input| scheduler.handle(input, at(0)).map_err(|error: SchedulerError| error.to_string());
    take(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd })?;
    let document = [b"[", event, b"]"].concat();
    for part in document.chunks(chunk.min(document.len())) {
        scheduler.load_buffer(part.len()).expect("under way").copy_from_slice(part);
        scheduler
            .handle(Input::LoadCommit { bytes: part.len() }, at(0))
            .map_err(|error| error.to_string())?;
    }
    match scheduler.handle(Input::LoadFinish, at(0)).map_err(|error| error.to_string())? {
        Outcome::Loaded(report) => {
            let phase = scheduler.phases().next();
            Ok((report, phase))
        }
        other => panic!("a finished load is loaded, not {other:?}"),
    }
}

fn at(millis: i64) -> Now {
    Now::exact(Timestamp::from_millis(1_780_000_000_000 + millis).expect("an instant"))
}
