//! Bulk loads: however the bytes arrive, the result is that of the whole document.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use client_event_scheduler::{
    Config, DateContext, EventChange, EventDefinition, Input, InvalidInput, LoadOrigin, LoadReport, Now,
    Outcome, Payload, Phase, ProblemCode, SchedulerError, Source,
};
use proptest::prelude::*;
use support::{Bench, at, load, load_from, second};

const CONFERENCES: &[u8] = include_bytes!("../server/demo/conferences.json");

fn report(outcome: Outcome) -> LoadReport {
    match outcome {
        Outcome::Loaded(report) => report,
        other => panic!("{other:?}"),
    }
}

/// Loads a document in chunks of the given sizes, over and over.
fn load_in_chunks(bench: &mut Bench, document: &[u8], sizes: &[usize]) -> Result<LoadReport, SchedulerError> {
    let now = Now::exact(bench.now);
    bench.scheduler.handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd }, now)?;
    let mut rest = document;
    for &size in sizes.iter().cycle() {
        let (chunk, later) = rest.split_at(size.min(rest.len()));
        bench.scheduler.load_buffer(chunk.len())?.copy_from_slice(chunk);
        bench.scheduler.handle(Input::LoadCommit { bytes: chunk.len() }, now)?;
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    bench.scheduler.handle(Input::LoadFinish, now).map(report)
}

fn event(id: usize) -> String {
    let name = ["plain", "with \\\"quotes\\\"", "Zürich ⛰", "\\u00e9\\ud83d\\ude00", ""][id % 5];
    format!(
        r#"{{"event_id":"event-{id}","event_name":"{name}","tags":[1,{{"deep":[true,null,-1.5e3]}}],"start_datetime":"2026-05-{:02}T10:00:00Z","end_datetime":"2026-06-01T10:00:00+02:00","revision":{id}}}"#,
        id % 28 + 1
    )
}

#[test]
fn the_real_conferences_load_and_the_invalid_ones_say_why() {
    let mut bench = Bench::new(at("2025-06-01T00:00Z"));
    let report = report(load(&mut bench, CONFERENCES));
    let total = serde_json::from_slice::<Vec<serde_json::Value>>(CONFERENCES).expect("an array").len();
    assert_eq!(report.loaded + report.quarantined, total);
    assert!(report.loaded > 1500, "{report:?}");
    assert!(report.quarantined > 0, "{report:?}");
    let mut codes: Vec<ProblemCode> = bench
        .scheduler
        .quarantined()
        .flat_map(|(_, event)| event.problems.iter().map(|problem| problem.code))
        .collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes, [ProblemCode::TimeZoneUnknown]);
    assert!(bench.scheduler.next_trigger().is_some());
}

#[test]
fn every_event_comes_out_as_it_went_in() {
    let mut bench = Bench::new(second(0));
    load(&mut bench, CONFERENCES);
    for event in serde_json::from_slice::<Vec<serde_json::Value>>(CONFERENCES).expect("an array") {
        let id = event["event_id"].as_str().expect("an id");
        let kept = bench.scheduler.event_json(id).unwrap_or_else(|| panic!("{id} is kept"));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(kept).expect("JSON"), event);
    }
}

#[test]
fn a_load_equals_adding_one_by_one() {
    let (mut loaded, mut added) = (Bench::new(second(0)), Bench::new(second(0)));
    load(&mut loaded, CONFERENCES);
    for event in serde_json::from_slice::<Vec<serde_json::Value>>(CONFERENCES).expect("an array") {
        let json = event.to_string();
        if let Ok(definition) = EventDefinition::from_json(json.as_bytes(), &DateContext::default()) {
            let payload = Payload::Json(json.as_bytes());
            added.handle(Input::Upsert { definition, payload, source: Source::Feed });
        }
    }
    assert_eq!(loaded.scheduler.queue(usize::MAX), added.scheduler.queue(usize::MAX));
    assert_eq!(loaded.scheduler.checksum(), added.scheduler.checksum());
    assert_ne!(loaded.scheduler.checksum(), 0);
}

