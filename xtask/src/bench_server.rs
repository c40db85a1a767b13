//! `cargo xtask bench --server`: load on the back end, beside the same routes in FastAPI.

use std::path::PathBuf;

use crate::Result;
use crate::build;
use crate::process::Cmd;
use crate::workspace::Workspace;

/// The folder of the FastAPI application and its requirements.
const APP: &str = "benches/server/fastapi";

/// Streams of the short form.
const FEW_STREAMS: &str = "300";

/// Everything, or with `quick` a little of everything.
pub(crate) fn run(workspace: &Workspace, quick: bool, options: Vec<String>) -> Result<()> {
    let server = build::server(workspace, true)?;
    let python = python(workspace)?;
    let mut cmd = load(workspace, true)
        .arg("--server")
        .arg(server)
        .arg("--python")
        .arg(python)
        .arg("--app")
        .arg(workspace.path(APP));
    if quick {
        cmd = cmd.args(["--quick", "--streams", FEW_STREAMS, "--rounds", "1"]);
    }
    cmd.args(options).run()
}

/// This server alone, as it is built for tests: the streams and the growth, small and short.
pub(crate) fn smoke(workspace: &Workspace) -> Result<()> {
    let server = build::server(workspace, false)?;
    for part in ["streams", "growth"] {
        load(workspace, false)
            .args(["--quick", "--streams", FEW_STREAMS, "--rounds", "1", "--part", part, "--server"])
            .arg(&server)
            .run()?;
    }
    Ok(())
}

/// The load program, which makes its databases below the target folder.
fn load(workspace: &Workspace, release: bool) -> Cmd {
    Cmd::new(workspace, "cargo")
        .args(["run", "--quiet", "--locked", "--package", "server-bench"])
        .args(release.then_some("--release"))
        .args(["--", "--folder"])
        .arg(workspace.target.join("server-bench-data"))
}

/// A Python with the packages of `requirements.txt`, made once.
fn python(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools.join("server-bench-python");
    let python = folder.join("bin/python3");
    let requirements = workspace.path(APP).join("requirements.txt");
    let made_of = folder.join("requirements.txt");
    if std::fs::read(&made_of).ok() == Some(std::fs::read(&requirements)?) {
        return Ok(python);
    }
    Cmd::new(workspace, "python3").args(["-m", "venv", "--clear"]).arg(&folder).run()?;
    Cmd::new(workspace, &python.display().to_string())
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(&requirements)
        .run()?;
    std::fs::copy(requirements, made_of)?;
    Ok(python)
}
