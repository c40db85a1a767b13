//! The API's description: the admin's types that are made from it, and the server held to it by generated requests.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::args::Args;
use crate::process::Cmd;
use crate::tools::{self, Need};
use crate::workspace::Workspace;
use crate::{Result, build};

pub(crate) const USAGE: &str = "\
cargo xtask openapi [--accept]

  Compares server/openapi.json with the routes, and www/src/api/schema.gen.ts with it.

  --accept  write both anew instead";

const DESCRIPTION: &str = "server/openapi.json";
const TYPES: &str = "www/src/api/schema.gen.ts";

/// What stands above the made types.
const HEADER: &str = "// Made from server/openapi.json by `cargo xtask openapi --accept`.\n";

/// The seed of the generated requests, so that a finding can be found again.
const SEED: &str = "20260501";

/// Requests of each kind that are generated for an operation: minutes for all of them together.
const EXAMPLES: &str = "20";

/// What every answer is held to.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method";

/// Compares, or writes anew, what is made from the routes.
///
/// # Errors
///
/// When something differs, or cannot be made.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let accept = args.flag("--accept");
    args.finish(USAGE)?;
    tools::ensure(workspace, &[Need::Packages, Need::ClientGenerator])?;
    let test = "description::the_committed_description_is_that_of_the_routes";
    Cmd::new(workspace, "cargo")
        .args(["test", "--quiet", "--package", "client-event-scheduler-server", "--test", "server", test])
        .env_remove("CES_ACCEPT_OPENAPI")
        .envs(accept.then_some(("CES_ACCEPT_OPENAPI", "1")))
        .run()?;
    if !accept {
        return check_types(workspace);
    }
    fs::write(workspace.path(TYPES), make_types(workspace)?)?;
    println!("{DESCRIPTION} and {TYPES} are those of the routes");
    Ok(())
}

/// Stage `client`: the admin's types are made from the committed description.
///
/// # Errors
///
/// When they differ, or cannot be made.
pub(crate) fn check_types(workspace: &Workspace) -> Result<()> {
    if fs::read_to_string(workspace.path(TYPES))? == make_types(workspace)? {
        println!("{TYPES} is up to date");
        return Ok(());
    }
    Err(format!("{TYPES} is not what {DESCRIPTION} gives; run: cargo xtask openapi --accept").into())
}

fn make_types(workspace: &Workspace) -> Result<String> {
    let made = workspace.stamps().join("schema.gen.ts");
    fs::create_dir_all(workspace.stamps())?;
    let program = workspace.client_generator().join("node_modules/.bin/openapi-typescript");
    Cmd::new(workspace, &program.display().to_string())
        .arg(workspace.path(DESCRIPTION))
        .arg("--output")
        .arg(&made)
        .arg("--immutable")
        .read()?;
    Ok(HEADER.to_owned() + &fs::read_to_string(made)?)
}

/// Stage `schema`: requests that schemathesis makes up from the description, on a server of their own.
///
/// # Errors
///
/// When the server fails, or gives an answer that the description does not have.
pub(crate) fn check_answers(workspace: &Workspace) -> Result<()> {
    let program = build::server(workspace, false)?;
    let folder = workspace.stamps().join("schema");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let server = Server::start(&program, &folder)?;
    let schemathesis = workspace.schemathesis().join("bin/schemathesis");
    Cmd::new(workspace, &schemathesis.display().to_string())
        .in_folder(&folder)
        .args(["run", &format!("{}/api/v1/openapi.json", server.address), "--wait-for-schema", "30"])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--seed", SEED])
        .args(["--max-examples", EXAMPLES, "--request-timeout", "20", "--no-shrink"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .run()
}

/// A server that ends with this value.
struct Server {
    address: String,
    process: Child,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        // Free until a moment ago, and nobody else asks for it by number.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = fs::File::create(folder.join("server.log"))?;
        let process = Command::new(program)
            .args(["--development", "--listen", &format!("127.0.0.1:{port}"), "--database"])
            .arg(folder.join("events.db"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self { address: format!("http://127.0.0.1:{port}"), process })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; its log says why.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
