//! The parts of a rule as they are read, from text or from JSON: one at a time, every problem kept, and whether they go together.

use super::moment::Moment;
use super::rule::{Form, Frequency, NthDay, Part, Range, Rule, Skip, Weekday};
use crate::error::{Problem, ProblemCode};
use crate::limits;
use crate::sorting::each_once;

/// A rule that is being read.
#[derive(Debug)]
pub(super) struct Draft {
    form: Form,
    /// A bit for every part that was there.
    seen: u32,
    frequency: Option<Frequency>,
    rule: Rule,
    pub(super) problems: Vec<Problem>,
}

impl Draft {
    pub(super) fn new(form: Form) -> Self {
        Self { form, seen: 0, frequency: None, rule: Rule::of(Frequency::Daily), problems: Vec::new() }
    }

    /// Reads one part from the items of its list.
    pub(super) fn take(&mut self, part: Part, items: &[&str]) {
        if self.has(part) {
            self.problem(part, ProblemCode::RulePartRepeated, "is there twice: write it once".to_owned());
            return;
        }
        self.seen |= 1 << part as u32;
        let taken = match Part::NUMBERS.iter().find(|numbers| numbers.0 == part) {
            Some(&(_, largest, range)) => self.take_numbers(part, items, largest, range),
            None if part == Part::ByDay => self.take_days(items),
            None => match items {
                [item] => self.take_single(part, item),
                _ => Err("has not exactly one value: write one".to_owned()),
            },
        };
        if let Err(message) = taken {
            self.problem(part, ProblemCode::RulePartInvalid, message);
        }
    }

    fn take_single(&mut self, part: Part, item: &str) -> Result<(), String> {
        match part {
            Part::RScale => {
                named(&[((), "GREGORIAN", "gregorian")], item, self.form)?;
            }
            Part::Freq => self.frequency = Some(named(&Frequency::ALL, item, self.form)?),
            Part::Interval => self.rule.interval = number(item, limits::RECURRENCE_INTERVAL)?,
            Part::Count => self.rule.count = Some(number(item, u32::MAX)?),
            Part::Wkst => self.rule.week_start = named(&Weekday::ALL, item, Form::Text)?,
            Part::Skip => self.rule.skip = named(&Skip::ALL, item, self.form)?,
            _ => self.rule.until = Some(self.moment(item)?),
        }
        Ok(())
    }

    /// Reads a date in the form that the recurrence is written in.
    pub(super) fn moment(&self, item: &str) -> Result<Moment, String> {
        if self.form == Form::Json {
            return Moment::from_json(item);
        }
        Moment::from_text(item).ok_or_else(|| {
            [quoted(item).as_str(), " is no date: write 20261224, 20261224T090000 or 20261224T080000Z"]
                .concat()
        })
    }

    fn take_numbers(&mut self, part: Part, items: &[&str], largest: i16, range: Range) -> Result<(), String> {
        let mut numbers = Vec::with_capacity(items.len());
        for item in items {
            let fits = |number: &i16| match range {
                Range::FromZero => (0..=largest).contains(number),
                Range::FromOne => (1..=largest).contains(number),
                Range::EitherEnd => *number != 0 && (-largest..=largest).contains(number),
            };
            let Some(number) = item.parse().ok().filter(fits) else {
                let largest = largest.to_string();
                let (from, end) = match range {
                    Range::FromZero => (" is out of place: write 0 to ", None),
                    _ => (
                        " is out of place: write 1 to ",
                        (range == Range::EitherEnd).then_some(", or -1 to -"),
                    ),
                };
                let mut message = quoted(item) + from + &largest;
                if let Some(end) = end {
                    message = message + end + &largest + " from the end";
                }
                return Err(message);
            };
            // A second 60 is a leap second, which clocks without them show as 59 (RFC 5545 §3.3.12).
            numbers.push(if part == Part::BySecond { number.min(59) } else { number });
        }
        if numbers.is_empty() {
            return Err("is empty: write a number, or leave the part out".to_owned());
        }
        self.rule.set_numbers(part, numbers);
        Ok(())
    }

    fn take_days(&mut self, items: &[&str]) -> Result<(), String> {
        let mut days = Vec::with_capacity(items.len());
        for item in items {
            days.push(nth_day(item).ok_or_else(|| {
                quoted(item) + " is no day: write MO, TU, WE, TH, FR, SA or SU, with 1 to 53 or -1 to -53 before it for the nth one"
            })?);
        }
        if days.is_empty() {
            return Err("is empty: write a day such as MO, or leave the part out".to_owned());
        }
        self.rule.by_day = each_once(days, |one, other| one.order().cmp(&other.order()));
        Ok(())
    }

    fn has(&self, part: Part) -> bool {
        self.seen >> part as u32 & 1 == 1
    }

