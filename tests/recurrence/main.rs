//! Recurrences.
#![cfg(not(target_arch = "wasm32"))]

mod asked;
mod dateutil;
mod drawn;
mod laws;
mod published;
mod reference;
