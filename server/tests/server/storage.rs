//! A disk that is full, a database that cannot be written: a clear answer, nothing broken, and back to work by itself.

#![cfg(unix)]

use std::process::Command;

use client_event_scheduler_server::{DatabaseAddress, commands};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::process::{PROGRAM, Process};
use crate::support::{PATIENCE, TestServer, event, postgres};

/// A shell in a mount namespace of its own: what it mounts is gone with it, and needs no root where users may have namespaces.
fn in_own_mounts(script: &str) -> Command {
    let mut command = Command::new("unshare");
    let id = Command::new("id").arg("-u").output().expect("id");
    if id.stdout.trim_ascii() != b"0" {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c", script]);
    command
}

fn large(number: usize) -> Value {
    json!({
        "event_id": format!("event-{number}"), "filling": "x".repeat(50_000),
        "start_datetime": "2100-01-01T09:00Z", "end_datetime": "2100-01-01T17:00Z",
    })
}

async fn create(client: &Client, program: &Process, event: &Value) -> (StatusCode, Value) {
    let answer = client.post(program.url("/api/v1/admin/events/create")).json(event).send().await;
    let answer = answer.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

async fn total(client: &Client, program: &Process) -> Value {
    let answer = client.get(program.url("/api/v1/scheduler/snapshot")).send().await.expect("an answer");
    let snapshot: Value = answer.json().await.expect("a whole snapshot");
    json!(snapshot["events"].as_array().map(Vec::len))
}

#[tokio::test]
async fn a_full_disk_refuses_changes_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let kept = tempfile::tempdir().expect("a temporary folder");
    let (place, copy) = (folder.path().display().to_string(), kept.path().join("copy.db"));
    // When the program has ended, its database is taken out of the disk, which goes with the shell.
    let script = format!(
        "mount -t tmpfs -o size=6m none {place} && head -c 1000000 /dev/zero > {place}/ballast || exit 1
         {PROGRAM} --development --listen 127.0.0.1:0 --database {place}/events.db & program=$!
         trap 'kill -TERM $program' TERM
         wait $program; wait $program && cp {place}/events.db {copy}",
        copy = copy.display()
    );
    let mut program = Process::start(&mut in_own_mounts(&script)).await;
    let client = Client::builder().no_proxy().build().expect("a client");

    let mut stored = 0;
    let refusal = loop {
        let (status, body) = create(&client, &program, &large(stored)).await;
        if status != StatusCode::CREATED {
            break (status, body);
        }
        stored += 1;
        assert!(stored < 1_000, "the disk is never full");
    };
    assert_eq!(refusal.0, StatusCode::INSUFFICIENT_STORAGE, "{}\n{}", refusal.1, program.log());
    assert_eq!(refusal.1["code"], "STORE_FULL");
    assert!(stored > 10, "{stored}");
    // What was confirmed can still be read.
    assert_eq!(total(&client, &program).await, json!(stored));

    let inside = format!("/proc/{}/root{place}/ballast", program.id());
    std::fs::remove_file(inside).expect("room is made");
    let (status, body) = create(&client, &program, &large(stored)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(total(&client, &program).await, json!(stored + 1));

    program.signal("-TERM");
    assert!(program.ended().await.success(), "{}", program.log());
    let said = commands::check(&DatabaseAddress::file(&copy)).await.expect("a sound database");
    assert!(said.contains(&format!("{} events", stored + 1)) && said.contains("all is well"), "{said}");
}

#[tokio::test]
async fn a_database_that_became_read_only_answers_reads_and_takes_changes_again_later() {
    let url = postgres::empty_database_url().await;
    let server = TestServer::start_with(|config, _| config.database = url.parse().expect("a URL")).await;
    server.create(event("gala")).await;

    // As it is when a standby takes over: connections are ended, and new ones can only read.
    set_read_only(&url, true).await;
    let refused = eventually(&server, "other", |status, _| status != StatusCode::CREATED).await;
    assert_eq!((refused.0, &refused.1["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("STORE_READ_ONLY")));
    assert_eq!(server.details("gala").await["event_id"], "gala");

    set_read_only(&url, false).await;
    eventually(&server, "other", |status, _| status == StatusCode::CREATED).await;
    assert_eq!(server.details("other").await["revision"], 1);
}

async fn set_read_only(url: &str, read_only: bool) {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

    let name = url.rsplit('/').next().expect("a name");
    let maintenance = format!("{}/postgres", url.strip_suffix(&format!("/{name}")).expect("a name"));
    let mut connection = PgConnection::connect(&maintenance).await.expect("a connection");
    let setting = format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}");
    connection.execute(AssertSqlSafe(setting)).await.expect("the setting is made");
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    connection.execute(AssertSqlSafe(end)).await.expect("connections are ended");
}

/// Creates an event until the answer is as `wanted`; a connection that was ended may be met first.
async fn eventually(
    server: &TestServer,
    event_id: &str,
    wanted: impl Fn(StatusCode, &Value) -> bool,
) -> (StatusCode, Value) {
    let tries = async {
        loop {
            let (status, body) = server.try_create(&event(event_id)).await;
            if wanted(status, &body) && body["code"] != "STORE_UNAVAILABLE" {
                return (status, body);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, tries).await.expect("it comes about in time")
}

#[tokio::test]
async fn a_server_on_a_read_only_disk_says_so_and_does_not_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().display().to_string();
    let database = DatabaseAddress::file(folder.path().join("events.db"));
    commands::migrate(&database).await.expect("a database");
    let script = format!(
        "mount --bind {place} {place} && mount -o remount,bind,ro {place} \
         && exec {PROGRAM} --development --listen 127.0.0.1:0 --database {place}/events.db"
    );
    let output = in_own_mounts(&script).output().expect("it can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("events.db cannot be used") && said.contains("Read-only"), "{said}");
}
