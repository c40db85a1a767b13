//! Printing rules and recurrences, canonically: equal ones give equal texts, and reading the text gives the same one again.

use std::fmt;

use super::definition::{POLICIES, Recurrence};
use super::moment::Moment;
use super::rule::{Form, NthDay, Part, Rule, Skip, Weekday};

impl fmt::Display for Rule {
    /// Writes the value of an RRULE, without its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write_text(&mut out);
        f.pad(&out)
    }
}

impl Rule {
    fn write_text(&self, out: &mut String) {
        let begin = out.len();
        self.each_part(Form::Text, &mut |name, values| {
            if out.len() > begin {
                out.push(';');
            }
            out.push_str(name);
            out.push('=');
            for (index, value) in values.list().iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(value);
            }
        });
    }

    /// Names each part that is not as usual, with its values.
    fn each_part(&self, form: Form, part: &mut dyn FnMut(&'static str, Values)) {
        let text = form == Form::Text;
        let single = |text: &str| Values::Text(text.to_owned());
        for (index, &(kind, ..)) in Part::ALL.iter().enumerate() {
            let name = Part::ALL[index].0.name(form);
            let values = match kind {
                Part::RScale => (self.skip != Skip::Omit && text).then(|| single("GREGORIAN")),
                Part::Freq => {
                    Some(single(if text { self.frequency.text() } else { self.frequency.as_str() }))
                }
                Part::Interval => {
                    (self.interval != 1).then(|| Values::Numbers(vec![self.interval.to_string()]))
                }
                Part::Count => self.count.map(|count| Values::Numbers(vec![count.to_string()])),
                Part::Until => self.until.map(|until| Values::Text(written(until, form))),
                Part::ByDay => {
                    let days = self.by_day.iter().map(NthDay::to_string).collect();
                    (!self.by_day.is_empty()).then_some(Values::Texts(days))
                }
                Part::Wkst => (self.week_start != Weekday::Monday).then(|| single(self.week_start.as_str())),
                Part::Skip => {
                    let entry = Skip::ALL[self.skip as usize];
                    (self.skip != Skip::Omit).then(|| single(if text { entry.1 } else { entry.2 }))
                }
                _ => {
                    let numbers: Vec<String> = self.numbers(kind).iter().map(i16::to_string).collect();
                    (!numbers.is_empty()).then_some(Values::List(numbers))
                }
            };
            if let Some(values) = values {
                part(name, values);
            }
        }
    }
}

/// The values of a part, as JSON has them.
enum Values {
    Text(String),
    Texts(Vec<String>),
    /// Numbers in an array, or one number without.
    List(Vec<String>),
    Numbers(Vec<String>),
}

impl Values {
    fn list(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::Texts(list) | Self::List(list) | Self::Numbers(list) => list,
        }
    }
}

impl fmt::Display for NthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ordinal != 0 {
            self.ordinal.fmt(f)?;
        }
        f.write_str(self.weekday.as_str())
    }
}

fn written(moment: Moment, form: Form) -> String {
    if form == Form::Json {
        return moment.rfc3339();
    }
    let mut out = String::new();
    moment.write_text(&mut out);
    out
}

impl fmt::Display for Recurrence {
    /// Writes the lines of iCalendar, unfolded, with a line feed between two.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write_lines(&mut out);
        f.pad(out.trim_end())
    }
}

impl Recurrence {
    fn write_lines(&self, out: &mut String) {
        let zone = self.time_zone.as_deref();
        // A line of local times carries the zone; where there is none, a line of its own does.
        let local = |date: &Moment| matches!(date, Moment::Local(_));
        let mut dates = self.start.iter().chain(&self.include).chain(&self.exclude);
        let carried = dates.any(local);
        if let Some(start) = self.start {
            write_dates(out, "DTSTART", &[start], zone);
        }
        if let Some(zone) = zone.filter(|_| !carried) {
            out.push_str("X-WR-TIMEZONE:");
            out.push_str(zone);
            out.push('\n');
        }
        if let Some(rule) = &self.rule {
            out.push_str("RRULE:");
            rule.write_text(out);
            out.push('\n');
        }
        for (name, dates) in [("RDATE", &self.include), ("EXDATE", &self.exclude)] {
            for kind in [Kind::Day, Kind::Local, Kind::Utc] {
                let dates: Vec<Moment> = dates.iter().copied().filter(|date| kind.has(date)).collect();
                write_dates(out, name, &dates, zone);
            }
        }
        let mut policies = "X-POLICY:";
        for (policy, value) in POLICIES.iter().zip(self.policies.values()) {
            if let Some((value, _)) = value {
                out.push_str(policies);
                out.push_str(policy.0);
                out.push('=');
                out.push_str(value);
                policies = ";";
            }
        }
    }

    /// The recurrence as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(start) = self.start {
            member(&mut out, "start", &Values::Text(start.rfc3339()));
        }
        if let Some(zone) = &self.time_zone {
            member(&mut out, "timezone", &Values::Text(zone.clone()));
        }
        if let Some(rule) = &self.rule {
            rule.each_part(Form::Json, &mut |name, values| member(&mut out, name, &values));
        }
        for (name, dates) in [("include_dates", &self.include), ("exclude_dates", &self.exclude)] {
            if !dates.is_empty() {
                let dates = dates.iter().map(|date| date.rfc3339()).collect();
                member(&mut out, name, &Values::Texts(dates));
            }
        }
        for (policy, value) in POLICIES.iter().zip(self.policies.values()) {
            if let Some((_, value)) = value {
                member(&mut out, policy.1, &Values::Text(value.to_owned()));
            }
        }
        out.push('}');
        out
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Day,
    Local,
    Utc,
}

impl Kind {
    fn has(self, date: &Moment) -> bool {
        match date {
            Moment::Day(_) => matches!(self, Self::Day),
            Moment::Local(_) => matches!(self, Self::Local),
            Moment::Utc(_) => matches!(self, Self::Utc),
        }
    }
}

/// Writes dates of one kind as a line.
fn write_dates(out: &mut String, name: &str, dates: &[Moment], zone: Option<&str>) {
    let Some(first) = dates.first() else { return };
    out.push_str(name);
    match (first, zone) {
        (Moment::Day(_), _) => out.push_str(";VALUE=DATE"),
        (Moment::Local(_), Some(zone)) => {
            out.push_str(";TZID=");
            out.push_str(zone);
        }
        (Moment::Local(_), None) | (Moment::Utc(_), _) => {}
    }
    for (index, date) in dates.iter().enumerate() {
        out.push(if index == 0 { ':' } else { ',' });
        date.write_text(out);
    }
    out.push('\n');
}

/// Writes a member of a JSON object. No text that a recurrence has needs an escape but for a backslash in the name of a zone.
fn member(out: &mut String, name: &str, values: &Values) {
    if out.len() > 1 {
        out.push(',');
    }
    let quote = |out: &mut String, text: &str| {
        out.push('"');
        out.push_str(&text.replace('\\', "\\\\"));
        out.push('"');
    };
    quote(out, name);
    out.push(':');
    let (array, text) = match values {
        Values::Text(_) => (false, true),
        Values::Texts(_) => (true, true),
        Values::List(_) => (true, false),
        Values::Numbers(_) => (false, false),
    };
    if array {
        out.push('[');
    }
    for (index, value) in values.list().iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if text {
            quote(out, value);
        } else {
            out.push_str(value);
        }
    }
    if array {
        out.push(']');
    }
}
