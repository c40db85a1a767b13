//! Snapshots: a restored scheduler goes on where the other was; damaged ones are typed errors.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use client_event_scheduler::{Config, Input, KindSet, RetryPolicy, Scheduler, SnapshotError};
use proptest::prelude::*;
use support::{Bench, at, load};

const CONFERENCES: &[u8] = include_bytes!("../server/demo/conferences.json");

/// The state after a day with the real conferences, some of them edited.
fn lived_in() -> Bench {
    let mut bench = Bench::new(at("2025-06-01T00:00Z"));
    load(&mut bench, CONFERENCES);
    bench.tick(at("2025-06-01T00:00Z"));
    bench.upsert(r#"{"event_id":"a","start_datetime":"2025-06-02T10:00Z","end_datetime":"2025-06-02T11:00Z","revision":3}"#);
    bench.upsert(
        r#"{"event_id":"b","event_approval_status":"pending_approval","start_datetime":"2025-06-02T10:00Z"}"#,
    );
    bench.upsert(r#"{"event_id":"c","status":"cancelled","approval_required":true,"end_datetime":"2025-06-02T10:00Z"}"#);
    bench.handle(Input::Approve { event_id: "b" });
    bench.tick(at("2025-06-02T10:30Z"));
    bench
}

fn restored(bytes: &[u8]) -> Scheduler {
    Scheduler::restore(bytes, Config::default()).expect("readable").expect("valid settings")
}

#[test]
fn a_restored_scheduler_goes_on_exactly_where_the_other_was() {
    let mut bench = lived_in();
    assert!(!bench.fired().is_empty());
    let bytes = bench.scheduler.snapshot();
    let mut copy = Bench { scheduler: restored(&bytes), now: bench.now, outputs: Vec::new() };
    assert_eq!(copy.scheduler.snapshot(), bytes);
    assert_eq!(copy.scheduler.queue(usize::MAX), bench.scheduler.queue(usize::MAX));
    assert_eq!(copy.scheduler.status(), bench.scheduler.status());
    assert_eq!(copy.scheduler.checksum(), bench.scheduler.checksum());
    bench.outputs.clear();
    for day in ["2025-06-03T00:00Z", "2025-09-01T00:00Z", "2027-01-01T00:00Z"] {
        assert_eq!(copy.tick(at(day)), bench.tick(at(day)), "{day}");
    }
    assert!(copy.outputs == bench.outputs);
    assert!(!copy.outputs.is_empty());
}

#[test]
fn quarantined_events_keep_their_text_and_their_problems() {
    let bench = lived_in();
    let copy = restored(&bench.scheduler.snapshot());
    assert!(copy.quarantined().count() > 0);
    assert_eq!(copy.quarantined().collect::<Vec<_>>(), bench.scheduler.quarantined().collect::<Vec<_>>());
}

/// Version 1 as the first release wrote it, so that no later one forgets how to read it.
#[test]
fn version_1_can_be_read() {
    let copy = restored(include_bytes!("fixtures/snapshots/version-1.bin"));
    let queue: Vec<String> = copy.queue(9).iter().map(|queued| queued.trigger_id.to_string()).collect();
    assert_eq!(queue, ["a/event_end@2025-06-02T11:00:00.000Z"]);
    assert_eq!(copy.phase("b").map(|phase| phase.sub_status()), Some("pending_approval"));
    assert_eq!(copy.status().fired, 1);
    assert_eq!(
        copy.quarantined().map(|(id, event)| (id, event.problems.len())).collect::<Vec<_>>(),
        [("q", 1)]
    );
}

/// Version 2 added what became of occurrences, outstanding deliveries, tombstones and the pause.
#[test]
fn version_2_can_be_read() {
    let copy = restored(include_bytes!("fixtures/snapshots/version-2.bin"));
    let queue: Vec<String> = copy.queue(9).iter().map(|queued| queued.trigger_id.to_string()).collect();
    assert_eq!(queue, ["a", "b", "c"].map(|id| format!("{id}/event_end@2025-06-02T11:00:00.000Z")));
    let status = copy.status();
    assert_eq!((status.fired, status.deliveries_waiting, status.deliveries_in_flight), (2, 1, 1));
    assert_eq!((status.missed.detected, status.missed.waiting(), status.dead_letters), (3, 2, 1));
    assert_eq!(status.paused.map(|pause| pause.reason.to_string()).as_deref(), Some("inventory"));
    let dead: Vec<_> =
        copy.dead_letters().map(|letter| (letter.trigger_id().to_string(), letter.reason)).collect();
    assert_eq!(dead, [("a/event_start@2025-06-02T10:00:00.000Z".to_owned(), "no room".into())]);
    assert_eq!(copy.quarantined().map(|(id, _)| id).collect::<Vec<_>>(), ["q"]);
}

/// Writes the fixture of the version above, when that is wanted: `WRITE_SNAPSHOT_FIXTURE=1 cargo test --test snapshot`.
#[test]
fn the_fixture_of_the_newest_version_is_what_this_code_writes() {
    let retry = RetryPolicy { max_attempts: 2, ..RetryPolicy::default() };
    let config = Config { handled: KindSet::ALL, retry, ..Config::default() };
    let mut bench = Bench::with(config, at("2025-06-02T09:00Z"));
    load(&mut bench, br#"[{"event_id":"q","start_datetime":"soon"}]"#);
    for (id, start) in [("a", "10:00"), ("b", "10:10"), ("c", "10:20"), ("gone", "10:30")] {
        bench.upsert(&format!(
            r#"{{"event_id":"{id}","start_datetime":"2025-06-02T{start}Z","end_datetime":"2025-06-02T11:00Z","revision":3}}"#
        ));
    }
    bench.remove("gone");
    bench.tick(at("2025-06-02T10:31Z"));
    let trigger_id = "a/event_start@2025-06-02T10:00:00.000Z";
    bench.handle(Input::Fail { trigger_id, attempt: 1, reason: "no time", random: 0.0 });
    bench.tick(at("2025-06-02T10:31:01Z"));
    bench.handle(Input::Fail { trigger_id, attempt: 2, reason: "no room", random: 0.0 });
    bench.handle(Input::Pause { reason: "inventory" });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/snapshots/version-2.bin");
    if std::env::var_os("WRITE_SNAPSHOT_FIXTURE").is_some() {
        std::fs::write(path, bench.scheduler.snapshot()).expect("written");
    }
    assert!(bench.scheduler.snapshot() == std::fs::read(path).expect("the fixture"), "the form has changed");
}

#[test]
fn a_newer_version_is_too_new_and_says_so() {
    let mut bytes = Bench::new(at("2025-06-02T09:00Z")).scheduler.snapshot();
    bytes[4] = 99;
    reseal(&mut bytes);
    assert_eq!(
        Scheduler::restore(&bytes, Config::default()).expect_err("too new"),
        SnapshotError::TooNew { found: 99, supported: 2 }
    );
}

#[test]
fn sections_and_fields_that_a_newer_writer_adds_are_passed_over() {
    let mut bytes = Bench::new(at("2025-06-02T09:00Z")).scheduler.snapshot();
    let end = bytes.len() - 8;
    bytes.splice(end..end, [77, 3, 1, 2, 3]);
    reseal(&mut bytes);
    assert!(Scheduler::restore(&bytes, Config::default()).is_ok());
}

#[test]
fn anything_else_is_corrupt() {
    let bytes = lived_in().scheduler.snapshot();
    let mut shortened = bytes.clone();
    shortened.truncate(bytes.len() / 2);
    for damaged in [&b""[..], b"CESS", b"not a snapshot at all", &shortened] {
        let error = Scheduler::restore(damaged, Config::default()).expect_err("damaged");
        assert_eq!(error.code(), "SNAPSHOT_CORRUPT");
    }
}

/// Gives changed bytes a checksum that fits, to reach what lies behind the check.
fn reseal(bytes: &mut Vec<u8>) {
    let end = bytes.len().saturating_sub(8);
    bytes.truncate(end);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    bytes.extend_from_slice(&hash.to_le_bytes());
}

proptest! {
    #[test]
    fn damage_behind_the_checksum_never_panics(position in 4_usize..400, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bench = Bench::new(at("2025-06-02T09:00Z"));
        bench.upsert(r#"{"event_id":"a","start_datetime":"2025-06-02T10:00Z","end_datetime":"2025-06-02T11:00Z","revision":3}"#);
        bench.tick(at("2025-06-02T10:30Z"));
        let mut bytes = bench.scheduler.snapshot();
        let position = position % bytes.len();
        if cut { bytes.truncate(position.max(13)); } else { bytes[position] = byte; }
        reseal(&mut bytes);
        if let Ok(Ok(mut scheduler)) = Scheduler::restore(&bytes, Config::default()) {
            scheduler.handle(Input::Tick, client_event_scheduler::Now::exact(at("2026-01-01T00:00Z"))).expect("a tick is never refused");
            scheduler.queue(10);
        }
    }
}
