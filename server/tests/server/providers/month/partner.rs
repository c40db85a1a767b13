//! One partner of the simulated month: what it has, how that changes, and what should be known of it here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use client_event_scheduler_server::clock::ManualClock;
use client_event_scheduler_server::events::Document;
use client_event_scheduler_server::store::{ProvidedRow, Store, TrackedRow};
use serde_json::{Value, json};

use super::super::simulator::{Registration, Simulator};
use super::super::weather::{Random, Weather};
use super::super::{add_race, json_config};
use crate::support::{HOUR_MS, at};

const DAY_MS: i64 = 24 * HOUR_MS;

/// What is shown late is seen within the time for which the sync looks back.
const SEEN_LATE_MS: i64 = 9_000;

/// Registrations of an event: so many numbers there are.
const REGISTRATIONS: u64 = 60;

/// Until how long after its start an event has registrations that change.
const OPEN_MS: i64 = 50 * 60_000;

/// How long what was taken away may be here still: a day of grace, found and confirmed by lists that are twelve hours apart.
const KEPT_MS: i64 = DAY_MS + 26 * HOUR_MS;

/// How long after it is there an event is here at the latest.
const LISTED_MS: i64 = 13 * HOUR_MS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RunSignUp,
    Json,
    Calendar,
}

/// An event as the partner has it.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    pub(super) start_ms: i64,
    name: String,
    /// Since when it is there.
    since_ms: i64,
    /// From when on it is in the list.
    pub(super) listed_ms: i64,
    pub(super) gone_ms: Option<i64>,
}

pub(super) struct Partner {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) calls_per_hour: u32,
    pub(super) simulator: Simulator,
    pub(super) events: BTreeMap<u64, Truth>,
    random: Random,
    /// Until when the weather stays as it is.
    weather_until_ms: i64,
    /// Up to when everything has happened.
    lived_ms: i64,
    /// When the next registration changes, and the next event.
    next_change_ms: i64,
    next_edit_ms: i64,
    /// When what is there changes of itself next.
    next_shown_ms: i64,
    pub(super) changes: u64,
}

impl Partner {
    /// A partner that has `count` events within `days`, of which most are there from the beginning.
    pub(super) async fn open(
        number: u64,
        seed: u64,
        clock: Arc<ManualClock>,
        (count, days): (u64, i64),
        now_ms: i64,
    ) -> Self {
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let simulator = Simulator::listen(clock).await;
        simulator.world().weather = Some(Weather::fair(random.below(u64::MAX)));
        simulator.world().ahead_ms = random.ms(600_000) - 300_000;
        let kind = match number % 4 {
            0 | 1 => Kind::RunSignUp,
            2 => Kind::Json,
            _ => Kind::Calendar,
        };
        // One in six has a limit that does not suffice on its busiest days.
        let calls_per_hour = if number % 6 == 1 { 150 } else { 1_000 };
        let mut events = BTreeMap::new();
        for event in 1..=count {
            let late = event % 5 == 0;
            let since_ms = now_ms + if late { random.ms((days - 1).max(1) * DAY_MS) } else { 0 };
            let least_ms = if late { 2 * DAY_MS } else { 4 * HOUR_MS };
            let start_ms = since_ms + least_ms + random.ms(days * DAY_MS);
            let start_ms = start_ms - start_ms.rem_euclid(60_000);
            let truth = Truth {
                start_ms,
                name: format!("Race {event}"),
                since_ms,
                listed_ms: since_ms,
                gone_ms: None,
            };
            events.insert(event, truth);
        }
        let id = format!("partner-{number}");
        let mut partner = Self {
            id,
            kind,
            calls_per_hour,
            simulator,
            events,
            random,
            weather_until_ms: now_ms + HOUR_MS,
            lived_ms: now_ms,
            next_change_ms: now_ms,
            next_edit_ms: now_ms,
            next_shown_ms: now_ms,
            changes: 0,
        };
        for event in 1..=count {
            for _ in 0..10 {
                partner.register(event, now_ms);
            }
        }
        partner.show(now_ms);
        partner
    }

    /// The settings of its account, and what it shows to be let in.
    pub(super) fn config(&self) -> (Value, Value) {
        let url = &self.simulator.url;
        match self.kind {
            Kind::RunSignUp => (
                json!({"kind": "runsignup", "url": format!("{url}/rest"), "results_per_page": 8}),
                json!({"kind": "api_key", "key": "the-key", "secret": "the-secret"}),
            ),
            Kind::Json => {
                let (mut config, credentials) = json_config(&self.simulator);
                config["time_zone"] = json!("UTC");
                (config, credentials)
            }
            Kind::Calendar => {
                (json!({"kind": "icalendar", "url": format!("{url}/calendar.ics")}), json!({"kind": "none"}))
            }
        }
    }

