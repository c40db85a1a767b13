//! A second implementation of recurrences, as obvious as it can be: it walks through every period from the beginning, lists what is in
//! it, and knows nothing of the engine but zones. Calendar: chrono.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use client_event_scheduler::recurrence::{Gaps, Policies, SubDaily, UnmatchedStart};
use client_event_scheduler::time::{CivilDateTime, Disambiguation, Zone};

const DAY: i64 = 86_400;

/// A rule as its text has it.
#[derive(Debug)]
pub(crate) struct Reference {
    parts: Vec<(String, Vec<String>)>,
    start: i64,
}

fn date_of(second: i64) -> NaiveDate {
    NaiveDate::from_epoch_days(second.div_euclid(DAY) as i32).expect("a date")
}

fn midnight(date: NaiveDate) -> i64 {
    i64::from(date.to_epoch_days()) * DAY
}

impl Reference {
    pub(crate) fn new(rule: &str, start: i64) -> Self {
        let parts = rule.split(';').map(|part| {
            let (name, value) = part.split_once('=').expect("a part");
            (name.to_owned(), value.split(',').map(str::to_owned).collect())
        });
        Self { parts: parts.collect(), start }
    }

    fn list(&self, name: &str) -> Option<&[String]> {
        self.parts.iter().find(|part| part.0 == name).map(|part| part.1.as_slice())
    }

    fn single(&self, name: &str) -> Option<&str> {
        self.list(name).map(|list| list[0].as_str())
    }

    fn numbers(&self, name: &str) -> Option<Vec<i32>> {
        self.list(name).map(|list| list.iter().map(|item| item.parse().expect("a number")).collect())
    }

    fn frequency(&self) -> &str {
        self.single("FREQ").expect("a frequency")
    }

    pub(crate) fn is_sub_daily(&self) -> bool {
        matches!(self.frequency(), "HOURLY" | "MINUTELY" | "SECONDLY")
    }

    fn interval(&self) -> i64 {
        self.single("INTERVAL").map_or(1, |interval| interval.parse().expect("an interval"))
    }

    fn week_start(&self) -> Weekday {
        self.single("WKST").map_or(Weekday::Mon, weekday)
    }

    /// The local seconds of the rule before `end`, its COUNT aside.
    pub(crate) fn local_times(&self, end: i64) -> BTreeSet<i64> {
        self.local_times_from(self.start, end)
    }

    fn local_times_from(&self, from: i64, end: i64) -> BTreeSet<i64> {
        let mut found = BTreeSet::new();
        let unit = match self.frequency() {
            "HOURLY" => 3600,
            "MINUTELY" => 60,
            "SECONDLY" => 1,
            _ => {
                // A day that is moved can leave its period.
                let mut period = self.first_period();
                while midnight(period.0) < end + 2 * DAY {
                    found.extend(self.picked(self.moments(&self.days(period))));
                    period = self.next_period(period.0);
                }
                return self.bounded(found, from, end);
            }
        };
        let (begins, offsets) = self.times_of_unit(unit);
        let step = unit * self.interval();
        let (mut begin, mut today) = (self.start - self.start.rem_euclid(unit), None);
        while begin > from {
            begin -= step;
        }
        while begin < end {
            let date = date_of(begin);
            let is_day = match today {
                Some((day, is_day)) if day == date => is_day,
                _ => self.is_day(date),
            };
            today = Some((date, is_day));
            if is_day && begins(begin.rem_euclid(DAY)) {
                found.extend(self.picked(offsets.iter().map(|offset| begin + offset).collect()));
            }
            begin += step;
        }
        self.bounded(found, from, end)
    }

    fn bounded(&self, found: BTreeSet<i64>, from: i64, end: i64) -> BTreeSet<i64> {
        let until = self
            .single("UNTIL")
            .map_or(i64::MAX, |until| crate::asked::wall(until) + if until.len() == 8 { DAY - 1 } else { 0 });
        found.into_iter().filter(|&at| at >= from && at < end && at <= until).collect()
    }

