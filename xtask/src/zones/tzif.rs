//! Zones as TZif files describe them (RFC 8536): transitions, and a rule in the footer that goes on after the last.

use std::error::Error;

pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// What is kept of a zone: bodies that are equal are packed once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Zone {
    pub(super) first_offset: i32,
    pub(super) transitions: Vec<Transition>,
    pub(super) rule: Option<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Transition {
    pub(super) at: i64,
    pub(super) offset: i32,
}

impl Zone {
    /// Reads the 64-bit part of a TZif file and its footer (RFC 8536 §3).
    pub(super) fn from_tzif(file: &[u8]) -> Result<Self, Box<dyn Error>> {
        let (_, second) = TzifPart::read(file, 4)?;
        let (TzifPart { mut first_offset, transitions: all }, footer) = TzifPart::read(second, 8)?;
        let footer = str::from_utf8(footer)?.trim_matches('\n');
        let (last_offset, rule) =
            parse_footer(footer).ok_or_else(|| format!("cannot read the footer {footer}"))?;

        let mut transitions: Vec<Transition> = Vec::new();
        let end = all.last().map_or(0, |last| last.at);
        for transition in all {
            let current = transitions.last().map_or(first_offset, |last| last.offset);
            match transition {
                Transition { at, offset } if at <= 0 => first_offset = offset,
                // One that changes nothing else can still be the one from which the rule goes on.
                Transition { at, offset } if offset == current && (at != end || rule.is_none()) => {}
                _ => transitions.push(transition),
            }
        }
        if let Some(rule) = &rule {
            rule.drop_what_it_makes(&mut transitions)?;
        } else if transitions.last().map_or(first_offset, |last| last.offset) != last_offset {
            return Err("the footer contradicts the last transition".into());
        }
        Ok(Self { first_offset, transitions, rule })
    }
}

/// One of the two data blocks of a TZif file.
struct TzifPart {
    first_offset: i32,
    transitions: Vec<Transition>,
}

impl TzifPart {
    /// Reads a block with its header and returns it and what follows; `time_size` is the size of its instants.
    fn read(file: &[u8], time_size: usize) -> Result<(Self, &[u8]), Box<dyn Error>> {
        let (header, data) = file.split_at_checked(44).ok_or("the file is too short")?;
        if !header.starts_with(b"TZif") || header[4] < b'2' {
            return Err("not a TZif file of version 2 or later".into());
        }
        let counts: Vec<usize> = header[20..].chunks(4).map(|bytes| integer(bytes) as usize).collect();
        let [is_ut, is_standard, leap, times, types, letters] = counts[..] else {
            return Err("no counts".into());
        };
        let mut rest = data;
        let mut take = |len: usize| -> Result<&[u8], Box<dyn Error>> {
            let (taken, left) = rest.split_at_checked(len).ok_or("the file is too short")?;
            rest = left;
            Ok(taken)
        };
        let instants = take(times * time_size)?;
        let indices = take(times)?;
        let offsets: Vec<i32> =
            take(types * 6)?.chunks(6).map(|record| integer(&record[..4]) as i32).collect();
        take(letters + leap * (time_size + 4) + is_standard + is_ut)?;
        let transitions = instants
            .chunks(time_size)
            .zip(indices)
            .map(|(at, &index)| Transition { at: integer(at), offset: offsets[usize::from(index)] })
            .collect();
        Ok((Self { first_offset: offsets[0], transitions }, rest))
    }
}

/// A signed integer of any size, the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    bytes.iter().fold(if bytes[0] < 0x80 { 0 } else { -1 }, |value, &byte| value << 8 | i64::from(byte))
}

/// The part of a POSIX `TZ` text that repeats every year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    pub(super) standard: i32,
    pub(super) daylight: i32,
    pub(super) to_daylight: RuleDate,
    pub(super) to_standard: RuleDate,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleDate {
    pub(super) day: RuleDay,
    pub(super) seconds: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuleDay {
    Weekday { month: u8, week: u8, weekday: u8 },
    WithoutLeapDay(u32),
    WithLeapDay(u32),
}

/// Reads a footer, such as `IST-1GMT0,M10.5.0,M3.5.0/1`, into its standard offset and its rule, if it has one.
fn parse_footer(footer: &str) -> Option<(i32, Option<Rule>)> {
    let (standard, rest) = parse_offset(skip_abbreviation(footer)?)?;
    if rest.is_empty() {
        return Some((-standard, None));
    }
    let rest = skip_abbreviation(rest)?;
    let (daylight, rest) = if rest.starts_with(',') { (standard - 3600, rest) } else { parse_offset(rest)? };
    let (on, off) = rest.strip_prefix(',')?.split_once(',')?;
    let rule = Rule {
        standard: -standard,
        daylight: -daylight,
        to_daylight: RuleDate::parse(on)?,
        to_standard: RuleDate::parse(off)?,
    };
    Some((-standard, Some(rule)))
}

fn skip_abbreviation(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map(|(_, rest)| rest),
        None => text.find(|letter: char| !letter.is_ascii_alphabetic()).map(|end| &text[end..]),
    }
}

/// Reads `[+-]hh[:mm[:ss]]` in seconds, and returns what follows.
fn parse_offset(text: &str) -> Option<(i32, &str)> {
    let end = text.find(|letter: char| !matches!(letter, '+' | '-' | ':' | '0'..='9')).unwrap_or(text.len());
    let end = text[..end].find(',').unwrap_or(end);
    let (sign, digits) = match text[..end].strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text[..end].trim_start_matches('+')),
    };
    let mut seconds = 0;
    for (part, unit) in digits.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i32>().ok()? * unit;
    }
    Some((sign * seconds, &text[end..]))
}

