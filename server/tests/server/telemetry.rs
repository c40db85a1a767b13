//! What leaves the program: its log, its traces, its end.

#![cfg(unix)]

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use reqwest::Client;
use serde_json::Value;

use crate::support::process::{PROGRAM, Process};

type Received = Arc<Mutex<Vec<Vec<u8>>>>;

/// A collector that keeps what it is sent.
async fn collector() -> (String, Received) {
    let received = Received::default();
    let take = async |State(received): State<Received>, body: Bytes| {
        received.lock().expect("nobody panics with it").push(body.to_vec());
    };
    let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), received)
}

fn program(folder: &std::path::Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["--development", "--listen", "127.0.0.1:0"])
        .arg("--database")
        .arg(folder.join("events.db"));
    command
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test]
async fn a_span_of_each_request_arrives_at_the_collector_in_the_trace_of_its_caller() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (endpoint, received) = collector().await;
    let mut process = Process::start(program(folder.path()).args(["--otlp-endpoint", &endpoint])).await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let request = client.get(process.url("/api/v1/admin/events/details/nobody"));
    let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    request.send().await.expect("an answer");

    // What has not been sent yet is sent at the end.
    process.signal("-TERM");
    assert!(process.ended().await.success(), "{}", process.log());
    let batches = received.lock().expect("nobody panics with it").concat();
    let trace = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes();
    let parent = 0xb7ad_6b71_6920_3331_u64.to_be_bytes();
    for (what, wanted) in [
        ("the caller's trace", trace.as_slice()),
        ("the caller's span", parent.as_slice()),
        ("the name of the span", b"GET /api/v1/admin/events/details/{event_id}"),
        ("the name of the service", b"client-event-scheduler-server"),
    ] {
        assert!(contains(&batches, wanted), "{what} did not arrive in {} bytes", batches.len());
    }
    assert!(!contains(&batches, b"/health"), "a request that nobody made");
}

#[tokio::test]
async fn a_log_in_json_has_one_object_a_line_with_the_id_of_the_request_and_no_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = program(folder.path());
    command.args(["--log-format", "json"]).env("CES_OTLP_HEADERS", "authorization=s3cret");
    let mut process = Process::start(&mut command).await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let request = client.post(process.url("/api/v1/admin/events/create?token=s3cret")).body("{}");
    request.header("x-request-id", "order-7").send().await.expect("an answer");
    process.said(|log| log.contains("answered").then_some(())).await;
    let log = process.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let answered = lines.iter().find(|line| line["message"] == "answered").expect("a line");
    assert_eq!(answered["span"]["request_id"], "order-7", "{answered}");
    assert!(!log.contains("s3cret"), "{log}");
}

#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process = Process::start(program(folder.path()).args(["--shutdown-seconds", "600"])).await;
    // A request whose body never comes keeps the first signal waiting.
    let mut stuck = std::net::TcpStream::connect(process.address).expect("a connection");
    let head = "POST /api/v1/admin/events/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    std::io::Write::write_all(&mut stuck, head.as_bytes()).expect("the head is sent");
    let client = Client::builder().no_proxy().build().expect("a client");
    client.get(process.url("/health")).send().await.expect("an answer");

    process.signal("-TERM");
    process.said(|log| log.contains("a second signal ends it at once").then_some(())).await;
    process.signal("-TERM");
    let status = process.ended().await;
    assert!(!status.success() && process.log().contains("ends at once"), "{status}: {}", process.log());
}

#[tokio::test]
async fn a_stopping_server_tells_its_streams_when_to_come_back() {
    use crate::support::TestServer;
    use crate::support::sse::EventStream;

    let mut server = TestServer::start().await;
    let mut stream = EventStream::open(&server, &server.cursor().await).await;
    stream.bookmark().await;
    server.stop().await;
    // Its turn to send a heartbeat may come at any time.
    while let Some(frame) = stream.next().await {
        assert_eq!(frame.event, "heartbeat", "{frame:?}");
    }
    let comes_back_in = stream.comes_back_in.expect("a hint");
    assert!((1_000..5_000).contains(&comes_back_in), "{comes_back_in}");
}

#[test]
fn the_settings_are_shown_with_their_sources_and_without_secrets() {
    let output = Command::new(PROGRAM)
        .args([
            "--print-config",
            "--database",
            "postgres://ces:s3cret@db/events",
            "--feed-retention-days",
            "9",
        ])
        .env("CES_LOG", "debug")
        .output()
        .expect("it can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for line in [
        "feed_retention_days = 9",
        "# flag",
        "log = \"debug\"",
        "# environment CES_LOG",
        "# default",
        "(hidden)",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    assert!(!said.contains("s3cret"), "{said}");
}
