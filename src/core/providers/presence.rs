//! What is made of an event that a provider lists, or does not list any more.

use std::ops::Range;

use crate::time::Timestamp;

/// Whether a provider still has an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is listed.
    Listed,
    /// It was not listed, the first time at this instant. Lists can be incomplete for a while.
    Missing(Timestamp),
    /// It was missing for longer than the grace: it is deleted here too.
    Gone,
}

impl Presence {
    /// Takes in a whole list of the provider's events, which has it or has not.
    #[must_use]
    pub fn after(self, listed: bool, now: Timestamp, grace_ms: u32) -> Self {
        match self {
            _ if listed => Self::Listed,
            Self::Listed => Self::Missing(now),
            Self::Missing(since) if now.millis_since(since) >= i64::from(grace_ms) => Self::Gone,
            Self::Missing(_) | Self::Gone => self,
        }
    }
}

/// Whether a whole list says anything of an event that begins at `start`. Of a series it has only what begins within the range `told`: what
/// is outside is not gone because it is not in the list, nor is what has no start.
#[must_use]
pub fn is_told_of(start: Option<Timestamp>, told: Option<&Range<Timestamp>>) -> bool {
    told.is_none_or(|told| start.is_some_and(|start| told.contains(&start)))
}

/// Whose value of a field counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The provider's.
    Provider,
    /// What somebody has written here.
    Local,
}

/// Whose value of a field counts, where `told` is what the provider has said last and `here` what stands here. What nobody has changed
/// here follows the provider; what somebody has, is kept until it is what the provider says.
#[must_use]
pub fn owner<T: PartialEq>(told: Option<&T>, here: Option<&T>) -> Ownership {
    if told == here { Ownership::Provider } else { Ownership::Local }
}
