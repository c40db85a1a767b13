//! Recurrences in words.

use super::definition::Recurrence;
use super::moment::Moment;
use super::rule::{Frequency, NthDay, Part, Rule, Skip, Weekday};
use crate::time::{CivilDate, SECONDS_PER_DAY};

/// Times of day that are named one by one; more are named as hours and minutes.
const TIMES_NAMED: usize = 6;

impl Rule {
    /// The rule in English, such as `every 2 weeks on Monday and Friday until 24 December 2026`.
    #[must_use]
    pub fn describe(&self) -> String {
        self.words(None)
    }

    fn words(&self, start: Option<Moment>) -> String {
        let mut out = String::from("every ");
        if self.interval != 1 {
            out.push_str(&self.interval.to_string());
            out.push(' ');
        }
        let unit = UNITS[self.frequency as usize];
        out.push_str(unit);
        if self.interval != 1 {
            out.push('s');
        }
        self.push_days(&mut out);
        self.push_times(&mut out, start);
        let positions: Vec<String> =
            self.numbers(Part::BySetPos).iter().map(|&at| nth(i32::from(at))).collect();
        if !positions.is_empty() {
            push(&mut out, &[", only the ", &list(&positions), " of each ", unit]);
        }
        match self.skip {
            Skip::Omit => {}
            Skip::Backward => out.push_str(", moved back to the last day where that day is missing"),
            Skip::Forward => out.push_str(", moved on to the next day where that day is missing"),
        }
        if self.frequency == Frequency::Weekly && self.interval != 1 && self.week_start != Weekday::Monday {
            push(&mut out, &[", weeks beginning on ", self.week_start.name()]);
        }
        match (self.count, self.until) {
            (Some(1), _) => out.push_str(", once"),
            (Some(count), _) => push(&mut out, &[", ", &count.to_string(), " times"]),
            (None, Some(until)) => push(&mut out, &[" until ", &moment(until)]),
            (None, None) => {}
        }
        out
    }

    fn push_days(&self, out: &mut String) {
        let numbers = |part: Part, of: &str| {
            let numbers = self.numbers(part);
            let from_end = numbers.iter().any(|&number| number < 0);
            let all: Vec<String> =
                numbers.iter().map(|&n| if from_end { nth(n.into()) } else { n.to_string() }).collect();
            match (numbers.len(), from_end) {
                (0, _) => None,
                (_, true) => Some(["the ", &list(&all), " ", of].concat()),
                (1, false) => Some([of, " ", &list(&all)].concat()),
                (_, false) => Some([of, "s ", &list(&all)].concat()),
            }
        };
        let days = self.day_names();
        let of_month = numbers(Part::ByMonthDay, "day");
        match (&days, &of_month) {
            (Some(days), Some(of_month)) => {
                push(out, &[" on ", days, " if that is ", of_month, " of the month"])
            }
            (Some(on), None) | (None, Some(on)) => push(out, &[" on ", on]),
            (None, None) => {}
        }
        if let Some(of_year) = numbers(Part::ByYearDay, "day") {
            push(out, &[" on ", &of_year, " of the year"]);
        }
        if let Some(weeks) = numbers(Part::ByWeekNo, "week") {
            push(out, &[" in ", &weeks]);
        }
        let months: Vec<String> =
            self.numbers(Part::ByMonth).iter().map(|&month| MONTHS[month as usize - 1].to_owned()).collect();
        if !months.is_empty() {
            push(out, &[" in ", &list(&months)]);
        }
    }

    fn day_names(&self) -> Option<String> {
        let all_working = self.by_day.len() == 5
            && self.by_day.iter().all(|day| day.ordinal == 0 && day.weekday < Weekday::Saturday);
        if all_working {
            return Some("Monday to Friday".to_owned());
        }
        let long = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        let name = |day: &NthDay| match day.ordinal {
            0 if long => ["every ", day.weekday.name()].concat(),
            0 => day.weekday.name().to_owned(),
            ordinal => ["the ", &nth(ordinal.into()), " ", day.weekday.name()].concat(),
        };
        let names: Vec<String> = self.by_day.iter().map(name).collect();
        (!names.is_empty()).then(|| list(&names))
    }

