//! Behaviour of the core as its hosts see it.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::sync::Arc;

use client_event_scheduler::time::Zone;
use client_event_scheduler::{
    Cause, Config, EventChange, EventDefinition, Input, Now, Phase, Precision, RecoveryPolicy, Scheduler,
    Source, Timestamp, WakeReason, WindowField, ZoneProvider,
};
use support::{Bench, at};

const GALA: &str = r#"{"event_id":"gala","event_name":"Gala","registration_start_date":"2026-05-01T09:00Z",
    "registration_end_date":"2026-05-02T09:00Z","start_datetime":"2026-05-03T09:00Z","end_datetime":"2026-05-03T17:00Z",
    "certificate_start_date":"2026-05-04T09:00Z","certificate_end_date":"2026-05-05T09:00Z"}"#;

fn before() -> Timestamp {
    at("2026-04-30T09:00Z")
}

#[test]
fn an_event_runs_through_its_whole_life() {
    let mut bench = Bench::new(before());
    assert_eq!(bench.upsert(GALA).after, Some(Phase::RegistrationNotStarted));
    for day in [
        "2026-05-01T09:00Z",
        "2026-05-02T09:00Z",
        "2026-05-03T09:00Z",
        "2026-05-03T17:00Z",
        "2026-05-04T09:00Z",
        "2026-05-05T09:00Z",
    ] {
        let due = at(day);
        assert_eq!(bench.tick(due.saturating_add_ms(-1)), 0, "nothing before {day}");
        assert_eq!(bench.tick(due), 1, "one trigger at {day}");
    }
    assert_eq!(
        bench.changes(),
        [
            "gala: registration_not_started → registration_open (on_time)",
            "gala: registration_open → registration_closed (on_time)",
            "gala: registration_closed → event_started (on_time)",
            "gala: event_started → event_ended (on_time)",
            "gala: event_ended → certificate_available (on_time)",
            "gala: certificate_available → event_ended (on_time)",
        ]
    );
    assert_eq!(bench.fired()[0], "gala/registration_open@2026-05-01T09:00:00.000Z");
    assert_eq!(bench.fired()[5], "gala/certificate_end@2026-05-05T09:00:00.000Z");
    assert_eq!(bench.scheduler.phase("gala"), Some(Phase::Completed));
    assert_eq!(bench.scheduler.status().triggers_queued, 0);
}

#[test]
fn a_long_sleep_fires_everything_in_order_and_marks_what_was_overtaken() {
    let recovery = RecoveryPolicy { max_downtime_hours: 24 * 60, delay_ms: 0, ..RecoveryPolicy::default() };
    let mut bench = Bench::with(Config { recovery, ..Config::default() }, before());
    bench.upsert(GALA);
    bench.tick(before());
    assert_eq!(bench.tick(at("2026-06-01T00:00Z")), 6);
    assert_eq!(bench.deliveries().count(), 6);
    let mut last = None;
    for delivery in bench.deliveries() {
        assert!(last < Some(delivery.scheduled_at));
        last = Some(delivery.scheduled_at);
        assert_eq!(delivery.cause, Cause::Recovered);
        assert_eq!(delivery.superseded, delivery.kind.as_str() != "certificate_end");
        assert_eq!(delivery.lateness_ms, at("2026-06-01T00:00Z").millis_since(delivery.scheduled_at) as u64);
    }
}

#[test]
fn adding_an_event_twice_leaves_one_set_of_triggers() {
    let mut bench = Bench::new(before());
    assert_eq!(bench.upsert(GALA).change, EventChange::Added);
    assert_eq!(bench.upsert(GALA).change, EventChange::Unchanged);
    assert_eq!(bench.scheduler.status().triggers_queued, 6);
    assert_eq!(bench.scheduler.status().events_tracked, 1);
}

#[test]
fn moving_a_date_moves_its_trigger_and_leaves_the_others() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    bench.upsert(&GALA.replace("2026-05-01T09:00Z", "2026-05-01T08:00Z"));
    assert_eq!(bench.scheduler.status().triggers_queued, 6);
    bench.tick(at("2026-05-01T12:00Z"));
    assert_eq!(bench.fired(), ["gala/registration_open@2026-05-01T08:00:00.000Z"]);
}

