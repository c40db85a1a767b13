//! What follows from a schedule: occurrences up to a horizon with their ids, what an edit changes, and what was missed.

use std::ops::Range;

use super::schedule::{Schedule, SearchStopped, instant_of};
use crate::limits;
use crate::time::Timestamp;

/// The kind of an occurrence that needs no other name.
pub const RECURRENCE_KIND: &str = "recurrence";

/// The identity of an occurrence, the same on every machine: `{event_id}/{kind}@{due_at}`, as that of any trigger. It depends on
/// the instant alone: of two definitions that both have an instant, both mean the same occurrence.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::recurrence::{RECURRENCE_KIND, occurrence_id};
///
/// let id = occurrence_id("backup", RECURRENCE_KIND, Timestamp::EPOCH);
/// assert_eq!(id, "backup/recurrence@1970-01-01T00:00:00.000Z");
/// ```
#[must_use]
pub fn occurrence_id(event_id: &str, kind: &str, due_at: Timestamp) -> String {
    let mut id = [event_id, "/", kind, "@"].concat();
    due_at.write_rfc3339(&mut id);
    id
}

/// The occurrences of a stretch of time, in order; made by [`Schedule::occurrences`].
#[derive(Clone, Debug)]
pub struct Occurrences<'s> {
    schedule: &'s Schedule<'s>,
    from: i64,
    end: i64,
    left: usize,
}

impl Iterator for Occurrences<'_> {
    type Item = Result<Timestamp, SearchStopped>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        match self.schedule.next_in(self.from, self.end) {
            Ok(found) => {
                let second = found?;
                self.from = second + 1;
                Some(Ok(instant_of(second)))
            }
            Err(stopped) => {
                self.left = 0;
                Some(Err(stopped))
            }
        }
    }
}

/// What occurs in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub occurrences: Vec<PlannedOccurrence>,
    /// The first one that there was no room for; none if the plan has them all.
    pub more_from: Option<Timestamp>,
}

/// An occurrence that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOccurrence {
    /// Its [`occurrence_id`].
    pub id: String,
    /// When it is due.
    pub due_at: Timestamp,
}

/// What a new definition changes in the occurrences to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditPlan {
    /// Those that only the old one has, in order.
    pub withdraw: Vec<Timestamp>,
    /// Those that only the new one has, in order.
    pub add: Vec<Timestamp>,
    /// How many both have: they stay as they are.
    pub kept: usize,
    /// The first instant that was not compared any more; none if all were.
    pub more_from: Option<Timestamp>,
}

/// Which of several missed occurrences still count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalesce {
    /// The first of them alone.
    Earliest,
    /// The last of them alone.
    Latest,
    /// Each of them.
    #[default]
    All,
}

/// What was missed in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// Those that still count, in order.
    pub occurrences: Vec<Timestamp>,
    /// How many others there were, which these stand for.
    pub coalesced: u64,
}

impl Schedule<'_> {
    /// The occurrences from the beginning of a range to before its end, at most `limit` of them.
    #[must_use]
    pub fn occurrences(&self, range: Range<Timestamp>, limit: usize) -> Occurrences<'_> {
        let second = |instant: Timestamp| -(-instant.as_millis()).div_euclid(1000);
        Occurrences { schedule: self, from: second(range.start), end: second(range.end), left: limit }
    }

    /// Plans the occurrences of a range with their ids, at most [`PLANNED_OCCURRENCES`](limits::PLANNED_OCCURRENCES) of them.
    ///
    /// # Errors
    ///
    /// [`SearchStopped`] if a search ends without an answer.
    pub fn expand(&self, event_id: &str, kind: &str, range: Range<Timestamp>) -> Result<Plan, SearchStopped> {
        let mut plan = Plan { occurrences: Vec::new(), more_from: None };
        for due_at in self.occurrences(range, limits::PLANNED_OCCURRENCES + 1) {
            let due_at = due_at?;
            if plan.occurrences.len() == limits::PLANNED_OCCURRENCES {
                plan.more_from = Some(due_at);
                break;
            }
            plan.occurrences.push(PlannedOccurrence { id: occurrence_id(event_id, kind, due_at), due_at });
        }
        Ok(plan)
    }

    /// What was missed after one instant and up to another, coalesced. Where one stands for all, the others are only counted.
    ///
    /// # Errors
    ///
    /// [`SearchStopped`] if a search ends without an answer.
    pub fn missed(
        &self,
        after: Timestamp,
        until: Timestamp,
        policy: Coalesce,
    ) -> Result<Missed, SearchStopped> {
        let (from, end) = (after.saturating_add_ms(1), until.saturating_add_ms(1));
        let one = match policy {
            Coalesce::All => {
                let all: Result<Vec<_>, _> =
                    self.occurrences(from..end, limits::PLANNED_OCCURRENCES).collect();
                let occurrences = all?;
                let coalesced = self.count(from, end)? - occurrences.len() as u64;
                return Ok(Missed { occurrences, coalesced });
            }
            Coalesce::Earliest => self.next_after(after)?.filter(|&due_at| due_at <= until),
            Coalesce::Latest => self.previous_before(end)?.filter(|&due_at| due_at > after),
        };
        let coalesced = if one.is_some() { self.count(from, end)? - 1 } else { 0 };
        Ok(Missed { occurrences: one.into_iter().collect(), coalesced })
    }
}

/// Compares two definitions after `now` and up to a horizon: which occurrences to withdraw, and which to add. No definition has no
/// occurrences. At most [`PLANNED_OCCURRENCES`](limits::PLANNED_OCCURRENCES) are compared.
///
/// # Errors
///
/// [`SearchStopped`] if a search ends without an answer.
pub fn plan_edit(
    old: Option<&Schedule<'_>>,
    new: Option<&Schedule<'_>>,
    now: Timestamp,
    horizon: Timestamp,
) -> Result<EditPlan, SearchStopped> {
    let ahead = |schedule: Option<&Schedule<'_>>, from: Timestamp| match schedule {
        Some(schedule) => schedule.next_after(from).map(|found| found.filter(|&due_at| due_at <= horizon)),
        None => Ok(None),
    };
    let mut plan = EditPlan::default();
    let (mut was, mut is) = (ahead(old, now)?, ahead(new, now)?);
    for _ in 0..limits::PLANNED_OCCURRENCES {
        let first = match (was, is) {
            (None, None) => return Ok(plan),
            (Some(was), Some(is)) => was.min(is),
            (was, is) => was.or(is).unwrap_or(horizon),
        };
        match (was == Some(first), is == Some(first)) {
            (true, true) => plan.kept += 1,
            (true, false) => plan.withdraw.push(first),
            (false, _) => plan.add.push(first),
        }
        if was == Some(first) {
            was = ahead(old, first)?;
        }
        if is == Some(first) {
            is = ahead(new, first)?;
        }
    }
    plan.more_from = was.into_iter().chain(is).min();
    Ok(plan)
}
