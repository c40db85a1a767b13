//! Services among themselves: each sees its own, and none takes more than its share.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::access::Credential;
use crate::support::service::{MINUTE_MS, SCHEDULE, wanted, with};
use crate::support::{HOUR_MS, TestServer, text};

const SCOPES: [&str; 2] = ["schedules:read", "schedules:write"];
const NOT_FOUND: (StatusCode, &str) = (StatusCode::NOT_FOUND, "SCHEDULED_EVENT_NOT_FOUND");
const MISMATCH: (StatusCode, &str) = (StatusCode::FORBIDDEN, "SERVICE_MISMATCH");

async fn two_services(server: &TestServer) -> (Credential, Credential, Credential) {
    let admin = server.set_up().await;
    let (mailer, _) = server.add_key(&admin, "mailer", &SCOPES).await;
    let (biller, _) = server.add_key(&admin, "biller", &SCOPES).await;
    (admin, mailer, biller)
}

#[tokio::test]
async fn a_service_sees_and_changes_its_own_alone() {
    let server = TestServer::secured().await;
    let (admin, mailer, biller) = two_services(&server).await;
    let own = server.schedule_as(&mailer, &with(wanted("x", HOUR_MS), json!({"service_id": null}))).await;
    let event_id = text(&own["event_id"]);
    server.refused_as(&biller, Method::POST, SCHEDULE, Some(&wanted("x", HOUR_MS)), MISMATCH).await;
    let path = format!("/api/events/{event_id}");
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::DELETE, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({"missed": "all"}))),
        (Method::POST, format!("{path}/complete"), Some(json!({}))),
        (Method::POST, format!("{path}/fail"), Some(json!({}))),
        (Method::POST, format!("{path}/retry"), None),
    ] {
        server.refused_as(&biller, method, &path, body.as_ref(), NOT_FOUND).await;
    }
    for path in [
        "/api/events/upcoming?service_id=mailer",
        "/api/events/dead-letters?service_id=mailer",
        "/api/events/outbox?service_id=mailer",
        "/api/events/stream?service_id=mailer",
        "/api/events/delivery?service_id=mailer",
    ] {
        server.refused_as(&biller, Method::GET, path, None, MISMATCH).await;
    }
    let by_entity = "/api/events?entity_id=x";
    let answer = server.done_as(&biller, Method::DELETE, by_entity, None).await;
    assert_eq!(answer["event_ids"], json!([]));
    let seen = |answer: serde_json::Value| answer["occurrences"].as_array().expect("some").len();
    assert_eq!(seen(server.done_as(&biller, Method::GET, "/api/events/upcoming", None).await), 0);
    assert_eq!(seen(server.done_as(&mailer, Method::GET, "/api/events/upcoming", None).await), 1);
    assert_eq!(seen(server.done_as(&admin, Method::GET, "/api/events/upcoming", None).await), 1);

    server.clock.advance(HOUR_MS);
    let handed = server
        .eventually("it is handed over", async || {
            let answer = server.done_as(&mailer, Method::GET, "/api/events/outbox", None).await;
            (seen(answer.clone()) == 1).then_some(answer)
        })
        .await;
    assert_eq!(seen(server.done_as(&biller, Method::GET, "/api/events/outbox", None).await), 0);
    assert_eq!(handed["occurrences"][0]["service_id"], "mailer");
    let rows = server.audit(&admin, "actor=mailer").await;
    assert!(
        rows.iter().any(|row| row["target_id"] == json!(event_id) && row["outcome"] == "done"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_person_names_the_service_and_needs_the_permission() {
    let server = TestServer::secured().await;
    let people = server.people().await;
    server
        .refused_as(
            &people.executive,
            Method::POST,
            SCHEDULE,
            Some(&wanted("x", HOUR_MS)),
            (StatusCode::FORBIDDEN, "FORBIDDEN"),
        )
        .await;
    let nameless = with(wanted("x", HOUR_MS), json!({"service_id": null}));
    let invalid = (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_INPUT");
    server.refused_as(&people.organizer, Method::POST, SCHEDULE, Some(&nameless), invalid).await;
    server.schedule_as(&people.organizer, &wanted("x", HOUR_MS)).await;
}

#[tokio::test]
async fn no_service_schedules_more_than_its_share() {
    let server = TestServer::start_with(|config, _| {
        config.service.max_events = 3;
        config.service.events_per_minute = 5;
    })
    .await;
    for n in 0..3 {
        server.schedule(&wanted(&n.to_string(), HOUR_MS)).await;
    }
    let refused = async |entity: &str, code: &str| {
        let (status, problem) = server.send(Method::POST, SCHEDULE, Some(&wanted(entity, HOUR_MS))).await;
        assert_eq!((status, &problem["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!(code)), "{problem}");
    };
    refused("3", "SERVICE_QUOTA_EXCEEDED").await;
    let other = with(wanted("x", HOUR_MS), json!({"service_id": "biller"}));
    server.schedule(&other).await;
    let (status, _) = server.send(Method::POST, SCHEDULE, Some(&wanted("0", HOUR_MS))).await;
    assert_eq!(status, StatusCode::OK, "what is scheduled already takes no room");
    refused("4", "TOO_MANY_REQUESTS").await;
    server.send(Method::DELETE, "/api/events?service_id=mailer&entity_id=0", None).await;
    server.clock.advance(MINUTE_MS);
    server.schedule(&wanted("5", HOUR_MS)).await;
}
