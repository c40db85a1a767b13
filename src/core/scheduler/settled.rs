//! Occurrences that have fired, remembered so that neither a clock that steps back nor an event that is added again fires one
//! twice.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::delivery::Fate;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;

type Occurrence = (Timestamp, TriggerKind, Arc<str>, Fate);

/// Occurrences in the order of the queue. Triggers fire in that order, so that nearly every new one goes to the end.
#[derive(Debug, Default)]
pub(super) struct Settled {
    occurrences: VecDeque<Occurrence>,
}

impl Settled {
    /// Remembers what became of an occurrence; whether it was not known yet.
    pub(super) fn insert(
        &mut self,
        due_at: Timestamp,
        kind: TriggerKind,
        event_id: Arc<str>,
        fate: Fate,
    ) -> bool {
        match self.find(due_at, kind, &event_id) {
            Ok(position) => {
                self.occurrences[position].3 = fate;
                false
            }
            Err(position) => {
                self.occurrences.insert(position, (due_at, kind, event_id, fate));
                true
            }
        }
    }

    /// What became of an occurrence.
    pub(super) fn fate(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Option<Fate> {
        self.find(due_at, kind, event_id).ok().map(|position| self.occurrences[position].3)
    }

    /// Forgets an occurrence.
    pub(super) fn remove(&mut self, due_at: Timestamp, kind: TriggerKind, event_id: &str) {
        if let Ok(position) = self.find(due_at, kind, event_id) {
            self.occurrences.remove(position);
        }
    }

    fn find(&self, due_at: Timestamp, kind: TriggerKind, event_id: &str) -> Result<usize, usize> {
        let order = |(at, other, id, _): &Occurrence| (*at, *other, &**id).cmp(&(due_at, kind, event_id));
        match self.occurrences.back() {
            Some(last) if order(last).is_lt() => Err(self.occurrences.len()),
            None => Err(0),
            Some(_) => self.occurrences.binary_search_by(order),
        }
    }

    /// Forgets what was due before `horizon`.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        while self.occurrences.front().is_some_and(|(due_at, ..)| *due_at < horizon) {
            self.occurrences.pop_front();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, TriggerKind, &str, Fate)> {
        self.occurrences.iter().map(|(due_at, kind, id, fate)| (*due_at, *kind, &**id, *fate))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_in_order(inserts in prop::collection::vec((0_i64..9, 0_u8..6, "[a-c]", 0_u8..7), 0..60), horizon in 0_i64..9) {
            let mut settled = Settled::default();
            let mut model = BTreeMap::new();
            for (millis, kind, id, fate) in inserts {
                let at = Timestamp::from_millis_unchecked(millis);
                let kind = TriggerKind::from_number(kind).expect("a kind");
                let fate = Fate::from_number(fate).expect("a fate");
                prop_assert_eq!(settled.fate(at, kind, &id), model.get(&(at, kind, id.clone())).copied());
                let new = settled.insert(at, kind, id.as_str().into(), fate);
                prop_assert_eq!(new, model.insert((at, kind, id), fate).is_none());
            }
            let horizon = Timestamp::from_millis_unchecked(horizon);
            settled.forget_before(horizon);
            model.retain(|(at, ..), _| *at >= horizon);
            let kept: Vec<_> = settled.iter().map(|(at, kind, id, fate)| ((at, kind, id.to_owned()), fate)).collect();
            prop_assert_eq!(kept, model.into_iter().collect::<Vec<_>>());
        }
    }
}
