//! A provider that is any endpoint with JSON: what is where in its answers, the configuration says.

use std::collections::BTreeMap;

use async_trait::async_trait;
use client_event_scheduler::Timestamp;
use client_event_scheduler::time::{ParsedDate, parse_date};
use serde_json::{Map, Value};
use url::Url;

use super::caller::{Caller, Get, told_now};
use super::{
    Credentials, JsonConfig, JsonParticipants, ListedEvent, Listing, Page, Participant, Provider,
    ProviderError, RefusedRecord, SinceFormat, Validators,
};
use crate::events::Document;

/// Pages that a list may have: one whose pages go in a circle ends here.
const PAGES: usize = 1_000;

/// An endpoint with JSON.
#[derive(Debug)]
pub(super) struct JsonProvider {
    pub(super) config: Box<JsonConfig>,
    pub(super) credentials: Credentials,
}

#[async_trait]
impl Provider for JsonProvider {
    async fn events(&self, caller: &Caller, known: &Validators) -> Result<Listing, ProviderError> {
        let (mut events, mut refused, mut validators) = (Vec::new(), Vec::new(), Validators::default());
        let mut url = read_url(&self.config.url)?;
        for page in 0..PAGES {
            // That the first of several pages is unchanged says nothing of the others.
            let asked = (page == 0 && self.config.next.is_none()).then_some(known);
            let Some(answer) = self.ask(caller, &url, asked).await? else { return Ok(Listing::Unchanged) };
            if page == 0 {
                validators = answer.validators;
            }
            for item in items(&answer.value, &self.config.items)? {
                match self.event(item) {
                    Ok(event) => events.push(event),
                    Err(record) => refused.push(record),
                }
            }
            match next_url(&answer.value, self.config.next.as_deref(), &url)? {
                Some(next) => url = next,
                None => {
                    let series = BTreeMap::new();
                    return Ok(Listing::Whole { events, refused, series, validators });
                }
            }
        }
        Err(ProviderError::Malformed(format!("there are more than {PAGES} pages")))
    }

    fn has_participants(&self) -> bool {
        self.config.participants.is_some()
    }

    async fn participants(
        &self,
        caller: &Caller,
        event_key: &str,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<Page, ProviderError> {
        let Some(config) = &self.config.participants else { return Ok(Page::default()) };
        let first = participants_url(config, event_key, since)?;
        let url = match cursor {
            None => first,
            Some(cursor) => same_origin(&first, read_url(cursor)?)?,
        };
        let Some(answer) = self.ask(caller, &url, None).await? else {
            return Err(ProviderError::Malformed("304 was not asked for".to_owned()));
        };
        let mut page = Page { provider_now: answer.provider_now, ..Page::default() };
        for item in items(&answer.value, &config.items)? {
            match participant(config, item) {
                Ok(participant) => page.participants.push(participant),
                Err(record) => page.refused.push(record),
            }
        }
        let next = next_url(&answer.value, config.next.as_deref(), &url)?;
        page.next = next.filter(|next| *next != url).map(String::from);
        Ok(page)
    }
}

/// An answer that was read.
struct Told {
    value: Value,
    validators: Validators,
    provider_now: Option<Timestamp>,
}

impl JsonProvider {
    /// None where the list is unchanged.
    async fn ask(
        &self,
        caller: &Caller,
        url: &Url,
        known: Option<&Validators>,
    ) -> Result<Option<Told>, ProviderError> {
        let mut get = Get::new(url.as_str(), "application/json").with_credentials(&self.credentials)?;
        if let Some(known) = known {
            get.ask_unless(known);
        }
        let answer = caller.get(get).await?;
        if answer.status == axum::http::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let value = read_json(&answer.body)?;
        let validators = Validators::of(&answer.headers);
        Ok(Some(Told { value, validators, provider_now: told_now(&answer.headers) }))
    }

