//! Many streams that wait: what each costs, and how long a change takes to reach the last one.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};

use crate::http::{Connection, find};
use crate::options::Options;
use crate::subject::{Kind, Subject};
use crate::{Result, events, median};

/// Streams that are opened at the same time.
const OPENING: usize = 64;

/// How long all streams together may take for one change.
const PATIENCE: Duration = Duration::from_secs(120);

/// Opens the streams against this server, and against FastAPI where its Python is named.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let files = rlimit::increase_nofile_limit(options.streams as u64 + 1_000)?;
    if files < options.streams as u64 + 100 {
        return Err(
            format!("{} streams need as many open files; {files} are allowed", options.streams).into()
        );
    }
    println!(
        "\n| {} idle streams | opened in | memory a stream | a change has reached half of them | all of them |",
        options.streams
    );
    println!("|---|--:|--:|--:|--:|");
    let mut kinds = vec![Kind::Ours(options.server.clone())];
    if options.python.is_some() {
        // One process: a commit wakes only the streams of its own.
        kinds.push(crate::compare::kinds(options, 1)?[1].clone());
    }
    for kind in kinds {
        let folder = options.folder(&format!("{} streams", kind.name()))?;
        measure(options, &kind, &folder).await?;
    }
    Ok(())
}

async fn measure(options: &Options, kind: &Kind, folder: &Path) -> Result<()> {
    let subject = Subject::start(kind, folder).await?;
    events::fill(subject.address, 0, 100).await?;
    let cursor = subject.cursor().await?;
    let cursor = match kind {
        Kind::Ours(_) => cursor,
        Kind::FastApi { .. } => cursor.replace(".0", ".100"),
    };
    let before = subject.resident();
    let begin = Instant::now();
    let mut changes = open(subject.address, &cursor, options.streams).await?;
    let opened_in = begin.elapsed();
    // Bookmarks have been sent and buffers are at rest.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = subject.resident().saturating_sub(before) / options.streams as u64;

    let (mut halves, mut alls) = (Vec::new(), Vec::new());
    for round in 0..options.rounds.max(3) as u64 {
        let (half, all) = change(&subject, &mut changes, options.streams, round).await?;
        halves.push(half.as_secs_f64() * 1e3);
        alls.push(all.as_secs_f64() * 1e3);
    }
    println!(
        "| {} | {:.1} s | {:.1} KiB | {:.0} ms | {:.0} ms |",
        kind.name(),
        opened_in.as_secs_f64(),
        each as f64 / 1024.0,
        median(halves),
        median(alls)
    );
    Ok(())
}

/// Makes a change and waits until every stream has it. Counted from the answer to the change, which comes after its commit.
async fn change(
    subject: &Subject,
    changes: &mut mpsc::UnboundedReceiver<Instant>,
    streams: usize,
    round: u64,
) -> Result<(Duration, Duration)> {
    let mut connection = Connection::open(subject.address).await?;
    let path = format!("/api/v1/admin/events/update/{}", events::id(round));
    let answer = connection.request("PUT", &path, &format!(r#"{{"venue":"Room {round}"}}"#)).await?;
    let committed = Instant::now();
    if answer.status != 200 {
        return Err(format!("{path}: {}", answer.status).into());
    }
    let mut arrivals = Vec::with_capacity(streams);
    while arrivals.len() < streams {
        let arrival = tokio::time::timeout(PATIENCE, changes.recv()).await;
        let arrival =
            arrival.map_err(|_| format!("{} of {streams} streams have the change", arrivals.len()))?;
        arrivals.push(arrival.ok_or("every stream has ended")?.saturating_duration_since(committed));
    }
    arrivals.sort_unstable();
    Ok((arrivals[streams / 2], arrivals[streams - 1]))
}

/// Opens the streams; the result tells of each change that each of them receives.
async fn open(address: SocketAddr, cursor: &str, streams: usize) -> Result<mpsc::UnboundedReceiver<Instant>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let opening = Arc::new(Semaphore::new(OPENING));
    let opened = Arc::new(AtomicUsize::new(0));
    let request = format!("GET /api/v1/scheduler/stream?cursor={cursor} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut failures = Vec::new();
    for _ in 0..streams {
        let turn = Arc::clone(&opening).acquire_owned().await?;
        let (sender, request, opened) = (sender.clone(), request.clone(), Arc::clone(&opened));
        failures.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut chunk = [0; 1024];
            let read = stream.read(&mut chunk).await?;
            if !chunk[..read].starts_with(b"HTTP/1.1 200") {
                return Err(std::io::Error::other(String::from_utf8_lossy(&chunk[..read]).into_owned()));
            }
            opened.fetch_add(1, Ordering::Relaxed);
            drop(turn);
            // Outlives this task; ends with the server.
            tokio::spawn(follow(stream, sender));
            Ok(())
        }));
    }
    for failure in failures {
        failure.await??;
    }
    Ok(receiver)
}

async fn follow(mut stream: TcpStream, changes: mpsc::UnboundedSender<Instant>) {
    let mut chunk = [0; 512];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        // A change fits into one chunk's beginning; its name stands first.
        if find(&chunk[..read], b"event: change").is_some() && changes.send(Instant::now()).is_err() {
            return;
        }
    }
}
