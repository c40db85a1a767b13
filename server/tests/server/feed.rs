//! The change feed: snapshot, changes, stream.

use std::time::Duration;

use crate::support::sse::EventStream;
use crate::support::{BEGINNING_MS, TestServer, at, event, instant, text};
use client_event_scheduler::{
    DateContext, EventDefinition, Input, Now, Payload, Scheduler, Source, trigger::checksum_text,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn ids(items: &Value) -> Vec<String> {
    items.as_array().expect("a list").iter().map(|item| text(&item["event_id"])).collect()
}

/// The checksum that a client computes which holds these events.
fn checksum_of(events: &Value) -> String {
    let mut scheduler =
        Scheduler::new(client_event_scheduler::Config::default()).expect("the default settings");
    for event in events.as_array().expect("a list") {
        let json = event.to_string();
        let definition = EventDefinition::from_json(json.as_bytes(), &DateContext::default()).expect("valid");
        let input = Input::Upsert { definition, payload: Payload::External, source: Source::Feed };
        scheduler.handle(input, Now::exact(at(BEGINNING_MS))).expect("room");
    }
    checksum_text(scheduler.checksum())
}

#[tokio::test]
async fn a_snapshot_and_the_changes_after_it_make_a_whole() {
    let server = TestServer::start().await;
    for event_id in ["a", "b", "c"] {
        server.create(event(event_id)).await;
    }
    let snapshot = server.get("/api/v1/scheduler/snapshot?after_seq=3").await;
    assert_eq!(ids(&snapshot["events"]), ["a", "b", "c"]);
    assert_eq!(snapshot["server_time"], json!({"received_at": instant(0), "sent_at": instant(0)}));
    assert_eq!(snapshot["watermark"], json!(instant(0)), "what is due by now is settled");
    let cursor = text(&snapshot["cursor"]);
    let nothing = server.changes(&cursor).await;
    assert_eq!(nothing["watermark"], json!(instant(0)));
    assert_eq!((&nothing["changes"], &nothing["next_cursor"]), (&json!([]), &json!(cursor)));

    server.update("a", json!({"venue": "Hall 2"})).await;
    server.delete("b").await;
    server.create(event("d")).await;
    let page = server.changes(&cursor).await;
    let epoch = cursor.split_once('.').expect("a cursor").0.to_owned();
    assert_eq!(page["next_cursor"], format!("{epoch}.6"));
    assert_eq!(ids(&page["changes"]), ["a", "b", "d"]);
    assert_eq!(page["changes"][0]["event"]["venue"], "Hall 2");
    assert_eq!(
        page["changes"][1],
        json!({"rev": 5, "event_id": "b", "deleted": true, "revision": 2}),
        "a tombstone"
    );
    assert_eq!(page["changes"][2]["rev"], 6);
}

#[tokio::test]
async fn an_event_appears_once_in_the_feed_at_its_latest_change() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    server.create(event("a")).await;
    server.create(event("b")).await;
    server.update("a", json!({"venue": "Hall 2"})).await;
    server.delete("b").await;
    server.create(event("b")).await;
    let page = server.changes(&cursor).await;
    assert_eq!(ids(&page["changes"]), ["a", "b"]);
    assert_eq!((&page["changes"][0]["rev"], &page["changes"][1]["rev"]), (&json!(3), &json!(5)));
    assert_eq!(page["changes"][1]["event"]["revision"], 3);
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repetition() {
    let server = TestServer::start().await;
    let mut cursor = server.cursor().await;
    for index in 0..25 {
        server.create(event(&format!("e{index}"))).await;
    }
    server.settle().await;
    let mut seen = Vec::new();
    loop {
        let page = server.get(&format!("/api/v1/scheduler/changes?cursor={cursor}&limit=10")).await;
        seen.extend(ids(&page["changes"]));
        cursor = text(&page["next_cursor"]);
        if !page["up_to_date"].is_null() {
            assert_eq!(page["up_to_date"]["seq"], 25);
            break;
        }
        assert_eq!(page["changes"].as_array().map(Vec::len), Some(10));
    }
    assert_eq!(seen, (0..25).map(|index| format!("e{index}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_ends_early_when_its_documents_are_large() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    for index in 0..50 {
        let mut large = event(&format!("e{index}"));
        large["notes"] = json!("x".repeat(60_000));
        server.create(large).await;
    }
    let first = server.changes(&cursor).await;
    let count = first["changes"].as_array().expect("a list").len();
    assert!((1..50).contains(&count), "{count} large events in one page");
    assert_eq!(first["up_to_date"], Value::Null);
    let second = server.changes(&text(&first["next_cursor"])).await;
    assert_eq!(count + second["changes"].as_array().expect("a list").len(), 50);
}

#[tokio::test]
async fn the_checksum_is_the_one_that_a_client_computes() {
    let server = TestServer::start().await;
    for event_id in ["a", "b", "c"] {
        server.create(event(event_id)).await;
    }
    server.update("a", json!({"end_datetime": instant(9_000_000_000)})).await;
    server.delete("c").await;
    server.settle().await;
    let snapshot = server.snapshot().await;
    let page = server.changes(&text(&snapshot["cursor"])).await;
    let expected = json!({"seq": 5, "checksum": checksum_of(&snapshot["events"])});
    assert_eq!(page["up_to_date"], expected);
    server.advance(3 * crate::support::HOUR_MS).await;
    let later = server.changes(&text(&snapshot["cursor"])).await;
    assert_eq!(later["up_to_date"], expected, "fired triggers do not change it");
}

#[tokio::test]
async fn a_cursor_that_cannot_be_continued_is_gone() {
    let server = TestServer::start().await;
    server.create(event("a")).await;
    server.delete("a").await;
    server.create(event("b")).await;
    let epoch = server.app().store().epoch().to_owned();
    assert_eq!(server.app().store().remove_tombstones(at(BEGINNING_MS + 1)).await.expect("removed"), 1);

    for (cursor, why) in [
        ("0000000000000000.1".to_owned(), "another epoch"),
        (format!("{epoch}.4"), "ahead of the feed"),
        (format!("{epoch}.99999999999999999999"), "far ahead of the feed"),
        (format!("{epoch}.1"), "below the retention floor"),
        (format!("{epoch}.-1"), "malformed"),
        ("nonsense".to_owned(), "malformed"),
        (String::new(), "empty"),
    ] {
        for route in ["changes", "stream"] {
            let path = format!("/api/v1/scheduler/{route}?cursor={cursor}");
            let (status, problem) = server.send(Method::GET, &path, None).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::GONE, &json!("CURSOR_EXPIRED")),
                "{route}: {why}"
            );
        }
    }
    let page = server.changes(&format!("{epoch}.2")).await;
    assert_eq!(ids(&page["changes"]), ["b"], "the floor itself can be continued");
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_named() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    for (query, field) in [
        (String::new(), "cursor"),
        (format!("?cursor={cursor}&limit=0"), "limit"),
        (format!("?cursor={cursor}&limit=many"), "limit"),
        (format!("?cursor={cursor}&limit=-5"), "limit"),
        (format!("?cursor={cursor}&cursor={cursor}"), ""),
    ] {
        let (status, problem) =
            server.send(Method::GET, &format!("/api/v1/scheduler/changes{query}"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {problem}");
        assert_eq!(problem["problems"][0]["field"], field, "{query}");
    }
    server.get(&format!("/api/v1/scheduler/changes?cursor={cursor}&limit=999999")).await;
}

#[tokio::test]
async fn a_stream_sends_what_is_there_and_then_each_change_as_it_is_committed() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    let epoch = cursor.split_once('.').expect("a cursor").0.to_owned();
    server.create(event("a")).await;
    server.settle().await;

    let mut stream = EventStream::open(&server, &cursor).await;
    let change = stream.change().await;
    assert_eq!(change.id, Some(format!("{epoch}.1")));
    assert_eq!(change.data["event"], server.snapshot().await["events"][0]);
    let bookmark = stream.bookmark().await;
    assert_eq!(bookmark.data["cursor"], format!("{epoch}.1"));
    assert_eq!(bookmark.data["up_to_date"]["seq"], 1);

    server.update("a", json!({"venue": "Hall 2"})).await;
    assert_eq!(stream.change().await.data["event"]["venue"], "Hall 2");
    stream.bookmark().await;
    server.delete("a").await;
    assert_eq!(
        stream.change().await.data,
        json!({"rev": 3, "event_id": "a", "deleted": true, "revision": 3})
    );
    assert_eq!(stream.bookmark().await.id, Some(format!("{epoch}.3")));
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_that_was_received() {
    let server = TestServer::start().await;
    let beginning = server.cursor().await;
    let mut first = EventStream::open(&server, &beginning).await;
    first.bookmark().await;
    server.create(event("a")).await;
    let last_event_id = first.change().await.id.expect("an id");
    drop(first);
    server.create(event("b")).await;
    server.create(event("c")).await;

    // A browser's own reconnection repeats the first address and adds the header: the header is the later one.
    let path = format!("/api/v1/scheduler/stream?cursor={beginning}");
    let request = server.request(Method::GET, &path).header("last-event-id", &last_event_id);
    let mut second = EventStream::from(request).await;
    second.change_of("b").await;
    second.change_of("c").await;
    second.bookmark().await;

    let request =
        server.request(Method::GET, "/api/v1/scheduler/stream").header("last-event-id", last_event_id);
    let mut third = EventStream::from(request).await;
    assert_eq!(third.change().await.data["event_id"], "b");
}

#[tokio::test]
async fn an_idle_stream_beats_with_the_time_of_the_server() {
    let server = TestServer::start_with(|config, _| config.heartbeat_every = Duration::from_millis(20)).await;
    let mut stream = EventStream::open(&server, &server.cursor().await).await;
    stream.bookmark().await;
    let beat = stream.next().await.expect("the stream goes on");
    assert_eq!((beat.event.as_str(), &beat.id), ("heartbeat", &None));
    assert_eq!(beat.data, json!({"server_time": {"received_at": instant(0), "sent_at": instant(0)}}));
    server.clock.advance(5_000);
    loop {
        let beat = stream.next().await.expect("the stream goes on");
        if beat.data["server_time"]["sent_at"] == json!(instant(5_000)) {
            break;
        }
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let mut server = TestServer::start().await;
    let mut stream = EventStream::open(&server, &server.cursor().await).await;
    stream.bookmark().await;
    let (end, ()) = tokio::join!(stream.next(), server.stop());
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_up_nobody() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    let mut reader = EventStream::open(&server, &cursor).await;
    reader.bookmark().await;
    // Opened and never read: far more than the sockets hold is sent to it.
    let _idle = EventStream::open(&server, &cursor).await;
    for index in 0..100 {
        let mut large = event(&format!("e{index}"));
        large["notes"] = json!("x".repeat(60_000));
        server.create(large).await;
        loop {
            let frame = reader.next().await.expect("the stream goes on");
            if frame.event == "change" {
                assert_eq!(frame.data["event_id"], format!("e{index}"));
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_feed_sends_the_same_bytes_for_the_same_revision_whatever_the_time() {
    let server = TestServer::start().await;
    let mut cancelled = event("b");
    cancelled["status"] = json!("cancelled");
    cancelled["sub_status"] = json!("cancelled");
    server.create(event("a")).await;
    server.create(cancelled).await;
    let before = server.snapshot().await;
    server.advance(2 * crate::support::HOUR_MS).await;
    let after = server.snapshot().await;
    assert_eq!(before["events"], after["events"]);
    assert_eq!(before["cursor"], after["cursor"], "a change of status is no change of the event");
    assert_eq!(after["events"][0].get("status"), None);
    assert_eq!(after["events"][1]["status"], "cancelled", "what somebody decided is told");
}

#[tokio::test]
async fn a_snapshot_of_many_events_is_whole_and_of_one_moment() {
    let server = TestServer::start().await;
    for index in 0..60 {
        let mut large = event(&format!("e{index}"));
        large["notes"] = json!("x".repeat(10_000));
        server.create(large).await;
    }
    let snapshot = server.snapshot().await;
    assert_eq!(snapshot["events"].as_array().map(Vec::len), Some(60));
    assert!(text(&snapshot["cursor"]).ends_with(".60"));
}
