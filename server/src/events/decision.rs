//! What can be decided about an event, and why one was declined.

use client_event_scheduler::ProblemCode;
use serde::Deserialize;
use serde_json::Value;

use super::{Document, limits};
use crate::problem::ApiError;

const STATUS: &str = "event_approval_status";

/// The field of an event in which the reason for declining it stands.
pub(super) const REASON: &str = "decline_reason";

/// What somebody has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// The gate opens.
    Approve,
    /// The gate closes.
    Decline(DeclineReason),
}

/// The body of a request to decline an event; it may be left out.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Why: at most 1 000 characters. It stands in the event as `decline_reason` until the event is approved or waits again.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000, example = "The hall is taken on that day.")]
    reason: Option<Value>,
}

/// Why an event is declined, where somebody says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclineReason(Option<String>);

impl DeclineReason {
    /// Reads the body of a request to decline an event. No body is no reason.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, which names the field and what to write instead.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let request: Option<DeclineRequest> = serde_json::from_slice(body).map_err(|error| {
            let text = error.to_string();
            match text.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
                Some(field) => {
                    let message = "is not known here: write the reason as `reason`, and leave out all else";
                    ApiError::field(field.to_owned(), ProblemCode::WrongType, message)
                }
                None if error.is_data() => {
                    let message =
                        format!("is no decision: write {{\"reason\": \"…\"}}, or no body at all: {text}");
                    ApiError::field("", ProblemCode::WrongType, message)
                }
                None => ApiError::field("", ProblemCode::JsonSyntax, format!("is no JSON: {text}")),
            }
        })?;
        Self::from_json(request.and_then(|request| request.reason).as_ref())
    }

    /// Takes the reason out of a field of a request. White space around it is dropped, and a blank one is none.
    pub(super) fn from_json(value: Option<&Value>) -> Result<Self, ApiError> {
        let text = match value {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::String(text)) => text.trim(),
            Some(_) => {
                let message = "is no text: write the reason in quotes, or leave it out";
                return Err(ApiError::field("reason", ProblemCode::WrongType, message));
            }
        };
        let (length, most) = (text.chars().count(), limits::DECLINE_REASON_CHARS);
        if length > most {
            let message = format!("has {length} characters: shorten it to {most}");
            return Err(ApiError::field("reason", ProblemCode::TextTooLong, message));
        }
        Ok(Self((!text.is_empty()).then(|| text.to_owned())))
    }

    /// Whether nothing is said.
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl Decision {
    /// Writes the decision into an event. A reason is that of one decision: an approval removes it, and so does another
    /// decline; one that declines what is declined already, and says nothing, leaves it.
    pub(super) fn apply(&self, document: &mut Document) {
        let is_declined = |field| document.text(field).as_deref() == Some("declined");
        let was_declined = is_declined(STATUS) || is_declined("status");
        match self {
            Self::Approve => {
                document.set_text(STATUS, "approved");
                document.remove(REASON);
            }
            Self::Decline(DeclineReason(reason)) => {
                document.set_text(STATUS, "declined");
                match reason {
                    Some(reason) => document.set_text(REASON, reason),
                    None if was_declined => {}
                    None => document.remove(REASON),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(before: &str, decision: &Decision) -> String {
        let mut document = Document::from_json(before.as_bytes()).unwrap_or_default();
        decision.apply(&mut document);
        document.to_json()
    }

    #[test]
    fn a_reason_stands_as_long_as_the_decision_that_it_was_given_for() {
        let because = Decision::Decline(DeclineReason(Some("full".into())));
        let silently = Decision::Decline(DeclineReason::default());
        let declined = r#"{"event_approval_status":"declined","decline_reason":"full"}"#;
        let waits = r#"{"event_approval_status":"pending_approval","decline_reason":"late"}"#;
        for (before, decision, after) in [
            (waits, &because, declined),
            (waits, &silently, r#"{"event_approval_status":"declined"}"#),
            (declined, &silently, declined),
            (declined, &Decision::Approve, r#"{"event_approval_status":"approved"}"#),
            (
                r#"{"status":"declined","decline_reason":"late"}"#,
                &silently,
                r#"{"status":"declined","decline_reason":"late","event_approval_status":"declined"}"#,
            ),
        ] {
            assert_eq!(decided(before, decision), after, "{before} {decision:?}");
        }
    }

    #[test]
    fn a_body_without_a_reason_and_no_body_say_the_same() {
        for body in ["", "  ", "null", "{}", r#"{"reason":null}"#, r#"{"reason":" \n"}"#] {
            assert_eq!(DeclineReason::read(body.as_bytes()).ok(), Some(DeclineReason::default()), "{body:?}");
        }
        let read = DeclineReason::read(r#"{"reason":"  The hall is taken.\n"}"#.as_bytes());
        assert_eq!(read.ok(), Some(DeclineReason(Some("The hall is taken.".into()))));
    }
}
