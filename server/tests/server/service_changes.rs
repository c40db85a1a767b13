//! Changing what is scheduled: the right thing, or an error that names the field and what to write.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::service::{MINUTE_MS, segment, wanted, with};
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, instant, text};

const DAY_MS: i64 = 24 * HOUR_MS;

async fn change(server: &TestServer, event_id: &str, fields: Value) -> (StatusCode, Value) {
    server.send(Method::PATCH, &format!("/api/events/{}", segment(event_id)), Some(&fields)).await
}

async fn changed(server: &TestServer, event_id: &str, fields: Value) -> Value {
    let (status, event) = change(server, event_id, fields.clone()).await;
    assert_eq!(status, StatusCode::OK, "{fields}: {event}");
    event
}

/// Wants a change to be refused for one field, and nothing to be changed.
async fn refused(server: &TestServer, event_id: &str, fields: Value, field: &str, code: &str) {
    let before = server.scheduled_event(event_id).await;
    let (status, problem) = change(server, event_id, fields.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {problem}");
    let found = &problem["problems"][0];
    assert_eq!((&found["field"], &found["code"]), (&json!(field), &json!(code)), "{fields}: {problem}");
    assert_eq!(server.scheduled_event(event_id).await, before, "{fields}");
}

fn in_state(event: &Value, state: &str) -> Vec<String> {
    let occurrences = event["occurrences"].as_array().expect("occurrences");
    occurrences.iter().filter(|each| each["state"] == state).map(|each| text(&each["due_at"])).collect()
}

#[tokio::test]
async fn a_change_of_nothing_changes_nothing() {
    let server = TestServer::start().await;
    let once = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    let daily =
        server.scheduled(&with(wanted("order-2", HOUR_MS), json!({"recurrence": "FREQ=DAILY"}))).await;
    for event_id in [&once, &daily] {
        let before = server.scheduled_event(event_id).await;
        server.clock.advance(MINUTE_MS);
        for fields in [
            json!({}),
            json!({"timezone_context": {}}),
            json!({"scheduled_time": null, "payload": null, "timezone_context": null, "missed": null,
                   "max_retries": null, "retry_delay_seconds": null, "timeout_seconds": null, "disambiguation": null}),
            json!({"scheduled_time": instant(HOUR_MS), "max_retries": 3}),
        ] {
            assert_eq!(changed(&server, event_id, fields.clone()).await, before, "{fields}");
        }
    }
}

#[tokio::test]
async fn the_audit_tells_what_was_changed_and_of_payloads_no_more_than_that_they_were() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    let fields =
        json!({"scheduled_time": instant(2 * HOUR_MS), "max_retries": 5, "payload": {"card": "4711"}});
    changed(&server, &event_id, fields.clone()).await;
    // Once more: that is no change.
    changed(&server, &event_id, json!({"max_retries": 5})).await;
    let path = format!("/api/v1/admin/audit?target={}", segment(&event_id));
    let audit = server.get(&path).await;
    let entries: Vec<_> = audit["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["method"] == "PATCH")
        .collect();
    assert_eq!(entries.iter().filter(|entry| !entry["changes"].is_null()).count(), 1, "{audit}");
    let entry = entries.iter().find(|entry| !entry["changes"].is_null()).expect("it");
    let of = |name: &str| {
        let fields = entry["changes"]["fields"].as_array().expect("fields");
        fields.iter().find(|each| each["field"] == name).cloned().unwrap_or(Value::Null)
    };
    for (name, old, new) in [
        ("scheduled_time", json!(instant(HOUR_MS)), json!(instant(2 * HOUR_MS))),
        ("max_retries", json!(3), json!(5)),
    ] {
        assert_eq!((&of(name)["old"]["value"], &of(name)["new"]["value"]), (&old, &new), "{entry}");
    }
    assert_eq!((&of("payload")["new"], of("missed")), (&json!({"hidden": true}), Value::Null), "{entry}");
    assert!(!audit.to_string().contains("4711"), "{audit}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_field() {
    let server = TestServer::start().await;
    let zone = json!({"timezone_context": {"execution_timezone": "Europe/Berlin"}});
    let naive = with(wanted("order-1", 0), with(zone, json!({"scheduled_time": "2026-05-01T09:00"})));
    let event_id = server.scheduled(&naive).await;
    let execution = "timezone_context.execution_timezone";
    for (fields, field, code) in [
        (json!({"scheduled_time": ""}), "scheduled_time", "DATE_MALFORMED"),
        (json!({"scheduled_time": "soon"}), "scheduled_time", "DATE_MALFORMED"),
        (json!({"missed": ""}), "missed", "SETTING_INVALID"),
        (json!({"disambiguation": ""}), "disambiguation", "SETTING_INVALID"),
        (json!({"max_retries": 1000}), "max_retries", "SETTING_INVALID"),
        (json!({"timezone_context": {"execution_timezone": ""}}), execution, "TIME_ZONE_UNKNOWN"),
        (json!({"timezone_context": {"execution_timezone": null}}), execution, "TIME_ZONE_REQUIRED"),
        (
            json!({"timezone_context": {"user_timezone": "Mars/Olympus"}}),
            "timezone_context.user_timezone",
            "TIME_ZONE_UNKNOWN",
        ),
        (json!({"recurrence": "FREQ=SECONDLY"}), "recurrence", "SETTING_INVALID"),
    ] {
        refused(&server, &event_id, fields, field, code).await;
    }
    for rule in [json!(""), json!({}), json!([]), json!(7), json!(true)] {
        let (status, problem) = change(&server, &event_id, json!({"recurrence": rule})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}: {problem}");
        assert!(text(&problem["problems"][0]["field"]).starts_with("recurrence"), "{rule}: {problem}");
    }
    for fields in
        [json!({"scheduled_time": 5}), json!({"max_retries": -1}), json!({"when": "now"}), json!([])]
    {
        let (status, problem) = change(&server, &event_id, fields.clone()).await;
        assert!(status.is_client_error(), "{fields}: {problem}");
    }
    let occurrence = format!("{event_id}/occurrence@2026-05-01T07:00:00.000Z");
    refused(&server, &occurrence, json!({"payload": 1}), "id", "SETTING_INVALID").await;
}

#[tokio::test]
async fn the_zones_that_are_not_named_stay() {
    let server = TestServer::start().await;
    let zones = json!({"execution_timezone": "Europe/Berlin", "user_timezone": "Asia/Tokyo"});
    let body = with(
        wanted("order-1", 0),
        json!({"scheduled_time": "2026-05-01T09:00", "timezone_context": zones, "recurrence": "FREQ=DAILY"}),
    );
    let event_id = server.scheduled(&body).await;
    let event =
        changed(&server, &event_id, json!({"timezone_context": {"user_timezone": "Asia/Seoul"}})).await;
    let context = &event["timezone_context"];
    assert_eq!(
        (&context["execution_timezone"], &context["user_timezone"]),
        (&json!("Europe/Berlin"), &json!("Asia/Seoul"))
    );
    assert_eq!(event["scheduled_at"], "2026-05-01T07:00:00.000Z");
    let event = changed(&server, &event_id, json!({"timezone_context": {"user_timezone": null}})).await;
    assert_eq!(event["timezone_context"].get("user_timezone").cloned().unwrap_or_default(), json!(null));
}

#[tokio::test]
async fn another_zone_reads_a_time_without_offset_anew() {
    let server = TestServer::start().await;
    let berlin = |entity: &str, fields: Value| {
        let naive = json!({"scheduled_time": "2026-05-01T09:00",
                           "timezone_context": {"execution_timezone": "Europe/Berlin"}});
        with(wanted(entity, 0), with(naive, fields))
    };
    let once = server.scheduled(&berlin("once", json!({}))).await;
    let zone = |name: &str| json!({"timezone_context": {"execution_timezone": name}});
    let event = changed(&server, &once, zone("America/New_York")).await;
    assert_eq!(event["scheduled_at"], "2026-05-01T13:00:00.000Z");
    assert_eq!(in_state(&event, "scheduled"), ["2026-05-01T13:00:00.000Z"]);
    // At six in the morning, UTC, nine o'clock has passed in Tokyo.
    server.clock.set(at(BEGINNING_MS + 6 * HOUR_MS));
    refused(&server, &once, zone("Asia/Tokyo"), "scheduled_time", "RANGE_INVALID").await;

    // A rule goes on by other clocks, though by those it began in the past.
    let daily = server.scheduled(&berlin("daily", json!({"recurrence": "FREQ=DAILY"}))).await;
    let event = changed(&server, &daily, zone("Asia/Tokyo")).await;
    assert_eq!(event["scheduled_at"], "2026-05-01T00:00:00.000Z");
    assert_eq!(in_state(&event, "scheduled").first(), Some(&"2026-05-02T00:00:00.000Z".to_owned()));
    assert_eq!(in_state(&event, "processing"), Vec::<String>::new(), "what has passed there does not happen");
}

#[tokio::test]
async fn another_reading_of_times_that_clocks_show_twice_holds_for_the_rule_too() {
    let server = TestServer::start().await;
    let body = with(
        wanted("order-1", 0),
        json!({"scheduled_time": "2026-10-24T02:30", "disambiguation": "later", "recurrence": "FREQ=DAILY;COUNT=3",
               "timezone_context": {"execution_timezone": "Europe/Berlin"}}),
    );
    let event_id = server.scheduled(&body).await;
    let second = async || {
        let page = server
            .get("/api/events/upcoming?service_id=mailer&start_time=2026-10-20&end_time=2026-11-01")
            .await;
        text(&page["occurrences"][1]["due_at"])
    };
    assert_eq!(second().await, "2026-10-25T01:30:00.000Z");
    changed(&server, &event_id, json!({"disambiguation": "earlier"})).await;
    assert_eq!(second().await, "2026-10-25T00:30:00.000Z");
    changed(&server, &event_id, json!({"disambiguation": "compatible", "payload": {"n": 1}})).await;
    assert_eq!(second().await, "2026-10-25T00:30:00.000Z");
}

#[tokio::test]
async fn nothing_is_moved_into_the_past_and_what_has_passed_may_be_named_again() {
    let server = TestServer::start().await;
    let once = server.scheduled(&wanted("once", HOUR_MS)).await;
    let daily = server.scheduled(&with(wanted("daily", HOUR_MS), json!({"recurrence": "FREQ=DAILY"}))).await;
    for event_id in [&once, &daily] {
        let past = json!({"scheduled_time": instant(-HOUR_MS)});
        refused(&server, event_id, past, "scheduled_time", "RANGE_INVALID").await;
    }
    server.clock.set(at(BEGINNING_MS + 2 * HOUR_MS));
    for handed in server.handed_over(2).await {
        server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
    }
    // The whole of what is known is sent, with one field changed.
    let same = json!({"scheduled_time": instant(HOUR_MS), "missed": "latest"});
    for event_id in [&once, &daily] {
        let event = changed(&server, event_id, same.clone()).await;
        assert_eq!(
            (&event["missed"], in_state(&event, "completed")),
            (&json!("latest"), vec![instant(HOUR_MS)])
        );
    }
    server.settle().await;
    assert!(server.outbox().await.is_empty());
}

#[tokio::test]
async fn a_recurrence_that_is_taken_away_leaves_nothing_that_has_passed_and_comes_back() {
    let server = TestServer::start().await;
    // It begins on a Friday, which the rule does not name.
    let mondays = json!({"recurrence": "FREQ=WEEKLY;BYDAY=MO"});
    let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), mondays.clone())).await;
    let monday = instant(3 * DAY_MS + HOUR_MS);
    let event = changed(&server, &event_id, json!({"recurrence": null})).await;
    assert_eq!(in_state(&event, "scheduled"), [instant(HOUR_MS)], "its beginning is to come");
    let event = changed(&server, &event_id, mondays.clone()).await;
    assert_eq!(in_state(&event, "scheduled"), std::slice::from_ref(&monday));

    server.clock.set(at(BEGINNING_MS + 2 * HOUR_MS));
    let event = changed(&server, &event_id, json!({"recurrence": null})).await;
    assert_eq!(in_state(&event, "scheduled"), Vec::<String>::new(), "its beginning has passed");
    assert_eq!((&event["state"], &event["recurrence"]), (&json!("finished"), &json!(null)));
    server.settle().await;
    assert!(server.outbox().await.is_empty());
    let event = changed(&server, &event_id, mondays).await;
    assert_eq!((&event["state"], in_state(&event, "scheduled")), (&json!("active"), vec![monday]));
    let event =
        changed(&server, &event_id, json!({"recurrence": null, "scheduled_time": instant(5 * HOUR_MS)}))
            .await;
    assert_eq!(in_state(&event, "scheduled"), [instant(5 * HOUR_MS)]);
}

