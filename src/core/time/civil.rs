//! Dates and times of day as a calendar and a wall clock show them, without a zone.
//!
//! The calendar is the proleptic Gregorian one. The conversions between dates and day numbers follow Neri and
//! Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022).

use std::fmt;

pub(crate) const MILLIS_PER_DAY: i64 = 86_400_000;
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

/// One whole cycle of the Gregorian calendar: adding it keeps the arithmetic below free of negative numbers.
const CYCLE_YEARS: i32 = 400;
/// Days from 0000-03-01 to 1970-01-01, plus one cycle.
const EPOCH_SHIFT: i32 = 719_468 + 146_097;

/// Tells whether `year` has a 29 February.
#[must_use]
pub const fn is_leap_year(year: i32) -> bool {
    // A multiple of 100 is one of 400 exactly if it is one of 16.
    year & if year % 100 == 0 { 15 } else { 3 } == 0
}

/// Returns the number of days of `month` (1–12) in `year`.
#[must_use]
pub const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 => 28 + is_leap_year(year) as u8,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to the given date; the date must be valid and its year at least −399.
pub(crate) const fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let january_or_february = month <= 2;
    let year = (year + CYCLE_YEARS - january_or_february as i32) as u32;
    let month = month as u32 + if january_or_february { 12 } else { 0 };
    let century = year / 100;
    let days = 1461 * year / 4 - century + century / 4 + (979 * month - 2919) / 32 + day as u32 - 1;
    days as i32 - EPOCH_SHIFT
}

/// A date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate {
    year: i16,
    month: u8,
    day: u8,
}

impl CivilDate {
    /// Makes a date of the years 1 to 9999, or nothing if there is no such day.
    #[must_use]
    pub const fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let real = year >= 1
            && year <= 9999
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= days_in_month(year, month);
        if real { Some(Self { year: year as i16, month, day }) } else { None }
    }

    /// Returns the date that is `days` after 1970-01-01, for any day of the years −399 to 10 400.
    pub(crate) const fn from_days(days: i32) -> Self {
        let shifted = (days + EPOCH_SHIFT) as u32;
        let in_centuries = 4 * shifted + 3;
        let century = in_centuries / 146_097;
        let in_years = (in_centuries % 146_097) | 3;
        let product = 2_939_745 * in_years as u64;
        let year_of_century = (product >> 32) as u32;
        let day_of_year = product as u32 / 2_939_745 / 4;
        let in_months = 2141 * day_of_year + 197_913;
        let january_or_february = day_of_year >= 306;
        let month = (in_months >> 16) - if january_or_february { 12 } else { 0 };
        let year = (100 * century + year_of_century) as i32 - CYCLE_YEARS + january_or_february as i32;
        Self { year: year as i16, month: month as u8, day: ((in_months & 0xFFFF) / 2141) as u8 + 1 }
    }

    /// Returns the number of days from 1970-01-01 to this date.
    #[must_use]
    pub const fn days(self) -> i32 {
        days_from_civil(self.year as i32, self.month, self.day)
    }

    /// Returns the year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.year as i32
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Returns the day of the week, 0 (Sunday) to 6 (Saturday).
    #[must_use]
    pub const fn weekday(self) -> u8 {
        weekday(self.days())
    }
}

/// Returns the day of the week, 0 (Sunday) to 6 (Saturday), of the day `days` after 1970-01-01.
pub(crate) const fn weekday(days: i32) -> u8 {
    (days + 4).rem_euclid(7) as u8
}

/// What a calendar and a wall clock show: a date and a time of day to the millisecond, in the years 1 to 9999.
///
/// Held as the milliseconds since 1970-01-01T00:00 *on that clock*, so that it is compared and added to like a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDateTime(i64);

impl CivilDateTime {
    /// 0001-01-01T00:00:00.000.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// 9999-12-31T23:59:59.999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Makes a civil time from a date and the milliseconds since its midnight (less than 86 400 000).
    #[must_use]
    pub const fn new(date: CivilDate, millis_of_day: u32) -> Option<Self> {
        if millis_of_day as i64 >= MILLIS_PER_DAY {
            return None;
        }
        Self::from_millis(date.days() as i64 * MILLIS_PER_DAY + millis_of_day as i64)
    }

