//! A real server on a free port with a database file of its own and a clock that the test sets.

pub(crate) mod access;
pub(crate) mod postgres;
#[cfg(unix)]
pub(crate) mod process;
pub(crate) mod service;
pub(crate) mod sse;

use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::Timestamp;
use client_event_scheduler_server::app::App;
use client_event_scheduler_server::clock::ManualClock;
use client_event_scheduler_server::{Config, DatabaseAddress, RunningServer, start};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for something that has to happen: long enough for the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The instant at which every test begins: 2026-05-01T00:00:00Z.
pub(crate) const BEGINNING_MS: i64 = 1_777_593_600_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// A server under test.
pub(crate) struct TestServer {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
    /// Removed with everything in it when the test ends.
    folder: TempDir,
    config: Config,
    running: Option<RunningServer>,
}

impl TestServer {
    /// Starts a server with an empty database.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// Starts a server with other settings. `adjust` is also given the folder of its files.
    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config, &std::path::Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(ManualClock::new(at(BEGINNING_MS)));
        let mut config = Config::new(empty_database(folder.path()).await);
        config.admin_dir = folder.path().join("admin");
        config.clock = clock.clone();
        config.restart_after = Duration::from_millis(1);
        config.recovery_delay_ms = 0;
        adjust(&mut config, folder.path());
        let client = Client::builder().no_proxy().build().expect("a client");
        let running = Some(start(config.clone()).await.expect("the server starts"));
        Self { clock, client, folder, config, running }
    }

    /// Stops the server and starts it again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.running = Some(start(self.config.clone()).await.expect("the server starts again"));
    }

    /// Changes the settings for the next start.
    pub(crate) fn reconfigure(&mut self, adjust: impl FnOnce(&mut Config)) {
        adjust(&mut self.config);
    }

    /// Stops the server.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Where its database is.
    pub(crate) fn database(&self) -> DatabaseAddress {
        self.config.database.clone()
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn running(&self) -> &RunningServer {
        self.running.as_ref().expect("the server runs")
    }

    pub(crate) fn app(&self) -> &App {
        self.running().app()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running().address())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Sends a request and reads the JSON of its answer.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        answer(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub(crate) async fn try_create(&self, event: &Value) -> (StatusCode, Value) {
        self.send(Method::POST, "/api/v1/admin/events/create", Some(event)).await
    }

    pub(crate) async fn create(&self, event: Value) -> Value {
        let (status, body) = self.try_create(&event).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    pub(crate) async fn try_update(&self, event_id: &str, patch: &Value) -> (StatusCode, Value) {
        self.send(Method::PUT, &format!("/api/v1/admin/events/update/{event_id}"), Some(patch)).await
    }

    pub(crate) async fn update(&self, event_id: &str, patch: Value) -> Value {
        let (status, body) = self.try_update(event_id, &patch).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Deletes, approves or declines an event.
    pub(crate) async fn act(&self, action: &str, event_id: &str) -> (StatusCode, Value) {
        let method = if action == "delete" { Method::DELETE } else { Method::POST };
        self.send(method, &format!("/api/v1/admin/events/{action}/{event_id}"), None).await
    }

    pub(crate) async fn delete(&self, event_id: &str) -> Value {
        let (status, body) = self.act("delete", event_id).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    pub(crate) async fn details(&self, event_id: &str) -> Value {
        self.get(&format!("/api/v1/admin/events/details/{event_id}")).await["event"].take()
    }

    pub(crate) async fn list(&self) -> Vec<Value> {
        let mut body = self.get("/api/v1/admin/events/list").await;
        let events = body["events"].as_array_mut().map(std::mem::take).expect("a list of events");
        assert_eq!(body["total"], json!(events.len()));
        events
    }

    /// What the scheduler shows once it has taken in everything.
    pub(crate) async fn scheduler_health(&self) -> Value {
        self.settle().await;
        self.get("/health/scheduler").await
    }

    pub(crate) async fn snapshot(&self) -> Value {
        self.get("/api/v1/scheduler/snapshot").await
    }

    pub(crate) async fn changes(&self, cursor: &str) -> Value {
        self.get(&format!("/api/v1/scheduler/changes?cursor={cursor}")).await
    }

    pub(crate) async fn cursor(&self) -> String {
        text(&self.snapshot().await["cursor"])
    }

    /// Waits until the scheduler has taken in everything that is committed and has ticked at the present instant.
    pub(crate) async fn settle(&self) {
        let committed = *self.app().store().committed().borrow();
        let now = client_event_scheduler_server::clock::Clock::now(&*self.clock);
        let settled = self
            .app()
            .host()
            .wait_for(PATIENCE, |view| {
                view.running && view.applied_seq >= committed && view.last_tick_at >= Some(now)
            })
            .await;
        assert!(settled, "the scheduler does not settle: {:?}", self.app().host().view());
    }

    /// Moves the clock and waits until the scheduler has done what is due. What was written before is taken in before: an event
    /// that the scheduler learned of only after its due time would count as late.
    pub(crate) async fn advance(&self, by_ms: i64) {
        self.settle().await;
        self.clock.advance(by_ms);
        self.settle().await;
    }
}

/// An empty database of the kind that `CES_TEST_STORE` names: `sqlite`, which is the default, or `postgres`.
pub(crate) async fn empty_database(folder: &std::path::Path) -> DatabaseAddress {
    match std::env::var("CES_TEST_STORE").as_deref() {
        Ok("postgres") => postgres::empty_database_url().await.parse().expect("a Postgres URL"),
        Ok("sqlite") | Err(_) => DatabaseAddress::file(folder.join("events.db")),
        Ok(other) => panic!("CES_TEST_STORE is {other:?}: set sqlite or postgres"),
    }
}

/// Sends a request and reads the JSON of its answer.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a whole answer");
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("a valid instant")
}

/// The instant `offset_ms` after the beginning, as the wire has it.
pub(crate) fn instant(offset_ms: i64) -> String {
    at(BEGINNING_MS + offset_ms).to_string()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// An event that starts in two hours, lasts one, and whose registration opens in one.
pub(crate) fn event(event_id: &str) -> Value {
    json!({
        "event_id": event_id,
        "event_name": format!("Event {event_id}"),
        "registration_start_date": instant(HOUR_MS),
        "start_datetime": instant(2 * HOUR_MS),
        "end_datetime": instant(3 * HOUR_MS),
    })
}

pub(crate) fn status_of(event: &Value) -> (String, String) {
    (text(&event["status"]), text(&event["sub_status"]))
}
