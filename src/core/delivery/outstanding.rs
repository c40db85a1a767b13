//! Occurrences that have fired and are not settled: waiting, in flight, between two attempts, or dead letters.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use hashbrown::HashTable;

use super::Cause;
use crate::event::Phase;
use crate::sorting::sorted;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;
use crate::trigger::fnv::Fnv;

/// An occurrence. The order is that of the queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) due_at: Timestamp,
    pub(crate) kind: TriggerKind,
    pub(crate) event_id: Arc<str>,
}

/// How far an outstanding delivery is. Times are elapsed milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// In the waiting queue.
    Waiting,
    /// Handed out, to be answered before this time.
    InFlight { until: u64 },
    /// Failed, to be handed out again at this time.
    Retrying { at: u64 },
    /// Given up.
    Dead { at: Timestamp, reason: Arc<str> },
}

/// An outstanding delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) cause: Cause,
    pub(crate) superseded: bool,
    pub(crate) before: Phase,
    pub(crate) after: Phase,
    pub(crate) revision: Option<u64>,
    pub(crate) fired_at: Option<Timestamp>,
    pub(crate) sequence: u64,
    /// Attempts made so far.
    pub(crate) attempts: u32,
    /// Attempts after which it is given up.
    pub(crate) attempts_allowed: u32,
}

/// Places of removed entries that are put up with.
const SLACK: usize = 64;

/// All outstanding deliveries, found by occurrence, by their place in the waiting queue, and by the time at which something is
/// to happen to them.
///
/// Queue and timers are cleared lazily: what they hold is valid only while its entry is in the state that put it there. The
/// first timer always is.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    /// Looked up, never iterated: its order is not part of any result.
    entries: HashTable<Entry>,
    waiting: VecDeque<Key>,
    timers: BinaryHeap<Reverse<(u64, Key)>>,
    /// In the order of their death, so that a restored scheduler lists them just so.
    dead: VecDeque<Key>,
    waiting_len: usize,
}

