//! A month of syncing, simulated: partners over real connections, a real database, time that is set, and seeded faults.
//!
//! The short form is part of the suite; `cargo xtask soak --providers` runs the long one. `CES_SEED` repeats a run, and
//! `CES_PROVIDERS_PARTNERS`, `CES_PROVIDERS_EVENTS` and `CES_PROVIDERS_DAYS` say how large it is.

mod partner;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{Admission, SyncTable};
use client_event_scheduler_server::DatabaseAddress;
use client_event_scheduler_server::clock::{Clock as _, ManualClock};
use client_event_scheduler_server::events::{DateSettings, Events};
use client_event_scheduler_server::providers::sync::{CYCLE_MS, ProviderSync};
use client_event_scheduler_server::store::{Lease, Store};
use futures_util::future::select_all;

use super::simulator::Fault;
use super::sync::{account_row, sync_of, take_lease};
use super::weather::Random;
use crate::support::{BEGINNING_MS, HOUR_MS, at, empty_database};
use partner::{Kind, Partner};

const DAY_MS: i64 = 24 * HOUR_MS;

/// How long it is quiet before everything is compared: once around of the lists, and what was put off by the last faults.
const QUIET_MS: i64 = 16 * HOUR_MS;

/// How long the cadence of a partner is not measured after something went wrong there, or its limit did not suffice: by then all that
/// was used of its limit has come back twice.
const RECOVERY_MS: i64 = 2 * HOUR_MS;

/// How long no cadence is measured after the node was killed, or waited for an answer that was late.
const HELD_UP_MS: i64 = 5 * 60_000;

/// How late an event may be asked for: what is due between two cycles waits for the next one, and so does what is beyond the caps of one.
const LATE_MS: i64 = 6 * CYCLE_MS;

/// One in so many cycles is the last one of its node.
const CYCLES_PER_CRASH: u64 = 150;

/// How large a run is.
#[derive(Debug, Clone, Copy)]
struct Size {
    seed: u64,
    partners: u64,
    events: u64,
    days: i64,
}

