//! Calling webhooks, signed.

use std::time::Duration;

use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use client_event_scheduler::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::Full;
use sha2::Sha256;

use crate::outbound::{CallError, Outbound};

/// Bytes of an answer that are read, for the reason of a failure.
const ANSWER_BYTES: usize = 2_048;

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    /// It is done.
    Done,
    /// It was taken, and will be acknowledged.
    Taken,
    /// It has failed: why, and whether another attempt may do better.
    Failed {
        /// For people.
        reason: String,
        /// Whether there is no use in trying again.
        lasting: bool,
    },
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) url: &'a str,
    /// With what it is signed.
    pub(super) secret: &'a str,
    pub(super) occurrence_id: &'a str,
    pub(super) attempt: u32,
    pub(super) body: String,
    /// The time that is signed.
    pub(super) now: Timestamp,
    /// How long the answer may take.
    pub(super) patience: Duration,
}

/// Calls a webhook.
pub(super) async fn call(outbound: &Outbound, call: Call<'_>) -> Called {
    let Call { url, secret, occurrence_id, attempt, body, now, patience } = call;
    let Ok(url) = url.parse::<Uri>() else {
        return Called::Failed { reason: "the webhook's address cannot be read".to_owned(), lasting: true };
    };
    let timestamp = now.as_millis().div_euclid(1000);
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-ces-occurrence-id", occurrence_id)
        .header("x-ces-attempt", attempt)
        .header("x-ces-timestamp", timestamp)
        .header("x-ces-signature", signature(secret, timestamp, &body))
        .body(Full::new(Bytes::from(body)));
    let request = match request {
        Ok(request) => request,
        Err(error) => return Called::Failed { reason: error.to_string(), lasting: true },
    };
    let answer = match outbound.call(request, patience, ANSWER_BYTES).await {
        Ok(answer) => answer,
        Err(error) => {
            let reason = match error {
                CallError::TimedOut(seconds) => format!("the webhook did not answer within {seconds} s"),
                CallError::Refused(reason) | CallError::Unreachable(reason) => reason,
            };
            return Called::Failed { reason, lasting: false };
        }
    };
    let status = answer.status;
    if status == StatusCode::ACCEPTED {
        return Called::Taken;
    }
    if status.is_success() {
        return Called::Done;
    }
    let reason = if status.is_redirection() {
        format!("the webhook answered {status}: redirects are not followed")
    } else {
        format!("the webhook answered {status} {}", String::from_utf8_lossy(&answer.body))
            .trim_end()
            .to_owned()
    };
    Called::Failed { reason, lasting: status == StatusCode::GONE }
}

/// The signature of a body: `v1=` and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a dot and the body.
pub fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_time_and_body() {
        let signed = signature("secret", 1_777_593_600, "{}");
        assert_eq!(signed.len(), 3 + 64);
        assert_ne!(signed, signature("secret", 1_777_593_601, "{}"));
        assert_ne!(signed, signature("secret", 1_777_593_600, "{ }"));
        assert_ne!(signed, signature("Secret", 1_777_593_600, "{}"));
    }
}
