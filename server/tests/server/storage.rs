//! A disk that is full, a database that cannot be written: a clear answer, nothing broken, and back to work by itself.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use client_event_scheduler_server::{DatabaseAddress, commands};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::process::{PROGRAM, Process};
use crate::support::{TestServer, event};

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
    let place = folder.path().display().to_string();
    let script = format!(
        "mount -t tmpfs -o size=6m none {place} && head -c 1000000 /dev/zero > {place}/ballast \
         && exec {PROGRAM} --listen 127.0.0.1:0 --database {place}/events.db --log warn,client_event_scheduler_server=info"
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
    assert_eq!(refusal.0, StatusCode::INSUFFICIENT_STORAGE, "{}", refusal.1);
    assert_eq!(refusal.1["code"], "STORE_FULL");
    assert!(stored > 10, "{stored}");
    // What was confirmed can still be read.
    assert_eq!(total(&client, &program).await, json!(stored));

    let inside = format!("/proc/{}/root{place}/ballast", program.id());
    std::fs::remove_file(inside).expect("room is made");
    let (status, body) = create(&client, &program, &large(stored)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(total(&client, &program).await, json!(stored + 1));

    let copy = folder.path().join("copy.db");
    let inside = format!("/proc/{}/root{place}/events.db", program.id());
    back_up(&inside, &copy).await;
    program.signal("-TERM");
    assert!(program.ended().await.success(), "{}", program.log());
    let said = commands::check(&DatabaseAddress::file(&copy)).await.expect("a sound database");
    assert!(said.contains(&format!("{} events", stored + 1)) && said.contains("all is well"), "{said}");
}

/// Copies a database that is in use, as docs/deployment.md says.
async fn back_up(from: &str, to: &Path) {
    use sqlx::Connection as _;

    let mut connection =
        sqlx::SqliteConnection::connect(&format!("sqlite://{from}")).await.expect("a connection");
    let copy = sqlx::query("VACUUM INTO $1").bind(to.display().to_string());
    copy.execute(&mut connection).await.expect("a copy");
}

#[tokio::test]
async fn a_database_that_became_read_only_answers_reads_and_takes_changes_again_later() {
    let server = TestServer::start_with(|config, folder| {
        config.database = DatabaseAddress::file(folder.join("events.db"));
    })
    .await;
    server.create(event("gala")).await;
    let DatabaseAddress::Sqlite(file) = server.database() else { panic!("SQLite was asked for") };
    // SQLite writes to no file that is not at its place any more.
    let away = file.with_extension("away");
    std::fs::rename(&file, &away).expect("moved");
    let (status, body) = server.try_create(&event("other")).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("STORE_READ_ONLY")),
        "{body}"
    );
    assert_eq!(server.details("gala").await["event_id"], "gala");

    std::fs::rename(&away, &file).expect("moved back");
    server.create(event("other")).await;
}

#[tokio::test]
async fn a_server_on_a_read_only_disk_says_so_and_does_not_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().display().to_string();
    let database = DatabaseAddress::file(folder.path().join("events.db"));
    commands::migrate(&database).await.expect("a database");
    let script = format!(
        "mount --bind {place} {place} && mount -o remount,bind,ro {place} \
         && exec {PROGRAM} --listen 127.0.0.1:0 --database {place}/events.db"
    );
    let output = in_own_mounts(&script).output().expect("it can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("the database is read-only") || said.contains("cannot be reached"), "{said}");
}
