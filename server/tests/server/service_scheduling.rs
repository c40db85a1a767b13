//! The scheduling service as other back ends see it: asking for something, once.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::service::{MINUTE_MS, SCHEDULE, naive, segment, wanted, with};
use crate::support::{HOUR_MS, TestServer, instant, text};

#[tokio::test]
async fn what_is_scheduled_is_handed_over_when_it_is_due_and_done_when_it_is_acknowledged() {
    let server = TestServer::start().await;
    let answer = server.schedule(&wanted("order-1", HOUR_MS)).await;
    assert_eq!((&answer["created"], &answer["scheduled_at"]), (&json!(true), &json!(instant(HOUR_MS))));
    let event_id = text(&answer["event_id"]);
    server.clock.advance(HOUR_MS - 1);
    server.settle().await;
    assert!(server.outbox().await.is_empty(), "nothing is handed over before it is due");

    server.clock.advance(1);
    let handed = server.handed_over(1).await.remove(0);
    assert_eq!(handed["occurrence_id"], format!("{event_id}/occurrence@{}", instant(HOUR_MS)));
    for (field, expected) in [
        ("type", json!("reminder.send")),
        ("service_id", json!("mailer")),
        ("entity_id", json!("order-1")),
        ("due_at", json!(instant(HOUR_MS))),
        ("payload", json!({"to": "order-1"})),
        ("attempt", json!(1)),
        ("max_attempts", json!(4)),
        ("handed_at", json!(instant(HOUR_MS))),
        ("deadline_at", json!(instant(HOUR_MS + 5 * MINUTE_MS))),
    ] {
        assert_eq!(handed[field], expected, "{field}");
    }
    let (status, settled) = server
        .send(Method::POST, &text(&handed["acknowledge"]["complete"]), Some(&json!({"attempt": 1})))
        .await;
    assert_eq!((status, &settled["state"]), (StatusCode::OK, &json!("completed")), "{settled}");
    assert!(server.outbox().await.is_empty());
    let event = server.scheduled_event(&event_id).await;
    assert_eq!(event["state"], "finished");
    assert_eq!(event["attempts"][0]["outcome"], "completed");
    let actions: Vec<_> =
        event["history"].as_array().expect("lines").iter().map(|line| text(&line["action"])).collect();
    assert_eq!(actions, ["completed", "handed_over", "scheduled"]);
}

#[tokio::test]
async fn the_same_thing_is_scheduled_once() {
    let server = TestServer::start().await;
    let body = with(wanted("order-1", HOUR_MS), json!({"idempotency_key": "k1"}));
    let first = server.scheduled(&body).await;
    let keyless = wanted("order-1", HOUR_MS);
    let in_a_zone = with(
        keyless.clone(),
        json!({"scheduled_time": naive(3 * HOUR_MS), "timezone_context": {"execution_timezone": "Europe/Berlin"}}),
    );
    for again in [&body, &keyless, &in_a_zone] {
        let (status, answer) = server.send(Method::POST, SCHEDULE, Some(again)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!((&answer["event_id"], &answer["created"]), (&json!(first), &json!(false)));
    }
    let other = with(wanted("order-2", HOUR_MS), json!({"idempotency_key": "k1"}));
    let (status, problem) = server.send(Method::POST, SCHEDULE, Some(&other)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("IDEMPOTENCY_KEY_REUSED")));
    for different in [
        wanted("order-2", HOUR_MS),
        wanted("order-1", HOUR_MS + 1),
        with(wanted("order-1", HOUR_MS), json!({"type": "other"})),
        with(wanted("order-1", HOUR_MS), json!({"service_id": "biller"})),
    ] {
        assert_ne!(server.scheduled(&different).await, first);
    }
}

