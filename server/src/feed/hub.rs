//! One reader of the feed for all streams: each change is read and encoded once, whoever follows.
//!
//! A stream keeps nothing but its place. While that lies within the pages that are kept here, the stream takes the bytes from
//! here; a slower one reads the database until it has caught up. So a consumer that reads nothing holds up nobody and costs
//! no memory, and ten thousand that wait cost one read at a commit.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use super::UpToDate;
use super::changes::ItemPage;
use super::frames::Frames;

/// Bytes of the pages that are kept for streams a little behind.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Streams are dealt out to shards, and the heartbeats of the shards take turns, so that ten thousand streams do not all send
/// at one moment.
pub(super) const SHARDS: usize = 16;

/// What wakes a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signal {
    /// Raised with everything that is published.
    published: u64,
    /// Raised when this shard's heartbeat is due.
    pub(super) heartbeats: u64,
    /// Raised when the feed was cut off: the database was replaced by an older copy. Older streams end.
    pub(super) cut_offs: u64,
    /// The server stops: every stream ends.
    pub(super) stopping: bool,
}

/// What streams take from.
#[derive(Debug)]
pub(super) struct Hub {
    shards: Vec<watch::Sender<Signal>>,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// The number up to which everything was published.
    through: u64,
    pages: VecDeque<Page>,
    bytes: usize,
    mark: Option<Mark>,
}

/// One encoded page.
#[derive(Debug)]
struct Page {
    after: u64,
    through: u64,
    frames: Frames,
}

/// What a client that has everything can compare itself with.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) seq: u64,
    pub(super) up_to_date: Option<UpToDate>,
}

/// What a stream at some place finds.
#[derive(Debug)]
pub(super) enum Found {
    /// The frames of the changes up to this number.
    Frames(Bytes, u64),
    /// There is nothing newer; with the mark of this place once it is known.
    Nothing(Option<Mark>),
    /// The place lies before everything that is kept, or ahead of it: the database has to be asked.
    Elsewhere,
}

impl Kept {
    fn nothing(through: u64) -> Self {
        Self { through, pages: VecDeque::new(), bytes: 0, mark: None }
    }
}

impl Hub {
    /// A hub that knows nothing before change `seq`.
    pub(super) fn new(seq: u64) -> Self {
        let shards = (0..SHARDS).map(|_| watch::Sender::new(Signal::default())).collect();
        Self { shards, kept: Mutex::new(Kept::nothing(seq)) }
    }

    /// Follows what is published; `number` decides with whom heartbeats are shared.
    pub(super) fn subscribe(&self, number: u64) -> watch::Receiver<Signal> {
        self.shards[(number % SHARDS as u64) as usize].subscribe()
    }

    /// The number up to which everything was published.
    pub(super) fn through(&self) -> u64 {
        self.kept().through
    }

    /// What comes after change `seq`.
    pub(super) fn find(&self, seq: u64) -> Found {
        let kept = self.kept();
        if seq == kept.through {
            return Found::Nothing(kept.mark.as_ref().filter(|mark| mark.seq == seq).cloned());
        }
        let at = kept.pages.partition_point(|page| page.through <= seq);
        match kept.pages.get(at) {
            Some(page) if page.after <= seq => Found::Frames(page.frames.after(seq), page.through),
            Some(_) | None => Found::Elsewhere,
        }
    }

    /// Hands out a page that goes on where the last one ended.
    pub(super) fn publish(&self, page: &ItemPage, epoch: &str) {
        let frames = Frames::of(&page.items, epoch);
        {
            let mut kept = self.kept();
            let after = std::mem::replace(&mut kept.through, page.through);
            kept.bytes += frames.len();
            kept.pages.push_back(Page { after, through: page.through, frames });
            while kept.bytes > KEPT_BYTES && kept.pages.len() > 1 {
                if let Some(oldest) = kept.pages.pop_front() {
                    kept.bytes -= oldest.frames.len();
                }
            }
        }
        self.signal(|signal| signal.published += 1);
    }

    /// Hands out what the scheduler says of the last change.
    pub(super) fn publish_mark(&self, mark: Mark) {
        self.kept().mark = Some(mark);
        self.signal(|signal| signal.published += 1);
    }

    /// Lets one shard's heartbeat be due.
    pub(super) fn beat(&self, shard: usize) {
        self.shards[shard % SHARDS].send_modify(|signal| signal.heartbeats += 1);
    }

    /// Ends every stream, and goes on from `seq`, whatever was known.
    pub(super) fn cut_off(&self, seq: u64) {
        *self.kept() = Kept::nothing(seq);
        self.signal(|signal| signal.cut_offs += 1);
    }

    /// Ends every stream.
    pub(super) fn stop(&self) {
        self.signal(|signal| signal.stopping = true);
    }

    fn signal(&self, change: impl Fn(&mut Signal)) {
        for shard in &self.shards {
            shard.send_modify(&change);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in here panics half way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::Item;
    use super::*;

    fn page(revs: &[u64], through: u64, name: &str) -> ItemPage {
        let item =
            |&rev: &u64| Item { rev, event_id: name.to_owned(), deleted: true, revision: 1, event: None };
        ItemPage { items: revs.iter().map(item).collect(), through, complete: true }
    }

    #[test]
    fn a_stream_within_what_is_kept_is_served_from_it_and_others_are_not() {
        let hub = Hub::new(10);
        hub.publish(&page(&[11, 12], 12, "a"), "e");
        hub.publish(&page(&[13], 13, "b"), "e");
        assert!(matches!(hub.find(9), Found::Elsewhere));
        assert!(matches!(hub.find(10), Found::Frames(_, 12)));
        assert!(matches!(hub.find(11), Found::Frames(_, 12)));
        assert!(matches!(hub.find(12), Found::Frames(_, 13)));
        assert!(matches!(hub.find(13), Found::Nothing(None)));
        assert!(matches!(hub.find(14), Found::Elsewhere));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let hub = Hub::new(0);
        let large = "x".repeat(KEPT_BYTES / 8);
        for seq in 1..=12 {
            hub.publish(&page(&[seq], seq, &large), "e");
        }
        assert!(hub.kept().bytes <= KEPT_BYTES, "{}", hub.kept().bytes);
        assert!(matches!(hub.find(0), Found::Elsewhere));
        assert!(matches!(hub.find(11), Found::Frames(_, 12)));
    }

    #[test]
    fn a_mark_counts_only_at_its_place() {
        let hub = Hub::new(3);
        hub.publish_mark(Mark { seq: 3, up_to_date: None });
        assert!(matches!(hub.find(3), Found::Nothing(Some(_))));
        hub.publish(&page(&[4], 4, "a"), "e");
        assert!(matches!(hub.find(4), Found::Nothing(None)));
    }
}