    /// Lets everything happen until `now_ms`.
    pub(super) fn live(&mut self, now_ms: i64, quiet: bool) {
        if quiet {
            (self.next_change_ms, self.next_edit_ms, self.weather_until_ms) = (now_ms, now_ms, now_ms);
            for truth in self.events.values_mut().filter(|truth| truth.listed_ms > now_ms) {
                truth.listed_ms = now_ms;
                self.next_shown_ms = now_ms;
            }
        } else {
            self.change_weather(now_ms);
            while self.next_change_ms <= now_ms {
                let event = self.random.below(self.events.len() as u64) + 1;
                self.register(event, self.next_change_ms);
                self.next_change_ms += 1 + self.random.ms(20 * 60_000);
            }
            while self.next_edit_ms <= now_ms {
                self.edit(self.next_edit_ms);
                self.next_shown_ms = now_ms;
                self.next_edit_ms += 1 + self.random.ms(6 * HOUR_MS);
            }
        }
        // Its clock goes wrong by a second an hour.
        self.simulator.world().ahead_ms += (now_ms - self.lived_ms) / 3_600;
        self.lived_ms = now_ms;
        if self.next_shown_ms <= now_ms {
            self.show(now_ms);
        }
    }

    fn change_weather(&mut self, now_ms: i64) {
        if now_ms < self.weather_until_ms {
            return;
        }
        let is_fair = self.random.below(3) > 0;
        let span_ms = if is_fair { 8 * HOUR_MS } else { 3 * HOUR_MS };
        self.weather_until_ms = now_ms + self.random.ms(span_ms);
        let per_mille = if is_fair { 0 } else { 20 + self.random.below(600) };
        self.set_weather(per_mille);
    }

    pub(super) fn set_weather(&self, per_mille: u64) {
        if let Some(weather) = &mut self.simulator.world().weather {
            weather.per_mille = per_mille;
        }
    }

    /// Changes a registration, unless the event is over.
    fn register(&mut self, event: u64, now_ms: i64) {
        let id = self.random.below(REGISTRATIONS) + 1;
        let (removed, late_ms) = (self.random.below(3) == 0, self.random.ms(SEEN_LATE_MS));
        let truth = &self.events[&event];
        let is_open = truth.gone_ms.is_none() && now_ms < truth.start_ms + OPEN_MS;
        if self.kind == Kind::Calendar || !is_open {
            return;
        }
        self.changes += 1;
        let key = self.registrations_of(event);
        let mut world = self.simulator.world();
        let modified_s = (now_ms + world.ahead_ms).div_euclid(1000);
        let registration = Registration { modified_s, visible_ms: now_ms + late_ms, removed };
        world.registrations.entry(key).or_default().insert(id, registration);
    }

    /// Changes an event that is far enough away to be listed once more before that matters.
    fn edit(&mut self, now_ms: i64) {
        let event = self.random.below(self.events.len() as u64) + 1;
        let (what, by_ms) = (self.random.below(6), self.random.ms(2 * DAY_MS));
        let Some(truth) = self.events.get_mut(&event) else { return };
        if truth.gone_ms.is_some() || truth.since_ms > now_ms || truth.start_ms - now_ms < 3 * DAY_MS {
            return;
        }
        match what {
            0..=2 => truth.name = format!("Race {event} as of {now_ms}"),
            3 => truth.start_ms += by_ms - by_ms.rem_euclid(60_000) - DAY_MS,
            4 => truth.gone_ms = Some(now_ms),
            // A list that is not up to date.
            _ => truth.listed_ms = now_ms + by_ms / 4,
        }
        self.changes += 1;
    }

