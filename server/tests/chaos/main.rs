//! Server processes that are killed, cut off from their database and started again while triggers come due and events are edited.
//! Whatever happens, every trigger is settled once, in the order of its event, and the feed has no gap; and what other back ends have
//! scheduled takes effect.
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
mod service;
mod writers;

use scenario::Plan;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_killed_server_hands_over_whatever_other_back_ends_have_scheduled() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    print(&service::on_sqlite(Plan::from_environment().seed, folder.path()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_killed_nodes_on_postgres_hand_over_whatever_other_back_ends_have_scheduled() {
    print(&service::on_postgres(Plan::from_environment().seed, 3).await);
}

/// A line for a table of results; a test's output is shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the result of a run is for people")]
fn print(report: &impl std::fmt::Display) {
    println!("{report}");
}