    /// Whether a unit may begin at a second of the day, and the seconds inside it: what it does not name comes from the start.
    fn times_of_unit(&self, unit: i64) -> (impl Fn(i64) -> bool, Vec<i64>) {
        let own = self.start.rem_euclid(DAY);
        let [hours, minutes, seconds] = ["BYHOUR", "BYMINUTE", "BYSECOND"].map(|name| self.numbers(name));
        let inside = |named: &Option<Vec<i32>>, own: i64, is_inside: bool| match named {
            Some(named) if is_inside => named.iter().map(|number| i64::from(*number)).collect(),
            None if is_inside => vec![own],
            _ => vec![0],
        };
        let mut offsets = Vec::new();
        for minute in inside(&minutes, own / 60 % 60, unit > 60) {
            offsets.extend(inside(&seconds, own % 60, unit > 1).iter().map(|second| minute * 60 + second));
        }
        offsets.sort_unstable();
        offsets.dedup();
        let begins = move |time: i64| {
            let fits = |named: &Option<Vec<i32>>, value: i64| {
                named.as_ref().is_none_or(|named| named.contains(&(value as i32)))
            };
            fits(&hours, time / 3600)
                && (unit > 60 || fits(&minutes, time / 60 % 60))
                && (unit > 1 || fits(&seconds, time % 60))
        };
        (begins, offsets)
    }

    fn first_period(&self) -> (NaiveDate, NaiveDate) {
        let date = date_of(self.start);
        self.period_of(date)
    }

    /// The first day of a period, and that of the one behind it.
    fn period_of(&self, date: NaiveDate) -> (NaiveDate, NaiveDate) {
        match self.frequency() {
            "YEARLY" => {
                let first = NaiveDate::from_ymd_opt(date.year(), 1, 1).expect("a day");
                (first, first + Months::new(12))
            }
            "MONTHLY" => {
                let first = date.with_day(1).expect("a day");
                (first, first + Months::new(1))
            }
            "WEEKLY" => {
                let mut first = date;
                while first.weekday() != self.week_start() {
                    first = first - Days::new(1);
                }
                (first, first + Days::new(7))
            }
            _ => (date, date + Days::new(1)),
        }
    }

    fn next_period(&self, first: NaiveDate) -> (NaiveDate, NaiveDate) {
        let by = self.interval() as u32;
        self.period_of(match self.frequency() {
            "YEARLY" => first + Months::new(12 * by),
            "MONTHLY" => first + Months::new(by),
            "WEEKLY" => first + Days::new(7 * u64::from(by)),
            _ => first + Days::new(u64::from(by)),
        })
    }

    /// The days of a period.
    fn days(&self, (first, behind): (NaiveDate, NaiveDate)) -> Vec<NaiveDate> {
        let all: Vec<NaiveDate> = first.iter_days().take_while(|day| *day < behind).collect();
        let skip = self.single("SKIP").unwrap_or("OMIT");
        let moves = skip != "OMIT" && matches!(self.frequency(), "MONTHLY" | "YEARLY");
        if !moves {
            return all.into_iter().filter(|day| self.is_day(*day)).collect();
        }
        // What day each number means, moved where there is none, month by month.
        let mut days = BTreeSet::new();
        let firsts = all.iter().filter(|day| day.day() == 1);
        for month in firsts.filter(|month| self.is_month(month.month())) {
            let next = *month + Months::new(1);
            let len = (next - *month).num_days() as i32;
            match self.month_days() {
                None => days.extend(month.iter_days().take(len as usize)),
                Some(numbers) => days.extend(numbers.into_iter().map(|number| {
                    if number > len {
                        if skip == "FORWARD" { next } else { next - Days::new(1) }
                    } else if number < -len {
                        if skip == "FORWARD" { *month } else { *month - Days::new(1) }
                    } else if number > 0 {
                        *month + Days::new(number as u64 - 1)
                    } else {
                        next - Days::new(number.unsigned_abs().into())
                    }
                })),
            }
        }
        if let Some(numbers) = self.numbers("BYYEARDAY") {
            let length = (behind - first).num_days() as i32;
            let mut of_year = BTreeSet::new();
            for number in numbers {
                of_year.insert(if number > length {
                    if skip == "FORWARD" { behind } else { behind - Days::new(1) }
                } else if number < -length {
                    if skip == "FORWARD" { first } else { first - Days::new(1) }
                } else if number > 0 {
                    first + Days::new(number as u64 - 1)
                } else {
                    behind - Days::new(number.unsigned_abs().into())
                });
            }
            // The month that was asked for is that of the year whose day was moved.
            let home = |day: NaiveDate| {
                if day >= behind {
                    12
                } else if day < first {
                    1
                } else {
                    day.month()
                }
            };
            if self.month_days().is_none() {
                days = of_year.iter().copied().filter(|day| self.is_month(home(*day))).collect();
            } else {
                days.retain(|day| of_year.contains(day));
            }
        }
        days.into_iter().filter(|day| self.is_weekday(*day) && self.is_week(*day)).collect()
    }

