//! Providers: each is asked over real connections, and its answers are compared with what it has.

mod accounts;
mod cost;
mod counts;
mod isolation;
mod month;
mod recurring;
mod simulator;
mod starts;
mod sync;
mod weather;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{CallBudget, CallLimit, Watermark};
use client_event_scheduler_server::clock::ManualClock;
use client_event_scheduler_server::events::DateSettings;
use client_event_scheduler_server::outbound::Outbound;
use client_event_scheduler_server::problem::ApiError;
use client_event_scheduler_server::providers::{
    Caller, Ledger, ListedEvent, Listing, Provider, ProviderError, Validators, provider,
};
use proptest::prelude::Strategy as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{BEGINNING_MS, HOUR_MS, at};
use simulator::{Fault, Simulator};

/// The budget of one account.
struct Purse {
    limit: CallLimit,
    budget: Mutex<CallBudget>,
}

#[async_trait]
impl Ledger for Purse {
    async fn take(&self, now: Timestamp) -> Result<Result<(), Timestamp>, ApiError> {
        Ok(self.budget.lock().expect("a lock").take(self.limit, now))
    }

    async fn rest(&self, until: Timestamp) -> Result<(), ApiError> {
        self.budget.lock().expect("a lock").rest(self.limit, until);
        Ok(())
    }
}

/// An account at a simulated provider.
struct Account {
    clock: Arc<ManualClock>,
    simulator: Simulator,
    caller: Caller,
}

impl Account {
    async fn open(calls_per_hour: u32) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis_clamped(BEGINNING_MS)));
        let simulator = Simulator::listen(clock.clone()).await;
        let limit = CallLimit::per_hour(calls_per_hour).expect("more than none");
        let ledger = Arc::new(Purse { limit, budget: Mutex::new(CallBudget::default()) });
        let networks = vec!["127.0.0.0/8".parse().expect("a network")];
        let outbound = Outbound::new(networks, "--provider-network");
        let caller = Caller { outbound, clock: clock.clone(), ledger };
        Self { clock, simulator, caller }
    }

    fn provider(&self, config: Value, credentials: Value) -> Box<dyn Provider> {
        let config = serde_json::from_value(config).expect("a configuration");
        let credentials = serde_json::from_value(credentials).expect("credentials");
        provider(config, credentials, DateSettings::default())
    }

    fn runsignup(&self) -> Box<dyn Provider> {
        let config = json!({"kind": "runsignup", "url": format!("{}/rest", self.simulator.url)});
        self.provider(config, json!({"kind": "api_key", "key": "the-key", "secret": "the-secret"}))
    }

    fn json(&self) -> Box<dyn Provider> {
        let (config, credentials) = json_config(&self.simulator);
        self.provider(config, credentials)
    }

    fn add_race(&self, race: u64, zone: &str, start: &str) {
        add_race(&self.simulator, race, zone, start);
    }
}

/// The settings with which the simulator is a plain endpoint, and the credentials.
fn json_config(simulator: &Simulator) -> (Value, Value) {
    let url = &simulator.url;
    let config = json!({
        "kind": "json", "url": format!("{url}/events"), "items": "/data/items", "key": "/id", "next": "/links/next",
        "fields": {"event_name": "/name", "start_datetime": "/when/from"}, "time_zone": "Europe/Berlin",
        "participants": {
            "url": format!("{url}/events/{{event}}/people"), "key": "/id", "modified_at": "/at", "removed": "/cancelled",
            "since": {"name": "modified_after_timestamp", "format": "unix"}
        }
    });
    (config, json!({"kind": "bearer", "token": "the-token"}))
}

/// A race with one event, whose number is ten times its own.
fn add_race(simulator: &Simulator, race: u64, zone: &str, start: &str) {
    let event = json!({
        "event_id": race * 10, "name": "10 km", "start_time": start,
        "registration_periods": [
            {"registration_opens": "7/1/2026 12:00", "registration_closes": "8/1/2026 0:00"},
            {"registration_opens": "8/1/2026 0:00", "registration_closes": "9/1/2026 0:00"}
        ]
    });
    let race_of = json!({
        "race_id": race, "name": format!("Race {race}"), "timezone": zone, "url": "https://example.org/race",
        "address": {"street": "Main St.", "city": "Moorestown", "state": "NJ"}, "events": [event]
    });
    simulator.world().races.insert(race, race_of);
}

