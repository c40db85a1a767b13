//! What a recurrence rule says, part by part.

use super::moment::Moment;
use crate::sorting::each_once;

/// How often a rule repeats, before its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// `SECONDLY`.
    Secondly,
    /// `MINUTELY`.
    Minutely,
    /// `HOURLY`.
    Hourly,
    /// `DAILY`.
    Daily,
    /// `WEEKLY`.
    Weekly,
    /// `MONTHLY`.
    Monthly,
    /// `YEARLY`.
    Yearly,
}

impl Frequency {
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Secondly, "SECONDLY", "secondly"),
        (Self::Minutely, "MINUTELY", "minutely"),
        (Self::Hourly, "HOURLY", "hourly"),
        (Self::Daily, "DAILY", "daily"),
        (Self::Weekly, "WEEKLY", "weekly"),
        (Self::Monthly, "MONTHLY", "monthly"),
        (Self::Yearly, "YEARLY", "yearly"),
    ];

    /// Its name in iCalendar, such as `WEEKLY`.
    pub(super) const fn text(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name in JSON, such as `weekly`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Monday, "MO", "Monday"),
        (Self::Tuesday, "TU", "Tuesday"),
        (Self::Wednesday, "WE", "Wednesday"),
        (Self::Thursday, "TH", "Thursday"),
        (Self::Friday, "FR", "Friday"),
        (Self::Saturday, "SA", "Saturday"),
        (Self::Sunday, "SU", "Sunday"),
    ];

    /// The two letters of RFC 5545, such as `MO`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The English name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    /// 0 (Sunday) to 6, as dates count them.
    pub(super) const fn number(self) -> u8 {
        (self as u8 + 1) % 7
    }
}

/// A day of BYDAY: every such day, or the nth one of the month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NthDay {
    /// 0 for every one; −1 for the last.
    pub ordinal: i8,
    /// The day of the week.
    pub weekday: Weekday,
}

/// What becomes of a day that a month or year does not have (RFC 7529 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It is left out.
    #[default]
    Omit,
    /// The day before it: 31 becomes the last day of the month.
    Backward,
    /// The day after it: 31 becomes the first day of the next month.
    Forward,
}

impl Skip {
    pub(super) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Omit, "OMIT", "omit"),
        (Self::Backward, "BACKWARD", "backward"),
        (Self::Forward, "FORWARD", "forward"),
    ];
}

/// The parts of a rule, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    RScale,
    Freq,
    Interval,
    Count,
    Until,
    ByMonth,
    ByWeekNo,
    ByYearDay,
    ByMonthDay,
    ByDay,
    ByHour,
    ByMinute,
    BySecond,
    BySetPos,
    Wkst,
    Skip,
}

impl Part {
    pub(super) const ALL: [(Self, &'static str, &'static str); 16] = [
        (Self::RScale, "RSCALE", "rscale"),
        (Self::Freq, "FREQ", "frequency"),
        (Self::Interval, "INTERVAL", "interval"),
        (Self::Count, "COUNT", "count"),
        (Self::Until, "UNTIL", "until"),
        (Self::ByMonth, "BYMONTH", "by_month"),
        (Self::ByWeekNo, "BYWEEKNO", "by_week_no"),
        (Self::ByYearDay, "BYYEARDAY", "by_year_day"),
        (Self::ByMonthDay, "BYMONTHDAY", "by_month_day"),
        (Self::ByDay, "BYDAY", "by_day"),
        (Self::ByHour, "BYHOUR", "by_hour"),
        (Self::ByMinute, "BYMINUTE", "by_minute"),
        (Self::BySecond, "BYSECOND", "by_second"),
        (Self::BySetPos, "BYSETPOS", "by_set_pos"),
        (Self::Wkst, "WKST", "week_start"),
        (Self::Skip, "SKIP", "skip"),
    ];

    /// Those that are lists of numbers, with the largest one, and whether they count from 0 (or else from 1, and from the end with −1).
    pub(super) const NUMBERS: [(Self, i16, Range); 8] = [
        (Self::ByMonth, 12, Range::FromOne),
        (Self::ByWeekNo, 53, Range::EitherEnd),
        (Self::ByYearDay, 366, Range::EitherEnd),
        (Self::ByMonthDay, 31, Range::EitherEnd),
        (Self::ByHour, 23, Range::FromZero),
        (Self::ByMinute, 59, Range::FromZero),
        (Self::BySecond, 60, Range::FromZero),
        (Self::BySetPos, 366, Range::EitherEnd),
    ];

    pub(super) fn name(self, form: Form) -> &'static str {
        let (_, text, json) = Self::ALL[self as usize];
        if form == Form::Text { text } else { json }
    }

    fn slot(self) -> Option<usize> {
        Self::NUMBERS.iter().position(|numbers| numbers.0 == self)
    }
}

/// Which numbers a part may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    FromZero,
    FromOne,
    EitherEnd,
}

/// How a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As in iCalendar.
    Text,
    Json,
}

/// A recurrence rule, RFC 5545 §3.3.10 with the SKIP of RFC 7529. It is consistent: every part is in range and fits the others.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::recurrence::Rule;
///
/// let rule: Rule = "FREQ=MONTHLY;BYDAY=-1FR,1MO;WKST=MO".parse()?;
/// assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYDAY=1MO,-1FR");
/// assert_eq!(rule.describe(), "every month on the first Monday and the last Friday");
/// # Ok::<(), client_event_scheduler::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Moment>,
    /// In the order of [`Part::NUMBERS`]; from the beginning and then from the end, each number once.
    pub(super) numbers: [Vec<i16>; Part::NUMBERS.len()],
    /// Plain days, nth ones, nth ones from the end; each once.
    pub(super) by_day: Vec<NthDay>,
    pub(super) week_start: Weekday,
    pub(super) skip: Skip,
}

impl Rule {
    pub(super) fn of(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            numbers: Default::default(),
            by_day: Vec::new(),
            week_start: Weekday::Monday,
            skip: Skip::Omit,
        }
    }

    /// How often it repeats, before the interval.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every how many of these: 1 for each.
    #[must_use]
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// How many occurrences there are, if that is limited.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// The last moment at which it may occur, if there is one.
    #[must_use]
    pub fn until(&self) -> Option<Moment> {
        self.until
    }

    /// The days of BYDAY.
    #[must_use]
    pub fn days(&self) -> &[NthDay] {
        &self.by_day
    }

    pub(super) fn numbers(&self, part: Part) -> &[i16] {
        part.slot().map_or(&[], |slot| &self.numbers[slot])
    }

    pub(super) fn set_numbers(&mut self, part: Part, numbers: Vec<i16>) {
        if let Some(slot) = part.slot() {
            let order = |number: &i16| (*number < 0, number.unsigned_abs());
            self.numbers[slot] = each_once(numbers, |one, other| order(one).cmp(&order(other)));
        }
    }
}
