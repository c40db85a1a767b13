//! The server program: reads its settings, runs until it is told to stop, or does one of the other commands.

use std::process::ExitCode;

use client_event_scheduler_server::commands::{self, CommandError};
use client_event_scheduler_server::config::Task;
use client_event_scheduler_server::{Args, Config, Settings, SettingsError, start, telemetry};

/// The exit status of a program whose settings cannot be used.
const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::of_process() {
        Ok(settings) => settings,
        Err(SettingsError::CommandLine(error)) => error.exit(),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    if settings.args.print_config {
        print!("{}", settings.print());
        return ExitCode::SUCCESS;
    }
    let args = settings.args;
    let _telemetry = match telemetry::init(&args) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    match args.command.clone().unwrap_or(Task::Serve) {
        Task::Serve => serve(args).await,
        Task::Migrate => finish(commands::migrate(&args.database_url).await),
        // Where the export itself goes to standard output, nothing else may.
        Task::Export { file } if file.as_os_str() == "-" => {
            finish(commands::export(&args.database_url, &file).await.map(|_| String::new()))
        }
        Task::Export { file } => finish(commands::export(&args.database_url, &file).await),
        Task::Import { file, force } => finish(commands::import(&args.database_url, &file, force).await),
        Task::Check => finish(commands::check(&args.database_url).await),
    }
}

fn finish(done: Result<String, CommandError>) -> ExitCode {
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> ExitCode {
    raise_file_limit();
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "no signal can be received");
            return ExitCode::FAILURE;
        }
    };
    let starting = tokio::select! {
        started = start(Config::from(args)) => started,
        signal = signals.next() => {
            tracing::info!(signal, "the server stops before it has started");
            return ExitCode::SUCCESS;
        }
    };
    let server = match starting {
        Ok(server) => server,
        Err(error) => {
            tracing::error!(%error, "the server does not start");
            return ExitCode::FAILURE;
        }
    };
    let signal = signals.next().await;
    tracing::info!(signal, "the server stops; a second signal ends it at once");
    tokio::select! {
        () = server.stop() => ExitCode::SUCCESS,
        signal = signals.next() => {
            tracing::warn!(signal, "the server ends at once");
            ExitCode::FAILURE
        }
    }
}

/// Every connection is a file. The soft limit of most systems is far below what they allow.
fn raise_file_limit() {
    #[cfg(unix)]
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "the limit of open files is raised"),
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

/// The operating system's wishes to stop.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => "no signal can be received",
        }
    }
}
