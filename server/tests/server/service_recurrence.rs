//! Recurrences: kept ready up to a horizon, edited, and listed beyond it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::service::{wanted, with};
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, instant, text};

const DAY_MS: i64 = 24 * HOUR_MS;

fn due(occurrences: &Value) -> Vec<String> {
    occurrences.as_array().expect("occurrences").iter().map(|each| text(&each["due_at"])).collect()
}

fn waiting(event: &Value) -> Vec<String> {
    let occurrences = event["occurrences"].as_array().expect("occurrences");
    occurrences.iter().filter(|each| each["state"] == "scheduled").map(|each| text(&each["due_at"])).collect()
}

#[tokio::test]
async fn occurrences_are_kept_ready_for_the_horizon_and_go_on_for_ever() {
    let server = TestServer::start().await;
    let body = with(
        wanted("order-1", HOUR_MS),
        json!({"recurrence": {"frequency": "daily"}, "timeout_seconds": 86400}),
    );
    let event_id = server.scheduled(&body).await;
    let event = server.scheduled_event(&event_id).await;
    assert_eq!(waiting(&event), (0..7).map(|day| instant(day * DAY_MS + HOUR_MS)).collect::<Vec<_>>());
    assert_eq!(event["recurrence_text"], "every day at 01:00");
    for day in 0..20 {
        server.clock.set(at(BEGINNING_MS + day * DAY_MS + HOUR_MS));
        let handed = server.handed_over(1).await.remove(0);
        assert_eq!(handed["due_at"], json!(instant(day * DAY_MS + HOUR_MS)));
        let (status, _) = server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(server.scheduled_event(&event_id).await["state"], "active");
}

#[tokio::test]
async fn a_rule_keeps_its_local_time_over_a_change_of_the_clocks() {
    let server = TestServer::start().await;
    let body = with(
        wanted("order-1", 0),
        json!({"scheduled_time": "2026-10-23T02:30", "timezone_context": {"execution_timezone": "Europe/Berlin"},
               "recurrence": "FREQ=DAILY;COUNT=5"}),
    );
    let event_id = server.scheduled(&body).await;
    let path = "/api/events/upcoming?start_time=2026-10-20&end_time=2026-11-05&timezone=Europe/Berlin";
    let page = server.get(path).await;
    assert_eq!(
        due(&page["occurrences"]),
        [
            "2026-10-23T02:30:00.000+02:00",
            "2026-10-24T02:30:00.000+02:00",
            "2026-10-25T02:30:00.000+02:00",
            "2026-10-26T02:30:00.000+01:00",
            "2026-10-27T02:30:00.000+01:00",
        ]
    );
    assert!(
        page["occurrences"].as_array().expect("some").iter().all(|each| each["event_id"] == json!(event_id))
    );
}

#[tokio::test]
async fn what_is_to_come_is_listed_in_pages_beyond_the_horizon_each_once() {
    let server = TestServer::start().await;
    server.scheduled(&with(wanted("a", HOUR_MS), json!({"recurrence": "FREQ=DAILY"}))).await;
    server.scheduled(&with(wanted("b", 2 * HOUR_MS), json!({"recurrence": "FREQ=DAILY;INTERVAL=2"}))).await;
    server.scheduled(&wanted("c", 10 * DAY_MS)).await;
    let path = format!("/api/events/upcoming?service_id=mailer&end_time={}", instant(30 * DAY_MS));
    let whole = server.get(&format!("{path}&limit=1000")).await;
    let all: Vec<_> = whole["occurrences"]
        .as_array()
        .expect("some")
        .iter()
        .map(|each| text(&each["occurrence_id"]))
        .collect();
    assert_eq!((all.len(), &whole["next_cursor"]), (30 + 15 + 1, &json!(null)));
    let times = due(&whole["occurrences"]);
    assert!(times.is_sorted(), "{times:?}");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{path}&limit=7{cursor}")).await;
        paged.extend(
            page["occurrences"].as_array().expect("some").iter().map(|each| text(&each["occurrence_id"])),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let of_c = server.get(&format!("{path}&entity_id=c")).await;
    assert_eq!(due(&of_c["occurrences"]), [instant(10 * DAY_MS)]);
    assert_eq!(due(&server.get(&format!("{path}&type=other")).await["occurrences"]), Vec::<String>::new());
}

#[tokio::test]
async fn another_rule_withdraws_what_it_does_not_have_and_keeps_what_both_have() {
    let server = TestServer::start().await;
    let event_id =
        server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=DAILY"}))).await;
    let path = format!("/api/events/{event_id}");
    let change = async |fields: Value| {
        let (status, event) = server.send(Method::PATCH, &path, Some(&fields)).await;
        assert_eq!(status, StatusCode::OK, "{event}");
        event
    };
    let event = change(json!({"recurrence": "FREQ=DAILY;INTERVAL=3"})).await;
    assert_eq!(waiting(&event), [0, 3, 6].map(|day| instant(day * DAY_MS + HOUR_MS)));
    let withdrawn =
        event["occurrences"].as_array().expect("some").iter().filter(|each| each["reason"] == "rescheduled");
    assert_eq!(withdrawn.count(), 4);
    let event = change(json!({"recurrence": "FREQ=DAILY;INTERVAL=2"})).await;
    assert_eq!(
        waiting(&event),
        [0, 2, 4, 6].map(|day| instant(day * DAY_MS + HOUR_MS)),
        "what is back is not there twice"
    );
    let event = change(json!({"missed": "latest"})).await;
    assert_eq!(event["recurrence_text"], "every 2 days at 01:00", "what is not named stays");
    assert_eq!(waiting(&event).len(), 4);
    let event = change(json!({"recurrence": null})).await;
    assert_eq!(waiting(&event), [instant(HOUR_MS)]);
}

#[tokio::test]
async fn a_rule_that_is_over_is_finished() {
    let server = TestServer::start().await;
    let event_id = server
        .scheduled(&with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=DAILY;COUNT=2"})))
        .await;
    for day in 0..2 {
        server.clock.set(at(BEGINNING_MS + day * DAY_MS + HOUR_MS));
        let handed = server.handed_over(1).await.remove(0);
        server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
    }
    assert_eq!(server.scheduled_event(&event_id).await["state"], "finished");
}

#[tokio::test]
async fn a_downtime_longer_than_the_horizon_loses_nothing_of_the_window() {
    let mut server = TestServer::start_with(|config, _| config.service.horizon_days = 1).await;
    let body = with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=HOURLY"}));
    let event_id = server.scheduled(&body).await;
    server.stop().await;
    server.clock.advance(10 * DAY_MS + HOUR_MS / 2);
    server.restart().await;
    let handed = server.handed_over(24).await;
    let mut times: Vec<_> = handed.iter().map(|each| text(&each["due_at"])).collect();
    times.sort();
    assert_eq!(times.first(), Some(&instant(9 * DAY_MS + HOUR_MS)));
    assert_eq!(times.last(), Some(&instant(10 * DAY_MS)));
    let history = server.scheduled_event(&event_id).await["history"].to_string();
    assert!(history.contains("are too old"), "{history}");
}

#[tokio::test]
async fn a_rule_that_is_damaged_stops_no_other() {
    let server = TestServer::start().await;
    let daily = |entity: &str| with(wanted(entity, HOUR_MS), json!({"recurrence": "FREQ=DAILY"}));
    let damaged = server.scheduled(&daily("damaged")).await;
    let whole = server.scheduled(&daily("whole")).await;
    let pool = server.open_database().await;
    let damage = sqlx::query("UPDATE service_events SET recurrence = 'FREQ=NEVER' WHERE event_id = $1");
    damage.bind(&damaged).execute(&pool).await.expect("an update");
    pool.close().await;
    server.clock.advance(10 * DAY_MS);
    server
        .eventually("the other is planned on", async || {
            let event = server.scheduled_event(&whole).await;
            waiting(&event).contains(&instant(12 * DAY_MS + HOUR_MS)).then_some(())
        })
        .await;
    let page = server.get("/api/events/upcoming?service_id=mailer").await;
    let listed = page["occurrences"].as_array().expect("occurrences");
    assert!(listed.iter().any(|each| each["event_id"] == whole.as_str()), "{page}");
}

#[tokio::test]
async fn a_preview_is_what_would_be_stored_and_keeps_nothing() {
    let server = TestServer::start().await;
    let rule = json!({
        "scheduled_time": "2026-10-24T02:30",
        "timezone_context": {"execution_timezone": "Europe/Berlin"},
        "recurrence": {"frequency": "daily", "count": 3},
    });
    let (status, shown) = server.send(Method::POST, "/api/events/preview", Some(&rule)).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert_eq!(
        shown["occurrences"],
        json!([
            "2026-10-24T02:30:00.000+02:00",
            "2026-10-25T02:30:00.000+02:00",
            "2026-10-26T02:30:00.000+01:00"
        ])
    );
    assert_eq!(shown["complete"], true);
    assert!(text(&shown["recurrence_text"]).starts_with("every day at 02:30"), "{shown}");
    let page = "/api/events/upcoming?start_time=2026-10-20&end_time=2026-11-05&timezone=Europe/Berlin";
    assert_eq!(server.get(page).await["occurrences"], json!([]));
    server.scheduled(&with(wanted("order-1", 0), rule.clone())).await;
    assert_eq!(json!(due(&server.get(page).await["occurrences"])), shown["occurrences"]);
    for (fields, field) in [
        (json!({"recurrence": "FREQ=SOMETIMES"}), "recurrence"),
        (json!({"recurrence": null}), "recurrence"),
        (json!({"limit": 0}), "limit"),
        (json!({"limit": 1001}), "limit"),
        (
            json!({"scheduled_time": "2026-10-24T02:30", "timezone_context": null}),
            "timezone_context.execution_timezone",
        ),
    ] {
        let (status, problem) =
            server.send(Method::POST, "/api/events/preview", Some(&with(rule.clone(), fields.clone()))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {problem}");
        assert!(text(&problem["problems"][0]["field"]).starts_with(field), "{fields}: {problem}");
    }
}

#[tokio::test]
async fn a_rule_that_is_too_dense_on_a_later_day_is_refused_and_one_that_is_stored_ends_before_it() {
    let server = TestServer::start().await;
    // From one to two in the morning of each third of June.
    let dense = "FREQ=SECONDLY;BYMONTH=6;BYMONTHDAY=3;BYHOUR=1";
    for path in ["/api/events/schedule", "/api/events/preview"] {
        let body = match path {
            "/api/events/preview" => json!({"scheduled_time": instant(HOUR_MS), "recurrence": dense}),
            _ => with(wanted("order-1", HOUR_MS), json!({"recurrence": dense})),
        };
        let (status, problem) = server.send(Method::POST, path, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {problem}");
        let found = &problem["problems"][0];
        assert_eq!((&found["field"], &found["code"]), (&json!("recurrence"), &json!("SETTING_INVALID")));
        assert!(text(&found["message"]).contains("3600 occurrences on 2026-06-03"), "{problem}");
    }
    // One a minute is as dense as it may be, also on the day on which clocks are set back.
    let zone =
        json!({"recurrence": "FREQ=MINUTELY", "timezone_context": {"execution_timezone": "Europe/Berlin"}});
    server.scheduled(&with(wanted("order-2", 190 * DAY_MS), zone)).await;

    let event_id =
        server.scheduled(&with(wanted("order-3", HOUR_MS), json!({"recurrence": "FREQ=DAILY"}))).await;
    // As an earlier version has taken it.
    let pool = server.open_database().await;
    let store = sqlx::query("UPDATE service_events SET recurrence = $1 WHERE event_id = $2");
    let rule = "DTSTART:20260501T010000Z\nRRULE:FREQ=SECONDLY;BYMONTHDAY=10;BYHOUR=1";
    store.bind(rule).bind(&event_id).execute(&pool).await.expect("an update");
    pool.close().await;
    for day in 0..7 {
        server.clock.set(at(BEGINNING_MS + day * DAY_MS + HOUR_MS));
        let handed = server.handed_over(1).await.remove(0);
        server.acknowledge(&text(&handed["occurrence_id"]), "complete", &json!({})).await;
    }
    let event = server.scheduled_event(&event_id).await;
    assert_eq!(event["state"], "finished", "what was ready has happened, and nothing follows");
    assert!(event["history"].to_string().contains("3600 occurrences on 2026-05-10"), "{}", event["history"]);
}