#[tokio::test]
async fn every_key_finds_what_it_was_used_for_whatever_becomes_of_that() {
    let server = TestServer::start().await;
    let keyed = |entity: &str, key: &str| with(wanted(entity, HOUR_MS), json!({"idempotency_key": key}));
    let batch = json!({"events": [keyed("order-1", "k3"), keyed("order-1", "k3"), keyed("order-2", "k5")]});
    let first = server.scheduled(&keyed("order-1", "k1")).await;
    let keyless = server.scheduled(&wanted("order-2", HOUR_MS)).await;
    for (key, entity, event_id) in [("k2", "order-1", &first), ("k4", "order-2", &keyless)] {
        let (status, answer) = server.send(Method::POST, SCHEDULE, Some(&keyed(entity, key))).await;
        assert_eq!((status, &answer["event_id"]), (StatusCode::OK, &json!(event_id)), "{key}: {answer}");
    }
    server.send(Method::POST, &format!("{SCHEDULE}/batch"), Some(&batch)).await;
    let moved = json!({"scheduled_time": instant(3 * HOUR_MS)});
    let (status, answer) = server.send(Method::PATCH, &format!("/api/events/{first}"), Some(&moved)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    server.send(Method::DELETE, &format!("/api/events/{keyless}"), None).await;
    for (key, entity, event_id) in [
        ("k1", "order-1", &first),
        ("k2", "order-1", &first),
        ("k3", "order-1", &first),
        ("k4", "order-2", &keyless),
        ("k5", "order-2", &keyless),
    ] {
        let (status, answer) = server.send(Method::POST, SCHEDULE, Some(&keyed(entity, key))).await;
        assert_eq!(status, StatusCode::OK, "{key}: {answer}");
        assert_eq!((&answer["event_id"], &answer["created"]), (&json!(event_id), &json!(false)), "{key}");
        let other = with(keyed(entity, key), json!({"payload": {"another": key}}));
        let (status, problem) = server.send(Method::POST, SCHEDULE, Some(&other)).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("IDEMPOTENCY_KEY_REUSED")),
            "{key}"
        );
    }
    let of_another = with(keyed("order-1", "k2"), json!({"service_id": "biller"}));
    assert_ne!(server.scheduled(&of_another).await, first, "a key is a service's own");
    assert_ne!(server.scheduled(&keyed("order-1", "k6")).await, first, "what was moved is another thing");
}

#[tokio::test]
async fn of_many_who_ask_at_once_for_the_same_thing_one_creates_it() {
    let server = TestServer::start().await;
    let body = with(wanted("order-1", HOUR_MS), json!({"idempotency_key": "k1"}));
    let ask = || server.send(Method::POST, SCHEDULE, Some(&body));
    let answers = futures_util::future::join_all((0..16).map(|_| ask())).await;
    let created = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(created, 1, "{answers:?}");
    assert!(answers.iter().all(|(_, answer)| answer["event_id"] == answers[0].1["event_id"]), "{answers:?}");
}

