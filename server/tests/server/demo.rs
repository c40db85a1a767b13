//! The demo set: real conferences as people typed them.

use client_event_scheduler_server::Config;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestServer, text};

const CONFERENCES: usize = 1_644;

async fn demo() -> TestServer {
    let server = TestServer::start_with(|config: &mut Config, _| config.demo = true).await;
    server.settle().await;
    server
}

#[tokio::test]
async fn the_conferences_are_loaded_shifted_and_the_invalid_ones_kept_with_their_reasons() {
    let mut server = demo().await;
    let health = server.get("/health").await;
    assert_eq!(health["status"], "ok");
    // The median start of the set is 2025-04-27; every test begins on 2026-05-01.
    assert_eq!(health["demo"], json!({"shifted_weeks": 53}));
    assert_eq!(server.list().await.len(), CONFERENCES);

    let scheduler = server.scheduler_health().await;
    let quarantined = scheduler["quarantined"].as_array().expect("a list").clone();
    assert!(!quarantined.is_empty());
    assert_eq!(scheduler["events_tracked"], CONFERENCES - quarantined.len());
    for event in &quarantined {
        assert!(!event["problems"].as_array().expect("problems").is_empty(), "{event}");
    }
    let reported = server.get("/api/v1/admin/events/list").await;
    assert_eq!(reported["quarantined"].as_array().map(Vec::len), Some(quarantined.len()));

    server.restart().await;
    server.settle().await;
    assert_eq!(server.get("/health").await["demo"], json!({"shifted_weeks": 53}), "the shift is remembered");
    assert_eq!(server.list().await.len(), CONFERENCES, "and the set is not loaded twice");
    assert_eq!(server.snapshot().await["events"].as_array().map(Vec::len), Some(CONFERENCES));
}

#[tokio::test]
async fn a_quarantined_event_shows_its_problems_and_is_scheduled_once_it_is_put_right() {
    let server = demo().await;
    let quarantined = server.scheduler_health().await["quarantined"].take();
    let count = quarantined.as_array().map_or(0, Vec::len);
    let of_zone = |event: &&Value| event["problems"][0]["code"] == "TIME_ZONE_UNKNOWN";
    let event = quarantined.as_array().expect("a list").iter().find(of_zone).expect("an unknown zone");
    let event_id = text(&event["event_id"]);

    let details = server.get(&format!("/api/v1/admin/events/details/{event_id}")).await;
    assert_eq!(details["problems"], event["problems"]);
    assert_eq!((&details["event"]["status"], &details["event"]["sub_status"]), (&Value::Null, &Value::Null));

    let (status, problem) = server.act("approve", &event_id).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["problems"], event["problems"]);

    let fixed = server.update(&event_id, json!({"timezone": "Europe/Paris"})).await;
    assert!(fixed["event"]["status"].is_string(), "{fixed}");
    let left = server.scheduler_health().await["quarantined"].as_array().map_or(0, Vec::len);
    assert_eq!(left, count - 1);
    server.delete(&event_id).await;
}

#[tokio::test]
async fn a_database_with_events_is_left_as_it_is() {
    let mut server = TestServer::start().await;
    server.create(crate::support::event("mine")).await;
    server.reconfigure(|config| config.demo = true);
    server.restart().await;
    assert_eq!(server.list().await.len(), 1);
    assert_eq!(server.get("/health").await.get("demo"), None);
}