#[test]
fn an_envelope_gives_its_cursor() {
    let document = format!(
        r#"{{"success":true,"cursor":"e.17","server_time":{{"a":[1]}},"events":[{}],"total":1}}"#,
        event(1)
    );
    let mut bench = Bench::new(second(0));
    let report = report(load(&mut bench, document.as_bytes()));
    assert_eq!((report.loaded, report.cursor.as_deref()), (1, Some("e.17")));
}

#[test]
fn a_document_that_is_no_set_of_events_is_refused_and_nothing_has_changed() {
    for document in [
        "",
        " ",
        "null",
        "5",
        "\"x\"",
        "{}",
        r#"{"data":[]}"#,
        r#"{"events":{}}"#,
        "[",
        "[{}",
        "[{},]",
        "[{} {}]",
        "[] []",
        "[{\"a\":1,}]",
        r#"{"events":[]"#,
        "[{\"event_id\":\"a\"}]x",
    ] {
        let mut bench = Bench::new(second(0));
        bench.upsert(&event(1));
        let error = load_in_chunks(&mut bench, document.as_bytes(), &[3]).expect_err(document);
        let SchedulerError::InvalidInput(InvalidInput { problems, .. }) = error else {
            panic!("{document}: {error:?}")
        };
        assert_eq!(problems[0].code, ProblemCode::JsonSyntax, "{document}");
        assert_eq!(bench.scheduler.event_ids().collect::<Vec<_>>(), ["event-1"], "{document}");
        load(&mut bench, b"[]");
        assert_eq!(bench.scheduler.status().events_tracked, 0, "the next load works");
    }
}

#[test]
fn elements_that_are_no_events_are_quarantined_by_their_index() {
    let document = format!(
        r#"[1,"x",null,{{"event_name":"nameless"}},{},{{"event_id":"bad","start_datetime":"soon"}}]"#,
        event(2)
    );
    let mut bench = Bench::new(second(0));
    let report = report(load(&mut bench, document.as_bytes()));
    assert_eq!((report.loaded, report.quarantined), (1, 5));
    let quarantined: Vec<_> =
        bench.scheduler.quarantined().map(|(id, event)| (id.to_owned(), event.problems[0].code)).collect();
    assert_eq!(
        quarantined,
        [
            ("#0".to_owned(), ProblemCode::WrongType),
            ("#1".to_owned(), ProblemCode::WrongType),
            ("#2".to_owned(), ProblemCode::WrongType),
            ("#3".to_owned(), ProblemCode::IdRequired),
            ("bad".to_owned(), ProblemCode::DateMalformed),
        ]
    );
    assert_eq!(bench.scheduler.event_json("bad").map(|json| json.starts_with(b"{\"event_id\"")), Some(true));
    bench.upsert(
        r#"{"event_id":"bad","start_datetime":"2026-05-05T10:00Z","end_datetime":"2026-05-05T11:00Z"}"#,
    );
    assert_eq!(bench.scheduler.status().events_quarantined, 4, "a repaired event leaves quarantine");
}

