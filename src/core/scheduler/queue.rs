//! Views of the queue: what fires next.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Scheduler;
use super::rows::Rows;
use crate::trigger::QueuedTrigger;
use crate::trigger::heap::{Entry, before};

/// A trigger that may be the next one, and the heap position whose children it stands before.
struct Candidate<'a> {
    entry: Entry,
    position: Option<usize>,
    rows: &'a Rows,
}

impl Ord for Candidate<'_> {
    /// Reversed, since [`BinaryHeap`] gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        match (before(&self.entry, &other.entry, self.rows), before(&other.entry, &self.entry, self.rows)) {
            (true, _) => Ordering::Greater,
            (_, true) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

impl Scheduler {
    /// The next trigger.
    pub fn next_trigger(&self) -> Option<QueuedTrigger> {
        self.store.heap.peek().map(|entry| self.queued(entry))
    }

    /// The coming `limit` triggers in the order in which they will fire. O(limit · log limit), whatever the queue's length.
    pub fn queue(&self, limit: usize) -> Vec<QueuedTrigger> {
        self.coming(limit).collect()
    }

    /// The same, one after the other.
    pub(super) fn coming(&self, limit: usize) -> impl Iterator<Item = QueuedTrigger> + '_ {
        let (heap, rows) = (&self.store.heap, &self.store.rows);
        let mut candidates = BinaryHeap::new();
        let at_position = move |position: usize| {
            heap.get(position).map(|&entry| Candidate { entry, position: Some(position), rows })
        };
        candidates.extend(at_position(0));
        let next = move || {
            let Candidate { entry, position, .. } = candidates.pop()?;
            if let Some(position) = position {
                candidates.extend(heap.children(position).filter_map(at_position));
            }
            let later = rows.get(entry.handle).trigger_after(entry.due_at, entry.kind);
            candidates.extend(later.map(|(due_at, kind)| Candidate {
                entry: Entry { due_at, kind, handle: entry.handle },
                position: None,
                rows,
            }));
            Some(self.queued(&entry))
        };
        std::iter::from_fn(next).take(limit)
    }

    /// The triggers of one event that still wait, in order; `None` where there is no such event.
    pub fn event_queue(&self, event_id: &str) -> Option<Vec<QueuedTrigger>> {
        let row = self.store.rows.get(self.store.find(event_id.as_bytes())?);
        let first = row.next_trigger();
        let all = std::iter::successors(first, |&(due_at, kind)| row.trigger_after(due_at, kind));
        Some(all.map(|(due_at, kind)| QueuedTrigger::new(event_id, kind, due_at)).collect())
    }

    fn queued(&self, entry: &Entry) -> QueuedTrigger {
        QueuedTrigger::new(&self.store.rows.id_text(entry.handle), entry.kind, entry.due_at)
    }
}
