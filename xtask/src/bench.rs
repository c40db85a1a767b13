//! `cargo xtask bench`: the benchmarks, natively and beside plain JavaScript.

use std::fs;
use std::path::PathBuf;

use crate::args::Args;
use crate::process::Cmd;
use crate::tools::{self, Need};
use crate::workspace::Workspace;
use crate::{Result, bench_server, build};

pub(crate) const USAGE: &str = "\
cargo xtask bench [--quick] [--json FILE] [-- OPTION …]
cargo xtask bench --server [--quick] [-- OPTION …]
cargo xtask bench --providers

  --quick      small sizes and few rounds: shows that it runs, not how fast it is
  --json FILE  where to write the measurements beside JavaScript
  --server     the back end instead: beside FastAPI, with ten thousand streams, and by the number of triggers
  --providers  the sync with providers instead: 100 000 participants of an event, and cycles beside 100, 1 000 and 10 000 events
  -- …         handed to benches/js/run.mjs, or to benches/server, as it is

Only the native ones: cargo bench --bench native [-- NAME]";

/// Names the native benchmarks to cargo.
const NATIVE: [&str; 4] = ["--package", "client-event-scheduler", "--bench", "native"];

/// Runs every benchmark.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let quick = args.flag("--quick");
    let json = args.value("--json")?.map(std::path::absolute).transpose()?;
    let handed_on = args.after_dashes();
    let (server, providers) = (args.flag("--server"), args.flag("--providers"));
    args.finish(USAGE)?;
    if providers {
        return cost_of_providers(workspace);
    }
    if server {
        return bench_server::run(workspace, quick, handed_on);
    }
    native(workspace, quick)?;
    let mut options: Vec<_> = quick.then(|| "--quick".to_owned()).into_iter().collect();
    if let Some(file) = json {
        options.extend(["--json".to_owned(), file.display().to_string()]);
    }
    options.extend(handed_on);
    against_javascript(workspace, &options)?;
    recurrences(workspace, quick)
}

/// The sync with providers at its large sizes: the suite runs the same small. One after the other, so that none slows another one down.
fn cost_of_providers(workspace: &Workspace) -> Result<()> {
    Cmd::new(workspace, "cargo")
        .args(["test", "--release", "--package", "client-event-scheduler-server", "--test", "server"])
        .args(["--", "--nocapture", "--test-threads=1", "providers::cost"])
        .env("CES_PROVIDERS_COST", "1")
        .run()
}

/// Each native benchmark once, the tests of the competitors and the shortest run, so that the harness cannot rot between releases.
pub(crate) fn smoke(workspace: &Workspace) -> Result<()> {
    Cmd::new(workspace, "cargo").args(["test", "--locked"]).args(NATIVE).run()?;
    Cmd::new(workspace, "node")
        .arg("--test")
        .args(files(workspace, "benches/js/test", ".test.mjs")?)
        .run()?;
    let report = workspace.stamps().join("bench.json");
    against_javascript(
        workspace,
        &["--quick".to_owned(), "--json".to_owned(), report.display().to_string()],
    )?;
    recurrences(workspace, true)?;
    bench_server::smoke(workspace)?;
    // The harness goes on without a package that is not built; here it is built, and leaving it out would show nothing.
    let text = fs::read_to_string(report)?;
    if text.contains("\"ours\": {") { Ok(()) } else { Err("the benchmark left the package out".into()) }
}

fn against_javascript(workspace: &Workspace, options: &[String]) -> Result<()> {
    tools::ensure(workspace, &[Need::Chromium])?;
    build::package(workspace)?;
    Cmd::new(workspace, "node").arg("benches/js/run.mjs").args(options).run()
}

/// Recurrences beside rrule.js and croner; the package is built.
fn recurrences(workspace: &Workspace, quick: bool) -> Result<()> {
    let bench = Cmd::new(workspace, "node").arg("benches/js/recurrence/run.mjs");
    if quick { bench.arg("--quick") } else { bench }.run()
}

/// The native benchmarks. At the end they print what each operation costs, by the number of events.
fn native(workspace: &Workspace, quick: bool) -> Result<()> {
    let bench = Cmd::new(workspace, "cargo").args(["bench", "--locked"]).args(NATIVE);
    if quick { bench.args(["--", "--quick"]) } else { bench }.run()
}

/// The files of a folder whose names end in `ending`, in order.
fn files(workspace: &Workspace, folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(workspace.path(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let mut files: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    Ok(files)
}
