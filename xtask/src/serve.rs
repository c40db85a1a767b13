//! `cargo xtask serve`: everything built, the admin on this machine's port.

use std::path::PathBuf;

use crate::args::Args;
use crate::process::Cmd;
use crate::workspace::Workspace;
use crate::{Result, build};

pub(crate) const USAGE: &str = "\
cargo xtask serve [--demo] [--secured] [--port N] [--database PATH] [--release] [-- SERVER-OPTION …]

  --demo           start with real conferences in an otherwise empty database
  --secured        with sign-in, as a real server; without it the server is in development mode, open to this machine
  --port N         the port on 127.0.0.1 (8005)
  --database PATH  the SQLite file, or a database URL (data/events.db; with --demo data/demo.db)
  --release        build the server with optimisations
  -- …             handed to the server as it is";

/// Builds what has changed and becomes the server.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let demo = args.flag("--demo");
    let secured = args.flag("--secured");
    let release = args.flag("--release");
    let port: u16 = args.parsed("--port")?.unwrap_or(8005);
    let database = args.value("--database")?;
    let handed_on = args.after_dashes();
    args.finish(USAGE)?;

    build::admin(workspace)?;
    let server = build::server(workspace, release)?;
    let database = match database {
        Some(named) => named,
        None => default_database(workspace, demo)?.display().to_string(),
    };
    println!("\n  Admin     http://127.0.0.1:{port}\n  Database  {database}\n  Stop with Ctrl-C\n");
    Cmd::new(workspace, &server.display().to_string())
        .args(["--listen", &format!("127.0.0.1:{port}"), "--database", &database])
        .arg("--admin-dir")
        .arg(workspace.path("www/dist"))
        .args(demo.then_some("--demo"))
        .args((!secured).then_some("--development"))
        .args(handed_on)
        .take_over()
}

/// The demo has a file of its own: it fills an empty database only, and nobody's own events should keep it from that.
fn default_database(workspace: &Workspace, demo: bool) -> Result<PathBuf> {
    let folder = workspace.path("data");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(if demo { "demo.db" } else { "events.db" }))
}
