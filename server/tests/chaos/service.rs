//! The scheduling service under kills: whatever is asked for exists once, and every occurrence takes effect at least once, never before
//! it is due, and is completed once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client_event_scheduler::Timestamp;
use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler_server::clock::{Clock, SystemClock};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::AnyPool;

use crate::node::Node;
use crate::random::Random;
use crate::{PATIENCE, laws, postgres};

/// What is asked for: every sixth recurs, three times.
const EVENTS: u64 = 120;
const RECURRENCES: u64 = 3;
const SECONDS: u64 = 8;
const WORKERS: u64 = 3;

/// What a run has shown.
pub(crate) struct Report {
    store: &'static str,
    nodes: usize,
    seed: u64,
    kills: u64,
    occurrences: u64,
    effects: u64,
    lost_words: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, nodes, seed, kills, occurrences, effects, lost_words } = self;
        write!(f, "| {store} | {nodes} | {seed} | {kills} | {occurrences} | {effects} | {lost_words} | 0 |")
    }
}

pub(crate) async fn on_sqlite(seed: u64, folder: &Path) -> Report {
    let database = folder.join("events.db").display().to_string();
    run("SQLite", seed, vec![Node::new("service", &database, folder)], &database).await
}

pub(crate) async fn on_postgres(seed: u64, nodes: usize) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = postgres::empty_database_url().await;
    let nodes = (0..nodes).map(|n| Node::new(&format!("service-{n}"), &database, folder.path())).collect();
    run("PostgreSQL", seed, nodes, &database).await
}

/// What the workers have done.
#[derive(Default)]
struct Effects {
    of_occurrences: Mutex<BTreeMap<String, u64>>,
    lost_words: Mutex<u64>,
}

async fn run(store: &'static str, seed: u64, mut nodes: Vec<Node>, database: &str) -> Report {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(3)).build().expect("a client");
    let urls: Vec<_> = nodes.iter().map(|node| node.url("")).collect();
    let (stop, effects) = (Arc::new(AtomicBool::new(false)), Arc::new(Effects::default()));
    let workers: Vec<_> = (0..WORKERS)
        .map(|n| {
            let random = Random::new(seed ^ (n + 1) << 40);
            tokio::spawn(work(client.clone(), urls.clone(), Arc::clone(&stop), Arc::clone(&effects), random))
        })
        .collect();
    let asking = tokio::spawn(ask(client.clone(), urls.clone(), Random::new(seed.rotate_left(9))));

    nodes.iter_mut().for_each(Node::start);
    let mut random = Random::new(seed);
    let (mut kills, ends) = (0, Instant::now() + Duration::from_secs(SECONDS));
    while Instant::now() < ends {
        tokio::time::sleep(Duration::from_millis(random.within(300, 1_600))).await;
        let chosen = random.within(0, nodes.len() as u64) as usize;
        nodes[chosen].kill();
        kills += 1;
        tokio::time::sleep(Duration::from_millis(random.within(0, 400))).await;
        nodes[chosen].start();
    }
    for node in &nodes {
        node.wait(&client).await;
    }
    asking.await.expect("everything is asked for");
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&laws::url(database)).await.expect("the database");
    let rest = wait_until_everything_is_settled(&pool);
    assert!(tokio::time::timeout(PATIENCE * 2, rest).await.is_ok(), "something still waits");
    stop.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.expect("a worker comes to its end");
    }
    let done = effects.of_occurrences.lock().expect("a lock").clone();
    let occurrences = check(&pool, &done).await;
    let lost_words = *effects.lost_words.lock().expect("a lock");
    Report { store, nodes: nodes.len(), seed, kills, occurrences, effects: done.values().sum(), lost_words }
}

