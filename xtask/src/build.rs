//! The chain from Rust to the browser: wasm → npm package → admin, and the server beside it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Cmd;
use crate::stamp::Step;
use crate::tools::{self, Need, WASM_BINDGEN};
use crate::workspace::Workspace;
use crate::{Result, wasm_split};

/// What building for the browser needs. Neither a browser nor wasm-pack is among it.
pub(crate) const NEEDS: [Need; 3] = [Need::WasmTarget, Need::WasmBindgen, Need::Packages];

/// The features that rustc's output uses. Named one by one: with all of them switched on, wasm-opt emits code that
/// older engines refuse.
const WASM_FEATURES: [&str; 8] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-simd",
];

/// Smallest after gzip, not before. A function with one caller stays by itself, because it repeats what others do; data stays in
/// one piece, because splitting it at zeros costs more than the zeros. Nothing stands in the first kilobyte of the memory.
const WASM_OPTIMIZE: [&str; 5] = [
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--low-memory-unused",
    "--skip-pass=memory-packing",
    "--skip-pass=local-cse",
];

/// What is done with each part of the module when it has been split.
const WASM_FINISH: [&str; 3] = ["--remove-unused-module-elements", "--strip-debug", "--strip-producers"];

/// The optimised module, below the checkout.
pub(crate) const WASM_FILE: &str = "pkg/wasm/client_event_scheduler_bg.wasm";

/// The parts that are loaded with the first of their calls: when somebody asks, or when a page has a back end.
const WASM_LATER: [(&str, &[&str]); 2] = [
    (
        "pkg/wasm/client_event_scheduler_insight.wasm",
        &[
            "clienteventscheduler_explain",
            "clienteventscheduler_simulate",
            "clienteventscheduler_conflicts",
            "clienteventscheduler_preview_sync",
            "clienteventscheduler_server_now",
            "clienteventscheduler_observe_server",
            "clienteventscheduler_server_health",
            "clienteventscheduler_next_poll",
        ],
    ),
    ("pkg/wasm/client_event_scheduler_recurrence.wasm", &["clienteventscheduler_preview_recurrence"]),
];

/// Builds `pkg/wasm`: the module and its JavaScript glue.
pub(crate) fn wasm(workspace: &Workspace) -> Result<()> {
    tools::ensure(workspace, &NEEDS)?;
    let raw = compile(workspace)?;
    let out = workspace.path("pkg/wasm");
    let step = Step {
        name: "wasm",
        inputs: vec![
            raw.clone(),
            workspace.path("node_modules/binaryen/package.json"),
            workspace.path("xtask/src/wasm_split"),
        ],
        settings: [&[WASM_BINDGEN], &WASM_FEATURES[..], &WASM_OPTIMIZE, &WASM_FINISH]
            .concat()
            .iter()
            .map(ToString::to_string)
            .chain(WASM_LATER.map(|(path, asked)| [&[path], asked].concat().join(" ")))
            .collect(),
        outputs: vec![out.clone()],
    };
    step.run(workspace, || {
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        // Without the default path the glue holds no `new URL(…)`, which bundlers take for a second copy to emit.
        Cmd::new(workspace, "wasm-bindgen")
            .args(["--target", "web", "--omit-default-module-path"])
            .arg("--remove-producers-section")
            .arg("--out-dir")
            .arg(workspace.shown(&out))
            .arg(&raw)
            .run()?;
        optimize(workspace)
    })
}

/// Compiles the crate for the browser and returns where the raw module is.
fn compile(workspace: &Workspace) -> Result<PathBuf> {
    Cmd::new(workspace, "cargo")
        .args(["build", "--package", "client-event-scheduler", "--lib"])
        .args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"])
        .run()?;
    Ok(workspace.target.join("wasm32-unknown-unknown/wasm/client_event_scheduler.wasm"))
}

fn optimize(workspace: &Workspace) -> Result<()> {
    let module = workspace.path(WASM_FILE);
    wasm_opt(workspace, &WASM_OPTIMIZE, &module)?;
    let glue = workspace.path("pkg/wasm/client_event_scheduler.js");
    let asked = WASM_LATER.map(|(_, asked)| asked);
    let parts = wasm_split::split(&fs::read(&module)?, &fs::read_to_string(&glue)?, &asked)?;
    fs::write(glue, parts.glue)?;
    let later = WASM_LATER.iter().map(|(path, _)| workspace.path(path)).zip(parts.later);
    for (path, part) in later.chain([(module, parts.first)]) {
        fs::write(&path, part)?;
        wasm_opt(workspace, &WASM_FINISH, &path)?;
    }
    Ok(())
}

/// Puts what wasm-opt makes of a module in its place.
fn wasm_opt(workspace: &Workspace, passes: &[&str], module: &Path) -> Result<()> {
    let smaller = module.with_extension("opt");
    Cmd::new(workspace, "wasm-opt")
        .args(WASM_FEATURES)
        .args(passes)
        .arg(workspace.shown(module))
        .arg("--output")
        .arg(workspace.shown(&smaller))
        .run()?;
    Ok(fs::rename(smaller, module)?)
}

/// Builds the npm package and all that it needs.
pub(crate) fn package(workspace: &Workspace) -> Result<()> {
    wasm(workspace)?;
    let step = Step {
        name: "package",
        inputs: workspace.paths([
            "pkg",
            "tsconfig.base.json",
            "package-lock.json",
            "LICENSE-MIT",
            "LICENSE-APACHE",
        ]),
        settings: vec![],
        // The build copies the bare modules and the licences beside the sources, for the tarball.
        outputs: workspace.paths([
            "pkg/dist",
            "pkg/client-event-scheduler.wasm",
            "pkg/client-event-scheduler-insight.wasm",
            "pkg/client-event-scheduler-recurrence.wasm",
            "pkg/LICENSE-MIT",
            "pkg/LICENSE-APACHE",
        ]),
    };
    step.run(workspace, || npm_run(workspace, "pkg", "build"))
}

/// Builds the admin and all that it needs.
pub(crate) fn admin(workspace: &Workspace) -> Result<()> {
    package(workspace)?;
    let step = Step {
        name: "admin",
        inputs: workspace.paths([
            "www",
            "pkg/dist",
            "pkg/package.json",
            "tsconfig.base.json",
            "package-lock.json",
        ]),
        settings: vec![],
        outputs: workspace.paths(["www/dist"]),
    };
    step.run(workspace, || npm_run(workspace, "www", "build"))
}

/// Builds the server and returns its program.
pub(crate) fn server(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    Cmd::new(workspace, "cargo")
        .args(["build", "--package", "client-event-scheduler-server"])
        .args(release.then_some("--release"))
        .run()?;
    let profile = if release { "release" } else { "debug" };
    let program = format!("client-event-scheduler-server{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join(profile).join(program))
}

/// Runs a script of one of the npm workspaces.
pub(crate) fn npm_run(workspace: &Workspace, member: &str, script: &str) -> Result<()> {
    Cmd::new(workspace, "npm").args(["run", script, "--workspace", member]).run()
}
