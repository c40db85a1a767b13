//! The status table, and the laws that hold over it.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use client_event_scheduler::{
    Approval, Config, EventDefinition, Phase, RecoveryPolicy, Timestamp, TriggerKind, WindowField, Windows,
    due_times, status_at,
};
use proptest::prelude::*;
use support::{Bench, second};

const FIELDS: [&str; 6] =
    ["registration_start", "registration_end", "start", "end", "certificate_start", "certificate_end"];

fn event(dates: [Option<i64>; 6]) -> EventDefinition<'static> {
    let mut windows = Windows::NONE;
    for (field, date) in WindowField::ALL.into_iter().zip(dates) {
        windows.set(field, date.map(second));
    }
    EventDefinition { event_id: "e".into(), windows, approval: Approval::OPEN, revision: None }
}

/// Reads `start=10 end=20 …`.
fn dates(text: &str) -> [Option<i64>; 6] {
    let mut dates = [None; 6];
    for part in text.split_whitespace() {
        let (name, value) = part.split_once('=').expect("name=value");
        let index = FIELDS.iter().position(|field| *field == name).expect("a field");
        dates[index] = Some(value.parse().expect("a number"));
    }
    dates
}

#[test]
fn every_row_of_the_table_holds_on_its_half_open_interval() {
    use Phase::*;
    let cases: &[(&str, &[(i64, Phase)])] = &[
        ("", &[(0, Draft)]),
        ("start=10", &[(0, Draft), (99, Draft)]),
        ("end=10 registration_start=1", &[(0, Draft), (5, Draft)]),
        (
            "start=10 end=20",
            &[(9, RegistrationNotRequired), (10, EventStarted), (19, EventStarted), (20, Completed)],
        ),
        (
            "registration_start=2 registration_end=5 start=10 end=20",
            &[
                (1, RegistrationNotStarted),
                (2, RegistrationOpen),
                (4, RegistrationOpen),
                (5, RegistrationClosed),
                (9, RegistrationClosed),
                (10, EventStarted),
            ],
        ),
        (
            "registration_start=2 start=10 end=20",
            &[(1, RegistrationNotStarted), (2, RegistrationOpen), (9, RegistrationOpen), (10, EventStarted)],
        ),
        (
            "registration_end=5 start=10 end=20",
            &[(0, RegistrationOpen), (4, RegistrationOpen), (5, RegistrationClosed)],
        ),
        (
            "registration_start=2 registration_end=15 start=10 end=20",
            &[(9, RegistrationOpen), (10, EventStarted), (15, EventStarted)],
        ),
        (
            "start=10 end=20 certificate_start=25 certificate_end=30",
            &[
                (20, EventEnded),
                (24, EventEnded),
                (25, CertificateAvailable),
                (29, CertificateAvailable),
                (30, Completed),
            ],
        ),
        (
            "start=10 end=20 certificate_start=25",
            &[(24, EventEnded), (25, CertificateAvailable), (9999, CertificateAvailable)],
        ),
        (
            "start=10 end=20 certificate_end=30",
            &[(19, EventStarted), (20, CertificateAvailable), (30, Completed)],
        ),
        ("start=10 end=20 certificate_start=15", &[(15, EventStarted), (20, CertificateAvailable)]),
        ("start=10 end=10", &[(9, RegistrationNotRequired), (10, Completed)]),
    ];
    for (text, expected) in cases {
        let event = event(dates(text));
        for (instant, phase) in *expected {
            assert_eq!(status_at(&event, second(*instant)), *phase, "{text} at {instant}");
        }
    }
}

#[test]
fn the_words_of_every_phase_are_those_of_the_contract() {
    let words: Vec<String> =
        Phase::ALL.iter().map(|phase| format!("{}/{}", phase.status(), phase.sub_status())).collect();
    assert_eq!(
        words,
        [
            "draft/draft",
            "upcoming/registration_not_started",
            "upcoming/registration_open",
            "upcoming/registration_closed",
            "upcoming/registration_not_required",
            "ongoing/event_started",
            "ongoing/event_ended",
            "ongoing/certificate_available",
            "completed/event_ended",
            "pending_approval/pending_approval",
            "declined/declined",
            "cancelled/cancelled",
        ]
    );
}

#[test]
fn a_missing_certificate_start_makes_a_trigger_at_the_end() {
    let due = due_times(&event(dates("start=10 end=20 certificate_end=30")));
    assert_eq!(due.get(TriggerKind::CertificateStart), Some(second(20)));
    let due = due_times(&event(dates("start=10 end=20")));
    assert_eq!(due.get(TriggerKind::CertificateStart), None);
}

fn any_event() -> impl Strategy<Value = EventDefinition<'static>> {
    prop::array::uniform6(prop::option::of(0_i64..60)).prop_map(event)
}

/// How far a phase is along the way; phases before the start have ranks of their own order.
fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::RegistrationNotRequired => 0,
        other => other as u8,
    }
}

proptest! {
    #[test]
    fn status_never_runs_backwards(event in any_event()) {
        let ranks: Vec<u8> = (-1..61).map(|instant| rank(status_at(&event, second(instant)))).collect();
        prop_assert!(ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn status_changes_only_where_a_trigger_is_due(event in any_event()) {
        let due = due_times(&event);
        for instant in 0..61 {
            let (before, after) = (status_at(&event, second(instant).saturating_add_ms(-1)), status_at(&event, second(instant)));
            let triggers = TriggerKind::ALL.iter().any(|&kind| due.get(kind) == Some(second(instant)));
            prop_assert!(before == after || triggers, "{before:?} to {after:?} at {instant} without a trigger");
        }
    }

    #[test]
    fn however_ticks_fall_the_state_is_that_of_the_table(event in any_event(), mut ticks in prop::collection::vec(0_i64..80, 1..12)) {
        ticks.sort_unstable();
        let mut bench = Bench::new(second(-1));
        let definition = event.clone();
        bench.event(client_event_scheduler::Input::Upsert {
            definition,
            payload: client_event_scheduler::Payload::External,
            source: client_event_scheduler::Source::Local,
        });
        for tick in ticks {
            bench.tick(second(tick));
            prop_assert_eq!(bench.scheduler.phase("e"), Some(status_at(&event, second(tick))));
        }
    }

    #[test]
    fn what_comes_out_does_not_depend_on_how_ticks_are_batched(event in any_event(), cuts in prop::collection::vec(0_i64..80, 0..12)) {
        let run = |mut ticks: Vec<i64>| {
            ticks.push(100);
            ticks.sort_unstable();
            let recovery = RecoveryPolicy { delay_ms: 0, ..RecoveryPolicy::default() };
            let mut bench = Bench::with(Config { recovery, ..Config::default() }, second(-1));
            bench.event(client_event_scheduler::Input::Upsert {
                definition: event.clone(),
                payload: client_event_scheduler::Payload::External,
                source: client_event_scheduler::Source::Local,
            });
            for tick in ticks {
                bench.tick(second(tick));
            }
            (bench.fired().iter().map(ToString::to_string).collect::<Vec<_>>(), bench.changes().iter().map(|change| change.split(" (").next().unwrap_or_default().to_owned()).collect::<Vec<_>>())
        };
        prop_assert_eq!(run(cuts), run(Vec::new()));
    }
}

#[test]
fn instants_outside_the_calendar_are_clamped_not_wrapped() {
    assert_eq!(status_at(&event(dates("start=10 end=20")), Timestamp::MIN), Phase::RegistrationNotRequired);
    assert_eq!(status_at(&event(dates("start=10 end=20")), Timestamp::MAX), Phase::Completed);
}
