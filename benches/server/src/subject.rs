//! The server that is measured: a process of its own on a folder of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;
use crate::http::Connection;

/// How long a server may take to answer for the first time: one with a million triggers takes a while.
const START_PATIENCE: Duration = Duration::from_secs(300);

/// Who is measured.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// This project's server.
    Ours(PathBuf),
    /// The same routes in FastAPI, with the Python that has its packages and the number of its processes.
    FastApi { python: PathBuf, app: PathBuf, workers: u32 },
}

impl Kind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "this server",
            Self::FastApi { .. } => "FastAPI",
        }
    }

    fn command(&self, address: SocketAddr, folder: &Path) -> Command {
        let database = folder.join("events.db");
        match self {
            Self::Ours(program) => {
                let mut command = Command::new(program);
                command.args(["--development", "--listen", &address.to_string(), "--log", "warn"]);
                command.arg("--database-url").arg(database).current_dir(folder);
                command
            }
            Self::FastApi { python, app, workers } => {
                let mut command = Command::new(python);
                command
                    .args([
                        "-m",
                        "uvicorn",
                        "app:app",
                        "--no-access-log",
                        "--log-level",
                        "warning",
                        "--timeout-graceful-shutdown",
                        "5",
                    ])
                    .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
                    .args(["--workers", &workers.to_string(), "--app-dir"])
                    .arg(app)
                    .env("CES_BENCH_DATABASE", database)
                    .env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        }
    }
}

/// A running server; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Subject {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first answer of a server that is well.
    pub(crate) started_in: Duration,
}

impl Drop for Subject {
    fn drop(&mut self) {
        // An interrupt also reaches the workers of a server that has some.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Subject {
    /// Starts a server and waits until it answers and, where it has a scheduler, that runs.
    pub(crate) async fn start(kind: &Kind, folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        drop(listener);
        let begin = Instant::now();
        let child = kind.command(address, folder).stdin(Stdio::null()).spawn()?;
        let mut subject = Self { child, address, started_in: Duration::ZERO };
        while !subject.is_well().await {
            if let Some(status) = subject.child.try_wait()? {
                return Err(format!("{} ended with {status}", kind.name()).into());
            }
            if begin.elapsed() > START_PATIENCE {
                return Err(format!("{} does not start", kind.name()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        subject.started_in = begin.elapsed();
        Ok(subject)
    }

    async fn is_well(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address).await else { return false };
        let Ok(answer) = connection.request("GET", "/health", "").await else { return false };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        answer.status == 200 && body["status"] == "ok"
    }

    /// The cursor of everything that is there.
    pub(crate) async fn cursor(&self) -> Result<String> {
        let mut connection = Connection::open(self.address).await?;
        let snapshot = connection.request("GET", "/api/v1/scheduler/snapshot", "").await?;
        let source = match snapshot.status {
            200 => snapshot,
            _ => connection.request("GET", "/health", "").await?,
        };
        let body: Value = serde_json::from_slice(&source.body)?;
        Ok(body["cursor"].as_str().ok_or("no cursor")?.to_owned())
    }

    /// Time on a processor so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name of the program may hold spaces; what follows its bracket does not.
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Memory that is really used, in bytes, of the process and those that it has started.
    pub(crate) fn resident(&self) -> u64 {
        resident_with_children(self.child.id())
    }
}

fn resident_with_children(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    let children =
        std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    kilobytes * 1024 + children.map(resident_with_children).sum::<u64>()
}
