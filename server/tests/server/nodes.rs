//! Several nodes on one PostgreSQL: one acts, the others follow, and take over when it is gone.

use std::time::Duration;

use client_event_scheduler::{Cause, TriggerKind};
use client_event_scheduler_server::clock::Clock;
use client_event_scheduler_server::store::{Batch, Happening, HistoryEntry, Store, StoreError};
use serde_json::json;

use crate::support::postgres;
use crate::support::{BEGINNING_MS, HOUR_MS, PATIENCE, TestServer, at, event};

/// Two nodes on one database, the first of which acts. They have one clock, as machines have that keep time.
async fn two_nodes() -> (TestServer, TestServer) {
    let url = postgres::empty_database_url().await;
    let first = TestServer::start_with(|config, _| config.database = url.parse().expect("a URL")).await;
    first.settle().await;
    let clock = first.clock.clone();
    let second = TestServer::start_with(|config, _| {
        config.database = url.parse().expect("a URL");
        config.clock = clock;
    })
    .await;
    assert!(second.app().host().wait_for(PATIENCE, |view| view.running).await);
    (first, second)
}

fn acts(server: &TestServer) -> bool {
    server.app().host().view().lease_epoch.is_some()
}

async fn entries(server: &TestServer, event_id: &str) -> Vec<(&'static str, &'static str)> {
    let history = server.app().store().history_of(event_id).await.expect("the history");
    history.iter().map(|entry| (entry.what.kind_text(), entry.what.cause_text())).collect()
}

#[tokio::test]
async fn one_node_acts_and_both_take_edits_and_answer() {
    let (first, second) = two_nodes().await;
    assert!(acts(&first) && !acts(&second));
    second.create(event("gala")).await;
    assert_eq!(first.details("gala").await, second.details("gala").await);
    for server in [&first, &second] {
        let knows = server.app().host().wait_for(PATIENCE, |view| view.shown.triggers_queued == 3).await;
        assert!(knows, "each node has the event in its queue");
    }

    first.clock.advance(HOUR_MS);
    let settled = first.app().host().wait_for(PATIENCE, |view| view.fired == 1).await;
    assert!(settled, "{:?}", first.app().host().view());
    assert_eq!(entries(&second, "gala").await, [("registration_open", "on_time")]);
    assert_eq!(second.app().host().view().fired, 0, "who follows settles nothing");
}

#[tokio::test]
async fn a_node_that_stops_hands_over_at_once() {
    let (mut first, second) = two_nodes().await;
    first.create(event("gala")).await;
    first.settle().await;
    first.stop().await;
    assert!(second.app().host().wait_for(PATIENCE, |view| view.lease_epoch == Some(2)).await);
    first.clock.advance(HOUR_MS);
    assert!(second.app().host().wait_for(PATIENCE, |view| view.fired == 1).await);
    assert_eq!(entries(&second, "gala").await, [("registration_open", "on_time")]);
}

#[tokio::test]
async fn an_order_that_is_given_to_one_node_is_carried_out_by_the_one_that_acts() {
    let (first, second) = two_nodes().await;
    second.create(event("gala")).await;
    let body = json!({"reason": "the hall is flooded"});
    let path = "/api/v1/admin/scheduler/pause";
    let (status, answer) = second.send(reqwest::Method::POST, path, Some(&body)).await;
    assert_eq!((status.as_u16(), &answer["done"]), (200, &json!(true)), "{answer}");
    for server in [&first, &second] {
        let shown = server.get("/api/v1/admin/scheduler/status").await;
        assert_eq!(shown["paused"]["reason"], "the hall is flooded");
    }
    first.clock.advance(HOUR_MS);
    first.settle().await;
    assert!(entries(&first, "gala").await.is_empty());
}

#[tokio::test]
async fn what_is_written_in_the_name_of_a_lost_lease_is_refused_whole() {
    let (first, _second) = two_nodes().await;
    first.create(event("gala")).await;
    first.settle().await;
    let store: &Store = first.app().store();
    let now = first.clock.now();
    let stale = {
        let row = store.lease().await.expect("the lease");
        let stale =
            store.take_lease(&row, "stale", now).await.expect("an answer").expect("nobody was quicker");
        let row = store.lease().await.expect("the lease");
        store.take_lease(&row, "new", now).await.expect("an answer").expect("nobody was quicker");
        stale
    };
    let entry = HistoryEntry {
        event_id: "gala".into(),
        what: Happening::Fired {
            kind: TriggerKind::RegistrationOpen,
            cause: Cause::OnTime,
            superseded: false,
        },
        scheduled_at: at(BEGINNING_MS + HOUR_MS),
        executed_at: now,
        revision: None,
        before: None,
        after: None,
    };
    let batch = Batch { entries: vec![entry], ..Batch::default() };
    let refused = store.settle(&stale, &batch).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost { epoch: 2 })), "{refused:?}");
    assert!(matches!(store.renew_lease(&stale, now).await, Err(StoreError::LeaseLost { epoch: 2 })));
    assert!(entries(&first, "gala").await.is_empty());
    let row = store.lease().await.expect("the lease");
    assert_eq!((row.holder.as_str(), row.epoch), ("new", 3));
}

#[tokio::test]
async fn of_two_that_take_the_lease_at_once_one_gets_it() {
    let (first, second) = two_nodes().await;
    let row = first.app().store().lease().await.expect("the lease");
    let now = first.clock.now();
    let takes = |server: &TestServer, name: &'static str| {
        let (store, row) = (server.app().store().clone(), row.clone());
        async move { store.take_lease(&row, name, now).await.expect("an answer").is_some() }
    };
    let (one, other) = tokio::join!(takes(&first, "one"), takes(&second, "other"));
    assert!(one ^ other, "{one} {other}");
}

#[tokio::test]
async fn a_second_process_on_one_sqlite_file_follows_until_the_first_is_gone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = client_event_scheduler_server::DatabaseAddress::file(folder.path().join("events.db"));
    let mut first = TestServer::start_with(|config, _| config.database = database.clone()).await;
    first.settle().await;
    let clock = first.clock.clone();
    let second = TestServer::start_with(|config, _| {
        config.database = database.clone();
        config.clock = clock;
    })
    .await;
    assert!(second.app().host().wait_for(PATIENCE, |view| view.running).await);
    assert!(acts(&first) && !acts(&second));
    first.create(event("gala")).await;
    first.stop().await;
    first.clock.advance(2_000);
    assert!(second.app().host().wait_for(Duration::from_secs(60), |view| view.lease_epoch.is_some()).await);
    first.clock.advance(HOUR_MS - 2_000);
    assert!(second.app().host().wait_for(PATIENCE, |view| view.fired == 1).await);
    assert_eq!(entries(&second, "gala").await, [("registration_open", "on_time")]);
}
