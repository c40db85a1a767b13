//! What an operator sees: readiness, metrics, request ids.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::sse::EventStream;
use crate::support::{HOUR_MS, TestServer, event, text};

async fn metrics(server: &TestServer) -> String {
    let answer = server.request(Method::GET, "/metrics").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.expect("text")
}

/// The value of a metric without labels.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in\n{metrics}")).parse().expect("a number")
}

#[tokio::test]
async fn the_metrics_tell_what_has_happened() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.advance(HOUR_MS + 40).await;
    let _ = server.try_update("unheard-of", &Value::Null).await;
    let stream = EventStream::open(&server, &server.cursor().await).await;

    let text = metrics(&server).await;
    assert_eq!(value(&text, "ces_events_tracked"), 1.0);
    assert_eq!(value(&text, "ces_triggers_queued"), 2.0);
    assert_eq!(value(&text, "ces_feed_seq"), value(&text, "ces_feed_applied_seq"));
    assert_eq!(value(&text, "ces_feed_streams"), 1.0);
    assert_eq!(value(&text, "ces_scheduler_running"), 1.0);
    assert_eq!(value(&text, "ces_trigger_lateness_seconds_count"), 1.0);
    for line in [
        r#"ces_trigger_lateness_seconds_bucket{le="0.025"} 0"#,
        r#"ces_trigger_lateness_seconds_bucket{le="0.05"} 1"#,
        r#"ces_http_requests_total{method="POST",route="/api/v1/admin/events/create",status="201"} 1"#,
        r#"ces_http_requests_total{method="PUT",route="/api/v1/admin/events/update/{event_id}",status="422"} 1"#,
        r#"ces_build_info{version=""#,
        r#"ces_database_connections{pool="writer"}"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("unheard-of"), "an id has become a label");
    drop(stream);
}

#[tokio::test]
async fn metrics_with_an_address_of_their_own_are_nowhere_else() {
    let server = TestServer::start_with(|config, _| config.metrics_listen = "127.0.0.1:0".parse().ok()).await;
    let address = server.running().metrics_address().expect("an address of its own");
    let answer = server.client.get(format!("http://{address}/metrics")).send().await.expect("an answer");
    assert!(answer.text().await.expect("text").contains("ces_build_info"));
    let (status, _) = server.send(Method::GET, "/metrics", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let other = server.client.get(format!("http://{address}/health")).send().await.expect("an answer");
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_server_is_ready_while_database_and_scheduler_answer() {
    let server = TestServer::start().await;
    server.settle().await;
    let (status, body) = server.send(Method::GET, "/ready", None).await;
    assert_eq!((status, &body["ready"]), (StatusCode::OK, &Value::Bool(true)), "{body}");

    server.app().store().close().await;
    let (status, body) = server.send(Method::GET, "/ready", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert_eq!(body["database"], false, "{body}");
}

#[tokio::test]
async fn a_request_keeps_its_id_and_gets_one_if_it_has_none() {
    let server = TestServer::start().await;
    let get = |id: Option<&'static str>| {
        let request = server.request(Method::GET, "/api/v1/admin/events/details/nobody");
        async move {
            let request = if let Some(id) = id { request.header("x-request-id", id) } else { request };
            let answer = request.send().await.expect("an answer");
            let header = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
            let body: Value = answer.json().await.expect("a problem");
            assert_eq!(text(&body["request_id"]), header);
            header
        }
    };
    assert_eq!(get(Some("order-7/retry:2")).await, "order-7/retry:2");
    let made = get(None).await;
    assert_eq!(made.len(), 32);
    assert_ne!(get(Some("not fit for a log")).await, "not fit for a log");
    assert_ne!(get(None).await, made);
}
