//! Payloads at rest.

use client_event_scheduler_server::config::Config;
use serde_json::json;
use sqlx::Row as _;

use crate::support::service::wanted;
use crate::support::{HOUR_MS, TestServer};

fn keys(config: &mut Config, keys: &[(&str, &str)]) {
    let text: Vec<_> = keys.iter().map(|(name, digit)| format!("{name}:{}", digit.repeat(64))).collect();
    config.service.payload_keys = (!text.is_empty()).then(|| text.join(",").parse().expect("keys"));
}

/// What the database holds of the payload of `event_id`.
async fn stored(server: &TestServer, event_id: &str) -> String {
    let pool = server.open_database().await;
    let row = sqlx::query("SELECT payload FROM service_events WHERE event_id = $1")
        .bind(event_id)
        .fetch_one(&pool)
        .await
        .expect("a row");
    let payload = row.get(0);
    pool.close().await;
    payload
}

#[tokio::test]
async fn payloads_are_sealed_at_rest_and_a_new_key_takes_over() {
    let mut server = TestServer::start_with(|config, _| keys(config, &[("a", "1")])).await;
    let event_id = server.scheduled(&wanted("secret-order", HOUR_MS)).await;
    let sealed = stored(&server, &event_id).await;
    assert!(sealed.starts_with("ces1.a.") && !sealed.contains("secret-order"), "{sealed}");
    assert_eq!(server.scheduled_event(&event_id).await["payload"], json!({"to": "secret-order"}));

    server.stop().await;
    server.reconfigure(|config| keys(config, &[("b", "2"), ("a", "1")]));
    server.restart().await;
    server
        .eventually("the new key has sealed it", async || {
            stored(&server, &event_id).await.starts_with("ces1.b.").then_some(())
        })
        .await;

    server.stop().await;
    server.reconfigure(|config| keys(config, &[("b", "2")]));
    server.restart().await;
    server.clock.advance(HOUR_MS);
    assert_eq!(server.handed_over(1).await[0]["payload"], json!({"to": "secret-order"}));
}

#[tokio::test]
async fn what_this_node_cannot_open_waits_for_the_key() {
    let mut server = TestServer::start_with(|config, _| keys(config, &[("a", "1")])).await;
    let event_id = server.scheduled(&wanted("secret-order", HOUR_MS)).await;
    server.stop().await;
    server.reconfigure(|config| keys(config, &[("b", "2")]));
    server.restart().await;
    server.clock.advance(HOUR_MS);
    server.in_state(&event_id, "processing").await;
    assert!(server.outbox().await.is_empty());
    let event = server.in_state(&event_id, "processing").await;
    assert_eq!(event["payload"], json!(null));

    server.stop().await;
    server.reconfigure(|config| keys(config, &[("b", "2"), ("a", "1")]));
    server.restart().await;
    assert_eq!(server.handed_over(1).await[0]["payload"], json!({"to": "secret-order"}));
}
