//! Moving everything from SQLite to Postgres and back.

use std::io::Cursor;

use client_event_scheduler_server::DatabaseAddress;
use client_event_scheduler_server::commands;
use client_event_scheduler_server::store::{Store, TransferError};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::sse::EventStream;
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, event, postgres};

/// A server with events, tombstones, revisions and a history.
async fn filled() -> TestServer {
    let server = TestServer::start_with(|config, folder| {
        config.database = DatabaseAddress::file(folder.join("events.db"));
    })
    .await;
    for name in ["gala", "gone", "täter \"quoted\"\u{1F389}", "back"] {
        server.create(event(name)).await;
    }
    server.update("gala", serde_json::json!({"venue": "Hall \u{0007} \\ 7", "price": 12.5})).await;
    server.delete("gone").await;
    server.delete("back").await;
    server.create(event("back")).await;
    server.advance(HOUR_MS).await;
    server
}

async fn exported(store: &Store) -> String {
    let mut file = Vec::new();
    store.export(&mut file, at(BEGINNING_MS)).await.expect("everything is written");
    String::from_utf8(file).expect("text")
}

/// The lines of an export in an order that does not depend on the database, without the head, whose time may differ.
fn rows(export: &str) -> Vec<String> {
    let mut table = String::new();
    let mut rows = Vec::new();
    for line in export.lines() {
        let value: Value = serde_json::from_str(line).expect("a JSON value");
        match value["table"].as_str() {
            Some(name) => table = name.to_owned(),
            None if value.is_array() => rows.push(format!("{table} {line}")),
            None => {}
        }
    }
    rows.sort();
    rows
}

async fn import(address: &DatabaseAddress, export: &str, force: bool) -> Result<(), TransferError> {
    let store = Store::open(address).await.expect("the target opens");
    store.import(Cursor::new(export.to_owned()), force).await.map(|_| ())
}

#[tokio::test]
async fn a_team_moves_from_sqlite_to_postgres_and_back_and_nothing_differs() {
    let mut server = filled().await;
    let cursor = server.cursor().await;
    let snapshot = server.snapshot().await["events"].clone();
    let original = exported(server.app().store()).await;
    server.stop().await;

    let on_postgres = postgres::empty_database_url().await.parse().expect("a Postgres URL");
    import(&on_postgres, &original, false).await.expect("everything is taken over");
    let store = Store::open(&on_postgres).await.expect("it opens again");
    let moved = exported(&store).await;
    store.close().await;
    assert_eq!(rows(&moved), rows(&original));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let back = DatabaseAddress::file(folder.path().join("back.db"));
    import(&back, &moved, false).await.expect("everything is taken back");
    let store = Store::open(&back).await.expect("it opens again");
    assert_eq!(rows(&exported(&store).await), rows(&original));
    store.close().await;

    // A server goes on with it, and cursors of the old one are good.
    server.reconfigure(|config| config.database = on_postgres);
    server.restart().await;
    assert_eq!(server.snapshot().await["events"], snapshot);
    let mut stream = EventStream::open(&server, &cursor).await;
    stream.bookmark().await;
    server.create(event("new")).await;
    assert_eq!(stream.change().await.data["event_id"], "new");
    server.advance(HOUR_MS).await;
}

#[tokio::test]
async fn a_database_that_holds_something_is_replaced_only_by_force() {
    let server = filled().await;
    let export = exported(server.app().store()).await;
    let other = filled().await;
    other.create(event("other")).await;
    let mut other = other;
    other.stop().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = DatabaseAddress::file(folder.path().join("target.db"));
    import(&target, &export, false).await.expect("the target is empty");

    let refused = import(&target, &export, false).await.expect_err("the target is full");
    assert!(refused.to_string().contains("--force"), "{refused}");
    import(&target, &export, true).await.expect("by force");
    assert!(commands::check(&target).await.expect("a sound database").contains("all is well"));
}

#[tokio::test]
async fn a_file_that_was_cut_or_changed_leaves_the_target_as_it_was() {
    let server = filled().await;
    let export = exported(server.app().store()).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = DatabaseAddress::file(folder.path().join("target.db"));
    let before = {
        let store = Store::open(&target).await.expect("a new database");
        let rows = rows(&exported(&store).await);
        store.close().await;
        rows
    };
    let cut = &export[..export.len() / 2];
    let without_end =
        export.trim_end().rsplit_once('\n').map(|(rest, _)| format!("{rest}\n")).expect("lines");
    let changed = export.replace("Hall", "Mall");
    let other_form = export.replacen("\"migrations\":[1", "\"migrations\":[0,1", 1);
    for (name, text, expected) in [
        ("cut", cut, "damaged"),
        ("without its end", without_end.as_str(), "damaged"),
        ("changed", changed.as_str(), "SHA-256"),
        ("of another form", other_form.as_str(), "migrate"),
        (
            "of another format",
            "{\"format\":\"x\",\"version\":1,\"migrations\":[],\"epoch\":\"\",\"seq\":0,\"exported_at\":\"\"}\n",
            "reads",
        ),
        ("no export", "hello\n", "line 1"),
    ] {
        let error = import(&target, text, false).await.expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
        let store = Store::open(&target).await.expect("it opens");
        assert_eq!(rows(&exported(&store).await), before, "{name}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_check_tells_what_must_not_be() {
    let mut server = filled().await;
    let (status, _) = server.send(Method::GET, "/ready", None).await;
    assert_eq!(status, StatusCode::OK);
    server.stop().await;
    let address = server.database();
    assert!(commands::check(&address).await.expect("a sound database").contains("all is well"));

    let DatabaseAddress::Sqlite(file) = &address else { panic!("SQLite was asked for") };
    for damage in [
        "UPDATE events SET document = '{' WHERE event_id = 'gala'",
        "UPDATE feed_counter SET seq = seq - 1",
        "UPDATE events SET revision = -1 WHERE event_id = 'back'",
    ] {
        let url = format!("sqlite://{}", file.display());
        let mut connection =
            <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.expect("a connection");
        sqlx::query(damage).execute(&mut connection).await.expect("the damage is done");
        let error = commands::check(&address).await.expect_err(damage);
        assert!(error.to_string().contains("finding"), "{damage}: {error}");
        sqlx::Connection::close(connection).await.expect("closed");
    }
}
