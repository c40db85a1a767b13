//! Decisions of provider sync: how often at most, in which order, and what is made of the answers.

#![cfg(not(target_arch = "wasm32"))]

mod answers;
mod budget;
mod cycle;
mod month;

use client_event_scheduler::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("an instant")
}
