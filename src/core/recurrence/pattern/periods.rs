//! Rules of days and longer: a set of days for each month, week or year, and the same times on each of them.

use super::super::rule::Skip;
use super::day_of;
use super::days::DayFilter;
use super::times::{Times, below, has, next_bit, nth_bit, place, previous_bit};
use crate::sorting::each_once;
use crate::time::{CivilDate, SECONDS_PER_DAY, days_from_civil};

/// What a rule repeats by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// Days, looked at a month at a time; with the distance of two and one of them.
    Days {
        interval: i32,
        phase: i32,
    },
    Week,
    Month,
    Year,
}

/// A rule of days, weeks, months or years.
#[derive(Clone, Debug)]
pub(super) struct Periods {
    pub(super) period: Period,
    /// Distance of two periods, and the number of one of them.
    pub(super) interval: i64,
    pub(super) phase: i64,
    pub(super) filter: DayFilter,
    pub(super) times: Times,
    /// BYSETPOS, where it picks from more than a day.
    pub(super) positions: Box<[i16]>,
}

/// Days of one period: bit 0 is `first`.
#[derive(Debug)]
struct DaySet {
    first: i32,
    bits: [u64; 6],
}

impl Periods {
    /// The first local second from `lo` on and before `end`.
    pub(super) fn next(&self, lo: i64, end: i64) -> Option<i64> {
        let (first, last) = self.indices(lo, end);
        let mut index = self.at_or_after(first);
        for _ in 0..self.cycle() {
            if index > last {
                return None;
            }
            if let Some(mut found) = self.next_in(&self.days(index), lo) {
                index += self.interval;
                if self.overlaps() && index <= last {
                    found = self.next_in(&self.days(index), lo).map_or(found, |rival| rival.min(found));
                }
                return (found < end).then_some(found);
            }
            index += self.interval;
        }
        None
    }

    /// The last local second up to `hi` and not before `start`.
    pub(super) fn previous(&self, hi: i64, start: i64) -> Option<i64> {
        let (first, last) = self.indices(start, hi + 1);
        let mut index = self.at_or_before(last);
        for _ in 0..self.cycle() {
            if index < first {
                return None;
            }
            if let Some(mut found) = self.previous_in(&self.days(index), hi) {
                index -= self.interval;
                if self.overlaps() && index >= first {
                    found = self.previous_in(&self.days(index), hi).map_or(found, |rival| rival.max(found));
                }
                return (found >= start).then_some(found);
            }
            index -= self.interval;
        }
        None
    }

    /// How many there are from `lo` on and before `end`.
    pub(super) fn count(&self, lo: i64, end: i64) -> u64 {
        let mut counted = 0;
        let (first, last) = self.indices(lo, end);
        let mut index = self.at_or_after(first);
        let mut from = lo;
        while index <= last {
            let days = self.days(index);
            if self.positions.is_empty() {
                // What the periods beside it have too is counted once: the days come in order.
                let until = end.min(days.end());
                if from < until {
                    counted += self.count_in(&days, from, until);
                    from = until;
                }
            } else {
                counted += self.count_picked(&days, index, lo, end);
            }
            index += self.interval;
        }
        counted
    }

    /// The first and the last period that can have days from `lo` on and before `end`: a moved day is of the period beside its own.
    fn indices(&self, lo: i64, end: i64) -> (i64, i64) {
        let moved = i64::from(self.filter.skip != Skip::Omit);
        (self.index_of(day_of(lo)) - moved, self.index_of(day_of(end - 1)) + moved)
    }

    /// Whether a period's days can be mixed with those of the next, so that the first one found may not be the first.
    fn overlaps(&self) -> bool {
        self.filter.skip != Skip::Omit && !self.positions.is_empty()
    }

    /// After so many periods the calendar repeats, and what has not been found never will be.
    fn cycle(&self) -> i64 {
        match self.period {
            Period::Year => 402,
            Period::Month => 4_802,
            Period::Week => 20_873,
            // To the end of the calendar.
            Period::Days { interval: 1, .. } => 4_802,
            Period::Days { .. } => 120_002,
        }
    }

