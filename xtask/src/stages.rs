//! The stages of the suite, in the order in which they run: what is quick to fail first, what builds on something after it.

use std::fs;
use std::path::PathBuf;

use crate::process::Cmd;
use crate::tools::{CHROMEDRIVER, Need};
use crate::workspace::Workspace;
use crate::{Result, api, bench, build, chaos, faults, python, soak, tidy, wasm_imports};

/// One stage of the suite.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// What it shows, for people.
    pub(crate) what: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(&Workspace) -> Result<()>,
}

const RUST: &[Need] = &[Need::Components];
const RUST_FOR_WASM: &[Need] = &[Need::Components, Need::WasmTarget];
const NPM: &[Need] = &[Need::Packages];
const WASM: &[Need] = &build::NEEDS;
const WASM_AND_PYTHON: &[Need] = &[Need::WasmTarget, Need::WasmBindgen, Need::Packages, Need::FastApi];
const WASM_IN_BROWSER: &[Need] =
    &[Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::Packages, Need::Chromium];
const WASM_IN_FIREFOX: &[Need] =
    &[Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::Packages, Need::Firefox, Need::CCompiler];

/// Every stage. None is ever left out for want of a tool.
pub(crate) const STAGES: &[Stage] = &[
    Stage { name: "fmt", what: "Rust is formatted", needs: RUST, run: fmt },
    Stage { name: "tidy", what: "the layers and the style hold", needs: &[], run: tidy::check },
    Stage { name: "lint", what: "TypeScript is linted and formatted", needs: NPM, run: lint },
    Stage {
        name: "deny",
        what: "licences, bans and sources of crates",
        needs: &[Need::CargoDeny],
        run: deny,
    },
    Stage { name: "clippy", what: "Rust lints, natively and for wasm", needs: RUST_FOR_WASM, run: clippy },
    Stage { name: "docs", what: "the documentation builds without a warning", needs: &[], run: docs },
    Stage { name: "native", what: "core, server and xtask tests", needs: &[Need::Postgres], run: native },
    Stage { name: "wasm", what: "the module builds and imports what is listed", needs: WASM, run: wasm },
    Stage {
        name: "browser",
        what: "the wasm host in headless Chromium",
        needs: WASM_IN_BROWSER,
        run: browser,
    },
    Stage { name: "package", what: "the npm package: build, types, unit tests", needs: WASM, run: package },
    Stage { name: "size", what: "the package keeps to its size budget", needs: WASM, run: size },
    Stage { name: "exports", what: "publint and attw on the packed tarball", needs: WASM, run: exports },
    Stage {
        name: "client",
        what: "the admin's types are those of the API's description",
        needs: &[Need::Packages, Need::ClientGenerator],
        run: api::check_types,
    },
    Stage { name: "admin", what: "the admin: build, types, unit tests", needs: WASM, run: admin },
    Stage { name: "e2e", what: "admin and server in Chromium, two tabs", needs: WASM_IN_BROWSER, run: e2e },
    Stage {
        name: "postgres",
        what: "the server's tests once more, on PostgreSQL",
        needs: &[Need::Postgres],
        run: postgres,
    },
    Stage {
        name: "schema",
        what: "the server answers as its description says, to generated requests",
        needs: &[Need::Schemathesis],
        run: api::check_answers,
    },
    Stage {
        name: "python",
        what: "the Python client's wheel: types, and the real server",
        needs: &[Need::PythonClient],
        run: python::client,
    },
    Stage {
        name: "celery",
        what: "Celery workers that are killed, behind Redis and RabbitMQ",
        needs: &[Need::PythonClient, Need::Brokers],
        run: |workspace| python::workers(workspace, &[]),
    },
    Stage {
        name: "packaging",
        what: "the tarball in Node, Vite, webpack, esbuild",
        needs: WASM_IN_BROWSER,
        run: packaging,
    },
    Stage {
        name: "devtools",
        what: "the inspector and the performance track in Chromium",
        needs: WASM_IN_BROWSER,
        run: devtools,
    },
    Stage {
        name: "doctor",
        what: "the doctor on sample projects and back ends, the one in Python too",
        needs: WASM_AND_PYTHON,
        run: doctor,
    },
    Stage {
        name: "chaos",
        what: "tabs that crash, hang, freeze and sleep, in Chromium",
        needs: chaos::NEEDS,
        run: chaos::short,
    },
    Stage {
        name: "firefox",
        what: "the wasm host, the database, the admin and several tabs in Firefox",
        needs: WASM_IN_FIREFOX,
        run: firefox,
    },
    Stage {
        name: "bench",
        what: "the benchmarked schedulers agree, and the benchmarks run",
        needs: WASM_IN_BROWSER,
        run: bench::smoke,
    },
    Stage {
        name: "fuzz",
        what: "a short run of the fuzz targets, where there is a nightly toolchain",
        needs: &[],
        run: soak::fuzz_smoke,
    },
    Stage { name: "faults", what: "the suite notices deliberate faults", needs: &[], run: faults::all },
];

fn cargo(workspace: &Workspace) -> Cmd {
    Cmd::new(workspace, "cargo")
}

fn fmt(workspace: &Workspace) -> Result<()> {
    cargo(workspace).args(["fmt", "--all", "--check"]).run()
}

