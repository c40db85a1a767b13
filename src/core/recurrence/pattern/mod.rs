//! A rule made ready for arithmetic: the local times that it names, in order, found and counted without walking from its start.
//!
//! Local times are seconds since 1970-01-01T00:00 on the wall clock; zones come later.

mod days;
mod periods;
mod times;
mod units;

use super::SearchStopped;
use super::rule::{Frequency, NthDay, Part, Rule, Skip};
use crate::time::{CivilDate, CivilDateTime, SECONDS_PER_DAY};
use days::{ALL_MONTHS, DayFilter};
use periods::{Period, Periods};
use times::Times;
use units::Units;

/// The local times of a rule.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    kind: Kind,
    /// The first and the last local second that count.
    first: i64,
    last: i64,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Arithmetic shows that no day or time ever matches.
    Never,
    Periods(Periods),
    Units(Units),
}

/// The last local second of the calendar.
const LAST: i64 = CivilDateTime::MAX.as_millis() / 1000;

/// The days of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CronDays<'a> {
    pub(super) months: u16,
    pub(super) month_days: [u32; 2],
    pub(super) nearest: u32,
    pub(super) weekdays: u8,
    pub(super) ordinals: &'a [(i8, u8)],
    /// A day that matches either the days of the month or those of the week, rather than both.
    pub(super) either: bool,
}

impl Pattern {
    /// Makes the pattern of a rule that begins at this local second, without UNTIL and COUNT.
    pub(super) fn of_rule(rule: &Rule, start: i64) -> Self {
        let filter = day_filter(rule, start);
        let interval = i64::from(rule.interval);
        let day = day_of(start);
        let date = CivilDate::from_days(day);
        let (month, week_start) =
            (date.year() * 12 + i32::from(date.month()) - 1, i32::from(filter.week_start));
        let (period, index) = match rule.frequency {
            Frequency::Yearly => (Period::Year, date.year()),
            Frequency::Monthly => (Period::Month, month),
            Frequency::Weekly => (Period::Week, (day + 4 - week_start).div_euclid(7)),
            Frequency::Daily => {
                let interval = rule.interval as i32;
                (Period::Days { interval, phase: day.rem_euclid(interval) }, month)
            }
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                return Self::from(start, LAST, units(rule, start, filter));
            }
        };
        let mut positions = rule.numbers(Part::BySetPos);
        let mut times = times(rule, start, [true; 3]);
        if rule.frequency == Frequency::Daily && !positions.is_empty() {
            times = times.at_positions(positions);
            positions = &[];
        }
        let interval = if rule.frequency == Frequency::Daily { 1 } else { interval };
        let phase = i64::from(index).rem_euclid(interval);
        let largest = times.len() * period.most_days();
        let reachable = positions.is_empty()
            || positions.iter().any(|position| u64::from(position.unsigned_abs()) <= largest);
        let kind = if reachable && times.len() > 0 && filter.has_days() {
            Kind::Periods(Periods { period, interval, phase, filter, times, positions: positions.into() })
        } else {
            Kind::Never
        };
        Self::from(start, LAST, kind)
    }

    /// Makes the pattern of a cron expression.
    pub(super) fn of_cron(days: CronDays<'_>, hours: u64, minutes: u64, seconds: u64) -> Self {
        let filter = DayFilter {
            months: days.months,
            month_days: days.month_days,
            skip: Skip::Omit,
            year_days: Box::default(),
            weeks: [0; 2],
            week_start: 1,
            weekdays: days.weekdays,
            ordinals: days.ordinals.into(),
            in_year: false,
            nearest: days.nearest,
            either: days.either,
        };
        let times = Times::Product { hours, minutes, seconds };
        let kind = if filter.has_days() {
            let period = Period::Days { interval: 1, phase: 0 };
            Kind::Periods(Periods { period, interval: 1, phase: 0, filter, times, positions: Box::default() })
        } else {
            Kind::Never
        };
        Self::from(CivilDateTime::MIN.as_millis() / 1000, LAST, kind)
    }

    fn from(first: i64, last: i64, kind: Kind) -> Self {
        Self { kind, first, last }
    }

    /// Begins the pattern with this local second.
    pub(super) fn begin(&mut self, first: i64) {
        self.first = first;
    }

    /// Ends the pattern with this local second.
    pub(super) fn until(&mut self, last: i64) {
        self.last = self.last.min(last);
    }

    /// The first local second from `lo` on and before `end`.
    pub(super) fn next(&self, lo: i64, end: i64) -> Result<Option<i64>, SearchStopped> {
        let (lo, end) = (lo.max(self.first), end.min(self.last + 1));
        if lo >= end {
            return Ok(None);
        }
        match &self.kind {
            Kind::Never => Ok(None),
            Kind::Periods(periods) => Ok(periods.next(lo, end)),
            Kind::Units(units) => units.next(lo, end),
        }
    }

    /// The last local second up to `hi` and not before `start`.
    pub(super) fn previous(&self, hi: i64, start: i64) -> Result<Option<i64>, SearchStopped> {
        let (hi, start) = (hi.min(self.last), start.max(self.first));
        if hi < start {
            return Ok(None);
        }
        match &self.kind {
            Kind::Never => Ok(None),
            Kind::Periods(periods) => Ok(periods.previous(hi, start)),
            Kind::Units(units) => units.previous(hi, start),
        }
    }

    /// How many local seconds there are from `lo` on and before `end`.
    pub(super) fn count(&self, lo: i64, end: i64) -> u64 {
        let (lo, end) = (lo.max(self.first), end.min(self.last + 1));
        match &self.kind {
            Kind::Periods(periods) if lo < end => periods.count(lo, end),
            Kind::Units(units) if lo < end => units.count(lo, end),
            _ => 0,
        }
    }
}

