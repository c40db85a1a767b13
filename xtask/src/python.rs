//! Stages `python` and `celery`: the Python client, as those who install it get it, with the real server, and as a part of
//! Celery workers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Cmd;
use crate::workspace::Workspace;
use crate::{Result, build};

/// The folder of the package.
const PACKAGE: &str = "clients/python";

/// The tests, in the package's folder, that need brokers.
const WORKERS: &str = "tests/workers";

/// Builds the wheel, installs it beside the tests' packages, and checks its types and what it does.
///
/// # Errors
///
/// When the wheel cannot be built, a type is wrong, or a test fails.
pub(crate) fn client(workspace: &Workspace) -> Result<()> {
    let server = build::server(workspace, false)?;
    install(workspace, &wheel(workspace)?)?;
    module(workspace, "mypy")
        .arg("--cache-dir")
        .arg(workspace.stamps().join("python-types"))
        .args(["src", "tests", "examples/fastapi_app/main.py"])
        .run()?;
    module(workspace, "mypy")
        .arg("--cache-dir")
        .arg(workspace.stamps().join("python-types"))
        .arg("examples/celery_app/tasks.py")
        .run()?;
    pytest(workspace, server).arg("--ignore").arg(WORKERS).run()
}

/// The same wheel in workers that are killed, behind real brokers. `settings` are variables of the environment.
///
/// # Errors
///
/// When the wheel cannot be built, or a test fails.
pub(crate) fn workers(workspace: &Workspace, settings: &[(&str, String)]) -> Result<()> {
    let server = build::server(workspace, false)?;
    install(workspace, &wheel(workspace)?)?;
    let tests = pytest(workspace, server).args(["-rP", WORKERS]);
    settings.iter().fold(tests, |tests, (name, value)| tests.env(name, value)).run()
}

fn pytest(workspace: &Workspace, server: PathBuf) -> Cmd {
    module(workspace, "pytest")
        .args(["-p", "no:cacheprovider", "--quiet"])
        .env("CES_SERVER_BIN", server)
        .env("CES_OPENAPI", workspace.path("server/openapi.json"))
        .env("CES_PYTHON_EXAMPLES", workspace.path(PACKAGE).join("examples"))
}

/// Builds the wheel in an empty folder and returns it.
fn wheel(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.stamps().join("python-wheel");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // What builds it is pinned with everything else, and not fetched again.
    module(workspace, "build").args(["--no-isolation", "--wheel", "--outdir"]).arg(&folder).arg(".").run()?;
    let wheel = fs::read_dir(&folder)?.next().ok_or("no wheel was built")??;
    Ok(wheel.path())
}

fn install(workspace: &Workspace, wheel: &Path) -> Result<()> {
    module(workspace, "pip")
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"])
        .arg("--force-reinstall")
        .arg(wheel)
        .run()?;
    module(workspace, "pip").args(["check", "--disable-pip-version-check"]).run()
}

/// A module of the environment, run in the package's folder, which it leaves as it is.
fn module(workspace: &Workspace, name: &str) -> Cmd {
    let python = workspace.python_client().join("bin/python");
    Cmd::new(workspace, &python.display().to_string())
        .in_folder(&workspace.path(PACKAGE))
        .args(["-m", name])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("PYTHONPATH")
}
