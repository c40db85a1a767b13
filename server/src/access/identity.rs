//! Who a request shows to be, by its cookie or its key.

use axum::http::{HeaderMap, header};
use client_event_scheduler::Timestamp;

use super::keys::PREFIX;
use super::sessions::role_of;
use super::{Access, AccessError, Actor, KeyFault, Permission, SignedIn, secrets, session_secret};
use crate::problem::ApiError;
use crate::store::{KeyRow, StoreError};

const KEY_HEADER: &str = "x-api-key";
const SERVICE_HEADER: &str = "x-service-name";

/// The use of a session or key is written down at most so often.
const NOTED_EVERY_MS: i64 = 60_000;

/// Why a request is not let in, and who it was from as far as that is known.
#[derive(Debug)]
pub struct Refused {
    /// Who, for the audit.
    pub actor: Actor,
    /// Why.
    pub error: ApiError,
}

impl<E: Into<ApiError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self { actor: Actor::Anonymous, error: error.into() }
    }
}

impl Access {
    /// Finds out who a request is from. `note` says whether it counts as use.
    ///
    /// # Errors
    ///
    /// `API_KEY_INVALID`, `SERVICE_MISMATCH`, `SESSION_EXPIRED` or `STORE_ERROR`.
    pub async fn identify(&self, headers: &HeaderMap, note: bool) -> Result<Actor, Refused> {
        if self.is_development() {
            return Ok(Actor::Development);
        }
        if let Some(key) = api_key(headers)? {
            return self.service(key, headers, note).await;
        }
        match session_secret(headers) {
            Some(secret) => self.user(secret, note).await,
            None => Ok(Actor::Anonymous),
        }
    }

    async fn service(&self, key: &str, headers: &HeaderMap, note: bool) -> Result<Actor, Refused> {
        let row = self.inner.store.api_key(&secrets::digest(key)).await?;
        let row = row.ok_or(AccessError::ApiKeyInvalid(KeyFault::Unknown))?;
        let now = self.inner.clock.now();
        let fault = service_fault(&row, headers, now);
        let scopes = row.scopes.split(' ').filter_map(Permission::scope_named).collect();
        let noted_at = row.last_used_at.map_or(i64::MIN, |at| at.as_millis());
        if note && fault.is_none() && now.as_millis().saturating_sub(noted_at) >= NOTED_EVERY_MS {
            report(self.inner.store.touch_key(&row.id, now).await);
        }
        let actor = Actor::Service { key_id: row.id, service: row.service, scopes };
        match fault {
            Some(error) => Err(Refused { actor, error: error.into() }),
            None => Ok(actor),
        }
    }

    async fn user(&self, secret: &str, note: bool) -> Result<Actor, Refused> {
        let session = self.inner.store.session(&secrets::digest(secret)).await?;
        let session = session.filter(|session| self.is_open(session)).ok_or(AccessError::SessionExpired)?;
        let user = self.inner.store.user(&session.user_id).await?;
        let user = user.filter(|user| !user.disabled).ok_or(AccessError::SessionExpired)?;
        let now = self.inner.clock.now();
        if note && now.as_millis().saturating_sub(session.last_seen_at.as_millis()) >= NOTED_EVERY_MS {
            report(self.inner.store.touch_session(&session.id, now).await);
        }
        let role = role_of(&user)?;
        let csrf_token = secrets::csrf_token(secret);
        Ok(Actor::User(SignedIn {
            user_id: user.id,
            name: user.name,
            role,
            session_id: session.id,
            csrf_token,
        }))
    }
}

/// Why a known key opens nothing for this request.
fn service_fault(key: &KeyRow, headers: &HeaderMap, now: Timestamp) -> Option<AccessError> {
    if key.revoked_at.is_some() {
        return Some(AccessError::ApiKeyInvalid(KeyFault::Revoked));
    }
    if !key.is_live(now) {
        return Some(AccessError::ApiKeyInvalid(KeyFault::Expired));
    }
    let mut named = headers.get_all(SERVICE_HEADER).iter();
    named.any(|name| name.as_bytes() != key.service.as_bytes()).then_some(AccessError::ServiceMismatch)
}

/// The key in `Authorization` or `X-API-Key`.
fn api_key(headers: &HeaderMap) -> Result<Option<&str>, AccessError> {
    let ambiguous = AccessError::ApiKeyInvalid(KeyFault::Ambiguous);
    let mut found = None;
    for value in headers.get_all(header::AUTHORIZATION) {
        let text = value.to_str().map_err(|_| ambiguous)?;
        let (scheme, key) = text.split_once(' ').ok_or(ambiguous)?;
        let is_key = scheme.eq_ignore_ascii_case("bearer") && key.trim().starts_with(PREFIX);
        if !is_key || found.replace(key.trim()).is_some_and(|other| other != key.trim()) {
            return Err(ambiguous);
        }
    }
    for value in headers.get_all(KEY_HEADER) {
        let key = value.to_str().map_err(|_| ambiguous)?;
        if found.replace(key).is_some_and(|other| other != key) {
            return Err(ambiguous);
        }
    }
    Ok(found)
}

/// A database that cannot be written may still be read: the request goes on.
fn report(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a session or key could not be noted");
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn one_key_is_taken_from_either_header_and_two_that_differ_from_neither() {
        type Headers = &'static [(&'static str, &'static str)];
        let ambiguous = Err(AccessError::ApiKeyInvalid(KeyFault::Ambiguous));
        let cases: [(Headers, Result<Option<&str>, AccessError>); 7] = [
            (&[], Ok(None)),
            (&[("authorization", "Bearer ces_a")], Ok(Some("ces_a"))),
            (&[("authorization", "bearer ces_a"), ("x-api-key", "ces_a")], Ok(Some("ces_a"))),
            (&[("x-api-key", "ces_b")], Ok(Some("ces_b"))),
            (&[("authorization", "Bearer ces_a"), ("x-api-key", "ces_b")], ambiguous),
            (&[("authorization", "Basic dXNlcjpwYXNz")], ambiguous),
            (&[("authorization", "Bearer eyJhbGciOiJub25lIn0")], ambiguous),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(api_key(&headers), expected, "{pairs:?}");
        }
    }
}
