//! What the commands need from the machine, and how a missing thing gets installed.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::process::Cmd;
use crate::stamp::Step;
use crate::workspace::Workspace;

/// Must be the version of the `wasm-bindgen` dependency: the two share a private format.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";
const WASM_PACK: &str = "0.15.0";
const GECKODRIVER: &str = "0.37.1";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The browser and its driver, as Debian installs them. `webdriver.json` names the browser too.
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";
pub(crate) const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// Firefox, as Debian installs it; its driver comes from crates.io. `webdriver.json` names it too.
pub(crate) const FIREFOX: &str = "/usr/bin/firefox-esr";

/// The servers of the brokers, as Debian installs them. RabbitMQ's is the program itself: the one on the path changes its user.
const REDIS: &str = "/usr/bin/redis-server";
const RABBITMQ: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// A thing that must be on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// rustfmt and clippy.
    Components,
    /// The standard library for WebAssembly.
    WasmTarget,
    /// wasm-bindgen and its test runner.
    WasmBindgen,
    WasmPack,
    CargoDeny,
    /// cargo-fuzz; it also needs a nightly toolchain.
    CargoFuzz,
    /// Node.js, and the packages of `package-lock.json` (wasm-opt among them).
    Packages,
    /// A browser and its driver.
    Chromium,
    /// Another browser, and its driver.
    Firefox,
    /// PostgreSQL's server, of which the tests start one of their own.
    Postgres,
    /// What makes the admin's types from the API's description.
    ClientGenerator,
    /// What makes up requests from the API's description; it brings its own Python packages.
    Schemathesis,
    /// What the example of a back end in Python runs on.
    FastApi,
    /// What the Python client is built, checked and tried out with.
    PythonClient,
    /// Redis and RabbitMQ, of which the tests start some of their own.
    Brokers,
    /// A C compiler, for the clock that the tab tests set.
    CCompiler,
}

/// Makes sure that all of `needs` are there.
///
/// # Errors
///
/// When one is missing and cannot be installed; the message says what to do.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    needs.iter().try_for_each(|need| {
        install_if_missing(workspace, *need).map_err(|error| format!("{need:?} is needed: {error}").into())
    })
}

fn install_if_missing(workspace: &Workspace, need: Need) -> Result<()> {
    match need {
        Need::Components => components(workspace),
        Need::WasmTarget => wasm_target(workspace),
        // Without --locked: the lock file in that package names a crate version that the registry no longer serves.
        Need::WasmBindgen => cargo_tool(workspace, "wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN, &[]),
        Need::WasmPack => cargo_tool(workspace, "wasm-pack", "wasm-pack", WASM_PACK, &["--locked"]),
        Need::CargoDeny => cargo_tool(workspace, "cargo-deny", "cargo-deny", CARGO_DENY, &["--locked"]),
        Need::CargoFuzz => cargo_tool(workspace, "cargo-fuzz", "cargo-fuzz", CARGO_FUZZ, &["--locked"]),
        Need::Packages => packages(workspace),
        Need::Chromium => chromium(workspace),
        Need::Firefox => firefox(workspace),
        Need::Postgres => postgres(workspace),
        Need::ClientGenerator => client_generator(workspace),
        Need::Schemathesis => schemathesis(workspace),
        Need::FastApi => fastapi(workspace),
        Need::PythonClient => python_client(workspace),
        Need::Brokers => brokers(workspace),
        Need::CCompiler => c_compiler(workspace),
    }
}

fn components(workspace: &Workspace) -> Result<()> {
    let works = |program: &str| Cmd::new(workspace, program).arg("--version").read().is_ok();
    if works("cargo-clippy") && works("cargo-fmt") && works("rustfmt") {
        return Ok(());
    }
    Cmd::new(workspace, "rustup").args(["component", "add", "clippy", "rustfmt"]).run()
}

fn wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = Cmd::new(workspace, "rustc").args(["--print", "sysroot"]).read()?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    Cmd::new(workspace, "rustup").args(["target", "add", WASM_TARGET]).run()
}

