//! A recurrence in its zone, ready to be asked which instants are its occurrences.

use std::fmt;

use super::binding::{Bound, Fold, Gap, Mode};
use super::pattern::{Pattern, day_of};
use crate::time::{
    CivilDateTime, Disambiguation, LocalTimeError, OffsetSpan, SECONDS_PER_DAY, Timestamp, Zone,
};

/// A recurrence in its zone. Asking it never walks from its start.
///
/// Occurrences are whole seconds, each once, ascending.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::recurrence::{Context, Recurrence};
/// use client_event_scheduler::{Timestamp, ZoneTable};
///
/// let recurrence: Recurrence = "DTSTART;TZID=Europe/Berlin:20200101T023000\nRRULE:FREQ=DAILY".parse()?;
/// let schedule = recurrence.schedule(&Context::new(ZoneTable::embedded()))?;
/// // 2026-03-29, when the clocks went from 02:00 to 03:00.
/// let noon_before = Timestamp::from_millis(1_774_695_600_000).expect("an instant");
/// let next = schedule.next_after(noon_before)?.expect("it goes on for ever");
/// assert_eq!(next.to_string(), "2026-03-29T01:30:00.000Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schedule<'z> {
    pub(super) zone: &'z Zone,
    pub(super) mode: Mode,
    pub(super) pattern: Option<Pattern>,
    /// The first and the last UTC second at which the rule may occur.
    pub(super) from: i64,
    pub(super) until: i64,
    /// UTC seconds, ascending.
    pub(super) include: Vec<i64>,
    pub(super) exclude: Vec<i64>,
    /// Local days taken out as a whole, ascending.
    pub(super) exclude_days: Vec<i32>,
}

/// Why a search has ended without an answer. Where there is no further occurrence, that is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStopped {
    /// [`RECURRENCE_STEPS`](crate::limits::RECURRENCE_STEPS) candidates were looked at, up to this local time.
    Limit {
        /// Where the search was given up.
        reached: CivilDateTime,
    },
    /// The next occurrence is a local time that clocks skip or show twice, and the policy is `reject`.
    LocalTime(LocalTimeError),
}

impl SearchStopped {
    pub(super) fn limit(local: i64) -> Self {
        Self::Limit { reached: CivilDateTime::from_millis_clamped(local.saturating_mul(1000)) }
    }
}

