//! Where an occurrence stands, and what follows from what happens to it.

use super::policy::AttemptPolicy;
use crate::time::Timestamp;

/// What an occurrence is waiting for, or what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OccurrenceState {
    /// It is not due yet.
    Scheduled,
    /// An attempt has failed; another one follows.
    Pending,
    /// It was handed over, and nobody has acknowledged it yet.
    Processing,
    /// It was acknowledged.
    Completed,
    /// It was given up: a dead letter.
    Failed,
    /// It was taken back, or another one stands for it.
    Cancelled,
}

impl OccurrenceState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Cancelled];

    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this wire name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing happens any more unless somebody asks for it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Where an occurrence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it waits for.
    pub state: OccurrenceState,
    /// Attempts that have begun.
    pub attempt: u32,
    /// Attempts that it may have; asking for a dead letter once more allows further ones.
    pub attempts_allowed: u32,
    /// When something is to be done about it: it is due, another attempt begins, or an attempt has not been acknowledged. None of
    /// what is final.
    pub wake_at: Option<Timestamp>,
}

/// How an attempt has ended without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may do better.
    Passing,
    /// Every further attempt would fail too.
    Lasting,
}

/// Why something does not change where an occurrence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is as it was asked to be already.
    NothingToDo,
    /// No such attempt has begun.
    NotBegun,
    /// The attempt is over, and another one has begun.
    AttemptOver,
    /// It has ended in a state that this cannot change.
    Final(OccurrenceState),
}

impl Standing {
    /// Where one stands that is due at `due_at`.
    #[must_use]
    pub fn scheduled(due_at: Timestamp, policy: &AttemptPolicy) -> Self {
        Self {
            state: OccurrenceState::Scheduled,
            attempt: 0,
            attempts_allowed: policy.max_retries.saturating_add(1),
            wake_at: Some(due_at),
        }
    }

    /// Hands it over, if it is due; none if there is nothing to hand over at `now`. The first attempt has the retries of the policy as it
    /// is then.
    #[must_use]
    pub fn begin(self, now: Timestamp, policy: &AttemptPolicy) -> Option<Self> {
        let waits = matches!(self.state, OccurrenceState::Scheduled | OccurrenceState::Pending);
        (waits && self.wake_at.is_some_and(|at| at <= now)).then(|| Self {
            state: OccurrenceState::Processing,
            attempt: self.attempt.saturating_add(1),
            attempts_allowed: match self.attempt {
                0 => policy.max_retries.saturating_add(1),
                _ => self.attempts_allowed,
            },
            wake_at: Some(now.saturating_add_ms(i64::from(policy.timeout_ms))),
        })
    }

    /// Takes in that `attempt` was successful. One that was believed lost counts too: its effect is there.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn complete(self, attempt: u32) -> Result<Self, Refusal> {
        if attempt == 0 || attempt > self.attempt {
            return Err(Refusal::NotBegun);
        }
        match self.state {
            OccurrenceState::Completed => Err(Refusal::NothingToDo),
            OccurrenceState::Cancelled => Err(Refusal::Final(self.state)),
            OccurrenceState::Scheduled
            | OccurrenceState::Pending
            | OccurrenceState::Processing
            | OccurrenceState::Failed => Ok(self.settled(OccurrenceState::Completed)),
        }
    }

    /// Takes in that `attempt` has failed: another one follows after the delay, or it is given up. `random` as for
    /// [`AttemptPolicy::delay_ms`].
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn fail(
        self,
        attempt: u32,
        failure: Failure,
        now: Timestamp,
        policy: &AttemptPolicy,
        random: f64,
    ) -> Result<Self, Refusal> {
        if attempt == 0 || attempt > self.attempt {
            return Err(Refusal::NotBegun);
        }
        if attempt < self.attempt {
            return Err(Refusal::AttemptOver);
        }
        match self.state {
            OccurrenceState::Processing => {}
            // Told twice, or after the timeout has told it already.
            OccurrenceState::Pending | OccurrenceState::Failed | OccurrenceState::Scheduled => {
                return Err(Refusal::NothingToDo);
            }
            OccurrenceState::Completed | OccurrenceState::Cancelled => {
                return Err(Refusal::Final(self.state));
            }
        }
        if failure == Failure::Lasting || self.attempt >= self.attempts_allowed {
            return Ok(self.settled(OccurrenceState::Failed));
        }
        let again_at = now.saturating_add_ms(i64::from(policy.delay_ms(self.attempt, random)));
        Ok(Self { state: OccurrenceState::Pending, wake_at: Some(again_at), ..self })
    }

    /// Takes in that `attempt` has reached nobody, as the way there is closed: it does not count, and another one follows at `again_at`.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn unreached(self, attempt: u32, again_at: Timestamp) -> Result<Self, Refusal> {
        // What stands in the way of a failure stands in the way of this.
        self.fail(attempt, Failure::Passing, again_at, &AttemptPolicy::default(), 0.0)?;
        let attempts_allowed = self.attempts_allowed.saturating_add(1);
        Ok(Self { state: OccurrenceState::Pending, attempts_allowed, wake_at: Some(again_at), ..self })
    }

    /// Whether an attempt was not acknowledged in time.
    #[must_use]
    pub fn is_timed_out(&self, now: Timestamp) -> bool {
        self.state == OccurrenceState::Processing && self.wake_at.is_some_and(|at| at <= now)
    }

    /// Takes it back. What is being processed is not tried again; that somebody is at it cannot be taken back.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn cancel(self) -> Result<Self, Refusal> {
        match self.state {
            OccurrenceState::Scheduled | OccurrenceState::Pending | OccurrenceState::Processing => {
                Ok(self.settled(OccurrenceState::Cancelled))
            }
            OccurrenceState::Cancelled => Err(Refusal::NothingToDo),
            OccurrenceState::Completed | OccurrenceState::Failed => Err(Refusal::Final(self.state)),
        }
    }

    /// Lets a dead letter be tried once more from `now`, with as many retries as at first.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn retry(self, now: Timestamp, policy: &AttemptPolicy) -> Result<Self, Refusal> {
        match self.state {
            OccurrenceState::Failed => Ok(Self {
                state: OccurrenceState::Pending,
                attempts_allowed: self.attempt.saturating_add(policy.max_retries).saturating_add(1),
                wake_at: Some(now),
                ..self
            }),
            OccurrenceState::Scheduled | OccurrenceState::Pending | OccurrenceState::Processing => {
                Err(Refusal::NothingToDo)
            }
            OccurrenceState::Completed | OccurrenceState::Cancelled => Err(Refusal::Final(self.state)),
        }
    }

    /// The same in a final state.
    #[must_use]
    pub fn settled(self, state: OccurrenceState) -> Self {
        Self { state, wake_at: None, ..self }
    }
}
