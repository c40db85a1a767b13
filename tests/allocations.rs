//! What allocates and what must not.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use client_event_scheduler::time::{Reading, Sample, ServerClock};
use client_event_scheduler::{
    Approval, EventDefinition, Input, Now, Payload, Scheduler, Source, Timestamp, WindowField, Windows,
};
use support::{Bench, second};

/// Counts the allocations of each thread, so that tests beside this one do not matter.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that ends has no counter any more, and nobody who reads it.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: every call is handed to the system's allocator as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates on this thread.
fn allocations_of<T>(work: impl FnOnce() -> T) -> u64 {
    let before = ALLOCATIONS.get();
    let result = black_box(work());
    let after = ALLOCATIONS.get();
    drop(result);
    after - before
}

/// A scheduler with that many events, the first of which is due after 10 000 s, ticked once.
fn filled(events: usize) -> Scheduler {
    let mut bench = Bench::new(second(0));
    for number in 0..events {
        let due = 10_000 + (number * 7919 % events) as i64;
        let mut windows = Windows::NONE;
        windows.set(WindowField::Start, Some(second(due)));
        windows.set(WindowField::End, Some(second(due + 3600)));
        let definition = EventDefinition {
            event_id: format!("event-{number}").into(),
            windows,
            approval: Approval::OPEN,
            revision: None,
        };
        bench.handle(Input::Upsert { definition, payload: Payload::External, source: Source::Local });
    }
    bench.tick(second(0));
    bench.scheduler
}

fn ticks(scheduler: &mut Scheduler, seconds: std::ops::Range<i64>) -> u64 {
    allocations_of(|| {
        for at in seconds.step_by(10) {
            scheduler.handle(Input::Tick, Now::exact(second(at))).expect("a tick is never refused");
            assert_eq!(scheduler.poll_output(), None, "idle");
            assert!(scheduler.next_deadline().is_some());
        }
    })
}

#[test]
fn the_counter_sees_every_way_to_allocate() {
    assert_eq!(allocations_of(|| 1 + 1), 0);
    assert_eq!(allocations_of(|| Box::new(1)), 1);
    assert_eq!(allocations_of(|| vec![0_u8; 100]), 1, "zeroed");
    let mut list: Vec<u64> = Vec::with_capacity(1);
    assert_eq!(allocations_of(|| list.extend([1, 2])), 1, "grown");
}

#[test]
fn an_idle_tick_allocates_nothing_however_many_events_there_are() {
    for events in [100, 100_000] {
        let mut scheduler = filled(events);
        assert_eq!(ticks(&mut scheduler, 10..9_990), 0, "{events} events");
    }
}

#[test]
fn an_idle_tick_allocates_nothing_while_what_has_fired_is_forgotten() {
    let mut scheduler = filled(100);
    for at in 20_000..20_500 {
        scheduler.handle(Input::Tick, Now::exact(second(at))).expect("a tick is never refused");
        while scheduler.poll_output().is_some() {}
    }
    // Two days and more.
    assert_eq!(ticks(&mut scheduler, 20_500..200_000), 0);
}

#[test]
fn a_tick_that_fires_allocates_what_it_delivers() {
    let mut scheduler = filled(100);
    let fired = allocations_of(|| scheduler.handle(Input::Tick, Now::exact(second(10_050))));
    assert!(fired > 0, "or the counter is blind to the scheduler");
}

#[test]
fn asking_for_the_servers_time_allocates_nothing() {
    let reading = |ms: u64| Reading {
        wall: Timestamp::from_millis_clamped(1_780_000_000_000 + ms as i64),
        monotonic_ms: ms,
    };
    let mut clock = ServerClock::default();
    for ms in 0..20 {
        let (sent, received) = (reading(ms * 1000), reading(ms * 1000 + 40));
        let server = second(ms as i64);
        clock.observe(Sample { sent, received, server_received: server, server_sent: server });
    }
    // A leap of the wall clock included.
    let stepped = Reading { wall: second(7_200), monotonic_ms: 120_000 };
    let asked = || [reading(60_000), reading(90_000), stepped].map(|reading| clock.now(reading));
    assert_eq!(allocations_of(asked), 0);
}
