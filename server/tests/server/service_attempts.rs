//! Attempts: redelivery, retries, dead letters, and what was missed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::service::{MINUTE_MS, parsed, segment, wanted, with};
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, instant, text};

#[tokio::test]
async fn what_is_not_acknowledged_in_time_is_handed_over_again_under_the_same_identity() {
    let server = TestServer::start().await;
    let body = with(wanted("order-1", HOUR_MS), json!({"timeout_seconds": 120, "retry_delay_seconds": 30}));
    let event_id = server.scheduled(&body).await;
    server.clock.advance(HOUR_MS);
    let first = server.handed_over(1).await.remove(0);
    server.clock.advance(2 * MINUTE_MS);
    let event = server.in_state(&event_id, "pending").await;
    assert_eq!(event["attempts"][0]["outcome"], "timed_out");
    assert!(server.outbox().await.is_empty(), "an attempt that is over cannot be fetched");
    // Up to a tenth longer than the delay.
    let next_at = parsed(&event["occurrences"][0]["next_at"]);
    let delay_ms = next_at.millis_since(at(BEGINNING_MS + HOUR_MS + 2 * MINUTE_MS));
    assert!((30_000..=33_000).contains(&delay_ms), "{delay_ms}");
    server.clock.set(next_at);
    let second = server.handed_over(1).await.remove(0);
    assert_eq!(second["occurrence_id"], first["occurrence_id"]);
    assert_eq!((&first["attempt"], &second["attempt"]), (&json!(1), &json!(2)));

    // The worker of the first attempt was only slow: what it has done counts.
    let id = text(&first["occurrence_id"]);
    let (status, settled) = server.acknowledge(&id, "complete", &json!({"attempt": 1})).await;
    assert_eq!((status, &settled["state"]), (StatusCode::OK, &json!("completed")));
    let (status, again) = server.acknowledge(&id, "complete", &json!({"attempt": 2})).await;
    assert_eq!((status, &again["state"]), (StatusCode::OK, &json!("completed")), "told twice is told once");
    let (status, problem) = server.acknowledge(&id, "fail", &json!({"attempt": 2})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("SCHEDULED_EVENT_FINAL")));
    server.clock.advance(HOUR_MS);
    server.settle().await;
    assert!(server.outbox().await.is_empty());
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_later_and_then_given_up_and_can_be_asked_for_again() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"max_retries": 2}))).await;
    server.clock.advance(HOUR_MS);
    let mut delays = Vec::new();
    for attempt in 1..=3 {
        let handed = server.handed_over(1).await.remove(0);
        assert_eq!(handed["attempt"], json!(attempt));
        let (status, settled) = server
            .acknowledge(&event_id, "fail", &json!({"attempt": attempt, "error": "no such printer"}))
            .await;
        assert_eq!(status, StatusCode::OK, "{settled}");
        if attempt < 3 {
            let next_at = parsed(&settled["next_attempt_at"]);
            let now = client_event_scheduler_server::clock::Clock::now(&*server.clock);
            delays.push(next_at.millis_since(now) / MINUTE_MS);
            server.clock.set(next_at);
        }
    }
    assert_eq!(delays, [1, 2]);
    let letters = server.get("/api/events/dead-letters?service_id=mailer").await;
    assert_eq!(letters["occurrences"][0]["event_id"], json!(event_id));
    let event = server.scheduled_event(&event_id).await;
    assert_eq!(
        (&event["state"], &event["occurrences"][0]["reason"]),
        (&json!("finished"), &json!("no such printer"))
    );

    let (status, event) = server.send(Method::POST, &format!("/api/events/{event_id}/retry"), None).await;
    assert_eq!((status, &event["state"]), (StatusCode::OK, &json!("active")), "{event}");
    let handed = server.handed_over(1).await.remove(0);
    assert_eq!((&handed["attempt"], &handed["max_attempts"]), (&json!(4), &json!(6)));
    let (_, settled) = server.acknowledge(&event_id, "fail", &json!({"retry": false})).await;
    assert_eq!(settled["state"], "failed", "a lasting failure is not tried again");
}

#[tokio::test]
async fn a_late_word_of_an_attempt_that_is_over_does_not_end_the_next_one() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"timeout_seconds": 1}))).await;
    server.clock.advance(HOUR_MS);
    server.handed_over(1).await;
    server.clock.advance(1_000);
    let event = server.in_state(&event_id, "pending").await;
    server.clock.set(parsed(&event["occurrences"][0]["next_at"]));
    server.in_state(&event_id, "processing").await;
    let (status, problem) = server.acknowledge(&event_id, "fail", &json!({"attempt": 1})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ATTEMPT_OVER")));
    let (status, problem) = server.acknowledge(&event_id, "complete", &json!({"attempt": 3})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("NOT_HANDED_OVER")));
}

#[tokio::test]
async fn after_downtime_what_was_missed_is_handed_over_within_the_window_and_older_is_given_up() {
    let mut server = TestServer::start().await;
    let old = server.scheduled(&wanted("old", HOUR_MS)).await;
    let recent = server.scheduled(&wanted("recent", 20 * HOUR_MS)).await;
    server.stop().await;
    server.clock.advance(30 * HOUR_MS);
    server.restart().await;
    let handed = server.handed_over(1).await;
    assert_eq!(handed[0]["event_id"], json!(recent));
    let event = server.in_state(&old, "failed").await;
    assert_eq!(event["occurrences"][0]["reason"], "expired");
    let history = server.scheduled_event(&recent).await["history"].clone();
    assert_eq!(history[0]["action"], "recovered");
}

