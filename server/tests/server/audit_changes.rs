//! What the audit keeps of a change: each field with its old and its new value, together with the change or not at all.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::access::{PASSWORD, People};
use crate::support::{HOUR_MS, TestServer, event, instant};

const EVENTS: &str = "/api/v1/admin/events";
const NAMES: [&str; 5] = ["venue", "event_name", "topic", r#"a \"quoted\" näme"#, "notes"];

/// Each as it is written in a request.
const VALUES: [&str; 8] = [
    "\"Hall\"",
    "\"H\\u00e4ll \u{1f3d4}\"",
    "1.10",
    "12345678901234567890123",
    "null",
    "{ \"a\" : [1, 2.50] }",
    "true",
    "LONG",
];

type Fields = Vec<(usize, usize)>;

#[derive(Debug, Clone)]
enum Step {
    Create(Fields),
    Update(Fields),
    Import(Fields),
    Approve,
    Decline(Option<&'static str>),
    Batch(&'static str),
    Delete,
    /// A change on the condition of a revision that is not there.
    Stale(Fields),
    /// A change that makes the event invalid.
    Invalid,
}

fn step() -> impl Strategy<Value = Step> {
    let fields = || vec((0..NAMES.len(), 0..VALUES.len()), 0..4);
    let reason = prop_oneof![Just(None), Just(Some("No room.")), Just(Some("Zu spät"))];
    let batch = prop_oneof![Just("cancel"), Just("shift"), Just("approve"), Just("decline")];
    prop_oneof![
        3 => fields().prop_map(Step::Create),
        4 => fields().prop_map(Step::Update),
        2 => fields().prop_map(Step::Import),
        1 => Just(Step::Approve),
        2 => reason.prop_map(Step::Decline),
        2 => batch.prop_map(Step::Batch),
        1 => Just(Step::Delete),
        1 => fields().prop_map(Step::Stale),
        1 => Just(Step::Invalid),
    ]
}

fn body(event_id: Option<&str>, fields: &Fields) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(id) = event_id {
        parts.push(format!(r#""event_id":"{id}","start_datetime":"{}""#, instant(2 * HOUR_MS)));
        parts.push(format!(r#""end_datetime" : "{}""#, instant(3 * HOUR_MS)));
    }
    for (name, value) in fields {
        let value = match VALUES[*value] {
            "LONG" => format!("\"{}\"", "long ".repeat(1_500)),
            value => value.to_owned(),
        };
        parts.push(format!("\"{}\":{value}", NAMES[*name]));
    }
    format!("{{{}}}", parts.join(","))
}

impl Step {
    async fn take(&self, server: &TestServer, id: &str) {
        let (method, path, body) = match self {
            Self::Create(fields) => (Method::POST, "create".to_owned(), body(Some(id), fields)),
            Self::Update(fields) => (Method::PUT, format!("update/{id}"), body(None, fields)),
            Self::Import(fields) => {
                (Method::POST, "import".to_owned(), format!("[{}]", body(Some(id), fields)))
            }
            Self::Approve => (Method::POST, format!("approve/{id}"), String::new()),
            Self::Decline(None) => (Method::POST, format!("decline/{id}"), String::new()),
            Self::Decline(Some(reason)) => {
                (Method::POST, format!("decline/{id}"), json!({"reason": reason}).to_string())
            }
            Self::Batch(action) => {
                let mut body = json!({"action": action, "event_ids": [id]});
                if *action == "shift" {
                    body["by"] = json!("P1D");
                }
                (Method::POST, "batch".to_owned(), body.to_string())
            }
            Self::Delete => (Method::DELETE, format!("delete/{id}"), String::new()),
            Self::Stale(fields) => {
                let body = format!("{},\"revision\":999}}", body(None, fields).trim_end_matches('}'));
                (Method::PUT, format!("update/{id}"), body.replace("{,", "{"))
            }
            Self::Invalid => (Method::PUT, format!("update/{id}"), r#"{"end_datetime":"soon"}"#.to_owned()),
        };
        let request = server.request(method, &format!("{EVENTS}/{path}"));
        let request = request.header("content-type", "application/json").body(body);
        let status = request.send().await.expect("an answer").status();
        assert!(!status.is_server_error(), "{self:?}: {status}");
    }
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    outcome: String,
    changes: Option<Changes>,
}

#[derive(Deserialize)]
struct Changes {
    revision: u64,
    fields: Vec<Change>,
    left_out: u64,
}

#[derive(Deserialize)]
struct Change {
    field: String,
    old: Option<Kept>,
    new: Option<Kept>,
}

/// A kept value, every part of it as it was written.
type Kept = BTreeMap<String, Box<RawValue>>;

fn same(left: &Kept, right: &Kept) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(one, other)| one.0 == other.0 && one.1.get() == other.1.get())
}

/// Whether what is kept is kept of this value.
fn is_of(kept: &Kept, stored: &RawValue) -> bool {
    match (kept.get("value"), kept.get("sha256")) {
        (Some(value), None) => value.get() == stored.get(),
        (None, Some(hash)) => {
            let digest = Sha256::digest(stored.get());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            hash.get() == format!("\"{hex}\"") && kept["bytes"].get() == stored.get().len().to_string()
        }
        _ => false,
    }
}

/// The entries about the event, the first one first.
async fn entries(server: &TestServer, id: &str) -> Vec<Entry> {
    let path = format!("/api/v1/admin/audit?limit=500&target={id}");
    let answer = server.request(Method::GET, &path).send().await.expect("an answer");
    let page: Page = serde_json::from_str(&answer.text().await.expect("a page")).expect("entries");
    page.entries.into_iter().rev().collect()
}

/// Takes the steps, and after each of them compares the stored event with what the audit tells of it from the beginning.
async fn replay(server: &TestServer, id: &str, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        step.take(server, id).await;
        let mut told: BTreeMap<String, Kept> = BTreeMap::new();
        let mut revision = 0;
        for entry in entries(server, id).await {
            let Some(changes) = entry.changes else { continue };
            assert_eq!((entry.outcome.as_str(), changes.left_out), ("done", 0));
            revision += 1;
            assert_eq!(changes.revision, revision, "each revision is told, and nothing else");
            for Change { field, old, new } in changes.fields {
                let was = told.remove(&field);
                match (&was, &old) {
                    (None, None) => {}
                    (Some(was), Some(old)) => assert!(same(was, old), "the old value of {field}"),
                    _ => panic!("{field} was {was:?}, and the audit says {old:?}"),
                }
                assert!(!old.iter().zip(&new).any(|(old, new)| same(old, new)), "{field} has not changed");
                told.extend(new.map(|new| (field, new)));
            }
        }
        let row = server.app().store().event(id).await.expect("the store");
        let stored: BTreeMap<String, Box<RawValue>> = row
            .as_ref()
            .map(|row| serde_json::from_str(&row.document).expect("a document"))
            .unwrap_or_default();
        assert!(row.is_none_or(|row| row.revision == revision), "after step {at} of {steps:?}");
        let names = (told.keys().collect::<Vec<_>>(), stored.keys().collect::<Vec<_>>());
        assert_eq!(names.0, names.1, "after step {at} of {steps:?}");
        for (field, value) in &stored {
            assert!(is_of(&told[field], value), "{field} after step {at} of {steps:?}");
        }
    }
}

#[test]
fn what_the_audit_tells_of_an_event_from_its_creation_on_is_the_stored_event() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(TestServer::start());
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    let mut case = std::cell::Cell::new(0);
    let outcome = runner.run(&vec(step(), 1..16), |steps| {
        case.set(case.get() + 1);
        runtime.block_on(replay(&server, &format!("e{}", case.get()), &steps));
        Ok(())
    });
    assert!(*case.get_mut() >= 32);
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_no_word_of_what_it_would_have_changed() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    for (path, body) in [
        ("update/gala", json!({"venue": "Hall", "revision": 7})),
        ("update/gala", json!({"end_datetime": "soon", "venue": "Hall"})),
        ("update/gala", json!({"notes": "x".repeat(70_000)})),
        ("update/nobody", json!({"venue": "Hall"})),
    ] {
        let (status, answer) = server.send(Method::PUT, &format!("{EVENTS}/{path}"), Some(&body)).await;
        assert!(status.is_client_error(), "{answer}");
    }
    let long = json!({"reason": "x".repeat(2_000)});
    let (status, _) = server.send(Method::POST, &format!("{EVENTS}/decline/gala"), Some(&long)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    server.update("gala", json!({"event_name": "Event gala"})).await;
    let rows = server.get("/api/v1/admin/audit").await["entries"].take();
    let told: Vec<_> =
        rows.as_array().expect("rows").iter().filter(|row| !row["changes"].is_null()).collect();
    assert_eq!(told.len(), 1, "only the creation: {rows}");
    assert_eq!(told[0]["changes"]["revision"], 1);
}

#[tokio::test]
async fn a_decision_is_told_with_the_state_and_the_reason() {
    let server = TestServer::start().await;
    let mut proposal = event("gala");
    proposal["event_approval_status"] = json!("pending_approval");
    server.create(proposal).await;
    let reason = json!({"reason": "No room."});
    server.send(Method::POST, &format!("{EVENTS}/decline/gala"), Some(&reason)).await;
    server.act("approve", "gala").await;
    let rows = server.get("/api/v1/admin/audit?target=gala").await["entries"].take();
    let status = |old: &str, new: &str| json!({"field": "event_approval_status", "old": {"value": old}, "new": {"value": new}});
    let declined = json!([
        status("pending_approval", "declined"),
        {"field": "decline_reason", "new": {"value": "No room."}},
    ]);
    assert_eq!(rows[1]["changes"], json!({"revision": 2, "left_out": 0, "fields": declined}));
    let approved = json!([
        {"field": "decline_reason", "old": {"value": "No room."}},
        status("declined", "approved"),
    ]);
    assert_eq!(rows[0]["changes"], json!({"revision": 3, "left_out": 0, "fields": approved}));
}

#[tokio::test]
async fn of_users_keys_and_events_every_change_is_told_and_no_secret() {
    let server = TestServer::secured().await;
    let People { admin, .. } = server.people().await;
    let user = server.add_user(&admin, "paul", "organizer").await;
    let path = format!("/api/v1/admin/users/{user}");
    let change = json!({"role": "executive_admin", "password": "another long password"});
    server.done_as(&admin, Method::PUT, &path, Some(&change)).await;
    let fields = |row: &Value| row["changes"]["fields"].clone();
    let rows = server.audit(&admin, &format!("target={user}")).await;
    assert_eq!(
        fields(&rows[0]),
        json!([
            {"field": "password", "old": {"hidden": true}, "new": {"hidden": true}},
            {"field": "role", "old": {"value": "organizer"}, "new": {"value": "executive_admin"}},
        ])
    );
    let (key, key_id) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    server.done_as(&admin, Method::DELETE, &format!("/api/v1/admin/api-keys/{key_id}"), None).await;
    server.clock.advance(1);
    server.done_as(&admin, Method::DELETE, &format!("/api/v1/admin/api-keys/{key_id}"), None).await;
    let rows = server.audit(&admin, &format!("target={key_id}")).await;
    assert_eq!(fields(&rows[0]), json!([]), "it was revoked already");
    assert_eq!(fields(&rows[1])[0]["field"], "revoked_at");
    assert_eq!(fields(&rows[2]).as_array().map(Vec::len), Some(4));

    let mut online = event("online");
    online["zoom_password"] = json!("hunter2");
    online["access"] = json!({"links": [{"token": "hunter2", "url": "https://example.org"}]});
    server.done_as(&admin, Method::POST, &format!("{EVENTS}/create"), Some(&online)).await;
    let written = json!(server.audit(&admin, "").await).to_string();
    let key = key.key.unwrap_or_default();
    for secret in ["hunter2", "another long password", PASSWORD, &key] {
        assert!(!written.contains(secret), "{secret}");
    }
    assert!(written.contains("zoom_password"));
}
