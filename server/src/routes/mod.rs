//! The HTTP routes: thin, each one reads its arguments, asks, and answers.

pub mod admin_events;
pub mod after_seq;
pub mod api_keys;
pub mod audit;
mod extract;
pub mod feed;
mod fields;
pub mod health;
pub mod metrics;
pub mod openapi;
pub mod scheduler;
mod scheduler_views;
mod service_delivery;
pub mod service_events;
pub mod session;
pub mod static_files;
mod streamed;
pub mod sync;
pub mod users;

pub use extract::{BodyPatience, Id, Id as EventId, JsonBody, OptionalJsonBody, Parameters, page_limit};
pub use fields::Fields;
use streamed::streamed;
