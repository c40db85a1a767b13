//! Which refusals the audit lists. Whoever is refused costs a row; without a budget he could fill the disk.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Limiter;
use super::address::place;
use crate::clock::Clock;

/// Rows for one address at once, and the time in which it earns another.
const OF_ONE_ADDRESS: (u32, Duration) = (50, Duration::from_secs(60));
/// Rows for everybody at once, and the time in which another is earned: 8 640 a day.
const OF_ALL: (u32, Duration) = (2_000, Duration::from_secs(10));

/// The budget of one server.
#[derive(Debug)]
pub(super) struct Refusals {
    of_one_address: Limiter,
    of_all: Limiter,
    unrecorded: AtomicU64,
}

impl Refusals {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        let limiter = |(burst, every)| Limiter::new(Arc::clone(clock), burst, every);
        Self {
            of_one_address: limiter(OF_ONE_ADDRESS),
            of_all: limiter(OF_ALL),
            unrecorded: AtomicU64::new(0),
        }
    }

    /// Decides whether a refusal gets a row: then with how many before it that got none.
    pub(super) fn admit(&self, address: Option<IpAddr>) -> Option<u64> {
        if self.of_one_address.take(&place(address)).is_ok() && self.of_all.take(&()).is_ok() {
            return Some(self.unrecorded.swap(0, Ordering::Relaxed));
        }
        self.unrecorded.fetch_add(1, Ordering::Relaxed);
        None
    }

    pub(super) fn unrecorded(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }
}
