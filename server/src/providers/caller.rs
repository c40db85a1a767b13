//! The only way to a provider: one call taken from the account's budget, one request, one answer.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use client_event_scheduler::Timestamp;
use http_body_util::Full;

use super::{Credentials, ProviderError, Validators};
use crate::clock::Clock;
use crate::outbound::{Answer, CallError, Outbound};
use crate::problem::ApiError;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that one answer may have.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// How long a provider is left alone that asks for it without saying how long.
const DEFAULT_REST_MS: i64 = 60_000;

/// The longest time for which a provider's wish to be left alone is heeded: a mistake of its must not end the sync for ever.
const LONGEST_REST_MS: i64 = 24 * 3_600_000;

/// Where the calls of an account are counted, so that a restart and another node respect what was used.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Takes one call at `now`, and keeps that before it returns. The inner error is when there is one again.
    async fn take(&self, now: Timestamp) -> Result<Result<(), Timestamp>, ApiError>;

    /// Lets nobody make a call before `until`.
    async fn rest(&self, until: Timestamp) -> Result<(), ApiError>;
}

/// Makes the calls of one account.
#[derive(Clone)]
pub struct Caller {
    /// With what other servers are called.
    pub outbound: Outbound,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where calls are counted.
    pub ledger: Arc<dyn Ledger>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

/// A request for what is at an address.
#[derive(Debug, Default)]
pub(super) struct Get {
    pub(super) url: String,
    pub(super) headers: HeaderMap,
}

impl Get {
    pub(super) fn new(url: impl Into<String>, accept: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Self { url: url.into(), headers }
    }

    /// Adds what the account shows to be let in. Addresses carry none of it: these are written into logs on the way.
    pub(super) fn with_credentials(mut self, credentials: &Credentials) -> Result<Self, ProviderError> {
        let (name, value) = match credentials {
            Credentials::None => return Ok(self),
            Credentials::Bearer { token } => (header::AUTHORIZATION, format!("Bearer {}", token.expose())),
            Credentials::Basic { user, password } => {
                let pair = BASE64.encode(format!("{user}:{}", password.expose()));
                (header::AUTHORIZATION, format!("Basic {pair}"))
            }
            Credentials::Header { name, value } => {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| unusable("credentials.name"))?;
                (name, value.expose().to_owned())
            }
            Credentials::ApiKey { .. } => {
                let message = "an API key with a secret is for RunSignUp: write bearer, basic or header";
                return Err(ProviderError::Misconfigured(message.to_owned()));
            }
        };
        self.add_secret(name, &value)?;
        Ok(self)
    }

    pub(super) fn add_secret(&mut self, name: HeaderName, value: &str) -> Result<(), ProviderError> {
        let mut value = HeaderValue::try_from(value).map_err(|_| unusable("the credentials"))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    /// Asks for what has changed since these validators were told.
    pub(super) fn ask_unless(&mut self, known: &Validators) {
        for (name, value) in
            [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)]
        {
            if let Some(value) = value.as_ref().and_then(|value| HeaderValue::try_from(value).ok()) {
                self.headers.insert(name, value);
            }
        }
    }
}

impl Validators {
    /// Those of an answer.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text =
            |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED), longer_from: None }
    }
}

fn unusable(what: &str) -> ProviderError {
    ProviderError::Misconfigured(format!("{what} cannot be sent in a header: use visible ASCII characters"))
}

impl Caller {
    /// Makes a request. The answer is one with which something can be done: 200 to 299, or 304.
    pub(super) async fn get(&self, get: Get) -> Result<Answer, ProviderError> {
        let url: Uri = get.url.parse().map_err(|_| {
            ProviderError::Misconfigured("the address cannot be read: write https://host/path".to_owned())
        })?;
        let taken = self.ledger.take(self.clock.now()).await.map_err(ProviderError::Internal)?;
        taken.map_err(ProviderError::BudgetSpent)?;
        let mut request = Request::builder()
            .uri(url)
            .body(Full::<Bytes>::default())
            .map_err(|error| ProviderError::Misconfigured(format!("the request cannot be made: {error}")))?;
        *request.headers_mut() = get.headers;
        let answer = tokio::select! {
            answer = self.outbound.call(request, PATIENCE, ANSWER_BYTES) => answer,
            () = self.patience_ends() => Err(CallError::TimedOut(PATIENCE.as_secs())),
        };
        let answer = answer.map_err(|error| match error {
            CallError::Refused(reason) => ProviderError::Misconfigured(reason),
            CallError::Unreachable(_) | CallError::TimedOut(_) => ProviderError::Failed(error.to_string()),
        })?;
        self.judge(answer).await
    }

    /// Returns when an answer that is asked for now has taken too long by the server's clock.
    async fn patience_ends(&self) {
        let patience_ms = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
        let end = self.clock.now().saturating_add_ms(patience_ms);
        while self.clock.now() < end {
            self.clock.sleep_until(end).await;
        }
    }

    /// Leaves the provider alone for as long as it asks for.
    pub(super) async fn rest(&self, asked_ms: Option<i64>) -> ProviderError {
        let rest_ms = asked_ms.unwrap_or(DEFAULT_REST_MS).clamp(0, LONGEST_REST_MS);
        let until = self.clock.now().saturating_add_ms(rest_ms);
        match self.ledger.rest(until).await {
            Ok(()) => ProviderError::Throttled(until),
            Err(error) => ProviderError::Internal(error),
        }
    }

    async fn judge(&self, answer: Answer) -> Result<Answer, ProviderError> {
        let status = answer.status;
        match status {
            StatusCode::NOT_MODIFIED => return Ok(answer),
            status if status.is_success() => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(ProviderError::Denied(status.to_string()));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let asked_ms = rest_asked_for(&answer.headers);
                if status == StatusCode::SERVICE_UNAVAILABLE && asked_ms.is_none() {
                    return Err(ProviderError::Failed(format!("the provider answered {status}")));
                }
                return Err(self.rest(asked_ms).await);
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                let message = format!("the provider answered {status}: check the address");
                return Err(ProviderError::Misconfigured(message));
            }
            status if status.is_redirection() => {
                let message = format!(
                    "the provider answered {status}: redirects are not followed, write where it leads"
                );
                return Err(ProviderError::Misconfigured(message));
            }
            status => return Err(ProviderError::Failed(format!("the provider answered {status}"))),
        }
        if answer.cut {
            let message = format!("it broke off, or has more than {ANSWER_BYTES} bytes");
            return Err(ProviderError::Malformed(message));
        }
        Ok(answer)
    }
}

/// For how many milliseconds a provider asks to be left alone: in seconds, or until a time by its own clock.
fn rest_asked_for(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1000);
    }
    let until = http_date(text)?;
    // Without its clock nobody knows how long that is; its own one is not far from the truth then.
    let asked_at = told_now(headers)?;
    Some(until.millis_since(asked_at))
}

/// The provider's clock when it answered.
pub(super) fn told_now(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(header::DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(retry_after: &str, date: Option<&str>) -> Option<i64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().expect("a value"));
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().expect("a value"));
        }
        rest_asked_for(&headers)
    }

    #[test]
    fn a_provider_asks_to_be_left_alone_in_seconds_or_until_a_time_by_its_own_clock() {
        assert_eq!(asked("120", None), Some(120_000));
        let (date, until) = ("Fri, 01 May 2026 00:00:00 GMT", "Fri, 01 May 2026 00:10:00 GMT");
        assert_eq!(asked(until, Some(date)), Some(600_000), "however wrong that clock is");
        assert_eq!(asked(until, None), None);
        assert_eq!(asked("soon", Some(date)), None);
    }
}
