//! Occurrences that have fired, remembered so that neither a clock that steps back nor an event that is added again fires one
//! twice.

use std::collections::VecDeque;

use crate::time::Timestamp;
use crate::trigger::TriggerKind;

type Occurrence = (Timestamp, TriggerKind, Box<[u8]>);

/// Occurrences in the order of the queue. Triggers fire in that order, so that nearly every new one goes to the end.
#[derive(Debug, Default)]
pub(super) struct Settled {
    occurrences: VecDeque<Occurrence>,
}

impl Settled {
    /// Remembers an occurrence; whether it was not known yet.
    pub(super) fn insert(&mut self, due_at: Timestamp, kind: TriggerKind, event_id: &[u8]) -> bool {
        let order = |(at, other, id): &Occurrence| (*at, *other, &**id).cmp(&(due_at, kind, event_id));
        let position = match self.occurrences.back() {
            Some(last) if order(last).is_lt() => self.occurrences.len(),
            _ => match self.occurrences.binary_search_by(order) {
                Ok(_) => return false,
                Err(position) => position,
            },
        };
        self.occurrences.insert(position, (due_at, kind, event_id.into()));
        true
    }

    /// Forgets what was due before `horizon`.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        while self.occurrences.front().is_some_and(|(due_at, ..)| *due_at < horizon) {
            self.occurrences.pop_front();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, TriggerKind, &[u8])> {
        self.occurrences.iter().map(|(due_at, kind, id)| (*due_at, *kind, &**id))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_in_order(inserts in prop::collection::vec((0_i64..9, 0_u8..6, 0_u8..3), 0..60), horizon in 0_i64..9) {
            let mut settled = Settled::default();
            let mut model = BTreeSet::new();
            for (millis, kind, id) in inserts {
                let at = Timestamp::from_millis_unchecked(millis);
                let kind = TriggerKind::from_number(kind).expect("a kind");
                prop_assert_eq!(settled.insert(at, kind, &[id]), model.insert((at, kind, vec![id])));
            }
            let horizon = Timestamp::from_millis_unchecked(horizon);
            settled.forget_before(horizon);
            model.retain(|(at, ..)| *at >= horizon);
            let kept: Vec<_> = settled.iter().map(|(at, kind, id)| (at, kind, id.to_vec())).collect();
            prop_assert_eq!(kept, model.into_iter().collect::<Vec<_>>());
        }
    }
}
