//! The event cache and the trigger queue, kept in step with each other.

use hashbrown::HashTable;

use super::rows::{Facts, Row, Rows, Text, bit, row};
use crate::time::Timestamp;
use crate::trigger::TriggerKind;
use crate::trigger::heap::{Entry, Handle, NOWHERE, TriggerHeap};

/// Events by id, and the queue of the next trigger of each.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) rows: Rows,
    /// Looked up by id, never iterated: its order is not part of any result.
    index: HashTable<Handle>,
    pub(super) heap: TriggerHeap,
    triggers: usize,
}

/// Which of an event's triggers are to fire, decided when the event is made known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admission {
    /// Triggers due later than this are to fire.
    pub(super) fires_after: Timestamp,
}

impl Store {
    /// A store with room for about `events`.
    pub(super) fn with_capacity(events: usize) -> Self {
        Self { index: HashTable::with_capacity(events), ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Triggers that wait, over all events.
    pub(super) fn triggers_queued(&self) -> usize {
        self.triggers
    }

    #[inline]
    pub(super) fn find(&self, id: &[u8]) -> Option<Handle> {
        self.find_hashed(id, hash(id))
    }

    #[inline]
    pub(super) fn find_hashed(&self, id: &[u8], hash: u32) -> Option<Handle> {
        let same = |handle: &Handle| {
            let row = self.rows.get(*handle);
            row.hash == hash && self.rows.bytes(&row.id) == id
        };
        self.index.find(spread(hash), same).copied()
    }

    /// Adds an event that is not there yet.
    pub(super) fn insert(&mut self, new: Row) -> Handle {
        let hash = new.hash;
        let handle = self.rows.insert(new);
        let rows = &self.rows;
        let rehash = |handle: &Handle| spread(rows.get(*handle).hash);
        self.index.insert_unique(spread(hash), handle, rehash);
        handle
    }

    /// Makes an event known: new, or with another definition.
    pub(super) fn admit(
        &mut self,
        id: Text,
        hash: u32,
        payload: Text,
        facts: Facts,
        at: Timestamp,
        admission: Admission,
    ) -> Handle {
        let mut new = row(id, hash, payload, facts, at);
        let due = new.facts.due_times();
        let mut first = None;
        for kind in TriggerKind::ALL {
            if let Some(due_at) = due.get(kind).filter(|&at| at > admission.fires_after) {
                new.pending |= bit(kind);
                self.triggers += 1;
                first = first.filter(|&(earliest, _)| earliest <= due_at).or(Some((due_at, kind)));
            }
        }
        let handle = self.insert(new);
        let entry = first.map(|(due_at, kind)| Entry { due_at, kind, handle });
        self.heap.replace(NOWHERE, entry, &mut self.rows);
        handle
    }

    /// Gives an event another definition. Triggers whose time did not change keep their state.
    pub(super) fn redefine(&mut self, handle: Handle, facts: Facts, at: Timestamp, admission: Admission) {
        let row = self.rows.get_mut(handle);
        let mask = pending(&row.facts, row.pending, &facts, admission);
        row.facts = facts;
        row.admitted_at = at;
        row.phase = facts.phase_at(at);
        self.set_pending(handle, mask);
    }

    /// Takes an event and its triggers away.
    pub(super) fn remove(&mut self, handle: Handle) {
        self.set_pending(handle, 0);
        let hash = self.rows.get(handle).hash;
        if let Ok(entry) = self.index.find_entry(spread(hash), |candidate| *candidate == handle) {
            entry.remove();
        }
        self.rows.remove(handle);
    }

    /// Says which triggers of an event wait, and puts the event at its place in the queue.
    pub(super) fn set_pending(&mut self, handle: Handle, mask: u8) {
        let row = self.rows.get_mut(handle);
        self.triggers += mask.count_ones() as usize;
        self.triggers -= row.pending.count_ones() as usize;
        row.pending = mask;
        let entry = row.next_trigger().map(|(due_at, kind)| Entry { due_at, kind, handle });
        let position = row.heap_position;
        self.heap.replace(position, entry, &mut self.rows);
    }

    /// Notes that a trigger waits no longer.
    pub(super) fn settle(&mut self, handle: Handle, kind: TriggerKind) {
        let mask = self.rows.get(handle).pending & !bit(kind);
        self.set_pending(handle, mask);
    }
}

/// Which triggers of `facts` wait, given those that waited before.
fn pending(before: &Facts, waiting: u8, facts: &Facts, admission: Admission) -> u8 {
    let (old, due) = (before.due_times(), facts.due_times());
    let mut mask = 0;
    for kind in TriggerKind::ALL {
        let Some(at) = due.get(kind) else { continue };
        let waits =
            if old.get(kind) == Some(at) { waiting & bit(kind) != 0 } else { at > admission.fires_after };
        if waits {
            mask |= bit(kind);
        }
    }
    mask
}

/// An odd number whose bits are spread evenly: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Carries the 32 bits that a row keeps into all 64 that the table looks at.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(SPREAD)
}

/// Hash of an id: fast on short texts, the same on every machine.
#[inline]
pub(super) fn hash(id: &[u8]) -> u32 {
    let mut hash = id.len() as u64;
    let mut groups = id.chunks_exact(8);
    for group in groups.by_ref() {
        let word = group.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }
    for &byte in groups.remainder() {
        hash = (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(SPREAD);
    }
    (hash >> 32) as u32
}
