//! One run: events whose triggers come due within seconds, nodes that go down and come back, and what must hold afterwards.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client_event_scheduler_server::clock::{Clock, SystemClock};
use client_event_scheduler_server::events::{DateSettings, Document, triggers_of};
use client_event_scheduler_server::store::{NewEvent, Store};
use serde_json::json;

use crate::laws::{self, Lateness};
use crate::node::Node;
use crate::proxy::Proxy;
use crate::random::Random;
use crate::writers::{self, Followed, event_id, in_ms};
use crate::{PATIENCE, postgres};

const TRIGGERS_OF_AN_EVENT: u64 = 6;

/// How long the nodes take to start before the first trigger is due.
const HEAD_START_MS: u64 = 1_500;

/// Clients that edit at the same time.
const WRITERS: usize = 4;

/// What a run does.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    triggers: u64,
    seconds: u64,
}

impl Plan {
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}: set a number")),
            Err(_) => default,
        };
        Self {
            seed: number("CES_SEED", 1),
            triggers: number("CES_CHAOS_TRIGGERS", 1_200),
            seconds: number("CES_CHAOS_SECONDS", 8),
        }
    }

    fn events(&self) -> usize {
        usize::try_from(self.triggers / TRIGGERS_OF_AN_EVENT).expect("a small number")
    }
}

/// What a run has shown.
pub(crate) struct Report {
    store: &'static str,
    nodes: usize,
    plan: Plan,
    kills: u64,
    cuts: u64,
    settled: u64,
    edits: usize,
    epochs: u64,
    lateness: Lateness,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lateness { p50, p95, max } = self.lateness;
        write!(
            f,
            "| {} | {} | {} | {} | {} | {} | {} | {} | 0 | 0 | {p50} / {p95} / {max} ms |",
            self.store,
            self.nodes,
            self.plan.seed,
            self.kills,
            self.cuts,
            self.epochs,
            self.settled,
            self.edits
        )
    }
}

pub(crate) async fn on_sqlite(plan: &Plan, folder: &Path) -> Report {
    let database = folder.join("events.db").display().to_string();
    let mut node = Node::new("only", &database, folder);
    let run = Run::prepare(plan, &database, vec![node.port]).await;
    let mut random = Random::new(plan.seed);
    let mut kills = 0;
    while run.is_on() {
        node.start();
        node.wait(&run.client).await;
        tokio::time::sleep(Duration::from_millis(random.within(100, 1_800))).await;
        node.kill();
        kills += 1;
        tokio::time::sleep(Duration::from_millis(random.within(0, 600))).await;
    }
    node.start();
    node.wait(&run.client).await;
    run.conclude("SQLite", kills, 0).await
}

/// A node that nobody disturbs but the writers: how late its triggers are is how late the scheduler is.
pub(crate) async fn undisturbed(plan: &Plan, folder: &Path) -> Report {
    let database = folder.join("events.db").display().to_string();
    let mut node = Node::new("only", &database, folder);
    let run = Run::prepare(plan, &database, vec![node.port]).await;
    node.start();
    node.wait(&run.client).await;
    tokio::time::sleep_until(run.ends.into()).await;
    run.conclude("SQLite, undisturbed", 0, 0).await
}

pub(crate) async fn on_postgres(plan: &Plan, nodes: usize) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = postgres::empty_database_url().await;
    // The last node reaches the database through a proxy.
    let proxy = Proxy::to(port_of(&database)).await;
    let detour = database.replace(&format!(":{}/", port_of(&database)), &format!(":{}/", proxy.port));
    let mut all: Vec<_> = (0..nodes)
        .map(|n| {
            let database = if n + 1 == nodes { &detour } else { &database };
            Node::new(&format!("node-{n}"), database, folder.path())
        })
        .collect();
    let run = Run::prepare(plan, &database, all.iter().map(|node| node.port).collect()).await;
    all.iter_mut().for_each(Node::start);
    let mut random = Random::new(plan.seed);
    let (mut kills, mut cuts) = (0, 0);
    while run.is_on() {
        tokio::time::sleep(Duration::from_millis(random.within(200, 1_500))).await;
        match random.within(0, 5) {
            0 => {
                proxy.cut_off();
                cuts += 1;
            }
            1 => proxy.mend(),
            _ => {
                let node = &mut all[random.within(0, nodes as u64) as usize];
                node.kill();
                kills += 1;
                tokio::time::sleep(Duration::from_millis(random.within(0, 500))).await;
                node.start();
            }
        }
    }
    proxy.mend();
    for node in &all {
        node.wait(&run.client).await;
    }
    run.conclude("PostgreSQL", kills, cuts).await
}

