//! Reading recurrences from JSON: the parts of the rule by their names in snake_case, and the dates, the zone and the policies beside them.

use std::borrow::Cow;

use super::definition::{POLICIES, Recurrence};
use super::moment::Moment;
use super::read::{Draft, quoted};
use super::rule::{Form, Part};
use super::text::{invalid, set_policy, too_long, zone_name};
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::json::{Cursor, Fault, Scalar, not_utf8, syntax};
use crate::limits;

impl Recurrence {
    /// Reads one JSON object. A key that is `null` is as good as absent; of equal keys, the second is a problem.
    ///
    /// # Errors
    ///
    /// Every problem of the object, each with the key and what to write instead.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidInput> {
        if json.len() > limits::RECURRENCE_BYTES {
            return Err(invalid(vec![too_long(json.len())]));
        }
        if std::str::from_utf8(json).is_err() {
            return Err(not_utf8());
        }
        let mut cursor = Cursor::new(json, 0);
        let mut object = Object {
            draft: Draft::new(Form::Json),
            recurrence: Self::default(),
            seen: 0,
            problems: Vec::new(),
        };
        object.scan(&mut cursor).map_err(|fault| syntax(fault, json.len()))?;
        if cursor.peek() != Err(Fault::Incomplete) {
            return Err(syntax(cursor.fault("nothing after the recurrence"), json.len()));
        }
        object.finish().map_err(invalid)
    }
}

/// The keys beside the parts of the rule and the policies.
const START: &str = "start";
const TIMEZONE: &str = "timezone";
const INCLUDE: &str = "include_dates";
const EXCLUDE: &str = "exclude_dates";

struct Object {
    draft: Draft,
    recurrence: Recurrence,
    /// A bit for each of the keys beside the rule that was there.
    seen: u32,
    problems: Vec<Problem>,
}

/// What stood behind a key.
enum Value<'a> {
    Null,
    Items(Vec<Cow<'a, str>>),
    /// What a recurrence never has.
    Other(&'static str),
}

impl Object {
    fn scan(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        cursor.expect(b'{', "an object")?;
        if cursor.accept(b'}')? {
            return Ok(());
        }
        loop {
            cursor.peek()?;
            let key = cursor.text()?.decode();
            cursor.expect(b':', "a colon")?;
            match value(cursor)? {
                Value::Null => {}
                Value::Items(items) => self.take(&key, &items),
                Value::Other(found) => {
                    let message = ["is ", found, ": write a text, a number, or an array of them"].concat();
                    self.problem(field(&key), ProblemCode::WrongType, message);
                }
            }
            if !cursor.accept(b',')? {
                return cursor.expect(b'}', "a comma or the end of the object");
            }
        }
    }

    fn take(&mut self, key: &str, items: &[Cow<'_, str>]) {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        if let Some(part) = Part::ALL.iter().find(|part| part.2 == key) {
            return self.draft.take(part.0, &items);
        }
        let field = field(key);
        let keys = [START, TIMEZONE, INCLUDE, EXCLUDE];
        let policy = POLICIES.iter().position(|policy| policy.1 == key);
        let place = keys.iter().position(|known| *known == key).or(policy.map(|policy| policy + keys.len()));
        let Some(place) = place else {
            let message = quoted(key)
                + " is no part of a recurrence: write parts such as frequency, interval, by_day and until";
            return self.problem("", ProblemCode::RulePartUnknown, message);
        };
        if self.seen >> place & 1 == 1 {
            return self.problem(
                field,
                ProblemCode::RulePartRepeated,
                "is there twice: write it once".to_owned(),
            );
        }
        self.seen |= 1 << place;
        let single = match items[..] {
            [item] => item,
            _ if place == 2 || place == 3 => "",
            _ => {
                return self.problem(
                    field,
                    ProblemCode::RulePartInvalid,
                    "has not exactly one value: write one".to_owned(),
                );
            }
        };
        match key {
            START => {
                if let [start] = self.dates(START, &[single])[..] {
                    self.recurrence.start = Some(start);
                }
            }
            TIMEZONE => match zone_name(single, TIMEZONE) {
                Ok(name) => self.recurrence.time_zone = Some(name),
                Err(problem) => self.problems.push(problem),
            },
            INCLUDE => self.recurrence.include = self.dates(INCLUDE, &items),
            EXCLUDE => self.recurrence.exclude = self.dates(EXCLUDE, &items),
            _ => {
                if let Err(message) =
                    set_policy(&mut self.recurrence.policies, policy, key, single, Form::Json)
                {
                    self.problem(field, ProblemCode::RulePartInvalid, message);
                }
            }
        }
    }

    fn dates(&mut self, field: &'static str, items: &[&str]) -> Vec<Moment> {
        let mut dates = Vec::with_capacity(items.len());
        for item in items {
            match self.draft.moment(item) {
                Ok(date) => dates.push(date),
                Err(message) => self.problem(field, ProblemCode::DateMalformed, message),
            }
        }
        dates
    }

    fn problem(&mut self, field: &'static str, code: ProblemCode, message: String) {
        self.problems.push(Problem { field, code, message });
    }

    fn finish(mut self) -> Result<Recurrence, Vec<Problem>> {
        // Dates alone need no rule.
        if self.draft.is_begun() || self.recurrence.include.is_empty() {
            match self.draft.finish() {
                Ok(rule) => self.recurrence.rule = Some(rule),
                Err(problems) => self.problems.extend(problems),
            }
        }
        if self.problems.is_empty() { Ok(self.recurrence.tidied()) } else { Err(self.problems) }
    }
}

fn value<'a>(cursor: &mut Cursor<'a>) -> Result<Value<'a>, Fault> {
    if cursor.peek()? != b'[' {
        return Ok(match cursor.scalar()? {
            Scalar::Null => Value::Null,
            other => match text_of(&other) {
                Ok(item) => Value::Items(vec![item]),
                Err(found) => Value::Other(found),
            },
        });
    }
    cursor.expect(b'[', "an array")?;
    let mut items = Vec::new();
    let mut other = None;
    if cursor.accept(b']')? {
        return Ok(Value::Items(items));
    }
    loop {
        match text_of(&cursor.scalar()?) {
            Ok(item) => items.push(item),
            Err(found) => other = Some(found),
        }
        if !cursor.accept(b',')? {
            cursor.expect(b']', "a comma or the end of the array")?;
            return Ok(other.map_or(Value::Items(items), Value::Other));
        }
    }
}

/// The text of a text or a number; the name of anything else.
fn text_of<'a>(scalar: &Scalar<'a>) -> Result<Cow<'a, str>, &'static str> {
    match *scalar {
        Scalar::Text(text) => Ok(text.decode()),
        Scalar::Number(digits) => Ok(String::from_utf8_lossy(digits)),
        Scalar::Bool(_) => Err("a boolean"),
        Scalar::Null => Err("null"),
        Scalar::Other(found) => Err(found),
    }
}

/// The name of a known key, for a problem; empty for any other.
fn field(key: &str) -> &'static str {
    let parts = Part::ALL.iter().map(|part| part.2).chain(POLICIES.iter().map(|policy| policy.1));
    parts.chain([START, TIMEZONE, INCLUDE, EXCLUDE]).find(|known| *known == key).unwrap_or_default()
}
