//! How often an event is asked for: the nearer its start, the more often.

use crate::sync::PollTable;
use crate::time::Timestamp;
use crate::trigger::fnv::Fnv;

/// The cadence: every 240 minutes, every 15 within a day, every minute within four hours, until an hour after the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncTable(pub PollTable);

/// How near an event is, by the interval at which it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// At the shortest interval.
    High,
    /// In between.
    Medium,
    /// At the interval of what is far away.
    Low,
}

impl Tier {
    /// Every tier, the nearest first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// Wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// An event that a provider is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracked<'a> {
    /// Its id.
    pub key: &'a str,
    /// When it begins, as it is scheduled.
    pub start: Timestamp,
    /// Since when it is known.
    pub known_at: Timestamp,
    /// When it was asked for last; none where that has not been done yet.
    pub synced_at: Option<Timestamp>,
    /// Whether there was no whole answer the last time.
    pub unanswered: bool,
    /// Calls that asking for it takes, at least 1.
    pub calls: u32,
}

/// How soon what is over is asked for again, where the last answer has failed to come.
const AGAIN_MS: u32 = 15 * 60_000;

/// For how long that is tried.
const TRIED_MS: i64 = 24 * 3_600_000;

/// When an event is to be asked for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) every_ms: u32,
    pub(super) tier: Tier,
}

impl SyncTable {
    /// When `event` is asked for next; none once it is over.
    #[must_use]
    pub fn due_at(&self, event: &Tracked<'_>, now: Timestamp) -> Option<Timestamp> {
        self.due(event, now).map(|due| due.at)
    }

    /// When `event` is due next; none once it is over.
    pub(super) fn due(&self, event: &Tracked<'_>, now: Timestamp) -> Option<Due> {
        let over = event.start.saturating_add_ms(i64::from(self.0.after_start_ms));
        let Some(synced_at) = event.synced_at else {
            // What was never asked for is due since it is known; how urgently, its start says.
            let every_ms = self.every_ms(event, now);
            let at = event.known_at.min(now);
            return (now < over).then(|| Due { at, every_ms, tier: self.tier(every_ms) });
        };
        let next = self.0.next(synced_at, phase(event.key), [((), event.start)]);
        let due = Due { at: next.at, every_ms: next.every_ms, tier: self.tier(next.every_ms) };
        // The last time is at the end, so that nothing of the last hour is missed, however late it comes.
        let last = Due { at: over, ..due };
        if next.at < over {
            return Some(due);
        }
        if synced_at < over {
            return Some(last);
        }
        let is_tried = event.unanswered && synced_at < over.saturating_add_ms(TRIED_MS);
        let at = synced_at.saturating_add_ms(i64::from(AGAIN_MS));
        is_tried.then(|| Due { at, every_ms: AGAIN_MS, tier: self.tier(AGAIN_MS) })
    }

    /// The interval at which `event` is asked for at `now`; 0 once it is over.
    #[must_use]
    pub fn every_ms(&self, event: &Tracked<'_>, now: Timestamp) -> u32 {
        let away_ms = event.start.millis_since(now);
        if away_ms <= -i64::from(self.0.after_start_ms) {
            return 0;
        }
        let near = self.0.near.iter().filter(|row| away_ms <= i64::from(row.within_ms));
        near.map(|row| row.every_ms).fold(self.0.idle_ms, u32::min)
    }

    /// How near an event is that begins at `start`, and the interval at which it is asked for; none once it is over.
    #[must_use]
    pub fn nearness(&self, start: Timestamp, now: Timestamp) -> Option<(Tier, u32)> {
        let event = Tracked { key: "", start, known_at: now, synced_at: None, unanswered: false, calls: 1 };
        let every_ms = self.every_ms(&event, now);
        (every_ms > 0).then(|| (self.tier(every_ms), every_ms))
    }

    fn tier(&self, every_ms: u32) -> Tier {
        let shortest = self.0.near.iter().map(|row| row.every_ms).fold(self.0.idle_ms, u32::min);
        if every_ms >= self.0.idle_ms {
            Tier::Low
        } else if every_ms <= shortest {
            Tier::High
        } else {
            Tier::Medium
        }
    }
}

/// Where in the grid an event is: the same whenever it is asked, and different from most others.
fn phase(key: &str) -> f64 {
    let mut hash = Fnv::new();
    hash.write(key.as_bytes());
    // Of a short key the hash moves few of its upper bits, which count here.
    let mixed = hash.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