fn start(hours: i64) -> String {
    // The zone of the races is UTC here.
    at(BEGINNING_MS + hours * HOUR_MS).to_string()[..19].to_owned()
}

fn whole(listing: Listing) -> (Vec<ListedEvent>, Vec<String>, Validators) {
    match listing {
        Listing::Whole { events, refused, validators, .. } => {
            let refused = refused.into_iter().map(|record| record.key.unwrap_or_default()).collect();
            (events, refused, validators)
        }
        Listing::Unchanged => panic!("it was not asked for changes only"),
    }
}

fn fields(event: &ListedEvent) -> Value {
    serde_json::from_str(&event.document.to_json()).expect("an object")
}

#[tokio::test]
async fn races_become_events_in_their_own_zones() {
    let account = Account::open(1_000).await;
    account.add_race(1, "America/Chicago", "10/12/2026 08:05");
    account.add_race(2, "America/Chicago", "soon");
    let listing = account.runsignup().events(&account.caller, &Validators::default()).await;
    let (events, refused, _) = whole(listing.expect("a list"));
    assert_eq!(refused, ["2/20"], "what cannot be read stops nobody else");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].key, "1/10");
    assert_eq!(
        fields(&events[0]),
        json!({
            "event_name": "Race 1 – 10 km", "timezone": "America/Chicago", "start_datetime": "2026-10-12T08:05:00",
            "registration_start_date": "2026-07-01T16:00:00.000Z", "registration_end_date": "2026-09-01T04:00:00.000Z",
            "venue": "Main St., Moorestown, NJ", "url": "https://example.org/race"
        })
    );
    let requests = &account.simulator.world().requests;
    assert!(requests[0].0.contains("rsu_api_key=the-key"));
    assert!(!requests[0].0.contains("the-secret"), "addresses are written into logs");
    assert_eq!(requests[0].1.as_deref(), Some("the-secret"));
}

#[tokio::test]
async fn an_endpoint_is_read_page_by_page_as_it_is_configured() {
    let account = Account::open(1_000).await;
    for race in 1..=5 {
        account.add_race(race, "Europe/Berlin", "2026-10-12T08:05:00");
    }
    let listing = account.json().events(&account.caller, &Validators::default()).await;
    let (events, refused, _) = whole(listing.expect("a list"));
    assert!(refused.is_empty());
    assert_eq!(events.iter().map(|event| event.key.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    let expected =
        json!({"event_name": "Race 5", "start_datetime": "2026-10-12T08:05:00", "timezone": "Europe/Berlin"});
    assert_eq!(fields(&events[4]), expected);
    let requests = &account.simulator.world().requests;
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|(_, credentials)| credentials.as_deref() == Some("Bearer the-token")));
}

#[tokio::test]
async fn a_list_that_breaks_off_says_of_no_event_that_it_is_gone() {
    let account = Account::open(1_000).await;
    for race in 1..=3 {
        account.add_race(race, "Europe/Berlin", "2026-10-12T08:05:00");
    }
    for fault in [Fault::Cut, Fault::Garbage, Fault::Status(500, None)] {
        // The first page is whole, the second one fails.
        account.simulator.world().requests.clear();
        account.simulator.world().faults.extend([Fault::Malformed, fault]);
        let listing = account.json().events(&account.caller, &Validators::default()).await;
        assert!(listing.is_err(), "{fault:?}");
        assert_eq!(account.simulator.world().requests.len(), 2);
    }
}

#[tokio::test]
async fn a_calendar_is_fetched_only_when_it_has_changed() {
    let account = Account::open(1_000).await;
    let event = |uid: &str, rest: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Meeting\r\nDTSTART:20261012T080000\r\n{rest}END:VEVENT\r\n"
        )
    };
    let text = |events: &str| format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    account.simulator.world().calendar = text(&(event("one", "") + &event("two", "DURATION:long\r\n")));
    let url = format!("{}/calendar.ics", account.simulator.url);
    let config = json!({"kind": "icalendar", "url": url, "time_zone": "Europe/Berlin"});
    let provider = account.provider(config, json!({"kind": "basic", "user": "Ada", "password": "pass"}));
    let listing = provider.events(&account.caller, &Validators::default()).await.expect("a list");
    let (events, refused, validators) = whole(listing);
    assert_eq!((events[0].key.as_str(), refused.as_slice()), ("one", &["two".to_owned()][..]));
    let told = fields(&events[0]);
    assert_eq!(told["start_datetime"], "2026-10-12T08:00:00", "{told}");
    assert_eq!(told["timezone"], "Europe/Berlin");
    assert_eq!(told.get("event_id"), None);
    let again = provider.events(&account.caller, &validators).await.expect("an answer");
    assert!(matches!(again, Listing::Unchanged));
    account.simulator.world().calendar = text(&event("one", "LOCATION:Hall\r\n"));
    let (events, ..) = whole(provider.events(&account.caller, &validators).await.expect("a list"));
    assert_eq!(fields(&events[0])["venue"], "Hall");
    account.simulator.world().calendar = "<html>".to_owned();
    let broken = provider.events(&account.caller, &validators).await;
    assert!(matches!(broken, Err(ProviderError::Malformed(_))), "{broken:?}");
}