    fn event(&self, item: &Value) -> Result<ListedEvent, RefusedRecord> {
        let key = key_of(item, &self.config.key)?;
        let mut fields = Map::new();
        for (field, pointer) in &self.config.fields {
            if let Some(value) = item.pointer(pointer).filter(|value| !value.is_null()) {
                fields.insert(field.clone(), value.clone());
            }
        }
        if let Some(zone) = &self.config.time_zone {
            fields.entry("timezone").or_insert_with(|| Value::from(zone.as_str()));
        }
        let document = Document::from_json(Value::from(fields).to_string().as_bytes());
        match document {
            Ok(document) => Ok(ListedEvent { key, document }),
            Err(error) => Err(RefusedRecord::malformed(Some(key), "", error.to_string())),
        }
    }
}

/// Reads the body of an answer.
pub(super) fn read_json(body: &[u8]) -> Result<Value, ProviderError> {
    serde_json::from_slice(body).map_err(|error| {
        ProviderError::Malformed(format!("it is no JSON (line {}, column {})", error.line(), error.column()))
    })
}

fn read_url(text: &str) -> Result<Url, ProviderError> {
    Url::parse(text)
        .map_err(|error| ProviderError::Misconfigured(format!("an address cannot be read: {error}")))
}

fn participants_url(
    config: &JsonParticipants,
    event_key: &str,
    since: Option<Timestamp>,
) -> Result<Url, ProviderError> {
    let mut url = read_url(&config.url.replace("{event}", &encoded(event_key)))?;
    if let (Some(parameter), Some(since)) = (&config.since, since) {
        let value = match parameter.format {
            SinceFormat::Unix => since.as_millis().div_euclid(1000).to_string(),
            SinceFormat::Rfc3339 => since.to_string(),
        };
        url.query_pairs_mut().append_pair(&parameter.name, &value);
    }
    Ok(url)
}

/// A key as part of an address: whatever is in it, it stays one part.
fn encoded(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn items<'a>(answer: &'a Value, pointer: &str) -> Result<&'a Vec<Value>, ProviderError> {
    let found = answer.pointer(pointer).and_then(Value::as_array);
    found.ok_or_else(|| {
        ProviderError::Malformed(match pointer {
            "" => "it is no array".to_owned(),
            _ => format!("there is no array at {pointer}"),
        })
    })
}

/// The address of the page after the one at `url`.
fn next_url(answer: &Value, pointer: Option<&str>, url: &Url) -> Result<Option<Url>, ProviderError> {
    let next = pointer.and_then(|pointer| answer.pointer(pointer)).and_then(Value::as_str);
    let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(None) };
    let next = url.join(next).map_err(|error| {
        ProviderError::Malformed(format!("the address of the next page cannot be read: {error}"))
    })?;
    same_origin(url, next).map(Some)
}

/// The credentials are shown to nobody but the host that the operator has named.
fn same_origin(url: &Url, next: Url) -> Result<Url, ProviderError> {
    if url.origin() == next.origin() {
        return Ok(next);
    }
    Err(ProviderError::Malformed("the next page is on another host".to_owned()))
}

fn key_of(item: &Value, pointer: &str) -> Result<String, RefusedRecord> {
    match item.pointer(pointer) {
        Some(Value::String(key)) if !key.is_empty() => Ok(key.clone()),
        Some(Value::Number(key)) => Ok(key.to_string()),
        _ => Err(RefusedRecord::malformed(None, pointer, "has no key there: a text or a number")),
    }
}

fn participant(config: &JsonParticipants, item: &Value) -> Result<Participant, RefusedRecord> {
    let key = key_of(item, &config.key)?;
    let Some(modified_at) = item.pointer(&config.modified_at).and_then(read_time) else {
        let message = "is no time: seconds or milliseconds since 1970, or RFC 3339 with an offset";
        return Err(RefusedRecord::malformed(Some(key), &config.modified_at, message));
    };
    let removed = config.removed.as_deref().and_then(|pointer| item.pointer(pointer)).is_some_and(says_yes);
    Ok(Participant { key, modified_at, removed })
}

/// Seconds since 1970 do not reach this before the year 5138, milliseconds have since 1973.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

fn read_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            let ms = if number.abs() < FIRST_MILLISECONDS { number * 1000 } else { number };
            Timestamp::from_millis(ms)
        }
        Value::String(text) => match parse_date(text) {
            Ok(ParsedDate::Instant(at)) => Some(at),
            _ => None,
        },
        _ => None,
    }
}

fn says_yes(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "false" && text != "0",
        Value::Array(_) | Value::Object(_) => true,
    }
}
