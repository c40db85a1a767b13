//! Event-lifecycle scheduler.