#[tokio::test]
async fn a_time_without_offset_is_read_in_its_zone_and_never_guessed() {
    let server = TestServer::start().await;
    for (time, zone, expected, adjusted) in [
        ("2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00:00.000Z", json!(null)),
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00.000Z", json!("gap")),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z", json!("fold")),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00.000Z", json!("fold")),
    ] {
        let body = with(
            wanted(time, 0),
            json!({"scheduled_time": time, "timezone_context": {"execution_timezone": zone}}),
        );
        let answer = server.schedule(&body).await;
        assert_eq!((&answer["scheduled_at"], &answer["adjusted"]), (&json!(expected), &adjusted), "{time}");
    }
    let later = json!({"scheduled_time": "2026-10-25T02:30", "disambiguation": "later",
                       "timezone_context": {"execution_timezone": "Europe/Berlin"}});
    let answer = server.schedule(&with(wanted("later", 0), later)).await;
    assert_eq!(answer["scheduled_at"], "2026-10-25T01:30:00.000Z");
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let server = TestServer::start().await;
    for (fields, expected) in [
        (
            json!({"scheduled_time": "2026-07-01T09:00"}),
            vec![("timezone_context.execution_timezone", "TIME_ZONE_REQUIRED")],
        ),
        (
            json!({"scheduled_time": "2026-07-01T09:00", "timezone_context": {"execution_timezone": "Europe/Berlim"}}),
            vec![("timezone_context.execution_timezone", "TIME_ZONE_UNKNOWN")],
        ),
        (json!({"scheduled_time": "tomorrow"}), vec![("scheduled_time", "DATE_MALFORMED")]),
        (json!({"scheduled_time": instant(-6 * MINUTE_MS)}), vec![("scheduled_time", "RANGE_INVALID")]),
        (
            json!({"type": " ", "entity_id": "a\u{7}", "max_retries": 100, "missed": "some", "disambiguation": "x"}),
            vec![
                ("type", "ID_REQUIRED"),
                ("entity_id", "ID_CONTROL_CHARACTER"),
                ("disambiguation", "SETTING_INVALID"),
                ("missed", "SETTING_INVALID"),
                ("max_retries", "SETTING_INVALID"),
            ],
        ),
        (json!({"recurrence": "FREQ=SOMETIMES"}), vec![("recurrence.FREQ", "RULE_PART_INVALID")]),
        (json!({"recurrence": {"frequency": "secondly"}}), vec![("recurrence", "SETTING_INVALID")]),
        (
            json!({"timezone_context": {"user_timezone": "Mars/Olympus"}}),
            vec![("timezone_context.user_timezone", "TIME_ZONE_UNKNOWN")],
        ),
    ] {
        let (status, problem) =
            server.send(Method::POST, SCHEDULE, Some(&with(wanted("x", HOUR_MS), fields.clone()))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {problem}");
        let problems = problem["problems"].as_array().expect("problems");
        let found: Vec<_> = problems.iter().map(|each| (text(&each["field"]), text(&each["code"]))).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
        assert_eq!(found, expected, "{fields}: {problem}");
    }
    let large = with(wanted("x", HOUR_MS), json!({"payload": "x".repeat(33_000)}));
    let (status, problem) = server.send(Method::POST, SCHEDULE, Some(&large)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("PAYLOAD_TOO_LARGE")));
    let unknown = with(wanted("x", HOUR_MS), json!({"when": 1}));
    let (status, _) = server.send(Method::POST, SCHEDULE, Some(&unknown)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_batch_schedules_what_is_right_and_says_what_is_wrong_with_the_rest() {
    let server = TestServer::start().await;
    let events = json!([
        wanted("a", HOUR_MS),
        with(wanted("b", HOUR_MS), json!({"scheduled_time": "soon"})),
        wanted("c", HOUR_MS),
        wanted("a", HOUR_MS),
    ]);
    let path = format!("{SCHEDULE}/batch");
    let (status, answer) = server.send(Method::POST, &path, Some(&json!({"events": events}))).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(false)), "{answer}");
    let results = answer["results"].as_array().expect("results");
    assert_eq!((&results[0]["created"], &results[2]["created"]), (&json!(true), &json!(true)));
    assert_eq!(
        (&results[1]["code"], &results[1]["problems"][0]["field"]),
        (&json!("INVALID_INPUT"), &json!("scheduled_time"))
    );
    assert_eq!((&results[3]["event_id"], &results[3]["created"]), (&results[0]["event_id"], &json!(false)));
    for events in [json!([]), Value::Array((0..101).map(|n| wanted(&n.to_string(), HOUR_MS)).collect())] {
        let (status, _) = server.send(Method::POST, &path, Some(&json!({"events": events}))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn what_is_taken_back_does_not_happen_and_can_be_scheduled_anew() {
    let server = TestServer::start().await;
    let (first, other) = (
        server.scheduled(&wanted("order-1", HOUR_MS)).await,
        server.scheduled(&wanted("order-2", HOUR_MS)).await,
    );
    let path = format!("/api/events/{first}");
    let (status, answer) = server.send(Method::DELETE, &path, None).await;
    assert_eq!((status, &answer["cancelled"]), (StatusCode::OK, &json!(1)), "{answer}");
    let (status, answer) = server.send(Method::DELETE, &path, None).await;
    assert_eq!(
        (status, &answer["cancelled"]),
        (StatusCode::OK, &json!(0)),
        "it is taken back already: {answer}"
    );
    let anew = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    assert_ne!(anew, first);

    let by_entity = "/api/events?service_id=mailer&entity_id=order-2";
    let (status, answer) = server.send(Method::DELETE, by_entity, None).await;
    assert_eq!((status, &answer["event_ids"]), (StatusCode::OK, &json!([other])), "{answer}");
    let (status, _) = server.send(Method::DELETE, "/api/events?service_id=mailer", None).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "everything of a service is not taken back by mistake"
    );

    server.clock.advance(HOUR_MS);
    let handed = server.handed_over(1).await;
    assert_eq!(handed[0]["event_id"], json!(anew));
    let (status, problem) = server.acknowledge(&first, "complete", &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("NOT_HANDED_OVER")));
}

