//! What befalls tabs, in a real browser: the suite's short form, and the long one of `cargo xtask soak --tabs`.

use crate::process::Cmd;
use crate::tools::{self, Need};
use crate::workspace::Workspace;
use crate::{Result, build};

/// A browser, what builds the package, and a compiler for the clock that the tests set.
pub(crate) const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::WasmBindgen, Need::Packages, Need::Chromium, Need::CCompiler];

/// What of it is run.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Of the first run of each fault.
    pub(crate) seed: Option<u64>,
    /// Of each fault.
    pub(crate) runs: Option<u64>,
    /// No run begins later than this.
    pub(crate) seconds: Option<u32>,
    /// Names of faults, with commas between them; else all.
    pub(crate) faults: Option<String>,
    /// `chromium`, unless it is said.
    pub(crate) browser: Option<String>,
    /// Where to write what came of each run.
    pub(crate) json: Option<String>,
}

/// One run of each fault, and the tests of long lives.
///
/// # Errors
///
/// When a law does not hold.
pub(crate) fn short(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    build::npm_run(workspace, "tests", "typecheck")?;
    build::npm_run(workspace, "tests", "chaos")
}

/// One run of those faults that have most to do with the browser, in Firefox.
///
/// # Errors
///
/// When a law does not hold.
pub(crate) fn short_in_firefox(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    Cmd::new(workspace, "npm")
        .args(["run", "chaos", "--workspace", "tests", "--", "chaos.test.ts"])
        .env("CES_CHAOS_BROWSER", "firefox")
        .env("CES_CHAOS_FAULTS", "hang,close,crash,kill,sleep,no_storage,trap,insecure_close")
        .run()
}

/// As many runs as are asked for.
///
/// # Errors
///
/// When a law does not hold, or a tool is missing.
pub(crate) fn long(workspace: &Workspace, settings: &Settings) -> Result<()> {
    tools::ensure(workspace, NEEDS)?;
    if settings.browser.as_deref() == Some("firefox") {
        tools::ensure(workspace, &[Need::Firefox])?;
    }
    build::package(workspace)?;
    let given = [
        ("CES_CHAOS_SEED", settings.seed.map(|seed| seed.to_string())),
        ("CES_CHAOS_RUNS", Some(settings.runs.unwrap_or(20).to_string())),
        ("CES_CHAOS_SECONDS", settings.seconds.map(|seconds| seconds.to_string())),
        ("CES_CHAOS_FAULTS", settings.faults.clone()),
        ("CES_CHAOS_BROWSER", settings.browser.clone()),
        ("CES_CHAOS_JSON", settings.json.clone()),
    ];
    given
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .fold(Cmd::new(workspace, "npm"), |command, (name, value)| command.env(name, value))
        .args(["run", "chaos", "--workspace", "tests", "--", "chaos.test.ts"])
        .run()
}
