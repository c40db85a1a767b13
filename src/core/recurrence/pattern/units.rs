//! Rules of hours, minutes and seconds: units that begin at a fixed distance, on matching days, at matching times.

use super::super::SearchStopped;
use super::day_of;
use super::days::DayFilter;
use super::times::{Times, next_bit, previous_bit};
use crate::limits;
use crate::time::{CivilDate, SECONDS_PER_DAY, days_from_civil, weekday};

/// A rule of hours, minutes or seconds.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// Seconds of a unit: 3 600, 60 or 1.
    pub(super) unit: i64,
    /// Seconds from one unit to the next of the rule, and the remainder that their beginnings leave.
    pub(super) step: i64,
    pub(super) phase: i64,
    /// The seconds of a day at which a unit may begin.
    pub(super) begins: Times,
    /// Seconds inside a unit.
    pub(super) offsets: Times,
    pub(super) filter: DayFilter,
}

const DAY: i64 = SECONDS_PER_DAY;

impl Units {
    /// Whether a unit of the rule ever begins at one of the times of day and on one of the days of the week that are named.
    pub(super) fn meets_its_times(&self) -> bool {
        const WEEK: i64 = 7 * DAY;
        // The beginnings leave every remainder of a week that agrees with the phase in the common divisor, and no other.
        let common = common_divisor(self.step, WEEK);
        let mut begin = self.phase.rem_euclid(common);
        while begin < WEEK {
            let time = (begin % DAY) as u32;
            let of_week = weekday(day_of(begin));
            let named = self.filter.weekdays == 0 || self.filter.weekdays >> of_week & 1 == 1;
            if named && self.begins.next(time) == Some(time) {
                return true;
            }
            begin += common;
        }
        false
    }

    /// The first local second from `lo` on and before `end`.
    pub(super) fn next(&self, lo: i64, end: i64) -> Result<Option<i64>, SearchStopped> {
        let unit = lo - lo.rem_euclid(self.unit);
        if self.begins_at(unit)
            && let Some(offset) = self.offsets.next((lo - unit) as u32)
        {
            return Ok(Some(unit + i64::from(offset)).filter(|&found| found < end));
        }
        let mut at = unit + self.unit;
        for _ in 0..limits::RECURRENCE_STEPS {
            at += (self.phase - at).rem_euclid(self.step);
            if at >= end {
                return Ok(None);
            }
            let Some(day) = self.next_day(day_of(at), day_of(end - 1)) else { return Ok(None) };
            if day > day_of(at) {
                at = i64::from(day) * DAY;
                continue;
            }
            let time = at.rem_euclid(DAY);
            match self.begins.next(time as u32) {
                None => at += DAY - time,
                Some(begin) if i64::from(begin) > time => at += i64::from(begin) - time,
                Some(_) => {
                    let found = self.offsets.next(0).map(|offset| at + i64::from(offset));
                    return Ok(found.filter(|&found| found < end));
                }
            }
        }
        Err(SearchStopped::limit(at))
    }

    /// The last local second up to `hi` and not before `start`.
    pub(super) fn previous(&self, hi: i64, start: i64) -> Result<Option<i64>, SearchStopped> {
        let unit = hi - hi.rem_euclid(self.unit);
        if self.begins_at(unit)
            && let Some(offset) = self.offsets.previous((hi - unit) as u32)
        {
            return Ok(Some(unit + i64::from(offset)).filter(|&found| found >= start));
        }
        let mut at = unit - self.unit;
        for _ in 0..limits::RECURRENCE_STEPS {
            at -= (at - self.phase).rem_euclid(self.step);
            if at + self.unit <= start {
                return Ok(None);
            }
            let Some(day) = self.previous_day(day_of(at), day_of(start)) else { return Ok(None) };
            if day < day_of(at) {
                at = i64::from(day + 1) * DAY - self.unit;
                continue;
            }
            let time = at.rem_euclid(DAY);
            match self.begins.previous(time as u32) {
                None => at -= time + self.unit,
                Some(begin) if i64::from(begin) < time => at -= time - i64::from(begin),
                Some(_) => {
                    let found = self.offsets.previous(self.unit as u32).map(|offset| at + i64::from(offset));
                    return Ok(found.filter(|&found| found >= start));
                }
            }
        }
        Err(SearchStopped::limit(at))
    }

