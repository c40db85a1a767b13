//! Delivery to Celery: what may be chosen, and what becomes of attempts that reach nobody. Real workers are in `clients/python`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::service::{parsed, wanted, with};
use crate::support::{HOUR_MS, TestServer, text};

const DELIVERY: &str = "/api/events/delivery";

/// A server that knows these brokers.
async fn knowing(brokers: &[String]) -> TestServer {
    TestServer::start_with(|config, _| {
        config.service.celery_brokers = brokers.iter().map(|one| one.parse().expect("a broker")).collect();
    })
    .await
}

async fn choose(server: &TestServer, fields: Value) -> (StatusCode, Value) {
    let body = with(json!({"service_id": "mailer", "kind": "celery"}), fields);
    server.send(Method::PUT, DELIVERY, Some(&body)).await
}

/// An address of this machine at which nobody listens.
async fn nowhere(scheme: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    format!("{scheme}://user:hush@{address}/")
}

#[tokio::test]
async fn a_service_chooses_by_names_that_the_operator_has_given() {
    let none = TestServer::start().await;
    let (status, problem) = choose(&none, json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["problems"][0]["field"], "broker");

    let server = knowing(&["main=redis://127.0.0.1:1/".into(), "other=amqp://127.0.0.1:1/".into()]).await;
    for (fields, field, says) in [
        (json!({}), "broker", "main, other"),
        (json!({"broker": "Main"}), "broker", "main, other"),
        (json!({"broker": "main", "queue": "others"}), "queue", "backend-events"),
        (json!({"broker": "main", "task": "no such\ntask"}), "task", "is not 1 to"),
        (json!({"broker": "main", "task": ""}), "task", "is not 1 to"),
    ] {
        let (status, problem) = choose(&server, fields.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {problem}");
        let found = &problem["problems"][0];
        assert_eq!((&found["field"], &found["code"]), (&json!(field), &json!("SETTING_INVALID")), "{fields}");
        assert!(text(&found["message"]).contains(says), "{found}");
    }
    let (status, chosen) = choose(&server, json!({"broker": "other", "task": "shop.work"})).await;
    assert_eq!(status, StatusCode::OK, "{chosen}");
    let known = server.get(&format!("{DELIVERY}?service_id=mailer")).await;
    for answer in [&chosen, &known] {
        assert_eq!(answer["broker"], "other");
        assert_eq!((&answer["task"], &answer["queue"]), (&json!("shop.work"), &json!("backend-events")));
        assert_eq!(answer.get("secret"), None);
    }
    choose(&server, json!({"kind": "outbox"})).await;
    let known = server.get(&format!("{DELIVERY}?service_id=mailer")).await;
    assert_eq!((&known["kind"], known.get("broker")), (&json!("outbox"), None));
}

#[tokio::test]
async fn a_broker_that_is_away_costs_no_attempt_until_the_window_is_over() {
    for scheme in ["redis", "amqp"] {
        let server = knowing(&[format!("main={}", nowhere(scheme).await)]).await;
        choose(&server, json!({})).await;
        let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"max_retries": 0}))).await;
        server.clock.advance(HOUR_MS);
        for tried in 1..=3 {
            let event = server
                .eventually("an attempt that reaches nobody", async || {
                    let event = server.scheduled_event(&event_id).await;
                    (event["attempts"].as_array()?.len() == tried
                        && event["occurrences"][0]["state"] == "pending")
                        .then_some(event)
                })
                .await;
            let occurrence = &event["occurrences"][0];
            let reason = text(&occurrence["reason"]);
            assert!(
                reason.contains("main") && !reason.contains("hush") && !reason.contains("127."),
                "{reason}"
            );
            assert_eq!(event["attempts"][0]["outcome"], "unreached");
            server.clock.set(parsed(&occurrence["next_at"]));
        }
        // The catch-up window is a day.
        server.clock.advance(25 * HOUR_MS);
        let event = server.in_state(&event_id, "failed").await;
        let attempts = event["attempts"].as_array().expect("attempts");
        assert_eq!(attempts[0]["outcome"], "failed", "{event}");
        assert!(server.outbox().await.is_empty());
    }
}

#[tokio::test]
async fn a_broker_that_is_not_known_any_more_is_one_that_cannot_be_reached() {
    let mut server = knowing(&["main=redis://127.0.0.1:1/".into()]).await;
    choose(&server, json!({})).await;
    let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"max_retries": 0}))).await;
    server.stop().await;
    server.reconfigure(|config| config.service.celery_brokers.clear());
    server.restart().await;
    server.clock.advance(HOUR_MS);
    let event = server.in_state(&event_id, "pending").await;
    let reason = text(&event["occurrences"][0]["reason"]);
    assert!(reason.contains("--celery-broker"), "{reason}");
}
