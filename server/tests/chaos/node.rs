//! A server process of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::PATIENCE;

/// Lines of a log that are shown after a failure.
const LINES: usize = 60;

/// A node: the same address and name through all of its lives.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) port: u16,
    database: String,
    process: Option<Child>,
    log: std::path::PathBuf,
}

impl Node {
    pub(crate) fn new(name: &str, database: &str, folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let log = folder.join(format!("{name}.log"));
        Self { name: name.to_owned(), port, database: database.to_owned(), process: None, log }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(&self.log).expect("a log file");
        let process = Command::new(env!("CARGO_BIN_EXE_client-event-scheduler-server"))
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--database-url", &self.database])
            .args([
                "--lease-ms",
                "1000",
                "--recovery-delay-ms",
                "0",
                "--log",
                "warn,client_event_scheduler_server=info",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("the server starts"));
    }

    /// Kills the process as a loss of power does: it learns nothing of it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a process of this test");
            process.wait().expect("a process of this test");
        }
    }

    /// Waits until it answers.
    pub(crate) async fn wait(&self, client: &reqwest::Client) {
        let answers = async {
            while client.get(self.url("/health")).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let log = || std::fs::read_to_string(&self.log).unwrap_or_default();
        assert!(
            tokio::time::timeout(PATIENCE, answers).await.is_ok(),
            "{} does not start: {}",
            self.name,
            log()
        );
    }
}

impl Drop for Node {
    #[expect(clippy::print_stderr, reason = "what the node said is wanted where a run has failed")]
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = log.lines().filter(|line| !line.contains("a trigger fired")).collect();
            eprintln!("--- {}\n{}", self.name, lines[lines.len().saturating_sub(LINES)..].join("\n"));
        }
    }
}
