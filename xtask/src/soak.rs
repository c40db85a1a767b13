//! `cargo xtask soak`: the long form of what the suite runs short.

use std::fs;

use crate::args::Args;
use crate::process::Cmd;
use crate::tools::{self, Need};
use crate::workspace::Workspace;
use crate::{Result, build, chaos, python};

pub(crate) const USAGE: &str = "\
cargo xtask soak [--sim] [--fuzz] [--seconds N] [--seeds N] [--steps N] [--seed N]
cargo xtask soak --server [--triggers N] [--seconds N] [--seed N] [--runs N]
cargo xtask soak --tabs [--seconds N] [--runs N] [--seed N] [--faults NAME[,NAME …]] [--browser NAME]
                         [--json FILE]
cargo xtask soak --network [--runs N] [--seed N]
cargo xtask soak --providers [--partners N] [--events N] [--days N] [--seed N]
cargo xtask soak --celery [--occurrences N] [--seconds N] [--seed N]

  --sim        the core against its reference model, alone and in several tabs
  --fuzz       the fuzz targets; needs a nightly toolchain
  --server     server processes that are killed and cut off from their database, on SQLite and with four nodes on PostgreSQL
  --triggers N triggers that come due in a run of --server (20000), within --seconds (120)
  --tabs       tabs of a real browser that crash, hang, freeze and sleep
  --network    tabs and a back end between which much is lost, delayed, repeated and reordered (5000 runs)
  --providers  a simulated month of syncing with providers that fail, on SQLite: 13 partners (--partners N), 600 events, 30 days
  --events N   events of all partners of --providers (600), within --days N (30)
  --celery     Celery workers that are killed, behind Redis and RabbitMQ: 1000 occurrences within 120 s, or as many as --occurrences says
  --seconds N  stop each after this time (60 for a fuzz target)
  --seeds N    runs of the simulator (1000)
  --steps N    transitions a run (1000)
  --seed N     the first seed; with --seeds 1 or --runs 1 the only one
  --runs N     runs of each fault of --tabs (20), of --server (1), or of --network
  --faults …   these faults of --tabs only
  --browser …  chromium, or firefox, for --tabs
  --json FILE  what came of each run of --tabs

Without --sim, --fuzz, --server, --tabs, --network, --providers or --celery it is the first two.";

/// The fuzz targets, as `fuzz/Cargo.toml` names them.
const FUZZ_TARGETS: &[&str] = &["event_json", "snapshot", "inputs", "recurrence"];

/// Runs what was asked for.
///
/// # Errors
///
/// When something does not hold, or a tool is missing.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let (sim, fuzz, tabs) = (args.flag("--sim"), args.flag("--fuzz"), args.flag("--tabs"));
    let (server, network, celery) = (args.flag("--server"), args.flag("--network"), args.flag("--celery"));
    if args.flag("--providers") {
        let [partners, events, days] = [("--partners", 13), ("--events", 600), ("--days", 30)]
            .map(|(name, usual)| args.parsed(name).map(|given| given.unwrap_or(usual)));
        let settings = [partners?, events?, days?];
        let seed = args.parsed("--seed")?.unwrap_or(1);
        args.finish(USAGE)?;
        return provider_month(workspace, seed, settings);
    }
    let seconds: Option<u32> = args.parsed("--seconds")?;
    let seeds: u64 = args.parsed("--seeds")?.unwrap_or(1000);
    let steps: u64 = args.parsed("--steps")?.unwrap_or(1000);
    let seed: Option<u64> = args.parsed("--seed")?;
    if tabs {
        let (runs, faults, json) = (args.parsed("--runs")?, args.value("--faults")?, args.value("--json")?);
        let browser = args.value("--browser")?;
        args.finish(USAGE)?;
        return chaos::long(workspace, chaos::Settings { seed, runs, seconds, faults, browser, json });
    }
    if network {
        let runs: u64 = args.parsed("--runs")?.unwrap_or(5_000);
        args.finish(USAGE)?;
        return simulated_network(workspace, seed.unwrap_or(1), runs);
    }
    if celery {
        let occurrences: u32 = args.parsed("--occurrences")?.unwrap_or(1_000);
        args.finish(USAGE)?;
        tools::ensure(workspace, &[Need::PythonClient, Need::Brokers])?;
        let settings = [
            ("CES_SEED", seed.unwrap_or(1).to_string()),
            ("CES_CELERY_OCCURRENCES", occurrences.to_string()),
            ("CES_CELERY_SECONDS", seconds.unwrap_or(120).to_string()),
        ];
        return python::workers(workspace, &settings);
    }
    if server {
        let (runs, triggers) = (args.parsed("--runs")?, args.parsed("--triggers")?);
        args.finish(USAGE)?;
        return server_processes(workspace, seed.unwrap_or(1), runs.unwrap_or(1), triggers, seconds);
    }
    args.finish(USAGE)?;
    if sim || !fuzz {
        let mut command = Cmd::new(workspace, "cargo")
            .args(["test", "--release", "--package", "client-event-scheduler", "--test", "sim"])
            .args(["--", "--nocapture"])
            .env("CES_SIM_SEEDS", seeds.to_string())
            .env("CES_SIM_STEPS", steps.to_string());
        if let Some(seed) = seed {
            command = command.env("CES_SIM_SEED", seed.to_string());
        }
        if let Some(seconds) = seconds {
            command = command.env("CES_SIM_SECONDS", seconds.to_string());
        }
        command.run()?;
    }
    if fuzz || !sim {
        tools::ensure(workspace, &[Need::CargoFuzz])?;
        FUZZ_TARGETS.iter().try_for_each(|target| fuzz_target(workspace, target, seconds.unwrap_or(60)))?;
    }
    Ok(())
}

