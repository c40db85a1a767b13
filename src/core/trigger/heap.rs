//! An indexed heap: the entry of any handle can be moved or removed in O(log n), nothing is ever sorted again.
//!
//! It holds one entry an event, the event's earliest waiting trigger. Four children a node keep it shallow and its siblings in
//! one cache line.

use std::cmp::Ordering;

use super::TriggerKind;
use crate::time::Timestamp;

/// Index of an event in the store.
pub(crate) type Handle = u32;

/// The next trigger of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) due_at: Timestamp,
    pub(crate) kind: TriggerKind,
    pub(crate) handle: Handle,
}

/// What the heap must know of the events behind its handles.
pub(crate) trait Events {
    /// Orders two events that are due at the same instant with the same kind.
    fn order(&self, a: Handle, b: Handle) -> Ordering;
    /// Notes where the entry of an event stands now.
    fn moved(&mut self, handle: Handle, position: u32);
}

/// Says that an event has no entry.
pub(crate) const NOWHERE: u32 = u32::MAX;

const ARITY: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct TriggerHeap {
    entries: Vec<Entry>,
}

impl TriggerHeap {
    pub(crate) fn peek(&self) -> Option<&Entry> {
        self.entries.first()
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Entry> {
        self.entries.get(position)
    }

    /// Positions of the entries directly behind the one at `position`.
    pub(crate) fn children(&self, position: usize) -> std::ops::Range<usize> {
        let first = position * ARITY + 1;
        first.min(self.entries.len())..(first + ARITY).min(self.entries.len())
    }

    /// Sets, moves or takes away the entry that stands at `position` (or [`NOWHERE`]).
    pub(crate) fn replace(&mut self, position: u32, entry: Option<Entry>, events: &mut impl Events) {
        match (position, entry) {
            (NOWHERE, None) => {}
            (NOWHERE, Some(entry)) => {
                self.entries.push(entry);
                self.sift_up(self.entries.len() - 1, entry, events);
            }
            (position, Some(entry)) => self.settle(position as usize, entry, events),
            (position, None) => self.remove(position as usize, events),
        }
    }

    fn remove(&mut self, position: usize, events: &mut impl Events) {
        events.moved(self.entries[position].handle, NOWHERE);
        let Some(last) = self.entries.pop() else { return };
        if position < self.entries.len() {
            self.settle(position, last, events);
        }
    }

    fn settle(&mut self, position: usize, entry: Entry, events: &mut impl Events) {
        let parent = position.wrapping_sub(1) / ARITY;
        if position > 0 && before(&entry, &self.entries[parent], events) {
            self.sift_up(position, entry, events);
        } else {
            self.sift_down(position, entry, events);
        }
    }

    fn sift_up(&mut self, mut position: usize, entry: Entry, events: &mut impl Events) {
        while position > 0 {
            let parent = (position - 1) / ARITY;
            if !before(&entry, &self.entries[parent], events) {
                break;
            }
            self.put(position, self.entries[parent], events);
            position = parent;
        }
        self.put(position, entry, events);
    }

    fn sift_down(&mut self, mut position: usize, entry: Entry, events: &mut impl Events) {
        loop {
            let mut children = self.children(position);
            let Some(mut least) = children.next() else { break };
            for child in children {
                if before(&self.entries[child], &self.entries[least], events) {
                    least = child;
                }
            }
            if !before(&self.entries[least], &entry, events) {
                break;
            }
            self.put(position, self.entries[least], events);
            position = least;
        }
        self.put(position, entry, events);
    }

    #[inline]
    fn put(&mut self, position: usize, entry: Entry, events: &mut impl Events) {
        self.entries[position] = entry;
        events.moved(entry.handle, position as u32);
    }
}

/// The order of the queue: `(due_at, kind, event_id)`.
#[inline]
pub(crate) fn before(a: &Entry, b: &Entry, events: &impl Events) -> bool {
    if a.due_at != b.due_at {
        return a.due_at < b.due_at;
    }
    if a.kind != b.kind {
        return a.kind < b.kind;
    }
    a.handle != b.handle && events.order(a.handle, b.handle).is_lt()
}
