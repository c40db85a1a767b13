//! Whether this node acts: the lease that it holds, or how long the holder has been silent.

use client_event_scheduler::Timestamp;

use super::{HostError, HostSettings};
use crate::store::{Dialect, Lease, LeaseRow};

/// Looks at an unchanged lease after which its holder counts as gone.
pub(super) const SILENT_LOOKS: u32 = 4;

/// How long one that stands by on SQLite waits before it looks whether the other process is gone.
const LOOK_AT_FILE_EVERY_MS: i64 = 1_000;

/// What this node is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Duty {
    /// Act, in the name of the lease.
    Act(Lease),
    /// Follow, and be ready.
    StandBy,
}

impl Duty {
    pub(super) fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Act(lease) => Some(lease),
            Self::StandBy => None,
        }
    }
}

/// Finds out whether the holder of the lease is alive, in looks of its own: clocks of two nodes need not agree, and one that has
/// slept must not take a silence for the other's that was its own.
#[derive(Debug, Default)]
pub(super) struct LeaseWatch {
    seen: Option<LeaseRow>,
    looks: u32,
    looked_at: Option<Timestamp>,
}

impl LeaseWatch {
    /// Takes in the lease as it stands at `now`, and returns whether its holder has been silent for [`SILENT_LOOKS`] looks, each
    /// `every_ms` after the one before. A look that comes sooner does not count; one that comes much later begins anew.
    pub(super) fn is_silent(&mut self, row: &LeaseRow, now: Timestamp, every_ms: i64) -> bool {
        let since_ms = self.looked_at.map(|looked_at| now.millis_since(looked_at));
        let is_same = self.seen.as_ref().is_some_and(|seen| (seen.epoch, seen.beat) == (row.epoch, row.beat));
        match since_ms {
            Some(since_ms) if is_same && (0..every_ms).contains(&since_ms) => {}
            Some(since_ms) if is_same && (every_ms..3 * every_ms).contains(&since_ms) => {
                self.looks += 1;
                self.looked_at = Some(now);
            }
            _ => {
                self.looks = 0;
                self.looked_at = Some(now);
                self.seen = Some(row.clone());
            }
        }
        self.looks >= SILENT_LOOKS
    }
}

/// Takes the lease if it is free for this node.
pub(super) async fn try_to_act(settings: &HostSettings, watch: &mut LeaseWatch) -> Result<Duty, HostError> {
    let store = &settings.store;
    let now = settings.clock.now();
    let row = store.lease().await?;
    let is_free = match store.dialect() {
        Dialect::Sqlite => store.is_sole_process()?,
        Dialect::Postgres => {
            let is_silent = watch.is_silent(&row, now, settings.look_every_ms());
            row.released || row.holder == settings.node || is_silent
        }
    };
    if !is_free {
        return Ok(Duty::StandBy);
    }
    let Some(lease) = store.take_lease(&row, &settings.node, now).await? else { return Ok(Duty::StandBy) };
    tracing::info!(node = %settings.node, epoch = lease.epoch, former = %row.holder, "this node acts");
    Ok(Duty::Act(lease))
}

impl HostSettings {
    /// Time between two looks of one that stands by, and between two beats of one that acts.
    pub(super) fn look_every_ms(&self) -> i64 {
        match self.store.dialect() {
            Dialect::Sqlite => LOOK_AT_FILE_EVERY_MS,
            Dialect::Postgres => (i64::from(self.lease_ms) / i64::from(SILENT_LOOKS)).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(epoch: u64, beat: u64) -> LeaseRow {
        LeaseRow { epoch, holder: "other".to_owned(), beat, released: false, alive_at: None }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).expect("an instant")
    }

    #[test]
    fn a_holder_is_silent_after_four_looks_without_a_beat() {
        let mut watch = LeaseWatch::default();
        let found: Vec<_> = (0..6).map(|look| watch.is_silent(&row(1, 7), at(look * 1_000), 1_000)).collect();
        assert_eq!(found, [false, false, false, false, true, true]);
    }

    #[test]
    fn a_beat_begins_the_count_anew() {
        let mut watch = LeaseWatch::default();
        for look in 0..4 {
            watch.is_silent(&row(1, 7), at(look * 1_000), 1_000);
        }
        assert!(!watch.is_silent(&row(1, 8), at(4_000), 1_000));
        assert!(!watch.is_silent(&row(1, 8), at(5_000), 1_000));
    }

    #[test]
    fn looks_in_quick_succession_count_once() {
        let mut watch = LeaseWatch::default();
        assert!((0..1_000).all(|look| !watch.is_silent(&row(1, 7), at(look), 1_000)));
    }

    #[test]
    fn a_sleep_of_its_own_is_no_silence_of_the_other() {
        let mut watch = LeaseWatch::default();
        for look in 0..4 {
            watch.is_silent(&row(1, 7), at(look * 1_000), 1_000);
        }
        assert!(!watch.is_silent(&row(1, 7), at(3_600_000), 1_000));
    }

    #[test]
    fn a_clock_that_steps_back_begins_the_count_anew() {
        let mut watch = LeaseWatch::default();
        for look in 10..14 {
            watch.is_silent(&row(1, 7), at(look * 1_000), 1_000);
        }
        assert!(!watch.is_silent(&row(1, 7), at(0), 1_000));
    }
}
