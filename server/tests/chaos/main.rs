//! Server processes that are killed, cut off from their database and started again while triggers come due and events are edited.
//! Whatever happens, every trigger is settled once, in the order of its event, and the feed has no gap.
//!
//! The short form is part of `cargo test`; `cargo xtask soak --server` runs the long one. `CES_SEED` repeats a run,
//! `CES_CHAOS_TRIGGERS` and `CES_CHAOS_SECONDS` say how many triggers come due in how much time.

mod laws;
mod node;
#[path = "../server/support/postgres.rs"]
mod postgres;
mod proxy;
mod random;
mod scenario;
mod writers;

use scenario::{Plan, Report};

/// How long something may take that has to happen.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_sqlite_that_is_killed_again_and_again_settles_every_trigger_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = scenario::on_sqlite(&Plan::from_environment(), folder.path()).await;
    print(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_nobody_disturbs_settles_every_trigger_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = scenario::undisturbed(&Plan::from_environment(), folder.path()).await;
    print(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_on_postgres_killed_and_cut_off_settle_every_trigger_once() {
    let report = scenario::on_postgres(&Plan::from_environment(), 4).await;
    print(&report);
}

/// A line for a table of results; a test's output is shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the result of a run is for people")]
fn print(report: &Report) {
    println!("{report}");
}