    fn is_day(&self, date: NaiveDate) -> bool {
        let last = date.with_day(1).expect("a day") + Months::new(1) - Days::new(1);
        let in_month = [date.day() as i32, date.day() as i32 - last.day() as i32 - 1];
        let days_of_year = if date.leap_year() { 366 } else { 365 };
        let in_year = [date.ordinal() as i32, date.ordinal() as i32 - days_of_year - 1];
        self.is_month(date.month())
            && self.month_days().is_none_or(|numbers| numbers.iter().any(|number| in_month.contains(number)))
            && self
                .numbers("BYYEARDAY")
                .is_none_or(|numbers| numbers.iter().any(|number| in_year.contains(number)))
            && self.is_weekday(date)
            && self.is_week(date)
    }

    fn names_days(&self) -> bool {
        ["BYDAY", "BYMONTHDAY", "BYYEARDAY"].iter().any(|name| self.list(name).is_some())
    }

    fn is_month(&self, month: u32) -> bool {
        let own = self.frequency() == "YEARLY" && !self.names_days() && self.list("BYWEEKNO").is_none();
        match self.numbers("BYMONTH") {
            Some(numbers) => numbers.contains(&(month as i32)),
            None => !own || month == date_of(self.start).month(),
        }
    }

    fn month_days(&self) -> Option<Vec<i32>> {
        let own = matches!(self.frequency(), "YEARLY" | "MONTHLY")
            && !self.names_days()
            && self.list("BYWEEKNO").is_none();
        self.numbers("BYMONTHDAY").or(own.then(|| vec![date_of(self.start).day() as i32]))
    }

    fn is_weekday(&self, date: NaiveDate) -> bool {
        let Some(days) = self.list("BYDAY") else {
            let own = self.frequency() == "WEEKLY" || self.list("BYWEEKNO").is_some() && !self.names_days();
            return !own || date.weekday() == date_of(self.start).weekday();
        };
        let by_month = self.frequency() == "MONTHLY" || self.list("BYMONTH").is_some();
        let same =
            |other: NaiveDate| other.year() == date.year() && (!by_month || other.month() == date.month());
        let earlier = || (0..54).take_while(|weeks| same(date - Days::new(7 * weeks))).count() as i32;
        let later = || (0..54).take_while(|weeks| same(date + Days::new(7 * weeks))).count() as i32;
        days.iter().any(|day| {
            let (number, name) = day.split_at(day.len() - 2);
            let fits = || number.parse() == Ok(earlier()) || number.parse() == Ok(-later());
            weekday(name) == date.weekday() && (number.is_empty() || fits())
        })
    }

