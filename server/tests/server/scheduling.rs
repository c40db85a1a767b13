//! The server's own queue: triggers fire at their time, once, and a failing scheduler fails nothing else.

use std::time::Duration;

use client_event_scheduler::{Cause, TriggerKind};
use client_event_scheduler_server::host::Fault;
use client_event_scheduler_server::store::{Happening, HistoryEntry};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{BEGINNING_MS, HOUR_MS, PATIENCE, TestServer, at, event, instant, status_of, text};

const MINUTE_MS: i64 = 60_000;

async fn history(server: &TestServer, event_id: &str) -> Vec<HistoryEntry> {
    server.app().store().history_of(event_id).await.expect("the history")
}

/// What happened to an event: kind and cause of each entry.
async fn happened(server: &TestServer, event_id: &str) -> Vec<(String, String)> {
    let texts = |entry: HistoryEntry| (entry.what.kind_text().to_owned(), entry.what.cause_text().to_owned());
    history(server, event_id).await.into_iter().map(texts).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, cause)| ((*kind).to_owned(), (*cause).to_owned())).collect()
}

fn queued(health: &Value) -> Vec<String> {
    let preview = health["queue_preview"].as_array().expect("a preview");
    preview.iter().map(|trigger| text(&trigger["trigger_id"])).collect()
}

#[tokio::test]
async fn a_trigger_fires_at_its_time_and_is_written_down() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let health = server.scheduler_health().await;
    assert_eq!(health["next_trigger"]["due_at"], json!(instant(HOUR_MS)));
    assert_eq!(health["triggers_queued"], 3);

    server.advance(HOUR_MS - 1).await;
    assert!(happened(&server, "gala").await.is_empty(), "not a millisecond early");
    server.advance(1).await;
    let fired = history(&server, "gala").await;
    let pair = |status: &str, sub_status: &str| Some((status.to_owned(), sub_status.to_owned()));
    assert_eq!(
        fired,
        [HistoryEntry {
            event_id: "gala".into(),
            what: Happening::Fired {
                kind: TriggerKind::RegistrationOpen,
                cause: Cause::OnTime,
                superseded: false
            },
            scheduled_at: at(BEGINNING_MS + HOUR_MS),
            executed_at: at(BEGINNING_MS + HOUR_MS),
            revision: Some(1),
            before: pair("upcoming", "registration_not_started"),
            after: pair("upcoming", "registration_open"),
        }]
    );
    let trigger_id = fired[0].trigger_id().map(|id| id.to_string());
    assert_eq!(trigger_id, Some(format!("gala/registration_open@{}", instant(HOUR_MS))));
    let health = server.scheduler_health().await;
    assert_eq!((&health["fired"], &health["triggers_queued"]), (&json!(1), &json!(2)));
    let recorded = server.app().store().recorded_statuses().await.expect("the statuses");
    assert_eq!(recorded, [("gala".to_owned(), ("upcoming".to_owned(), "registration_open".to_owned()))]);
    assert_eq!(server.get("/health").await["store"]["seq"], 1, "firing is no change of the feed");
}

#[tokio::test]
async fn an_edit_moves_the_queue_at_once_and_is_told_in_the_history() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    server.update("gala", json!({"registration_start_date": instant(90 * MINUTE_MS)})).await;
    let health = server.scheduler_health().await;
    assert_eq!(queued(&health)[0], format!("gala/registration_open@{}", instant(90 * MINUTE_MS)));
    server.advance(HOUR_MS).await;
    assert!(happened(&server, "gala").await.is_empty(), "the old occurrence is withdrawn");

    server.update("gala", json!({"registration_start_date": instant(HOUR_MS - MINUTE_MS)})).await;
    server.settle().await;
    assert_eq!(
        happened(&server, "gala").await,
        pairs(&[("status_change", "edit"), ("registration_open", "late")]),
        "a due time in the near past fires at once: {:?}",
        server.app().host().view()
    );
    server.delete("gala").await;
    assert_eq!(server.scheduler_health().await["triggers_queued"], 0);
}

#[tokio::test]
async fn a_restart_changes_nothing_and_fires_nothing_twice() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    server.create(event("gone")).await;
    server.delete("gone").await;
    server.advance(HOUR_MS).await;
    let before = (server.snapshot().await, server.list().await, history(&server, "gala").await);
    let queue = server.scheduler_health().await["queue_preview"].take();

    for _ in 0..2 {
        server.restart().await;
        server.settle().await;
        let after = (server.snapshot().await, server.list().await, history(&server, "gala").await);
        assert_eq!(after, before);
        let health = server.scheduler_health().await;
        assert_eq!(health["queue_preview"], queue);
        assert_eq!(health["fired"], 0);
    }
    server.advance(HOUR_MS).await;
    let expected = pairs(&[("registration_open", "on_time"), ("event_start", "on_time")]);
    assert_eq!(happened(&server, "gala").await, expected);
}

