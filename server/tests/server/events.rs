//! What the admin does with events: create, read, update, approve, decline, delete.

use crate::support::{HOUR_MS, TestServer, event, instant, status_of};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn status(status: &str, sub_status: &str) -> (String, String) {
    (status.to_owned(), sub_status.to_owned())
}

#[tokio::test]
async fn an_event_lives_from_creation_to_deletion() {
    let server = TestServer::start().await;
    let created = server.create(event("gala")).await;
    assert_eq!(created["success"], true);
    assert_eq!(created["seq"], 1);
    assert_eq!(created["event"]["revision"], 1);
    assert_eq!(created["event"]["created_at"], json!(instant(0)));
    assert_eq!(status_of(&created["event"]), status("upcoming", "registration_not_started"));
    assert_eq!(server.details("gala").await, created["event"]);
    assert_eq!(server.list().await, vec![created["event"].clone()]);

    server.clock.advance(60_000);
    let updated = server.update("gala", json!({"venue": "Hall 2"})).await;
    assert_eq!((&updated["seq"], &updated["event"]["revision"]), (&json!(2), &json!(2)));
    assert_eq!(updated["event"]["created_at"], json!(instant(0)));
    assert_eq!(updated["event"]["updated_at"], json!(instant(60_000)));

    let deleted = server.delete("gala").await;
    assert_eq!(deleted["seq"], 3);
    assert_eq!(deleted["event"], updated["event"], "the answer holds the last state");
    assert!(server.list().await.is_empty());
    for (method, action) in [(Method::GET, "details"), (Method::DELETE, "delete"), (Method::POST, "approve")]
    {
        let (status, problem) =
            server.send(method, &format!("/api/v1/admin/events/{action}/gala"), None).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("EVENT_NOT_FOUND")),
            "{action}"
        );
    }
    let (status, problem) = server.try_update("gala", &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("EVENT_NOT_FOUND")));
}

#[tokio::test]
async fn an_id_that_lives_cannot_be_created_and_a_deleted_one_goes_on_counting() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let (status, problem) = server.try_create(&event("gala")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("EVENT_EXISTS")));

    server.delete("gala").await;
    let again = server.create(event("gala")).await;
    assert_eq!(again["event"]["revision"], 3, "1 was the first life, 2 its end");
}

#[tokio::test]
async fn fields_that_the_server_does_not_know_come_back_as_they_were_sent() {
    let server = TestServer::start().await;
    let sent = r#"{"zeta":1.10,"event_id":"odd","big":12345678901234567890,"alpha":{"y":[true,null],"x":"é \" \u0041"},"empty":{}}"#;
    let request = server.request(Method::POST, "/api/v1/admin/events/create");
    let answer =
        request.header("content-type", "application/json").body(sent).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::CREATED);
    let body = answer.text().await.expect("a body");
    let kept = sent.trim_end_matches('}');
    assert!(body.contains(kept), "{body} does not contain {kept}");
    let snapshot = server.request(Method::GET, "/api/v1/scheduler/snapshot").send().await.expect("an answer");
    let body = snapshot.text().await.expect("a body");
    assert!(body.contains(kept), "{body} does not contain {kept}");
}

#[tokio::test]
async fn an_update_merges_and_null_clears() {
    let server = TestServer::start().await;
    let mut gala = event("gala");
    gala["details"] = json!({"stage": 1, "band": "Quartet"});
    gala["venue"] = json!("Hall 1");
    server.create(gala).await;
    let patch = json!({"details": {"stage": 2}, "venue": null, "registration_start_date": null, "new": 1});
    let event = server.update("gala", patch).await["event"].take();
    assert_eq!(event["details"], json!({"stage": 2}), "the merge is shallow");
    assert_eq!((event.get("venue"), event.get("registration_start_date")), (None, None));
    assert_eq!(event["new"], 1);
    assert_eq!(event["event_name"], "Event gala");
    assert_eq!(status_of(&event), status("upcoming", "registration_not_required"));
}

#[tokio::test]
async fn an_update_of_another_revision_is_stale() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.update("gala", json!({"revision": 1, "venue": "Hall 2"})).await;
    for revision in [0, 1, 3] {
        let (status, problem) =
            server.try_update("gala", &json!({"revision": revision, "venue": "Hall 3"})).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("STALE_REVISION")),
            "{revision}"
        );
    }
    let event = server.details("gala").await;
    assert_eq!((&event["revision"], &event["venue"]), (&json!(2), &json!("Hall 2")));
    server.update("gala", json!({"revision": null, "venue": "Hall 4"})).await;
}

#[tokio::test]
async fn an_update_that_changes_nothing_makes_no_revision_and_no_change_in_the_feed() {
    let server = TestServer::start().await;
    let created = server.create(event("gala")).await;
    let everything = created["event"].clone();
    for patch in [json!({}), json!({"event_name": "Event gala"}), json!({"missing": null}), everything] {
        let answer = server.update("gala", patch.clone()).await;
        assert_eq!((&answer["seq"], &answer["event"]), (&json!(1), &created["event"]), "{patch}");
    }
}

