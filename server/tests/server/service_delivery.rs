//! Ways of delivery: webhooks called for real, and streams.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode as Status};
use axum::routing::post;
use client_event_scheduler_server::service::signature;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::service::{parsed, wanted, with};
use crate::support::sse::EventStream;
use crate::support::{HOUR_MS, TestServer, text};

/// A receiver of webhooks on a port of its own.
#[derive(Clone, Default)]
struct Receiver {
    calls: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<Status>>>,
}

impl Receiver {
    /// Listens, and answers with each of `answers`, the last one for ever.
    async fn listen(answers: &[u16]) -> (Self, String) {
        let receiver = Self::default();
        let answers = answers.iter().rev().map(|code| Status::from_u16(*code).expect("a status"));
        receiver.answers.lock().expect("a lock").extend(answers);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, format!("http://{address}/hook"))
    }

    fn calls(&self) -> Vec<(HeaderMap, String)> {
        self.calls.lock().expect("a lock").clone()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> (Status, HeaderMap, &'static str) {
    let text = String::from_utf8(body.to_vec()).expect("text");
    receiver.calls.lock().expect("a lock").push((headers, text));
    let mut answers = receiver.answers.lock().expect("a lock");
    let status = if answers.len() > 1 { answers.pop() } else { answers.last().copied() };
    let mut headers = HeaderMap::new();
    headers.insert("location", "/elsewhere".parse().expect("a value"));
    (status.expect("an answer"), headers, "said the receiver")
}

async fn lenient() -> TestServer {
    TestServer::start_with(|config, _| {
        config.service.webhook_networks = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await
}

async fn choose(server: &TestServer, fields: Value) -> (StatusCode, Value) {
    let body = with(json!({"service_id": "mailer", "kind": "webhook"}), fields);
    server.send(Method::PUT, "/api/events/delivery", Some(&body)).await
}

#[tokio::test]
async fn a_webhook_is_called_signed_when_it_is_due_and_its_answer_settles_it() {
    let server = lenient().await;
    let (receiver, url) = Receiver::listen(&[200]).await;
    let (status, delivery) = choose(&server, json!({"url": url})).await;
    assert_eq!(status, StatusCode::OK, "{delivery}");
    let secret = text(&delivery["secret"]);
    let audit = server.get("/api/v1/admin/audit").await;
    let chosen = audit["entries"].as_array().expect("entries").iter().find(|entry| entry["method"] == "PUT");
    let fields = chosen.expect("it")["changes"]["fields"].clone();
    let of = |name: &str| {
        fields.as_array().expect("fields").iter().find(|each| each["field"] == name).expect("it")
    };
    assert_eq!(of("url")["new"]["value"], json!(url), "{fields}");
    assert_eq!(of("secret")["new"], json!({"hidden": true}), "{fields}");
    let (_, again) = choose(&server, json!({"url": url})).await;
    assert_eq!(again.get("secret"), None, "a secret is shown once");
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    server.clock.advance(HOUR_MS);
    let event = server.in_state(&event_id, "completed").await;
    assert_eq!((&event["attempts"][0]["delivery"], &event["state"]), (&json!("webhook"), &json!("finished")));
    let calls = receiver.calls();
    let [(headers, body)] = calls.as_slice() else { panic!("{} calls", calls.len()) };
    let handed: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&handed["payload"], &handed["attempt"]), (&json!({"to": "order-1"}), &json!(1)));
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    assert_eq!(header("x-ces-occurrence-id"), text(&handed["occurrence_id"]));
    let timestamp = header("x-ces-timestamp").parse().expect("a number");
    assert_eq!(parsed(&handed["handed_at"]).as_millis() / 1000, timestamp);
    assert_eq!(header("x-ces-signature"), signature(&secret, timestamp, body));
    assert!(server.outbox().await.is_empty());
}

#[tokio::test]
async fn a_webhook_that_fails_is_called_again_and_one_that_is_gone_is_not() {
    let server = lenient().await;
    let (receiver, url) = Receiver::listen(&[500, 307, 204, 410]).await;
    choose(&server, json!({"url": url})).await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    server.clock.advance(HOUR_MS);
    for reason in ["500 Internal Server Error said the receiver", "redirects are not followed"] {
        let event = server.in_state(&event_id, "pending").await;
        assert!(text(&event["occurrences"][0]["reason"]).contains(reason), "{event}");
        server.clock.set(parsed(&event["occurrences"][0]["next_at"]));
        server
            .eventually("another attempt", async || {
                let now = server.scheduled_event(&event_id).await;
                (now["attempts"].as_array()?.len() > event["attempts"].as_array()?.len()).then_some(())
            })
            .await;
    }
    server.in_state(&event_id, "completed").await;
    assert_eq!(receiver.calls().len(), 3, "the address of a redirect is not called");
    let gone = server.scheduled(&wanted("order-2", 3 * HOUR_MS)).await;
    server.clock.advance(2 * HOUR_MS);
    let event = server.in_state(&gone, "failed").await;
    assert_eq!(event["attempts"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_webhook_that_has_only_taken_it_acknowledges_it_later() {
    let server = lenient().await;
    let (receiver, url) = Receiver::listen(&[202]).await;
    choose(&server, json!({"url": url})).await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    server.clock.advance(HOUR_MS);
    server.eventually("a call", async || (!receiver.calls().is_empty()).then_some(())).await;
    server.in_state(&event_id, "processing").await;
    let (status, settled) = server.acknowledge(&event_id, "complete", &json!({"attempt": 1})).await;
    assert_eq!((status, &settled["state"]), (StatusCode::OK, &json!("completed")));
}

#[tokio::test]
async fn waiting_behind_slow_webhooks_costs_no_attempt() {
    let server = lenient().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", silent.local_addr().expect("an address"));
    choose(&server, json!({"url": url})).await;
    let mut ids = Vec::new();
    for n in 0..17 {
        let body =
            with(wanted(&format!("order-{n}"), HOUR_MS), json!({"max_retries": 0, "timeout_seconds": 60}));
        ids.push(server.scheduled(&body).await);
    }
    server.clock.advance(HOUR_MS);
    for id in &ids {
        server.in_state(id, "processing").await;
    }
    server.clock.advance(30_000);
    let waited = server
        .eventually("the one whose turn does not come", async || {
            let mut pending = None;
            for id in &ids {
                let event = server.scheduled_event(id).await;
                pending = pending.or((event["occurrences"][0]["state"] == "pending").then_some(event));
            }
            pending
        })
        .await;
    assert_eq!(waited["attempts"][0]["outcome"], "unreached", "{waited}");
    let reason = text(&waited["occurrences"][0]["reason"]);
    assert!(reason.contains("16 others"), "{reason}");
}

#[tokio::test]
async fn nobody_makes_the_server_call_into_its_own_network() {
    let server = TestServer::start().await;
    let (receiver, url) = Receiver::listen(&[200]).await;
    for url in [
        url.as_str(),
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "http://1.1.1.1/",
        "gopher://1.1.1.1/",
        "nonsense",
    ] {
        let (status, problem) = choose(&server, json!({"url": url})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}: {problem}");
        assert_eq!(
            (&problem["problems"][0]["field"], &problem["problems"][0]["code"]),
            (&json!("url"), &json!("URL_NOT_ALLOWED"))
        );
    }
    // Who was allowed once, and is not any more, is not called either.
    let mut server = lenient().await;
    choose(&server, json!({"url": url})).await;
    let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"max_retries": 0}))).await;
    server.stop().await;
    server.reconfigure(|config| config.service.webhook_networks.clear());
    server.restart().await;
    server.clock.advance(HOUR_MS);
    let event = server.in_state(&event_id, "failed").await;
    assert!(text(&event["occurrences"][0]["reason"]).contains("--webhook-network"), "{event}");
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn a_stream_carries_what_is_outstanding_and_what_becomes_due() {
    let server = TestServer::start().await;
    choose(&server, json!({"kind": "sse"})).await;
    server.scheduled(&wanted("a", HOUR_MS)).await;
    server.scheduled(&wanted("b", 2 * HOUR_MS)).await;
    server.clock.advance(HOUR_MS);
    server.handed_over(1).await;
    let open = || server.request(Method::GET, "/api/events/stream?service_id=mailer");
    let mut stream = EventStream::from(open()).await;
    let first = stream.expect("occurrence").await;
    assert_eq!(first.data["entity_id"], "a");
    server.clock.advance(HOUR_MS);
    let second = stream.expect("occurrence").await;
    assert_eq!(second.data["entity_id"], "b");
    drop(stream);
    let mut resumed = EventStream::from(open().header("last-event-id", first.id.expect("a place"))).await;
    assert_eq!(resumed.expect("occurrence").await.data["entity_id"], "b");
    server.acknowledge(&text(&first.data["occurrence_id"]), "complete", &json!({})).await;
    let mut anew = EventStream::from(open()).await;
    assert_eq!(
        anew.expect("occurrence").await.data["entity_id"],
        "b",
        "what is acknowledged is not sent again"
    );
}

#[tokio::test]
async fn a_request_waits_until_there_is_something_to_fetch() {
    let server = TestServer::start().await;
    server.scheduled(&wanted("a", HOUR_MS)).await;
    let path = "/api/events/outbox?service_id=mailer&wait_seconds=30";
    let (answer, ()) = tokio::join!(server.get(path), async {
        server.settle().await;
        server.clock.advance(HOUR_MS);
    });
    assert_eq!(answer["occurrences"][0]["entity_id"], "a");
    let after = answer["last_seq"].as_u64().expect("a place");
    let behind = server.get(&format!("/api/events/outbox?service_id=mailer&after={after}")).await;
    assert_eq!(behind["occurrences"], json!([]));
}
