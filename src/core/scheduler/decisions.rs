//! What the scheduler decided lately, for explanations.

use std::collections::VecDeque;
use std::sync::Arc;

use super::io::KindSet;
use crate::delivery::{Cause, Fate};
use crate::limits;
use crate::time::Timestamp;
use crate::trigger::{DueTimes, TriggerKind};

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Counts decisions from 1.
    pub number: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// The event.
    pub event_id: Arc<str>,
    /// What was decided.
    pub what: DecisionKind,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionKind {
    /// A delivery went to its handlers.
    HandedOut {
        /// The kind.
        kind: TriggerKind,
        /// When it was due.
        due_at: Timestamp,
        /// Why.
        cause: Cause,
        /// Which attempt.
        attempt: u32,
    },
    /// A delivery joined the waiting queue.
    Waits {
        /// The kind.
        kind: TriggerKind,
        /// When it was due.
        due_at: Timestamp,
        /// Why.
        cause: Cause,
    },
    /// An attempt failed.
    Failed {
        /// The kind.
        kind: TriggerKind,
        /// When it was due.
        due_at: Timestamp,
        /// Which attempt.
        attempt: u32,
        /// What the handler said.
        reason: Arc<str>,
    },
    /// An occurrence reached its fate.
    Settled {
        /// The kind.
        kind: TriggerKind,
        /// When it was due.
        due_at: Timestamp,
        /// Its fate.
        fate: Fate,
    },
    /// An occurrence came due that had fired before.
    FiredBefore {
        /// The kind.
        kind: TriggerKind,
        /// When it was due.
        due_at: Timestamp,
    },
    /// An edit took triggers from the queue, or removed the event (which need not have had any).
    Unqueued {
        /// Which.
        kinds: KindSet,
        /// When they had been due.
        due: DueTimes,
        /// What the edit did.
        why: Edit,
    },
}

/// What an edit did to an event's triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Edit {
    /// It moved their dates, or closed the approval gate.
    Redefined = 0,
    /// It removed the event.
    Removed = 1,
    /// It made the event impossible to understand.
    Quarantined = 2,
}

/// The last decisions, oldest first.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    log: VecDeque<Decision>,
    noted: u64,
}

impl Decisions {
    pub(super) fn note(&mut self, at: Timestamp, event_id: &Arc<str>, what: DecisionKind) {
        if self.log.len() == limits::DECISIONS {
            self.log.pop_front();
        }
        self.noted += 1;
        self.log.push_back(Decision { number: self.noted, at, event_id: event_id.clone(), what });
    }

    /// Newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.log.iter().rev()
    }
}

impl Decision {
    /// Whether the decision is about this occurrence.
    pub fn concerns(&self, kind: TriggerKind, due_at: Timestamp) -> bool {
        match &self.what {
            DecisionKind::HandedOut { kind: own, due_at: at, .. }
            | DecisionKind::Waits { kind: own, due_at: at, .. }
            | DecisionKind::Failed { kind: own, due_at: at, .. }
            | DecisionKind::Settled { kind: own, due_at: at, .. }
            | DecisionKind::FiredBefore { kind: own, due_at: at } => (*own, *at) == (kind, due_at),
            DecisionKind::Unqueued { kinds, due, .. } => {
                kinds.contains(kind) && due.get(kind) == Some(due_at)
            }
        }
    }
}
