//! Single operations, by the number of events that are there already.

use std::time::Duration;

use client_event_scheduler::{
    Approval, Config, EventDefinition, Input, Now, Payload, RecoveryPolicy, Scheduler, Source, Timestamp,
    WindowField, Windows, limits,
};

use crate::curve::{Curve, in_batches, timed};
use crate::data::{BEGIN_MS, Lcg, drain, event_id, event_json, upsert};

/// A scheduler with that many events, none of which is due, and its clock.
struct Filled {
    scheduler: Scheduler,
    events: usize,
    random: Lcg,
    now_ms: i64,
}

pub(crate) fn measure(curve: &mut Curve, events: usize) {
    let mut filled = Filled::new(events);
    curve.measure("idle tick", events, |times| filled.idle_ticks(times));
    curve.measure("next_deadline", events, |times| filled.next_deadlines(times));
    curve.measure("add", events, |times| in_batches(times, |batch| filled.add(batch)));
    curve.measure("update", events, |times| in_batches(times, |batch| filled.update(batch)));
    curve.measure("remove", events, |times| in_batches(times, |batch| filled.remove(batch)));
    curve.measure("tick, 10 due", events, |times| (0..times).map(|_| filled.tick_with_10_due()).sum());
}

impl Filled {
    fn new(events: usize) -> Self {
        // What has fired is to be forgotten soon, or the longest benchmark measures the memory of it.
        let max_events = limits::CONFIGURABLE_MAX_EVENTS;
        let recovery = RecoveryPolicy { max_downtime_hours: 0, ..RecoveryPolicy::default() };
        let config = Config { max_events, recovery, ..Config::default() };
        let scheduler = Scheduler::new(config).expect("valid settings");
        // Room for the batches that are added on top.
        let events = events.min(limits::CONFIGURABLE_MAX_EVENTS as usize - 1_000);
        let mut filled = Self { scheduler, events, random: Lcg(1), now_ms: BEGIN_MS };
        for number in 0..filled.events {
            let json = event_json(number, &mut filled.random);
            let now = filled.now();
            upsert(&mut filled.scheduler, &json, now);
        }
        filled.tick();
        filled
    }

    fn now(&self) -> Now {
        Now::exact(Timestamp::from_millis_clamped(self.now_ms))
    }

    fn tick(&mut self) {
        self.scheduler.handle(Input::Tick, self.now()).expect("a tick is never refused");
    }

    fn idle_ticks(&mut self, times: u64) -> Duration {
        timed(|| {
            for _ in 0..times {
                self.now_ms += 1;
                self.tick();
                assert!(!self.scheduler.has_output());
            }
        })
    }

    fn next_deadlines(&mut self, times: u64) -> Duration {
        timed(|| {
            for _ in 0..times {
                std::hint::black_box(std::hint::black_box(&self.scheduler).next_deadline());
            }
        })
    }

    fn texts(&mut self, numbers: impl Iterator<Item = usize>) -> Vec<String> {
        numbers.map(|number| event_json(number, &mut self.random)).collect()
    }

    /// Different numbers of events that are there.
    fn some(&mut self, batch: usize) -> Vec<usize> {
        let step = (self.events / batch).max(1);
        let first = self.random.below(step as u64) as usize;
        (0..batch).map(|index| (first + index * step) % self.events).collect()
    }

    fn upsert_all(&mut self, texts: &[String]) {
        let now = self.now();
        for json in texts {
            upsert(&mut self.scheduler, json, now);
            drain(&mut self.scheduler);
        }
    }

    fn remove_all(&mut self, ids: &[String]) {
        let now = self.now();
        for event_id in ids {
            self.scheduler
                .handle(Input::Remove { event_id, revision: None, source: Source::Local }, now)
                .expect("accepted");
        }
    }

    fn add(&mut self, batch: usize) -> Duration {
        let new = self.events..self.events + batch;
        let ids: Vec<String> = new.clone().map(event_id).collect();
        let texts = self.texts(new);
        let took = timed(|| self.upsert_all(&texts));
        assert_eq!(self.scheduler.status().events_tracked, self.events + batch);
        self.remove_all(&ids);
        took
    }

    fn update(&mut self, batch: usize) -> Duration {
        let numbers = self.some(batch);
        let texts = self.texts(numbers.into_iter());
        let took = timed(|| self.upsert_all(&texts));
        assert_eq!(self.scheduler.status().events_tracked, self.events);
        took
    }

    fn remove(&mut self, batch: usize) -> Duration {
        let numbers = self.some(batch);
        let ids: Vec<String> = numbers.iter().copied().map(event_id).collect();
        let texts = self.texts(numbers.into_iter());
        let took = timed(|| self.remove_all(&ids));
        self.upsert_all(&texts);
        assert_eq!(self.scheduler.status().events_tracked, self.events);
        took
    }

    /// One tick an hour, with ten events that start at it.
    fn tick_with_10_due(&mut self) -> Duration {
        const HOUR_MS: i64 = 3_600_000;
        let mut windows = Windows::NONE;
        for (field, hours) in [(WindowField::Start, 1), (WindowField::End, 10)] {
            let at_ms = self.now_ms + hours * HOUR_MS;
            windows.set(field, Some(Timestamp::from_millis_clamped(at_ms)));
        }
        let ids: Vec<String> = (0..10).map(|index| format!("due-{index}")).collect();
        for id in &ids {
            let event_id = id.as_str().into();
            let definition = EventDefinition { event_id, windows, approval: Approval::OPEN, revision: None };
            let input = Input::Upsert { definition, payload: Payload::External, source: Source::Local };
            self.scheduler.handle(input, self.now()).expect("accepted");
        }
        drain(&mut self.scheduler);
        self.now_ms += HOUR_MS;
        let mut outputs = 0;
        let took = timed(|| {
            self.tick();
            outputs = drain(&mut self.scheduler);
        });
        assert!(outputs >= 10, "ten have fired");
        self.remove_all(&ids);
        took
    }
}
