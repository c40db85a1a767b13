//! Where the open streams are, for the metrics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of all open streams.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    of_streams: Arc<Mutex<BTreeMap<u64, Arc<AtomicU64>>>>,
}

/// The place of one stream, which is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    all: Places,
    number: u64,
    seq: Arc<AtomicU64>,
}

impl Places {
    /// Notes the stream `number` at `seq`.
    pub(super) fn enter(&self, number: u64, seq: u64) -> Place {
        let seq = Arc::new(AtomicU64::new(seq));
        self.lock().insert(number, Arc::clone(&seq));
        Place { all: self.clone(), number, seq }
    }

    /// The place of the slowest stream.
    pub(super) fn last(&self) -> Option<u64> {
        self.lock().values().map(|seq| seq.load(Ordering::Relaxed)).min()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<AtomicU64>>> {
        self.of_streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(super) fn set(&self, seq: u64) {
        self.seq.store(seq, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.lock().remove(&self.number);
    }
}
