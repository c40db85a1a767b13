//! What tests of the scheduling service have in common.

use std::time::Duration;

use client_event_scheduler::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::access::Credential;
use super::{PATIENCE, TestServer, instant, text};

pub(crate) const SCHEDULE: &str = "/api/events/schedule";
pub(crate) const MINUTE_MS: i64 = 60_000;

/// Something to be scheduled `offset_ms` after the beginning.
pub(crate) fn wanted(entity_id: &str, offset_ms: i64) -> Value {
    json!({
        "type": "reminder.send",
        "service_id": "mailer",
        "entity_id": entity_id,
        "scheduled_time": instant(offset_ms),
        "payload": {"to": entity_id},
    })
}

/// The same with other fields.
pub(crate) fn with(mut body: Value, fields: Value) -> Value {
    let (Some(body_fields), Value::Object(fields)) = (body.as_object_mut(), fields) else {
        panic!("both are objects");
    };
    body_fields.extend(fields);
    body
}

/// An id as a segment of an address.
pub(crate) fn segment(id: &str) -> String {
    id.replace('/', "%2F").replace('@', "%40").replace(':', "%3A")
}

impl TestServer {
    /// The database behind the server, for what no request can do.
    pub(crate) async fn open_database(&self) -> sqlx::AnyPool {
        let text = match std::env::var("CES_TEST_STORE").as_deref() {
            Ok("postgres") => self.database().to_string().replace("postgres://", "postgres://postgres@"),
            _ => format!("sqlite://{}", self.folder().join("events.db").display()),
        };
        sqlx::any::install_default_drivers();
        sqlx::AnyPool::connect(&text).await.expect("the database")
    }

    /// Schedules something and returns the answer.
    pub(crate) async fn schedule(&self, body: &Value) -> Value {
        let (status, answer) = self.send(Method::POST, SCHEDULE, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer
    }

    /// Schedules something and returns its id.
    pub(crate) async fn scheduled(&self, body: &Value) -> String {
        text(&self.schedule(body).await["event_id"])
    }

    /// An event with everything that is known of it.
    pub(crate) async fn scheduled_event(&self, event_id: &str) -> Value {
        self.get(&format!("/api/events/{}", segment(event_id))).await
    }

    /// What `service` can fetch.
    pub(crate) async fn outbox_of(&self, service: &str) -> Vec<Value> {
        let path = format!("/api/events/outbox?service_id={service}&limit=1000");
        let mut answer = self.get(&path).await;
        answer["occurrences"].as_array_mut().map(std::mem::take).expect("occurrences")
    }

    pub(crate) async fn outbox(&self) -> Vec<Value> {
        self.outbox_of("mailer").await
    }

    /// Waits until `look` finds what is wanted. The scheduling service says when there is something new to see.
    pub(crate) async fn eventually<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut hints = self.app().store().service_hints();
        let found = async {
            loop {
                hints.borrow_and_update();
                if let Some(found) = look().await {
                    return found;
                }
                // A hint may have come before the one that is waited for; then a later look finds it.
                let _ = tokio::time::timeout(Duration::from_millis(100), hints.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("it never comes to this: {what}"))
    }

    /// Waits until the only occurrence of an event is in a state.
    pub(crate) async fn in_state(&self, event_id: &str, state: &str) -> Value {
        self.eventually(state, async || {
            let event = self.scheduled_event(event_id).await;
            let occurrences = event["occurrences"].as_array().expect("occurrences");
            let last = occurrences.last()?;
            (last["state"] == state).then(|| event.clone())
        })
        .await
    }

    /// Waits until exactly `count` attempts can be fetched.
    pub(crate) async fn handed_over(&self, count: usize) -> Vec<Value> {
        self.eventually(&format!("{count} handed over"), async || {
            let outbox = self.outbox().await;
            (outbox.len() == count).then_some(outbox)
        })
        .await
    }

    /// Acknowledges an attempt.
    pub(crate) async fn acknowledge(&self, id: &str, how: &str, body: &Value) -> (StatusCode, Value) {
        self.send(Method::POST, &format!("/api/events/{}/{how}", segment(id)), Some(body)).await
    }

    /// Schedules as a service.
    pub(crate) async fn schedule_as(&self, who: &Credential, body: &Value) -> Value {
        self.done_as(who, Method::POST, SCHEDULE, Some(body)).await
    }
}

/// The instant `offset_ms` after the beginning as a text without offset.
pub(crate) fn naive(offset_ms: i64) -> String {
    instant(offset_ms).trim_end_matches('Z').to_owned()
}

/// The instant that a text says.
pub(crate) fn parsed(value: &Value) -> Timestamp {
    use client_event_scheduler::time::{ParsedDate, parse_date};
    match parse_date(&text(value)) {
        Ok(ParsedDate::Instant(instant)) => instant,
        other => panic!("{value}: {other:?}"),
    }
}