#[tokio::test]
async fn what_is_moved_happens_at_its_new_time_alone_even_when_it_is_moved_back() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    let path = format!("/api/events/{event_id}");
    let moved = async |fields: Value| {
        let (status, answer) = server.send(Method::PATCH, &path, Some(&fields)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    moved(json!({"scheduled_time": instant(3 * HOUR_MS), "payload": {"changed": true}})).await;
    server.clock.advance(HOUR_MS);
    server.settle().await;
    assert!(server.outbox().await.is_empty());
    moved(json!({"scheduled_time": instant(2 * HOUR_MS)})).await;
    let view = moved(json!({"scheduled_time": instant(3 * HOUR_MS), "max_retries": 0})).await;
    assert_eq!(view["scheduled_at"], json!(instant(3 * HOUR_MS)));
    server.clock.advance(2 * HOUR_MS);
    let handed = server.handed_over(1).await;
    assert_eq!(handed[0]["due_at"], json!(instant(3 * HOUR_MS)));
    assert_eq!((&handed[0]["payload"], &handed[0]["max_attempts"]), (&json!({"changed": true}), &json!(1)));

    let taken = server.scheduled(&wanted("order-1", 5 * HOUR_MS)).await;
    let (status, problem) =
        server.send(Method::PATCH, &path, Some(&json!({"scheduled_time": instant(5 * HOUR_MS)}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("SCHEDULED_EVENT_EXISTS")));
    server.send(Method::DELETE, &format!("/api/events/{taken}"), None).await;
    let (status, problem) =
        server.send(Method::PATCH, &format!("/api/events/{taken}"), Some(&json!({"missed": "all"}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("SCHEDULED_EVENT_FINAL")));
}

#[tokio::test]
async fn what_nobody_has_scheduled_is_not_found() {
    let server = TestServer::start().await;
    let id = format!("evt_none/occurrence@{}", instant(0));
    for (method, path) in [
        (Method::GET, "/api/events/evt_none".to_owned()),
        (Method::DELETE, "/api/events/evt_none".to_owned()),
        (Method::GET, format!("/api/events/{}", segment(&id))),
        (Method::POST, format!("/api/events/{}/retry", segment(&id))),
    ] {
        let (status, problem) = server.send(method.clone(), &path, None).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("SCHEDULED_EVENT_NOT_FOUND")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn reminders_are_a_set_that_a_new_one_replaces() {
    let server = TestServer::start().await;
    let put = async |fields: Value| {
        let body = with(
            json!({"service_id": "mailer", "type": "appointment.reminder", "entity_id": "visit-1",
                   "start_time": instant(48 * HOUR_MS), "end_time": instant(49 * HOUR_MS)}),
            fields,
        );
        let (status, answer) = server.send(Method::PUT, "/api/events/reminders", Some(&body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let times = |answer: &Value| -> Vec<(String, String)> {
        let reminders = answer["reminders"].as_array().expect("reminders");
        reminders.iter().map(|each| (text(&each["name"]), text(&each["due_at"]))).collect()
    };
    let named = |name: &str, offset_ms: i64| (name.to_owned(), instant(offset_ms));
    let first = put(json!({})).await;
    assert_eq!(
        times(&first),
        [
            named("day_before", 24 * HOUR_MS),
            named("two_hours_before", 46 * HOUR_MS),
            named("quarter_hour_before", 48 * HOUR_MS - 15 * MINUTE_MS),
            named("hour_after", 50 * HOUR_MS),
        ]
    );
    let moved = put(json!({"start_time": instant(12 * HOUR_MS), "end_time": instant(13 * HOUR_MS)})).await;
    assert_eq!((moved["replaced"].as_u64(), &moved["passed"]), (Some(4), &json!(["day_before"])));
    assert_eq!(times(&moved).len(), 3);
    let own = put(json!({"reminders": [{"name": "soon", "offset_minutes": -5}], "start_time": instant(12 * HOUR_MS), "end_time": null})).await;
    assert_eq!(
        (own["replaced"].as_u64(), times(&own)),
        (Some(3), vec![named("soon", 12 * HOUR_MS - 5 * MINUTE_MS)])
    );
    let both = [json!({"name": "soon", "offset_minutes": -5}), json!({"name": "now", "offset_minutes": -5})];
    let two = put(json!({"reminders": both, "start_time": instant(12 * HOUR_MS), "end_time": null})).await;
    assert_eq!(two["replaced"].as_u64(), Some(0), "what stays as it is, is left alone");
    assert_eq!(two["reminders"][0]["event_id"], own["reminders"][0]["event_id"]);
    assert_ne!(
        two["reminders"][1]["event_id"], two["reminders"][0]["event_id"],
        "at one time, and two of them"
    );
    let again = put(json!({"reminders": both, "start_time": instant(12 * HOUR_MS), "end_time": null})).await;
    assert_eq!((&again["reminders"], again["replaced"].as_u64()), (&two["reminders"], Some(0)));
    let none = put(json!({"reminders": []})).await;
    assert_eq!((none["replaced"].as_u64(), times(&none)), (Some(2), vec![]));
    server.clock.advance(60 * HOUR_MS);
    server.settle().await;
    assert!(server.outbox().await.is_empty());
}

#[tokio::test]
async fn what_was_scheduled_in_time_is_found_again_when_its_time_has_passed() {
    let server = TestServer::start().await;
    let keyed = with(wanted("order-1", HOUR_MS), json!({"idempotency_key": "once"}));
    for body in [keyed, wanted("order-2", HOUR_MS)] {
        let first = server.schedule(&body).await;
        server.clock.advance(2 * HOUR_MS);
        let (status, again) = server.send(Method::POST, SCHEDULE, Some(&body)).await;
        assert_eq!(status, StatusCode::OK, "{again}");
        assert_eq!((&again["event_id"], &again["created"]), (&first["event_id"], &json!(false)));
        let new = with(body, json!({"entity_id": "another", "idempotency_key": "another"}));
        let (status, problem) = server.send(Method::POST, SCHEDULE, Some(&new)).await;
        assert_eq!(
            (status, &problem["problems"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("scheduled_time"))
        );
        server.clock.advance(-2 * HOUR_MS);
    }
}