impl Outstanding {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Deliveries in the waiting queue.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting_len
    }

    /// Dead letters.
    pub(crate) fn dead(&self) -> usize {
        self.dead.len()
    }

    fn get(&self, key: &Key) -> Option<&Entry> {
        self.find(key.due_at, key.kind, &key.event_id)
    }

    pub(crate) fn find(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Option<&Entry> {
        let same = |entry: &Entry| {
            entry.key.due_at == due_at && entry.key.kind == kind && &*entry.key.event_id == event_id
        };
        self.entries.find(hash(due_at, kind, event_id), same)
    }

    /// Adds an entry, or puts it in the place of the one of the same occurrence.
    pub(crate) fn insert(&mut self, entry: Entry) {
        self.remove(&entry.key);
        match &entry.state {
            State::Waiting => {
                self.waiting_len += 1;
                let position = match self.waiting.back() {
                    Some(last) if *last < entry.key => self.waiting.len(),
                    _ => self.waiting.partition_point(|key| *key < entry.key),
                };
                // One that was withdrawn may have left its place behind.
                if self.waiting.get(position) != Some(&entry.key) {
                    self.waiting.insert(position, entry.key.clone());
                }
            }
            State::InFlight { until: at } | State::Retrying { at } => {
                self.timers.push(Reverse((*at, entry.key.clone())));
            }
            State::Dead { at, .. } => {
                let older = |key: &Key| match self.get(key).map(|other| &other.state) {
                    Some(State::Dead { at: other, .. }) => (other, key) < (at, &entry.key),
                    Some(State::Waiting | State::InFlight { .. } | State::Retrying { .. }) | None => false,
                };
                let position = self.dead.partition_point(older);
                self.dead.insert(position, entry.key.clone());
            }
        }
        self.entries.insert_unique(entry.key.hash(), entry, |entry| entry.key.hash());
    }

    /// Takes an entry away.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Entry> {
        let found = self.entries.find_entry(key.hash(), |entry| entry.key == *key).ok()?;
        let (entry, _) = found.remove();
        match entry.state {
            State::Waiting => self.waiting_len -= 1,
            State::Dead { .. } => self.dead.retain(|other| other != key),
            State::InFlight { .. } | State::Retrying { .. } => {}
        }
        self.clear_away();
        Some(entry)
    }

    /// Takes the first of the waiting queue.
    pub(crate) fn pop_waiting(&mut self) -> Option<Entry> {
        while let Some(key) = self.waiting.pop_front() {
            if self.get(&key).is_some_and(|entry| entry.state == State::Waiting) {
                return self.remove(&key);
            }
        }
        None
    }

    /// Takes the next entry whose timer has run out at `elapsed`, in the order of the timers.
    pub(crate) fn pop_timer(&mut self, elapsed: u64) -> Option<Entry> {
        self.next_timer().filter(|at| *at <= elapsed)?;
        let Reverse((_, key)) = self.timers.pop()?;
        self.remove(&key)
    }

    /// When the next timer runs out.
    pub(crate) fn next_timer(&self) -> Option<u64> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the oldest dead letter.
    pub(crate) fn pop_dead(&mut self) -> Option<Entry> {
        let key = self.dead.front()?.clone();
        self.remove(&key)
    }

    /// Dead letters, oldest first.
    pub(crate) fn dead_letters(&self) -> impl Iterator<Item = &Entry> {
        self.dead.iter().filter_map(|key| self.get(key))
    }

    /// The position of an occurrence in the waiting queue, from 0.
    pub(crate) fn position(&self, key: &Key) -> Option<usize> {
        let waits = |key: &Key| self.get(key).is_some_and(|entry| entry.state == State::Waiting);
        if !waits(key) {
            return None;
        }
        Some(self.waiting.iter().take_while(|other| *other < key).filter(|other| waits(other)).count())
    }

    /// Every entry, in the order of the queue.
    pub(crate) fn sorted(&self) -> Vec<&Entry> {
        let timed = self.timers.iter().map(|Reverse((_, key))| key);
        let keys: Vec<&Key> = self.waiting.iter().chain(timed).chain(&self.dead).collect();
        let mut keys = sorted(keys, |a, b| a.cmp(b));
        keys.dedup();
        keys.into_iter().filter_map(|key| self.get(key)).collect()
    }

    /// Lets go of what removed entries have left behind: at the head of the timers, and where it is most of what there is.
    fn clear_away(&mut self) {
        let entries = &self.entries;
        let state = |key: &Key| entries.find(key.hash(), |entry| entry.key == *key).map(|entry| &entry.state);
        let runs = |at: u64, key: &Key| match state(key) {
            Some(State::InFlight { until }) => *until == at,
            Some(State::Retrying { at: planned }) => *planned == at,
            Some(State::Waiting | State::Dead { .. }) | None => false,
        };
        while self.timers.peek().is_some_and(|Reverse((at, key))| !runs(*at, key)) {
            self.timers.pop();
        }
        if self.timers.len() > 2 * entries.len() + SLACK {
            self.timers.retain(|Reverse((at, key))| runs(*at, key));
        }
        if self.waiting.len() > 2 * self.waiting_len + SLACK {
            self.waiting.retain(|key| state(key) == Some(&State::Waiting));
        }
    }
}

impl Key {
    fn hash(&self) -> u64 {
        hash(self.due_at, self.kind, &self.event_id)
    }
}