#[test]
fn an_event_above_the_size_limit_is_quarantined_and_the_others_load() {
    let large = format!(r#"{{"event_id":"large","blob":"{}"}}"#, "x".repeat(70_000));
    let document = format!("[{},{large},{}]", event(1), event(2));
    for sizes in [&[1_000_000][..], &[999], &[65_536]] {
        let mut bench = Bench::new(second(0));
        let report = load_in_chunks(&mut bench, document.as_bytes(), sizes).expect("loads");
        assert_eq!((report.loaded, report.quarantined), (2, 1));
    }
}

#[test]
fn a_limit_that_is_exceeded_ends_the_load_and_nothing_has_changed() {
    let mut bench = Bench::with(Config { max_events: 2, ..Config::default() }, second(0));
    bench.upsert(&event(9));
    let document = format!("[{},{},{}]", event(1), event(2), event(3));
    let error = load_in_chunks(&mut bench, document.as_bytes(), &[64]).expect_err("over the limit");
    assert!(
        matches!(error, SchedulerError::LimitExceeded { limit: "max_events", maximum: 2, actual: 3 }),
        "{error:?}"
    );
    assert_eq!(bench.scheduler.event_ids().collect::<Vec<_>>(), ["event-9"]);
}

#[test]
fn nothing_is_seen_of_a_load_before_it_is_finished_or_after_it_was_given_up() {
    let mut bench = Bench::new(second(0));
    bench.handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd });
    let document = format!("[{}", event(1));
    bench.scheduler.load_buffer(document.len()).expect("room").copy_from_slice(document.as_bytes());
    bench.handle(Input::LoadCommit { bytes: document.len() });
    assert_eq!(bench.scheduler.status().events_tracked, 0);
    let again = bench
        .scheduler
        .handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd }, Now::exact(second(0)));
    assert_eq!(again.expect_err("under way").code(), "LOAD_IN_PROGRESS");
    bench.handle(Input::LoadAbort);
    assert_eq!(bench.scheduler.status().events_tracked, 0);
    let finish = bench.scheduler.handle(Input::LoadFinish, Now::exact(second(0)));
    assert_eq!(finish.expect_err("not under way").code(), "LOAD_NOT_STARTED");
}

#[test]
fn what_is_changed_while_a_document_is_on_its_way_survives_it() {
    let mut bench = Bench::new(at("2026-05-01T00:00Z"));
    load(&mut bench, format!("[{},{},{}]", event(1), event(2), event(3)).as_bytes());
    bench.handle(Input::LoadBegin { expected_bytes: 0, origin: LoadOrigin::BackEnd });
    bench.upsert(&event(1).replace("2026-05-02", "2026-05-20"));
    bench.upsert(&event(7));
    bench.remove("event-2");
    let document = format!("[{},{},{}]", event(1), event(2), event(3));
    bench.scheduler.load_buffer(document.len()).expect("room").copy_from_slice(document.as_bytes());
    bench.handle(Input::LoadCommit { bytes: document.len() });
    bench.handle(Input::LoadFinish);
    let mut ids: Vec<&str> = bench.scheduler.event_ids().collect();
    ids.sort_unstable();
    assert_eq!(ids, ["event-1", "event-3", "event-7"]);
    let queue = bench.scheduler.event_queue("event-1").expect("tracked");
    assert_eq!(queue[0].due_at, at("2026-05-20T10:00:00Z"));
}

#[test]
fn what_a_feed_still_sends_of_a_removed_event_is_old_after_a_load_beside_it_and_new_from_another_back_end() {
    let removed = |origin: LoadOrigin, document: &str| {
        let mut bench = Bench::new(at("2026-05-01T00:00Z"));
        load(&mut bench, format!("[{},{}]", event(1), event(3)).as_bytes());
        bench.event(Input::Remove { event_id: "event-3", revision: Some(4), source: Source::Feed });
        load_from(&mut bench, origin, document.as_bytes());
        bench
    };
    let without = format!("[{}]", event(1));
    let mut same = removed(LoadOrigin::SameFeed, &without);
    assert_eq!(same.upsert_from(&event(3), Source::Feed).change, EventChange::Stale);
    let mut cached = removed(LoadOrigin::Cache, &without);
    assert_eq!(cached.upsert_from(&event(3), Source::Feed).change, EventChange::Stale);
    let mut other = removed(LoadOrigin::BackEnd, &without);
    assert_eq!(other.upsert_from(&event(3), Source::Feed).change, EventChange::Added);

    // What the document has was not removed in the end, whatever its revision.
    let with = format!("[{},{}]", event(1), event(3).replace("\"revision\":3", "\"revision\":1"));
    let mut again = removed(LoadOrigin::SameFeed, &with);
    let newer = event(3).replace("\"revision\":3", "\"revision\":2");
    assert_eq!(again.upsert_from(&newer, Source::Feed).change, EventChange::Updated);
}

