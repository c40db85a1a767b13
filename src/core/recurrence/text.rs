//! Reading recurrences as iCalendar writes them: a rule alone, or the lines of a whole set.

use std::borrow::Cow;
use std::str::FromStr;

use super::definition::{DISAMBIGUATIONS, GAPS, POLICIES, Policies, Recurrence, SUB_DAILY, UNMATCHED_STARTS};
use super::moment::Moment;
use super::read::{Draft, named, quoted};
use super::rule::{Form, Part, Rule};
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::limits;

impl FromStr for Rule {
    type Err = InvalidInput;

    /// Reads `FREQ=…`, with or without `RRULE:` before it.
    ///
    /// # Errors
    ///
    /// Every problem of the text, each with the part and what to write instead.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        check_size(text)?;
        let text = text.trim();
        let value = match text.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("RRULE") => value,
            _ => text,
        };
        rule(value).map_err(invalid)
    }
}

impl FromStr for Recurrence {
    type Err = InvalidInput;

    /// Reads the lines of a recurrence: `DTSTART`, `RRULE`, `RDATE`, `EXDATE`, `X-WR-TIMEZONE` and `X-POLICY`, each at most once but for
    /// dates; or a rule alone. Folded lines are joined.
    ///
    /// # Errors
    ///
    /// Every problem of the text, each with the property or part and what to write instead.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        check_size(text)?;
        let mut set = Set::default();
        for line in unfolded(text) {
            set.line(&line);
        }
        set.finish().map_err(invalid)
    }
}

fn check_size(text: &str) -> Result<(), InvalidInput> {
    if text.len() <= limits::RECURRENCE_BYTES {
        return Ok(());
    }
    Err(InvalidInput::single(None, too_long(text.len())))
}

pub(super) fn too_long(bytes: usize) -> Problem {
    let (found, most) = (bytes.to_string(), limits::RECURRENCE_BYTES.to_string());
    let message =
        ["has ", &found, " bytes: write at most ", &most, ", and a rule rather than dates"].concat();
    Problem { field: "", code: ProblemCode::TextTooLong, message }
}

pub(super) fn invalid(problems: Vec<Problem>) -> InvalidInput {
    InvalidInput { event_id: None, problems }
}

/// The lines that are not empty; what begins with white space goes on with the line before it (RFC 5545 §3.1).
fn unfolded(text: &str) -> Vec<Cow<'_, str>> {
    let mut lines: Vec<Cow<'_, str>> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.to_mut().push_str(more),
            _ => lines.push(Cow::Borrowed(line.trim())),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Reads the parts of a rule.
fn rule(text: &str) -> Result<Rule, Vec<Problem>> {
    let mut draft = Draft::new(Form::Text);
    // A semicolon at the end is a common slip that hides nothing.
    for part in text.strip_suffix(';').unwrap_or(text).split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match Part::ALL.iter().find(|known| known.1.eq_ignore_ascii_case(name.trim())) {
            Some(known) => draft.take(known.0, &items(value)),
            None => {
                let message =
                    quoted(name) + " is no part of a rule: write parts such as FREQ=WEEKLY;BYDAY=MO";
                draft.problems.push(Problem { field: "RRULE", code: ProblemCode::RulePartUnknown, message });
            }
        }
    }
    draft.finish()
}

fn items(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).collect()
}

/// The lines of a set while they are read.
#[derive(Default)]
struct Set {
    recurrence: Recurrence,
    problems: Vec<Problem>,
    /// Names of the properties that may be there once and have been.
    seen: Vec<&'static str>,
}

/// Those that may be there once.
const SINGLE: [&str; 4] = ["DTSTART", "RRULE", "X-WR-TIMEZONE", "X-POLICY"];

