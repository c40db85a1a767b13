//! Acknowledging: what came of an attempt.

use client_event_scheduler::service::{Failure, Refusal, Standing};
use serde::{Deserialize, Serialize};

use super::change::{one_occurrence, refused};
use super::{SchedulingService, actor_of, cut, random};
use crate::access::Caller;
use crate::problem::ApiError;
use crate::store::{OccurrenceRow, StoreError, Transition};

/// An attempt was successful.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteBody {
    /// Which attempt: the latest unless given.
    pub attempt: Option<u32>,
}

/// An attempt has failed.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailBody {
    /// Which attempt: the latest unless given.
    pub attempt: Option<u32>,
    /// Why, for people; 512 bytes are kept.
    pub error: Option<String>,
    /// Whether another attempt may do better: true unless given.
    pub retry: Option<bool>,
}

/// Where an occurrence stands after it was acknowledged.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Settled {
    /// Always true.
    pub success: bool,
    /// The occurrence.
    pub occurrence_id: String,
    /// Its state.
    pub state: &'static str,
    /// Attempts that have begun.
    pub attempt: u32,
    /// When the next attempt begins, if there is one.
    pub next_attempt_at: Option<String>,
}

/// What is acknowledged.
#[derive(Debug, Clone)]
enum Word {
    Complete,
    Fail { error: Option<String>, failure: Failure },
}

impl SchedulingService {
    /// Takes in that an attempt was successful.
    ///
    /// # Errors
    ///
    /// `SCHEDULED_EVENT_NOT_FOUND`, `NOT_HANDED_OVER`, `SCHEDULED_EVENT_FINAL` for one that was taken back, `OCCURRENCE_REQUIRED` or an
    /// error of the database.
    pub async fn complete(
        &self,
        caller: &Caller,
        id: &str,
        body: &CompleteBody,
    ) -> Result<Settled, ApiError> {
        self.acknowledge(caller, id, body.attempt, Word::Complete).await
    }

    /// Takes in that an attempt has failed.
    ///
    /// # Errors
    ///
    /// As for [`complete`](Self::complete), and `ATTEMPT_OVER` where another attempt has begun since.
    pub async fn fail(&self, caller: &Caller, id: &str, body: &FailBody) -> Result<Settled, ApiError> {
        let failure = if body.retry.unwrap_or(true) { Failure::Passing } else { Failure::Lasting };
        let error = body.error.as_deref().map(cut);
        self.acknowledge(caller, id, body.attempt, Word::Fail { error, failure }).await
    }

    async fn acknowledge(
        &self,
        caller: &Caller,
        id: &str,
        attempt: Option<u32>,
        word: Word,
    ) -> Result<Settled, ApiError> {
        let (caller, id) = (caller.clone(), id.to_owned());
        self.unbroken(move |service| {
            let (caller, id, word) = (caller.clone(), id.clone(), word.clone());
            async move { service.acknowledge_in_transaction(&caller, &id, attempt, &word).await }
        })
        .await
    }

    async fn acknowledge_in_transaction(
        &self,
        caller: &Caller,
        id: &str,
        attempt: Option<u32>,
        word: &Word,
    ) -> Result<Settled, ApiError> {
        let (mut transaction, row) = self.open(caller, id).await?;
        let occurrence = one_occurrence(&mut transaction, &row, id).await?;
        let attempt = attempt.unwrap_or(occurrence.standing.attempt);
        let now = self.now();
        let (decided, action, reason) = match word {
            Word::Complete => (occurrence.standing.complete(attempt), "completed", None),
            Word::Fail { error, failure } => {
                let decided = occurrence.standing.fail(attempt, *failure, now, &row.policy, random());
                (decided, "failed", error.as_deref().or(Some("the worker has said so")))
            }
        };
        let to = match decided {
            Ok(to) => to,
            Err(Refusal::NothingToDo) => return Ok(Settled::of(&occurrence, occurrence.standing)),
            Err(refusal) => {
                refused(refusal)?;
                return Ok(Settled::of(&occurrence, occurrence.standing));
            }
        };
        let actor = actor_of(caller);
        let change = Transition { of: &occurrence, to, action, reason, actor: &actor, lease: None };
        if !transaction.change(&change, now).await? {
            return Err(StoreError::Overtaken.into());
        }
        transaction.audit(&caller.done(id), now).await?;
        transaction.commit_service().await?;
        Ok(Settled::of(&occurrence, to))
    }
}

impl Settled {
    fn of(occurrence: &OccurrenceRow, standing: Standing) -> Self {
        let waits = standing.state == client_event_scheduler::service::OccurrenceState::Pending;
        Self {
            success: true,
            occurrence_id: occurrence.occurrence_id.clone(),
            state: standing.state.as_str(),
            attempt: standing.attempt,
            next_attempt_at: standing.wake_at.filter(|_| waits).map(|at| at.to_string()),
        }
    }
}
