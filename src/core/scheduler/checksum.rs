//! The checksum by which two sides see whether they hold the same events.

use super::Scheduler;
use super::rows::Row;
use crate::trigger::TriggerKind;
use crate::trigger::fnv::Fnv;

impl Scheduler {
    /// Checksum of `(event_id, revision, due times)` over all events, whatever their order. O(n).
    ///
    /// Each event is hashed with 64-bit FNV-1a over its id in UTF-8, the byte 0xff, its revision and the due times of its six
    /// triggers in order of kind, as little-endian 64-bit integers (all bits set where there is none); the hashes are added
    /// modulo 2^64. Due times count whether they have passed or not, so that the checksum does not depend on the instant.
    pub fn checksum(&self) -> u64 {
        let rows = &self.store.rows;
        rows.handles().map(|handle| event_hash(rows.id(handle), rows.get(handle))).fold(0, u64::wrapping_add)
    }
}

fn event_hash(id: &[u8], row: &Row) -> u64 {
    let mut hash = Fnv::new();
    hash.write(id);
    hash.write(&[0xff]);
    hash.write(&row.facts.revision.unwrap_or(u64::MAX).to_le_bytes());
    let due = row.facts.due_times();
    for kind in TriggerKind::ALL {
        hash.write(&due.get(kind).map_or(-1, |at| at.as_millis()).to_le_bytes());
    }
    hash.0
}
