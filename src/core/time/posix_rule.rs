//! The yearly rule that goes on after a zone's last recorded transition (POSIX.1-2017 §8.3 `TZ`, RFC 8536 §3.3.1).

use super::bytes::ByteReader;
use super::civil::{CivilDate, SECONDS_PER_DAY, days_from_civil, days_in_month, is_leap_year, weekday};
use super::zone::{Change, is_offset};

/// How far from its nominal day a change may happen: 167 hours of rule time and a day of offset, rounded up.
const REACH_S: i64 = 9 * SECONDS_PER_DAY;

/// The furthest that a rule's time of day may lie from midnight (RFC 8536 §3.3.1: 167 hours).
const LARGEST_TIME_S: i32 = 168 * 3600 - 1;

/// Two changes of the offset in every year, the same each year.
#[derive(Clone, Copy, Debug)]
pub(super) struct PosixRule {
    standard: i32,
    daylight: i32,
    to_daylight: RuleDate,
    to_standard: RuleDate,
}

/// A day of the year and a time on it, by the wall clock as it is before the change.
#[derive(Clone, Copy, Debug)]
struct RuleDate {
    day: RuleDay,
    seconds: i32,
}

#[derive(Clone, Copy, Debug)]
enum RuleDay {
    /// `Mm.w.d`: the `week`th `weekday` of `month`, the last one if `week` is 5.
    Weekday { month: u8, week: u8, weekday: u8 },
    /// `Jn`: day 1 to 365 of the year; 29 February is never counted.
    WithoutLeapDay(u16),
    /// `n`: day 0 to 365 of the year; 29 February is counted.
    WithLeapDay(u16),
}

impl PosixRule {
    /// Reads a rule; nothing if it is malformed or if its changes run into one another.
    pub(super) fn read(reader: &mut ByteReader<'_>) -> Option<Self> {
        let standard = reader.signed().filter(|&offset| is_offset(offset))?;
        let daylight = reader.signed().filter(|&offset| is_offset(offset))?;
        let to_daylight = RuleDate::read(reader)?;
        let to_standard = RuleDate::read(reader)?;
        let rule = Self { standard, daylight, to_daylight, to_standard };
        rule.is_orderly().then_some(rule)
    }

    /// Returns the last change that begins at or before the UTC second `at`.
    pub(super) fn last_change_at(&self, at: i64) -> Change {
        self.last_change(at, |change| change.at)
    }

    /// Returns the last change whose gap or fold begins at or before the wall-clock second `local`.
    pub(super) fn last_change_on_wall(&self, local: i64) -> Change {
        self.last_change(local, Change::wall_from)
    }

    fn last_change(&self, second: i64, key: impl Fn(Change) -> i64) -> Change {
        // The first year tried is the last one whose changes can have happened; two years on the other side are more
        // than enough, as a rule has two changes in each.
        let mut year = year_of(second + REACH_S);
        loop {
            let [earlier, later] = self.changes(year);
            if key(later) <= second {
                return later;
            }
            if key(earlier) <= second {
                return earlier;
            }
            year -= 1;
        }
    }

    /// Returns the two changes of `year` in the order in which they happen.
    fn changes(&self, year: i32) -> [Change; 2] {
        let (standard, daylight) = (self.standard, self.daylight);
        let on = Change {
            at: self.to_daylight.wall_second(year) - i64::from(standard),
            before: standard,
            after: daylight,
        };
        let off = Change {
            at: self.to_standard.wall_second(year) - i64::from(daylight),
            before: daylight,
            after: standard,
        };
        if on.at < off.at { [on, off] } else { [off, on] }
    }

    /// Tells whether, in every kind of year, the gap or fold of each change ends before that of the next begins.
    fn is_orderly(&self) -> bool {
        let mut last: Option<Change> = None;
        (1999..=2028).flat_map(|year| self.changes(year)).all(|change| {
            last.replace(change)
                .is_none_or(|last| last.after == change.before && last.wall_until() <= change.wall_from())
        })
    }
}

impl RuleDate {
    fn read(reader: &mut ByteReader<'_>) -> Option<Self> {
        let day = match reader.byte()? {
            0 => {
                let (month, week, weekday) = (reader.byte()?, reader.byte()?, reader.byte()?);
                let real = (1..=12).contains(&month) && (1..=5).contains(&week) && weekday <= 6;
                real.then_some(RuleDay::Weekday { month, week, weekday })?
            }
            1 => RuleDay::WithoutLeapDay(day_number(reader, 1)?),
            2 => RuleDay::WithLeapDay(day_number(reader, 0)?),
            _ => return None,
        };
        let seconds = reader.signed().filter(|seconds| seconds.abs() <= LARGEST_TIME_S)?;
        Some(Self { day, seconds })
    }

    /// Returns the seconds from 1970-01-01T00:00 on the wall clock before the change.
    fn wall_second(&self, year: i32) -> i64 {
        i64::from(self.day.epoch_day(year)) * SECONDS_PER_DAY + i64::from(self.seconds)
    }
}

fn day_number(reader: &mut ByteReader<'_>, first: u16) -> Option<u16> {
    u16::try_from(reader.number()?).ok().filter(|number| (first..=365).contains(number))
}

impl RuleDay {
    fn epoch_day(self, year: i32) -> i32 {
        match self {
            Self::Weekday { month, week, weekday: wanted } => {
                let first = days_from_civil(year, month, 1);
                let to_wanted = (7 + wanted - weekday(first)) % 7;
                let day = to_wanted + 7 * (week - 1);
                first + i32::from(if day < days_in_month(year, month) { day } else { day - 7 })
            }
            Self::WithoutLeapDay(number) => {
                let after_february = number > 59 && is_leap_year(year);
                days_from_civil(year, 1, 1) + i32::from(number) - 1 + i32::from(after_february)
            }
            Self::WithLeapDay(number) => days_from_civil(year, 1, 1) + i32::from(number),
        }
    }
}

fn year_of(second: i64) -> i32 {
    CivilDate::from_days(second.div_euclid(SECONDS_PER_DAY) as i32).year()
}
