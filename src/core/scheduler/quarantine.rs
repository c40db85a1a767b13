//! Events that could not be understood, by id.

use super::io::Quarantined;
use crate::limits;

/// A list sorted by id: there are few of them, and it costs far less code in a page than a tree.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    events: Vec<(String, Quarantined)>,
    /// Those beyond [`limits::QUARANTINED_EVENTS`], which are only counted.
    beyond: usize,
}

impl Quarantine {
    /// How many events could not be understood, those only counted included.
    pub(super) fn len(&self) -> usize {
        self.events.len() + self.beyond
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn get(&self, event_id: &str) -> Option<&Quarantined> {
        self.find(event_id).ok().map(|position| &self.events[position].1)
    }

    /// In order of id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Quarantined)> {
        self.events.iter().map(|(id, event)| (id.as_str(), event))
    }

    pub(super) fn insert(&mut self, event_id: String, event: Quarantined) {
        match self.find(&event_id) {
            Ok(position) => self.events[position].1 = event,
            Err(_) if self.events.len() == limits::QUARANTINED_EVENTS => self.beyond += 1,
            Err(position) => self.events.insert(position, (event_id, event)),
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, event_id: &str) -> bool {
        let found = self.find(event_id);
        if let Ok(position) = found {
            self.events.remove(position);
        }
        found.is_ok()
    }

    fn find(&self, event_id: &str) -> Result<usize, usize> {
        self.events.binary_search_by(|(id, _)| id.as_str().cmp(event_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Quarantined {
        Quarantined { problems: Vec::new(), json: Box::default() }
    }

    #[test]
    fn ids_stay_in_order_and_stand_once() {
        let mut quarantine = Quarantine::default();
        for id in ["b", "c", "a", "b"] {
            quarantine.insert(id.to_owned(), event());
        }
        assert_eq!(quarantine.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(quarantine.remove("b") && !quarantine.remove("b"));
        assert!(quarantine.get("c").is_some() && quarantine.get("b").is_none());
    }

    #[test]
    fn beyond_the_limit_events_are_counted() {
        let mut quarantine = Quarantine::default();
        for i in 0..limits::QUARANTINED_EVENTS + 3 {
            quarantine.insert(format!("{i:06}"), event());
        }
        assert_eq!(quarantine.len(), limits::QUARANTINED_EVENTS + 3);
        assert_eq!(quarantine.iter().count(), limits::QUARANTINED_EVENTS);
    }
}
