//! Recurrences.
#![cfg(not(target_arch = "wasm32"))]

mod asked;
mod clock_changes;
mod cron;
mod dateutil;
mod drawn;
mod forms;
mod laws;
mod plans;
mod policies;
mod previews;
mod published;
mod reference;
mod words;