#[test]
fn removing_an_event_removes_its_triggers() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    assert_eq!(bench.remove("gala").change, EventChange::Removed);
    assert_eq!(bench.remove("gala").change, EventChange::NotFound);
    bench.tick(at("2026-06-01T00:00Z"));
    assert!(bench.fired().is_empty());
    assert_eq!(bench.scheduler.next_trigger(), None);
}

#[test]
fn an_event_that_is_added_again_fires_nothing_twice() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    bench.tick(at("2026-05-01T09:01Z"));
    bench.remove("gala");
    bench.upsert(GALA);
    bench.tick(at("2026-05-01T09:01Z"));
    assert_eq!(bench.fired().len(), 1);
}

#[test]
fn a_clock_that_steps_back_fires_nothing_twice() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    bench.tick(at("2026-05-01T10:00Z"));
    bench.now = before();
    bench.upsert(&GALA.replace("Gala", "Ball"));
    bench.remove("gala");
    bench.upsert(GALA);
    assert_eq!(bench.scheduler.phase("gala"), Some(Phase::RegistrationNotStarted));
    bench.tick(at("2026-05-01T10:00Z"));
    assert_eq!(bench.fired().len(), 1, "the second time only the state follows");
    assert_eq!(bench.scheduler.phase("gala"), Some(Phase::RegistrationOpen));
}

#[test]
fn opening_it_now_works_within_the_grace() {
    let mut bench = Bench::new(at("2026-05-01T09:03Z"));
    bench.upsert(GALA);
    assert_eq!(bench.scheduler.next_due(), Some(at("2026-05-01T09:00Z")));
    assert_eq!(bench.tick(bench.now), 1);
    let delivery = bench.deliveries().next().expect("a delivery");
    assert_eq!((delivery.cause, delivery.lateness_ms), (Cause::Late, 180_000));
    assert_eq!((delivery.before, delivery.after), (Phase::RegistrationNotStarted, Phase::RegistrationOpen));
    assert!(bench.changes().is_empty(), "the event came with that state");
}

#[test]
fn a_date_beyond_the_grace_sets_only_the_state() {
    for (grace_ms, now) in [(5 * 60_000, "2026-05-01T09:05Z"), (0, "2026-05-01T09:00Z")] {
        let mut bench = Bench::with(Config { backdate_grace_ms: grace_ms, ..Config::default() }, at(now));
        assert_eq!(bench.upsert(GALA).after, Some(Phase::RegistrationOpen));
        assert_eq!(bench.tick(bench.now), 0);
        assert_eq!(bench.scheduler.status().triggers_queued, 5);
    }
}

#[test]
fn an_edit_that_changes_the_state_is_reported_as_one() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    bench.upsert(&GALA.replace("2026-05-01T09:00Z", "2026-04-01T09:00Z"));
    assert_eq!(bench.changes(), ["gala: registration_not_started → registration_open (edit)"]);
}

#[test]
fn a_trigger_that_is_due_is_not_lost_to_an_edit_before_its_tick() {
    let mut bench = Bench::new(before());
    bench.upsert(GALA);
    bench.now = at("2026-05-01T09:30Z");
    bench.upsert(&GALA.replace("2026-05-04T09:00Z", "2026-05-04T10:00Z"));
    bench.tick(bench.now);
    assert_eq!(bench.fired(), ["gala/registration_open@2026-05-01T09:00:00.000Z"]);
}

#[test]
fn the_gate_holds_triggers_back_until_somebody_approves() {
    for gate in [
        r#""event_approval_status":"pending_approval""#,
        r#""status":"pending_approval""#,
        r#""approval_required":true"#,
    ] {
        let mut bench = Bench::new(before());
        let json = GALA.replacen('{', &format!("{{{gate},"), 1);
        assert_eq!(bench.upsert(&json).after, Some(Phase::PendingApproval), "{gate}");
        assert!(bench.waiting("gala").is_empty());
        let outcome = bench.event(Input::Approve { event_id: "gala" });
        assert_eq!(
            (outcome.change, outcome.after),
            (EventChange::Updated, Some(Phase::RegistrationNotStarted))
        );
        assert_eq!(bench.waiting("gala").len(), 6);
        assert_eq!(bench.event(Input::Decline { event_id: "gala" }).after, Some(Phase::Declined));
        assert!(bench.waiting("gala").is_empty());
    }
}

