//! Which days of a month match: every part of a rule that names days, as one word of bits.

use super::super::rule::Skip;
use super::times::next_bit;
use crate::time::{CivilDate, days_from_civil, days_in_month, is_leap_year, weekday};

/// The parts of a rule that name days. What is not named does not restrict.
#[derive(Clone, Debug)]
pub(super) struct DayFilter {
    /// Bit 1 to 12.
    pub(super) months: u16,
    /// Bit 1 to 31, counted from the first day and from the last; both empty where no day is named.
    pub(super) month_days: [u32; 2],
    pub(super) skip: Skip,
    /// 1 to 366 and −1 to −366.
    pub(super) year_days: Box<[i16]>,
    /// Bit 1 to 53, counted from the first week and from the last.
    pub(super) weeks: [u64; 2],
    /// 0 (Sunday) to 6.
    pub(super) week_start: u8,
    /// Bit 0 (Sunday) to 6: every such day.
    pub(super) weekdays: u8,
    /// The nth such day: ordinal and day of the week.
    pub(super) ordinals: Box<[(i8, u8)]>,
    /// Whether the ordinals count in the year rather than in the month.
    pub(super) in_year: bool,
    /// Cron's `W`: the working day nearest to each of these days of the month; bit 0 for the last working day.
    pub(super) nearest: u32,
    /// Cron's rule: a day that matches either the days of the month or those of the week.
    pub(super) either: bool,
}

/// A month of a year, with what everything else is computed from.
#[derive(Clone, Copy)]
struct Month {
    year: i32,
    month: u8,
    /// Its first day, and its length.
    first: i32,
    len: u32,
}

impl Month {
    /// A bit for every day.
    fn all(self) -> u64 {
        ((1 << self.len) - 1) << 1
    }

    /// The bit of an epoch day, if that is in the month.
    fn bit(self, day: i32) -> u64 {
        let index = day - self.first + 1;
        if (1..=self.len as i32).contains(&index) { 1 << index } else { 0 }
    }

    /// The bit of an epoch day, if that is right before the month or right behind it.
    fn bit_beside(self, day: i32) -> u64 {
        let index = day - self.first + 1;
        if index == 0 || index == self.len as i32 + 1 { 1 << index } else { 0 }
    }

    /// Bits of this day of the week, those of the day before the month and of the day after it included.
    fn weekday(self, wanted: u8) -> u64 {
        const EVERY_SEVENTH: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35;
        let to_wanted = (7 + wanted - weekday(self.first - 1)) % 7;
        EVERY_SEVENTH << to_wanted & (self.all() << 1 | 0b11)
    }
}

impl DayFilter {
    /// Whether every day matches.
    pub(super) fn is_open(&self) -> bool {
        self.months == ALL_MONTHS
            && !self.names_month_days()
            && !self.names_weekdays()
            && self.year_days.is_empty()
            && self.weeks == [0; 2]
    }

    fn names_month_days(&self) -> bool {
        self.month_days != [0; 2] || self.nearest != 0
    }

    fn names_weekdays(&self) -> bool {
        self.weekdays != 0 || !self.ordinals.is_empty()
    }

    /// Whether some year has a day of the months and days of the month that are named: what has none never matches.
    pub(super) fn has_days(&self) -> bool {
        let longest = |month: u8| u32::from(days_in_month(2000, month));
        let days = self.month_days[0] | self.month_days[1];
        let open = self.month_days == [0; 2] || self.nearest != 0 || self.either || self.skip != Skip::Omit;
        open || (1..=12)
            .any(|month| self.months >> month & 1 == 1 && u64::from(days) & ((2 << longest(month)) - 2) != 0)
    }