    /// Makes a civil time from the milliseconds since 1970-01-01T00:00 on the same clock.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 { None } else { Some(Self(millis)) }
    }

    /// Like [`from_millis`](Self::from_millis), but stops at [`MIN`](Self::MIN) and [`MAX`](Self::MAX).
    #[must_use]
    pub const fn from_millis_clamped(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    pub(crate) const fn from_millis_unchecked(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01T00:00 on the same clock.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the date.
    #[must_use]
    pub const fn date(self) -> CivilDate {
        CivilDate::from_days(self.0.div_euclid(MILLIS_PER_DAY) as i32)
    }

    /// Returns the milliseconds since midnight.
    #[must_use]
    pub const fn millis_of_day(self) -> u32 {
        self.0.rem_euclid(MILLIS_PER_DAY) as u32
    }
}

impl fmt::Display for CivilDateTime {
    /// Writes `2026-03-29T02:30:00`, with three fractional digits where they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00T00:00:00.000";
        write_digits(*self, &mut text);
        let shown = if text.ends_with(b".000") { &text[..19] } else { &text[..] };
        f.pad(str::from_utf8(shown).unwrap_or_default())
    }
}

impl fmt::Debug for CivilDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Fills the digits into `text`, which already has the separators of `0000-00-00T00:00:00.000`.
pub(crate) fn write_digits(civil: CivilDateTime, text: &mut [u8; 23]) {
    let date = civil.date();
    let year = date.year() as u32;
    let millis = civil.millis_of_day();
    let (seconds, millis) = (millis / 1000, millis % 1000);
    for (at, value) in [
        (0, year / 100),
        (2, year % 100),
        (5, u32::from(date.month())),
        (8, u32::from(date.day())),
        (11, seconds / 3600),
        (14, seconds / 60 % 60),
        (17, seconds % 60),
        (21, millis % 100),
    ] {
        text[at] = b'0' + (value / 10) as u8;
        text[at + 1] = b'0' + (value % 10) as u8;
    }
    text[20] = b'0' + (millis / 100) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_year_1_to_9999_comes_back_from_its_number() {
        let mut expected = CivilDate::new(1, 1, 1).expect("a real day");
        for days in -719_162..=2_932_896 {
            let date = CivilDate::from_days(days);
            assert_eq!((date, date.days()), (expected, days));
            expected = next_day(date);
        }
        assert_eq!((expected.year, expected.month, expected.day), (10_000, 1, 1));
    }

    fn next_day(date: CivilDate) -> CivilDate {
        let CivilDate { year, month, day } = date;
        if day < days_in_month(date.year(), month) {
            CivilDate { day: day + 1, ..date }
        } else if month < 12 {
            CivilDate { month: month + 1, day: 1, ..date }
        } else {
            CivilDate { year: year + 1, month: 1, day: 1 }
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (year, month, day) in [
            (2026, 2, 29),
            (2100, 2, 29),
            (2026, 4, 31),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 1, 0),
            (0, 1, 1),
        ] {
            assert_eq!(CivilDate::new(year, month, day), None);
        }
        assert!(CivilDate::new(2000, 2, 29).is_some());
    }

    #[test]
    fn weekdays_count_from_sunday() {
        assert_eq!(CivilDate::new(1970, 1, 1).map(CivilDate::weekday), Some(4));
        assert_eq!(CivilDate::new(2026, 3, 29).map(CivilDate::weekday), Some(0));
        assert_eq!(CivilDate::new(1, 1, 1).map(CivilDate::weekday), Some(1));
    }

    #[test]
    fn a_fraction_is_shown_only_where_there_is_one() {
        let date = CivilDate::new(2026, 3, 29).expect("a real day");
        let shown = |millis| CivilDateTime::new(date, millis).expect("within the day").to_string();
        assert_eq!(shown(9_000_000), "2026-03-29T02:30:00");
        assert_eq!(shown(9_000_040), "2026-03-29T02:30:00.040");
        assert_eq!(CivilDateTime::new(date, 86_400_000), None);
    }
}