#[tokio::test]
async fn what_is_over_can_be_given_another_time_within_the_share_of_the_service() {
    let server = TestServer::start_with(|config, _| config.service.max_events = 1).await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    server.clock.set(at(BEGINNING_MS + HOUR_MS));
    let handed = server.handed_over(1).await.remove(0);
    server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
    let event = changed(&server, &event_id, json!({"payload": {"late": true}})).await;
    assert_eq!((&event["state"], in_state(&event, "completed").len()), (&json!("finished"), 1));
    let other = server.scheduled(&wanted("order-2", 9 * HOUR_MS)).await;
    let later = json!({"scheduled_time": instant(3 * HOUR_MS)});
    let (status, problem) = change(&server, &event_id, later.clone()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("SERVICE_QUOTA_EXCEEDED")));
    assert_eq!(server.scheduled_event(&event_id).await, event, "nothing was changed");
    server.send(Method::DELETE, &format!("/api/events/{other}"), None).await;
    let event = changed(&server, &event_id, later).await;
    assert_eq!(
        (&event["state"], in_state(&event, "scheduled")),
        (&json!("active"), vec![instant(3 * HOUR_MS)])
    );
    let (status, problem) = change(&server, &other, json!({"scheduled_time": instant(4 * HOUR_MS)})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("SCHEDULED_EVENT_FINAL")));
    assert!(text(&problem["detail"]).contains("schedule anew"), "{problem}");
}