pub(super) fn day_of(second: i64) -> i32 {
    second.div_euclid(SECONDS_PER_DAY) as i32
}

fn units(rule: &Rule, start: i64, filter: DayFilter) -> Kind {
    let (unit, inside) = match rule.frequency {
        Frequency::Hourly => (3600, [false, true, true]),
        Frequency::Minutely => (60, [false, false, true]),
        _ => (1, [false; 3]),
    };
    let limited = |part: Part, named: bool, all: u32| match (bits(rule.numbers(part)), named) {
        (0, true) => (1 << all) - 1,
        (named, true) => named,
        (_, false) => 1,
    };
    let begins = Times::Product {
        hours: limited(Part::ByHour, true, 24),
        minutes: limited(Part::ByMinute, unit < 3600, 60),
        seconds: limited(Part::BySecond, unit == 1, 60),
    };
    let mut offsets = times(rule, start, inside);
    let positions = rule.numbers(Part::BySetPos);
    if !positions.is_empty() {
        offsets = offsets.at_positions(positions);
    }
    let step = i64::from(rule.interval) * unit;
    let units = Units { unit, step, phase: start.div_euclid(unit) * unit % step, begins, offsets, filter };
    if units.offsets.len() > 0 && units.filter.has_days() && units.meets_its_times() {
        Kind::Units(units)
    } else {
        Kind::Never
    }
}

/// The hours, minutes and seconds of a rule, those of its start where it names none; midnight's for a part that is not wanted.
fn times(rule: &Rule, start: i64, wanted: [bool; 3]) -> Times {
    let time = start.rem_euclid(SECONDS_PER_DAY) as u32;
    let part = |index: usize, part: Part, own: u32| match (wanted[index], bits(rule.numbers(part))) {
        (false, _) => 1,
        (true, 0) => 1 << own,
        (true, named) => named,
    };
    Times::Product {
        hours: part(0, Part::ByHour, time / 3600),
        minutes: part(1, Part::ByMinute, time / 60 % 60),
        seconds: part(2, Part::BySecond, time % 60),
    }
}

/// The days of a rule, with what RFC 5545 takes from its start where the rule names none.
fn day_filter(rule: &Rule, start: i64) -> DayFilter {
    let date = CivilDate::from_days(day_of(start));
    let named = |part: Part| !rule.numbers(part).is_empty();
    let by_day = !rule.by_day.is_empty();
    let names_days = by_day || named(Part::ByMonthDay) || named(Part::ByYearDay);
    let mut filter = DayFilter {
        months: match bits(rule.numbers(Part::ByMonth)) as u16 {
            0 => ALL_MONTHS,
            months => months,
        },
        month_days: both_ends(rule.numbers(Part::ByMonthDay)).map(|bits| bits as u32),
        // Where days are only left out, none is missing.
        skip: if rule.frequency >= Frequency::Monthly { rule.skip } else { Skip::Omit },
        year_days: rule.numbers(Part::ByYearDay).into(),
        weeks: both_ends(rule.numbers(Part::ByWeekNo)),
        week_start: rule.week_start.number(),
        weekdays: 0,
        ordinals: Box::default(),
        in_year: rule.frequency == Frequency::Yearly && !named(Part::ByMonth),
        nearest: 0,
        either: false,
    };
    let plain = rule.by_day.iter().filter(|day| day.ordinal == 0);
    filter.weekdays = plain.fold(0, |days, day| days | 1 << day.weekday.number());
    let numbered = |day: &&NthDay| day.ordinal != 0;
    filter.ordinals =
        rule.by_day.iter().filter(numbered).map(|day| (day.ordinal, day.weekday.number())).collect();
    match rule.frequency {
        Frequency::Yearly if named(Part::ByWeekNo) && !names_days => filter.weekdays = 1 << date.weekday(),
        Frequency::Yearly | Frequency::Monthly if !names_days => {
            filter.month_days[0] = 1 << date.day();
            if rule.frequency == Frequency::Yearly && !named(Part::ByMonth) {
                filter.months = 1 << date.month();
            }
        }
        Frequency::Weekly if !by_day => filter.weekdays = 1 << date.weekday(),
        _ => {}
    }
    filter
}

fn bits(numbers: &[i16]) -> u64 {
    numbers.iter().fold(0, |bits, &number| bits | 1 << number)
}

/// The bits of the positive numbers, and those of the negative ones without their sign.
fn both_ends(numbers: &[i16]) -> [u64; 2] {
    numbers.iter().fold([0; 2], |mut ends, &number| {
        ends[usize::from(number < 0)] |= 1 << number.unsigned_abs();
        ends
    })
}

impl Period {
    /// The days of the longest one, with those moved into it.
    fn most_days(self) -> u64 {
        match self {
            Self::Days { .. } => 1,
            Self::Week => 7,
            Self::Month => 33,
            Self::Year => 368,
        }
    }
}
