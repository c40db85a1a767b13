//! Published cases: the examples of the standards, and what users of other libraries have reported, each with its source.

use client_event_scheduler::Timestamp;

use crate::asked::{civil, first, recurrence, schedule_of, shown, wall, zone};

const CASES: &str = include_str!("../fixtures/recurrence/published.txt");

/// What is expected of a case, one text for each occurrence, and whether more follow.
fn expected(text: &str, time: &str) -> (Vec<String>, bool) {
    let mut all = Vec::new();
    let mut more = false;
    for item in text.split_whitespace() {
        if item == "..." {
            more = true;
        } else if let Some(instant) = item.strip_suffix('Z') {
            all.push(civil(wall(&padded(instant, time))) + "Z");
        } else if let Some((from, until)) = item.split_once("..") {
            let (from, until) = (wall(&padded(from, time)), wall(&padded(until, time)));
            all.extend((from..=until).step_by(86_400).map(civil));
        } else {
            all.push(civil(wall(&padded(item, time))));
        }
    }
    (all, more)
}

/// The text with the time that it leaves out.
fn padded(text: &str, time: &str) -> String {
    match text.len() {
        8 => format!("{text}T{time}"),
        13 => format!("{text}00"),
        _ => text.to_owned(),
    }
}

#[test]
fn every_published_case_holds() {
    let (mut cases, mut source, mut wrong) = (0, "", Vec::new());
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("= ") {
            source = name;
            continue;
        }
        cases += 1;
        let [name, lines, answers] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let recurrence = recurrence(&lines.trim().replace(' ', "\n"));
        let zone = zone(recurrence.time_zone.as_deref().unwrap_or("UTC"));
        let schedule = schedule_of(&recurrence);
        let time = lines.split_whitespace().find_map(|line| line.strip_prefix("DTSTART")?.rsplit_once('T'));
        let time = time.map_or("000000", |(_, time)| time.trim_end_matches('Z'));
        let time =
            if time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit()) { time } else { "000000" };
        let (expected, more) = expected(answers, time);
        let found =
            first(&schedule, expected.len() + 1).unwrap_or_else(|stopped| panic!("{name}: {stopped}"));
        let text = |(index, instant): (usize, &Timestamp)| {
            let in_utc = expected.get(index).is_some_and(|text| text.ends_with('Z'));
            if in_utc { civil(instant.as_millis() / 1000) + "Z" } else { shown(zone, *instant) }
        };
        let mut texts: Vec<String> = found.iter().enumerate().map(text).collect();
        if more && texts.len() > expected.len() {
            texts.pop();
        } else if more {
            texts.push("and no more".to_owned());
        }
        if texts != expected {
            wrong.push(format!("{source}: {name}\n  found    {texts:?}\n  expected {expected:?}"));
        }
        // What was printed means the same, whichever way.
        assert_eq!(recurrence, recurrence.to_string().parse().expect("canonical"), "{name}");
        for (index, instant) in found.iter().enumerate() {
            assert_eq!(schedule.matches(*instant), Ok(true), "{name}");
            let before = schedule.previous_before(*instant).expect("within the limit");
            assert_eq!(before, index.checked_sub(1).map(|index| found[index]), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 300, "only {cases}");
}
