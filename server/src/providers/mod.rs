//! Events that live in another system: what a provider is asked, and what it answers.
//!
//! A provider makes requests and reads answers, and nothing else: it keeps nothing. When it is asked, and what becomes of the answer, is
//! the affair of [`sync`], by the rules in [`client_event_scheduler::providers`]. Every request of an account goes through its [`Caller`],
//! which takes it from the account's budget first.

pub mod accounts;
mod caller;
mod config;
mod error;
mod icalendar;
mod json;
mod runsignup;
pub mod sync;
pub mod views;

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};

pub use caller::{Caller, Ledger};
pub use config::{
    CalendarConfig, Credentials, JsonConfig, JsonParticipants, ProviderConfig, RunSignUpConfig, SinceFormat,
    SinceParameter,
};
pub use error::ProviderError;

use crate::events::{DateSettings, Document};
use crate::problem::FieldProblem;
use icalendar::CalendarProvider;
use json::JsonProvider;
use runsignup::RunSignUp;

/// A system that has events.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Every event of the account.
    ///
    /// # Errors
    ///
    /// See [`ProviderError`]. What was read until then is not used: a list that is not whole says of no event that it is gone.
    async fn events(&self, caller: &Caller, known: &Validators) -> Result<Listing, ProviderError>;

    /// Whether it can be asked for participants.
    fn has_participants(&self) -> bool;

    /// The next page of the participants of an event that were changed at `since` or later, removed ones too; of all of them where there
    /// is no `since`. `cursor` is what the page before has said, and none for the first one.
    ///
    /// # Errors
    ///
    /// See [`ProviderError`]. The page can be asked for again.
    async fn participants(
        &self,
        caller: &Caller,
        event_key: &str,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<Page, ProviderError>;
}

/// By what a provider tells whether a list has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The entity tag of the last list.
    pub etag: Option<String>,
    /// When it was modified last, as the provider has written it.
    pub last_modified: Option<String>,
    /// From when on, in milliseconds since 1970, the list has more events without having changed; none where it never has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer_from: Option<i64>,
}

/// The events of an account.
#[derive(Debug)]
pub enum Listing {
    /// They are what they were.
    Unchanged,
    /// All of them.
    Whole {
        /// Those that could be read.
        events: Vec<ListedEvent>,
        /// Those that could not. They are not gone.
        refused: Vec<RefusedRecord>,
        /// The series of events that it has, each with the range within which its events are told. Others of the series are not gone.
        /// The key of an event of a series is that of the series, `/`, and what tells it from the others.
        series: BTreeMap<String, Range<Timestamp>>,
        /// What the next request says.
        validators: Validators,
    },
}

/// An event as a provider tells it.
#[derive(Debug, Clone)]
pub struct ListedEvent {
    /// What the provider calls it.
    pub key: String,
    /// The fields that it tells, without `event_id`.
    pub document: Document,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedRecord {
    /// What the provider calls it, where that could be read.
    pub key: Option<String>,
    /// Why.
    pub problems: Vec<FieldProblem>,
}

impl RefusedRecord {
    fn malformed(key: Option<String>, field: &str, message: impl Into<String>) -> Self {
        Self { key, problems: vec![FieldProblem::new(field.to_owned(), "RECORD_MALFORMED", message)] }
    }
}

/// Participants of an event.
#[derive(Debug, Default)]
pub struct Page {
    /// Those that could be read.
    pub participants: Vec<Participant>,
    /// Those that could not.
    pub refused: Vec<RefusedRecord>,
    /// The provider's clock when it was asked, where it tells that.
    pub provider_now: Option<Timestamp>,
    /// From where the next page goes on; none after the last one.
    pub next: Option<String>,
}

/// A participant as a provider tells it. Names and addresses of people stay where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// What the provider calls it.
    pub key: String,
    /// When it was changed last, by the provider's clock.
    pub modified_at: Timestamp,
    /// Whether it takes part no more.
    pub removed: bool,
}

/// The provider that `config` describes.
pub fn provider(config: ProviderConfig, credentials: Credentials, dates: DateSettings) -> Box<dyn Provider> {
    match config {
        ProviderConfig::Json(config) => Box::new(JsonProvider { config, credentials }),
        ProviderConfig::ICalendar(config) => Box::new(CalendarProvider { config, credentials, dates }),
        ProviderConfig::RunSignUp(config) => Box::new(RunSignUp { config, credentials }),
    }
}
