//! The sync as a whole: accounts at a simulated provider, in a real database, cycle by cycle.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::providers::{Breaker, BreakerPolicy, CycleCaps, SyncTable};
use client_event_scheduler_server::clock::{Clock as _, ManualClock};
use client_event_scheduler_server::events::{DateSettings, Document, Events};
use client_event_scheduler_server::outbound::Outbound;
use client_event_scheduler_server::providers::sync::{CYCLE_MS, ProviderSync};
use client_event_scheduler_server::service::vault::Vault;
use client_event_scheduler_server::store::{AccountRow, Lease, ProvidedRow, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::simulator::{Fault, Simulator};
use super::{add_race, json_config, start};
use crate::support::{BEGINNING_MS, HOUR_MS, at, empty_database};

/// The key of everything that is sealed here.
const KEYS: &str = "first:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(super) struct Desk {
    pub(super) clock: Arc<ManualClock>,
    pub(super) simulator: Simulator,
    pub(super) sync: ProviderSync,
    pub(super) lease: Lease,
    /// Removed with the database when the test ends.
    _folder: TempDir,
}

impl Desk {
    pub(super) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&empty_database(folder.path()).await).await.expect("a database");
        let clock = Arc::new(ManualClock::new(at(BEGINNING_MS)));
        let simulator = Simulator::listen(clock.clone()).await;
        let sync = sync_of(store, clock.clone());
        let lease = take_lease(&sync).await;
        Self { clock, simulator, sync, lease, _folder: folder }
    }

    pub(super) async fn add_account(
        &self,
        account_id: &str,
        config: Value,
        credentials: Value,
        calls_per_hour: u32,
    ) {
        let account = account_row(&self.sync, account_id, &config, &credentials, calls_per_hour);
        let mut transaction = self.sync.store.begin_write().await.expect("a transaction");
        transaction.put_provider_account(&account).await.expect("it is written");
        transaction.commit_apart().await.expect("it is written");
    }

    pub(super) async fn add_runsignup(&self, account_id: &str, calls_per_hour: u32) {
        let config = json!({"kind": "runsignup", "url": format!("{}/rest", self.simulator.url)});
        let credentials = json!({"kind": "api_key", "key": "the-key", "secret": "the-secret"});
        self.add_account(account_id, config, credentials, calls_per_hour).await;
    }

    pub(super) async fn cycle(&self) {
        self.sync.cycle(&self.lease).await.expect("a cycle");
    }

    /// Lets time pass, with a cycle whenever one is due.
    pub(super) async fn pass(&self, ms: i64) {
        self.pass_by(ms, CYCLE_MS).await;
    }

    /// The same with a cycle now and then, where nothing is near.
    pub(super) async fn pass_by(&self, ms: i64, step_ms: i64) {
        for _ in 0..ms / step_ms {
            self.clock.advance(step_ms);
            self.cycle().await;
        }
    }

    pub(super) async fn account(&self, account_id: &str) -> AccountRow {
        let accounts = self.sync.store.provider_accounts().await.expect("accounts");
        accounts.into_iter().find(|account| account.account_id == account_id).expect("the account")
    }

    pub(super) async fn provided(&self, account_id: &str) -> Vec<ProvidedRow> {
        self.sync.store.provided_events(account_id).await.expect("events")
    }

    pub(super) async fn event(&self, event_id: &str) -> Option<Value> {
        let mut transaction = self.sync.store.begin_write().await.expect("a transaction");
        let row = transaction.event(event_id).await.expect("a row").filter(|row| !row.is_tombstone());
        row.map(|row| serde_json::from_str(&row.document).expect("an object"))
    }

    /// Who takes part, as the provider has it and as it is known here.
    async fn participants(&self, account_id: &str, key: &str, event: u64) -> (BTreeSet<u64>, BTreeSet<u64>) {
        let known = self.sync.store.provided_participants(account_id, key).await.expect("participants");
        let known = known.iter().map(|key| key.parse().expect("a number")).collect();
        (self.simulator.present(event), known)
    }
}

/// What syncs the accounts in `store`.
pub(super) fn sync_of(store: Store, clock: Arc<ManualClock>) -> ProviderSync {
    let dates = DateSettings::default();
    ProviderSync {
        events: Events::new(store.clone(), clock.clone(), dates.clone()),
        store,
        dates,
        clock,
        outbound: Outbound::new(vec!["127.0.0.0/8".parse().expect("a network")], "--provider-network"),
        vault: Vault::new(Some(KEYS.parse().expect("keys"))),
        table: SyncTable::default(),
        caps: CycleCaps::default(),
        breaker: BreakerPolicy::default(),
        metrics: Default::default(),
        wake: Arc::default(),
    }
}

