//! Lists of what is to come: the same in pages of any size as in one.

use std::collections::BTreeSet;

use client_event_scheduler::ZoneTable;
use client_event_scheduler::recurrence::{Context, Recurrence, occurrence_id};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::service::{MINUTE_MS, segment, wanted, with};
use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, instant, text};

const DAY_MS: i64 = 24 * HOUR_MS;

fn ids(page: &Value) -> Vec<String> {
    let listed = page["occurrences"].as_array().expect("occurrences");
    listed.iter().map(|each| text(&each["occurrence_id"])).collect()
}

/// Reads a list to its end, in pages of this size.
async fn in_pages(server: &TestServer, query: &str, limit: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/events/upcoming?service_id=mailer&{query}&limit={limit}{cursor}");
        let page = server.get(&path).await;
        let found = ids(&page);
        assert!(found.len() <= limit, "{} on a page of {limit}", found.len());
        all.extend(found);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", segment(next)),
            None => return all,
        }
    }
}

/// The ids of a rule's occurrences from the beginning of the test to `until_ms`.
fn expected(event_id: &str, rule: &str, until_ms: i64) -> BTreeSet<(i64, String)> {
    let text = format!("DTSTART:20260501T000100Z\nRRULE:{rule}");
    let recurrence: Recurrence = text.parse().expect("a recurrence");
    let schedule = recurrence.schedule(&Context::new(ZoneTable::embedded())).expect("a schedule");
    let found = schedule.occurrences(at(BEGINNING_MS)..at(BEGINNING_MS + until_ms), usize::MAX);
    found
        .map(|due_at| due_at.expect("an occurrence"))
        .map(|due_at| (due_at.as_millis(), occurrence_id(event_id, "occurrence", due_at)))
        .collect()
}

#[tokio::test]
async fn pages_of_any_size_have_what_one_has_and_that_is_what_the_rules_say() {
    let server = TestServer::start_with(|config, _| config.service.horizon_days = 2).await;
    let until_ms = 20 * DAY_MS;
    let mut all = BTreeSet::new();
    for (entity, rule) in [
        // Many of one instant, a dense one of which a part only is ready, one that ends, and one that begins late.
        ("a", "FREQ=DAILY"),
        ("b", "FREQ=DAILY"),
        ("c", "FREQ=DAILY;INTERVAL=3"),
        ("d", "FREQ=MINUTELY;INTERVAL=7"),
        ("e", "FREQ=HOURLY;COUNT=100"),
        ("f", "FREQ=HOURLY;BYMONTHDAY=17"),
        ("g", "FREQ=YEARLY"),
    ] {
        let body = with(wanted(entity, MINUTE_MS), json!({"recurrence": rule}));
        let event_id = server.scheduled(&body).await;
        all.extend(expected(&event_id, rule, until_ms));
    }
    for minute in 1..=5 {
        let event_id = server.scheduled(&wanted("once", minute * 5 * DAY_MS)).await;
        let due_at = at(BEGINNING_MS + minute * 5 * DAY_MS);
        if minute * 5 * DAY_MS < until_ms {
            all.insert((due_at.as_millis(), occurrence_id(&event_id, "occurrence", due_at)));
        }
    }
    let all: Vec<_> = all.into_iter().map(|(_, id)| id).collect();
    assert!(all.len() > 4_000, "more than fit on the largest page: {}", all.len());
    let query = format!("end_time={}", instant(until_ms));
    for limit in [1_000, 999, 137] {
        let listed = in_pages(&server, &query, limit).await;
        assert_eq!(listed.len(), all.len(), "in pages of {limit}");
        assert!(listed == all, "in pages of {limit}");
    }
    // A stretch beyond everything that is ready, in the smallest pages.
    let stretch = format!("entity_id=a&start_time={}&{query}", instant(10 * DAY_MS));
    let whole = in_pages(&server, &stretch, 1_000).await;
    assert_eq!(whole.len(), 10);
    for limit in [1, 2, 9, 10] {
        assert_eq!(in_pages(&server, &stretch, limit).await, whole, "in pages of {limit}");
    }
    let dense = format!("entity_id=d&end_time={}", instant(6 * DAY_MS));
    let whole = in_pages(&server, &dense, 1_000).await;
    assert_eq!(whole.len(), 1_235);
    for limit in [7, 100] {
        assert!(in_pages(&server, &dense, limit).await == whole, "in pages of {limit}");
    }
}

#[tokio::test]
async fn a_denser_rule_has_beyond_what_is_ready_what_was_withdrawn_and_not_what_was_taken_back() {
    let server = TestServer::start().await;
    let event_id =
        server.scheduled(&with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=HOURLY"}))).await;
    let occurrence = |offset_ms: i64| format!("{event_id}/occurrence@{}", instant(offset_ms));
    let taken_back = format!("/api/events/{}", segment(&occurrence(150 * HOUR_MS)));
    assert!(server.send(Method::DELETE, &taken_back, None).await.0.is_success());
    // A thousand of these are ready, for 83 hours; the hourly ones were ready for seven days.
    let denser = json!({"recurrence": "FREQ=MINUTELY;INTERVAL=5"});
    let (status, answer) =
        server.send(Method::PATCH, &format!("/api/events/{event_id}"), Some(&denser)).await;
    assert!(status.is_success(), "{answer}");
    for (hour, minutes) in [(150, vec![-10, -5, 5, 10]), (100, vec![-10, -5, 0, 5, 10])] {
        let (from_ms, until_ms) = (hour * HOUR_MS - 10 * MINUTE_MS, hour * HOUR_MS + 15 * MINUTE_MS);
        let query = format!("start_time={}&end_time={}", instant(from_ms), instant(until_ms));
        let expected: Vec<_> =
            minutes.into_iter().map(|minute| occurrence(hour * HOUR_MS + minute * MINUTE_MS)).collect();
        assert_eq!(in_pages(&server, &query, 100).await, expected);
    }
    assert_eq!(
        server.scheduled_event(&occurrence(100 * HOUR_MS)).await["occurrences"][0]["state"],
        "cancelled"
    );
    // Half of what is ready is over.
    server.clock.set(at(BEGINNING_MS + 43 * HOUR_MS));
    server
        .eventually("planning on brings it back", async || {
            let one = server.scheduled_event(&occurrence(100 * HOUR_MS)).await;
            (one["occurrences"][0]["state"] == "scheduled").then_some(())
        })
        .await;
}
