//! The HTTP routes: thin, each one reads its arguments, asks, and answers.

pub mod admin_events;
mod extract;
pub mod feed;
pub mod health;
pub mod metrics;
pub mod scheduler;
mod scheduler_views;
pub mod static_files;

pub use extract::{BodyPatience, EventId, JsonBody, Parameters};