    fn index_of(&self, day: i32) -> i64 {
        let date = || CivilDate::from_days(day);
        i64::from(match self.period {
            Period::Week => (day - self.week_zero()).div_euclid(7),
            Period::Year => date().year(),
            Period::Month | Period::Days { .. } => date().year() * 12 + i32::from(date().month()) - 1,
        })
    }

    fn at_or_after(&self, index: i64) -> i64 {
        index + (self.phase - index).rem_euclid(self.interval)
    }

    fn at_or_before(&self, index: i64) -> i64 {
        index - (index - self.phase).rem_euclid(self.interval)
    }

    /// The first day of week 0, near 1970-01-01, a Thursday.
    fn week_zero(&self) -> i32 {
        i32::from(self.filter.week_start) - 4
    }

    fn days(&self, index: i64) -> DaySet {
        let index = index as i32;
        let mut set = DaySet { first: 0, bits: [0; 6] };
        match self.period {
            Period::Week => {
                set.first = self.week_zero() + 7 * index;
                set.bits[0] = self.week(set.first);
            }
            Period::Month | Period::Days { .. } => {
                let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u8 + 1);
                set.first = days_from_civil(year, month, 1) - 1;
                set.bits[0] = self.filter.month_mask(year, month);
                if let Period::Days { interval, phase } = self.period
                    && interval > 1
                {
                    set.bits[0] &= every(interval, (phase - set.first).rem_euclid(interval));
                }
            }
            Period::Year => {
                set.first = days_from_civil(index, 1, 1) - 1;
                for month in 1..=12 {
                    let mask = self.filter.month_mask(index, month);
                    if mask != 0 {
                        set.insert(mask, days_from_civil(index, month, 1) - 1 - set.first);
                    }
                }
            }
        }
        set
    }

    /// The days of a week: bit 0 is its first.
    fn week(&self, first: i32) -> u64 {
        let weekdays = u64::from(self.filter.weekdays);
        let start = u32::from(self.filter.week_start);
        let mut days = (weekdays >> start | weekdays << (7 - start)) & 0x7f;
        if self.filter.months != super::days::ALL_MONTHS {
            let named =
                |day: &u32| self.filter.months >> CivilDate::from_days(first + *day as i32).month() & 1 == 1;
            days &= (0..7).filter(named).fold(0, |days, day| days | 1 << day);
        }
        days
    }

    fn next_in(&self, days: &DaySet, lo: i64) -> Option<i64> {
        if !self.positions.is_empty() {
            return self.picked(days).filter(|&at| at >= lo).min();
        }
        let day = days.next(day_of(lo))?;
        if day > day_of(lo) {
            return Some(at(day, self.times.next(0)?));
        }
        match self.times.next(time_of(lo)) {
            Some(time) => Some(at(day, time)),
            None => Some(at(days.next(day + 1)?, self.times.next(0)?)),
        }
    }

    fn previous_in(&self, days: &DaySet, hi: i64) -> Option<i64> {
        const LAST: u32 = SECONDS_PER_DAY as u32 - 1;
        if !self.positions.is_empty() {
            return self.picked(days).filter(|&at| at <= hi).max();
        }
        let day = days.previous(day_of(hi))?;
        if day < day_of(hi) {
            return Some(at(day, self.times.previous(LAST)?));
        }
        match self.times.previous(time_of(hi)) {
            Some(time) => Some(at(day, time)),
            None => Some(at(days.previous(day - 1)?, self.times.previous(LAST)?)),
        }
    }

    /// What the positions pick of a period, in the order of the positions.
    fn picked<'a>(&'a self, days: &'a DaySet) -> impl Iterator<Item = i64> + 'a {
        let a_day = self.times.len();
        let all = days.len() * a_day;
        self.positions.iter().filter_map(move |&position| {
            let number = place(position, all)?;
            Some(at(days.nth(number / a_day)?, self.times.nth(number % a_day)?))
        })
    }

    fn count_in(&self, days: &DaySet, from: i64, until: i64) -> u64 {
        let before = |second: i64| {
            let day = day_of(second);
            let today = if days.has(day) { self.times.rank(time_of(second)) } else { 0 };
            days.rank(day) * self.times.len() + today
        };
        before(until) - before(from)
    }

    fn count_picked(&self, days: &DaySet, index: i64, lo: i64, end: i64) -> u64 {
        let picked = self.picked(days).filter(|at| (lo..end).contains(at)).collect();
        let mut picked: Vec<i64> = each_once(picked, i64::cmp);
        if self.overlaps() {
            let before = self.days(index - self.interval);
            picked.retain(|at| self.picked(&before).all(|other| other != *at));
        }
        picked.len() as u64
    }
}

