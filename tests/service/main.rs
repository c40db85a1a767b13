//! The decisions of the scheduling service: tables of cases, and laws.
#![cfg(not(target_arch = "wasm32"))]

mod attempts;
mod planning;
mod times;

use client_event_scheduler::Timestamp;

/// The instant so many seconds after 2026-05-01T00:00:00Z.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_777_593_600_000 + seconds * 1000).expect("an instant")
}