/// A new account, to be discovered at once.
pub(super) fn account_row(
    sync: &ProviderSync,
    account_id: &str,
    config: &Value,
    credentials: &Value,
    calls_per_hour: u32,
) -> AccountRow {
    let now = sync.clock.now();
    let sealed = sync.vault.seal(&format!("provider:{account_id}"), &credentials.to_string()).expect("bytes");
    assert!(!sealed.contains("the-"), "credentials are sealed");
    AccountRow {
        account_id: account_id.to_owned(),
        name: account_id.to_owned(),
        config: config.to_string(),
        credentials: sealed,
        enabled: true,
        time_zone: "Europe/Berlin".to_owned(),
        calls_per_hour,
        breaker: Breaker::default(),
        discovery_at: now,
        validators: "{}".to_owned(),
        error: None,
        created_at: now,
        updated_at: now,
        updated_by: "test".to_owned(),
    }
}

pub(super) async fn take_lease(sync: &ProviderSync) -> Lease {
    let seen = sync.store.lease().await.expect("a lease");
    let taken = sync.store.take_lease(&seen, "node", sync.clock.now()).await;
    taken.expect("a database").expect("nobody else wants it")
}

#[tokio::test]
async fn a_new_account_shows_its_events_with_their_participants_within_one_cycle() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(48));
    add_race(&desk.simulator, 2, "UTC", "soon");
    for id in 1..=30 {
        desk.simulator.register(10, id, id % 10 == 0, 0);
    }
    desk.add_runsignup("club", 1_000).await;
    desk.cycle().await;
    let event = desk.event("club:1/10").await.expect("the event");
    assert_eq!(event["start_datetime"], start(48));
    assert_eq!(event["event_name"], "Race 1 – 10 km");
    let provided = desk.provided("club").await;
    assert_eq!((provided.len(), provided[0].participants), (1, 27));
    let syncs = desk.sync.store.provider_syncs("club", 10).await.expect("the history");
    let told: Vec<_> = syncs.iter().map(|sync| (sync.kind.as_str(), sync.seen, sync.refused)).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&("discovery", 2, 1)) && told.contains(&("backfill", 30, 0)), "{told:?}");
    let berlin_six = at(BEGINNING_MS + 4 * HOUR_MS);
    assert_eq!(
        desk.account("club").await.discovery_at,
        berlin_six,
        "06:00 in Berlin, two hours ahead in May"
    );
}

#[tokio::test]
async fn what_somebody_has_changed_here_stays_and_the_rest_follows() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(480));
    desk.add_runsignup("club", 1_000).await;
    desk.cycle().await;
    let events = &desk.sync.events;
    let edit = json!({"venue": "Town hall", "certificate_end_date": "2027-01-01T00:00:00Z"}).to_string();
    events.update("club:1/10".to_owned(), edit.into(), Default::default()).await.expect("an edit");
    add_race(&desk.simulator, 1, "UTC", &start(500));
    desk.simulator.rename(1, "New name");
    desk.pass_by(7 * HOUR_MS, HOUR_MS / 12).await;
    let event = desk.event("club:1/10").await.expect("the event");
    assert_eq!(event["venue"], "Town hall", "a field of ours");
    assert_eq!(
        event["certificate_end_date"], "2027-01-01T00:00:00Z",
        "a field that the provider does not have"
    );
    assert_eq!(
        (&event["start_datetime"], &event["event_name"]),
        (&json!(start(500)), &json!("New name – 10 km"))
    );
    let at_500 = at(BEGINNING_MS + 500 * HOUR_MS);
    assert_eq!(desk.provided("club").await[0].start_at, Some(at_500), "the cadence follows");
    // What was deleted here is not brought back.
    desk.sync.events.delete("club:1/10".to_owned(), Default::default()).await.expect("a deletion");
    desk.pass_by(14 * HOUR_MS, HOUR_MS / 12).await;
    assert_eq!(desk.event("club:1/10").await, None);
}

