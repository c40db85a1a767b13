//! Runs benchmarks and shows their medians in one table: what is measured, by the number of events.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use criterion::measurement::{Measurement, WallTime};
use criterion::{BenchmarkId, Criterion};

/// Operations whose time is taken in one go: reading the clock costs about as much as the quickest of them.
const BATCH: u64 = 100;

pub(crate) struct Curve {
    criterion: Criterion,
    results: PathBuf,
    /// Names in the order of the table, with the numbers of events that they were measured with.
    rows: Vec<(&'static str, Vec<usize>)>,
}

impl Curve {
    /// Takes the options from the command line.
    pub(crate) fn new() -> Self {
        // The program stands in `target/release/deps`; its results belong beside `release`.
        let program = std::env::current_exe().unwrap_or_default();
        let target = program.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), PathBuf::from);
        let results = target.join("criterion");
        let criterion = Criterion::default()
            .output_directory(&results)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .sample_size(20)
            .configure_from_args();
        Self { criterion, results, rows: Vec::new() }
    }

    /// Measures one operation with that many events. `routine` does it as often as it is told to and says how long that took.
    pub(crate) fn measure(
        &mut self,
        row: &'static str,
        events: usize,
        mut routine: impl FnMut(u64) -> Duration,
    ) {
        let mut ran = false;
        let mut group = self.criterion.benchmark_group(row);
        group.bench_function(BenchmarkId::from_parameter(events), |bencher| {
            ran = true;
            bencher.iter_custom(&mut routine);
        });
        group.finish();
        if !ran {
            return;
        }
        match self.rows.iter_mut().find(|(name, _)| *name == row) {
            Some((_, sizes)) => sizes.push(events),
            None => self.rows.push((row, vec![events])),
        }
    }

    /// Ends the measurements and prints the table.
    pub(crate) fn print(self, sizes: &[usize]) {
        self.criterion.final_summary();
        let mut table = String::new();
        let mut any = false;
        for (row, measured) in &self.rows {
            let median = |size| measured.contains(&size).then(|| self.median(row, size)).flatten();
            any |= measured.iter().any(|size| median(*size).is_some());
            let cells = sizes.iter().map(|size| median(*size).map_or_else(String::new, duration));
            let cells: String = cells.map(|cell| format!("{cell:>12}")).collect();
            // What does not depend on the number of events was measured with none.
            let alone = median(0).map_or_else(String::new, |ns| format!("{:>12}", duration(ns)));
            table += format!("{row:<24}{}{alone}", cells.trim_end()).trim_end();
            table.push('\n');
        }
        let head: String = sizes.iter().map(|size| format!("{:>12}", grouped(*size))).collect();
        // Run as a test, it measures nothing.
        if any {
            println!("\n{:<24}{head}\n{table}", "events");
        }
    }

    /// The median in nanoseconds, as Criterion has written it down.
    fn median(&self, row: &str, events: usize) -> Option<f64> {
        let file = self.results.join(row).join(events.to_string()).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        estimates["median"]["point_estimate"].as_f64()
    }
}

/// How long `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = WallTime.start();
    let result = work();
    let took = WallTime.end(start);
    drop(std::hint::black_box(result));
    took
}

/// Splits `times` into batches, and adds up how long they take.
pub(crate) fn in_batches(times: u64, mut batch: impl FnMut(usize) -> Duration) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let now = left.min(BATCH);
        took += batch(now as usize);
        left -= now;
    }
    took
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

fn duration(ns: f64) -> String {
    match ns {
        1e6.. => format!("{:.1} ms", ns / 1e6),
        1e3.. => format!("{:.2} µs", ns / 1e3),
        _ => format!("{ns:.1} ns"),
    }
}