    /// Tells what is there as the simulator's world.
    fn show(&mut self, now_ms: i64) {
        let times = self.events.values().flat_map(|truth| [truth.since_ms, truth.listed_ms]);
        self.next_shown_ms = times.filter(|at_ms| *at_ms > now_ms).min().unwrap_or(i64::MAX);
        let there = |truth: &Truth| truth.since_ms <= now_ms && truth.gone_ms.is_none();
        if self.kind == Kind::Calendar {
            let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
            for (event, truth) in self.events.iter().filter(|(_, truth)| there(truth)) {
                let start = at(truth.start_ms).to_string()[..19].replace(['-', ':'], "");
                let name = &truth.name;
                text += &format!(
                    "BEGIN:VEVENT\r\nUID:{event}\r\nSUMMARY:{name}\r\nDTSTART:{start}Z\r\nEND:VEVENT\r\n"
                );
            }
            self.simulator.world().calendar = text + "END:VCALENDAR\r\n";
            return;
        }
        for (event, truth) in &self.events {
            if there(truth) {
                add_race(&self.simulator, *event, "UTC", &at(truth.start_ms).to_string()[..19]);
                self.simulator.rename(*event, &truth.name);
            } else {
                self.simulator.world().races.remove(event);
            }
        }
        let hidden = self.events.iter().filter(|(_, truth)| truth.listed_ms > now_ms);
        self.simulator.world().hidden = hidden.map(|(event, _)| *event).collect();
    }

    fn registrations_of(&self, event: u64) -> u64 {
        if self.kind == Kind::RunSignUp { event * 10 } else { event }
    }

    pub(super) fn key_of(&self, event: u64) -> String {
        match self.kind {
            Kind::RunSignUp => format!("{event}/{}", event * 10),
            Kind::Json | Kind::Calendar => event.to_string(),
        }
    }

    /// The event that a request asks for, by its address; none where it asks for the list.
    pub(super) fn asked_for(&self, url: &str) -> Option<u64> {
        match self.kind {
            Kind::Calendar => None,
            Kind::Json => url.strip_prefix("/events/")?.split('/').next()?.parse().ok(),
            Kind::RunSignUp => {
                let rest = url.split_once("event_id=")?.1;
                rest.split('&').next()?.parse::<u64>().ok().map(|event| event / 10)
            }
        }
    }

    /// Compares what is known here with what is there, after a time in which nothing has changed.
    pub(super) async fn compare(&self, store: &Store, now_ms: i64) {
        let rows = store.provided_events(&self.id).await.expect("events");
        let planned = store.tracked_events(&self.id).await.expect("events");
        let (planned, whole): (Vec<_>, Vec<_>) = (
            planned.iter().map(TrackedRow::tracked).collect(),
            rows.iter().filter_map(ProvidedRow::tracked).collect(),
        );
        assert_eq!(planned, whole, "{} is planned with other events than it has", self.id);
        let known: BTreeMap<&str, _> = rows.iter().map(|row| (row.event_key.as_str(), row)).collect();
        let mut expected = BTreeSet::new();
        for (event, truth) in &self.events {
            let (key, id) = (self.key_of(*event), &self.id);
            if truth.since_ms > now_ms - LISTED_MS {
                // It may be in no list yet.
                expected.extend(known.contains_key(key.as_str()).then_some(key));
                continue;
            }
            if let Some(gone_ms) = truth.gone_ms {
                let kept = now_ms - gone_ms < KEPT_MS;
                assert!(kept || !known.contains_key(key.as_str()), "{id} {key} is gone since {gone_ms}");
                expected.extend(kept.then_some(key));
                continue;
            }
            let row = known.get(key.as_str()).unwrap_or_else(|| panic!("{id} {key} is missing: {truth:?}"));
            let told = Document::from_json(row.told.as_bytes()).expect("an object");
            let name = told.text("event_name").unwrap_or_default();
            assert!(name.starts_with(&truth.name), "{id} {key} is called {name}, not {}", truth.name);
            assert_eq!(row.start_at, Some(at(truth.start_ms)), "the start of {id} {key}");
            let stored = store.event(&row.event_id).await.expect("a database").expect("the event");
            assert!(!stored.is_tombstone(), "{id} {key} was deleted");
            let found = store.provided_participants(&self.id, &key).await.expect("participants");
            let found: BTreeSet<u64> = found.iter().map(|key| key.parse().expect("a number")).collect();
            let truth_of = self.simulator.present(self.registrations_of(*event));
            assert_eq!(found, truth_of, "who takes part in {id} {key}, {row:?}");
            let counted = store.count_participants(&self.id, &key).await.expect("a number");
            assert_eq!(i64::from(row.participants), counted, "how many take part in {id} {key}");
            expected.insert(key);
        }
        for key in known.keys() {
            assert!(expected.contains(*key), "{} {key} is here and not there", self.id);
        }
    }
}