/// The npm package's own synchronising, on a simulated network: one seed after the other.
fn simulated_network(workspace: &Workspace, seed: u64, runs: u64) -> Result<()> {
    build::package(workspace)?;
    Cmd::new(workspace, "npm")
        .args(["test", "--workspace", "pkg", "--", "test/sync-network.test.ts"])
        .env("CES_SEED", seed.to_string())
        .env("CES_NETWORK_RUNS", runs.to_string())
        .run()
}

/// A month of syncing with partners that fail. Prints a line a partner, and what was checked in all.
fn provider_month(workspace: &Workspace, seed: u64, [partners, events, days]: [u64; 3]) -> Result<()> {
    Cmd::new(workspace, "cargo")
        .args(["test", "--release", "--package", "client-event-scheduler-server", "--test", "server"])
        .args(["--", "--nocapture", "providers::month"])
        .env("CES_SEED", seed.to_string())
        .env("CES_PROVIDERS_PARTNERS", partners.to_string())
        .env("CES_PROVIDERS_EVENTS", events.to_string())
        .env("CES_PROVIDERS_DAYS", days.to_string())
        .run()
}

/// Server processes that go down, one run a seed. Each prints a line of a table: store, nodes, seed, kills, cuts, epochs, triggers
/// settled, edits confirmed, lost, settled twice, lateness p50 / p95 / max of what no downtime delayed.
fn server_processes(
    workspace: &Workspace,
    seed: u64,
    runs: u64,
    triggers: Option<u64>,
    seconds: Option<u32>,
) -> Result<()> {
    tools::ensure(workspace, &[Need::Postgres])?;
    (seed..seed + runs).try_for_each(|seed| {
        Cmd::new(workspace, "cargo")
            .args(["test", "--release", "--package", "client-event-scheduler-server", "--test", "chaos"])
            .args(["--", "--nocapture", "--test-threads=1"])
            .env("CES_SEED", seed.to_string())
            .env("CES_CHAOS_TRIGGERS", triggers.unwrap_or(20_000).to_string())
            .env("CES_CHAOS_SECONDS", seconds.unwrap_or(120).to_string())
            .run()
    })
}

/// A short run of every fuzz target where the machine has a nightly toolchain. `tests/fuzz_corpus.rs` replays the corpus on the
/// stable one in any case.
pub(crate) fn fuzz_smoke(workspace: &Workspace) -> Result<()> {
    if !has_nightly(workspace) {
        println!(
            "There is no nightly toolchain: the corpus and its seeded changes ran on the stable one, in stage native."
        );
        return Ok(());
    }
    tools::ensure(workspace, &[Need::CargoFuzz])?;
    FUZZ_TARGETS.iter().try_for_each(|target| fuzz_target(workspace, target, 10))
}

fn has_nightly(workspace: &Workspace) -> bool {
    Cmd::new(workspace, "cargo").env("RUSTUP_TOOLCHAIN", "nightly").arg("--version").read().is_ok()
}

/// What it finds goes to a folder that is not kept; what shows a fault goes to `fuzz/artifacts`, and belongs into the corpus.
fn fuzz_target(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let found = workspace.stamps().join("fuzz").join(target);
    fs::create_dir_all(&found)?;
    Cmd::new(workspace, "cargo")
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env_remove("RUSTFLAGS")
        .args(["fuzz", "run", target])
        .arg(found)
        .arg(workspace.path("fuzz/corpus").join(target))
        .args(["--", "-seed=1", "-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=0"])
        .arg(format!("-max_total_time={seconds}"))
        .run()
}
