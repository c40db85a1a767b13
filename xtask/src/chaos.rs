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
    let faults = "hang,close,crash,kill,sleep,no_storage,trap,insecure_close".to_owned();
    let browser = "firefox".to_owned();
    play(workspace, Settings { faults: Some(faults), browser: Some(browser), ..Settings::default() })
}

/// As many runs as are asked for.
///
/// # Errors
///
/// When a law does not hold, or a tool is missing.
pub(crate) fn long(workspace: &Workspace, mut settings: Settings) -> Result<()> {
    tools::ensure(workspace, NEEDS)?;
    if settings.browser.as_deref() == Some("firefox") {
        tools::ensure(workspace, &[Need::Firefox])?;
    }
    settings.runs.get_or_insert(20);
    play(workspace, settings)
}

fn play(workspace: &Workspace, settings: Settings) -> Result<()> {
    build::package(workspace)?;
    let given = [
        ("CES_CHAOS_SEED", settings.seed.map(|seed| seed.to_string())),
        ("CES_CHAOS_RUNS", settings.runs.map(|runs| runs.to_string())),
        ("CES_CHAOS_SECONDS", settings.seconds.map(|seconds| seconds.to_string())),
        ("CES_CHAOS_FAULTS", settings.faults),
        ("CES_CHAOS_BROWSER", settings.browser),
        ("CES_CHAOS_JSON", settings.json),
    ];
    given
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .fold(Cmd::new(workspace, "npm"), |command, (name, value)| command.env(name, value))
        .args(["run", "chaos", "--workspace", "tests", "--", "chaos.test.ts"])
        .run()
}