fn lint(workspace: &Workspace) -> Result<()> {
    Cmd::new(workspace, "biome").args(["ci", "--error-on-warnings"]).run()
}

/// Without `advisories`: their database comes from a network that not every machine has.
fn deny(workspace: &Workspace) -> Result<()> {
    cargo(workspace)
        .args(["deny", "--locked", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"])
        .run()
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let clippy = || cargo(workspace).args(["clippy", "--locked"]);
    clippy().args(["--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    clippy()
        .args(["--package", "client-event-scheduler", "--lib", "--tests"])
        .args(["--target", "wasm32-unknown-unknown", "--", "-D", "warnings"])
        .run()
}

fn native(workspace: &Workspace) -> Result<()> {
    cargo(workspace).args(["test", "--workspace", "--locked"]).run()
}

fn postgres(workspace: &Workspace) -> Result<()> {
    cargo(workspace)
        .args(["test", "--package", "client-event-scheduler-server", "--test", "server", "--locked"])
        .env("CES_TEST_STORE", "postgres")
        .run()
}

fn docs(workspace: &Workspace) -> Result<()> {
    cargo(workspace)
        .args(["doc", "--workspace", "--lib", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

fn wasm(workspace: &Workspace) -> Result<()> {
    build::wasm(workspace)?;
    wasm_imports::check(workspace)
}

/// `--mode no-install`: the wasm-bindgen on the path is used, and nothing is downloaded. Chromium's settings are in
/// `webdriver.json`.
fn browser(workspace: &Workspace) -> Result<()> {
    Cmd::new(workspace, "wasm-pack")
        .args(["test", "--headless", "--chrome", "--chromedriver", CHROMEDRIVER, "--mode", "no-install"])
        .args(["--", "--test", "browser"])
        .run()
}

fn firefox(workspace: &Workspace) -> Result<()> {
    let driver = workspace.tools.join("bin/geckodriver");
    Cmd::new(workspace, "wasm-pack")
        .args(["test", "--headless", "--firefox", "--mode", "no-install", "--geckodriver"])
        .arg(&driver)
        .args(["--", "--test", "browser"])
        .run()?;
    build::admin(workspace)?;
    let server = build::server(workspace, false)?;
    Cmd::new(workspace, "npm")
        .args(["run", "firefox", "--workspace", "tests"])
        .env("CES_SERVER_BIN", server)
        .env("CES_ADMIN_DIR", workspace.path("www/dist"))
        .run()?;
    chaos::short_in_firefox(workspace)
}

fn package(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    build::npm_run(workspace, "pkg", "typecheck")?;
    build::npm_run(workspace, "pkg", "test")
}

fn size(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    build::npm_run(workspace, "pkg", "check:size")
}

fn exports(workspace: &Workspace) -> Result<()> {
    let tarball = packed(workspace)?;
    Cmd::new(workspace, "publint").arg("--strict").arg(&tarball).run()?;
    // The package is for `import` only, and the entries for the raw modules are no JavaScript.
    Cmd::new(workspace, "attw")
        .args([
            "--profile",
            "esm-only",
            "--exclude-entrypoints",
            "./client-event-scheduler.wasm",
            "./client-event-scheduler-insight.wasm",
            "./client-event-scheduler-recurrence.wasm",
            "--no-emoji",
        ])
        .arg(&tarball)
        .run()
}

fn packaging(workspace: &Workspace) -> Result<()> {
    let tarball = packed(workspace)?;
    Cmd::new(workspace, "npm")
        .args(["run", "packaging", "--workspace", "tests"])
        .env("CES_TARBALL", tarball)
        .run()
}

fn devtools(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    build::npm_run(workspace, "tests", "devtools")
}

fn doctor(workspace: &Workspace) -> Result<()> {
    let tarball = packed(workspace)?;
    let server = build::server(workspace, false)?;
    Cmd::new(workspace, "npm")
        .args(["run", "doctor", "--workspace", "tests"])
        .env("CES_FASTAPI_PYTHON", workspace.fastapi().join("bin/python"))
        .env("CES_TARBALL", tarball)
        .env("CES_SERVER_BIN", server)
        .run()
}

/// Packs the built npm package and returns the tarball.
fn packed(workspace: &Workspace) -> Result<PathBuf> {
    build::package(workspace)?;
    let folder = workspace.stamps().join("tarball");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Cmd::new(workspace, "npm")
        .args(["pack", "--silent", "--workspace", "pkg", "--pack-destination"])
        .arg(&folder)
        .run()?;
    let tarball = fs::read_dir(&folder)?.next().ok_or("npm pack made no tarball")??;
    Ok(tarball.path())
}

fn admin(workspace: &Workspace) -> Result<()> {
    build::admin(workspace)?;
    build::npm_run(workspace, "www", "typecheck")?;
    build::npm_run(workspace, "www", "test")
}

fn e2e(workspace: &Workspace) -> Result<()> {
    build::admin(workspace)?;
    build::npm_run(workspace, "tests", "typecheck")?;
    let server = build::server(workspace, false)?;
    Cmd::new(workspace, "npm")
        .args(["run", "e2e", "--workspace", "tests"])
        .env("CES_SERVER_BIN", server)
        .env("CES_ADMIN_DIR", workspace.path("www/dist"))
        .run()
}
