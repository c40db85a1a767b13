//! Finding things by their hash. The hash tables of hashbrown are copied for every type, and so are what tells and hashes their
//! items; this one holds numbers, and is compiled once for everything in the core.

use hashbrown::HashTable;

/// Numbers of things by the hashes of those. Looked up, never iterated: its order is not part of any result.
#[derive(Debug, Default)]
pub(crate) struct Index(HashTable<u32>);

impl Index {
    /// One with room for about as many.
    pub(crate) fn with_capacity(numbers: usize) -> Self {
        Self(HashTable::with_capacity(numbers))
    }

    /// The number of a thing that has this hash and is the `same`.
    #[inline(never)]
    pub(crate) fn find(&self, hash: u64, same: &dyn Fn(u32) -> bool) -> Option<u32> {
        self.0.find(hash, |number| same(*number)).copied()
    }

    /// Adds the number of a thing that is not there yet. `hash` is the hash of any.
    #[inline(never)]
    pub(crate) fn insert(&mut self, number: u32, hash: &dyn Fn(u32) -> u64) {
        self.0.insert_unique(hash(number), number, |number| hash(*number));
    }

    /// Takes the number of a thing with this hash away.
    #[inline(never)]
    pub(crate) fn remove(&mut self, hash: u64, number: u32) {
        if let Ok(entry) = self.0.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
    }
}
