//! What the feed is made of.

use client_event_scheduler::Timestamp;
use serde::Serialize;

use crate::clock::Clock;
use crate::events::{Document, feed_document};
use crate::store::{EventRow, StoreError};

/// One change: the full state of an event, or its tombstone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Change)]
pub(super) struct Item {
    /// The feed number.
    pub(super) rev: u64,
    /// The event.
    pub(super) event_id: String,
    /// Whether it is gone.
    pub(super) deleted: bool,
    /// The event's revision, which its deletion has raised: late echoes of older ones are told by it.
    pub(super) revision: u64,
    /// Its document, unless it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Document>,
}

impl Item {
    pub(super) fn of(row: &EventRow) -> Result<Self, StoreError> {
        let event = if row.is_tombstone() { None } else { Some(feed_document(row)?) };
        Ok(Self {
            rev: row.seq,
            event_id: row.event_id.clone(),
            deleted: row.is_tombstone(),
            revision: row.revision,
            event,
        })
    }
}

/// Two readings of the server's clock, from which a client estimates its own offset.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ServerTime {
    /// When the request had arrived.
    pub received_at: String,
    /// When the answer was about to leave.
    pub sent_at: String,
}

impl ServerTime {
    /// The times of an answer that leaves now.
    pub fn leaving(received_at: Timestamp, clock: &dyn Clock) -> Self {
        Self { received_at: received_at.to_string(), sent_at: clock.now().to_string() }
    }
}

/// What a client that has everything can compare itself with.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UpToDate {
    /// The number of the latest change.
    pub seq: u64,
    /// The core's checksum over all events as of that change, in 16 hexadecimal digits.
    pub checksum: String,
}
