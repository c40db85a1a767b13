//! What is made of a provider's answers.

use std::collections::{BTreeMap, BTreeSet};

use client_event_scheduler::providers::{Ownership, Presence, Watermark, is_told_of, owner};
use proptest::prelude::*;

use crate::{DAY_MS, HOUR_MS, at};

const LOOK_BACK_MS: u32 = 10_000;

proptest! {
    /// A provider whose changes become visible up to ten seconds after they are stamped, not in their order.
    #[test]
    fn no_change_is_missed_that_becomes_visible_within_the_look_back(
        changes in proptest::collection::vec((0_i64..600_000, 0_i64..i64::from(LOOK_BACK_MS), 0_u8..20), 1..80),
        asked in proptest::collection::vec(0_i64..700_000, 1..40),
        crashes in any::<u64>(),
    ) {
        let mut asked = asked;
        asked.push(700_000);
        asked.sort_unstable();
        let mut known: BTreeMap<u8, BTreeSet<i64>> = BTreeMap::new();
        let mut watermark = Watermark::default();
        for (n, now) in asked.iter().enumerate() {
            let since = watermark.since(LOOK_BACK_MS).map_or(i64::MIN, |since| since.as_millis());
            let told: Vec<_> = changes
                .iter()
                .filter(|(modified, delay, _)| modified + delay <= *now && *modified >= since)
                .collect();
            // What is not committed is asked for again: the watermark is committed with it.
            if n + 1 < asked.len() && crashes >> (n % 64) & 1 == 1 {
                continue;
            }
            for (modified, _, record) in &told {
                known.entry(*record).or_default().insert(*modified);
            }
            watermark = watermark.told(told.iter().map(|(modified, ..)| at(*modified)), Some(at(*now)));
        }
        for (modified, _, record) in &changes {
            prop_assert!(known[record].contains(modified), "a change of {modified} was missed");
        }
    }
}

#[test]
fn what_vanishes_for_a_while_comes_back_and_what_stays_away_is_gone() {
    let grace_ms = 36 * HOUR_MS as u32;
    let first = Presence::Listed.after(false, at(DAY_MS), grace_ms);
    assert_eq!(first, Presence::Missing(at(DAY_MS)), "one list is no proof");
    assert_eq!(first.after(true, at(DAY_MS + 12 * HOUR_MS), grace_ms), Presence::Listed);
    let second = first.after(false, at(DAY_MS + 12 * HOUR_MS), grace_ms);
    assert_eq!(second, first, "it is missing since the first time");
    assert_eq!(second.after(false, at(DAY_MS + 36 * HOUR_MS), grace_ms), Presence::Gone);
    assert_eq!(Presence::Gone.after(true, at(9 * DAY_MS), grace_ms), Presence::Listed);
}

#[test]
fn a_series_says_nothing_of_what_is_outside_the_range_that_it_was_told_in() {
    let told = at(DAY_MS)..at(3 * DAY_MS);
    assert!(is_told_of(Some(at(9 * DAY_MS)), None), "what is no series is told as a whole");
    assert!(is_told_of(None, None));
    for (start_ms, expected) in
        [(DAY_MS - 1, false), (DAY_MS, true), (3 * DAY_MS - 1, true), (3 * DAY_MS, false)]
    {
        assert_eq!(is_told_of(Some(at(start_ms)), Some(&told)), expected, "{start_ms}");
    }
    assert!(!is_told_of(None, Some(&told)), "it may be outside");
}

#[test]
fn what_nobody_has_changed_here_follows_the_provider() {
    assert_eq!(owner(Some(&"Hall 1"), Some(&"Hall 1")), Ownership::Provider);
    assert_eq!(owner(Some(&"Hall 1"), Some(&"Hall 2")), Ownership::Local);
    assert_eq!(owner(Some(&"Hall 1"), None), Ownership::Local, "to take a value out is an edit too");
    assert_eq!(owner::<&str>(None, None), Ownership::Provider);
}
