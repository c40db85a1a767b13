//! Declining an event, with and without a reason.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::access::People;
use crate::support::{TestServer, answer, event};

const EVENTS: &str = "/api/v1/admin/events";
const MOST: usize = 1_000;

async fn decline(server: &TestServer, event_id: &str, body: &Value) -> (StatusCode, Value) {
    server.send(Method::POST, &format!("{EVENTS}/decline/{event_id}"), Some(body)).await
}

#[tokio::test]
async fn a_reason_is_answered_read_listed_and_fed_until_the_event_is_approved() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let cursor = server.cursor().await;
    let reason = "The hall is taken.\nTry the 7th – “Großer Saal”.";
    let (status, body) = decline(&server, "gala", &json!({"reason": format!("  {reason}\n")})).await;
    assert_eq!((status, &body["message"]), (StatusCode::OK, &json!("Event declined")));
    assert_eq!(body["event"]["decline_reason"], reason);
    assert_eq!(server.details("gala").await["decline_reason"], reason);
    assert_eq!(server.list().await[0]["decline_reason"], reason);
    assert_eq!(server.changes(&cursor).await["changes"][0]["event"]["decline_reason"], reason);

    // Declined once more without a word, it stays as it is; with another reason, that one counts.
    let (_, body) = server.act("decline", "gala").await;
    assert_eq!((&body["event"]["revision"], &body["event"]["decline_reason"]), (&json!(2), &json!(reason)));
    let (_, body) = decline(&server, "gala", &json!({"reason": "Too late."})).await;
    assert_eq!(
        (&body["event"]["revision"], &body["event"]["decline_reason"]),
        (&json!(3), &json!("Too late."))
    );

    let (_, body) = server.act("approve", "gala").await;
    assert_eq!(body["event"].get("decline_reason"), None, "{body}");
    let (_, body) = server.act("decline", "gala").await;
    assert_eq!((&body["event"]["status"], body["event"].get("decline_reason")), (&json!("declined"), None));
}

#[tokio::test]
async fn admins_that_send_no_body_or_an_empty_one_decline_as_before() {
    let server = TestServer::start().await;
    let path = |id: &str| format!("{EVENTS}/decline/{id}");
    let form = "application/x-www-form-urlencoded";
    for (id, kind, body) in [
        ("none", None, None),
        ("typed", Some("application/json"), None),
        ("form", Some(form), Some("")),
        ("null", Some("application/json"), Some("null")),
        ("object", Some("application/json"), Some("{}")),
        ("blank", Some("application/json; charset=utf-8"), Some(r#"{"reason": "  "}"#)),
    ] {
        server.create(event(id)).await;
        let request = server.request(Method::POST, &path(id));
        let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        let request = body.into_iter().fold(request, reqwest::RequestBuilder::body);
        let (status, body) = answer(request).await;
        assert_eq!((status, &body["event"]["status"]), (StatusCode::OK, &json!("declined")), "{id}");
        assert_eq!(body["event"].get("decline_reason"), None, "{id}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_reason_is_refused_with_the_field_and_what_to_write() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let long = "é".repeat(MOST + 1);
    for (body, field, code, fix) in [
        (json!({"reason": long}), "reason", "TEXT_TOO_LONG", "has 1001 characters: shorten it to 1000"),
        (json!({"reason": 7}), "reason", "WRONG_TYPE", "write the reason in quotes"),
        (json!({"reason": ["a"]}), "reason", "WRONG_TYPE", "write the reason in quotes"),
        (json!({"reasons": "a"}), "reasons", "WRONG_TYPE", "write the reason as `reason`"),
        (json!("because"), "", "WRONG_TYPE", r#"write {"reason": "…"}"#),
    ] {
        let (status, answer) = decline(&server, "gala", &body).await;
        let problem = &answer["problems"][0];
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body} {answer}");
        assert_eq!((&problem["field"], &problem["code"]), (&json!(field), &json!(code)), "{answer}");
        assert!(problem["message"].as_str().is_some_and(|message| message.contains(fix)), "{answer}");
    }
    let request = server.request(Method::POST, &format!("{EVENTS}/decline/gala"));
    let (status, body) = answer(request.header("content-type", "text/plain").body("because")).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{body}");
    assert_eq!(server.details("gala").await["revision"], 1, "nothing was decided");
    let (status, _) = decline(&server, "gala", &json!({"reason": "é".repeat(MOST)})).await;
    assert_eq!(status, StatusCode::OK, "as many as are allowed");
}

#[tokio::test]
async fn many_are_declined_with_one_reason_and_no_other_action_takes_one() {
    let server = TestServer::start().await;
    for id in ["a", "b"] {
        server.create(event(id)).await;
    }
    let batch = async |body: Value| server.send(Method::POST, &format!("{EVENTS}/batch"), Some(&body)).await;
    let (status, body) =
        batch(json!({"action": "decline", "event_ids": ["a", "b"], "reason": " Too many. "})).await;
    assert_eq!((status, &body["changed"]), (StatusCode::OK, &json!(2)), "{body}");
    for id in ["a", "b"] {
        assert_eq!(server.details(id).await["decline_reason"], "Too many.", "{id}");
    }
    for (action, reason) in
        [("approve", json!("Why not")), ("decline", json!("x".repeat(MOST + 1))), ("decline", json!(1))]
    {
        let (status, body) = batch(json!({"action": action, "event_ids": ["a"], "reason": reason})).await;
        assert_eq!(
            (status, &body["problems"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn who_may_not_decide_gives_no_reason_and_what_waits_again_has_none() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    let mut proposal = event("own");
    proposal["decline_reason"] = json!("made up");
    server.done_as(&executive, Method::POST, &format!("{EVENTS}/create"), Some(&proposal)).await;
    let details = format!("{EVENTS}/details/own");
    let read = server.done_as(&executive, Method::GET, &details, None).await;
    assert_eq!(read["event"].get("decline_reason"), None);
    let path = format!("{EVENTS}/decline/own");
    let reason = json!({"reason": "No room."});
    let forbidden = (StatusCode::FORBIDDEN, "FORBIDDEN");
    server.refused_as(&executive, Method::POST, &path, Some(&reason), forbidden).await;
    server.done_as(&organizer, Method::POST, &path, Some(&reason)).await;
    let read = server.done_as(&executive, Method::GET, &details, None).await;
    assert_eq!(read["event"]["decline_reason"], "No room.", "who has proposed it can read why");
}