    /// The matching days of a month: bit 1 for its first. Bit 0 and the one behind its last day are days of the months beside it,
    /// to which a day that the month does not have was moved.
    pub(super) fn month_mask(&self, year: i32, month: u8) -> u64 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        let at = Month {
            year,
            month,
            first: days_from_civil(year, month, 1),
            len: u32::from(days_in_month(year, month)),
        };
        let mut mask = at.all();
        match (self.names_month_days(), self.names_weekdays()) {
            (true, true) if self.either => mask = self.days_of_month(at) | self.days_of_week(at) & mask,
            (by_month_day, by_weekday) => {
                if by_month_day {
                    mask = self.days_of_month(at);
                }
                if !self.year_days.is_empty() {
                    mask = self.days_of_year(at) & if by_month_day { mask } else { u64::MAX };
                }
                if by_weekday {
                    mask &= self.days_of_week(at);
                }
            }
        }
        if self.weeks != [0; 2] {
            mask &= self.days_of_weeks(at);
        }
        mask
    }

    fn days_of_month(&self, at: Month) -> u64 {
        let [from_first, from_last] = self.month_days;
        let mut mask = u64::from(from_first);
        let mut before = 0;
        if from_last != 0 {
            // Bit n from the end is bit len + 1 − n; what is longer than the month falls off into `before`.
            let reversed = u64::from(from_last.reverse_bits());
            let shifted = reversed << (at.len + 1) >> 31;
            before = reversed << (at.len + 1) & ((1 << 31) - 1);
            mask |= shifted & at.all();
            before |= shifted & 1;
        }
        let (after, before) = (u64::from(mask & !at.all() != 0), u64::from(before != 0));
        mask &= at.all();
        match self.skip {
            Skip::Omit => {}
            Skip::Backward => mask |= after << at.len | before,
            Skip::Forward => mask |= after << (at.len + 1) | before << 1,
        }
        mask | self.nearest_working_days(at)
    }

    fn nearest_working_days(&self, at: Month) -> u64 {
        let mut mask = 0;
        let mut wanted = u64::from(self.nearest);
        while wanted != 0 {
            let day = wanted.trailing_zeros();
            wanted &= wanted - 1;
            let day = if day == 0 { at.len } else { day };
            if day > at.len {
                continue;
            }
            let of_week = weekday(at.first + day as i32 - 1);
            let working = match of_week {
                6 if day == 1 => 3,
                6 => day - 1,
                0 if day == at.len => day - 2,
                0 => day + 1,
                _ => day,
            };
            mask |= 1 << working;
        }
        mask
    }

    fn days_of_year(&self, at: Month) -> u64 {
        let january = days_from_civil(at.year, 1, 1);
        let days = if is_leap_year(at.year) { 366 } else { 365 };
        let mut mask = 0;
        for &number in &self.year_days {
            let number = i32::from(number);
            let missing = number.abs() > days;
            let day = if number > 0 { january + number - 1 } else { january + days + number };
            let moved = match (missing, self.skip) {
                (false, _) => day,
                (true, Skip::Omit) => continue,
                (true, Skip::Backward) => day - i32::from(number > 0),
                (true, Skip::Forward) => day + i32::from(number < 0),
            };
            mask |= at.bit(moved);
            // A day that left the year belongs to the year that it was moved from, and one that left its month, to that month.
            let left = (at.month == 12 && moved == january + days) || (at.month == 1 && moved == january - 1);
            if left || self.names_month_days() {
                mask |= at.bit_beside(moved);
            }
        }
        mask
    }

    fn days_of_week(&self, at: Month) -> u64 {
        let mut mask = 0;
        let mut plain = u64::from(self.weekdays);
        while let Some(day) = next_bit(plain, 0) {
            plain &= plain - 1;
            mask |= at.weekday(day as u8);
        }
        for &(ordinal, day) in &self.ordinals {
            let (first, last) = if self.in_year {
                (days_from_civil(at.year, 1, 1), days_from_civil(at.year, 12, 31))
            } else {
                (at.first, at.first + at.len as i32 - 1)
            };
            let found = if ordinal > 0 {
                first + i32::from((7 + day - weekday(first)) % 7) + 7 * (i32::from(ordinal) - 1)
            } else {
                last - i32::from((7 + weekday(last) - day) % 7) + 7 * (i32::from(ordinal) + 1)
            };
            if (first..=last).contains(&found) {
                mask |= at.bit(found);
            }
        }
        if self.skip != Skip::Omit {
            let [before, behind] = [at.first - 1, at.first + at.len as i32].map(|day| self.is_nth(day));
            mask |= u64::from(before) | u64::from(behind) << (at.len + 1);
        }
        mask
    }

    /// Whether a day is one of those with an ordinal, in its own month or year.
    fn is_nth(&self, day: i32) -> bool {
        let date = CivilDate::from_days(day);
        let (first, last) = if self.in_year {
            (days_from_civil(date.year(), 1, 1), days_from_civil(date.year(), 12, 31))
        } else {
            let first = day - i32::from(date.day()) + 1;
            (first, first + i32::from(days_in_month(date.year(), date.month())) - 1)
        };
        self.ordinals.iter().any(|&(ordinal, of_week)| {
            let counted = if ordinal > 0 { (day - first) / 7 + 1 } else { -((last - day) / 7 + 1) };
            of_week == date.weekday() && i32::from(ordinal) == counted
        })
    }

    /// The days beside the month included: one of them may have been moved there.
    fn days_of_weeks(&self, at: Month) -> u64 {
        let mut mask = 0;
        let beside = at.first - 1;
        let mut begins = beside - i32::from((7 + weekday(beside) - self.week_start) % 7);
        while begins <= at.first + at.len as i32 {
            if self.is_named_week(begins, at) {
                // Seven bits, less those of days before the one beside the month.
                let bit = begins - beside;
                mask |= if bit < 0 { 0x7f >> -bit } else { 0x7f << bit };
            }
            begins += 7;
        }
        mask
    }

    /// Whether the week that begins on this day is one of those named. It is of the year that has four of its days.
    fn is_named_week(&self, begins: i32, at: Month) -> bool {
        let middle = begins + 3;
        let of_year = |year| days_from_civil(year, 1, 1);
        let year = if middle < of_year(at.year) {
            at.year - 1
        } else {
            at.year + i32::from(middle >= of_year(at.year + 1))
        };
        let (passed, left) = (middle - of_year(year), of_year(year + 1) - 1 - middle);
        let [from_first, from_last] = self.weeks;
        from_first >> (passed / 7 + 1) & 1 == 1 || from_last >> (left / 7 + 1) & 1 == 1
    }
}

pub(super) const ALL_MONTHS: u16 = 0b1_1111_1111_1110;