#[tokio::test]
async fn approval_opens_the_gate_and_declining_closes_it() {
    let server = TestServer::start().await;
    let mut pending = event("gala");
    pending["event_approval_status"] = json!("pending_approval");
    pending["status"] = json!("pending_approval");
    let created = server.create(pending).await;
    assert_eq!(status_of(&created["event"]), status("pending_approval", "pending_approval"));
    assert_eq!(server.scheduler_health().await["triggers_queued"], 0);

    let (_, approved) = server.act("approve", "gala").await;
    assert_eq!(status_of(&approved["event"]), status("upcoming", "registration_not_started"));
    assert_eq!(approved["event"]["event_approval_status"], "approved");
    assert_eq!(server.scheduler_health().await["triggers_queued"], 3);
    let (_, again) = server.act("approve", "gala").await;
    assert_eq!(again["seq"], approved["seq"], "approving twice changes nothing");

    let (_, declined) = server.act("decline", "gala").await;
    assert_eq!(status_of(&declined["event"]), status("declined", "declined"));
    assert_eq!(server.scheduler_health().await["triggers_queued"], 0);
}

#[tokio::test]
async fn a_cancelled_event_stays_cancelled_until_its_status_is_cleared() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let cancelled = server.update("gala", json!({"status": "cancelled"})).await;
    assert_eq!(status_of(&cancelled["event"]), status("cancelled", "cancelled"));
    let (_, approved) = server.act("approve", "gala").await;
    assert_eq!(status_of(&approved["event"]), status("cancelled", "cancelled"));
    let revived = server.update("gala", json!({"status": null})).await;
    assert_eq!(status_of(&revived["event"]), status("upcoming", "registration_not_started"));
}

#[tokio::test]
async fn a_status_that_is_sent_back_as_it_was_read_does_not_hold_the_event() {
    let server = TestServer::start().await;
    let mut pending = event("gala");
    pending["event_approval_status"] = json!("pending_approval");
    let mut read = server.create(pending).await["event"].take();
    assert_eq!(read["status"], "pending_approval");
    read["event_approval_status"] = json!("approved");
    let updated = server.update("gala", read).await;
    assert_eq!(status_of(&updated["event"]), status("upcoming", "registration_not_started"));
}

#[tokio::test]
async fn the_status_follows_the_clock() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    for (hours, expected) in [
        (1, ("upcoming", "registration_open")),
        (2, ("ongoing", "event_started")),
        (3, ("completed", "event_ended")),
    ] {
        server.clock.set(crate::support::at(crate::support::BEGINNING_MS + hours * HOUR_MS));
        let event = server.details("gala").await;
        assert_eq!(status_of(&event), status(expected.0, expected.1), "after {hours} h");
        assert_eq!(event["revision"], 1, "time makes no revision");
    }
}

#[tokio::test]
async fn ids_of_every_kind_can_be_addressed() {
    let server = TestServer::start().await;
    for (event_id, address) in [
        ("a/b", "a%2Fb"),
        ("50% off?", "50%25%20off%3F"),
        ("日本語", "%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("a#b;c", "a%23b;c"),
        ("' OR 1=1 --", "'%20OR%201=1%20--"),
    ] {
        server.create(event(event_id)).await;
        let answer = server.get(&format!("/api/v1/admin/events/details/{address}")).await;
        assert_eq!(answer["event"]["event_id"], event_id);
    }
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_are_answered_as_problems() {
    let server = TestServer::start().await;
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nothing", 404, "NOT_FOUND"),
        (Method::GET, "/api/v1/admin/events/", 404, "NOT_FOUND"),
        (Method::GET, "/api/v1/admin/events/details/%FF", 404, "NOT_FOUND"),
        (Method::GET, "/api/v1/admin/events/create", 405, "METHOD_NOT_ALLOWED"),
        (Method::DELETE, "/health", 405, "METHOD_NOT_ALLOWED"),
        (Method::POST, "/api/v1/scheduler/snapshot", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let response = server.request(method.clone(), path).send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path}");
        let problem: Value = response.json().await.expect("JSON");
        assert_eq!(problem["code"], code, "{method} {path}");
    }
}

#[tokio::test]
async fn a_database_that_fails_is_answered_as_such_and_shown_in_health() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.settle().await;
    server.app().store().close().await;
    for (method, path) in [
        (Method::GET, "/api/v1/admin/events/list"),
        (Method::DELETE, "/api/v1/admin/events/delete/gala"),
        (Method::GET, "/api/v1/scheduler/snapshot"),
    ] {
        let (status, problem) = server.send(method, path, None).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!("STORE_UNAVAILABLE")),
            "{path}"
        );
        assert!(!problem.to_string().contains("sql"), "nothing of the inside is told: {problem}");
    }
    let health = server.get("/health").await;
    assert_eq!((&health["status"], health["store"]["error"].is_string()), (&json!("degraded"), true));
}
