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

    /// Returns the first change after the UTC second `at`.
    pub(super) fn next_change_at(&self, at: i64) -> Change {
        // The first year tried is the last one all of whose changes can lie in the past.
        let mut year = year_of(at - REACH_S);
        loop {
            if let Some(change) = self.changes(year).into_iter().find(|change| change.at > at) {
                return change;
            }
            year += 1;
        }
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
    pub(super) fn changes(&self, year: i32) -> [Change; 2] {
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

/// Returns the UTC year of an epoch second.
pub(super) fn year_of(second: i64) -> i32 {
    CivilDate::from_days(second.div_euclid(SECONDS_PER_DAY) as i32).year()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i32 = 3600;

    fn weekday_rule(month: u8, week: u8, weekday: u8, seconds: i32) -> RuleDate {
        RuleDate { day: RuleDay::Weekday { month, week, weekday }, seconds }
    }

    fn date_of(day: RuleDay, year: i32) -> (u8, u8) {
        let date = CivilDate::from_days(day.epoch_day(year));
        assert_eq!(date.year(), year);
        (date.month(), date.day())
    }

    #[test]
    fn the_fifth_week_is_the_last_one() {
        let last_sunday = RuleDay::Weekday { month: 3, week: 5, weekday: 0 };
        for (year, day) in [(2024, 31), (2025, 30), (2026, 29), (2029, 25)] {
            assert_eq!(date_of(last_sunday, year), (3, day));
        }
        assert_eq!(date_of(RuleDay::Weekday { month: 2, week: 5, weekday: 4 }, 2024), (2, 29));
        assert_eq!(date_of(RuleDay::Weekday { month: 2, week: 5, weekday: 4 }, 2023), (2, 23));
        assert_eq!(date_of(RuleDay::Weekday { month: 11, week: 1, weekday: 0 }, 2026), (11, 1));
    }

    #[test]
    fn a_j_number_never_counts_the_leap_day_and_a_plain_one_does() {
        for (year, j60, n59) in [(2023, (3, 1), (3, 1)), (2024, (3, 1), (2, 29)), (2100, (3, 1), (3, 1))] {
            assert_eq!(date_of(RuleDay::WithoutLeapDay(60), year), j60, "{year}");
            assert_eq!(date_of(RuleDay::WithLeapDay(59), year), n59, "{year}");
            assert_eq!(date_of(RuleDay::WithoutLeapDay(59), year), (2, 28), "{year}");
            assert_eq!(date_of(RuleDay::WithoutLeapDay(365), year), (12, 31), "{year}");
        }
        assert_eq!(date_of(RuleDay::WithLeapDay(365), 2024), (12, 31));
    }

    #[test]
    fn hours_beyond_a_day_reach_into_the_days_around() {
        // Gaza: M3.4.4/50 is two o'clock on the Saturday after the fourth Thursday of March.
        let change = weekday_rule(3, 4, 4, 50 * HOUR);
        assert_eq!(change.wall_second(2026), 1_774_663_200);
        // Nuuk: M3.5.0/-1 is an hour before the last Sunday of March begins.
        assert_eq!(weekday_rule(3, 5, 0, -HOUR).wall_second(2026), 1_774_738_800);
    }

    #[test]
    fn a_rule_for_daylight_saving_time_all_year_round_is_refused() {
        // AAA5BBB,0/0,J365/25: the changes of New Year fall on the same instant.
        let all_year = PosixRule {
            standard: -5 * HOUR,
            daylight: -4 * HOUR,
            to_daylight: RuleDate { day: RuleDay::WithLeapDay(0), seconds: 0 },
            to_standard: RuleDate { day: RuleDay::WithoutLeapDay(365), seconds: 25 * HOUR },
        };
        assert!(!all_year.is_orderly());
    }

    fn rule_dates() -> impl Strategy<Value = RuleDate> {
        let day = prop_oneof![
            (1..=12_u8, 1..=5_u8, 0..=6_u8).prop_map(|(month, week, weekday)| RuleDay::Weekday {
                month,
                week,
                weekday
            }),
            (1..=365_u16).prop_map(RuleDay::WithoutLeapDay),
            (0..=365_u16).prop_map(RuleDay::WithLeapDay),
        ];
        (day, -167..=167_i32).prop_map(|(day, hours)| RuleDate { day, seconds: hours * HOUR })
    }

    proptest! {
        /// Also when New Year lies between a change's nominal day and the instant at which it happens.
        #[test]
        fn the_last_change_is_the_one_that_a_walk_over_all_changes_finds(
            (standard, daylight) in (-14..=14_i32, -14..=14_i32),
            (to_daylight, to_standard) in (rule_dates(), rule_dates()),
            year in 2..9998,
            day in prop_oneof![0..10_i64, 0..366_i64, 356..366_i64],
            second in 0..SECONDS_PER_DAY,
        ) {
            let rule = PosixRule { standard: standard * HOUR, daylight: daylight * HOUR, to_daylight, to_standard };
            prop_assume!(rule.is_orderly());
            let second = i64::from(days_from_civil(year, 1, 1)) * SECONDS_PER_DAY + day * SECONDS_PER_DAY + second;
            let mut changes: Vec<Change> = (year - 3..=year + 3).flat_map(|year| rule.changes(year)).collect();
            changes.sort_by_key(|change| change.at);
            let by_instant = changes.iter().rfind(|change| change.at <= second).map(|change| change.at);
            prop_assert_eq!(Some(rule.last_change_at(second).at), by_instant);
            let by_wall = changes.iter().rfind(|change| change.wall_from() <= second).map(|change| change.at);
            prop_assert_eq!(Some(rule.last_change_on_wall(second).at), by_wall);
            let next = changes.iter().find(|change| change.at > second).map(|change| change.at);
            prop_assert_eq!(Some(rule.next_change_at(second).at), next);
        }
    }
}
