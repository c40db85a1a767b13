//! Lists of events: filters, orders, pages.

use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, event, instant, text};
use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler::{
    DateContext, EventDefinition, Timestamp, TriggerKind, WindowField, due_times, status_at,
};
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::strategy::Just;
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/admin/events/list";

async fn list(server: &TestServer, query: &str) -> Value {
    server.get(&format!("{LIST}?{query}")).await
}

fn ids(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().expect("events");
    events.iter().map(|event| text(&event["event_id"])).collect()
}

/// Follows the pages of a list to their end.
async fn pages(server: &TestServer, query: &str, limit: usize) -> Vec<Value> {
    let mut pages = vec![list(server, &format!("{query}&limit={limit}")).await];
    while let Some(cursor) = pages.last().and_then(|page| page["next_cursor"].as_str()) {
        let next = list(server, &format!("{query}&limit={limit}&cursor={cursor}")).await;
        pages.push(next);
        assert!(pages.len() < 1_000, "the list does not end");
    }
    pages
}

#[tokio::test]
async fn a_list_is_filtered_by_what_the_status_is_at_the_instant_of_the_request() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    for (hours, open, started) in [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 0, 0)] {
        server.clock.set(at(BEGINNING_MS + hours * HOUR_MS));
        let found = list(&server, "sub_status=registration_open&limit=10").await;
        assert_eq!(found["total"], open, "after {hours} h");
        assert_eq!(list(&server, "status=ongoing").await["total"], started, "after {hours} h");
    }
}

#[tokio::test]
async fn every_page_of_a_list_is_as_of_the_same_instant() {
    let server = TestServer::start().await;
    for name in ["a", "b", "c"] {
        server.create(event(name)).await;
    }
    let first = list(&server, "status=upcoming&limit=2").await;
    assert_eq!((ids(&first), &first["total"]), (vec!["a".into(), "b".into()], &json!(3)));
    server.clock.advance(5 * HOUR_MS);
    let cursor = text(&first["next_cursor"]);
    let second = list(&server, &format!("status=upcoming&limit=2&cursor={cursor}")).await;
    assert_eq!(ids(&second), ["c"]);
    assert_eq!(second["events"][0]["status"], "upcoming");
    assert_eq!((&second["as_of"], &second["next_cursor"]), (&first["as_of"], &Value::Null));
    assert_eq!(list(&server, "status=upcoming&limit=2").await["total"], 0, "a new list is of a new instant");
}

#[tokio::test]
async fn a_search_knows_neither_case_nor_accents_nor_wildcards() {
    let server = TestServer::start().await;
    for (id, name, venue) in
        [("e1", "Café Müller", "Zürich"), ("e2", "cafe society", "Straße 5"), ("e3", "100%_fun", "Łódź")]
    {
        server.create(json!({"event_id": id, "event_name": name, "venue": venue})).await;
    }
    for (query, expected) in [
        ("q=CAF%C3%89", vec!["e1", "e2"]),
        ("q=cafe%20muller", vec!["e1"]),
        ("q=strasse", vec!["e2"]),
        ("q=lodz", vec!["e3"]),
        ("q=100%25_", vec!["e3"]),
        ("q=%25", vec!["e3"]),
        ("q=E2", vec!["e2"]),
        ("q=cafe%20lodz", vec![]),
        ("q=", vec!["e1", "e2", "e3"]),
        ("venue=ZURICH", vec!["e1"]),
        ("venue=Z", vec![]),
        ("q=%27%20OR%201%3D1", vec![]),
    ] {
        assert_eq!(ids(&list(&server, query).await), expected, "{query}");
    }
    server.update("e1", json!({"event_name": "Tea"})).await;
    server.delete("e2").await;
    assert_eq!(list(&server, "q=cafe").await["total"], 0, "the list follows every change");
}

