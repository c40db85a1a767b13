//! What must hold of the database when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use client_event_scheduler_server::clock::{Clock, SystemClock};
use sqlx::AnyPool;

use crate::writers::{Followed, Written};

/// How late triggers fired that no downtime delayed, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lateness {
    pub(crate) p50: i64,
    pub(crate) p95: i64,
    pub(crate) max: i64,
}

/// The database's address in the form of the driver.
pub(crate) fn url(database: &str) -> String {
    if Path::new(database).is_absolute() { format!("sqlite://{database}") } else { database.to_owned() }
}

pub(crate) async fn wait_until_nothing_is_due(pool: &AnyPool) {
    loop {
        let now = SystemClock.now().as_millis();
        let sql = "SELECT count(*) FROM triggers WHERE state = 'pending' AND due_at <= $1";
        let waiting: i64 = sqlx::query_scalar(sql).bind(now).fetch_one(pool).await.expect("a count");
        if waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn every_trigger_was_settled_once(pool: &AnyPool) {
    let sql = "SELECT trigger_id, count(*) FROM history WHERE trigger_id IS NOT NULL GROUP BY trigger_id HAVING count(*) > 1";
    let twice: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.expect("the history");
    assert!(twice.is_empty(), "settled more than once: {twice:?}");

    let kinds =
        "CASE kind WHEN 'registration_open' THEN 0 WHEN 'registration_close' THEN 1 WHEN 'event_start' THEN 2
                 WHEN 'event_end' THEN 3 WHEN 'certificate_start' THEN 4 ELSE 5 END";
    let sql = format!(
        "SELECT t.event_id, t.kind, t.due_at, t.state FROM triggers t LEFT JOIN
             (SELECT event_id, {kinds} AS kind, scheduled_at, cause FROM history WHERE trigger_id IS NOT NULL) h
             ON h.event_id = t.event_id AND h.kind = t.kind AND h.scheduled_at = t.due_at
         WHERE t.state <> 'pending' AND h.cause IS NULL"
    );
    let lost: Vec<(String, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.expect("the triggers");
    assert!(lost.is_empty(), "settled without a record: {lost:?}");

    let sql = "SELECT state, count(*) FROM triggers GROUP BY state";
    let states: BTreeMap<String, i64> =
        sqlx::query_as(sql).fetch_all(pool).await.expect("a count").into_iter().collect();
    assert!(states.keys().all(|state| state == "fired" || state == "pending"), "{states:?}");
    let recorded: i64 = sqlx::query_scalar("SELECT count(*) FROM history WHERE trigger_id IS NOT NULL")
        .fetch_one(pool)
        .await
        .expect("a count");
    assert_eq!(states.get("fired").copied().unwrap_or_default(), recorded);
}

pub(crate) async fn each_event_was_settled_in_its_order(pool: &AnyPool) {
    let sql = "SELECT event_id, scheduled_at FROM history WHERE trigger_id IS NOT NULL ORDER BY id";
    let entries: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.expect("the history");
    let mut last = BTreeMap::new();
    for (event_id, scheduled_at) in entries {
        let before = last.insert(event_id.clone(), scheduled_at);
        assert!(before <= Some(scheduled_at), "{event_id}: {before:?} before {scheduled_at}");
    }
}

pub(crate) async fn nobody_wrote_with_an_epoch_that_was_over(pool: &AnyPool) {
    let epochs: Vec<i64> =
        sqlx::query_scalar("SELECT epoch FROM history WHERE epoch IS NOT NULL ORDER BY id")
            .fetch_all(pool)
            .await
            .expect("the history");
    assert!(epochs.is_sorted(), "a holder wrote after another one had taken the lease");
}

pub(crate) async fn the_feed_has_no_gap(pool: &AnyPool, created: u64, edits: &Written) {
    let counter: i64 =
        sqlx::query_scalar("SELECT seq FROM feed_counter").fetch_one(pool).await.expect("the counter");
    let counter = u64::try_from(counter).expect("a number");
    let confirmed: BTreeSet<u64> = edits.seqs.iter().copied().collect();
    assert_eq!(confirmed.len(), edits.seqs.len(), "two changes were confirmed with one number");
    let unconfirmed = (created + 1..=counter).filter(|seq| !confirmed.contains(seq)).count() as u64;
    assert!(confirmed.iter().all(|seq| *seq > created && *seq <= counter));
    assert!(
        unconfirmed <= edits.unknown,
        "{unconfirmed} numbers belong to nobody's change, and only {} changes are in doubt",
        edits.unknown
    );
    let seqs: Vec<i64> =
        sqlx::query_scalar("SELECT seq FROM events ORDER BY seq").fetch_all(pool).await.expect("the events");
    assert!(seqs.is_sorted_by(|a, b| a < b), "two events have one number");
}

pub(crate) async fn the_follower_has_the_table(pool: &AnyPool, followed: &Followed) {
    let sql = "SELECT event_id, revision FROM events WHERE deleted_at IS NULL";
    let table: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.expect("the events");
    let table: BTreeMap<_, _> = table.into_iter().map(|(id, revision)| (id, revision as u64)).collect();
    assert_eq!(followed.events, table);
}

/// Settled triggers, and holders of the lease.
pub(crate) async fn totals(pool: &AnyPool) -> (u64, u64) {
    let settled: i64 = sqlx::query_scalar("SELECT count(*) FROM history WHERE trigger_id IS NOT NULL")
        .fetch_one(pool)
        .await
        .expect("a count");
    let epoch: i64 =
        sqlx::query_scalar("SELECT epoch FROM scheduler_lease").fetch_one(pool).await.expect("the lease");
    (settled as u64, epoch as u64)
}

pub(crate) async fn lateness(pool: &AnyPool) -> Lateness {
    let sql = "SELECT executed_at - scheduled_at FROM history WHERE cause = 'on_time' ORDER BY 1";
    let late: Vec<i64> = sqlx::query_scalar(sql).fetch_all(pool).await.expect("the history");
    let at = |percent: usize| {
        late.get((late.len() * percent / 100).min(late.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    Lateness { p50: at(50), p95: at(95), max: at(100) }
}
