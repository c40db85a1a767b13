//! What a large event costs, and what many events cost in each cycle.
//!
//! The suite runs a small form; `cargo xtask bench --providers` a large one, and prints what it measured. The provider is in the same
//! process: its part of the memory is there before the sync begins.

use std::time::{Duration, Instant};

use client_event_scheduler_server::clock::Clock as _;
use client_event_scheduler_server::providers::sync::CYCLE_MS;

use super::sync::Desk;
use super::{add_race, start};

/// Calls that are enough for everything here.
const CALLS_PER_HOUR: u32 = 1_000_000;

/// Cycles over which the cost of one is averaged.
const CYCLES: u32 = 20;

fn is_large() -> bool {
    std::env::var("CES_PROVIDERS_COST").is_ok()
}

/// Resident memory of this process in MB: now, and at most since it was asked for last; none where the system does not tell.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
    };
    let told = of("VmRSS:").zip(of("VmHWM:"));
    // From here on the highest is that of what comes.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    told
}

fn per_second(count: u64, took: Duration) -> u64 {
    (count as f64 / took.as_secs_f64().max(1e-9)) as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_event_is_read_page_by_page() {
    let participants: u64 = if is_large() { 100_000 } else { 3_000 };
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(480));
    for id in 1..=participants {
        // The last one is later than the look-back, which else would reach all of them once more.
        desk.clock.advance(if id == participants { 60_000 } else { 0 });
        desk.simulator.register(10, id, false, 0);
    }
    desk.add_runsignup("club", CALLS_PER_HOUR).await;
    let before = memory();
    let began = Instant::now();
    while desk.provided("club").await.first().is_none_or(|event| event.synced_at.is_none()) {
        desk.cycle().await;
        desk.clock.advance(CYCLE_MS);
    }
    let took = began.elapsed();
    let after = memory();
    assert_eq!(u64::from(desk.provided("club").await[0].participants), participants);
    println!(
        "{participants} participants: {:.1} s, {} rows a second; resident MB (now, peak) before {before:?}, after {after:?}",
        took.as_secs_f64(),
        per_second(participants, took)
    );
    // A thousandth of them changes, a day later.
    desk.clock.advance(24 * 3_600_000);
    for id in (1..=participants).step_by(1_000) {
        desk.simulator.register(10, id, true, 0);
    }
    let began = Instant::now();
    desk.cycle().await;
    println!(
        "{} of them changed: {:.1} ms",
        participants.div_ceil(1_000),
        began.elapsed().as_secs_f64() * 1e3
    );
    let left = participants - participants.div_ceil(1_000);
    assert_eq!(u64::from(desk.provided("club").await[0].participants), left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_due_costs_little() {
    for count in if is_large() { vec![100, 1_000, 10_000_u64] } else { vec![50] } {
        let desk = Desk::open().await;
        for race in 1..=count {
            add_race(&desk.simulator, race, "UTC", &start(480));
        }
        desk.add_runsignup("club", CALLS_PER_HOUR).await;
        let began = Instant::now();
        desk.cycle().await;
        let first = began.elapsed();
        // As if each had been asked for just now.
        let mut transaction = desk.sync.store.begin_write().await.expect("a transaction");
        let mut rows = desk.provided("club").await;
        assert_eq!(rows.len() as u64, count);
        for row in &mut rows {
            row.synced_at = Some(desk.clock.now());
            transaction.put_provided_event(row).await.expect("it is written");
        }
        transaction.commit_apart().await.expect("it is written");
        desk.simulator.world().requests.clear();
        let began = Instant::now();
        for _ in 0..CYCLES {
            desk.cycle().await;
        }
        let idle = began.elapsed() / CYCLES;
        assert!(desk.simulator.world().requests.is_empty(), "nothing is due");
        println!(
            "{count} events: listed for the first time in {:.2} s ({} a second), a cycle in which none is due {:.2} ms, memory {:?}",
            first.as_secs_f64(),
            per_second(count, first),
            idle.as_secs_f64() * 1e3,
            memory()
        );
    }
}
