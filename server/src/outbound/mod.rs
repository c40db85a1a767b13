//! Calling other servers without becoming anybody's way into a network.
//!
//! A name is resolved here, every address of it is judged, and just the addresses that were judged are connected to. Redirects are not
//! followed, and of an answer no more is read than the caller allows.

mod address;
mod client;
mod judge;

pub use client::{Answer, CallError, Outbound};