/// Asks for every event until the answer has come, with the same key each time.
async fn ask(client: Client, urls: Vec<String>, mut random: Random) {
    for n in 0..EVENTS {
        let due_at = SystemClock.now().saturating_add_ms(random.within(500, 4_000) as i64);
        let second = Timestamp::from_millis(due_at.as_millis() / 1000 * 1000).expect("an instant");
        let mut body = json!({
            "type": "chaos", "service_id": "worker", "entity_id": format!("entity-{n}"), "idempotency_key": format!("key-{n}"),
            "scheduled_time": due_at.to_string(), "payload": {"n": n},
            "max_retries": 90, "retry_delay_seconds": 1, "timeout_seconds": 1,
        });
        if n % 6 == 0 {
            body["scheduled_time"] = json!(second.to_string());
            body["recurrence"] = json!(format!("FREQ=SECONDLY;COUNT={RECURRENCES}"));
        }
        loop {
            let url = &urls[random.within(0, urls.len() as u64) as usize];
            let answer = client.post(format!("{url}/api/events/schedule")).json(&body).send().await;
            match answer {
                Ok(answer) if answer.status().is_success() => break,
                Ok(answer) if answer.status().is_client_error() => {
                    panic!("{}: {}", answer.status(), answer.text().await.unwrap_or_default())
                }
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        tokio::time::sleep(Duration::from_millis(random.within(0, 60))).await;
    }
}

/// Fetches, does the work, and forgets to say so now and then, as one that is killed does.
async fn work(
    client: Client,
    urls: Vec<String>,
    stop: Arc<AtomicBool>,
    effects: Arc<Effects>,
    mut random: Random,
) {
    while !stop.load(Ordering::Relaxed) {
        let url = &urls[random.within(0, urls.len() as u64) as usize];
        let path = format!("{url}/api/events/outbox?service_id=worker&wait_seconds=1&limit=20");
        let fetched = async { client.get(path).send().await?.json::<Value>().await };
        let Ok(fetched) = fetched.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        for handed in fetched["occurrences"].as_array().into_iter().flatten() {
            let text = |field: &str| handed[field].as_str().expect("a text").to_owned();
            assert!(instant(&text("handed_at")) >= instant(&text("due_at")), "too early: {handed}");
            *effects.of_occurrences.lock().expect("a lock").entry(text("occurrence_id")).or_default() += 1;
            if random.within(0, 10) == 0 {
                *effects.lost_words.lock().expect("a lock") += 1;
                continue;
            }
            let place = handed["acknowledge"]["complete"].as_str().expect("an address");
            // What is not heard is asked about again by another attempt.
            let _ = client
                .post(format!("{url}{place}"))
                .json(&json!({"attempt": handed["attempt"]}))
                .send()
                .await;
        }
    }
}

fn instant(text: &str) -> Timestamp {
    match parse_date(text) {
        Ok(ParsedDate::Instant(instant)) => instant,
        other => panic!("{text}: {other:?}"),
    }
}

async fn count(pool: &AnyPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.expect("a number")
}

async fn wait_until_everything_is_settled(pool: &AnyPool) {
    let open = "SELECT count(*) FROM service_occurrences WHERE wake_at IS NOT NULL";
    while count(pool, open).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What must hold afterwards. Returns how many occurrences there are.
async fn check(pool: &AnyPool, effects: &BTreeMap<String, u64>) -> u64 {
    let events = count(pool, "SELECT count(*) FROM service_events").await;
    assert_eq!(events, EVENTS as i64, "what was asked for exists once");
    let recurring = EVENTS.div_ceil(6);
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT occurrence_id, state FROM service_occurrences")
        .fetch_all(pool)
        .await
        .expect("rows");
    // The first of a recurrence may have passed when the call came through.
    let (least, most) = (EVENTS - recurring, EVENTS + recurring * (RECURRENCES - 1));
    assert!((least..=most).contains(&(rows.len() as u64)), "{} occurrences", rows.len());
    for (occurrence_id, state) in &rows {
        assert_eq!(state, "completed", "{occurrence_id}");
        assert!(effects.contains_key(occurrence_id), "{occurrence_id} has had no effect");
    }
    let twice =
        "SELECT count(*) FROM (SELECT occurrence_id FROM service_history WHERE state_after = 'completed'
                 GROUP BY occurrence_id HAVING count(*) > 1) AS completed_again";
    assert_eq!(count(pool, twice).await, 0, "each is completed once");
    let early = "SELECT count(*) FROM service_attempts
                 JOIN service_occurrences ON service_occurrences.occurrence_id = service_attempts.occurrence_id
                 WHERE begun_at < due_at";
    assert_eq!(count(pool, early).await, 0, "nothing begins before it is due");
    let gaps = "SELECT count(*) FROM service_occurrences WHERE attempt <>
                (SELECT count(*) FROM service_attempts WHERE service_attempts.occurrence_id = service_occurrences.occurrence_id)";
    assert_eq!(count(pool, gaps).await, 0, "every attempt is on record");
    let backwards = "SELECT count(*) FROM service_attempts AS later
                     JOIN service_attempts AS earlier ON earlier.occurrence_id = later.occurrence_id
                     WHERE earlier.attempt < later.attempt AND earlier.epoch > later.epoch";
    assert_eq!(count(pool, backwards).await, 0, "nobody begins an attempt with an epoch that is over");
    assert_eq!(count(pool, "SELECT count(*) FROM service_outbox").await, 0, "nothing is left in the outbox");
    rows.len() as u64
}
