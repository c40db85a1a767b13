//! Pure decisions: no clock, no I/O, no randomness, no JavaScript.
//!
//! Modules, an arrow meaning "is used by": `error, limits ← time ← event ← trigger ← scheduler`, and `sync` beside them. Nothing points back.

pub mod error;
pub mod event;
pub mod limits;
pub mod scheduler;
pub mod sync;
pub mod time;
pub mod trigger;