#[test]
fn a_second_load_reports_what_changed_and_fires_nothing_twice() {
    let mut bench = Bench::new(at("2026-05-01T00:00Z"));
    load(&mut bench, format!("[{},{}]", event(1), event(2)).as_bytes());
    bench.tick(at("2026-05-02T10:00Z"));
    assert_eq!(bench.fired().len(), 1);
    let moved = event(2).replace("2026-05-03", "2026-05-01").replace("\"revision\":2", "\"revision\":5");
    let report = report(load(&mut bench, format!("[{},{moved}]", event(1)).as_bytes()));
    assert_eq!((report.loaded, report.removed), (2, 0));
    bench.tick(at("2026-05-02T10:01Z"));
    assert_eq!(bench.fired().len(), 1);
    assert_eq!(bench.scheduler.phase("event-2"), Some(Phase::EventStarted));
    assert_eq!(
        bench.changes().last().map(String::as_str),
        Some("event-2: registration_not_required → event_started (edit)")
    );
}

#[test]
fn a_trigger_due_since_the_last_tick_is_not_lost_to_a_load() {
    let mut bench = Bench::new(at("2026-05-02T09:59:55Z"));
    load(&mut bench, format!("[{}]", event(1)).as_bytes());
    bench.tick(bench.now);
    bench.now = at("2026-05-02T10:00:02Z");
    load(&mut bench, format!("[{}]", event(1)).as_bytes());
    bench.tick(bench.now);
    assert_eq!(bench.fired(), ["event-1/event_start@2026-05-02T10:00:00.000Z"]);
    assert_eq!(bench.scheduler.phase("event-1"), Some(Phase::EventStarted));
}

#[test]
fn memory_of_a_load_is_given_back_when_its_events_go() {
    let mut bench = Bench::new(second(0));
    for _ in 0..3 {
        load(&mut bench, format!("[{},{}]", event(1), event(2)).as_bytes());
        bench.upsert(&event(1));
        bench.remove("event-2");
        assert_eq!(bench.scheduler.event_json("event-1"), Some(event(1).as_bytes()));
        assert_eq!(bench.scheduler.event_json("event-2"), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn however_the_bytes_arrive_the_result_is_the_same(
        events in 0_usize..40,
        sizes in prop::collection::vec(1_usize..700, 1..8),
        spaces in 0_usize..3,
    ) {
        let space = " \n".repeat(spaces);
        let list: Vec<String> = (0..events).map(event).collect();
        let document = format!("{space}[{space}{}{space}]{space}", list.join(&format!("{space},{space}")));
        let mut whole = Bench::new(second(0));
        load(&mut whole, document.as_bytes());
        let mut chunked = Bench::new(second(0));
        let report = load_in_chunks(&mut chunked, document.as_bytes(), &sizes).expect("loads");
        prop_assert_eq!(report.loaded, events);
        prop_assert_eq!(whole.scheduler.snapshot(), chunked.scheduler.snapshot());
    }

    #[test]
    fn damaged_documents_never_panic(
        cut in 0_usize..3000,
        damage in prop::collection::vec((0_usize..3000, any::<u8>()), 0..4),
        size in 1_usize..500,
    ) {
        let list: Vec<String> = (0..10).map(event).collect();
        let mut document = format!("[{}]", list.join(",")).into_bytes();
        for (position, byte) in damage {
            let position = position % document.len();
            document[position] = byte;
        }
        document.truncate(cut.max(1));
        let mut bench = Bench::new(second(0));
        let valid = serde_json::from_slice::<serde_json::Value>(&document).is_ok();
        let loaded = load_in_chunks(&mut bench, &document, &[size]);
        if valid {
            prop_assert!(loaded.is_ok(), "{}: {loaded:?}", String::from_utf8_lossy(&document));
        }
    }
}
