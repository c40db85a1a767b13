//! Load on the back end over loopback, from a process of its own: beside FastAPI, with many streams, and by the number of triggers.
//! `cargo xtask bench --server` builds and starts it.

mod compare;
mod events;
mod growth;
mod http;
mod load;
mod options;
mod streams;
mod subject;

use std::error::Error;
use std::process::ExitCode;

use options::Options;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let wants = |part: &str| options.part.as_deref().is_none_or(|wanted| wanted == part);
    if wants("compare") {
        compare::run(&options).await?;
    }
    if wants("streams") {
        streams::run(&options).await?;
    }
    if wants("growth") {
        growth::run(&options).await?;
    }
    Ok(())
}

/// The middle of some measurements.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