impl Set {
    fn line(&mut self, line: &str) {
        let (head, value) = match colon(line) {
            Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default()),
            None if line.contains('=') => ("RRULE", line),
            None => (line, ""),
        };
        let mut parameters = head.split(';');
        let name = parameters.next().unwrap_or_default().trim();
        if let Some(single) = SINGLE.into_iter().find(|single| single.eq_ignore_ascii_case(name)) {
            if self.seen.contains(&single) {
                self.problem(
                    single,
                    ProblemCode::RulePartRepeated,
                    "is there twice: write it once".to_owned(),
                );
                return;
            }
            self.seen.push(single);
        }
        match name.to_ascii_uppercase().as_str() {
            "DTSTART" => {
                if let [start] = self.dates("DTSTART", parameters, &[value.trim()])[..] {
                    self.recurrence.start = Some(start);
                }
            }
            "RRULE" => match rule(value.trim()) {
                Ok(rule) => self.recurrence.rule = Some(rule),
                Err(problems) => self.problems.extend(problems),
            },
            "RDATE" => {
                let dates = self.dates("RDATE", parameters, &items(value));
                self.recurrence.include.extend(dates);
            }
            "EXDATE" => {
                let dates = self.dates("EXDATE", parameters, &items(value));
                self.recurrence.exclude.extend(dates);
            }
            "X-WR-TIMEZONE" => self.zone("X-WR-TIMEZONE", value.trim()),
            "X-POLICY" => {
                if let Err(message) = policies(value.trim(), &mut self.recurrence.policies) {
                    self.problem("X-POLICY", ProblemCode::RulePartInvalid, message);
                }
            }
            _ => {
                let message = quoted(name)
                    + " is no property of a recurrence: write DTSTART, one RRULE, RDATE, EXDATE, X-WR-TIMEZONE or X-POLICY";
                self.problem("", ProblemCode::RulePartUnknown, message);
            }
        }
    }

    fn dates<'a>(
        &mut self,
        field: &'static str,
        parameters: impl Iterator<Item = &'a str>,
        items: &[&str],
    ) -> Vec<Moment> {
        let mut only_days = None;
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_uppercase().as_str() {
                "TZID" => self.zone(field, value),
                "VALUE" if value.eq_ignore_ascii_case("DATE") => only_days = Some(true),
                "VALUE" if value.eq_ignore_ascii_case("DATE-TIME") => only_days = Some(false),
                "VALUE" => {
                    let message =
                        quoted(value) + " is not read: write VALUE=DATE for days, and no VALUE for times";
                    self.problem(field, ProblemCode::RulePartInvalid, message);
                    return Vec::new();
                }
                _ => {}
            }
        }
        let mut dates = Vec::with_capacity(items.len());
        for item in items {
            let date = Draft::new(Form::Text).moment(item).and_then(|date| {
                let day = matches!(date, Moment::Day(_));
                if only_days.is_none_or(|only_days| only_days == day) {
                    Ok(date)
                } else {
                    Err(quoted(item)
                        + " is not what VALUE says: leave VALUE out, or write VALUE=DATE for days")
                }
            });
            match date {
                Ok(date) => dates.push(date),
                Err(message) => self.problem(field, ProblemCode::RulePartInvalid, message),
            }
        }
        dates
    }

    fn zone(&mut self, field: &'static str, name: &str) {
        match &self.recurrence.time_zone {
            Some(zone) if zone != name.trim() => {
                let message = [
                    "is in the zone ",
                    &quoted(name),
                    ", but the recurrence in ",
                    &quoted(zone),
                    ": write one zone throughout",
                ]
                .concat();
                self.problem(field, ProblemCode::RulePartConflict, message);
            }
            _ => match zone_name(name, field) {
                Ok(name) => self.recurrence.time_zone = Some(name),
                Err(problem) => self.problems.push(problem),
            },
        }
    }

    fn problem(&mut self, field: &'static str, code: ProblemCode, message: String) {
        self.problems.push(Problem { field, code, message });
    }

    fn finish(mut self) -> Result<Recurrence, Vec<Problem>> {
        let nothing = self.recurrence.rule.is_none() && self.recurrence.include.is_empty();
        if nothing && self.problems.is_empty() {
            let message = "is missing: write a rule such as RRULE:FREQ=WEEKLY, or dates as RDATE".to_owned();
            self.problem("RRULE", ProblemCode::RulePartRequired, message);
        }
        if self.problems.is_empty() { Ok(self.recurrence.tidied()) } else { Err(self.problems) }
    }
}

/// Whether this can be the name of a zone at all; whether there is one of that name, its provider knows.
pub(super) fn zone_name(name: &str, field: &'static str) -> Result<String, Problem> {
    let name = name.trim();
    let odd = |c: char| c.is_control() || matches!(c, '"' | ';' | ':' | ',');
    if name.is_empty() || name.len() > limits::SHORT_TEXT_BYTES || name.contains(odd) {
        let message = "names no time zone: write an IANA name such as Europe/Berlin";
        return Err(Problem::new(field, ProblemCode::TimeZoneUnknown, message));
    }
    Ok(name.to_owned())
}

/// Where the value of a line begins: behind the first colon that is not between quotes.
fn colon(line: &str) -> Option<usize> {
    let mut quoted = false;
    line.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })
}

fn policies(text: &str, policies: &mut Policies) -> Result<(), String> {
    for part in text.split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let index = POLICIES.iter().position(|known| known.0.eq_ignore_ascii_case(name));
        set_policy(policies, index, name, value, Form::Text)?;
    }
    Ok(())
}

/// Sets the policy with this place among [`POLICIES`].
pub(super) fn set_policy(
    policies: &mut Policies,
    index: Option<usize>,
    name: &str,
    value: &str,
    form: Form,
) -> Result<(), String> {
    match index {
        Some(0) => policies.disambiguation = named(DISAMBIGUATIONS, value, form)?,
        Some(1) => policies.gaps = named(GAPS, value, form)?,
        Some(2) => policies.sub_daily = named(SUB_DAILY, value, form)?,
        Some(_) => policies.start = named(UNMATCHED_STARTS, value, form)?,
        None => {
            return Err(quoted(name) + " is no policy: write DISAMBIGUATION, GAPS, SUB-DAILY or START");
        }
    }
    Ok(())
}