/// Every hour of the first day after the beginning, `missed` as said.
fn hourly(entity_id: &str, missed: &str) -> Value {
    with(wanted(entity_id, HOUR_MS), json!({"recurrence": "FREQ=HOURLY;COUNT=24", "missed": missed}))
}

#[tokio::test]
async fn of_several_that_were_missed_those_are_handed_over_that_the_policy_says() {
    let mut server = TestServer::start().await;
    let mut events = Vec::new();
    for policy in ["all", "earliest", "latest"] {
        events.push(server.scheduled(&hourly(policy, policy)).await);
    }
    server.stop().await;
    // At half past four: four have been missed of each.
    server.clock.advance(4 * HOUR_MS + 30 * MINUTE_MS);
    server.restart().await;
    let handed = server.handed_over(6).await;
    let due_of = |event_id: &String| -> Vec<String> {
        let mut due: Vec<_> = handed
            .iter()
            .filter(|each| each["event_id"] == json!(event_id))
            .map(|each| text(&each["due_at"]))
            .collect();
        due.sort();
        due
    };
    assert_eq!(due_of(&events[0]), [1, 2, 3, 4].map(|hour| instant(hour * HOUR_MS)));
    assert_eq!(due_of(&events[1]), [instant(HOUR_MS)]);
    assert_eq!(due_of(&events[2]), [instant(4 * HOUR_MS)]);
    let latest = server.scheduled_event(&events[2]).await;
    let reasons: Vec<_> = latest["occurrences"].as_array().expect("occurrences").iter().take(4).collect();
    assert!(
        reasons[..3].iter().all(|each| each["reason"] == "coalesced" && each["state"] == "cancelled"),
        "{reasons:?}"
    );
    server.clock.advance(30 * MINUTE_MS);
    // Nobody has acknowledged the others in the meantime.
    let next = server.handed_over(3).await;
    assert!(next.iter().all(|each| each["due_at"] == json!(instant(5 * HOUR_MS))), "{next:?}");
}

#[tokio::test]
async fn one_occurrence_is_taken_back_and_the_others_happen() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&hourly("order-1", "all")).await;
    let second = format!("{event_id}/occurrence@{}", instant(2 * HOUR_MS));
    let (status, answer) =
        server.send(Method::DELETE, &format!("/api/events/{}", segment(&second)), None).await;
    assert_eq!((status, &answer["cancelled"]), (StatusCode::OK, &json!(1)), "{answer}");
    for hour in 1..=3 {
        server.clock.set(at(BEGINNING_MS + hour * HOUR_MS));
        let expected = if hour == 2 { 0 } else { 1 };
        let handed = server.handed_over(expected).await;
        for each in &handed {
            assert_eq!(each["due_at"], json!(instant(hour * HOUR_MS)));
            server.acknowledge(&text(&each["occurrence_id"]), "complete", &json!({})).await;
        }
        server.settle().await;
    }
    let (status, problem) = server.acknowledge(&event_id, "complete", &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("OCCURRENCE_REQUIRED")));
}

#[tokio::test]
async fn what_somebody_is_at_is_not_tried_again_once_it_is_taken_back() {
    let server = TestServer::start().await;
    let event_id = server.scheduled(&wanted("order-1", HOUR_MS)).await;
    server.clock.advance(HOUR_MS);
    server.handed_over(1).await;
    let (_, answer) = server.send(Method::DELETE, &format!("/api/events/{event_id}"), None).await;
    assert_eq!((&answer["cancelled"], &answer["under_way"]), (&json!(1), &json!(1)));
    assert!(server.outbox().await.is_empty());
    let (status, problem) = server.acknowledge(&event_id, "complete", &json!({"attempt": 1})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("SCHEDULED_EVENT_FINAL")));
    server.clock.advance(24 * HOUR_MS);
    server.settle().await;
    assert!(server.outbox().await.is_empty());
}

#[tokio::test]
async fn many_that_are_due_at_one_instant_are_each_handed_over_once() {
    let server = TestServer::start_with(|config, _| config.service.events_per_minute = 0).await;
    for batch in 0..5 {
        let events: Vec<_> = (0..100).map(|n| wanted(&format!("{batch}-{n}"), HOUR_MS)).collect();
        let (_, answer) =
            server.send(Method::POST, "/api/events/schedule/batch", Some(&json!({"events": events}))).await;
        assert_eq!(answer["success"], json!(true), "{answer}");
    }
    server.clock.advance(HOUR_MS);
    let handed = server.handed_over(500).await;
    let ids: std::collections::BTreeSet<_> = handed.iter().map(|each| text(&each["occurrence_id"])).collect();
    assert_eq!(ids.len(), 500);
    assert!(handed.iter().all(|each| each["attempt"] == json!(1)));
}

#[tokio::test]
async fn with_the_clock_of_the_machine_it_is_handed_over_within_a_tenth_of_a_second() {
    use client_event_scheduler_server::clock::{Clock, SystemClock};
    let server = TestServer::start_with(|config, _| {
        config.clock = std::sync::Arc::new(SystemClock);
    })
    .await;
    let due_at = SystemClock.now().saturating_add_ms(1_500);
    let body = with(wanted("order-1", 0), json!({"scheduled_time": due_at.to_string()}));
    server.scheduled(&body).await;
    let handed = server.handed_over(1).await.remove(0);
    let late_ms = parsed(&handed["handed_at"]).millis_since(due_at);
    // Ten times the promise: the machine of a test has much else to do.
    assert!((0..1_000).contains(&late_ms), "{late_ms} ms");
}
