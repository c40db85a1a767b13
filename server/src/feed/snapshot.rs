//! The snapshot: every event and the cursor, of one reading transaction, streamed row by row.

use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use client_event_scheduler::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use super::{Cursor, ServerTime};
use crate::clock::Clock;
use crate::events::{Document, feed_document, push_json_text};
use crate::host::HostHandle;
use crate::problem::ApiError;
use crate::store::{SnapshotReader, Store, StoreError};

/// Bytes collected before they are sent.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces that wait for the client; one that takes nothing for this long is let go, since its snapshot keeps a
/// connection and the write-ahead log from being reset.
const PIECES_AHEAD: usize = 4;
const CLIENT_PATIENCE: Duration = Duration::from_secs(30);

/// What the reading task hands to the connection.
enum Piece {
    Bytes(Bytes),
    /// The snapshot is whole. Without this last piece the transfer is broken off, so that no client takes a part for it.
    End,
}

/// What the snapshot route answers, as its description has it; the answer itself is written row by row.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes what is streamed")]
pub struct Snapshot {
    /// The place in the feed after what the snapshot holds.
    cursor: String,
    /// The server's clock.
    server_time: ServerTime,
    /// Everything due at or before this instant is settled: a client that begins with nothing fires nothing of it.
    watermark: Option<String>,
    /// Every event, without a status that time changes.
    events: Vec<Document>,
}

/// Begins a snapshot and returns the body that carries it.
///
/// # Errors
///
/// `STORE_ERROR`, as long as nothing was sent.
pub async fn snapshot_body(
    store: &Store,
    host: &HostHandle,
    clock: &dyn Clock,
    received_at: Timestamp,
) -> Result<Body, ApiError> {
    let (head, reader) = store.begin_snapshot().await?;
    let cursor = Cursor::new(store.epoch(), head.seq);
    let opening = opening(&cursor, &ServerTime::leaving(received_at, clock), host.watermark());
    let (pieces, receiver) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(async move {
        if let Err(error) = send_events(reader, opening, &pieces).await {
            tracing::error!(%error, "a snapshot was broken off");
        }
    });
    let stream = stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None)),
        }
    });
    // The compression asks once more after the end.
    Ok(Body::from_stream(stream.fuse()))
}

/// What a client has to know before the events comes before them.
fn opening(cursor: &Cursor, server_time: &ServerTime, watermark: Option<Timestamp>) -> String {
    let mut json = String::with_capacity(PIECE_BYTES + 1024);
    json.push_str("{\"cursor\":");
    push_json_text(&mut json, &cursor.to_string());
    json.push_str(",\"server_time\":{\"received_at\":");
    push_json_text(&mut json, &server_time.received_at);
    json.push_str(",\"sent_at\":");
    push_json_text(&mut json, &server_time.sent_at);
    json.push_str("},\"watermark\":");
    match watermark {
        Some(at) => push_json_text(&mut json, &at.to_string()),
        None => json.push_str("null"),
    }
    json.push_str(",\"events\":[");
    json
}

async fn send_events(
    mut reader: SnapshotReader,
    opening: String,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), StoreError> {
    let mut pending = opening;
    let mut separator = "";
    let mut rows = pin!(reader.rows());
    while let Some(row) = rows.try_next().await? {
        pending.push_str(separator);
        pending.push_str(&feed_document(&row)?.to_json());
        separator = ",";
        if pending.len() >= PIECE_BYTES && !send(pieces, std::mem::take(&mut pending)).await {
            return Ok(());
        }
    }
    pending.push_str("]}");
    if send(pieces, pending).await {
        // Nobody reads on where the client has gone.
        let _ = pieces.send_timeout(Piece::End, CLIENT_PATIENCE).await;
    }
    Ok(())
}

/// Hands a piece to the client; `false` when it has gone or takes nothing.
async fn send(pieces: &mpsc::Sender<Piece>, text: String) -> bool {
    pieces.send_timeout(Piece::Bytes(Bytes::from(text)), CLIENT_PATIENCE).await.is_ok()
}
