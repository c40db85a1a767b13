//! A throw-away PostgreSQL for one test process: started when the first test asks for it, ended when the process ends,
//! however it does.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};

use super::PATIENCE;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// Makes an empty database, and returns its URL.
pub(crate) async fn empty_database_url() -> String {
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&CLUSTER.url("postgres")).await.expect("the cluster answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.expect("a database can be made");
    CLUSTER.url(&name)
}

struct Cluster {
    port: u16,
    /// Ends PostgreSQL when its standard input closes, which it does when this process is gone.
    _keeper: Child,
}

impl Cluster {
    fn start() -> Self {
        let programs = programs();
        let folder =
            tempfile::Builder::new().prefix("ces-postgres-").tempdir().expect("a temporary folder").keep();
        let as_postgres = user_switch();
        if !as_postgres.is_empty() {
            run(Command::new("chown").arg("postgres:").arg(&folder));
        }
        let data = folder.join("data");
        run(command(&as_postgres, &programs.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null()));

        let port = free_port();
        let server = format!(
            "{} {} -D {} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
             -c max_connections=500 -c shared_buffers=64MB",
            as_postgres.join(" "),
            programs.join("postgres").display(),
            data.display(),
        );
        let script = format!(
            "{server} >{folder}/log 2>&1 & server=$!; read _; kill -INT $server; wait $server; rm -rf {folder}",
            folder = folder.display()
        );
        let keeper = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().expect("a shell");
        wait_for(&programs, port, &folder);
        Self { port, _keeper: keeper }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

/// The folder of PostgreSQL's programs: Debian's newest, or wherever `CES_POSTGRES_BIN` says.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("CES_POSTGRES_BIN") {
        return folder.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("postgres").exists()).max();
    newest.expect(
        "PostgreSQL is needed: install it (`apt-get install postgresql` on Debian), or set CES_POSTGRES_BIN",
    )
}

/// PostgreSQL refuses to run as root.
fn user_switch() -> Vec<&'static str> {
    let id = Command::new("id").arg("-u").output().expect("id");
    if id.stdout.trim_ascii() == b"0" {
        vec!["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    } else {
        vec![]
    }
}

fn command(prefix: &[&str], program: &Path) -> Command {
    let Some((first, rest)) = prefix.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cluster is a process of its own: there is nothing else to wait for"
)]
fn wait_for(programs: &Path, port: u16, folder: &Path) {
    let begin = Instant::now();
    let mut is_ready = Command::new(programs.join("pg_isready"));
    is_ready.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
    while !is_ready.status().expect("pg_isready").success() {
        if begin.elapsed() > PATIENCE {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("PostgreSQL does not start: {log}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