fn hash(due_at: Timestamp, kind: TriggerKind, event_id: &str) -> u64 {
    let mut hash = Fnv::new();
    hash.write(&due_at.as_millis().to_le_bytes());
    hash.write(&[kind as u8]);
    hash.write(event_id.as_bytes());
    // The table looks at the highest bits too, which FNV mixes least.
    hash.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(i64, u8, u64),
        Remove(i64),
        PopWaiting,
        PopTimer(u64),
        PopDead,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0_i64..12, 0_u8..4, 0_u64..20).prop_map(|(key, state, at)| Step::Insert(key, state, at)),
            3 => (0_i64..12).prop_map(Step::Remove),
            2 => Just(Step::PopWaiting),
            2 => (0_u64..20).prop_map(Step::PopTimer),
            1 => Just(Step::PopDead),
        ]
    }

    fn key(number: i64) -> Key {
        let due_at = Timestamp::from_millis_unchecked(number / 4);
        let kind = if number % 2 == 0 { TriggerKind::EventStart } else { TriggerKind::EventEnd };
        Key { due_at, kind, event_id: format!("event-{}", number / 2 % 2).into() }
    }

    fn entry(number: i64, state: u8, at: u64) -> Entry {
        let state = match state {
            0 => State::Waiting,
            1 => State::InFlight { until: at },
            2 => State::Retrying { at },
            _ => State::Dead { at: Timestamp::from_millis_unchecked(at as i64 / 4), reason: "no".into() },
        };
        Entry {
            key: key(number),
            state,
            cause: Cause::Recovered,
            superseded: false,
            before: Phase::Draft,
            after: Phase::Draft,
            revision: None,
            fired_at: None,
            sequence: 0,
            attempts: 0,
            attempts_allowed: 3,
        }
    }

    fn timer(entry: &Entry) -> Option<u64> {
        match entry.state {
            State::InFlight { until: at } | State::Retrying { at } => Some(at),
            State::Waiting | State::Dead { .. } => None,
        }
    }

    proptest! {
        /// The model finds everything by looking at every entry.
        #[test]
        fn it_finds_what_a_search_of_all_entries_finds(steps in prop::collection::vec(step(), 0..200)) {
            let mut outstanding = Outstanding::default();
            let mut model: BTreeMap<Key, Entry> = BTreeMap::new();
            let mut dead: Vec<(Timestamp, Key)> = Vec::new();
            for step in steps {
                match step {
                    Step::Insert(number, state, at) => {
                        let entry = entry(number, state, at);
                        dead.retain(|(_, other)| *other != entry.key);
                        if let State::Dead { at, .. } = &entry.state {
                            dead.push((*at, entry.key.clone()));
                            dead.sort();
                        }
                        model.insert(entry.key.clone(), entry.clone());
                        outstanding.insert(entry);
                    }
                    Step::Remove(number) => {
                        prop_assert_eq!(outstanding.remove(&key(number)), model.remove(&key(number)));
                        dead.retain(|(_, other)| *other != key(number));
                    }
                    Step::PopWaiting => {
                        let first = model.values().find(|entry| entry.state == State::Waiting).cloned();
                        prop_assert_eq!(outstanding.pop_waiting(), first.clone());
                        first.map(|first| model.remove(&first.key));
                    }
                    Step::PopTimer(elapsed) => {
                        let timed = model.values().filter(|entry| timer(entry).is_some_and(|at| at <= elapsed));
                        let first = timed.min_by_key(|entry| (timer(entry), entry.key.clone())).cloned();
                        prop_assert_eq!(outstanding.pop_timer(elapsed), first.clone());
                        first.map(|first| model.remove(&first.key));
                    }
                    Step::PopDead => {
                        let first = if dead.is_empty() { None } else { model.remove(&dead.remove(0).1) };
                        prop_assert_eq!(outstanding.pop_dead(), first);
                    }
                }
                prop_assert_eq!(outstanding.len(), model.len());
                prop_assert_eq!(outstanding.next_timer(), model.values().filter_map(timer).min());
                prop_assert_eq!(outstanding.sorted(), model.values().collect::<Vec<_>>());
                let letters: Vec<Key> = outstanding.dead_letters().map(|entry| entry.key.clone()).collect();
                prop_assert_eq!(letters, dead.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>());
                let mut waiting = model.values().filter(|entry| entry.state == State::Waiting);
                prop_assert_eq!(outstanding.waiting(), waiting.clone().count());
                if let Some(last) = waiting.next_back() {
                    prop_assert_eq!(outstanding.position(&last.key), Some(outstanding.waiting() - 1));
                }
            }
        }
    }
}
