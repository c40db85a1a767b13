//! Cron expressions, read into the same patterns as rules.

use std::fmt;
use std::str::FromStr;

use super::binding::Mode;
use super::definition::Gaps;
use super::pattern::{CronDays, Pattern};
use super::read::quoted;
use super::schedule::{FIRST_SECOND, LAST_SECOND, Schedule};
use super::text::invalid;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::limits;
use crate::time::{Disambiguation, Zone};

/// A cron expression of five fields, or of six with the seconds first.
///
/// - `*`, lists, ranges, steps (`*/5`, `9-17/2`, `5/10`), names of months and days in any case; `?` is as good as `*` for days.
/// - `L`, `L-3`, `15W` and `LW` among the days of the month; `FRIL` or `5L`, and `FRI#2` among the days of the week, where both
///   0 and 7 are Sunday.
/// - `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight` and `@hourly`.
/// - Where neither the days of the month nor those of the week begin with `*` or `?`, a day that matches either of them matches.
/// - An expression whose seconds, minutes or hours begin with `*` fires whenever clocks show one of its times: not in a gap, and twice
///   in a fold. Any other one fires once: a time that clocks skip is moved forward by the gap, and of two the first counts.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::recurrence::Cron;
/// use client_event_scheduler::time::{Timestamp, ZoneProvider, ZoneTable};
///
/// let cron: Cron = "30 9 LW * *".parse()?;
/// let zone = ZoneTable::embedded().zone("Europe/Berlin").expect("a known zone");
/// let next = cron.schedule(zone).next_after(Timestamp::EPOCH)?.expect("a next time");
/// assert_eq!(next.to_string(), "1970-01-30T08:30:00.000Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// The fields in upper case, with one space between two.
    text: String,
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: Days,
    /// Whether it fires whenever clocks show one of its times.
    shown: bool,
}

/// The fields for days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Days {
    month_days: [u32; 2],
    nearest: u32,
    weekdays: u8,
    ordinals: Vec<(i8, u8)>,
    either: bool,
}

/// A field of numbers.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    /// Names of the numbers from `first` on.
    names: &'static [&'static str],
    /// What to write, for a message.
    wanted: &'static str,
}

const SECOND: Field = Field { name: "second", first: 0, last: 59, names: &[], wanted: "0 to 59" };
const MINUTE: Field = Field { name: "minute", first: 0, last: 59, names: &[], wanted: "0 to 59" };
const HOUR: Field = Field { name: "hour", first: 0, last: 23, names: &[], wanted: "0 to 23" };
const MONTH_DAY: Field =
    Field { name: "day of month", first: 1, last: 31, names: &[], wanted: "1 to 31, L, L-3, 15W or LW" };
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    wanted: "1 to 12 or JAN to DEC",
};
const WEEKDAY: Field = Field {
    name: "day of week",
    first: 0,
    last: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    wanted: "0 to 7, SUN to SAT, FRIL or FRI#2",
};

const NICKNAMES: [(&str, &str); 7] = [
    ("@YEARLY", "0 0 1 1 *"),
    ("@ANNUALLY", "0 0 1 1 *"),
    ("@MONTHLY", "0 0 1 * *"),
    ("@WEEKLY", "0 0 * * 0"),
    ("@DAILY", "0 0 * * *"),
    ("@MIDNIGHT", "0 0 * * *"),
    ("@HOURLY", "0 * * * *"),
];

impl FromStr for Cron {
    type Err = InvalidInput;

    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// Every field that cannot be read, and what to write instead.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let refused = |code, message: String| invalid(vec![Problem { field: "", code, message }]);
        if text.len() > limits::CRON_BYTES {
            let message =
                ["has more than ", &limits::CRON_BYTES.to_string(), " bytes: write fewer and shorter lists"];
            return Err(refused(ProblemCode::TextTooLong, message.concat()));
        }
        let upper = text.to_ascii_uppercase();
        let nickname = NICKNAMES.iter().find(|nickname| nickname.0 == upper.trim());
        let fields: Vec<&str> =
            nickname.map_or(upper.as_str(), |nickname| nickname.1).split_ascii_whitespace().collect();
        let (second, rest) = match fields[..] {
            [second, .., _, _, _, _, _] if fields.len() == 6 => (second, &fields[1..]),
            [..] if fields.len() == 5 => ("0", &fields[..]),
            _ => {
                let message = quoted(text)
                    + " is no cron expression: write five fields such as 30 9 * * MON-FRI, six with the seconds first, or @daily";
                return Err(refused(ProblemCode::CronFieldInvalid, message));
            }
        };
        let &[minute, hour, month_day, month, weekday] = rest else { unreachable!("five fields are left") };
        let mut problems = Vec::new();
        let mut bits = |field: Field, text: &str| {
            field.bits(text).unwrap_or_else(|item| {
                problems.push(field.problem(item));
                0
            })
        };
        let [seconds, minutes, hours, months] =
            [bits(SECOND, second), bits(MINUTE, minute), bits(HOUR, hour), bits(MONTH, month)];
        let mut days = Days::default();
        if let Err(item) = days.read_month_days(month_day) {
            problems.push(MONTH_DAY.problem(item));
        }
        if let Err(item) = days.read_weekdays(weekday) {
            problems.push(WEEKDAY.problem(item));
        }
        days.either = !is_open(month_day) && !is_open(weekday);
        if !problems.is_empty() {
            return Err(invalid(problems));
        }
        let shown = [second, minute, hour].into_iter().any(is_open);
        Ok(Self { text: fields.join(" "), seconds, minutes, hours, months, days, shown })
    }
}

