//! What is kept of what is over, and what is shown of an event that has much of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::service::{MINUTE_MS, segment, wanted, with};
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, instant, text};

const DAY_MS: i64 = 24 * HOUR_MS;

fn listed(event: &Value) -> Vec<(String, String)> {
    let occurrences = event["occurrences"].as_array().expect("occurrences");
    occurrences.iter().map(|each| (text(&each["due_at"]), text(&each["state"]))).collect()
}

async fn rows(pool: &sqlx::AnyPool, table: &str, event_id: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE event_id = $1"));
    sqlx::query_scalar(sql).bind(event_id).fetch_one(pool).await.expect("a number")
}

/// Has every occurrence of an hourly recurrence handed over and acknowledged, up to an hour.
async fn work_through(server: &TestServer, hours: std::ops::RangeInclusive<i64>) {
    for hour in hours {
        server.clock.set(at(BEGINNING_MS + hour * HOUR_MS));
        let handed = server.handed_over(1).await.remove(0);
        assert_eq!(handed["due_at"], json!(instant(hour * HOUR_MS)));
        let (status, _) = server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test]
async fn of_a_recurrence_that_goes_on_only_what_is_settled_for_long_is_removed() {
    let server = TestServer::start_with(|config, _| config.service.retention_days = 1).await;
    let hourly = with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=HOURLY"}));
    let event_id = server.scheduled(&hourly).await;
    let taken_back = format!("{event_id}/occurrence@{}", instant(40 * HOUR_MS));
    let path = format!("/api/events/{}", segment(&taken_back));
    assert_eq!(server.send(Method::DELETE, &path, None).await.0, StatusCode::OK);
    work_through(&server, 1..=30).await;
    let pool = server.open_database().await;
    let before = rows(&pool, "service_occurrences", &event_id).await;

    server.app().service().forget_finished().await;
    // What was settled in the first five hours has been so for more than a day.
    assert_eq!(rows(&pool, "service_occurrences", &event_id).await, before - 5);
    assert_eq!(rows(&pool, "service_attempts", &event_id).await, 25);
    let (status, event) = server
        .send(Method::PATCH, &format!("/api/events/{event_id}"), Some(&json!({"missed": "latest"})))
        .await;
    assert_eq!((status, &event["state"]), (StatusCode::OK, &json!("active")), "{event}");
    let shown = listed(&event);
    assert_eq!(shown.first(), Some(&(instant(6 * HOUR_MS), "completed".to_owned())));
    let state_of = |hour: i64| {
        shown.iter().find(|(due_at, _)| *due_at == instant(hour * HOUR_MS)).map(|(_, state)| state.as_str())
    };
    assert_eq!(
        (state_of(31), state_of(40)),
        (Some("scheduled"), Some("cancelled")),
        "what was taken back before its time stays taken back"
    );
    let lines = event["history"].as_array().expect("lines");
    assert_eq!(lines.last().map(|line| &line["action"]), Some(&json!("scheduled")), "its beginning is kept");
    let of_removed = format!("{event_id}/occurrence@{}", instant(5 * HOUR_MS));
    assert!(lines.iter().all(|line| line["occurrence_id"] != json!(of_removed)), "{lines:?}");
    let (status, _) = server.send(Method::GET, &format!("/api/events/{}", segment(&of_removed)), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    server.app().service().forget_finished().await;
    assert_eq!(rows(&pool, "service_attempts", &event_id).await, 25, "there is nothing more to remove");
    pool.close().await;
    work_through(&server, 31..=32).await;
}

#[tokio::test]
async fn what_is_over_is_removed_with_everything_that_was_known_of_it() {
    let server = TestServer::start_with(|config, _| config.service.retention_days = 1).await;
    let (done, waiting) = (
        server.scheduled(&wanted("done", HOUR_MS)).await,
        server.scheduled(&wanted("waiting", 30 * DAY_MS)).await,
    );
    work_through(&server, 1..=1).await;
    let pool = server.open_database().await;
    server.clock.advance(DAY_MS);
    server.app().service().forget_finished().await;
    assert_eq!(rows(&pool, "service_events", &done).await, 1, "it is kept for a day");
    server.clock.advance(1);
    server.app().service().forget_finished().await;
    for table in ["service_events", "service_occurrences", "service_attempts", "service_history"] {
        assert_eq!(rows(&pool, table, &done).await, 0, "{table}");
    }
    server.clock.advance(20 * DAY_MS);
    server.app().service().forget_finished().await;
    assert_eq!(rows(&pool, "service_history", &waiting).await, 1);
    pool.close().await;
    assert_eq!(server.scheduled_event(&waiting).await["state"], "active");
}

#[tokio::test]
async fn of_many_occurrences_the_latest_that_are_settled_and_the_next_ones_are_shown() {
    let mut server = TestServer::start().await;
    let minutely =
        with(wanted("order-1", MINUTE_MS), json!({"recurrence": "FREQ=MINUTELY", "missed": "latest"}));
    let event_id = server.scheduled(&minutely).await;
    let event = server.scheduled_event(&event_id).await;
    assert_eq!(
        listed(&event).iter().map(|(due_at, _)| due_at.clone()).collect::<Vec<_>>(),
        (1..=200).map(|minute| instant(minute * MINUTE_MS)).collect::<Vec<_>>(),
        "nothing is settled yet"
    );
    assert_eq!(event["more_occurrences"], json!(true));
    server.stop().await;
    server.clock.advance(10 * HOUR_MS);
    server.restart().await;
    // The one that is due now, and the latest of those that were missed.
    server.handed_over(2).await;
    let event = server.scheduled_event(&event_id).await;
    let shown = listed(&event);
    assert_eq!(
        shown.iter().map(|(due_at, _)| due_at.clone()).collect::<Vec<_>>(),
        (499..=698).map(|minute| instant(minute * MINUTE_MS)).collect::<Vec<_>>()
    );
    assert_eq!(shown[99].1, "cancelled");
    assert_eq!((shown[100].1.as_str(), shown[101].1.as_str()), ("processing", "processing"));
    assert_eq!(shown[102].1, "scheduled");
    assert_eq!(event["more_occurrences"], json!(true));

    let once = server.scheduled(&wanted("order-2", 11 * HOUR_MS)).await;
    assert_eq!(server.scheduled_event(&once).await["more_occurrences"], json!(false));
}

#[tokio::test]
async fn of_one_occurrence_its_own_attempts_are_shown_however_many_the_event_has() {
    let mut server = TestServer::start().await;
    let event_id =
        server.scheduled(&with(wanted("order-1", MINUTE_MS), json!({"recurrence": "FREQ=MINUTELY"}))).await;
    server.stop().await;
    server.clock.advance(10 * HOUR_MS);
    server.restart().await;
    server.handed_over(600).await;
    for minute in [1, 300, 600] {
        let id = format!("{event_id}/occurrence@{}", instant(minute * MINUTE_MS));
        let one = server.scheduled_event(&id).await;
        assert_eq!(one["attempts"].as_array().map(Vec::len), Some(1), "{minute}: {}", one["attempts"]);
        assert_eq!(one["attempts"][0]["occurrence_id"], json!(id));
        assert_eq!(one["history"].as_array().map(Vec::len), Some(1), "{minute}: {}", one["history"]);
        assert_eq!(one["occurrences"].as_array().map(Vec::len), Some(1));
    }
}
