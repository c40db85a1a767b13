//! A month of thirteen partners with six hundred events, in cycles of ten seconds.

use client_event_scheduler::providers::{
    CallBudget, CallLimit, CycleCaps, SyncTable, Tracked, load, plan_cycle,
};

use crate::{DAY_MS, HOUR_MS, MINUTE_MS, at};

const CYCLE_MS: i64 = 10_000;
const PARTNERS: usize = 13;
const EVENTS: usize = 600;

/// A simple generator: the same month each time.
struct Random(u64);

impl Random {
    fn within(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + (self.0 % (high - low) as u64) as i64
    }
}

/// What a partner's month was like.
#[derive(Debug, Default)]
struct Month {
    calls: Vec<i64>,
    overcommitted: bool,
    missed: usize,
}

fn month(starts: &[i64], limit: CallLimit) -> Month {
    let keys: Vec<String> = (0..starts.len()).map(|n| format!("race-{n}")).collect();
    let mut events: Vec<Tracked<'_>> = keys
        .iter()
        .zip(starts)
        .map(|(key, start)| Tracked {
            key,
            start: at(*start),
            known_at: at(0),
            synced_at: Some(at(0)),
            unanswered: false,
            calls: 1,
        })
        .collect();
    let (table, caps) = (SyncTable::default(), CycleCaps::default());
    let (mut budget, mut seen, mut now) = (CallBudget::default(), Month::default(), 0);
    while now < 30 * DAY_MS {
        let plan = plan_cycle(&events, at(now), &table, &caps, limit, budget);
        seen.overcommitted |= load(&events, at(now), &table, limit).is_overcommitted();
        seen.missed += plan.missed;
        for pick in &plan.picks {
            budget.take(limit, at(now)).expect("a plan keeps to the limit");
            seen.calls.push(now);
            events[pick.index].synced_at = Some(at(now));
        }
        let next = match plan.waiting {
            0 => plan.next_at.map_or(30 * DAY_MS, |next_at| next_at.as_millis()),
            _ => now + 1,
        };
        // Cycles begin every ten seconds.
        now = (next.max(now + 1) + CYCLE_MS - 1) / CYCLE_MS * CYCLE_MS;
    }
    seen
}

#[test]
fn the_cadence_is_met_whenever_the_limit_allows_it_and_the_limit_always() {
    let mut random = Random(0x5eed_0001);
    let (mut met, mut calls) = (0, 0);
    for partner in 0..PARTNERS {
        let events = EVENTS / PARTNERS + usize::from(partner < EVENTS % PARTNERS);
        // Races are at weekends: many begin within the same hours.
        let starts: Vec<i64> = (0..events)
            .map(|_| {
                random.within(0, 4) * 7 * DAY_MS
                    + random.within(0, 2) * DAY_MS
                    + random.within(0, 12 * 60) * MINUTE_MS
            })
            .collect();
        let limit = CallLimit::per_hour(1_000).expect("more than none");
        let seen = month(&starts, limit);
        for (first, begin) in seen.calls.iter().enumerate() {
            let within = seen.calls[first..].iter().take_while(|&&each| each < begin + HOUR_MS).count();
            assert!(within <= 1_000, "partner {partner}: {within} calls in an hour");
        }
        if !seen.overcommitted {
            met += 1;
            assert_eq!(seen.missed, 0, "partner {partner}");
        }
        calls += seen.calls.len();
    }
    assert!(met >= PARTNERS / 2, "the cadence of {met} partners fits their limit all month");
    assert!(calls > 100_000, "{calls} calls");
}

#[test]
fn a_limit_that_does_not_suffice_is_used_up_and_everybody_has_a_share() {
    let starts: Vec<i64> = (0..100).map(|n| 10 * DAY_MS + n * MINUTE_MS).collect();
    let limit = CallLimit::per_hour(300).expect("more than none");
    let seen = month(&starts, limit);
    assert!(seen.overcommitted && seen.missed > 0);
    let near = 10 * DAY_MS..10 * DAY_MS + HOUR_MS;
    let within = seen.calls.iter().filter(|each| near.contains(each)).count();
    assert!((260..=300).contains(&within), "{within} calls in the hour of the starts");
}
