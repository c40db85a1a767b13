//! What goes wrong at a provider of itself, and how often it is called.

use std::collections::VecDeque;

use super::simulator::Fault;

/// Numbers that are the same for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Uniform below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    /// Uniform below `bound`.
    pub(crate) fn ms(&mut self, bound: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(bound).unwrap_or(0))).unwrap_or(0)
    }
}

/// How often something goes wrong of itself.
#[derive(Debug)]
pub(crate) struct Weather {
    pub(crate) random: Random,
    /// Of a thousand calls.
    pub(crate) per_mille: u64,
    /// How many times it has, and when it did last.
    pub(crate) faults: u64,
    pub(crate) last_ms: i64,
    /// When an answer was late.
    pub(crate) late_ms: i64,
}

impl Weather {
    pub(crate) fn fair(seed: u64) -> Self {
        let random = Random(seed);
        Self { random, per_mille: 0, faults: 0, last_ms: 0, late_ms: 0 }
    }

    pub(super) fn next(&mut self, now_ms: i64) -> Option<Fault> {
        if self.random.below(1_000) >= self.per_mille {
            return None;
        }
        (self.faults, self.last_ms) = (self.faults + 1, now_ms);
        Some(match self.random.below(12) {
            0 | 1 => Fault::Status(500, None),
            2 => Fault::Status(502, None),
            3 => Fault::Status(429, Some("30")),
            4 => Fault::Status(429, None),
            5 => Fault::Status(503, Some("120")),
            6 => Fault::Cut,
            7 => Fault::Garbage,
            8 => {
                self.late_ms = now_ms;
                Fault::Late
            }
            _ => Fault::Malformed,
        })
    }
}

/// The calls of the last sixty minutes.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    within_hour: VecDeque<i64>,
    /// How many there were in all.
    pub(crate) count: u64,
    /// How many there were at most within sixty minutes.
    pub(crate) most: usize,
}

impl Calls {
    pub(super) fn add(&mut self, now_ms: i64) {
        self.within_hour.push_back(now_ms);
        while self.within_hour.front().is_some_and(|first| now_ms - first >= 3_600_000) {
            self.within_hour.pop_front();
        }
        self.count += 1;
        self.most = self.most.max(self.within_hour.len());
    }
}
