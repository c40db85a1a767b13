//! The HTTP routes: thin, each one reads its arguments, asks, and answers.

pub mod admin_events;
pub mod after_seq;
mod extract;
pub mod feed;
pub mod health;
pub mod openapi;
pub mod static_files;
mod streamed;

pub use extract::{EventId, JsonBody, Parameters};
use streamed::streamed;