impl fmt::Display for SearchStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { reached } => write!(
                f,
                "the search for an occurrence was given up at {reached}: choose an interval that meets the times of the rule more often"
            ),
            Self::LocalTime(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SearchStopped {}

/// No zone is further from UTC than this, in seconds.
pub(super) const FURTHEST: i64 = 26 * 3600;

/// Local times of one stretch of time, `from..until`, and the offset with which they are read.
#[derive(Clone, Copy, Debug)]
struct Reading {
    from: i64,
    until: i64,
    offset: i64,
}

impl Schedule<'_> {
    /// The zone by whose clocks it is read.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        self.zone
    }

    /// The first occurrence after an instant; none if there is no further one.
    ///
    /// # Errors
    ///
    /// [`SearchStopped`] if neither can be told.
    pub fn next_after(&self, instant: Timestamp) -> Result<Option<Timestamp>, SearchStopped> {
        let from = instant.as_millis().div_euclid(1000) + 1;
        Ok(self.next_in(from, LAST_SECOND + 1)?.map(instant_of))
    }

    /// The last occurrence before an instant; none if there is no earlier one.
    ///
    /// # Errors
    ///
    /// [`SearchStopped`] if neither can be told.
    pub fn previous_before(&self, instant: Timestamp) -> Result<Option<Timestamp>, SearchStopped> {
        let to = (instant.as_millis() - 1).div_euclid(1000);
        Ok(self.previous_in(to, FIRST_SECOND)?.map(instant_of))
    }

    /// Whether an instant is an occurrence.
    ///
    /// # Errors
    ///
    /// [`SearchStopped::LocalTime`] if its local time is refused.
    pub fn matches(&self, instant: Timestamp) -> Result<bool, SearchStopped> {
        let second = instant.as_millis().div_euclid(1000);
        let whole = instant.as_millis() % 1000 == 0;
        Ok(whole && self.next_in(second, second + 1)?.is_some())
    }

    /// The first occurrence from a UTC second on and before `end`.
    pub(super) fn next_in(&self, from: i64, end: i64) -> Result<Option<i64>, SearchStopped> {
        let mut from = from.max(FIRST_SECOND);
        let end = end.min(LAST_SECOND + 1);
        loop {
            let by_rule = self.rule_next(from, end)?;
            let added = self.include.get(self.include.partition_point(|&at| at < from)).copied();
            let Some(found) = sooner(by_rule, added.filter(|&at| at < end)) else { return Ok(None) };
            match self.excluded_until(found) {
                None => return Ok(Some(found)),
                Some(until) => from = until,
            }
        }
    }

    /// The last occurrence up to a UTC second and not before `start`.
    pub(super) fn previous_in(&self, to: i64, start: i64) -> Result<Option<i64>, SearchStopped> {
        let mut to = to.min(LAST_SECOND);
        let start = start.max(FIRST_SECOND);
        loop {
            let by_rule = self.rule_previous(to, start)?;
            let added =
                self.include.partition_point(|&at| at <= to).checked_sub(1).map(|last| self.include[last]);
            let Some(found) = by_rule.max(added.filter(|&at| at >= start)) else { return Ok(None) };
            if self.excluded_until(found).is_none() {
                return Ok(Some(found));
            }
            to = found - 1;
        }
    }

    /// For an instant that was taken out: the next one that need not be.
    fn excluded_until(&self, second: i64) -> Option<i64> {
        if self.exclude.binary_search(&second).is_ok() {
            return Some(second + 1);
        }
        if self.exclude_days.is_empty() {
            return None;
        }
        let day = self.day_at(second);
        self.exclude_days.binary_search(&day).ok()?;
        let midnight = CivilDateTime::from_millis_clamped(i64::from(day + 1) * SECONDS_PER_DAY * 1000);
        let next = self.zone.resolve(midnight, Disambiguation::Compatible);
        Some(next.map_or(second + 1, |next| next.as_millis().div_euclid(1000)).max(second + 1))
    }

    fn day_at(&self, second: i64) -> i32 {
        day_of(second + self.zone.span_at(second).offsets[1])
    }

    /// The first second of the rule from a UTC second on and before `end`.
    pub(super) fn rule_next(&self, from: i64, end: i64) -> Result<Option<i64>, SearchStopped> {
        let Some(pattern) = &self.pattern else { return Ok(None) };
        let mut at = from.max(self.from);
        let end = end.min(self.until + 1);
        while at < end {
            let span = self.zone.span_at(at);
            let mut found: Option<(i64, i64)> = None;
            for reading in self.readings(&span).into_iter().flatten() {
                let before = found.map_or(end, |found| found.0);
                let (lo, hi) = (at + reading.offset, before + reading.offset);
                if let Some(local) = pattern.next(lo.max(reading.from), hi.min(reading.until))? {
                    found = Some((local - reading.offset, local));
                }
            }
            if let Some((second, local)) = found {
                return self.accepted(second, local);
            }
            // What is still to come begins with the earliest local time that clocks will show again.
            let [_, offset, after] = span.offsets;
            if span.until >= end {
                return Ok(None);
            }
            let Some(local) = pattern.next(span.until + offset.min(after), end + FURTHEST)? else {
                return Ok(None);
            };
            at = span.until.max(local - FURTHEST);
        }
        Ok(None)
    }

    /// The last second of the rule up to a UTC second and not before `start`.
    fn rule_previous(&self, to: i64, start: i64) -> Result<Option<i64>, SearchStopped> {
        let Some(pattern) = &self.pattern else { return Ok(None) };
        let mut at = to.min(self.until);
        let start = start.max(self.from);
        while at >= start {
            let span = self.zone.span_at(at);
            let mut found: Option<(i64, i64)> = None;
            for reading in self.readings(&span).into_iter().flatten() {
                let after = found.map_or(start, |found| found.0 + 1);
                let (hi, lo) = (at + reading.offset, after + reading.offset);
                if let Some(local) = pattern.previous(hi.min(reading.until - 1), lo.max(reading.from))? {
                    found = Some((local - reading.offset, local));
                }
            }
            if let Some((second, local)) = found {
                return self.accepted(second, local);
            }
            let [before, offset, _] = span.offsets;
            if span.from <= start {
                return Ok(None);
            }
            let earlier = pattern.previous(span.from + offset.max(before) - 1, start - FURTHEST)?;
            let Some(local) = earlier else { return Ok(None) };
            at = (span.from - 1).min(local + FURTHEST);
        }
        Ok(None)
    }

    /// How many seconds the rule has from a UTC second on and before `end`.
    pub(super) fn rule_count(&self, from: i64, end: i64) -> Result<u64, SearchStopped> {
        let Some(pattern) = &self.pattern else { return Ok(0) };
        let mut counted = 0;
        let mut at = from.max(self.from);
        let end = end.min(self.until + 1);
        while at < end {
            let span = self.zone.span_at(at);
            let until = span.until.min(end);
            let [shown, moved] = self.readings(&span);
            let bounds = |reading: Reading| {
                (reading.from.max(at + reading.offset), reading.until.min(until + reading.offset))
            };
            if let Some((lo, hi)) = shown.map(bounds) {
                counted += pattern.count(lo, hi);
            }
            if let Some(moved) = moved {
                let (mut lo, hi) = bounds(moved);
                // A time that was moved to where another one already is counts once.
                while let Some(local) = pattern.next(lo, hi)? {
                    let there = local - moved.offset + span.offsets[1];
                    let has = |shown: Reading| (shown.from..shown.until).contains(&there);
                    let twice = shown.is_some_and(has) && pattern.next(there, there + 1)?.is_some();
                    counted += u64::from(!twice);
                    lo = local + 1;
                }
            }
            at = span.until;
        }
        Ok(counted)
    }

    /// The local times that make instants of a stretch: those that its clocks show, and those of a gap beside it that are moved into it.
    fn readings(&self, span: &OffsetSpan) -> [Option<Reading>; 2] {
        let [before, offset, after] = span.offsets;
        let mut shown = Reading { from: span.from + offset, until: span.until + offset, offset };
        if offset < before && self.mode.fold == Fold::First {
            shown.from = span.from + before;
        }
        if after < offset && self.mode.fold == Fold::Second {
            shown.until = span.until + after;
        }
        let moved = match self.mode.gap {
            Gap::Forward if before < offset => {
                Some(Reading { from: span.from + before, until: span.from + offset, offset: before })
            }
            Gap::Backward if offset < after => {
                Some(Reading { from: span.until + offset, until: span.until + after, offset: after })
            }
            Gap::Forward | Gap::Backward | Gap::Skipped => None,
        };
        [Some(shown), moved]
    }

    fn accepted(&self, second: i64, local: i64) -> Result<Option<i64>, SearchStopped> {
        if self.mode.reject {
            let local = CivilDateTime::from_millis_clamped(local * 1000);
            self.zone.resolve(local, Disambiguation::Reject).map_err(SearchStopped::LocalTime)?;
        }
        Ok(Some(second))
    }

    /// How many occurrences there are from an instant on and before `end`, by arithmetic.
    ///
    /// # Errors
    ///
    /// [`SearchStopped`] if that cannot be told.
    pub fn count(&self, from: Timestamp, end: Timestamp) -> Result<u64, SearchStopped> {
        let second = |instant: Timestamp| -(-instant.as_millis()).div_euclid(1000);
        let (from, end) = (second(from), second(end));
        let mut counted = self.rule_count(from, end)?;
        let within = |at: &&i64| (from..end).contains(*at);
        for &added in self.include.iter().filter(within) {
            counted += u64::from(self.rule_next(added, added + 1)?.is_none());
        }
        for &taken in self.exclude.iter().filter(within) {
            if self.exclude_days.binary_search(&self.day_at(taken)).is_err() {
                let known =
                    self.rule_next(taken, taken + 1)?.is_some() || self.include.binary_search(&taken).is_ok();
                counted -= u64::from(known);
            }
        }
        for &day in &self.exclude_days {
            counted -= self.count_of_day(day, from, end)?;
        }
        Ok(counted)
    }

    /// What would occur on a local day between two UTC seconds, had it not been taken out.
    fn count_of_day(&self, day: i32, from: i64, end: i64) -> Result<u64, SearchStopped> {
        let midnight = i64::from(day) * SECONDS_PER_DAY;
        let (mut at, last) =
            ((midnight - FURTHEST).max(from), (midnight + SECONDS_PER_DAY + FURTHEST).min(end));
        let mut counted = 0;
        while at < last {
            let span = self.zone.span_at(at);
            let (lo, hi) = (
                at.max(midnight - span.offsets[1]),
                last.min(span.until).min(midnight + SECONDS_PER_DAY - span.offsets[1]),
            );
            if lo < hi {
                counted += self.rule_count(lo, hi)?;
                for &added in self.include.iter().filter(|&&added| (lo..hi).contains(&added)) {
                    counted += u64::from(self.rule_next(added, added + 1)?.is_none());
                }
            }
            at = span.until;
        }
        Ok(counted)
    }

    /// Ends the rule with its `count`th occurrence.
    pub(super) fn end_after(&mut self, count: u64) -> Result<(), SearchStopped> {
        let Bound { mut from, mut until } = self.bound();
        let mut left = count;
        let mut reach = 400 * SECONDS_PER_DAY;
        // First a stretch that has the last one, then ever shorter halves of it.
        loop {
            let end = from.saturating_add(reach).min(until);
            let here = self.rule_count(from, end)?;
            if here >= left {
                until = end;
                break;
            }
            if end == until {
                return Ok(());
            }
            left -= here;
            from = end;
            reach *= 2;
        }
        while until - from > 1 {
            let middle = from + (until - from) / 2;
            let here = self.rule_count(from, middle)?;
            if here >= left {
                until = middle;
            } else {
                left -= here;
                from = middle;
            }
        }
        self.until = from;
        Ok(())
    }

    fn bound(&self) -> Bound {
        Bound { from: self.from.max(FIRST_SECOND), until: self.until.min(LAST_SECOND) + 1 }
    }
}

pub(super) const FIRST_SECOND: i64 = Timestamp::MIN.as_millis() / 1000;
pub(super) const LAST_SECOND: i64 = Timestamp::MAX.as_millis() / 1000;

pub(super) fn instant_of(second: i64) -> Timestamp {
    Timestamp::from_millis_clamped(second * 1000)
}

fn sooner(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
