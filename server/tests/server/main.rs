//! The server as its clients see it: each test starts a real one with a database file of its own.

mod access_abuse;
mod access_audit;
mod access_keys;
mod access_roles;
mod access_sessions;
mod bad_inputs;
mod concurrency;
mod demo;
mod events;
mod feed;
mod limits;
mod nodes;
mod operations;
mod orders;
mod pages;
mod program;
mod scheduling;
mod storage;
mod support;
mod telemetry;
mod transfer;
