//! Reference back end of client-event-scheduler: stores events, runs the same core as the page on them, and feeds every page.
//!
//! Modules, an arrow meaning "is used by":
//! `clock, secret, problem ← store ← access ← events ← host ← feed ← routes, guard ← app`. SQL is known to `store` alone, HTTP to
//! `problem`, `guard`, `access`, `routes`, `serving`, `outbound`, which calls other servers, and the bodies that `feed` makes, but for the headers that `events` reads; the
//! core is driven by `host` and asked for the meaning of documents by `events`. What lists filter and sort by is derived in
//! `events::index` and written by `store` together with the event. `providers` reads events of other systems into `events`. `config` lists the settings, `settings` reads them; `commands` is what the program does besides
//! serving; `telemetry` is what it tells.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use client_event_scheduler_server::{Config, DatabaseAddress, start};
//!
//! let server = start(Config::new(DatabaseAddress::file("events.db"))).await?;
//! println!("http://{}", server.address());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod access;
pub mod app;
mod cleaning;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod events;
pub mod feed;
pub mod guard;
pub mod host;
pub mod outbound;
pub mod problem;
pub mod providers;
pub mod routes;
pub mod secret;
pub mod service;
pub mod serving;
pub mod settings;
pub mod store;
pub mod telemetry;

pub use app::{RunningServer, StartError, start};
pub use config::{Args, Config};
pub use settings::{Settings, SettingsError};
pub use store::DatabaseAddress;
