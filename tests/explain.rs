//! Why something fired, has not fired yet, or never will — and what would fire.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use client_event_scheduler::{
    Config, EventDefinition, Fate, Input, KindSet, MissedPolicy, Now, RecoveryPolicy, ResumeFrom, Timestamp,
    TriggerState,
};
use support::{Bench, at, load};

const START: &str = "gala/event_start@2026-05-03T09:00:00.000Z";

fn gala(more: &str) -> String {
    format!(
        r#"{{"event_id":"gala","start_datetime":"2026-05-03T09:00Z","end_datetime":"2026-05-03T17:00Z"{more}}}"#
    )
}

fn bench(config: Config) -> Bench {
    let mut bench = Bench::with(config, at("2026-05-01T00:00Z"));
    bench.tick(bench.now);
    bench
}

fn sentence(bench: &Bench, id: &str) -> String {
    bench.scheduler.explain(id, Now::exact(bench.now)).sentence
}

/// Each way in which a trigger can be, how it comes about, and what is said of it.
#[test]
fn every_state_of_a_trigger_has_its_sentence() {
    type Story = (&'static str, fn(&mut Bench), &'static str);
    let stories: &[Story] = &[
        (
            "queued",
            |bench| {
                bench.upsert(&gala(""));
            },
            "event_start of gala is due at 2026-05-03T09:00:00.000Z, in 2 d 9 h, and fires then.",
        ),
        (
            "due",
            |bench| {
                bench.upsert(&gala(""));
                bench.now = at("2026-05-03T09:00Z");
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and fires at the next tick.",
        ),
        (
            "paused",
            |bench| {
                bench.upsert(&gala(""));
                bench.handle(Input::Pause { reason: "the venue burns" });
                bench.tick(at("2026-05-03T09:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z, but nothing fires since 2026-05-01T00:00:00.000Z: paused (the venue burns).",
        ),
        (
            "waits",
            |bench| {
                bench.upsert(&gala("").replace("gala", "ball").replace("T09:00Z", "T08:00Z"));
                bench.upsert(&gala("").replace("gala", "fair").replace("T09:00Z", "T08:00Z"));
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T12:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and waits to be delivered (recovered) behind 1 other.",
        ),
        (
            "waits elsewhere",
            |bench| {
                bench.upsert(&gala(""));
                bench.handle(Input::SetActing(false));
                bench.tick(at("2026-05-03T09:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and waits: another tab or node is to deliver it.",
        ),
        (
            "in flight",
            |bench| {
                bench.handle(Input::SetHandled(KindSet::ALL));
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T09:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z; its handlers were called (attempt 1) and have not answered yet.",
        ),
        (
            "retrying",
            |bench| {
                bench.handle(Input::SetHandled(KindSet::ALL));
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T09:00Z"));
                bench.handle(Input::Fail {
                    trigger_id: START,
                    attempt: 1,
                    reason: "no mail server",
                    random: 0.5,
                });
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z; attempt 1 failed, the next one follows at 2026-05-03T09:00:00.500Z.",
        ),
        (
            "dead letter",
            |bench| {
                bench.handle(Input::SetHandled(KindSet::ALL));
                bench.upsert(&gala(""));
                for attempt in 1..=3 {
                    bench.tick(at("2026-05-03T09:00Z").saturating_add_ms(i64::from(attempt - 1) * 5_000));
                    bench.handle(Input::Fail {
                        trigger_id: START,
                        attempt,
                        reason: "no mail server",
                        random: 0.5,
                    });
                }
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was given up after its last attempt failed (no mail server); it can be retried.",
        ),
        (
            "delivered",
            |bench| {
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T09:00Z").saturating_add_ms(120));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was delivered 120 ms later (on_time, attempt 1).",
        ),
        (
            "expired",
            |bench| {
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-05T09:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was found too late for the catch-up window: only the state was set.",
        ),
        (
            "superseded",
            |bench| {
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T18:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was missed; a later trigger of the event was due too, and only the latest is delivered.",
        ),
        (
            "skipped",
            |bench| {
                bench.upsert(&gala(""));
                bench.handle(Input::Pause { reason: "stocktaking" });
                bench.now = at("2026-05-03T12:00Z");
                bench.handle(Input::Resume { from: ResumeFrom::Now });
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was missed; it was skipped, only the state was set.",
        ),
        (
            "settled elsewhere",
            |bench| {
                bench.upsert(&gala(""));
                bench.handle(Input::Settled { trigger_id: START });
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and was settled by another tab or node.",
        ),
        (
            "placed in the past",
            |bench| {
                bench.now = at("2026-05-03T12:00Z");
                bench.upsert(&gala(""));
            },
            "event_start of gala never fires: its time 2026-05-03T09:00:00.000Z lay too far in the past when it was made known at 2026-05-03T12:00:00.000Z, so only the state was set.",
        ),
        (
            "forgotten",
            |bench| {
                bench.upsert(&gala(""));
                bench.tick(at("2026-05-03T09:00Z"));
                bench.tick(at("2026-05-06T09:00Z"));
            },
            "event_start of gala was due at 2026-05-03T09:00:00.000Z and fired then; what became of it is not remembered any more.",
        ),
        (
            "moved",
            |bench| {
                bench.upsert(&gala(""));
                bench.upsert(&gala("").replace("T09:00Z", "T10:00Z"));
            },
            "event_start of gala never fires at 2026-05-03T09:00:00.000Z: it is due at 2026-05-03T10:00:00.000Z now.",
        ),
        (
            "gate closed",
            |bench| {
                bench.upsert(&gala(r#","event_approval_status":"pending_approval""#));
            },
            "event_start of gala does not fire at 2026-05-03T09:00:00.000Z: the event is pending_approval.",
        ),
        (
            "draft",
            |bench| {
                bench.upsert(r#"{"event_id":"gala","start_datetime":"2026-05-03T09:00Z"}"#);
            },
            "event_start of gala does not fire at 2026-05-03T09:00:00.000Z: the event is a draft until it has both a start and an end.",
        ),
        (
            "removed",
            |bench| {
                bench.upsert(&gala(""));
                bench.remove("gala");
            },
            "event_start of gala never fires: the event was removed at 2026-05-01T00:00:00.000Z.",
        ),
        (
            "quarantined",
            |bench| {
                load(bench, br#"[{"event_id":"gala","start_datetime":"soon"}]"#);
            },
            "event_start of gala does not fire: the event cannot be understood.",
        ),
        ("unknown", |_| {}, "event_start of gala is unknown: there is no such event."),
    ];
    for (name, story, wanted) in stories {
        let mut missed = [MissedPolicy::All; 6];
        if *name == "superseded" {
            missed = [MissedPolicy::Latest; 6];
        }
        let recovery = RecoveryPolicy { missed, ..RecoveryPolicy::default() };
        let mut bench = bench(Config { recovery, ..Config::default() });
        story(&mut bench);
        assert_eq!(sentence(&bench, START), *wanted, "{name}");
    }
}

#[test]
fn an_event_is_explained_with_all_its_triggers_and_what_was_decided_of_them() {
    let mut bench = bench(Config::default());
    bench.upsert(&gala(r#","registration_end_date":"2026-05-02T00:00Z","revision":4"#));
    bench.tick(at("2026-05-02T00:00Z"));
    let explanation = bench.scheduler.explain("gala", Now::exact(bench.now));
    assert_eq!(
        explanation.sentence,
        "gala is registration_closed; event_start of gala is due at 2026-05-03T09:00:00.000Z, in 1 d 9 h, and fires then."
    );
    let facts = explanation.event.expect("tracked");
    assert_eq!((facts.revision, facts.provisional), (Some(4), true));
    let states: Vec<_> =
        explanation.triggers.iter().map(|trigger| (trigger.kind.as_str(), &trigger.state)).collect();
    assert!(matches!(states[0], ("registration_close", TriggerState::Settled { fate: Fate::Delivered, .. })));
    assert_eq!(states[1..], [("event_start", &TriggerState::Queued), ("event_end", &TriggerState::Queued)]);
    assert_eq!(explanation.decisions.len(), 1);
}

#[test]
fn an_uncertain_clock_is_mentioned() {
    let mut bench = bench(Config::default());
    bench.upsert(&gala(""));
    let unsure = Now { wall: bench.now, error_ms: 90_000 };
    let sentence = bench.scheduler.explain(START, unsure).sentence;
    assert!(sentence.ends_with("The clock may be off by 1 min 30 s."), "{sentence}");
}

#[test]
fn ids_with_slashes_and_at_signs_are_told_apart_from_triggers() {
    let mut bench = bench(Config::default());
    let awkward = "a/event_start@2026-05-03T09:00:00.000Z";
    bench.upsert(&gala("").replace("gala", awkward));
    assert!(sentence(&bench, awkward).contains("is registration_not_required"));
    let trigger = format!("{awkward}/event_start@2026-05-03T09:00:00.000Z");
    assert!(sentence(&bench, &trigger).ends_with("and fires then."));
    assert_eq!(sentence(&bench, "nobody"), "There is no event nobody.");
}

#[test]
fn the_decision_log_keeps_the_newest() {
    let mut bench = bench(Config::default());
    for number in 0..10_050 {
        bench.handle(Input::Settled {
            trigger_id: &format!("e{number}/event_start@2026-05-03T09:00:00.000Z"),
        });
    }
    let numbers: Vec<u64> = bench.scheduler.decisions().map(|decision| decision.number).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[9_999]), (10_000, 10_050, 51));
}

#[test]
fn a_simulation_shows_what_fires_and_touches_nothing() {
    let mut bench = bench(Config::default());
    bench.upsert(&gala(""));
    bench.upsert(&gala("").replace("gala", "ball").replace("T09:00Z", "T10:00Z"));
    let before = bench.scheduler.snapshot();
    let simulated = |bench: &Bench, until: &str, events: &[EventDefinition<'_>]| -> Vec<String> {
        let simulation = bench.scheduler.simulate(at(until), events, Now::exact(bench.now));
        assert!(simulation.complete);
        simulation
            .triggers
            .iter()
            .map(|fired| format!("{} → {}", fired.trigger.trigger_id, fired.after.sub_status()))
            .collect()
    };
    assert_eq!(
        simulated(&bench, "2026-05-03T10:00Z", &[]),
        [
            "gala/event_start@2026-05-03T09:00:00.000Z → event_started",
            "ball/event_start@2026-05-03T10:00:00.000Z → event_started",
        ]
    );
    let moved = gala("").replace("T09:00Z", "T11:00Z");
    let added = gala("").replace("gala", "fair").replace("T09:00Z", "T10:00Z");
    let events = [&moved, &added]
        .map(|json| EventDefinition::from_json(json.as_bytes(), &Default::default()).expect("valid"));
    assert_eq!(
        simulated(&bench, "2026-05-03T11:00Z", &events),
        [
            "ball/event_start@2026-05-03T10:00:00.000Z → event_started",
            "fair/event_start@2026-05-03T10:00:00.000Z → event_started",
            "gala/event_start@2026-05-03T11:00:00.000Z → event_started",
        ]
    );
    assert!(bench.scheduler.snapshot() == before);
}

#[test]
fn a_simulation_that_goes_too_far_says_that_there_is_more() {
    let mut bench = bench(Config::default());
    let events: Vec<String> =
        (0..5_001).map(|number| gala("").replace("gala", &format!("e{number}"))).collect();
    load(&mut bench, format!("[{}]", events.join(",")).as_bytes());
    let simulation = bench.scheduler.simulate(Timestamp::MAX, &[], Now::exact(bench.now));
    assert_eq!((simulation.triggers.len(), simulation.complete), (10_000, false));
}