    pub(super) fn problem(&mut self, part: Part, code: ProblemCode, message: String) {
        self.problems.push(Problem { field: part.name(self.form), code, message });
    }

    /// Whether any part was there.
    pub(super) fn is_begun(&self) -> bool {
        self.seen != 0
    }

    /// The rule, or every problem that it has.
    pub(super) fn finish(mut self) -> Result<Rule, Vec<Problem>> {
        match self.frequency {
            Some(frequency) => {
                self.rule.frequency = frequency;
                self.check();
            }
            None if !self.has(Part::Freq) => {
                let message = "is missing: write how often it repeats, such as WEEKLY".to_owned();
                self.problem(Part::Freq, ProblemCode::RulePartRequired, message);
            }
            None => {}
        }
        if self.problems.is_empty() { Ok(self.rule) } else { Err(self.problems) }
    }

    /// What RFC 5545 §3.3.10 forbids.
    fn check(&mut self) {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let frequency = self.rule.frequency;
        let mut conflict = |part: Part, found: bool, message: &str| {
            if found {
                self.problems.push(Problem::new(
                    part.name(self.form),
                    ProblemCode::RulePartConflict,
                    message,
                ));
            }
        };
        let has = |part: Part| self.seen >> part as u32 & 1 == 1;
        conflict(
            Part::Until,
            has(Part::Count) && has(Part::Until),
            "does not go with a count: write one of the two",
        );
        conflict(
            Part::ByWeekNo,
            has(Part::ByWeekNo) && frequency != Yearly,
            "goes with YEARLY only: leave it out, or repeat yearly",
        );
        conflict(
            Part::ByYearDay,
            has(Part::ByYearDay) && matches!(frequency, Daily | Weekly | Monthly),
            "does not go with DAILY, WEEKLY or MONTHLY: leave it out, or repeat yearly",
        );
        conflict(
            Part::ByMonthDay,
            has(Part::ByMonthDay) && frequency == Weekly,
            "does not go with WEEKLY: leave it out, or repeat monthly",
        );
        let numbered = self.rule.by_day.iter().any(|day| day.ordinal != 0);
        conflict(
            Part::ByDay,
            numbered && !matches!(frequency, Monthly | Yearly),
            "has a number before a day, which goes with MONTHLY and YEARLY only: write the day alone",
        );
        conflict(
            Part::ByDay,
            numbered && frequency == Yearly && has(Part::ByWeekNo),
            "has a number before a day, which does not go with weeks of the year: write the day alone",
        );
        let alone = !(Part::NUMBERS.iter().any(|numbers| numbers.0 != Part::BySetPos && has(numbers.0))
            || has(Part::ByDay));
        conflict(
            Part::BySetPos,
            has(Part::BySetPos) && alone,
            "picks from what other BY… parts name: add one, or leave it out",
        );
    }
}

impl NthDay {
    /// Every such day first, then the first ones, then the last ones.
    fn order(&self) -> (bool, u8, Weekday) {
        (self.ordinal < 0, self.ordinal.unsigned_abs(), self.weekday)
    }
}

fn nth_day(item: &str) -> Option<NthDay> {
    let at = item.len().checked_sub(2)?;
    let weekday = named(&Weekday::ALL, item.get(at..)?, Form::Text).ok()?;
    let ordinal = match item.get(..at)? {
        "" => 0,
        number => number.parse().ok().filter(|number| (-53..=53).contains(number) && *number != 0)?,
    };
    Some(NthDay { ordinal, weekday })
}

fn number(item: &str, largest: u32) -> Result<u32, String> {
    item.parse().ok().filter(|number| (1..=largest).contains(number)).ok_or_else(|| {
        quoted(item) + " is no such number: write a whole one from 1 to " + &largest.to_string()
    })
}

/// The value of a name, in any case of letters.
pub(super) fn named<T: Copy>(
    names: &[(T, &'static str, &'static str)],
    item: &str,
    form: Form,
) -> Result<T, String> {
    let name = |entry: &(T, &'static str, &'static str)| if form == Form::Text { entry.1 } else { entry.2 };
    if let Some(found) = names.iter().find(|entry| name(entry).eq_ignore_ascii_case(item)) {
        return Ok(found.0);
    }
    let mut message = quoted(item) + " is not known: write ";
    for (index, entry) in names.iter().enumerate() {
        message.push_str(if index == 0 {
            ""
        } else if index + 1 == names.len() {
            " or "
        } else {
            ", "
        });
        message.push_str(name(entry));
    }
    Err(message)
}

/// The beginning of what was found, between backticks.
pub(super) fn quoted(item: &str) -> String {
    let mut quoted = String::from("`");
    quoted.extend(item.chars().take(40));
    quoted.push('`');
    quoted
}
