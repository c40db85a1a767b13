//! The build scripts of client-event-scheduler, all of them: `cargo xtask help`.

mod api;
mod args;
mod bench;
mod bench_server;
mod build;
mod chaos;
mod faults;
mod process;
mod python;
mod report;
mod serve;
mod soak;
mod stages;
mod stamp;
mod suite;
mod tidy;
mod tools;
mod wasm_imports;
mod wasm_split;
mod workspace;
mod zones;

use std::error::Error;
use std::process::ExitCode;

use args::Args;
use process::Cmd;
use tools::Need;
use workspace::Workspace;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const HELP: &str = "\
cargo xtask COMMAND [OPTION …]

  serve    build everything and serve the admin on http://127.0.0.1:8005
  test     run the whole suite, as CI does
  bench    measure, natively and beside plain JavaScript; --server: the back end
  soak     the long form of what the suite runs short: simulator, fuzzing, tabs, servers, providers
  faults   does the suite notice deliberate faults in the core?
  wasm     build pkg/wasm only
  fmt      format Rust and TypeScript
  openapi  compare, or make anew, the API's description and the admin's types
  zones    make the time zone table anew from the IANA data
  help     show this, or the options of a command: cargo xtask help serve

Missing tools are installed once into CES_TOOLS_DIR (~/.cache/client-event-scheduler/tools).";

const WASM_USAGE: &str = "\
cargo xtask wasm [--accept-imports]

  --accept-imports  write down what the module imports as what it may import";

const FMT_USAGE: &str = "cargo xtask fmt";

const ZONES_USAGE: &str = "\
cargo xtask zones [--check]

  --check  change nothing: tell whether the committed table is what would be made";

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut words: Vec<String>) -> Result<()> {
    let command = if words.is_empty() { "help".to_owned() } else { words.remove(0) };
    if words.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        return help(Some(&command));
    }
    let workspace = Workspace::find()?;
    let args = Args::new(words.clone());
    match command.as_str() {
        "serve" => serve::run(&workspace, args),
        "test" => suite::run(&workspace, args),
        "bench" => bench::run(&workspace, args),
        "soak" => soak::run(&workspace, args),
        "faults" => faults::run(&workspace, args),
        "wasm" => wasm(&workspace, args),
        "fmt" => fmt(&workspace, args),
        "openapi" => api::run(&workspace, args),
        "zones" => zones::run(&words),
        "help" | "--help" | "-h" => help(words.first().map(String::as_str)),
        unknown => Err(format!("there is no command `{unknown}`\n\n{HELP}").into()),
    }
}

fn help(command: Option<&str>) -> Result<()> {
    let text = match command {
        Some("serve") => serve::USAGE,
        Some("test") => suite::USAGE,
        Some("bench") => bench::USAGE,
        Some("soak") => soak::USAGE,
        Some("faults") => faults::USAGE,
        Some("wasm") => WASM_USAGE,
        Some("fmt") => FMT_USAGE,
        Some("openapi") => api::USAGE,
        Some("zones") => ZONES_USAGE,
        _ => HELP,
    };
    println!("{text}");
    Ok(())
}

fn wasm(workspace: &Workspace, mut args: Args) -> Result<()> {
    let accept = args.flag("--accept-imports");
    args.finish(WASM_USAGE)?;
    build::wasm(workspace)?;
    if accept { wasm_imports::accept(workspace) } else { Ok(()) }
}

fn fmt(workspace: &Workspace, args: Args) -> Result<()> {
    args.finish(FMT_USAGE)?;
    tools::ensure(workspace, &[Need::Components, Need::Packages])?;
    Cmd::new(workspace, "cargo").args(["fmt", "--all"]).run()?;
    Cmd::new(workspace, "biome").args(["check", "--write"]).run()
}
