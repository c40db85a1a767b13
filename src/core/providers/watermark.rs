//! Up to where a provider's changes are known.

use crate::time::Timestamp;

/// The newest change that a provider has told of, by the provider's own clock. It is stored in the transaction that stores what was told,
/// never before.
///
/// # Example
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::providers::Watermark;
///
/// let at = |seconds: i64| Timestamp::from_millis_clamped(seconds * 1000);
/// let known = Watermark::default().told([at(100), at(90)], Some(at(101)));
/// assert_eq!(known.since(10_000), Some(at(90)), "asked for inclusively, and a little earlier");
/// assert_eq!(known.told([at(500)], Some(at(102))).0, Some(at(102)), "nothing is from the future");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watermark(pub Option<Timestamp>);

impl Watermark {
    /// From when on changes are asked for, with everything that may have become visible only after a later one. None for everything.
    #[must_use]
    pub fn since(self, look_back_ms: u32) -> Option<Timestamp> {
        self.0.map(|at| at.saturating_add_ms(-i64::from(look_back_ms)))
    }

    /// The watermark after these changes, each by its time of modification. `provider_now` is the provider's clock when it was asked,
    /// where it tells that: a change that is stamped later does not hide what is modified until then.
    #[must_use]
    pub fn told(
        self,
        modified: impl IntoIterator<Item = Timestamp>,
        provider_now: Option<Timestamp>,
    ) -> Self {
        let newest = modified.into_iter().max().map(|at| provider_now.map_or(at, |now| at.min(now)));
        Self(self.0.max(newest))
    }
}
