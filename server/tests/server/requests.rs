//! Requests that are conditional, repeated, or wait for a change.

use std::collections::BTreeSet;

use crate::support::{HOUR_MS, TestServer, answer, event};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_revision_in_the_header_guards_every_mutation() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.update("gala", json!({"venue": "Hall 2"})).await;
    let path = |action: &str| format!("/api/v1/admin/events/{action}/gala");
    for (method, action) in [
        (Method::PUT, "update"),
        (Method::PATCH, "update"),
        (Method::POST, "approve"),
        (Method::POST, "decline"),
        (Method::DELETE, "delete"),
    ] {
        let request = |tag: &str| {
            let request = server.request(method.clone(), &path(action)).header("if-match", tag);
            if action == "update" { request.json(&json!({"venue": "Hall 3"})) } else { request }
        };
        let (status, problem) = answer(request("\"1\"")).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("STALE_REVISION")), "{action}");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("revision 2") && detail.contains("revision 1"), "{detail}");
        let (status, problem) = answer(request("2")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{action}: {problem}");
        assert_eq!(problem["problems"][0]["field"], "If-Match");
    }
    for action in ["approve", "decline"] {
        let (status, problem) =
            server.send(Method::POST, &format!("{}?revision=1", path(action)), None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("STALE_REVISION")), "{action}");
        let (status, problem) =
            server.send(Method::POST, &format!("{}?revision=two", path(action)), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{action}");
        assert_eq!(problem["problems"][0]["code"], "REVISION_INVALID");
    }
    let patch = server.request(Method::PATCH, &path("update")).header("if-match", "\"2\"");
    let (status, patched) = answer(patch.json(&json!({"venue": "Hall 3"}))).await;
    assert_eq!((status, &patched["event"]["revision"]), (StatusCode::OK, &json!(3)));
    let any = server.request(Method::DELETE, &path("delete")).header("if-match", "*");
    assert_eq!(answer(any).await.0, StatusCode::OK);
}

#[tokio::test]
async fn answers_about_one_event_carry_its_revision_as_their_tag() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.update("gala", json!({"venue": "Hall 2"})).await;
    let response = server.request(Method::GET, "/api/v1/admin/events/details/gala").send().await;
    assert_eq!(response.expect("an answer").headers()["etag"], "\"2\"");
    let response = server.request(Method::POST, "/api/v1/admin/events/approve/gala").send().await;
    assert_eq!(response.expect("an answer").headers()["etag"], "\"3\"");
}

async fn create(server: &TestServer, key: &str, body: &Value) -> (StatusCode, bool, Value) {
    let request = server.request(Method::POST, "/api/v1/admin/events/create").header("idempotency-key", key);
    let response = request.json(body).send().await.expect("an answer");
    let replayed = response.headers().contains_key("idempotency-replayed");
    (response.status(), replayed, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_repeated_creation_has_the_same_answer_until_its_key_expires() {
    let server = TestServer::start().await;
    let (status, replayed, first) = create(&server, "k-1", &event("gala")).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    server.update("gala", json!({"venue": "Hall 2"})).await;
    server.clock.advance(23 * HOUR_MS);
    assert_eq!(create(&server, "k-1", &event("gala")).await, (StatusCode::CREATED, true, first));

    let (status, _, problem) = create(&server, "k-1", &event("other")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("IDEMPOTENCY_KEY_REUSED")));
    server.clock.advance(2 * HOUR_MS);
    let (status, _, problem) = create(&server, "k-1", &event("gala")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("EVENT_EXISTS")));
    let (status, replayed, _) = create(&server, "k-1", &event("later")).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false), "an expired key can be used anew");
}

#[tokio::test]
async fn a_refused_creation_does_not_use_its_key_up() {
    let server = TestServer::start().await;
    let (status, _, _) = create(&server, "k", &json!({"event_id": ""})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(create(&server, "k", &event("gala")).await.0, StatusCode::CREATED);
    for key in ["", "a key", &"x".repeat(129)] {
        let (status, _, problem) = create(&server, key, &event("e")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{key:?}");
        assert_eq!(problem["problems"][0]["field"], "Idempotency-Key");
    }
}

#[tokio::test]
async fn many_creations_at_once_with_one_key_create_one_event_and_have_one_answer() {
    let server = TestServer::start().await;
    let body = event("gala");
    let answers = futures_util::future::join_all((0..16).map(|_| create(&server, "k", &body))).await;
    let created = answers.iter().filter(|(_, replayed, _)| !replayed).count();
    let bodies: BTreeSet<_> =
        answers.iter().map(|(status, _, body)| (status.as_u16(), body.to_string())).collect();
    assert_eq!((created, bodies.len()), (1, 1), "{bodies:?}");
    assert_eq!(*server.app().store().committed().borrow(), 1);
}

#[tokio::test]
async fn a_reading_request_waits_for_the_change_that_it_names() {
    let server = TestServer::start().await;
    let created = server.create(event("gala")).await;
    let health = server.get(&format!("/health/scheduler?after_seq={}", created["seq"])).await;
    assert_eq!(health["events_tracked"], 1, "the scheduler has taken it in");
    let list = server.get(&format!("/api/v1/admin/events/list?after_seq={}", created["seq"])).await;
    assert_eq!(list["total"], 1);
    let request = server.request(Method::GET, "/health?after_seq=99");
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.headers()["retry-after"], "1");
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["code"], "SEQ_NOT_REACHED");
}