#[tokio::test]
async fn what_is_gone_is_deleted_after_a_grace_and_what_was_not_read_is_not_gone() {
    let desk = Desk::open().await;
    for race in 1..=3 {
        add_race(&desk.simulator, race, "UTC", &start(480));
    }
    desk.add_runsignup("club", 1_000).await;
    desk.cycle().await;
    desk.simulator.world().races.remove(&1);
    add_race(&desk.simulator, 2, "UTC", "some day");
    desk.pass_by(8 * HOUR_MS, HOUR_MS / 12).await;
    assert!(desk.event("club:1/10").await.is_some(), "a list may have gaps for a while");
    // Two in the list, one of them unreadable, and one gone for more than a day.
    desk.pass_by(36 * HOUR_MS, HOUR_MS / 12).await;
    assert_eq!(desk.event("club:1/10").await, None);
    assert!(
        desk.event("club:2/20").await.is_some(),
        "it could not be read, which does not say that it is gone"
    );
    assert!(desk.event("club:3/30").await.is_some());
    // It comes back, as a new one.
    add_race(&desk.simulator, 1, "UTC", &start(480));
    desk.pass_by(13 * HOUR_MS, HOUR_MS / 12).await;
    assert!(desk.event("club:1/10").await.is_some());
}

#[tokio::test]
async fn the_nearer_an_event_is_the_more_often_it_is_asked_for() {
    let desk = Desk::open().await;
    for (race, hours) in [(1, 3), (2, 12), (3, 240)] {
        add_race(&desk.simulator, race, "UTC", &start(hours));
    }
    desk.add_runsignup("club", 100_000).await;
    desk.pass(2 * HOUR_MS).await;
    let asked = |event: u64| {
        let part = format!("/participants?format=json&event_id={event}&");
        desk.simulator.world().requests.iter().filter(|(url, _)| url.contains(&part)).count()
    };
    let (near, day, far) = (asked(10), asked(20), asked(30));
    assert!((119..=122).contains(&near), "every minute: {near}");
    assert!((8..=10).contains(&day), "every 15 minutes: {day}");
    assert!((1..=2).contains(&far), "every four hours: {far}");
    // Until an hour after its start, and not any more.
    desk.pass(3 * HOUR_MS).await;
    let until_over = asked(10);
    desk.pass(HOUR_MS).await;
    assert_eq!(asked(10), until_over);
}

#[tokio::test]
async fn limits_hold_over_restarts_and_what_cannot_be_met_is_said() {
    let desk = Desk::open().await;
    for race in 1..=20 {
        add_race(&desk.simulator, race, "UTC", &start(3));
    }
    desk.add_runsignup("club", 300).await;
    let mut times = Vec::new();
    for round in 0..720 {
        desk.clock.advance(CYCLE_MS);
        let before = desk.simulator.world().requests.len();
        // Another node, with what is in the database and nothing else.
        let sync = desk.sync.clone();
        let lease = if round % 7 == 0 { take_lease(&sync).await } else { current_lease(&sync).await };
        sync.cycle(&lease).await.expect("a cycle");
        let calls = desk.simulator.world().requests.len() - before;
        times.extend(std::iter::repeat_n(desk.clock.now().as_millis(), calls));
    }
    for (index, time) in times.iter().enumerate() {
        let within = times[index..].iter().take_while(|later| **later - time < HOUR_MS).count();
        assert!(within <= 300, "{within} calls within an hour");
    }
    assert!(times.len() > 480, "what is allowed is used: {}", times.len());
    let outlook = desk.sync.outlook(&desk.account("club").await).await.expect("an outlook");
    assert!(outlook.load.is_overcommitted(), "{:?}", outlook.load);
    let asked: Vec<_> = desk.provided("club").await.iter().map(|event| event.synced_at).collect();
    assert!(asked.iter().all(Option::is_some), "nothing waits for ever");
}

async fn current_lease(sync: &ProviderSync) -> Lease {
    let row = sync.store.lease().await.expect("a lease");
    Lease { epoch: row.epoch, acted_until: None }
}

#[tokio::test]
async fn who_has_lost_the_lease_writes_nothing() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(3));
    desk.add_runsignup("club", 1_000).await;
    take_lease(&desk.sync).await;
    desk.sync.cycle(&desk.lease).await.expect_err("somebody else has the lease");
    assert!(desk.provided("club").await.is_empty());
    assert_eq!(desk.event("club:1/10").await, None);
}

