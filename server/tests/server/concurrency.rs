//! Many writers, several followers: nobody misses a change, and the numbers have no gap.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::sse::EventStream;
use crate::support::{TestServer, event, text};
use reqwest::StatusCode;
use serde_json::{Value, json};

const WRITERS: usize = 16;
const EVENTS_EACH: usize = 8;
/// Created, updated twice, and every fourth one deleted and created again.
const WRITES: u64 = (WRITERS * EVENTS_EACH * 3 + WRITERS * EVENTS_EACH / 4 * 2) as u64;

/// The state that a follower has built, and the numbers that it has seen.
#[derive(Default)]
struct Replica {
    events: BTreeMap<String, Value>,
    last_rev: u64,
}

impl Replica {
    fn apply(&mut self, item: &Value) {
        let rev = item["rev"].as_u64().expect("a number");
        assert!(rev > self.last_rev, "{rev} came after {}", self.last_rev);
        self.last_rev = rev;
        let event_id = text(&item["event_id"]);
        if item["deleted"] == true {
            self.events.remove(&event_id);
        } else {
            self.events.insert(event_id, item["event"].clone());
        }
    }
}

async fn write(server: &TestServer, writer: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut note = |answer: &Value| numbers.push(answer["seq"].as_u64().expect("a number"));
    for index in 0..EVENTS_EACH {
        let event_id = format!("w{writer}-{index}");
        note(&server.create(event(&event_id)).await);
        note(&server.update(&event_id, json!({"venue": format!("Hall {writer}")})).await);
        // All writers change one another's events as well.
        let (status, answer) = server.try_update(&event_id, &json!({"touched_by": writer})).await;
        assert_eq!(status, StatusCode::OK);
        note(&answer);
        if index % 4 == 0 {
            note(&server.delete(&event_id).await);
            note(&server.create(event(&event_id)).await);
        }
    }
    numbers
}

async fn follow_changes(server: &TestServer, cursor: String, finished: &AtomicBool) -> Replica {
    let (mut replica, mut cursor) = (Replica::default(), cursor);
    loop {
        let was_finished = finished.load(Ordering::SeqCst);
        let page = server.get(&format!("/api/v1/scheduler/changes?cursor={cursor}&limit=7")).await;
        page["changes"].as_array().expect("a list").iter().for_each(|item| replica.apply(item));
        let next = text(&page["next_cursor"]);
        if was_finished && next == cursor {
            return replica;
        }
        cursor = next;
        tokio::task::yield_now().await;
    }
}

/// Follows the stream and breaks the connection off after every `patience` changes.
async fn follow_stream(server: &TestServer, cursor: String, patience: usize) -> Replica {
    let (mut replica, mut cursor) = (Replica::default(), cursor);
    while replica.last_rev < WRITES {
        let mut stream = EventStream::open(server, &cursor).await;
        let mut seen = 0;
        while replica.last_rev < WRITES && seen < patience {
            let frame = stream.next().await.expect("the stream goes on");
            if frame.event == "change" {
                replica.apply(&frame.data);
                cursor = frame.id.expect("an id");
                seen += 1;
            }
        }
    }
    replica
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_of_sixteen_writers_end_with_exactly_the_table() {
    let server = Arc::new(TestServer::start().await);
    let cursor = server.cursor().await;
    let finished = Arc::new(AtomicBool::new(false));
    let by_changes = tokio::spawn({
        let (server, cursor, finished) = (server.clone(), cursor.clone(), finished.clone());
        async move { follow_changes(&server, cursor, &finished).await }
    });
    let by_streams: Vec<_> = [usize::MAX, 1, 23]
        .into_iter()
        .map(|patience| {
            let (server, cursor) = (server.clone(), cursor.clone());
            tokio::spawn(async move { follow_stream(&server, cursor, patience).await })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let server = server.clone();
            tokio::spawn(async move { write(&server, writer).await })
        })
        .collect();

    let mut numbers = Vec::new();
    for writer in writers {
        let own = writer.await.expect("the writer ends");
        assert!(own.is_sorted(), "a writer's own changes are in order: {own:?}");
        numbers.extend(own);
    }
    finished.store(true, Ordering::SeqCst);
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=WRITES).collect::<Vec<_>>(), "no number is missing or given twice");

    let snapshot = server.snapshot().await;
    let table: BTreeMap<_, _> = snapshot["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| (text(&event["event_id"]), event.clone()))
        .collect();
    assert_eq!(table.len(), WRITERS * EVENTS_EACH);
    assert_eq!(by_changes.await.expect("it ends").events, table);
    for follower in by_streams {
        assert_eq!(follower.await.expect("it ends").events, table);
    }
    server.settle().await;
    let health = server.scheduler_health().await;
    assert_eq!(health["events_tracked"], WRITERS * EVENTS_EACH);
    assert_eq!(health["triggers_queued"], WRITERS * EVENTS_EACH * 3);
}