impl RuleDate {
    /// Reads `date[/time]`; the time is 02:00 unless given.
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('/').unwrap_or((text, "2"));
        let (seconds, "") = parse_offset(time)? else { return None };
        let day = if let Some(date) = day.strip_prefix('M') {
            let numbers: Vec<u8> =
                date.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
            let [month, week, weekday] = numbers[..] else { return None };
            RuleDay::Weekday { month, week, weekday }
        } else if let Some(number) = day.strip_prefix('J') {
            RuleDay::WithoutLeapDay(number.parse().ok()?)
        } else {
            RuleDay::WithLeapDay(day.parse().ok()?)
        };
        Some(Self { day, seconds })
    }

    /// The seconds from 1970-01-01T00:00 on the wall clock before the change.
    fn wall_second(&self, year: i64) -> i64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let new_year = (year - 1970) * 365 + (year - 1969).div_euclid(4) - (year - 1901).div_euclid(100)
            + (year - 1601).div_euclid(400);
        let day = new_year
            + match self.day {
                RuleDay::Weekday { month, week, weekday } => {
                    let months = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
                    let month = usize::from(month) - 1;
                    let first: i64 = months[..month].iter().sum();
                    let to_weekday = (i64::from(weekday) - (new_year + first + 4)).rem_euclid(7);
                    let wanted = to_weekday + 7 * (i64::from(week) - 1);
                    first + if wanted < months[month] { wanted } else { wanted - 7 }
                }
                RuleDay::WithoutLeapDay(number) => i64::from(number) - 1 + i64::from(leap && number > 59),
                RuleDay::WithLeapDay(number) => i64::from(number),
            };
        day * SECONDS_PER_DAY + i64::from(self.seconds)
    }
}

impl Rule {
    /// Removes from the end the transitions that the rule makes too; at least one stays, from which the rule goes on.
    fn drop_what_it_makes(&self, transitions: &mut Vec<Transition>) -> Result<(), Box<dyn Error>> {
        let last = *transitions.last().ok_or("a rule without a transition from which it goes on")?;
        let mut made: Vec<Transition> = (1960..)
            .flat_map(|year| {
                let on = self.to_daylight.wall_second(year) - i64::from(self.standard);
                let off = self.to_standard.wall_second(year) - i64::from(self.daylight);
                [Transition { at: on, offset: self.daylight }, Transition { at: off, offset: self.standard }]
            })
            .take_while(|change| change.at <= last.at + 2 * 366 * SECONDS_PER_DAY)
            .collect();
        made.sort_by_key(|change| change.at);
        let goes_on_from = |kept: usize| {
            let from = transitions[kept - 1];
            let passed = made.partition_point(|change| change.at <= from.at);
            let until = made.partition_point(|change| change.at <= last.at);
            made[passed - 1].offset == from.offset && made[passed..until] == transitions[kept..]
        };
        let kept = (1..=transitions.len())
            .find(|&kept| goes_on_from(kept))
            .ok_or("the footer contradicts the last transition")?;
        transitions.truncate(kept);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule_of(footer: &str) -> Rule {
        let (_, rule) = parse_footer(footer).expect("a footer");
        rule.expect("a footer with a rule")
    }

    #[test]
    fn every_form_of_footer_is_read() {
        assert_eq!(parse_footer("<+0545>-5:45"), Some((20_700, None)));
        assert_eq!(parse_footer("EST5"), Some((-18_000, None)));
        let dublin = rule_of("IST-1GMT0,M10.5.0,M3.5.0/1");
        assert_eq!((dublin.standard, dublin.daylight), (3600, 0));
        assert_eq!(dublin.to_standard.seconds, 3600);
        assert_eq!(dublin.to_daylight.day, RuleDay::Weekday { month: 10, week: 5, weekday: 0 });
        let nuuk = rule_of("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
        assert_eq!((nuuk.standard, nuuk.daylight, nuuk.to_daylight.seconds), (-7200, -3600, -3600));
        assert_eq!(rule_of("EET-2EEST,M3.4.4/50,M10.4.4/50").to_standard.seconds, 180_000);
        let by_number = rule_of("AAA3BBB,J60/0:30:15,300");
        assert_eq!(by_number.to_daylight, RuleDate { day: RuleDay::WithoutLeapDay(60), seconds: 1815 });
        assert_eq!(by_number.to_standard, RuleDate { day: RuleDay::WithLeapDay(300), seconds: 7200 });
    }

    #[test]
    fn what_is_no_footer_is_refused() {
        for footer in
            ["", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M3.2,M11.1.0", "EST5EDT,M3.2.0/2x,M11.1.0"]
        {
            assert_eq!(parse_footer(footer), None, "{footer}");
        }
    }

    #[test]
    fn only_what_the_rule_makes_is_dropped() {
        let rule = rule_of("EST5EDT,M3.2.0,M11.1.0");
        let transition = |at, offset| Transition { at, offset };
        let (spring, autumn) = (transition(1_173_596_400, -14_400), transition(1_194_156_000, -18_000));
        // On Central time until the autumn of 2007, when the clocks were not changed but the zone was.
        let central = [transition(1_173_600_000, -18_000), transition(1_194_156_000, -18_000)];
        for (before, kept) in [
            (vec![transition(1_162_706_400, -18_000), spring, autumn], 1),
            (vec![transition(1_162_706_400, -21_600), spring, autumn], 2),
            (central.to_vec(), 2),
        ] {
            let mut after = before.clone();
            rule.drop_what_it_makes(&mut after).expect("a rule that agrees");
            assert_eq!(after, before[..kept]);
        }
        assert!(rule.drop_what_it_makes(&mut vec![transition(1_173_600_000, -18_000)]).is_err());
    }
}
