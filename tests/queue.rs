//! The queue against a sorted vector.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use client_event_scheduler::{
    Approval, EventDefinition, Input, Payload, Source, TriggerKind, WindowField, Windows, due_times,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{Bench, second};

#[derive(Debug, Clone)]
enum Step {
    Upsert(u8, [Option<i64>; 6]),
    Remove(u8),
    Tick(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    // Few ids and few instants, so that they meet.
    let dates = prop::array::uniform6(prop::option::weighted(0.8, 0_i64..40));
    prop_oneof![
        6 => (0_u8..24, dates).prop_map(|(id, dates)| Step::Upsert(id, dates)),
        2 => (0_u8..24).prop_map(Step::Remove),
        1 => (0_i64..3).prop_map(Step::Tick),
    ]
}

fn event(id: u8, dates: [Option<i64>; 6]) -> EventDefinition<'static> {
    let mut windows = Windows::NONE;
    for (field, date) in WindowField::ALL.into_iter().zip(dates) {
        windows.set(field, date.map(second));
    }
    EventDefinition {
        event_id: format!("event-{id}").into(),
        windows,
        approval: Approval::OPEN,
        revision: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_queue_is_the_sorted_list_of_what_is_still_to_come(steps in prop::collection::vec(any_step(), 1..60)) {
        // No grace: then what waits is exactly what lies ahead.
        let config = client_event_scheduler::Config { backdate_grace_ms: 0, ..Default::default() };
        let mut bench = Bench::with(config, second(0));
        let mut model: BTreeMap<u8, EventDefinition<'static>> = BTreeMap::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Upsert(id, dates) => {
                    let definition = event(id, dates);
                    model.insert(id, definition.clone());
                    bench.handle(Input::Upsert { definition, payload: Payload::External, source: Source::Local });
                }
                Step::Remove(id) => {
                    model.remove(&id);
                    bench.remove(&format!("event-{id}"));
                }
                Step::Tick(seconds) => {
                    now += seconds;
                    bench.tick(second(now));
                }
            }
            let mut expected = Vec::new();
            for definition in model.values() {
                let due = due_times(definition);
                for kind in TriggerKind::ALL {
                    expected.extend(due.get(kind).filter(|at| *at > second(now)).map(|at| (at, kind, definition.event_id.clone().into_owned())));
                }
            }
            expected.sort();
            let queue: Vec<_> = bench.scheduler.queue(usize::MAX).into_iter().map(|queued| (queued.due_at, queued.kind, queued.event_id)).collect();
            prop_assert_eq!(&queue, &expected);
            prop_assert_eq!(bench.scheduler.status().triggers_queued, expected.len());
            prop_assert_eq!(bench.scheduler.next_due(), expected.first().map(|(at, ..)| *at));
            let few: Vec<_> = bench.scheduler.queue(3).into_iter().map(|queued| queued.due_at).collect();
            prop_assert_eq!(few, expected.iter().take(3).map(|(at, ..)| *at).collect::<Vec<_>>());
        }
    }
}