    fn is_week(&self, date: NaiveDate) -> bool {
        let Some(numbers) = self.numbers("BYWEEKNO") else { return true };
        let first_week = |year: i32| {
            // The week of 4 January has four days of the year.
            let mut day = NaiveDate::from_ymd_opt(year, 1, 4).expect("a day");
            while day.weekday() != self.week_start() {
                day = day - Days::new(1);
            }
            day
        };
        let year =
            (date.year() - 1..=date.year() + 1).rfind(|year| first_week(*year) <= date).expect("a year");
        let weeks = |days: i64| (days / 7) as i32;
        let number = weeks((date - first_week(year)).num_days()) + 1;
        let all = weeks((first_week(year + 1) - first_week(year)).num_days());
        numbers.contains(&number) || numbers.contains(&(number - all - 1))
    }

    /// Every time of every day.
    fn moments(&self, days: &[NaiveDate]) -> Vec<i64> {
        let time = self.start.rem_euclid(DAY);
        let part = |name: &str, own: i64| {
            self.numbers(name).map_or(vec![own], |numbers| numbers.into_iter().map(i64::from).collect())
        };
        let hours = part("BYHOUR", time / 3600);
        let minutes = part("BYMINUTE", time / 60 % 60);
        let seconds = part("BYSECOND", time % 60);
        let mut moments = Vec::new();
        for day in days {
            for hour in &hours {
                for minute in &minutes {
                    moments.extend(
                        seconds.iter().map(|second| midnight(*day) + hour * 3600 + minute * 60 + second),
                    );
                }
            }
        }
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    fn picked(&self, moments: Vec<i64>) -> Vec<i64> {
        let Some(positions) = self.numbers("BYSETPOS") else { return moments };
        let at = |position: i32| {
            let index = if position > 0 { position - 1 } else { moments.len() as i32 + position };
            usize::try_from(index).ok().and_then(|index| moments.get(index)).copied()
        };
        positions.into_iter().filter_map(at).collect()
    }

    /// The instants of the rule before `end` in a zone, in order, as many as COUNT says.
    pub(crate) fn instants(&self, zone: &Zone, policies: Policies, end: i64) -> Vec<i64> {
        let sub_daily = self.is_sub_daily();
        let mut instants = BTreeSet::new();
        let shown = sub_daily && policies.sub_daily == SubDaily::Shown;
        let from = self.start - if shown { 27 * 3600 } else { 0 };
        for local in self.local_times_from(from, end + 27 * 3600) {
            instants.extend(instants_of(zone, local, policies, sub_daily));
        }
        let start = instants_of(zone, self.start, Policies { gaps: Gaps::Move, ..policies }, false);
        if shown {
            // Of local times that are shown again, only those after the beginning.
            instants.retain(|at| *at >= start[0]);
        }
        if policies.start == UnmatchedStart::Included {
            instants.extend(start);
        }
        let count = self.single("COUNT").map_or(usize::MAX, |count| count.parse().expect("a count"));
        instants.into_iter().take(count).filter(|&at| at < end).collect()
    }
}

/// The instants that a local time means.
fn instants_of(zone: &Zone, local: i64, policies: Policies, sub_daily: bool) -> Vec<i64> {
    let civil = CivilDateTime::from_millis(local * 1000).expect("in range");
    let resolve = |choice| zone.resolve(civil, choice).expect("in range");
    let shown: BTreeSet<_> = [Disambiguation::Earlier, Disambiguation::Later]
        .into_iter()
        .map(resolve)
        .filter(|instant| zone.civil_at(*instant) == civil)
        .collect();
    let instants = if sub_daily && policies.sub_daily == SubDaily::Shown {
        Vec::from_iter(shown)
    } else if shown.is_empty() && policies.gaps == Gaps::Skip {
        Vec::new()
    } else {
        vec![resolve(policies.disambiguation)]
    };
    instants.into_iter().map(|instant| instant.as_millis() / 1000).collect()
}

fn weekday(name: &str) -> Weekday {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let index = names.iter().position(|known| *known == name).expect("a day");
    Weekday::try_from(index as u8).expect("a day")
}
