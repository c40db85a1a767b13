//! Every bad input is refused over HTTP with the codes of the table that core and npm package are held to as well.

use std::collections::BTreeSet;

use crate::support::{TestServer, answer, event};
use reqwest::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    name: String,
    event: Option<Value>,
    json: Option<String>,
    expect: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    field: String,
    code: String,
}

fn cases() -> Vec<Case> {
    let table = include_str!("../../../tests/fixtures/bad_inputs.json");
    serde_json::from_str(table).expect("the table is valid JSON")
}

async fn refuse(server: &TestServer, method: Method, path: &str, body: String) -> Value {
    let request = server.request(method, path).header(header::CONTENT_TYPE, "application/json").body(body);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let status = response.status();
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["status"], 422);
    assert_eq!(problem["code"], "INVALID_INPUT");
    assert_eq!(problem["type"], "about:blank");
    problem
}

fn found(problem: &Value) -> BTreeSet<Expected> {
    serde_json::from_value(problem["problems"].clone()).expect("problems")
}

#[tokio::test]
async fn every_bad_input_is_refused_with_its_codes_and_changes_nothing() {
    let server = TestServer::start().await;
    server.create(event("good")).await;
    let before = server.snapshot().await["events"].clone();
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());

    let mut wrong = Vec::new();
    for Case { name, event, json, expect } in cases {
        let body = json.unwrap_or_else(|| event.expect("an event or a text").to_string());
        let problem = refuse(&server, Method::POST, "/api/v1/admin/events/create", body).await;
        let found = found(&problem);
        if found != expect.into_iter().collect() {
            wrong.push(format!("{name}: {found:?}"));
        }
        for message in problem["problems"].as_array().expect("problems").iter().map(|each| &each["message"]) {
            assert!(message.as_str().is_some_and(|text| text.len() > 10), "{name}: {message}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(server.snapshot().await["events"], before);
    assert_eq!(server.scheduler_health().await["events_tracked"], 1);
}

#[tokio::test]
async fn every_bad_input_is_refused_with_the_same_codes_as_a_row_of_an_import() {
    let server = TestServer::start().await;
    let cases: Vec<_> = cases().into_iter().filter(|case| case.event.is_some()).collect();
    let rows: Vec<_> = cases.iter().filter_map(|case| case.event.clone()).collect();
    let request = server.request(Method::POST, "/api/v1/admin/events/import").json(&rows);
    let (status, report) = answer(request).await;
    assert_eq!((status, &report["refused"]), (StatusCode::OK, &json!(cases.len())), "{report}");
    assert_eq!((&report["created"], &report["seq"]), (&json!(0), &Value::Null));
    for (Case { name, expect, .. }, row) in
        cases.into_iter().zip(report["problems"].as_array().expect("rows"))
    {
        assert_eq!(found(row), expect.into_iter().collect(), "{name}");
    }
}

#[tokio::test]
async fn an_update_that_would_make_the_event_invalid_is_refused_with_every_problem() {
    let server = TestServer::start().await;
    let created = server.create(event("good")).await;
    let path = "/api/v1/admin/events/update/good";
    for (body, expect) in [
        (r#"{"start_datetime":"soon"}"#, vec![("start_datetime", "DATE_MALFORMED")]),
        (r#"{"end_datetime":"2026-05-01T01:59:00Z"}"#, vec![("end_datetime", "DATE_ORDER")]),
        (r#"{"event_id":"other"}"#, vec![("event_id", "ID_MISMATCH")]),
        (r#"{"event_id":5}"#, vec![("event_id", "WRONG_TYPE")]),
        (
            r#"{"event_id":"other","revision":-1}"#,
            vec![("event_id", "ID_MISMATCH"), ("revision", "REVISION_INVALID")],
        ),
        (r#"{"revision":"1"}"#, vec![("revision", "WRONG_TYPE")]),
        (r#"{"timezone":"Nowhere"}"#, vec![("timezone", "TIME_ZONE_UNKNOWN")]),
        ("[]", vec![("", "JSON_SYNTAX")]),
        ("{", vec![("", "JSON_SYNTAX")]),
        ("", vec![("", "JSON_SYNTAX")]),
    ] {
        let problem = refuse(&server, Method::PUT, path, body.to_owned()).await;
        let expect =
            expect.into_iter().map(|(field, code)| Expected { field: field.into(), code: code.into() });
        assert_eq!(found(&problem), expect.collect(), "{body}");
    }
    assert_eq!(server.details("good").await, created["event"]);
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused_as_such_whether_at_once_or_by_a_merge() {
    let server = TestServer::start().await;
    let mut large = event("large");
    large["notes"] = json!("x".repeat(64 * 1024));
    let (status, problem) = server.try_create(&large).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("LIMIT_EXCEEDED")));
    assert_eq!(problem["problems"][0]["code"], "EVENT_TOO_LARGE");

    large["notes"] = json!("x".repeat(40 * 1024));
    server.create(large).await;
    let (status, problem) = server.try_update("large", &json!({"more": "y".repeat(40 * 1024)})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("LIMIT_EXCEEDED")));
    assert_eq!(problem["problems"][0]["code"], "EVENT_TOO_LARGE");
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let server = TestServer::start().await;
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")]
    {
        let mut request =
            server.request(Method::POST, "/api/v1/admin/events/create").body(event("e").to_string());
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        assert_eq!(problem["code"], "INVALID_INPUT");
        assert_eq!(problem["status"], 415);
    }
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/vnd.event+JSON"]
    {
        let event = event(&format!("by {content_type}"));
        let request = server.request(Method::POST, "/api/v1/admin/events/create");
        let (status, body) =
            answer(request.header(header::CONTENT_TYPE, content_type).body(event.to_string())).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
    }
}
