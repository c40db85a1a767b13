//! One action on many events.

use crate::support::{TestServer, event, status_of};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn batch(server: &TestServer, body: Value) -> (StatusCode, Value) {
    server.send(Method::POST, "/api/v1/admin/events/batch", Some(&body)).await
}

#[tokio::test]
async fn an_action_is_taken_on_each_event_and_what_is_refused_for_one_holds_up_no_other() {
    let server = TestServer::start().await;
    for name in ["a", "b", "c"] {
        server.create(event(name)).await;
    }
    let body = json!({"action": "approve", "event_ids": ["a", "missing", "b", "a"], "revisions": {"b": 7}});
    let (status, answer) = batch(&server, body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&answer["success"], &answer["changed"]), (&json!(false), &json!(1)));
    assert_eq!((&answer["unchanged"], &answer["refused"]), (&json!(1), &json!(2)));
    let codes: Vec<_> =
        answer["outcomes"].as_array().expect("outcomes").iter().map(|each| &each["code"]).collect();
    assert_eq!(codes, [&Value::Null, &json!("EVENT_NOT_FOUND"), &json!("STALE_REVISION"), &Value::Null]);
    assert_eq!(answer["outcomes"][0]["revision"], 2);
    assert_eq!(answer["seq"], 4);
    assert_eq!(server.details("a").await["event_approval_status"], "approved");
}

#[tokio::test]
async fn events_are_declined_cancelled_and_deleted_together() {
    let server = TestServer::start().await;
    for name in ["a", "b"] {
        server.create(event(name)).await;
    }
    for (action, status) in [("decline", "declined"), ("cancel", "cancelled")] {
        let (_, answer) = batch(&server, json!({"action": action, "event_ids": ["a", "b"]})).await;
        assert_eq!(answer["changed"], 2, "{answer}");
        assert_eq!(status_of(&server.details("b").await).0, status);
    }
    let (_, answer) = batch(&server, json!({"action": "delete", "event_ids": ["a", "b"]})).await;
    assert_eq!(answer["changed"], 2);
    assert!(server.list().await.is_empty());
}

#[tokio::test]
async fn a_shift_by_days_keeps_the_time_of_day_and_how_dates_are_written() {
    let server = TestServer::start().await;
    let gala = json!({
        "event_id": "gala", "timezone": "Europe/Berlin",
        "start_datetime": "2026-10-24T18:00", "end_datetime": "2026-10-24T23:30:00+02:00",
    });
    server.create(gala).await;
    let (_, answer) = batch(&server, json!({"action": "shift", "by": "P1D", "event_ids": ["gala"]})).await;
    assert_eq!(answer["changed"], 1, "{answer}");
    let moved = server.details("gala").await;
    assert_eq!(
        (&moved["start_datetime"], &moved["end_datetime"]),
        (&json!("2026-10-25T18:00"), &json!("2026-10-25T23:30:00+02:00"))
    );
    let (_, answer) =
        batch(&server, json!({"action": "shift", "by": "-P1DT30M", "event_ids": ["gala"]})).await;
    assert_eq!(answer["changed"], 1);
    assert_eq!(server.details("gala").await["start_datetime"], "2026-10-24T17:30");
}

#[tokio::test]
async fn a_batch_that_makes_no_sense_is_refused_as_a_whole() {
    let server = TestServer::start().await;
    server.create(event("a")).await;
    let many: Vec<_> = (0..1001).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({"action": "shift", "event_ids": ["a"]}), "by"),
        (json!({"action": "shift", "event_ids": ["a"], "by": "soon"}), "by"),
        (json!({"action": "shift", "event_ids": ["a"], "by": "P200000W"}), "by"),
        (json!({"action": "approve", "event_ids": ["a"], "by": "P1D"}), "by"),
        (json!({"action": "approve", "event_ids": []}), "event_ids"),
        (json!({"action": "approve", "event_ids": many}), "event_ids"),
        (json!({"action": "explode", "event_ids": ["a"]}), ""),
        (json!({"action": "approve", "event_ids": ["a"], "extra": 1}), ""),
        (json!({"event_ids": ["a"]}), ""),
        (json!([]), ""),
    ] {
        let (status, problem) = batch(&server, body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem["problems"][0]["field"], field, "{problem}");
    }
    let large = json!({"action": "approve", "event_ids": ["x".repeat(1024 * 1024)]});
    let (status, problem) = batch(&server, large).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("BODY_TOO_LARGE")));
    assert_eq!(*server.app().store().committed().borrow(), 1);
}
