//! Clients that send or take nothing: they cost little, for a bounded time, and hold up nobody.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::sse::EventStream;
use crate::support::{PATIENCE, TestServer, event};

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("the server takes the connection")
}

/// Reads until the server closes the connection.
async fn read_to_end(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut bytes)).await;
    // A connection that is reset has ended as well.
    let _ = read.expect("the server closes the connection in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn two_thousand_half_open_requests_hold_up_nobody_and_are_closed() {
    #[cfg(unix)]
    let files = rlimit::increase_nofile_limit(8_192).expect("the limit can be raised");
    #[cfg(unix)]
    assert!(files >= 4_200, "2 000 connections take 4 000 files of this process; it may have {files}");
    let server = TestServer::start_with(|config, _| {
        config.http.head_timeout = Duration::from_secs(5);
    })
    .await;
    server.create(event("gala")).await;
    let mut slow = Vec::new();
    for _ in 0..2_000 {
        let mut connection = connect(server.running().address()).await;
        connection.write_all(b"GET /health HTTP/1.1\r\nHost: local").await.expect("a piece is sent");
        slow.push(connection);
    }
    for _ in 0..20 {
        assert_eq!(server.details("gala").await["event_id"], "gala");
    }
    for mut connection in slow {
        let said = read_to_end(&mut connection).await;
        assert!(!said.contains("200 OK"), "{said}");
    }
    assert_eq!(server.details("gala").await["event_id"], "gala");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_a_timeout() {
    let server =
        TestServer::start_with(|config, _| config.http.body_timeout = Duration::from_millis(200)).await;
    let mut connection = connect(server.running().address()).await;
    let head = "POST /api/v1/admin/events/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    connection.write_all(head.as_bytes()).await.expect("the head is sent");
    let said = read_to_end(&mut connection).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("BODY_TIMEOUT"), "{said}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = TestServer::start().await;
    for (name, value) in
        [("one long field", "x".repeat(128 * 1024)), ("many fields", "x\r\nA: b".repeat(200))]
    {
        let mut connection = connect(server.running().address()).await;
        let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX: {value}\r\n\r\n");
        // The server may have closed before everything was sent.
        let _ = connection.write_all(request.as_bytes()).await;
        let said = read_to_end(&mut connection).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{name}: {said}");
    }
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let server = TestServer::start_with(|config, _| {
        config.http.max_connections = 2;
        config.http.head_timeout = Duration::from_millis(300);
    })
    .await;
    let held = [connect(server.running().address()).await, connect(server.running().address()).await];
    // Is answered once the two idle ones were closed.
    let (status, _) = server.send(Method::GET, "/health", None).await;
    assert_eq!(status, StatusCode::OK);
    drop(held);
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_cut_off_and_resumes_where_it_was() {
    let server =
        TestServer::start_with(|config, _| config.http.stall_timeout = Duration::from_millis(500)).await;
    let cursor = server.cursor().await;
    let mut connection = connect(server.running().address()).await;
    let request = format!("GET /api/v1/scheduler/stream?cursor={cursor} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("the request is sent");

    // More than the kernels of both ends hold: the connection has no room left.
    let mut revision = 0;
    let mut large = event("large");
    while open_streams(&server) > 0 || revision == 0 {
        large["filling"] = format!("{revision:06}").repeat(10_000).into();
        let answer = if revision == 0 {
            server.create(large.clone()).await
        } else {
            server.update("large", large.clone()).await
        };
        revision = answer["event"]["revision"].as_u64().expect("a revision");
        assert!(revision < 2_000, "the stream is never cut off");
    }
    drop(connection);

    let mut again = EventStream::open(&server, &cursor).await;
    // It may be told of a state before the last one first, with a bookmark after it.
    loop {
        let frame = again.next().await.expect("the stream goes on");
        if frame.event == "change" && frame.data["revision"] == revision {
            break;
        }
    }
}

fn open_streams(server: &TestServer) -> u64 {
    let text = server.app().metrics().text(&server.app().gauges());
    let line = text.lines().find_map(|line| line.strip_prefix("ces_feed_streams "));
    line.and_then(|value| value.parse().ok()).expect("a count of streams")
}