#[tokio::test]
async fn cut_off_at_any_call_it_goes_on_without_loss_or_repetition() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(48));
    for id in 1..=20 {
        desk.simulator.register(10, id, id % 4 == 0, 0);
    }
    let url = format!("{}/rest", desk.simulator.url);
    let config = json!({"kind": "runsignup", "url": url, "results_per_page": 3});
    let credentials = json!({"kind": "api_key", "key": "the-key", "secret": "the-secret"});
    desk.add_account("club", config, credentials, 100_000).await;
    let mut cut = 0;
    loop {
        // The next call but one is never answered, and the node dies while it waits.
        desk.simulator.world().faults.extend([Fault::Malformed, Fault::Hang]);
        let hangs = desk.simulator.hangs();
        let (sync, lease) = (desk.sync.clone(), take_lease(&desk.sync).await);
        let cycle = tokio::spawn(async move { sync.cycle(&lease).await });
        tokio::select! {
            () = hangs => { cut += 1; cycle.abort(); }
            () = async { while !cycle.is_finished() { tokio::time::sleep(Duration::from_millis(1)).await } } => break,
        }
        assert!(cut < 100, "it gets somewhere");
    }
    desk.simulator.world().faults.clear();
    let lease = take_lease(&desk.sync).await;
    desk.sync.cycle(&lease).await.expect("a cycle");
    assert!(cut > 3, "it was cut off {cut} times");
    let (truth, known) = desk.participants("club", "1/10", 10).await;
    assert_eq!(known, truth);
    assert_eq!(desk.provided("club").await[0].participants as usize, truth.len());
    let first: BTreeSet<_> = desk.simulator.world().requests.iter().map(|(url, _)| url.clone()).collect();
    let repeated = desk.simulator.world().requests.len() - first.len();
    assert!(repeated <= 2 * cut, "no page that was written is asked for again: {repeated} of {cut}");
}

#[tokio::test]
async fn a_calendar_is_asked_for_as_its_nearest_event_demands() {
    let desk = Desk::open().await;
    let text = |start: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:meeting\r\nDTSTART:{start}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    desk.simulator.world().calendar = text("20260501T100000Z");
    let url = format!("{}/calendar.ics", desk.simulator.url);
    desk.add_account("team", json!({"kind": "icalendar", "url": url}), json!({"kind": "none"}), 1_000).await;
    desk.cycle().await;
    desk.simulator.world().calendar = text("20260501T1130000Z").replace("1130000Z", "113000Z");
    desk.pass(16 * 60_000).await;
    let event = desk.event("team:meeting").await.expect("the event");
    assert_eq!(event["start_datetime"], "2026-05-01T11:30:00Z", "within a quarter of an hour");
}

#[tokio::test]
async fn every_kind_of_provider_ends_with_what_the_provider_has() {
    let desk = Desk::open().await;
    for race in 1..=6 {
        add_race(&desk.simulator, race, "UTC", &start(i64::try_from(race).expect("small") * 5));
    }
    desk.add_runsignup("club", 10_000).await;
    let (config, credentials) = json_config(&desk.simulator);
    desk.add_account("plain", config, credentials, 10_000).await;
    let mut random = 1_u64;
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for _ in 0..200 {
        // The plain endpoint has registrations of its own.
        let (race, factor, id) = (next(6) + 1, if next(2) == 0 { 1 } else { 10 }, next(50));
        let event = race * factor;
        desk.simulator.register(event, id, next(3) == 0, i64::try_from(next(9_000)).expect("small"));
        match next(20) {
            0 => desk.simulator.world().faults.push_back(Fault::Status(500, None)),
            1 => desk.simulator.world().faults.push_back(Fault::Cut),
            2 => desk.simulator.world().faults.push_back(Fault::Status(429, Some("30"))),
            3 => desk.simulator.world().faults.push_back(Fault::Garbage),
            _ => {}
        }
        desk.pass(CYCLE_MS * i64::try_from(next(6) + 1).expect("small")).await;
    }
    desk.simulator.world().faults.clear();
    // Once around of the slowest cadence.
    desk.pass(5 * HOUR_MS).await;
    for race in 1..=6_u64 {
        // What is over is not asked for any more.
        let over = race == 1;
        for (account, key) in [("club", format!("{race}/{}", race * 10)), ("plain", race.to_string())] {
            let event = if account == "club" { race * 10 } else { race };
            let (truth, known) = desk.participants(account, &key, event).await;
            assert!(over || known == truth, "{account} {key}: {known:?} is not {truth:?}");
        }
    }
    let document = Document::from_json(desk.provided("plain").await[0].told.as_bytes()).expect("an object");
    assert_eq!(document.text("event_name").as_deref(), Some("Race 1"));
}
