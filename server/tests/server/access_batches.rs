//! Many events at once, in the name of somebody: the rules are those of single ones.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::access::People;
use crate::support::{TestServer, event, text};

const EVENTS: &str = "/api/v1/admin/events";
const BATCH: &str = "/api/v1/admin/events/batch";
const IMPORT: &str = "/api/v1/admin/events/import";
const FORBIDDEN: (StatusCode, &str) = (StatusCode::FORBIDDEN, "FORBIDDEN");

fn queued(server: &TestServer) -> usize {
    server.app().host().view().shown.triggers_queued
}

#[tokio::test]
async fn who_may_not_approve_or_delete_one_event_may_not_do_so_to_many() {
    let server = TestServer::secured().await;
    let People { admin, executive, .. } = server.people().await;
    let (writer, _) = server.add_key(&admin, "writer", &["events:write"]).await;
    server.done_as(&executive, Method::POST, &format!("{EVENTS}/create"), Some(&event("own"))).await;
    for who in [&executive, &writer] {
        for action in ["approve", "decline", "cancel", "delete"] {
            let body = json!({"action": action, "event_ids": ["own"]});
            server.refused_as(who, Method::POST, BATCH, Some(&body), FORBIDDEN).await;
        }
    }
    let read = server.done_as(&executive, Method::GET, &format!("{EVENTS}/details/own"), None).await;
    assert_eq!(
        (&read["event"]["revision"], &read["event"]["status"]),
        (&json!(1), &json!("pending_approval"))
    );
}

#[tokio::test]
async fn a_batch_of_an_executive_moves_only_his_own_events_that_still_wait() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    let create = format!("{EVENTS}/create");
    server.done_as(&executive, Method::POST, &create, Some(&event("own"))).await;
    server.done_as(&organizer, Method::POST, &create, Some(&event("other"))).await;
    let shift = json!({"action": "shift", "by": "P7D", "event_ids": ["own", "other"]});
    let answer = server.done_as(&executive, Method::POST, BATCH, Some(&shift)).await;
    assert_eq!((&answer["changed"], &answer["refused"]), (&json!(1), &json!(1)), "{answer}");
    assert_eq!(answer["outcomes"][1]["code"], "NOT_YOUR_PENDING_EVENT");
    let approve = json!({"action": "approve", "event_ids": ["own"]});
    server.done_as(&organizer, Method::POST, BATCH, Some(&approve)).await;
    let answer = server.done_as(&executive, Method::POST, BATCH, Some(&shift)).await;
    assert_eq!(answer["refused"], 2, "{answer}");
}

#[tokio::test]
async fn what_an_executive_imports_waits_for_approval_and_changes_nobody_elses_event() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    server.done_as(&organizer, Method::POST, &format!("{EVENTS}/create"), Some(&event("other"))).await;
    server.settle().await;
    let before = queued(&server);
    let (mut new, mut other) = (event("new"), event("other"));
    new["event_approval_status"] = json!("approved");
    other["event_name"] = json!("Mine?");
    let report = server.done_as(&executive, Method::POST, IMPORT, Some(&json!([new, other]))).await;
    assert_eq!(
        (&report["created"], &report["updated"], &report["refused"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(report["problems"][0]["problems"][0]["code"], "NOT_YOUR_PENDING_EVENT");
    let read = server.done_as(&executive, Method::GET, &format!("{EVENTS}/details/new"), None).await;
    assert_eq!(read["event"]["status"], "pending_approval");
    server.settle().await;
    assert_eq!(queued(&server), before);

    // It is his: he may change it, with another import too.
    new["event_name"] = json!("Renamed");
    let report = server.done_as(&executive, Method::POST, IMPORT, Some(&json!([new]))).await;
    assert_eq!(report["updated"], 1, "{report}");
    let approve = json!({"action": "approve", "event_ids": ["new"]});
    server.done_as(&organizer, Method::POST, BATCH, Some(&approve)).await;
    server.settle().await;
    assert_eq!(queued(&server), before + 3);
}

#[tokio::test]
async fn each_event_of_a_batch_and_of_an_import_is_in_the_audit() {
    let server = TestServer::secured().await;
    let People { admin, organizer, .. } = server.people().await;
    let rows = json!([event("a"), event("b")]);
    server.done_as(&organizer, Method::POST, &format!("{IMPORT}?dry_run=true"), Some(&rows)).await;
    server.done_as(&organizer, Method::POST, IMPORT, Some(&rows)).await;
    let decline = json!({"action": "decline", "event_ids": ["b", "a", "missing"]});
    server.done_as(&organizer, Method::POST, BATCH, Some(&decline)).await;
    let of_events = |row: &Value| text(&row["route"]).starts_with(EVENTS) && !row["target_id"].is_null();
    let rows = server.audit(&admin, "").await;
    let told: Vec<_> = rows.iter().rev().filter(|row| of_events(row)).collect();
    let told: Vec<_> =
        told.iter().map(|row| format!("{} {}", text(&row["route"]), text(&row["target_id"]))).collect();
    assert_eq!(
        told,
        [format!("{IMPORT} a"), format!("{IMPORT} b"), format!("{BATCH} b"), format!("{BATCH} a")]
    );
}

#[tokio::test]
async fn an_idempotency_key_is_its_authors_own() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    for (who, name) in [(&organizer, "a"), (&executive, "b")] {
        let request = who.on(server.request(Method::POST, &format!("{EVENTS}/create")));
        let request = request.header("idempotency-key", "same").json(&event(name));
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::CREATED, "{name}");
    }
}
