//! One action on many events. Each event is a transaction of its own: what is refused for one holds up no other.

use std::collections::BTreeMap;

use client_event_scheduler::ProblemCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decision::{Decision, DeclineReason};
use super::span::{DAY_MS, Span, shift};
use super::{Changed, Events, Precondition, limits, mutation};
use crate::access::Permission;
use crate::problem::{ApiError, FieldProblem};

/// What is done to each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchAction {
    /// Opens the approval gate.
    Approve,
    /// Closes the approval gate.
    Decline,
    /// Calls the event off.
    Cancel,
    /// Removes the event.
    Delete,
    /// Moves all dates by `by`.
    Shift,
}

impl BatchAction {
    /// What a caller has to be allowed, beyond changing events. Who may not approve cannot cancel either: his events keep the status
    /// of waiting.
    const fn needs(self) -> Permission {
        match self {
            Self::Approve | Self::Decline | Self::Cancel => Permission::EventsApprove,
            Self::Delete => Permission::EventsDelete,
            Self::Shift => Permission::EventsWrite,
        }
    }
}

/// The body of a batch.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// What is done.
    action: BatchAction,
    /// The events, at most 1 000, in the order in which it is done.
    #[schema(min_items = 1, max_items = 1000)]
    event_ids: Vec<String>,
    /// For `shift`: how far, as `[-]P[nW][nD][T[nH][nM][nS]]`. Whole days keep the time of day.
    #[schema(example = "P7D")]
    #[serde(default)]
    by: Option<String>,
    /// For `decline`: why, in at most 1 000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    reason: Option<Value>,
    /// For each event that is to be checked, the revision that the caller has read.
    #[serde(default)]
    revisions: BTreeMap<String, u64>,
}

/// What became of a batch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchAnswer {
    /// Whether nothing was refused.
    pub success: bool,
    /// One sentence for a person.
    pub message: String,
    /// Events that were changed.
    pub changed: usize,
    /// Events that were just so already.
    pub unchanged: usize,
    /// Events for which the action was refused.
    pub refused: usize,
    /// The feed number of the last change that the batch made.
    pub seq: Option<u64>,
    /// What became of each event, in the order of the request.
    pub outcomes: Vec<BatchOutcome>,
}

/// What became of one event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchOutcome {
    /// The event.
    pub event_id: String,
    /// Whether the action was taken, or was not needed.
    pub success: bool,
    /// Whether the event was changed.
    pub changed: bool,
    /// Its revision now; its last one, where it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The feed number of its latest change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Why the action was refused: a code as of any problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The same for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The fields that are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FieldProblem>,
}

impl BatchRequest {
    /// Reads and checks the body.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_slice(body).map_err(|error| {
            let code = if error.is_data() { ProblemCode::WrongType } else { ProblemCode::JsonSyntax };
            ApiError::field("", code, format!("is no batch: {error}"))
        })?;
        let maximum = limits::BATCH_EVENTS;
        if !(1..=maximum).contains(&request.event_ids.len()) {
            let message = format!("has {} ids: write 1 to {maximum}", request.event_ids.len());
            return Err(ApiError::field("event_ids", ProblemCode::SettingInvalid, message));
        }
        request.shift_ms()?;
        request.decline_reason()?;
        Ok(request)
    }

    /// Why events are declined; nothing for every other action.
    fn decline_reason(&self) -> Result<DeclineReason, ApiError> {
        let reason = DeclineReason::from_json(self.reason.as_ref())?;
        if self.action != BatchAction::Decline && !reason.is_none() {
            let message = "goes with the action decline only: leave it out";
            return Err(ApiError::field("reason", ProblemCode::SettingInvalid, message));
        }
        Ok(reason)
    }

    /// How far to shift; 0 for every other action.
    fn shift_ms(&self) -> Result<i64, ApiError> {
        let fault = |message: &str| Err(ApiError::field("by", ProblemCode::SettingInvalid, message));
        match (self.action, self.by.as_deref()) {
            (BatchAction::Shift, Some(text)) => {
                let span = Span::parse(text).and_then(Span::as_ms);
                match span.filter(|ms| {
                    ms.unsigned_abs() <= limits::SHIFT_DAYS.unsigned_abs() * DAY_MS.unsigned_abs()
                }) {
                    Some(ms) => Ok(ms),
                    None => fault("is no length of time up to 100 years: write it as P7D, -PT90M or P1DT12H"),
                }
            }
            (BatchAction::Shift, None) => fault("is missing: say how far to shift, such as P7D"),
            (_, Some(_)) => fault("goes with the action shift only: leave it out"),
            (_, None) => Ok(0),
        }
    }
}

