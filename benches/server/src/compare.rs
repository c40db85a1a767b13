//! Reads and mutations beside FastAPI: the same requests, by the same client, in turns.

use std::time::Duration;

use crate::load::{Measured, Operation, Run};
use crate::options::Options;
use crate::subject::{Kind, Subject};
use crate::{Result, events, median};

/// Events that are stored before anything is measured.
const STORED: u64 = 1_000;

/// Runs every operation against both, in rounds, and prints medians and their ratios.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let kinds = options.kinds()?;
    let mut subjects = Vec::new();
    for kind in &kinds {
        let folder = options.folder(kind.name())?;
        let subject = Subject::start(kind, &folder).await?;
        events::fill(subject.address, 0, STORED).await?;
        let start = subject.cursor().await?;
        let epoch = start.rsplit_once('.').map_or("", |(epoch, _)| epoch).to_owned();
        subjects.push((subject, format!("{epoch}.0")));
    }
    let seconds = if options.quick { 0.3 } else { 4.0 };
    let mut first = 0;
    println!(
        "\n{STORED} events stored, {} connections, medians of {} rounds of {seconds} s each",
        options.connections, options.rounds
    );
    println!(
        "| operation | {} requests/s | p50 / p99 ms | {} requests/s | p50 / p99 ms | throughput | p50 |",
        kinds[0].name(),
        kinds[1].name()
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for operation in Operation::ALL {
        let mut measured = vec![Vec::new(); subjects.len()];
        for _ in 0..options.rounds {
            for ((subject, cursor), results) in subjects.iter().zip(&mut measured) {
                let run = Run {
                    address: subject.address,
                    connections: options.connections,
                    duration: Duration::from_secs_f64(seconds),
                    stored: STORED,
                    cursor: cursor.clone(),
                    first,
                };
                results.push(run.measure(operation).await?);
            }
            // No two rounds create the same events.
            first += 10_000_000;
        }
        print_row(operation, &measured);
    }
    for ((subject, _), kind) in subjects.iter().zip(&kinds) {
        println!("memory afterwards, {}: {} MiB", kind.name(), subject.resident() / 1024 / 1024);
    }
    Ok(())
}

fn print_row(operation: Operation, measured: &[Vec<Measured>]) {
    let middle = |results: &[Measured], of: fn(&Measured) -> f64| median(results.iter().map(of).collect());
    let cells = |results: &[Measured]| {
        let (rate, p50) = (middle(results, |m| m.per_second), middle(results, |m| m.p50_ms));
        (rate, p50, format!("{rate:.0} | {p50:.2} / {:.2}", middle(results, |m| m.p99_ms)))
    };
    let (ours, theirs) = (cells(&measured[0]), cells(&measured[1]));
    println!(
        "| {} | {} | {} | {:.1}× | {:.2}× |",
        operation.name(),
        ours.2,
        theirs.2,
        ours.0 / theirs.0,
        ours.1 / theirs.1
    );
}

/// Who is compared.
pub(crate) fn kinds(options: &Options, workers: u32) -> Result<[Kind; 2]> {
    let python = options.python.clone().ok_or("--python names the Python that has FastAPI")?;
    let app = options.app.clone().ok_or("--app names the folder of app.py")?;
    Ok([Kind::Ours(options.server.clone()), Kind::FastApi { python, app, workers }])
}
