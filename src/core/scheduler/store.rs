//! The event cache and the trigger queue, kept in step with each other.

use super::rows::{Facts, Row, Rows, Text, bit, row};
use crate::index::Index;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;
use crate::trigger::heap::{Entry, Handle, NOWHERE, TriggerHeap};

/// Events by id, and the queue of the next trigger of each.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) rows: Rows,
    /// By id.
    index: Index,
    pub(super) heap: TriggerHeap,
    triggers: usize,
}

/// Which of an event's triggers are to fire, decided when the event is made known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admission {
    /// When that is.
    pub(super) at: Timestamp,
    /// Triggers due later than this are to fire.
    pub(super) fires_after: Timestamp,
    /// Past ones that are due later than this were missed; earlier ones were placed in the past.
    pub(super) missed_after: Timestamp,
}

impl Admission {
    /// Whether a trigger that is to fire was placed in the past.
    fn backdates(&self, due_at: Timestamp) -> bool {
        due_at <= self.at && due_at <= self.missed_after
    }
}

impl Store {
    /// A store with room for about `events`.
    pub(super) fn with_capacity(events: usize) -> Self {
        Self { index: Index::with_capacity(events), ..Self::default() }
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
        let same = |handle: Handle| {
            let row = self.rows.get(handle);
            row.hash == hash && self.rows.bytes(&row.id) == id
        };
        self.index.find(spread(hash), &same)
    }

    /// Adds an event that is not there yet.
    pub(super) fn insert(&mut self, new: Row) -> Handle {
        let handle = self.rows.insert(new);
        let rows = &self.rows;
        self.index.insert(handle, &|handle| spread(rows.get(handle).hash));
        handle
    }

    /// Makes an event known: new, or with another definition.
    pub(super) fn admit(
        &mut self,
        id: Text,
        hash: u32,
        payload: Text,
        facts: Facts,
        admission: Admission,
    ) -> Handle {
        let mut new = row(id, hash, payload, facts, admission.at);
        let due = new.facts.due_times();
        let mut first = None;
        for kind in TriggerKind::ALL {
            if let Some(due_at) = due.get(kind).filter(|&at| at > admission.fires_after) {
                new.pending |= bit(kind);
                new.backdated |= if admission.backdates(due_at) { bit(kind) } else { 0 };
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
    pub(super) fn redefine(&mut self, handle: Handle, facts: Facts, admission: Admission) {
        let row = self.rows.get_mut(handle);
        let Marks { pending, backdated, fired } = Marks::redefined(row, &facts, admission);
        row.facts = facts;
        row.admitted_at = admission.at;
        row.phase = facts.phase_at(admission.at);
        (row.backdated, row.fired) = (backdated, fired);
        self.set_pending(handle, pending);
    }

    /// Takes an event and its triggers away.
    pub(super) fn remove(&mut self, handle: Handle) {
        self.set_pending(handle, 0);
        let hash = self.rows.get(handle).hash;
        self.index.remove(spread(hash), handle);
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

    /// Notes that a trigger waits no longer, because it fires; whether it has fired before.
    pub(super) fn settle(&mut self, handle: Handle, kind: TriggerKind) -> bool {
        let row = self.rows.get_mut(handle);
        let before = row.fired & bit(kind) != 0;
        row.fired |= bit(kind);
        let mask = row.pending & !bit(kind);
        self.set_pending(handle, mask);
        before
    }
}

/// What is known of an event's triggers, one bit a kind; see [`Row`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    pub(super) pending: u8,
    pub(super) backdated: u8,
    pub(super) fired: u8,
}

impl Marks {
    /// Those of an event that gets the definition `facts`, given the event as it was `before`.
    fn redefined(before: &Row, facts: &Facts, admission: Admission) -> Self {
        let (old, due) = (before.facts.due_times(), facts.due_times());
        let mut marks = Self::default();
        for kind in TriggerKind::ALL {
            let Some(at) = due.get(kind) else { continue };
            let same = old.get(kind) == Some(at);
            if same {
                marks.keep(before, kind);
            }
            // One that is to come, or once more because the clock was set back, waits in any case: its state will follow.
            if at > admission.at || !same && at > admission.fires_after {
                marks.pending |= bit(kind);
                marks.backdated |= if !same && admission.backdates(at) { bit(kind) } else { 0 };
            }
        }
        marks
    }

    /// Takes over what is known of a trigger whose time did not change.
    pub(super) fn keep(&mut self, before: &Row, kind: TriggerKind) {
        self.pending |= before.pending & bit(kind);
        self.backdated |= before.backdated & before.pending & bit(kind);
        self.fired |= before.fired & bit(kind);
    }
}

/// An odd number whose bits are spread evenly: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Carries the 32 bits that a row keeps into all 64 that the table looks at.
#[inline]
pub(super) fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(SPREAD)
}

/// Hash of an id: fast on short texts, the same on every machine.
#[inline]
pub(super) fn hash(id: &[u8]) -> u32 {
    let mut hash = id.len() as u64;
    let (words, rest) = id.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD);
    }
    for &byte in rest {
        hash = (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(SPREAD);
    }
    (hash >> 32) as u32
}
