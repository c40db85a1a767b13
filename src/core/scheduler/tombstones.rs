//! Revisions of removed events, so that a late echo of the feed brings none of them back.

use std::collections::VecDeque;
use std::sync::Arc;

use super::store::{hash, spread};
use crate::index::Index;
use crate::limits;

/// The last removals; the oldest give way.
#[derive(Debug, Default)]
pub(super) struct Tombstones {
    /// In order of removal. A tombstone that was renewed stands at its first place.
    removed: VecDeque<(Arc<str>, u64)>,
    /// Numbers of the removals by id.
    index: Index,
    /// The number of the first one in the list. Numbers begin anew behind the last one.
    first: u32,
}

impl Tombstones {
    /// The revision up to which the feed has nothing new to say of an event.
    pub(super) fn revision(&self, event_id: &str) -> Option<u64> {
        self.number(event_id).map(|number| self.removed[self.place(number)].1)
    }

    /// Remembers that an event was removed at `revision`.
    pub(super) fn insert(&mut self, event_id: &Arc<str>, revision: u64) {
        if let Some(number) = self.number(event_id) {
            let place = self.place(number);
            let known = &mut self.removed[place].1;
            *known = revision.max(*known);
            return;
        }
        if self.removed.len() == limits::TOMBSTONES
            && let Some((oldest, _)) = self.removed.pop_front()
        {
            self.index.remove(key(&oldest), self.first);
            self.first = self.first.wrapping_add(1);
        }
        let number = self.first.wrapping_add(self.removed.len() as u32);
        self.removed.push_back((event_id.clone(), revision));
        let (removed, first) = (&self.removed, self.first);
        self.index.insert(number, &|number| key(&removed[number.wrapping_sub(first) as usize].0));
    }

    /// In order of removal.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.removed.iter().map(|(id, revision)| (&**id, *revision))
    }

    /// Forgets those of events that `is_kept` does not take.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        for (event_id, revision) in std::mem::take(self).removed {
            if is_kept(&event_id) {
                self.insert(&event_id, revision);
            }
        }
    }

    fn number(&self, event_id: &str) -> Option<u32> {
        if self.removed.is_empty() {
            return None;
        }
        self.index.find(key(event_id), &|number| &*self.removed[self.place(number)].0 == event_id)
    }

    fn place(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }
}

fn key(event_id: &str) -> u64 {
    spread(hash(event_id.as_bytes()))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_newest_removals_are_remembered_with_their_highest_revision() {
        let mut tombstones = Tombstones::default();
        for i in 0..limits::TOMBSTONES as u64 + 5 {
            tombstones.insert(&format!("event-{i}").into(), i);
        }
        assert_eq!(tombstones.iter().count(), limits::TOMBSTONES);
        assert_eq!((tombstones.revision("event-4"), tombstones.revision("event-5")), (None, Some(5)));
        tombstones.insert(&"event-7".into(), 3);
        assert_eq!(tombstones.revision("event-7"), Some(7));
        tombstones.insert(&"event-7".into(), 9);
        assert_eq!(tombstones.revision("event-7"), Some(9));
        for i in 0..20_000 {
            tombstones.insert(&format!("other-{i}").into(), i);
        }
        assert_eq!(
            (tombstones.revision("event-7"), tombstones.revision("other-19999")),
            (None, Some(19_999))
        );
    }
}
