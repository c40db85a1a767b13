//! What python-dateutil answers, for some thousand random rules of tests/fixtures/make_recurrence_cases.py.

use std::collections::BTreeMap;

use crate::asked::{civil, in_utc, instant, second, wall};

const CASES: &str = include_str!("../fixtures/recurrence/dateutil.txt");

/// As in the script.
const MOST: usize = 12;

/// How far a rule is followed, in days; as in the script.
fn horizon(rule: &str) -> i64 {
    let days = [
        ("YEARLY", 40_000),
        ("MONTHLY", 12_000),
        ("WEEKLY", 6_000),
        ("DAILY", 3_000),
        ("HOURLY", 400),
        ("MINUTELY", 20),
        ("SECONDLY", 1),
    ];
    days.iter().find(|(frequency, _)| rule.starts_with(&format!("FREQ={frequency}"))).expect("a frequency").1
        * 86_400
}

fn part<'a>(rule: &'a str, name: &str) -> Option<&'a str> {
    rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

/// Why dateutil answers otherwise, for the kinds of rules where it does.
fn difference(rule: &str) -> Option<&'static str> {
    let days: Vec<&str> = part(rule, "BYDAY").map(|days| days.split(',').collect()).unwrap_or_default();
    let numbered = days.iter().filter(|day| day.len() > 2).count();
    let weeks: Vec<i32> = part(rule, "BYWEEKNO")
        .map(|weeks| weeks.split(',').map(|week| week.parse().expect("a week")).collect())
        .unwrap_or_default();
    if numbered > 0 && numbered < days.len() {
        // `BYDAY=MO,1TU` is every Monday and the first Tuesday (RFC 5545 §3.3.10); dateutil looks for days that are both.
        return Some("plain and numbered days together");
    }
    let names_days = ["BYDAY", "BYMONTHDAY", "BYYEARDAY"].iter().any(|name| part(rule, name).is_some());
    if !weeks.is_empty() && !names_days {
        // What a rule does not name comes from DTSTART (RFC 5545 §3.3.10): the day of the week. dateutil takes all seven.
        return Some("weeks of the year without a day");
    }
    if weeks.iter().any(|week| *week < -1) {
        // The last days of a year can be of the first week of the next one, which is its 52nd or 53rd from the end; dateutil knows
        // them as week 1 alone.
        return Some("weeks from the end of the year");
    }
    if rule.starts_with("FREQ=WEEKLY") && part(rule, "BYSETPOS").is_some() {
        // Positions pick from the whole week (RFC 5545 §3.3.10), as they do from the whole month; dateutil counts them in the first week
        // from DTSTART on.
        return Some("positions in a week that has begun before DTSTART");
    }
    None
}

#[test]
fn dateutil_agrees_but_for_the_differences_that_are_explained() {
    let other =
        std::env::var_os("CES_RECURRENCE_CASES").map(|file| std::fs::read_to_string(file).expect("readable"));
    let cases = other.as_deref().unwrap_or(CASES);
    let mut checked = 0;
    let mut differing: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        checked += 1;
        let mut fields = line.split(' ');
        let (rule, start) = (fields.next().expect("a rule"), wall(fields.next().expect("a start")));
        let mut expected = Vec::new();
        let mut more = false;
        let mut at = start;
        for field in fields {
            if field == "!" {
                more = true;
                continue;
            }
            at += i64::from_str_radix(field, 36).expect("a number");
            expected.push(at);
        }
        let range = instant(start)..instant(start + horizon(rule) + 1);
        let schedule = in_utc(rule, start);
        let found: Result<Vec<i64>, _> =
            schedule.occurrences(range, MOST + 1).map(|found| found.map(second)).collect();
        let found = found.unwrap_or_else(|stopped| panic!("{rule}: {stopped}"));
        if found.len() > MOST && more && found[..MOST] == expected || found == expected && !more {
            continue;
        }
        match difference(rule) {
            Some(why) => *differing.entry(why).or_default() += 1,
            None => wrong.push(format!(
                "{rule} from {}\n  dateutil {:?}\n  found    {:?}",
                civil(start),
                expected.iter().map(|at| civil(*at)).collect::<Vec<_>>(),
                found.iter().map(|at| civil(*at)).collect::<Vec<_>>()
            )),
        }
    }
    println!("{checked} rules; dateutil differs in {differing:?}");
    assert!(
        wrong.is_empty(),
        "{} differences, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(checked >= 3_000, "only {checked} rules");
    assert_eq!(differing.len(), 4, "an explanation that explains nothing: {differing:?}");
}
