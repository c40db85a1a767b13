//! The server as its clients see it: each test starts a real one with a database file of its own.

mod bad_inputs;
mod concurrency;
mod demo;
mod events;
mod feed;
mod limits;
mod operations;
mod orders;
mod pages;
mod program;
mod scheduling;
mod storage;
mod support;
mod telemetry;
mod transfer;
