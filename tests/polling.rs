//! When a back end that sends nothing by itself is asked, compared with a model that looks at every single millisecond.
#![cfg(not(target_arch = "wasm32"))]

use client_event_scheduler::sync::{NearPolling, Poll, PollTable};
use client_event_scheduler::{
    Config, EventDefinition, Input, Now, Payload, ProblemCode, Scheduler, Source, Timestamp,
};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis_clamped(millis)
}

/// The rows that count at `t`, each with the interval and the event for whose sake it counts.
fn rows_at<'a>(
    table: &'a PollTable,
    starts: &'a [i64],
    t: i64,
) -> impl Iterator<Item = (u32, Option<usize>)> + 'a {
    let near = starts.iter().enumerate().flat_map(move |(event, start)| {
        let counts = move |row: &&NearPolling| {
            start - t <= i64::from(row.within_ms) && t < start + i64::from(table.after_start_ms)
        };
        table.near.iter().filter(counts).map(move |row| (row.every_ms, Some(event)))
    });
    std::iter::once((table.idle_ms, None)).chain(near)
}

fn model(table: &PollTable, from: i64, phase: f64, starts: &[i64]) -> (i64, u32, Option<usize>) {
    let shift = (phase * f64::from(table.idle_ms)).floor() as i64;
    (from + 1..)
        .find_map(|t| {
            let asking =
                rows_at(table, starts, t).filter(|(every, _)| (t - shift).rem_euclid(i64::from(*every)) == 0);
            asking.min_by_key(|(every, event)| (*every, *event)).map(|(every, event)| (t, every, event))
        })
        .expect("the idle row asks again and again")
}

fn any_table() -> impl Strategy<Value = PollTable> {
    let row = (0_u32..200, 1_u32..40).prop_map(|(within_ms, every_ms)| NearPolling { within_ms, every_ms });
    (1_u32..120, proptest::collection::vec(row, 0..4), 0_u32..60)
        .prop_map(|(idle_ms, near, after_start_ms)| PollTable { idle_ms, near, after_start_ms })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_next_request_is_the_first_instant_at_which_a_row_that_counts_asks(
        table in any_table(),
        from in -300_i64..300,
        phase in 0.0_f64..1.0,
        starts in proptest::collection::vec(-300_i64..600, 0..5),
    ) {
        let given = starts.iter().enumerate().map(|(event, start)| (event, at(*start)));
        let Poll { at: next, every_ms, near } = table.next(at(from), phase, given);
        let (expected, every, event) = model(&table, from, phase, &starts);
        prop_assert_eq!((next.as_millis(), every_ms), (expected, every));
        match event {
            Some(event) => prop_assert_eq!(near, Some((event, at(starts[event])))),
            // An event whose row is no denser than the idle one changes nothing.
            None => prop_assert_eq!(near, None),
        }
    }

    #[test]
    fn a_client_asks_at_the_same_places_of_the_grid_whenever_it_is_asked(
        from in 0_i64..10 * DAY,
        later in 0_i64..HOUR,
        phase in 0.0_f64..1.0,
    ) {
        let table = PollTable::default();
        let next = table.next::<()>(at(from), phase, []).at;
        let again = table.next::<()>(at((from + later).min(next.as_millis() - 1)), phase, []).at;
        prop_assert_eq!(again, next);
    }
}

fn scheduler(events: &[(&str, i64)]) -> Scheduler {
    let mut scheduler = Scheduler::new(Config::default()).expect("valid settings");
    for (id, start) in events {
        add(&mut scheduler, id, *start, "");
    }
    scheduler
}

fn add(scheduler: &mut Scheduler, id: &str, start: i64, more: &str) {
    let json = format!(
        r#"{{"event_id":"{id}","start_datetime":"{}","end_datetime":"{}"{more}}}"#,
        at(start),
        at(start + HOUR)
    );
    let definition = EventDefinition::from_json(json.as_bytes(), &scheduler.date_context())
        .expect("a valid event")
        .into_owned();
    let input = Input::Upsert { definition, payload: Payload::Json(json.as_bytes()), source: Source::Local };
    scheduler.handle(input, Now::exact(at(0))).expect("taken");
}