#[test]
fn a_cancelled_event_stays_cancelled_whoever_approves_it() {
    let mut bench = Bench::new(before());
    let json = GALA.replacen('{', r#"{"status":"cancelled","#, 1);
    assert_eq!(bench.upsert(&json).after, Some(Phase::Cancelled));
    assert_eq!(bench.event(Input::Approve { event_id: "gala" }).after, Some(Phase::Cancelled));
    assert!(bench.waiting("gala").is_empty());
}

#[test]
fn a_stale_revision_is_refused_as_a_value() {
    let mut bench = Bench::new(before());
    let revision = |number: u32| GALA.replacen('{', &format!(r#"{{"revision":{number},"#), 1);
    bench.upsert_from(&revision(5), Source::Feed);
    assert_eq!(bench.upsert_from(&revision(4), Source::Feed).change, EventChange::Stale);
    assert_eq!(bench.upsert_from(&revision(5), Source::Feed).change, EventChange::Unchanged);
    assert_eq!(bench.upsert_from(&revision(6), Source::Feed).change, EventChange::Updated);
    assert_eq!(bench.upsert(&revision(5)).change, EventChange::Stale);
}

#[test]
fn a_provisional_edit_stands_until_the_feed_has_a_newer_revision() {
    let mut bench = Bench::new(before());
    let revision = |number: u32, json: &str| json.replacen('{', &format!(r#"{{"revision":{number},"#), 1);
    bench.upsert_from(&revision(5, GALA), Source::Feed);
    let edited = GALA.replace("2026-05-01T09:00Z", "2026-05-01T07:00Z");
    bench.upsert(&edited);
    assert_eq!(
        bench.upsert_from(&revision(5, GALA), Source::Feed).change,
        EventChange::Stale,
        "an echo of the old state"
    );
    assert_eq!(bench.scheduler.next_due(), Some(at("2026-05-01T07:00Z")));
    assert_eq!(bench.upsert_from(&revision(6, &edited), Source::Feed).change, EventChange::Updated);
}

#[test]
fn the_next_deadline_is_the_trigger_within_the_tick_and_else_the_tick() {
    let mut bench = Bench::new(at("2026-05-01T08:59:55Z"));
    assert_eq!(bench.scheduler.next_deadline(), None, "before the first tick");
    bench.tick(bench.now);
    bench.upsert(GALA);
    let deadline = bench.scheduler.next_deadline().expect("ticked");
    assert_eq!((deadline.at, deadline.reason), (at("2026-05-01T09:00:00Z"), WakeReason::Trigger));
    bench.tick(at("2026-05-01T09:00:00Z"));
    let deadline = bench.scheduler.next_deadline().expect("ticked");
    assert_eq!((deadline.at, deadline.reason), (at("2026-05-01T09:00:10Z"), WakeReason::Tick));
}

#[test]
fn with_tick_precision_only_ticks_wake() {
    let config = Config { precision: Precision::Tick, ..Config::default() };
    let mut bench = Bench::with(config, at("2026-05-01T08:59:55Z"));
    bench.tick(bench.now);
    bench.upsert(GALA);
    assert_eq!(bench.scheduler.next_deadline().expect("ticked").reason, WakeReason::Tick);
}

#[test]
fn settings_outside_their_range_are_refused_by_name() {
    for (config, field) in [
        (Config { tick_ms: 999, ..Config::default() }, "tick_ms"),
        (Config { max_events: 0, ..Config::default() }, "max_events"),
        (Config { max_events: 1_000_001, ..Config::default() }, "max_events"),
        (
            Config { default_time_zone: Some("Europe/Berln".to_owned()), ..Config::default() },
            "default_time_zone",
        ),
        (
            Config {
                recovery: RecoveryPolicy { max_downtime_hours: 1_000_000, ..RecoveryPolicy::default() },
                ..Config::default()
            },
            "max_downtime_hours",
        ),
    ] {
        let error = client_event_scheduler::Scheduler::new(config).expect_err(field);
        assert_eq!(error.problems[0].field, field);
    }
}

#[test]
fn going_over_the_limit_of_events_changes_nothing() {
    let mut bench = Bench::with(Config { max_events: 1, ..Config::default() }, before());
    bench.upsert(GALA);
    let other = GALA.replace("gala", "ball");
    let definition =
        client_event_scheduler::EventDefinition::from_json(other.as_bytes(), &Default::default())
            .expect("valid");
    let input = Input::Upsert {
        definition,
        payload: client_event_scheduler::Payload::External,
        source: Source::Local,
    };
    let error = bench.scheduler.handle(input, Now::exact(before())).expect_err("over the limit");
    assert_eq!(error.code(), "LIMIT_EXCEEDED");
    assert_eq!(bench.scheduler.status().events_tracked, 1);
}

#[test]
fn naive_dates_are_read_in_the_zone_of_the_event() {
    let mut bench = Bench::new(before());
    bench.upsert(
        r#"{"event_id":"e","timezone":"Europe/Berlin","start_datetime":"2026-05-03T09:00","end_datetime":"2026-05-03 17:00:00.500",
            "registration_end_date":"2026-05-03"}"#,
    );
    let queue: Vec<String> =
        bench.scheduler.queue(9).iter().map(|queued| queued.trigger_id.to_string()).collect();
    assert_eq!(
        queue,
        [
            "e/registration_close@2026-05-02T22:00:00.000Z",
            "e/event_start@2026-05-03T07:00:00.000Z",
            "e/event_end@2026-05-03T15:00:00.500Z"
        ]
    );
}

#[test]
fn a_scheduler_reads_dates_in_the_zones_that_it_is_given() {
    struct OnlyHome(Zone);
    impl ZoneProvider for OnlyHome {
        fn zone(&self, name: &str) -> Option<&Zone> {
            (name == "Home").then_some(&self.0)
        }
        fn suggest(&self, _: &str) -> Option<&str> {
            Some("Home")
        }
        fn version(&self) -> &str {
            "test"
        }
    }
    let zones = Arc::new(OnlyHome(Zone::fixed(3 * 3600).expect("an offset")));
    let config = Config { default_time_zone: Some("Home".to_owned()), ..Config::default() };
    let scheduler = Scheduler::with_zones(config, zones).expect("a known zone");
    let json = br#"{"event_id":"e","start_datetime":"2026-05-03T09:00","end_datetime":"2026-05-03T10:00"}"#;
    let event = EventDefinition::from_json(json, &scheduler.date_context()).expect("a valid event");
    assert_eq!(event.windows.get(WindowField::Start), Some(at("2026-05-03T06:00Z")));
    let elsewhere = br#"{"event_id":"e","timezone":"Europe/Berlin"}"#;
    let error =
        EventDefinition::from_json(elsewhere, &scheduler.date_context()).expect_err("not in this table");
    assert!(error.problems[0].message.contains("Home"), "{error}");
}

#[test]
fn events_that_overlap_at_one_venue_are_found_wherever_their_documents_are_kept() {
    let mut bench = Bench::new(before());
    let booked = |id: &str, more: &str, start: u32, end: u32| {
        format!(
            r#"{{"event_id":"{id}"{more},"start_datetime":"2026-05-03T{start}:00Z","end_datetime":"2026-05-03T{end}:00Z"}}"#
        )
    };
    let hall = r#","venue":"Town Hall""#;
    for event in [
        booked("gala", hall, 10, 14),
        booked("ball", r#","venue":" town  hall","approval_required":true"#, 13, 16),
        booked("fair", hall, 16, 18),
        booked("off", r#","venue":"Town Hall","status":"cancelled""#, 10, 18),
        booked("nowhere", "", 10, 18),
    ] {
        bench.upsert(&event);
    }
    let kept_outside = booked("concert", "", 17, 19);
    let definition = EventDefinition::from_json(kept_outside.as_bytes(), &Default::default()).expect("valid");
    bench.handle(Input::Upsert {
        definition,
        payload: client_event_scheduler::Payload::External,
        source: Source::Local,
    });
    let found = bench.scheduler.detect_conflicts(10, |id| (id == "concert").then(|| "TOWN HALL".into()));
    let pairs: Vec<_> = found.pairs.iter().map(|conflict| (conflict.first, conflict.second)).collect();
    assert_eq!(pairs, [("gala", "ball"), ("fair", "concert")]);
    assert_eq!(
        (found.pairs[0].from, found.pairs[0].until),
        (at("2026-05-03T13:00Z"), at("2026-05-03T14:00Z"))
    );
}