    /// How many there are from `lo` on and before `end`.
    pub(super) fn count(&self, lo: i64, end: i64) -> u64 {
        if self.step >= DAY {
            return self.count_one_by_one(lo, end);
        }
        let mut counted = 0;
        // How many units begin in a whole day depends on the remainder of its midnight alone, and there are at most as many of those as
        // seconds in a day.
        let common = common_divisor(self.step, DAY);
        let mut of_day: Vec<Option<u64>> = vec![None; (self.step / common) as usize];
        let mut day = day_of(lo);
        while let Some(found) = self.next_day(day, day_of(end - 1)) {
            let midnight = i64::from(found) * DAY;
            if lo <= midnight && midnight + DAY <= end {
                let first = (self.phase - midnight).rem_euclid(self.step);
                let known = &mut of_day[(first / common) as usize];
                let units = *known.get_or_insert_with(|| self.units_of_day(first));
                counted += units * self.offsets.len();
            } else {
                counted += self.count_in_day(midnight, lo, end);
            }
            day = found + 1;
        }
        counted
    }

    /// The same where a day has at most one unit.
    fn count_one_by_one(&self, lo: i64, end: i64) -> u64 {
        let mut counted = 0;
        let mut at = lo - lo.rem_euclid(self.unit);
        at += (self.phase - at).rem_euclid(self.step);
        while at < end {
            if self.begins_at(at) {
                let within = |second: i64| self.offsets.rank((second - at).clamp(0, self.unit) as u32);
                counted += within(end) - within(lo);
            }
            at += self.step;
        }
        counted
    }

    fn units_of_day(&self, first: i64) -> u64 {
        if self.step == self.unit {
            return self.begins.len();
        }
        let (mut units, mut time) = (0, first);
        while time < DAY {
            match self.begins.next(time as u32).map(i64::from) {
                None => break,
                Some(begin) if begin > time => time = begin + (first - begin).rem_euclid(self.step),
                Some(_) => {
                    units += 1;
                    time += self.step;
                }
            }
        }
        units
    }

    fn count_in_day(&self, midnight: i64, lo: i64, end: i64) -> u64 {
        let mut counted = 0;
        let from = lo.max(midnight);
        let until = end.min(midnight + DAY);
        let mut at = from - from.rem_euclid(self.unit);
        at += (self.phase - at).rem_euclid(self.step);
        while at < until {
            if self.begins.next((at - midnight) as u32) == Some((at - midnight) as u32) {
                let within = |second: i64| self.offsets.rank((second - at).clamp(0, self.unit) as u32);
                counted += within(until) - within(from);
            }
            at += self.step;
        }
        counted
    }

    fn begins_at(&self, unit: i64) -> bool {
        let time = unit.rem_euclid(DAY) as u32;
        (unit - self.phase).rem_euclid(self.step) == 0
            && self.begins.next(time) == Some(time)
            && self.next_day(day_of(unit), day_of(unit)).is_some()
    }

    /// The first matching day from `day` to `last`.
    fn next_day(&self, day: i32, last: i32) -> Option<i32> {
        if self.filter.is_open() {
            return (day <= last).then_some(day);
        }
        let date = CivilDate::from_days(day);
        let (mut year, mut month, mut from) = (date.year(), date.month(), u32::from(date.day()));
        let mut first = day - i32::from(date.day());
        while first < last {
            if let Some(bit) = next_bit(self.filter.month_mask(year, month), from) {
                return Some(first + bit as i32).filter(|&found| found <= last);
            }
            (year, month, from) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
            first = days_from_civil(year, month, 1) - 1;
        }
        None
    }

    /// The last matching day from `day` back to `first`.
    fn previous_day(&self, day: i32, first: i32) -> Option<i32> {
        if self.filter.is_open() {
            return (day >= first).then_some(day);
        }
        let date = CivilDate::from_days(day);
        let (mut year, mut month, mut to) = (date.year(), date.month(), u32::from(date.day()));
        let mut before = day - i32::from(date.day());
        loop {
            if let Some(bit) = previous_bit(self.filter.month_mask(year, month), to) {
                return Some(before + bit as i32).filter(|&found| found >= first);
            }
            if before < first {
                return None;
            }
            (year, month, to) = if month == 1 { (year - 1, 12, 31) } else { (year, month - 1, 31) };
            before = days_from_civil(year, month, 1) - 1;
        }
    }
}

fn common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