#[tokio::test]
async fn every_call_is_taken_from_the_budget_before_it_is_made() {
    let account = Account::open(20).await;
    let provider = account.runsignup();
    for _ in 0..2 {
        provider.events(&account.caller, &Validators::default()).await.expect("a call of the burst");
    }
    let spent = provider.events(&account.caller, &Validators::default()).await;
    let Err(ProviderError::BudgetSpent(again_at)) = spent else { panic!("{spent:?}") };
    assert_eq!(account.simulator.world().requests.len(), 2, "no call was made");
    account.clock.set(again_at);
    provider.events(&account.caller, &Validators::default()).await.expect("it has come back");
}

#[tokio::test]
async fn a_provider_that_asks_for_rest_is_left_alone() {
    for (fault, rest_s) in [
        (Fault::Status(429, Some("120")), 120),
        (Fault::Status(503, Some("Fri, 01 May 2026 00:10:00 GMT")), 600 - 90),
        (Fault::Status(429, None), 60),
        (Fault::Error(14), 60),
    ] {
        let account = Account::open(1_000).await;
        account.simulator.world().ahead_ms = 90_000;
        account.simulator.world().faults.push_back(fault);
        let provider = account.runsignup();
        let until = Timestamp::from_millis_clamped(BEGINNING_MS + rest_s * 1000);
        let told = provider.events(&account.caller, &Validators::default()).await;
        let Err(ProviderError::Throttled(told)) = told else { panic!("{fault:?}: {told:?}") };
        assert_eq!(told, until, "{fault:?}");
        let spent = provider.events(&account.caller, &Validators::default()).await;
        assert!(matches!(spent, Err(ProviderError::BudgetSpent(at)) if at == until), "{fault:?}: {spent:?}");
        assert_eq!(account.simulator.world().requests.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_went_wrong_is_told_apart_and_shows_no_secret() {
    let account = Account::open(1_000).await;
    for (fault, code) in [
        (Fault::Status(401, None), "CREDENTIALS_DENIED"),
        (Fault::Status(403, None), "CREDENTIALS_DENIED"),
        (Fault::Error(6), "CREDENTIALS_DENIED"),
        (Fault::Error(5), "PROVIDER_FAILED"),
        (Fault::Status(404, None), "PROVIDER_MISCONFIGURED"),
        (Fault::Status(302, None), "PROVIDER_MISCONFIGURED"),
        (Fault::Status(500, None), "PROVIDER_FAILED"),
        (Fault::Status(503, None), "PROVIDER_FAILED"),
        (Fault::Garbage, "ANSWER_MALFORMED"),
    ] {
        account.simulator.world().faults.push_back(fault);
        let told = account.runsignup().events(&account.caller, &Validators::default()).await;
        let error = told.expect_err("it was told to fail");
        assert_eq!(error.code(), code, "{fault:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("the-"), "{error:?}");
    }
    let strict =
        Caller { outbound: Outbound::new(Vec::new(), "--provider-network"), ..account.caller.clone() };
    let told = account.runsignup().events(&strict, &Validators::default()).await;
    assert_eq!(told.expect_err("it is in this machine").code(), "PROVIDER_MISCONFIGURED");
}

/// What is known here of the participants of an event.
#[derive(Debug, Default)]
struct Mirror {
    watermark: Watermark,
    known: BTreeMap<String, (Timestamp, bool)>,
}

impl Mirror {
    /// Asks for everything that has changed, page by page.
    async fn catch_up(&mut self, account: &Account, provider: &dyn Provider, key: &str) -> usize {
        let since = self.watermark.since(LOOK_BACK_MS);
        let (mut cursor, mut told, mut began, mut records) = (None, Vec::new(), None, 0);
        loop {
            let page = provider.participants(&account.caller, key, since, cursor.as_deref()).await;
            let page = page.expect("a page");
            // Changes that are made while pages are read may be on a page that was read: only what is older than the first is certain.
            began = began.or(page.provider_now);
            records += page.participants.len();
            for participant in page.participants {
                told.push(participant.modified_at);
                self.known.insert(participant.key, (participant.modified_at, participant.removed));
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.watermark = self.watermark.told(told, began);
        records
    }

    fn present(&self) -> Vec<u64> {
        let mut present: Vec<u64> = self
            .known
            .iter()
            .filter(|(_, (_, removed))| !removed)
            .map(|(key, _)| key.parse().expect("a number"))
            .collect();
        present.sort_unstable();
        present
    }
}

/// How late a change may be seen, and how far is looked back for it.
const LOOK_BACK_MS: u32 = 10_000;

#[derive(Debug, Clone)]
enum Step {
    Register {
        id: u64,
        removed: bool,
        seen_after_ms: i64,
    },
    /// Time passes.
    Pass(i64),
    /// What has changed is asked for, and one registration is changed while that is under way.
    CatchUp {
        meanwhile: Option<(usize, u64)>,
    },
}

fn step() -> impl proptest::strategy::Strategy<Value = Step> {
    use proptest::prelude::{any, prop_oneof};
    prop_oneof![
        4 => (1_u64..40, any::<bool>(), 0..i64::from(LOOK_BACK_MS))
            .prop_map(|(id, removed, seen_after_ms)| Step::Register { id, removed, seen_after_ms }),
        2 => (1_i64..30_000).prop_map(Step::Pass),
        2 => proptest::option::of((1_usize..4, 1_u64..40)).prop_map(|meanwhile| Step::CatchUp { meanwhile }),
    ]
}

#[test]
fn after_catching_up_the_participants_are_those_of_the_provider() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let strategy = (proptest::collection::vec(step(), 1..40), -3_600_000_i64..3_600_000, proptest::bool::ANY);
    let outcome = runner.run(&strategy, |(steps, ahead_ms, is_json)| {
        runtime.block_on(async {
            let account = Account::open(1_000_000).await;
            account.simulator.world().ahead_ms = ahead_ms;
            let (provider, key) = match is_json {
                true => (account.json(), "10"),
                false => (account.runsignup(), "1/10"),
            };
            let mut mirror = Mirror::default();
            for step in steps {
                match step {
                    Step::Register { id, removed, seen_after_ms } => {
                        account.simulator.register(10, id, removed, seen_after_ms);
                    }
                    Step::Pass(ms) => account.clock.advance(ms),
                    Step::CatchUp { meanwhile } => {
                        let later = meanwhile.map(|(after, id)| (after, 10, id));
                        account.simulator.world().later = later.into_iter().collect();
                        mirror.catch_up(&account, provider.as_ref(), key).await;
                        account.simulator.world().later.clear();
                    }
                }
            }
            account.clock.advance(i64::from(LOOK_BACK_MS));
            mirror.catch_up(&account, provider.as_ref(), key).await;
            let world = account.simulator.world();
            let truth: Vec<u64> = world
                .registrations
                .get(&10)
                .into_iter()
                .flatten()
                .filter(|(_, registration)| !registration.removed)
                .map(|(id, _)| *id)
                .collect();
            assert_eq!(mirror.present(), truth);
        });
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn thousands_are_read_in_pages_and_only_once() {
    let account = Account::open(1_000).await;
    for id in 1..=6_000 {
        account.simulator.register(10, id, id % 3 == 0, 0);
    }
    let provider = account.runsignup();
    let mut mirror = Mirror::default();
    assert_eq!(mirror.catch_up(&account, provider.as_ref(), "1/10").await, 6_000);
    assert_eq!(account.simulator.world().requests.len(), 3, "4 000 in two pages, 2 000 in one");
    account.clock.advance(60_000);
    account.simulator.register(10, 7, false, 0);
    account.simulator.register(10, 8, true, 0);
    // The look-back reaches to before the first change, so everything is told once more; the next time only what is new.
    assert_eq!(mirror.catch_up(&account, provider.as_ref(), "1/10").await, 6_000);
    account.clock.advance(60_000);
    assert_eq!(mirror.catch_up(&account, provider.as_ref(), "1/10").await, 2);
}