fn port_of(url: &str) -> u16 {
    let place = url.rsplit_once('@').expect("a user").1;
    let port = place.split_once(':').expect("a port").1;
    port.split('/').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// What goes on beside the nodes.
struct Run {
    plan: Plan,
    database: String,
    client: reqwest::Client,
    ports: Vec<u16>,
    ends: Instant,
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<writers::Written>>,
    follower: tokio::task::JoinHandle<Followed>,
    nodes: usize,
}

impl Run {
    async fn prepare(plan: &Plan, database: &str, ports: Vec<u16>) -> Self {
        write_events(plan, database).await;
        let client =
            reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(3)).build().expect("a client");
        let stop = Arc::new(AtomicBool::new(false));
        let writers = (0..WRITERS)
            .map(|n| {
                let random = Random::new(plan.seed ^ (n as u64 + 1) << 32);
                tokio::spawn(writers::edit(
                    client.clone(),
                    ports.clone(),
                    plan.events(),
                    stop.clone(),
                    random,
                ))
            })
            .collect();
        let follower = tokio::spawn(follow(client.clone(), ports.clone(), stop.clone()));
        let ends = Instant::now() + Duration::from_millis(HEAD_START_MS + plan.seconds * 1_000);
        let (plan, database, nodes) = (plan.clone(), database.to_owned(), ports.len());
        Self { plan, database, client, ports, ends, stop, writers, follower, nodes }
    }

    fn is_on(&self) -> bool {
        Instant::now() < self.ends
    }

    /// Lets everything come to rest, and looks at what is left.
    async fn conclude(self, store: &'static str, kills: u64, cuts: u64) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        let mut edits = writers::Written::default();
        for writer in self.writers {
            let written = writer.await.expect("a writer comes to its end");
            edits.seqs.extend(written.seqs);
            edits.unknown += written.unknown;
        }
        let pool = sqlx::AnyPool::connect(&laws::url(&self.database)).await.expect("the database");
        let rest = laws::wait_until_nothing_is_due(&pool);
        assert!(tokio::time::timeout(PATIENCE, rest).await.is_ok(), "triggers that are due still wait");
        let mut followed = self.follower.await.expect("the follower comes to its end");
        assert!(writers::follow(&self.client, &self.ports, &mut followed).await, "the feed cannot be read");

        laws::every_trigger_was_settled_once(&pool).await;
        laws::each_event_was_settled_in_its_order(&pool).await;
        laws::nobody_wrote_with_an_epoch_that_was_over(&pool).await;
        laws::the_feed_has_no_gap(&pool, self.plan.events() as u64, &edits).await;
        laws::the_follower_has_the_table(&pool, &followed).await;
        let (settled, epochs) = laws::totals(&pool).await;
        Report {
            store,
            nodes: self.nodes,
            plan: self.plan,
            kills,
            cuts,
            settled,
            edits: edits.seqs.len(),
            epochs,
            lateness: laws::lateness(&pool).await,
        }
    }
}

async fn follow(client: reqwest::Client, ports: Vec<u16>, stop: Arc<AtomicBool>) -> Followed {
    let mut followed = Followed::default();
    while !stop.load(Ordering::Relaxed) {
        writers::follow(&client, &ports, &mut followed).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    followed
}

/// Writes the events before any node runs: six triggers each, all of them within the time of the run.
async fn write_events(plan: &Plan, database: &str) {
    let store = Store::open(&database.parse().expect("an address")).await.expect("the database opens");
    let mut random = Random::new(plan.seed.rotate_left(17));
    let dates = DateSettings::default();
    let now = SystemClock.now();
    let mut transaction = store.begin_write().await.expect("a transaction");
    for number in 0..plan.events() {
        let span = plan.seconds * 1_000;
        let mut due: Vec<_> =
            (0..TRIGGERS_OF_AN_EVENT).map(|_| (HEAD_START_MS + random.within(0, span)) as i64).collect();
        due.sort_unstable();
        let id = event_id(number);
        let document = json!({
            "event_id": id,
            "registration_start_date": in_ms(due[0]),
            "registration_end_date": in_ms(due[1] + 1),
            "start_datetime": in_ms(due[2] + 2),
            "end_datetime": in_ms(due[3] + 3),
            "certificate_start_date": in_ms(due[4] + 4),
            "certificate_end_date": in_ms(due[5] + 5),
        })
        .to_string();
        let due = triggers_of(&document, &dates);
        let index = dates.index(&Document::from_json(document.as_bytes()).expect("a document"));
        let event = NewEvent {
            event_id: &id,
            revision: 1,
            document: &document,
            created_at: now,
            due,
            index: Some(&index),
        };
        transaction.put(event, now).await.expect("an event is written");
    }
    transaction.commit().await.expect("the events are written");
    store.close().await;
}