    fn push_times(&self, out: &mut String, start: Option<Moment>) {
        let [hours, minutes, seconds] =
            [Part::ByHour, Part::ByMinute, Part::BySecond].map(|part| self.numbers(part));
        let timed = start.filter(|start| !matches!(start, Moment::Day(_)));
        let daily = self.frequency >= Frequency::Daily;
        let own = timed.map(|start| start.local_second().rem_euclid(SECONDS_PER_DAY) as i32);
        let of = |named: &[i16], own: Option<i16>| {
            if named.is_empty() { own.into_iter().collect() } else { named.to_vec() }
        };
        let hours_of_day = of(hours, own.map(|own| (own / 3600) as i16));
        let minutes_of_hour = of(minutes, own.map_or(Some(0), |own| Some((own / 60 % 60) as i16)));
        let seconds_of_minute = of(seconds, own.map_or(Some(0), |own| Some((own % 60) as i16)));
        let combinations = hours_of_day.len() * minutes_of_hour.len() * seconds_of_minute.len();
        if daily && (1..=TIMES_NAMED).contains(&combinations) {
            let mut times = Vec::with_capacity(combinations);
            for hour in &hours_of_day {
                for minute in &minutes_of_hour {
                    times.extend(seconds_of_minute.iter().map(|second| clock(*hour, *minute, *second)));
                }
            }
            push(out, &[" at ", &list(&times)]);
            return;
        }
        for (numbers, unit) in [(hours, "hour"), (minutes, "minute"), (seconds, "second")] {
            let all: Vec<String> = numbers.iter().map(i16::to_string).collect();
            if !all.is_empty() {
                push(out, &[" at ", unit, if all.len() > 1 { "s " } else { " " }, &list(&all)]);
            }
        }
    }
}

impl Recurrence {
    /// The recurrence in English: its rule with the time of day, and how many dates are added or taken out.
    #[must_use]
    pub fn describe(&self) -> String {
        // What clocks show at an instant, only the zone's table knows.
        let elsewhere = matches!(self.start, Some(Moment::Utc(_))) && self.time_zone.is_some();
        let start = self.start.filter(|_| !elsewhere);
        let mut out = self.rule.as_ref().map_or_else(String::new, |rule| rule.words(start));
        let dates = |count: usize| count.to_string() + if count == 1 { " date" } else { " dates" };
        match (self.include.len(), self.rule.is_some()) {
            (0, _) => {}
            (count, true) => push(&mut out, &[", and on ", &dates(count), " more"]),
            (count, false) => push(&mut out, &["on ", &dates(count)]),
        }
        if !self.exclude.is_empty() {
            push(&mut out, &[", except on ", &dates(self.exclude.len())]);
        }
        out
    }
}

const UNITS: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: &[String]) -> String {
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        out.push_str(match index {
            0 => "",
            _ if index + 1 == items.len() => " and ",
            _ => ", ",
        });
        out.push_str(item);
    }
    out
}

/// `first`, `22nd`, `last`, `third to last`.
fn nth(number: i32) -> String {
    const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let distance = number.unsigned_abs();
    let mut out = match WORDS.get(distance as usize - 1) {
        Some(word) => (*word).to_owned(),
        None => {
            let suffix = match (distance % 10, distance % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            distance.to_string() + suffix
        }
    };
    match number {
        -1 => "last".to_owned(),
        ..0 => {
            out.push_str(" to last");
            out
        }
        0.. => out,
    }
}

fn two(number: i16) -> [char; 2] {
    [number / 10, number % 10].map(|digit| char::from(b'0' + digit as u8))
}

/// `09:00`, and `09:00:30` where the seconds are not zero.
fn clock(hour: i16, minute: i16, second: i16) -> String {
    let mut out = String::from_iter(two(hour));
    out.push(':');
    out.extend(two(minute));
    if second != 0 {
        out.push(':');
        out.extend(two(second));
    }
    out
}

fn moment(moment: Moment) -> String {
    let date: CivilDate = moment.date();
    let mut out = date.day().to_string();
    push(&mut out, &[" ", MONTHS[usize::from(date.month()) - 1], " ", &date.year().to_string()]);
    let time = moment.local_second().rem_euclid(SECONDS_PER_DAY) as i32;
    if !matches!(moment, Moment::Day(_)) {
        push(&mut out, &[" at ", &clock((time / 3600) as i16, (time / 60 % 60) as i16, (time % 60) as i16)]);
    }
    if matches!(moment, Moment::Utc(_)) {
        out.push_str(" UTC");
    }
    out
}
