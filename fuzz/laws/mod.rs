//! What must hold of any bytes whatever. The fuzz targets hand them in as they find them, `tests/fuzz_corpus.rs` replays what was
//! found on a stable toolchain.

#![allow(dead_code, reason = "every fuzz target uses one of them")]

mod event_json;
mod inputs;
mod recurrence;
mod snapshot;

pub(crate) use event_json::event_json;
pub(crate) use inputs::inputs;
pub(crate) use recurrence::recurrence;
pub(crate) use snapshot::snapshot;