fn cargo_tool(
    workspace: &Workspace,
    program: &str,
    package: &str,
    version: &str,
    flags: &[&str],
) -> Result<()> {
    let found = Cmd::new(workspace, program).arg("--version").read();
    if found.is_ok_and(|text| text.split_whitespace().nth(1) == Some(version)) {
        return Ok(());
    }
    println!("Installing {package} {version} into {} (once, minutes)", workspace.tools.display());
    let build = workspace.tools.join("build");
    Cmd::new(workspace, "cargo")
        .args(["install", package, "--version", version, "--force"])
        .args(flags)
        .arg("--root")
        .arg(&workspace.tools)
        .env("CARGO_TARGET_DIR", &build)
        .env_remove("RUSTFLAGS")
        .run()?;
    // Only the program is of use later; what it was built from takes hundreds of megabytes.
    fs::remove_dir_all(&build).map_err(Into::into)
}

fn packages(workspace: &Workspace) -> Result<()> {
    node(workspace)?;
    let step = Step {
        name: "packages",
        inputs: vec![workspace.path("package-lock.json"), workspace.path(".npmrc")],
        settings: vec![],
        // npm writes this file last, as its own note of what is installed.
        outputs: vec![workspace.path("node_modules/.package-lock.json")],
    };
    step.run(workspace, || Cmd::new(workspace, "npm").args(["ci", "--include=dev"]).run())
}

fn node(workspace: &Workspace) -> Result<()> {
    let install = "install Node.js 20.19 or newer with npm";
    let version = Cmd::new(workspace, "node").arg("--version").read().map_err(|_| install)?;
    if node_is_new_enough(&version) {
        Ok(())
    } else {
        Err(format!("{} is too old: {install}", version.trim()).into())
    }
}

fn node_is_new_enough(version: &str) -> bool {
    let mut parts =
        version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    (major, minor) >= (20, 19)
}

fn chromium(workspace: &Workspace) -> Result<()> {
    let there = || Path::new(CHROMIUM).exists() && Path::new(CHROMEDRIVER).exists();
    if there() {
        return Ok(());
    }
    let by_hand = format!("install Chromium and ChromeDriver as {CHROMIUM} and {CHROMEDRIVER}");
    debian_packages(workspace, &by_hand, &["chromium", "chromium-driver"])?;
    if there() { Ok(()) } else { Err(by_hand.into()) }
}

fn firefox(workspace: &Workspace) -> Result<()> {
    let there = || Path::new(FIREFOX).exists();
    if !there() {
        let by_hand = format!("install Firefox as {FIREFOX}");
        debian_packages(workspace, &by_hand, &["firefox-esr"])?;
        if !there() {
            return Err(by_hand.into());
        }
    }
    cargo_tool(workspace, "geckodriver", "geckodriver", GECKODRIVER, &["--locked"])
}

fn postgres(workspace: &Workspace) -> Result<()> {
    let there = || {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        versions.map(|version| version.path().join("bin/postgres")).any(|server| server.exists())
    };
    if there() || std::env::var_os("CES_POSTGRES_BIN").is_some() {
        return Ok(());
    }
    let by_hand = "install PostgreSQL's server, and name the folder of its programs in CES_POSTGRES_BIN";
    debian_packages(workspace, by_hand, &["postgresql"])?;
    if there() { Ok(()) } else { Err(by_hand.into()) }
}

fn brokers(workspace: &Workspace) -> Result<()> {
    let there = || Path::new(REDIS).exists() && Path::new(RABBITMQ).exists();
    if there() {
        return Ok(());
    }
    let by_hand = format!("install the servers of Redis and RabbitMQ as {REDIS} and {RABBITMQ}");
    debian_packages(workspace, &by_hand, &["redis-server", "rabbitmq-server"])?;
    if there() { Ok(()) } else { Err(by_hand.into()) }
}