#[tokio::test]
async fn quarantined_events_are_listed_with_their_problems_and_can_be_told_apart() {
    let server = TestServer::start_with(|config, _| config.demo = true).await;
    let all = list(&server, "limit=500").await;
    let bad = list(&server, "quarantined=true").await;
    let good = list(&server, "quarantined=false&limit=1").await;
    assert_eq!(
        bad["total"].as_u64().expect("a number") + good["total"].as_u64().expect("a number"),
        all["total"].as_u64().expect("a number")
    );
    assert_eq!(bad["quarantined"].as_array().map(Vec::len), bad["events"].as_array().map(Vec::len));
    let whole = server.get(LIST).await;
    assert_eq!(
        whole["events"].as_array().expect("events").len() as u64,
        whole["total"].as_u64().expect("a number")
    );
    assert_eq!(whole["quarantined"].as_array().map(Vec::len), bad["quarantined"].as_array().map(Vec::len));
}

#[tokio::test]
async fn a_cursor_belongs_to_one_filter_and_one_order() {
    let server = TestServer::start().await;
    for name in ["a", "b", "c"] {
        server.create(event(name)).await;
    }
    let cursor = text(&list(&server, "limit=1&sort=start").await["next_cursor"]);
    for query in ["sort=start&order=desc", "sort=name", "sort=start&status=upcoming", "sort=start&q=a"] {
        let path = format!("{LIST}?{query}&cursor={cursor}");
        let (status, problem) = server.send(Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {problem}");
        assert_eq!(problem["code"], "LIST_CURSOR_INVALID", "{query}");
    }
    let other_limit = list(&server, &format!("sort=start&limit=500&cursor={cursor}")).await;
    assert_eq!(ids(&other_limit), ["b", "c"]);
}

#[tokio::test]
async fn a_parameter_that_makes_no_sense_is_refused_with_its_name() {
    let server = TestServer::start().await;
    for (query, field, code) in [
        ("limit=0", "limit", "SETTING_INVALID"),
        ("limit=501", "limit", "SETTING_INVALID"),
        ("limit=x", "limit", "SETTING_INVALID"),
        ("sort=size", "sort", "SETTING_INVALID"),
        ("order=up", "order", "SETTING_INVALID"),
        ("status=open", "status", "SETTING_INVALID"),
        ("status=upcoming,,ongoing", "status", "SETTING_INVALID"),
        ("sub_status=nope", "sub_status", "SETTING_INVALID"),
        ("approval=yes", "approval", "SETTING_INVALID"),
        ("published=1", "published", "SETTING_INVALID"),
        ("quarantined=no", "quarantined", "SETTING_INVALID"),
        ("stauts=upcoming", "stauts", "SETTING_INVALID"),
        ("start_from=soon", "start_from", "DATE_MALFORMED"),
        ("end_until=2026-05-01", "end_until", "TIME_ZONE_REQUIRED"),
        ("changed_since=2026-02-30T00:00Z", "changed_since", "DATE_MALFORMED"),
        ("q=a%20b%20c%20d%20e%20f%20g%20h%20i", "q", "TEXT_TOO_LONG"),
        ("after_seq=x", "after_seq", "WRONG_TYPE"),
        ("status=upcoming&status=ongoing", "", "WRONG_TYPE"),
    ] {
        let (status, problem) = server.send(Method::GET, &format!("{LIST}?{query}"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {problem}");
        let found = (&problem["problems"][0]["field"], &problem["problems"][0]["code"]);
        assert_eq!(found, (&json!(field), &json!(code)), "{query}: {problem}");
    }
    let (status, problem) = server.send(Method::GET, &format!("{LIST}?cursor=x"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("LIST_CURSOR_INVALID")));
}

#[tokio::test]
async fn another_default_zone_moves_the_dates_that_lists_filter_by() {
    let mut server =
        TestServer::start_with(|config, _| config.default_time_zone = Some("Etc/UTC".into())).await;
    let event =
        json!({"event_id": "e", "start_datetime": "2026-06-01T00:30", "end_datetime": "2026-06-01T02:00"});
    server.create(event).await;
    let june = "start_from=2026-06-01T00:00Z";
    assert_eq!(list(&server, june).await["total"], 1);
    server.stop().await;
    server.reconfigure(|config| config.default_time_zone = Some("Europe/Berlin".into()));
    server.restart().await;
    assert_eq!(list(&server, june).await["total"], 0, "half past midnight in Berlin is still May in UTC");
}

/// One event of a random set, with dates in hours from the beginning.
#[derive(Debug, Clone)]
struct Made {
    name: usize,
    dates: [Option<i64>; 6],
    approval: usize,
    published: bool,
    cancelled: bool,
}

/// Names with what they fold to.
const NAMES: [(&str, &str); 6] =
    [("Gala", "gala"), ("gála", "gala"), ("Zürich", "zurich"), ("Éa", "ea"), ("", ""), ("b_%!", "b_%!")];
const APPROVALS: [&str; 4] = ["unstated", "approved", "pending_approval", "declined"];
const SORTS: [&str; 6] = ["id", "start", "registration_start", "name", "updated_at", "next_trigger"];
const STATUSES: [&str; 7] =
    ["", "draft", "upcoming", "ongoing", "completed", "pending_approval", "upcoming,cancelled"];

#[derive(Debug, Clone)]
struct Asked {
    sort: usize,
    descending: bool,
    status: usize,
    published: Option<bool>,
    start_from: Option<i64>,
    term: usize,
    limit: usize,
}

fn made() -> impl Strategy<Value = Made> {
    let date = || proptest::option::weighted(0.7, -6_i64..6);
    let dates = [date(), date(), date(), date(), date(), date()];
    (0..NAMES.len(), dates, 0..APPROVALS.len() * 2, any::<bool>(), proptest::bool::weighted(0.1)).prop_map(
        |(name, mut dates, approval, published, cancelled)| {
            // In order, each pair and the pairs among themselves, as a valid event has them.
            let mut given: Vec<_> = dates.iter().flatten().copied().collect();
            given.sort_unstable();
            for date in dates.iter_mut().filter(|date| date.is_some()) {
                *date = Some(given.remove(0));
            }
            Made { name, dates, approval: approval.saturating_sub(APPROVALS.len()), published, cancelled }
        },
    )
}

fn asked() -> impl Strategy<Value = Asked> {
    let published = prop_oneof![Just(None), any::<bool>().prop_map(Some)];
    let from = proptest::option::weighted(0.3, -6_i64..6);
    (0..SORTS.len(), any::<bool>(), 0..STATUSES.len(), published, from, 0..4_usize, 1..8_usize).prop_map(
        |(sort, descending, status, published, start_from, term, limit)| Asked {
            sort,
            descending,
            status,
            published,
            start_from,
            term,
            limit,
        },
    )
}

const TERMS: [&str; 4] = ["", "a", "zu", "%"];

impl Made {
    fn to_json(&self, number: usize) -> Value {
        let mut event = json!({
            "event_id": format!("e{number}"), "event_name": NAMES[self.name].0, "published": self.published,
        });
        for (field, date) in WindowField::ALL.into_iter().zip(self.dates) {
            if let Some(hours) = date {
                event[field.name()] = json!(instant(hours * HOUR_MS));
            }
        }
        if self.approval > 0 {
            event["event_approval_status"] = json!(APPROVALS[self.approval]);
        }
        if self.cancelled {
            event["status"] = json!("cancelled");
        }
        event
    }
}

impl Asked {
    fn to_query(&self) -> String {
        let order = if self.descending { "desc" } else { "asc" };
        let mut query =
            format!("sort={}&order={order}&q={}", SORTS[self.sort], TERMS[self.term].replace('%', "%25"));
        if !STATUSES[self.status].is_empty() {
            query += &format!("&status={}", STATUSES[self.status]);
        }
        if let Some(published) = self.published {
            query += &format!("&published={published}");
        }
        if let Some(hours) = self.start_from {
            query += &format!("&start_from={}", instant(hours * HOUR_MS));
        }
        query
    }

    /// What the list has to be, found in the plainest way.
    fn expected(&self, events: &[(Value, &Made)], now: Timestamp) -> Vec<String> {
        let mut found: Vec<_> = events
            .iter()
            .filter_map(|(event, made)| {
                let json = event.to_string();
                let definition = EventDefinition::from_json(json.as_bytes(), &DateContext::default()).ok()?;
                let id = text(&event["event_id"]);
                let status = status_at(&definition, now).status();
                let folded = NAMES[made.name].1;
                let wanted = STATUSES[self.status];
                let matches = (wanted.is_empty() || wanted.split(',').any(|each| each == status))
                    && self.published.is_none_or(|published| published == made.published)
                    && self.start_from.is_none_or(|hours| made.dates[2].is_some_and(|start| start >= hours))
                    && (folded.contains(TERMS[self.term]) || id.contains(TERMS[self.term]));
                matches.then(|| (self.key(&definition, folded, &id, now), id))
            })
            .collect();
        found.sort_by(|(left, left_id), (right, right_id)| {
            let missing = left.is_none().cmp(&right.is_none());
            let order = (left, left_id).cmp(&(right, right_id));
            missing.then(if self.descending { order.reverse() } else { order })
        });
        found.into_iter().map(|(_, id)| id).collect()
    }

    fn key(
        &self,
        event: &EventDefinition<'_>,
        folded: &str,
        id: &str,
        now: Timestamp,
    ) -> Option<(String, Option<Timestamp>)> {
        let instant = |at: Option<Timestamp>| at.map(|at| (String::new(), Some(at)));
        let due = due_times(event);
        match SORTS[self.sort] {
            "id" => Some((id.to_owned(), None)),
            "name" => Some((folded.to_owned(), None)),
            "updated_at" => Some((String::new(), None)),
            "start" => instant(event.windows.get(WindowField::Start)),
            "registration_start" => instant(event.windows.get(WindowField::RegistrationStart)),
            _ => instant(
                TriggerKind::ALL.into_iter().filter_map(|kind| due.get(kind)).filter(|at| *at > now).min(),
            ),
        }
    }
}

#[test]
fn the_pages_of_any_list_hold_each_of_its_events_once_and_in_order() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    let strategy = (proptest::collection::vec(made(), 0..30), proptest::collection::vec(asked(), 12));
    let result = runner.run(&strategy, |(made, asked)| {
        runtime.block_on(compare(&made, &asked));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn compare(made: &[Made], asked: &[Asked]) {
    let server = TestServer::start().await;
    let events: Vec<_> = made.iter().enumerate().map(|(number, made)| (made.to_json(number), made)).collect();
    let lines: Vec<_> = events.iter().map(|(event, _)| event.to_string()).collect();
    let request = server.request(Method::POST, "/api/v1/admin/events/import");
    let request = request.header("content-type", "application/x-ndjson").body(lines.join("\n"));
    let report: Value = request.send().await.expect("an answer").json().await.expect("a report");
    assert_eq!(report["rows"], events.len(), "{report}");
    let now = at(BEGINNING_MS);
    for asked in asked {
        let query = asked.to_query();
        let expected = asked.expected(&events, now);
        let pages = pages(&server, &query, asked.limit).await;
        let found: Vec<_> = pages.iter().flat_map(ids).collect();
        assert_eq!(found, expected, "{query}");
        assert!(pages.iter().all(|page| page["total"] == expected.len()), "{query}");
        assert_eq!(ids(&list(&server, &query).await), expected, "the whole list of {query}");
    }
}

#[tokio::test]
async fn a_list_tells_what_was_changed_since_an_instant() {
    let server = TestServer::start().await;
    server.create(event("old")).await;
    server.clock.advance(1_000);
    server.create(event("new")).await;
    let since = instant(1_000);
    assert!(matches!(parse_date(&since), Ok(ParsedDate::Instant(_))));
    assert_eq!(ids(&list(&server, &format!("changed_since={since}")).await), ["new"]);
    server.update("old", json!({"venue": "Hall"})).await;
    assert_eq!(ids(&list(&server, &format!("changed_since={since}")).await), ["new", "old"]);
}
