//! The first places of a list of what is to come: what is stored, and beyond it what recurrences will have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use client_event_scheduler::Timestamp;
use client_event_scheduler::service::OccurrenceState;

use super::occurrence_id;
use super::rule::{read_stored, schedule_of};
use crate::problem::ApiError;
use crate::store::{ListedEvent, ListedOccurrence, ListedRecurrence, OccurrenceFilter};

/// An occurrence of a list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) due_at: Timestamp,
    pub(super) occurrence_id: String,
    pub(super) event: Arc<ListedEvent>,
    pub(super) state: OccurrenceState,
    pub(super) attempt: u32,
}

impl Entry {
    /// One that is stored.
    pub(super) fn of(ListedOccurrence { event, occurrence }: ListedOccurrence) -> Self {
        Self {
            due_at: occurrence.due_at,
            occurrence_id: occurrence.occurrence_id,
            event: Arc::new(event),
            state: occurrence.standing.state,
            attempt: occurrence.standing.attempt,
        }
    }
}

/// The first entries, in the order of time and id, of all that were added: so many as there is room for.
#[derive(Debug)]
pub(super) struct FirstPlaces {
    most: usize,
    entries: BTreeMap<(Timestamp, String), Entry>,
}

impl FirstPlaces {
    /// With room for `most` entries.
    pub(super) fn new(most: usize) -> Self {
        Self { most, entries: BTreeMap::new() }
    }

    /// Adds an entry. Returns whether there was room for it.
    pub(super) fn add(&mut self, entry: Entry) -> bool {
        let place = (entry.due_at, entry.occurrence_id.clone());
        if self.is_full() && self.entries.last_key_value().is_some_and(|(last, _)| *last <= place) {
            return false;
        }
        self.entries.entry(place).or_insert(entry);
        if self.entries.len() > self.most {
            self.entries.pop_last();
        }
        true
    }

    /// Behind which instant there is no room; none while there is room everywhere.
    pub(super) fn bound(&self) -> Option<Timestamp> {
        let last = self.entries.last_key_value().filter(|_| self.is_full());
        last.map(|((due_at, _), _)| *due_at)
    }

    /// The entries in order.
    pub(super) fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.entries.into_values()
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= self.most
    }
}

/// Adds what recurrences will have beyond what is stored of them. One that cannot be read has nothing more, and is told in the log.
pub(super) fn expand(
    mut first: FirstPlaces,
    recurrences: &[ListedRecurrence],
    taken_back: &BTreeSet<String>,
    filter: &OccurrenceFilter,
) -> FirstPlaces {
    for recurrence in recurrences {
        if let Err(error) = add_beyond(&mut first, recurrence, taken_back, filter) {
            let event = &recurrence.event.event_id;
            tracing::error!(error = error.detail(), %event, "a recurrence cannot be read");
        }
    }
    first
}

fn add_beyond(
    first: &mut FirstPlaces,
    recurrence: &ListedRecurrence,
    taken_back: &BTreeSet<String>,
    filter: &OccurrenceFilter,
) -> Result<(), ApiError> {
    let after = filter.after.as_ref().map_or(Timestamp::MIN, |(due_at, _)| *due_at);
    let from = recurrence.planned_until.saturating_add_ms(1).max(filter.from).max(after);
    let until = first.bound().map_or(filter.until, |bound| bound.saturating_add_ms(1).min(filter.until));
    if from >= until {
        return Ok(());
    }
    let schedule = schedule_of(&read_stored(&recurrence.recurrence)?)?;
    let event = Arc::new(recurrence.event.clone());
    for due_at in schedule.occurrences(from..until, usize::MAX) {
        // A rule that cannot be searched to its end is shown as far as it can.
        let Ok(due_at) = due_at else { break };
        let id = occurrence_id(&event.event_id, due_at);
        let passed = filter.after.as_ref().is_some_and(|(at, last)| (due_at, &id) <= (*at, last));
        if passed || taken_back.contains(&id) {
            continue;
        }
        let entry = Entry {
            due_at,
            occurrence_id: id,
            event: Arc::clone(&event),
            state: OccurrenceState::Scheduled,
            attempt: 0,
        };
        if !first.add(entry) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(due_at: i64, id: &str) -> Entry {
        Entry {
            due_at: Timestamp::from_millis(due_at).expect("an instant"),
            occurrence_id: id.to_owned(),
            event: Arc::new(ListedEvent {
                event_id: id.to_owned(),
                service: String::new(),
                kind: String::new(),
                entity_id: String::new(),
                recurring: false,
                reminder: None,
            }),
            state: OccurrenceState::Scheduled,
            attempt: 0,
        }
    }

    #[test]
    fn the_first_places_are_kept_each_once_whatever_the_order() {
        let mut first = FirstPlaces::new(3);
        for (due_at, id, fits) in [
            (30, "a", true),
            (10, "b", true),
            (10, "b", true),
            (20, "c", true),
            (30, "b", false),
            (20, "d", true),
            (30, "a", false),
        ] {
            assert_eq!(first.add(entry(due_at, id)), fits, "{due_at} {id}");
        }
        assert_eq!(first.bound(), Timestamp::from_millis(20));
        let ids: Vec<_> = first.into_entries().map(|entry| entry.occurrence_id).collect();
        assert_eq!(ids, ["b", "c", "d"]);
    }
}
