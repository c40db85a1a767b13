//! Clients that edit events through whichever node answers, and one that follows the feed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::random::Random;

/// What the writers were told.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The feed number of each change that was confirmed.
    pub(crate) seqs: Vec<u64>,
    /// Changes of which nobody knows whether they were made: the node went down before it answered.
    pub(crate) unknown: u64,
}

/// Moves and renames random events until told to stop.
pub(crate) async fn edit(
    client: Client,
    ports: Vec<u16>,
    events: usize,
    stop: Arc<AtomicBool>,
    mut random: Random,
) -> Written {
    let mut written = Written::default();
    while !stop.load(Ordering::Relaxed) {
        let port = ports[random.within(0, ports.len() as u64) as usize];
        let event = random.within(0, events as u64);
        let url = format!("http://127.0.0.1:{port}/api/v1/admin/events/update/{}", event_id(event as usize));
        let patch = match random.within(0, 3) {
            // A certificate that is taken back, or comes later.
            0 => json!({"certificate_end_date": null}),
            1 => json!({"certificate_end_date": in_ms(random.within(1_000, 600_000) as i64 + 3_600_000)}),
            _ => json!({"venue": format!("Hall {}", random.within(0, 1_000))}),
        };
        match client.put(url).json(&patch).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => match answer.json::<Value>().await {
                Ok(body) if body["message"] == "Event updated" => {
                    written.seqs.push(body["seq"].as_u64().expect("a number"));
                }
                Ok(_) => {}
                Err(_) => written.unknown += 1,
            },
            Ok(answer) => {
                let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
                assert!(status.is_server_error(), "an edit is refused with {status}: {text}");
                written.unknown += 1;
            }
            Err(error) if error.is_connect() => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(_) => written.unknown += 1,
        }
        tokio::time::sleep(Duration::from_millis(random.within(1, 30))).await;
    }
    written
}

/// What a client holds that follows the feed.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    pub(crate) cursor: String,
    /// The revision of each event, by id.
    pub(crate) events: BTreeMap<String, u64>,
    last: u64,
}

/// Follows the feed from its beginning to wherever it is now, through whichever node answers.
pub(crate) async fn follow(client: &Client, ports: &[u16], followed: &mut Followed) -> bool {
    for port in ports {
        if followed.cursor.is_empty() && !take_snapshot(client, *port, followed).await {
            continue;
        }
        while let Some(complete) = take_page(client, *port, followed).await {
            if complete {
                return true;
            }
        }
    }
    false
}

async fn take_snapshot(client: &Client, port: u16, followed: &mut Followed) -> bool {
    let url = format!("http://127.0.0.1:{port}/api/v1/scheduler/snapshot");
    let Ok(answer) = client.get(url).send().await else { return false };
    let Ok(body) = answer.json::<Value>().await else { return false };
    let Some(cursor) = body["cursor"].as_str() else { return false };
    followed.cursor = cursor.to_owned();
    for event in body["events"].as_array().into_iter().flatten() {
        remember(followed, event);
    }
    true
}

/// Returns whether the feed's end was reached; `None` if the node does not answer.
async fn take_page(client: &Client, port: u16, followed: &mut Followed) -> Option<bool> {
    let url =
        format!("http://127.0.0.1:{port}/api/v1/scheduler/changes?limit=200&cursor={}", followed.cursor);
    let answer = client.get(url).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    let body = answer.json::<Value>().await.ok()?;
    let items = body["changes"].as_array().expect("a list of changes");
    for item in items {
        let rev = item["rev"].as_u64().expect("a number of the feed");
        assert!(rev > followed.last, "the feed goes on behind {}, not with {rev}", followed.last);
        followed.last = rev;
        if let Some(event) = item.get("event") {
            remember(followed, event);
        }
    }
    followed.cursor = body["next_cursor"].as_str().expect("a cursor").to_owned();
    Some(items.len() < 200)
}

fn remember(followed: &mut Followed, event: &Value) {
    let (Some(event_id), Some(revision)) = (event["event_id"].as_str(), event["revision"].as_u64()) else {
        return;
    };
    let known = followed.events.insert(event_id.to_owned(), revision);
    assert!(known <= Some(revision), "{event_id} went back from revision {known:?} to {revision}");
}

pub(crate) fn event_id(number: usize) -> String {
    format!("event-{number:05}")
}

/// The instant `ms` milliseconds from now, as the wire has it.
pub(crate) fn in_ms(ms: i64) -> String {
    use client_event_scheduler_server::clock::{Clock, SystemClock};
    SystemClock.now().saturating_add_ms(ms).to_string()
}
