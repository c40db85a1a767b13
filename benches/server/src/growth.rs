//! What a server costs by the number of triggers that it holds.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::Connection;
use crate::load::{Operation, Run};
use crate::options::Options;
use crate::subject::{Kind, Subject};
use crate::{Result, events};

/// Triggers of one event of the benchmark.
const TRIGGERS: u64 = 6;

/// Fills one server step by step; at each step starts it anew and measures.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let sizes: &[u64] = if options.quick { &[600, 1_200] } else { &[1_000, 10_000, 100_000, 1_000_000] };
    let kind = Kind::Ours(options.server.clone());
    let folder = options.folder("growth")?;
    println!(
        "\n| triggers | start | memory | idle, % of a core | update p50 / p99 | status p50 / p99 | read p50 / p99 |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    let mut stored = 0;
    for size in sizes {
        let wanted = size.div_ceil(TRIGGERS);
        let filling = Subject::start(&kind, &folder).await?;
        events::fill(filling.address, stored, wanted).await?;
        stored = wanted;
        drop(filling);

        let subject = Subject::start(&kind, &folder).await?;
        let started_in = subject.started_in;
        let memory = subject.resident();
        let idle = idle(&subject, if options.quick { 1 } else { 20 }).await;
        let run = Run {
            address: subject.address,
            connections: 1,
            duration: Duration::from_secs_f64(if options.quick { 0.3 } else { 4.0 }),
            stored,
            cursor: String::new(),
            first: size * 1_000,
        };
        let update = run.measure(Operation::Update).await?;
        let read = run.measure(Operation::Details).await?;
        let status = status(&subject, if options.quick { 20 } else { 300 }).await?;
        println!(
            "| {size} | {:.2} s | {} MiB | {idle:.1} | {:.2} / {:.2} ms | {:.2} / {:.2} ms | {:.2} / {:.2} ms |",
            started_in.as_secs_f64(),
            memory / 1024 / 1024,
            update.p50_ms,
            update.p99_ms,
            status.0,
            status.1,
            read.p50_ms,
            read.p99_ms,
        );
    }
    Ok(())
}

/// The share of a core that the server takes while nobody asks anything: its ticks.
async fn idle(subject: &Subject, seconds: u64) -> f64 {
    let before = subject.processor_time();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    (subject.processor_time() - before).as_secs_f64() / seconds as f64 * 100.0
}

async fn status(subject: &Subject, times: usize) -> Result<(f64, f64)> {
    let mut connection = Connection::open(subject.address).await?;
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let asked = Instant::now();
        let answer = connection.request("GET", "/health/scheduler", "").await?;
        took.push(asked.elapsed().as_secs_f64() * 1e3);
        let body: Value = serde_json::from_slice(&answer.body)?;
        if body["running"] != true {
            return Err("the scheduler does not run".into());
        }
    }
    took.sort_by(f64::total_cmp);
    Ok((took[times / 2], took[times * 99 / 100]))
}
