//! Pure decisions: no clock, no I/O, no randomness, no JavaScript.
//!
//! Modules, an arrow meaning "is used by": `error, limits, index, sorting, json ← time ← recurrence ← event ← trigger ← {recovery, delivery, sync} ← scheduler ← {service, providers}`. Nothing points back.

pub mod delivery;
pub mod error;
pub mod event;
pub(crate) mod index;
pub(crate) mod json;
pub mod limits;
pub mod providers;
pub mod recovery;
pub mod recurrence;
pub mod scheduler;
pub mod service;
pub(crate) mod sorting;
pub mod sync;
pub mod time;
pub mod trigger;