impl DaySet {
    /// Adds bits, of which bit 0 belongs at `shift`.
    fn insert(&mut self, mask: u64, shift: i32) {
        let (word, bit) = (shift as usize / 64, shift as u32 % 64);
        self.bits[word] |= mask << bit;
        if bit > 0 && word + 1 < self.bits.len() {
            self.bits[word + 1] |= mask >> (64 - bit);
        }
    }

    /// The local second at which no day of the set can be any more.
    fn end(&self) -> i64 {
        i64::from(self.first + self.last_bit() + 1) * SECONDS_PER_DAY
    }

    fn last_bit(&self) -> i32 {
        let last = (0..self.bits.len()).rev().find(|&word| self.bits[word] != 0);
        last.map_or(-1, |word| (64 * word) as i32 + 63 - self.bits[word].leading_zeros() as i32)
    }

    /// The word and bit of a day; the nearest one where the set has none.
    fn locate(&self, day: i32) -> (usize, u32) {
        let index = (day - self.first) as usize;
        (index / 64, index as u32 % 64)
    }

    fn has(&self, day: i32) -> bool {
        let (word, bit) = self.locate(day);
        day >= self.first && word < self.bits.len() && has(self.bits[word], bit)
    }

    fn next(&self, day: i32) -> Option<i32> {
        let (first_word, bit) = self.locate(day.max(self.first));
        (first_word..self.bits.len()).find_map(|word| {
            let from = if word == first_word { bit } else { 0 };
            next_bit(self.bits[word], from).map(|bit| self.first + (64 * word) as i32 + bit as i32)
        })
    }

    fn previous(&self, day: i32) -> Option<i32> {
        if day < self.first {
            return None;
        }
        let last = 64 * self.bits.len() as i32 - 1;
        let (last_word, bit) = self.locate(day.min(self.first + last));
        (0..=last_word).rev().find_map(|word| {
            let to = if word == last_word { bit } else { 63 };
            previous_bit(self.bits[word], to).map(|bit| self.first + (64 * word) as i32 + bit as i32)
        })
    }

    fn len(&self) -> u64 {
        self.bits.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    /// How many days come before this one.
    fn rank(&self, day: i32) -> u64 {
        if day <= self.first {
            return 0;
        }
        let (word, bit) = self.locate(day);
        let ones = |(index, bits): (usize, &u64)| {
            let counted = if index < word {
                *bits
            } else if index == word {
                bits & below(bit)
            } else {
                0
            };
            u64::from(counted.count_ones())
        };
        self.bits.iter().enumerate().map(ones).sum()
    }

    fn nth(&self, number: u64) -> Option<i32> {
        let mut left = number;
        for (word, bits) in self.bits.iter().enumerate() {
            let here = u64::from(bits.count_ones());
            if left < here {
                return nth_bit(*bits, left).map(|bit| self.first + (64 * word) as i32 + bit as i32);
            }
            left -= here;
        }
        None
    }
}

/// Every `interval`th bit from `first` on.
fn every(interval: i32, first: i32) -> u64 {
    (first..64).step_by(interval as usize).fold(0, |bits, bit| bits | 1 << bit)
}

fn at(day: i32, time: u32) -> i64 {
    i64::from(day) * SECONDS_PER_DAY + i64::from(time)
}

fn time_of(second: i64) -> u32 {
    second.rem_euclid(SECONDS_PER_DAY) as u32
}
