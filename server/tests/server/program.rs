//! The program itself: its flags, its signals, and what is left after it was killed.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::PATIENCE;

/// The program as a process of its own; killed when the test ends.
struct Program {
    child: Child,
    address: SocketAddr,
    log: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already where the test has come to its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts the program in development mode and waits until it listens.
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &["--development"], "DEVELOPMENT MODE")
    }

    /// Starts the program and waits until it listens and has logged `said`.
    fn start_with(folder: &Path, flags: &[&str], said: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_client-event-scheduler-server"))
            .args(["--listen", "127.0.0.1:0", "--log", "info"])
            .args(flags)
            .arg("--database")
            .arg(folder.join("new/folder/events.db"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut log = String::new();
        let mut address = None;
        while address.is_none() || !log.contains(said) {
            let line = lines.next().unwrap_or_else(|| panic!("it ended with {log}")).expect("a log of text");
            let found = line.split("address=").nth(1).and_then(|rest| rest.split(' ').next());
            address = address.or(found.map(|text| text.parse().expect("an address")));
            log.push_str(&line);
            log.push('\n');
        }
        // The pipe has to be emptied, or the program stops at a full one.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("found above"), log }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a signal and waits for the end.
    async fn end_by(&mut self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "{signal} could not be sent");
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().expect("its status") {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("it ends in time")
    }
}

#[tokio::test]
async fn what_was_confirmed_is_there_after_the_program_was_killed_and_a_signal_stops_it_cleanly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let client = Client::builder().no_proxy().build().expect("a client");

    let mut program = Program::start(folder.path());
    assert!(
        program.log.contains("everybody on this machine can read and change everything"),
        "{}",
        program.log
    );
    let event = json!({"event_id": "gala", "start_datetime": "2100-01-01T09:00Z", "end_datetime": "2100-01-01T17:00Z"});
    let created = client.post(program.url("/api/v1/admin/events/create")).json(&event).send().await;
    assert_eq!(created.expect("an answer").status(), StatusCode::CREATED);
    program.end_by("-KILL").await;

    let mut program = Program::start(folder.path());
    let details =
        client.get(program.url("/api/v1/admin/events/details/gala")).send().await.expect("an answer");
    let details: Value = details.json().await.expect("JSON");
    assert_eq!(details["event"]["revision"], 1);
    let snapshot: Value = client
        .get(program.url("/api/v1/scheduler/snapshot"))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let cursor = snapshot["cursor"].as_str().expect("a cursor");
    let stream = client.get(program.url(&format!("/api/v1/scheduler/stream?cursor={cursor}"))).send().await;
    let mut stream = stream.expect("an answer");
    stream.chunk().await.expect("a bookmark");

    let status = program.end_by("-TERM").await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn the_log_of_the_first_start_has_the_token_that_makes_the_first_user_and_no_later_one_has() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let client = Client::builder().no_proxy().build().expect("a client");
    let mut program = Program::start_with(folder.path(), &[], "set-up token");
    let token = program.log.split("set-up token: ").nth(1).expect("a token").trim();
    assert_eq!(token.len(), 32, "{}", program.log);
    let refused = client.get(program.url("/api/v1/admin/events/list")).send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let body = json!({"token": token, "name": "root", "password": "a long enough password"});
    let created = client.post(program.url("/api/v1/setup")).json(&body).send().await.expect("an answer");
    assert_eq!(created.status(), StatusCode::CREATED);
    assert!(program.end_by("-TERM").await.success());

    // What is logged last.
    let program = Program::start_with(folder.path(), &[], "the admin is not built");
    assert!(!program.log.contains("set-up token"), "{}", program.log);
    let again = client.post(program.url("/api/v1/setup")).json(&body).send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

#[test]
fn settings_that_make_no_sense_are_named_and_nothing_starts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (flag, value, expected) in [
        ("--default-time-zone", "Europe/Berln", "Europe/Berln"),
        ("--database", "mysql://host/db", "sqlite:PATH"),
        ("--listen", "nowhere", "--listen"),
        ("--allowed-origin", "*", "--allowed-origin"),
        ("--public-url", "events.example.org", "https://events.example.org"),
        ("--trusted-proxy", "10.0.0.0/64", "--trusted-proxy"),
        ("--setup-token", "short", "16 characters"),
        ("--log", "server=loud", "--log"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_client-event-scheduler-server"))
            .current_dir(folder.path())
            .args(["--listen", "127.0.0.1:0", flag, value])
            .output()
            .expect("it can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{flag} {value}");
        assert!(said.contains(expected), "{flag} {value}: {said}");
    }
}