fn intervals(scheduler: &Scheduler, from: i64, count: usize) -> Vec<(i64, u32)> {
    let polls = scheduler.preview_polls(at(from), 0.0).take(count);
    polls.map(|poll| (poll.at.as_millis(), poll.every_ms)).collect()
}

#[test]
fn the_table_is_four_hours_then_a_quarter_of_an_hour_then_a_minute() {
    let start = 10 * DAY + 2 * HOUR;
    let known = scheduler(&[("gala", start)]);
    let quarter = 15 * MINUTE as u32;
    let far = start - 32 * HOUR;
    assert_eq!(
        intervals(&known, far, 4),
        [
            (far + 2 * HOUR, 4 * HOUR as u32),
            (far + 6 * HOUR, 4 * HOUR as u32),
            (start - 24 * HOUR, quarter),
            (start - 24 * HOUR + 15 * MINUTE, quarter),
        ]
    );
    let near = intervals(&known, start - 4 * HOUR - 1, 301);
    assert_eq!(near[0], (start - 4 * HOUR, MINUTE as u32));
    assert_eq!(near[1].0, near[0].0 + MINUTE);
    let last = near.iter().rposition(|(_, every)| *every == MINUTE as u32).expect("some");
    assert_eq!(near[last].0, start + HOUR - MINUTE, "until an hour after the start");
    assert_eq!(near[last + 1].0 - near[last].0, HOUR + MINUTE, "then not for its sake");
}

#[test]
fn the_nearest_event_counts_and_a_preview_names_it() {
    let known = scheduler(&[("far", 40 * DAY), ("near", 10 * DAY)]);
    let why = |from: i64| {
        let poll = known.preview_polls(at(from), 0.0).next().expect("without end");
        poll.near.map(|(id, start)| (id.to_owned(), start.as_millis()))
    };
    assert_eq!(why(5 * DAY), None);
    assert_eq!(why(10 * DAY - HOUR), Some(("near".to_owned(), 10 * DAY)));
    assert_eq!(why(40 * DAY - HOUR), Some(("far".to_owned(), 40 * DAY)));
}

#[test]
fn an_event_that_waits_for_approval_counts_and_one_that_is_off_does_not() {
    for (more, every) in [
        (r#","event_approval_status":"pending_approval""#, MINUTE),
        (r#","event_approval_status":"declined""#, 4 * HOUR),
        (r#","status":"cancelled""#, 4 * HOUR),
    ] {
        let mut known = scheduler(&[]);
        add(&mut known, "a", 10 * DAY, more);
        let poll = known.preview_polls(at(10 * DAY - HOUR), 0.0).next().expect("without end");
        assert_eq!(i64::from(poll.every_ms), every, "{more}");
    }
}

#[test]
fn clients_of_different_phases_ask_at_different_instants() {
    let known = scheduler(&[]);
    let mut instants: Vec<i64> =
        (0..128).map(|n| known.next_poll(at(0), f64::from(n) / 128.0).as_millis()).collect();
    instants.sort_unstable();
    assert_eq!(instants.first(), Some(&(4 * HOUR / 128)));
    assert!(instants.windows(2).all(|pair| pair[1] - pair[0] == 4 * HOUR / 128));
}

#[test]
fn a_table_that_would_ask_without_end_is_refused() {
    let table = PollTable::default();
    let every =
        |every_ms| PollTable { near: vec![NearPolling { within_ms: 1, every_ms }], ..PollTable::default() };
    for polling in [
        PollTable { idle_ms: 0, ..table.clone() },
        PollTable { idle_ms: u32::MAX, ..table.clone() },
        PollTable { after_start_ms: u32::MAX, ..table.clone() },
        PollTable { near: vec![table.near[0]; 9], ..table.clone() },
        PollTable { near: vec![NearPolling { within_ms: u32::MAX, every_ms: 1_000 }], ..table },
        every(0),
        every(999),
    ] {
        let refused = Scheduler::new(Config { polling, ..Config::default() }).expect_err("refused");
        assert_eq!(
            (refused.problems[0].field, refused.problems[0].code),
            ("polling", ProblemCode::SettingInvalid)
        );
    }
    assert!(Scheduler::new(Config { polling: every(1_000), ..Config::default() }).is_ok());
}