impl Events {
    /// Does one thing to many events, each in a transaction of its own.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` for a request that makes no sense, `FORBIDDEN` where the caller may not do this to any event. What is refused
    /// for single events is in the answer.
    pub async fn batch(&self, request: BatchRequest) -> Result<BatchAnswer, ApiError> {
        self.require(request.action.needs())?;
        self.unbroken(move |events| async move { events.run_batch(&request).await }).await
    }

    async fn run_batch(&self, request: &BatchRequest) -> Result<BatchAnswer, ApiError> {
        let by_ms = request.shift_ms()?;
        let decline = Decision::Decline(request.decline_reason()?);
        let mut outcomes = Vec::with_capacity(request.event_ids.len());
        for event_id in &request.event_ids {
            let precondition =
                Precondition { if_match: None, revision: request.revisions.get(event_id).copied() };
            let result = self.act(request.action, event_id, by_ms, &decline, precondition).await;
            outcomes.push(outcome(event_id, result));
        }
        let count = |wanted: fn(&BatchOutcome) -> bool| outcomes.iter().filter(|each| wanted(each)).count();
        let (changed, refused) = (count(|each| each.changed), count(|each| !each.success));
        let unchanged = outcomes.len() - changed - refused;
        Ok(BatchAnswer {
            success: refused == 0,
            message: format!("{changed} events changed, {unchanged} were just so, {refused} refused"),
            changed,
            unchanged,
            refused,
            seq: outcomes.iter().filter(|each| each.changed).filter_map(|each| each.seq).max(),
            outcomes,
        })
    }

    async fn act(
        &self,
        action: BatchAction,
        event_id: &str,
        by_ms: i64,
        decline: &Decision,
        precondition: Precondition,
    ) -> Result<Changed, ApiError> {
        match action {
            BatchAction::Approve => mutation::decide(self, event_id, &Decision::Approve, precondition).await,
            BatchAction::Decline => mutation::decide(self, event_id, decline, precondition).await,
            BatchAction::Delete => mutation::delete(self, event_id, precondition).await,
            BatchAction::Cancel => {
                let cancel = |document: &mut super::Document| {
                    document.set_text("status", "cancelled");
                    Ok(())
                };
                mutation::change(self, event_id, precondition, cancel).await
            }
            BatchAction::Shift => {
                let move_dates = |document: &mut super::Document| {
                    shift(document, by_ms);
                    Ok(())
                };
                mutation::change(self, event_id, precondition, move_dates).await
            }
        }
    }
}

fn outcome(event_id: &str, result: Result<Changed, ApiError>) -> BatchOutcome {
    let blank = BatchOutcome {
        event_id: event_id.to_owned(),
        success: true,
        changed: false,
        revision: None,
        seq: None,
        code: None,
        detail: None,
        problems: Vec::new(),
    };
    match result {
        Ok(done) => BatchOutcome {
            changed: done.written,
            revision: done.event.event.raw("revision").and_then(|raw| raw.parse().ok()),
            seq: Some(done.seq),
            ..blank
        },
        Err(error) => BatchOutcome {
            success: false,
            code: Some(error.status_and_code().1),
            detail: Some(error.detail()),
            problems: error.into_problems(),
            ..blank
        },
    }
}