impl Size {
    fn of_environment() -> Self {
        Self {
            seed: number("CES_SEED", 1),
            partners: number("CES_PROVIDERS_PARTNERS", 4),
            events: number("CES_PROVIDERS_EVENTS", 8),
            days: i64::try_from(number("CES_PROVIDERS_DAYS", 1)).expect("a few"),
        }
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
}

/// When an event was asked for, and how long after it should have been.
#[derive(Debug, Default)]
struct Cadence {
    asked: BTreeMap<(usize, u64), i64>,
    /// Since when each partner is undisturbed.
    undisturbed: Vec<i64>,
    /// How often it was measured.
    measured: u64,
    /// By how much the time between two calls was longest beyond the interval of the cadence.
    worst_ms: i64,
}

struct Month {
    size: Size,
    clock: Arc<ManualClock>,
    database: DatabaseAddress,
    sync: ProviderSync,
    lease: Lease,
    partners: Vec<Partner>,
    random: Random,
    cadence: Cadence,
    held_up_ms: i64,
    cycles: u64,
    crashes: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_of_faults_loses_nothing_and_keeps_every_limit() {
    let size = Size::of_environment();
    println!("CES_SEED={} repeats this run: {size:?}", size.seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let began = Instant::now();
    let mut month = Month::open(size, folder.path()).await;
    let end_ms = BEGINNING_MS + size.days * DAY_MS;
    let mut next_quiet_ms = BEGINNING_MS + (size.days * DAY_MS / 2).min(7 * DAY_MS);
    while month.now_ms() < end_ms {
        month.pass(next_quiet_ms.min(end_ms), false).await;
        month.settle().await;
        next_quiet_ms = month.now_ms() + 7 * DAY_MS;
    }
    month.report(began);
}

impl Month {
    async fn open(size: Size, folder: &Path) -> Self {
        let clock = Arc::new(ManualClock::new(at(BEGINNING_MS)));
        let database = empty_database(folder).await;
        let store = Store::open(&database).await.expect("a database");
        let sync = sync_of(store, clock.clone());
        let lease = take_lease(&sync).await;
        let mut partners = Vec::new();
        for number in 0..size.partners {
            let events = size.events / size.partners + u64::from(number < size.events % size.partners);
            let span = (events, size.days);
            partners.push(Partner::open(number, size.seed, clock.clone(), span, BEGINNING_MS).await);
        }
        for partner in &partners {
            let (config, credentials) = partner.config();
            let row = account_row(&sync, &partner.id, &config, &credentials, partner.calls_per_hour);
            let mut transaction = sync.store.begin_write().await.expect("a transaction");
            transaction.put_provider_account(&row).await.expect("it is written");
            transaction.commit_apart().await.expect("it is written");
        }
        let undisturbed = vec![BEGINNING_MS; partners.len()];
        let cadence = Cadence { undisturbed, ..Cadence::default() };
        let (random, held_up_ms) = (Random(size.seed ^ 0xfeed), BEGINNING_MS);
        Self {
            size,
            clock,
            database,
            sync,
            lease,
            partners,
            random,
            cadence,
            held_up_ms,
            cycles: 0,
            crashes: 0,
        }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millis()
    }

    /// Lets time pass until `end_ms`, with a cycle at every tick at which there is something to do.
    async fn pass(&mut self, end_ms: i64, quiet: bool) {
        while self.now_ms() < end_ms {
            let now_ms = self.now_ms();
            for partner in &mut self.partners {
                partner.live(now_ms, quiet);
            }
            if !quiet && self.random.below(CYCLES_PER_CRASH) == 0 {
                self.crash().await;
            } else {
                self.sync.cycle(&self.lease).await.expect("a cycle");
            }
            self.cycles += 1;
            let next = self.look().await;
            // On the grid of the cycles, wherever late answers have moved the clock to.
            let next_ms = next.as_millis().max(self.now_ms() + 1).min(end_ms) - BEGINNING_MS;
            self.clock.set(at(BEGINNING_MS + (next_ms + CYCLE_MS - 1).div_euclid(CYCLE_MS) * CYCLE_MS));
        }
    }

    /// The node dies in the middle of a cycle, and another one goes on with what is in the database.
    async fn crash(&mut self) {
        let calls_before = self.random.below(4);
        let simulators: Vec<_> = self.partners.iter().map(|partner| partner.simulator.clone()).collect();
        for simulator in &simulators {
            let faults = &mut simulator.world().faults;
            faults.extend((0..calls_before).map(|_| Fault::Malformed));
            faults.push_back(Fault::Hang);
        }
        let hangs = select_all(simulators.iter().map(|simulator| Box::pin(simulator.hangs())));
        tokio::select! {
            cycle = self.sync.cycle(&self.lease) => cycle.expect("a cycle"),
            _ = hangs => self.crashes += 1,
        }
        for simulator in &simulators {
            simulator.world().faults.clear();
        }
        let store = Store::open(&self.database).await.expect("a database");
        let events = Events::new(store.clone(), self.clock.clone(), DateSettings::default());
        self.sync = ProviderSync { store, events, ..self.sync.clone() };
        self.lease = take_lease(&self.sync).await;
        self.held_up_ms = self.now_ms();
    }

    /// Compares what was asked for with what should have been. Returns when there is something to do next.
    async fn look(&mut self) -> Timestamp {
        let now = self.clock.now();
        let mut next = Timestamp::MAX;
        let accounts = self.sync.store.provider_accounts().await.expect("accounts");
        for index in 0..self.partners.len() {
            let partner = &self.partners[index];
            let account = accounts.iter().find(|account| account.account_id == partner.id).expect("it");
            let outlook = self.sync.outlook(account).await.expect("an outlook");
            let due = match account.breaker.admits(now) {
                Admission::Shut(until) => until,
                _ if outlook.plan.waiting + outlook.plan.picks.len() > 0 => now,
                _ => account.discovery_at.min(outlook.plan.next_at.unwrap_or(Timestamp::MAX)),
            };
            next = next.min(due);
            // Lists take calls as well: two events are on a page of the plain endpoint.
            let lists = partner.events.len() as f64 / 2.0 + 2.0;
            let met = outlook.load.needed_per_hour + lists <= f64::from(outlook.load.allowed_per_hour);
            for event in self.measure(index, met) {
                let (partner, asked) = (&self.partners[index], self.cadence.asked.get(&(index, event)));
                let (key, id) = (partner.key_of(event), &partner.id);
                // What was asked for but not answered, or not even heard, comes in its turn.
                let row = self.sync.store.provided_event(id, &key).await.expect("it can be read");
                let row = row.unwrap_or_else(|| panic!("{id} {key} is unknown"));
                assert!(row.unanswered, "{id} {key} was not asked for since {asked:?}, at {now}: {row:?}");
            }
        }
        next
    }

    /// Whether the partner was asked for each event as often as the cadence says: returns those for which it was not. `met` says that its
    /// limit suffices.
    fn measure(&mut self, index: usize, met: bool) -> Vec<u64> {
        let now_ms = self.now_ms();
        let partner = &self.partners[index];
        let mut world = partner.simulator.world();
        let requests = std::mem::take(&mut world.requests);
        let allowed = partner.calls_per_hour as usize;
        let weather = world.weather.as_ref().expect("weather");
        let (last_fault_ms, late_ms, most) = (weather.last_ms, weather.late_ms, world.calls.most);
        if late_ms > self.held_up_ms {
            self.held_up_ms = now_ms;
        }
        drop(world);
        assert!(most <= allowed, "{}: {most} calls within an hour, {allowed} are allowed", partner.id);
        if !met {
            self.cadence.undisturbed[index] = now_ms;
        }
        let since_ms = self.cadence.undisturbed[index].max(last_fault_ms) + RECOVERY_MS;
        let undisturbed = now_ms >= since_ms && now_ms >= self.held_up_ms + HELD_UP_MS;
        for (url, _) in requests {
            let events: Vec<u64> = match partner.kind {
                Kind::Calendar => partner.events.keys().copied().collect(),
                _ => partner.asked_for(&url).into_iter().collect(),
            };
            for event in events {
                self.cadence.asked.insert((index, event), now_ms);
            }
        }
        let mut late = Vec::new();
        for (event, truth) in &partner.events {
            let Some(asked_ms) = self.cadence.asked.get(&(index, *event)).copied() else { continue };
            let start = at(truth.start_ms);
            let near = SyncTable::default().nearness(start, at(asked_ms));
            let every_ms = near.map_or(0, |(_, every_ms)| i64::from(every_ms));
            if truth.gone_ms.is_some() || truth.listed_ms > now_ms - DAY_MS || every_ms == 0 || !undisturbed {
                continue;
            }
            let over_ms = truth.start_ms + HOUR_MS;
            let late_ms = now_ms.min(over_ms) - asked_ms - every_ms;
            let id = &partner.id;
            assert!(
                late_ms <= every_ms.max(LATE_MS),
                "{id} {event} was not asked for since {asked_ms}: {truth:?}"
            );
            if late_ms > LATE_MS {
                late.push(*event);
                continue;
            }
            self.cadence.measured += 1;
            self.cadence.worst_ms = self.cadence.worst_ms.max(late_ms);
        }
        late
    }

    /// Lets nothing change for a while, and compares.
    async fn settle(&mut self) {
        for partner in &self.partners {
            partner.set_weather(0);
        }
        self.pass(self.now_ms() + QUIET_MS, true).await;
        for partner in &self.partners {
            partner.compare(&self.sync.store, self.now_ms()).await;
        }
        println!("{}: {} cycles", at(self.now_ms()), self.cycles);
    }

    fn report(&self, began: Instant) {
        let (mut calls, mut faults, mut changes) = (0, 0, 0);
        for partner in &self.partners {
            let world = partner.simulator.world();
            let weather = world.weather.as_ref().expect("weather");
            (calls, faults) = (calls + world.calls.count, faults + weather.faults);
            changes += partner.changes;
            println!(
                "{} {:?}: {} events, {} calls, {} faults, at most {} of {} calls within an hour",
                partner.id,
                partner.kind,
                partner.events.len(),
                world.calls.count,
                weather.faults,
                world.calls.most,
                partner.calls_per_hour
            );
        }
        let checked = [self.cadence.measured, faults, self.crashes];
        assert!(checked.iter().all(|count| *count > 0), "there is something of each: {checked:?}");
        println!(
            "seed {}: {} cycles, {calls} calls, {faults} faults, {} crashes, {changes} changes, {} intervals measured, at most {} s too \
             long, {:.0} s",
            self.size.seed,
            self.cycles,
            self.crashes,
            self.cadence.measured,
            self.cadence.worst_ms / 1000,
            began.elapsed().as_secs_f64()
        );
    }
}
