//! The server program: reads its settings, runs until it is told to stop.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use client_event_scheduler_server::{Args, Config, start};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let filter = match EnvFilter::try_new(&args.log) {
        Ok(filter) => filter,
        Err(error) => {
            eprintln!("--log {:?}: {error}", args.log);
            return ExitCode::FAILURE;
        }
    };
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    let server = match start(Config::from(args)).await {
        Ok(server) => server,
        Err(error) => {
            tracing::error!(%error, "the server does not start");
            return ExitCode::FAILURE;
        }
    };
    match stop_signal().await {
        Ok(signal) => tracing::info!(signal, "the server stops"),
        Err(error) => tracing::error!(%error, "no signal can be received; the server stops"),
    }
    server.stop().await;
    ExitCode::SUCCESS
}

/// Waits for the operating system's wish to stop.
#[cfg(unix)]
async fn stop_signal() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| "SIGINT"),
    }
}

/// Waits for the operating system's wish to stop.
#[cfg(not(unix))]
async fn stop_signal() -> std::io::Result<&'static str> {
    tokio::signal::ctrl_c().await.map(|()| "Ctrl-C")
}