impl fmt::Display for Cron {
    /// Writes the fields in upper case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Cron {
    /// Makes the expression ready to be asked, in a zone.
    #[must_use]
    pub fn schedule<'z>(&self, zone: &'z Zone) -> Schedule<'z> {
        let Days { month_days, nearest, weekdays, ref ordinals, either } = self.days;
        let days = CronDays { months: self.months as u16, month_days, nearest, weekdays, ordinals, either };
        Schedule {
            zone,
            mode: if self.shown { Mode::SHOWN } else { Mode::of(Disambiguation::Compatible, Gaps::Move) },
            pattern: Some(Pattern::of_cron(days, self.hours, self.minutes, self.seconds)),
            from: FIRST_SECOND,
            until: LAST_SECOND,
            include: Vec::new(),
            exclude: Vec::new(),
            exclude_days: Vec::new(),
        }
    }
}

/// Whether a field begins as one that restricts nothing.
fn is_open(field: &str) -> bool {
    field.starts_with(['*', '?'])
}

impl Days {
    /// The item that cannot be read is the error.
    fn read_month_days<'a>(&mut self, text: &'a str) -> Result<(), &'a str> {
        if matches!(text, "*" | "?") {
            return Ok(());
        }
        for item in text.split(',') {
            let day = |text: &str| MONTH_DAY.number(text).ok_or(item);
            if item == "L" {
                self.month_days[1] |= 1 << 1;
            } else if item == "LW" {
                self.nearest |= 1;
            } else if let Some(back) = item.strip_prefix("L-") {
                let back = day(back)?;
                // Thirty days before the last one is the first, and that is as far as it goes.
                self.month_days[1] |= if back <= 30 { 1 << (back + 1) } else { return Err(item) };
            } else if let Some(near) = item.strip_suffix('W') {
                self.nearest |= 1 << day(near)?;
            } else {
                self.month_days[0] |= MONTH_DAY.bits(item)? as u32;
            }
        }
        Ok(())
    }

    fn read_weekdays<'a>(&mut self, text: &'a str) -> Result<(), &'a str> {
        if matches!(text, "*" | "?") {
            return Ok(());
        }
        for item in text.split(',') {
            let day = |text: &str| WEEKDAY.number(text).map(|day| (day % 7) as u8).ok_or(item);
            if let Some((of_week, nth)) = item.split_once('#') {
                let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth)).ok_or(item)?;
                self.ordinals.push((nth, day(of_week)?));
            } else if let Some(of_week) = item.strip_suffix('L') {
                self.ordinals.push((-1, day(of_week)?));
            } else {
                let bits = WEEKDAY.bits(item)?;
                self.weekdays |= (bits | bits >> 7) as u8 & 0x7f;
            }
        }
        Ok(())
    }
}

impl Field {
    /// The numbers of a list; the item that cannot be read is the error.
    fn bits(self, text: &str) -> Result<u64, &str> {
        text.split(',').try_fold(0, |bits, item| Ok(bits | self.range(item).ok_or(item)?))
    }

    /// The numbers of one item: `*`, a number or a range, with a step or without.
    fn range(self, item: &str) -> Option<u64> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                (range, Some(step.parse().ok().filter(|step| (1..=self.last).contains(step))?))
            }
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, if self.last == 7 { 6 } else { self.last }),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            // A number with a step goes on to the end.
            None => (self.number(range)?, if step.is_some() { self.last } else { self.number(range)? }),
        };
        if first > last {
            return None;
        }
        Some((first..=last).step_by(step.unwrap_or(1) as usize).fold(0, |bits, number| bits | 1 << number))
    }

    fn number(self, text: &str) -> Option<u32> {
        if let Some(index) = self.names.iter().position(|name| *name == text) {
            return Some(self.first + index as u32);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && (self.first..=self.last).contains(number))
    }

    fn problem(self, item: &str) -> Problem {
        let message = [
            &quoted(item),
            " cannot be read: write ",
            self.wanted,
            ", ranges from low to high, steps such as */5, or *",
        ];
        Problem { field: self.name, code: ProblemCode::CronFieldInvalid, message: message.concat() }
    }
}
