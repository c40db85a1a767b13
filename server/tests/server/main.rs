//! The server as its clients see it: each test starts a real one with a database file of its own.

mod bad_inputs;
mod batches;
mod calendars;
mod concurrency;
mod demo;
mod description;
mod events;
mod feed;
mod imports;
mod lists;
mod pages;
mod program;
mod requests;
mod scheduling;
mod support;
