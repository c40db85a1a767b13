//! Occurrences that have fired and are not settled: waiting, in flight, between two attempts, or dead letters.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Cause;
use crate::event::Phase;
use crate::index::Index;
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
    entries: Entries,
    /// In the order of the queue; the times are 0.
    waiting: Line,
    timers: Line,
    /// By the instants of their death, so that a restored scheduler lists them just so.
    dead: Line,
    waiting_len: usize,
}

impl Outstanding {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len
    }

    /// Deliveries in the waiting queue.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting_len
    }

    /// Dead letters.
    pub(crate) fn dead(&self) -> usize {
        self.dead.0.len()
    }

    fn get(&self, key: &Key) -> Option<&Entry> {
        self.find(key.due_at, key.kind, &key.event_id)
    }

    pub(crate) fn find(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Option<&Entry> {
        self.entries.find(due_at, kind, event_id)
    }

    /// Adds an entry, or puts it in the place of the one of the same occurrence.
    pub(crate) fn insert(&mut self, entry: Entry) {
        self.remove(&entry.key);
        match &entry.state {
            State::Waiting => {
                self.waiting_len += 1;
                self.waiting.insert(0, &entry.key);
            }
            State::InFlight { until: at } | State::Retrying { at } => self.timers.insert(*at, &entry.key),
            State::Dead { at, .. } => self.dead.insert(in_order(*at), &entry.key),
        }
        self.entries.insert(entry);
    }

    /// Takes an entry away.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        match entry.state {
            State::Waiting => self.waiting_len -= 1,
            State::Dead { at, .. } => self.dead.remove(in_order(at), key),
            State::InFlight { .. } | State::Retrying { .. } => {}
        }
        self.clear_away();
        Some(entry)
    }

    /// Takes the first of the waiting queue.
    pub(crate) fn pop_waiting(&mut self) -> Option<Entry> {
        while let Some((_, key)) = self.waiting.0.pop_front() {
            if self.get(&key).is_some_and(|entry| entry.state == State::Waiting) {
                return self.remove(&key);
            }
        }
        None
    }

    /// Takes the next entry whose timer has run out at `elapsed`, in the order of the timers.
    pub(crate) fn pop_timer(&mut self, elapsed: u64) -> Option<Entry> {
        self.next_timer().filter(|at| *at <= elapsed)?;
        let (_, key) = self.timers.0.pop_front()?;
        self.remove(&key)
    }

    /// When the next timer runs out.
    pub(crate) fn next_timer(&self) -> Option<u64> {
        self.timers.0.front().map(|(at, _)| *at)
    }

    /// Takes the oldest dead letter.
    pub(crate) fn pop_dead(&mut self) -> Option<Entry> {
        let (_, key) = self.dead.0.front()?.clone();
        self.remove(&key)
    }

    /// Dead letters, oldest first.
    pub(crate) fn dead_letters(&self) -> impl Iterator<Item = &Entry> {
        self.dead.0.iter().filter_map(|(_, key)| self.get(key))
    }

    /// The position of an occurrence in the waiting queue, from 0.
    pub(crate) fn position(&self, key: &Key) -> Option<usize> {
        let waits = |key: &Key| self.get(key).is_some_and(|entry| entry.state == State::Waiting);
        if !waits(key) {
            return None;
        }
        let earlier = self.waiting.0.iter().map(|(_, other)| other).take_while(|other| *other < key);
        Some(earlier.filter(|other| waits(other)).count())
    }

    /// Every entry, in the order of the queue.
    pub(crate) fn sorted(&self) -> Vec<&Entry> {
        let lines = self.waiting.0.iter().chain(&self.timers.0).chain(&self.dead.0);
        let mut keys = sorted(lines.map(|(_, key)| key).collect(), |a: &&Key, b| a.cmp(b));
        keys.dedup();
        keys.into_iter().filter_map(|key| self.get(key)).collect()
    }

    /// Lets go of what removed entries have left behind: at the head of the timers, and where it is most of what there is.
    fn clear_away(&mut self) {
        let entries = &self.entries;
        let state = |key: &Key| entries.find(key.due_at, key.kind, &key.event_id).map(|entry| &entry.state);
        let runs = |(at, key): &(u64, Key)| match state(key) {
            Some(State::InFlight { until }) => until == at,
            Some(State::Retrying { at: planned }) => planned == at,
            Some(State::Waiting | State::Dead { .. }) | None => false,
        };
        while self.timers.0.front().is_some_and(|timer| !runs(timer)) {
            self.timers.0.pop_front();
        }
        self.timers.thin_out(entries.len, &runs);
        self.waiting.thin_out(self.waiting_len, &|(_, key)| state(key) == Some(&State::Waiting));
    }
}

/// Keys by a time, and at one time in the order of the queue. Nearly every new one goes to the end.
#[derive(Debug, Default)]
struct Line(VecDeque<(u64, Key)>);

impl Line {
    /// One that was withdrawn may have left its place behind: it is used again.
    #[inline(never)]
    fn insert(&mut self, at: u64, key: &Key) {
        if let Err(position) = self.find(at, key) {
            self.0.insert(position, (at, key.clone()));
        }
    }

    #[inline(never)]
    fn remove(&mut self, at: u64, key: &Key) {
        if let Ok(position) = self.find(at, key) {
            self.0.remove(position);
        }
    }

    fn find(&self, at: u64, key: &Key) -> Result<usize, usize> {
        let order = |(other, place): &(u64, Key)| other.cmp(&at).then_with(|| place.cmp(key));
        match self.0.back() {
            Some(last) if order(last).is_lt() => Err(self.0.len()),
            Some(_) | None => self.0.binary_search_by(order),
        }
    }

    /// Keeps what is `valid` where that is less than half of it.
    #[inline(never)]
    fn thin_out(&mut self, len: usize, valid: &dyn Fn(&(u64, Key)) -> bool) {
        if self.0.len() > 2 * len + SLACK {
            self.0.retain(valid);
        }
    }
}

/// Instants as numbers without a sign, in the same order.
fn in_order(at: Timestamp) -> u64 {
    at.as_millis().cast_unsigned() ^ 1 << 63
}

/// Entries by occurrence.
#[derive(Debug, Default)]
struct Entries {
    places: Vec<Option<Entry>>,
    free: Vec<u32>,
    index: Index,
    len: usize,
}

impl Entries {
    fn number(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Option<u32> {
        let same = |number: u32| {
            self.places[number as usize].as_ref().is_some_and(|Entry { key, .. }| {
                key.due_at == due_at && key.kind == kind && &*key.event_id == event_id
            })
        };
        self.index.find(hash(due_at, kind, event_id), &same)
    }

    fn find(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Option<&Entry> {
        self.places[self.number(due_at, kind, event_id)? as usize].as_ref()
    }

    /// Adds an entry of an occurrence that has none.
    fn insert(&mut self, entry: Entry) {
        let number = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            (self.places.len() - 1) as u32
        });
        self.places[number as usize] = Some(entry);
        self.len += 1;
        let places = &self.places;
        self.index
            .insert(number, &|number| places[number as usize].as_ref().map_or(0, |entry| entry.key.hash()));
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let number = self.number(key.due_at, key.kind, &key.event_id)?;
        self.index.remove(key.hash(), number);
        self.free.push(number);
        self.len -= 1;
        self.places[number as usize].take()
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