#[tokio::test]
async fn what_was_missed_while_the_server_was_down_is_recovered_in_order() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    server.settle().await;
    server.stop().await;
    server.clock.advance(2 * HOUR_MS + MINUTE_MS);
    server.restart().await;
    server.settle().await;

    let entries = history(&server, "gala").await;
    assert_eq!(
        happened(&server, "gala").await,
        pairs(&[("registration_open", "recovered"), ("event_start", "recovered")])
    );
    assert!(entries[0].what.is_superseded() && !entries[1].what.is_superseded());
    assert_eq!(entries[0].executed_at, at(BEGINNING_MS + 2 * HOUR_MS + MINUTE_MS));
    let status = server.details("gala").await;
    assert_eq!(status_of(&status), ("ongoing".into(), "event_started".into()));
    let recorded = server.app().store().recorded_statuses().await.expect("the statuses");
    assert_eq!(recorded[0].1, ("ongoing".to_owned(), "event_started".to_owned()));
}

#[tokio::test]
async fn what_was_missed_before_the_window_only_sets_the_state_and_is_recorded_as_expired() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    server.settle().await;
    server.stop().await;
    server.clock.advance(30 * HOUR_MS);
    server.restart().await;
    server.settle().await;
    let expired = ["registration_open", "event_start", "event_end"].map(|kind| (kind, "expired"));
    assert_eq!(happened(&server, "gala").await, pairs(&expired));
    assert_eq!(status_of(&server.details("gala").await), ("completed".into(), "event_ended".into()));
    assert_eq!(server.scheduler_health().await["triggers_queued"], 0);
}

#[tokio::test]
async fn an_event_created_with_a_past_long_over_fires_nothing_even_after_a_restart() {
    let mut server = TestServer::start().await;
    server.advance(3 * HOUR_MS).await;
    server.create(event("gala")).await;
    server.settle().await;
    server.restart().await;
    server.settle().await;
    // The end falls into this very instant; start and registration lie hours back.
    assert_eq!(happened(&server, "gala").await, pairs(&[("event_end", "late")]));
}

#[tokio::test]
async fn a_scheduler_that_is_down_fails_no_mutation_and_health_says_so() {
    let server = TestServer::start_with(|config, _| config.restart_after = Duration::from_secs(3600)).await;
    server.create(event("before")).await;
    server.settle().await;
    assert_eq!(server.get("/health").await["status"], "ok");

    server.app().host().inject(Fault::Panic);
    assert!(server.app().host().wait_for(PATIENCE, |view| !view.running).await);
    server.create(event("during")).await;
    server.update("before", json!({"venue": "Hall 2"})).await;
    let (status, _) = server.act("approve", "before").await;
    assert_eq!(status, StatusCode::OK);
    server.delete("before").await;
    let details = server.details("during").await;
    assert_eq!(status_of(&details), ("upcoming".into(), "registration_not_started".into()));

    let health = server.get("/health").await;
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["scheduler"]["running"], false);
    assert_eq!(health["scheduler"]["last_error"]["message"], "the scheduler panicked: a panic was injected");
    assert_eq!(health["scheduler"]["last_error"]["at"], json!(instant(0)));
    let page = server.changes(&server.cursor().await).await;
    assert_eq!(
        page["up_to_date"],
        Value::Null,
        "without the scheduler there is no checksum, but there is a feed"
    );
}

#[tokio::test]
async fn a_failed_scheduler_is_repaired_with_everything_that_happened_meanwhile() {
    let server = TestServer::start().await;
    server.create(event("first")).await;
    for (round, fault) in [Fault::Panic, Fault::Error, Fault::Panic, Fault::Error].into_iter().enumerate() {
        server.settle().await;
        server.app().host().inject(fault);
        server.create(event(&format!("round-{round}"))).await;
        server.update("first", json!({"round": round})).await;
        let repaired = server
            .app()
            .host()
            .wait_for(PATIENCE, |view| view.running && view.restarts == round as u64 + 1)
            .await;
        assert!(repaired, "round {round}: {:?}", server.app().host().view());
    }
    server.settle().await;
    let health = server.scheduler_health().await;
    assert_eq!((&health["events_tracked"], &health["triggers_queued"]), (&json!(5), &json!(15)));
    assert_eq!(health["last_error"]["message"], "a fault was injected");
    assert_eq!(server.get("/health").await["status"], "ok");

    server.advance(HOUR_MS).await;
    for event_id in ["first", "round-0", "round-3"] {
        assert_eq!(
            happened(&server, event_id).await,
            pairs(&[("registration_open", "on_time")]),
            "{event_id}"
        );
    }
}

#[tokio::test]
async fn a_trigger_that_comes_due_while_the_scheduler_is_down_fires_once_when_it_is_back() {
    let server = TestServer::start_with(|config, _| config.restart_after = Duration::from_millis(200)).await;
    server.create(event("gala")).await;
    server.settle().await;
    server.app().host().inject(Fault::Error);
    assert!(server.app().host().wait_for(PATIENCE, |view| view.restarts == 1).await);
    // The edit is younger than the missed trigger and must not hide it.
    server.clock.advance(HOUR_MS + MINUTE_MS);
    server.update("gala", json!({"venue": "Hall 2"})).await;
    server.settle().await;
    let fired = happened(&server, "gala").await;
    assert_eq!(fired, pairs(&[("registration_open", "recovered")]));
}
