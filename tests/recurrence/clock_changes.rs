//! Around every gap and every fold of sixty zones from 2000 to 2037.

use client_event_scheduler::recurrence::{Gaps, Moment, Policies, Recurrence, SubDaily};
use client_event_scheduler::time::{CivilDateTime, Disambiguation, Zone};

use crate::asked::{instant, rule, schedule_of, second, wall, zone};
use crate::reference::Reference;

const ZONES: [&str; 60] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Khartoum",
    "Africa/Tripoli",
    "Africa/Tunis",
    "America/Adak",
    "America/Anchorage",
    "America/Araguaina",
    "America/Asuncion",
    "America/Bogota",
    "America/Caracas",
    "America/Chicago",
    "America/Chihuahua",
    "America/Denver",
    "America/Godthab",
    "America/Goose_Bay",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/Miquelon",
    "America/Montevideo",
    "America/New_York",
    "America/Phoenix",
    "America/Port-au-Prince",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Almaty",
    "Asia/Amman",
    "Asia/Baku",
    "Asia/Beirut",
    "Asia/Damascus",
    "Asia/Dhaka",
    "Asia/Gaza",
    "Asia/Hebron",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Asia/Ulaanbaatar",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Moscow",
    "Europe/Samara",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Fiji",
    "Pacific/Norfolk",
];

/// The seconds at which a zone's offset changes, and the offsets around them.
fn changes(zone: &Zone) -> Vec<(i64, i64, i64)> {
    let offset = |second: i64| i64::from(zone.offset_at(instant(second)));
    let (mut at, last) = (wall("20000101"), wall("20380101"));
    let mut changes = Vec::new();
    while at < last {
        let next = at + 86_400;
        if offset(at) != offset(next) {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset(middle) == offset(at) { before = middle } else { after = middle }
            }
            changes.push((after, offset(before), offset(after)));
        }
        at = next;
    }
    changes
}

fn policies() -> Vec<Policies> {
    let all = [Disambiguation::Compatible, Disambiguation::Earlier, Disambiguation::Later];
    let mut policies: Vec<Policies> =
        all.map(|disambiguation| Policies { disambiguation, ..Policies::default() }).to_vec();
    policies.push(Policies { gaps: Gaps::Skip, ..Policies::default() });
    policies.push(Policies { sub_daily: SubDaily::Once, ..Policies::default() });
    policies
}

#[test]
fn every_gap_and_fold_of_sixty_zones_is_as_the_policy_says() {
    let (mut gaps, mut folds) = (0, 0);
    for name in ZONES {
        let zone = zone(name);
        for (number, (at, before, after)) in changes(zone).into_iter().enumerate() {
            if before < after {
                gaps += 1
            } else {
                folds += 1
            }
            // In the middle of what is skipped or shown twice, and at its beginning.
            let from = at + before.min(after);
            let middle = from + (before - after).abs() / 2;
            let rules = [
                ("FREQ=DAILY", middle - 86_400, 2),
                ("FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,30", from - 86_400, 2),
                ("FREQ=HOURLY", from - 7_200, 0),
                ("FREQ=MINUTELY;INTERVAL=25", middle - 7_200, 0),
            ];
            for (index, (text, local, days)) in rules.into_iter().enumerate() {
                // Without optimisation, one rule for each change and the next one for the next.
                if cfg!(debug_assertions) && index != number % rules.len() {
                    continue;
                }
                let end = local + days * 86_400 + 18_000 - before;
                for policies in policies() {
                    let usual = policies == Policies::default();
                    if !usual && (policies.sub_daily == SubDaily::Once) == (days > 0) {
                        continue;
                    }
                    let start = CivilDateTime::from_millis(local * 1000).expect("in range");
                    let recurrence = Recurrence {
                        policies,
                        ..Recurrence::new(rule(text), Moment::Local(start), Some(name))
                    };
                    let schedule = schedule_of(&recurrence);
                    let expected = Reference::new(text, local).instants(zone, policies, end);
                    let range = instant(local - 2 * 86_400)..instant(end);
                    let found: Vec<i64> = schedule
                        .occurrences(range, 1_000)
                        .map(|found| second(found.expect("found")))
                        .collect();
                    assert_eq!(found, expected, "{name}, {start}, {text}, {policies:?}");
                    let mut back = Vec::new();
                    let mut probe = instant(end);
                    while let Some(previous) = schedule.previous_before(probe).expect("found") {
                        back.insert(0, second(previous));
                        probe = previous;
                    }
                    assert_eq!(back, expected, "backwards: {name}, {start}, {text}, {policies:?}");
                }
            }
        }
    }
    println!("{gaps} gaps and {folds} folds");
    assert!(gaps > 1_200 && folds > 1_200, "{gaps} gaps and {folds} folds");
}