/// Installs packages where that is possible: as root, on Debian. `by_hand` says what to do elsewhere.
fn debian_packages(workspace: &Workspace, by_hand: &str, packages: &[&str]) -> Result<()> {
    let user = Cmd::new(workspace, "id").arg("-u").read().map_err(|_| by_hand)?;
    if user.trim() != "0" {
        return Err(format!("{by_hand} (`apt-get install {}` as root)", packages.join(" ")).into());
    }
    let apt = || {
        Cmd::new(workspace, "apt-get")
            .args(["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"])
            .env("DEBIAN_FRONTEND", "noninteractive")
    };
    apt().args(["update", "--quiet"]).run().map_err(|error| format!("{by_hand}: {error}"))?;
    apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages).run()
}

/// Apart from the workspaces' packages: it needs an older TypeScript than theirs.
fn client_generator(workspace: &Workspace) -> Result<()> {
    node(workspace)?;
    let folder = workspace.client_generator();
    let files = ["package.json", "package-lock.json", ".npmrc"];
    let step = Step {
        name: "client-generator",
        inputs: files.map(|file| workspace.path("xtask/client").join(file)).into(),
        settings: vec![],
        outputs: vec![folder.join("node_modules/.package-lock.json")],
    };
    step.run(workspace, || {
        fs::create_dir_all(&folder)?;
        for file in files {
            fs::copy(workspace.path("xtask/client").join(file), folder.join(file))?;
        }
        Cmd::new(workspace, "npm").args(["ci", "--prefix"]).arg(&folder).run()
    })
}

fn schemathesis(workspace: &Workspace) -> Result<()> {
    let program = "bin/schemathesis";
    python(
        workspace,
        "schemathesis",
        &workspace.schemathesis(),
        "xtask/schemathesis/requirements.txt",
        program,
    )
}

fn fastapi(workspace: &Workspace) -> Result<()> {
    python(
        workspace,
        "fastapi",
        &workspace.fastapi(),
        "examples/fastapi-feed/requirements.txt",
        "bin/uvicorn",
    )
}

fn python_client(workspace: &Workspace) -> Result<()> {
    python(
        workspace,
        "python-client",
        &workspace.python_client(),
        "clients/python/requirements.txt",
        "bin/pytest",
    )
}

/// A virtual environment with the exact versions that are written down; `program` is what it is made for.
fn python(
    workspace: &Workspace,
    name: &'static str,
    folder: &Path,
    requirements: &str,
    program: &str,
) -> Result<()> {
    let by_hand = "install Python 3.11 or newer with its venv module";
    let works = || Cmd::new(workspace, "python3").args(["-c", "import ensurepip, venv"]).read().is_ok();
    if !works() {
        debian_packages(workspace, by_hand, &["python3", "python3-venv"])?;
    }
    if !works() {
        return Err(by_hand.into());
    }
    let requirements = workspace.path(requirements);
    let step = Step {
        name,
        inputs: vec![requirements.clone()],
        settings: vec![],
        outputs: vec![folder.join("pyvenv.cfg"), folder.join(program)],
    };
    step.run(workspace, || {
        Cmd::new(workspace, "python3").args(["-m", "venv", "--clear"]).arg(folder).run()?;
        Cmd::new(workspace, &folder.join("bin/python").display().to_string())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--requirement"])
            .arg(&requirements)
            .run()
    })
}

fn c_compiler(workspace: &Workspace) -> Result<()> {
    let install = "install gcc (`apt-get install gcc libc6-dev` on Debian)";
    Cmd::new(workspace, "gcc").arg("--version").read().map_err(|_| install)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_version_is_compared_as_numbers() {
        for (version, enough) in [
            ("v20.19.0\n", true),
            ("v20.20.2\n", true),
            ("v22.1.0", true),
            ("v100.0.0", true),
            ("v20.9.5", false),
            ("v18.20.0", false),
            ("nonsense", false),
        ] {
            assert_eq!(node_is_new_enough(version), enough, "{version}");
        }
    }
}
