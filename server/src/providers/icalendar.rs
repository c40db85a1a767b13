//! A provider that is a calendar (RFC 5545) at an address.

use async_trait::async_trait;
use axum::http::StatusCode;
use client_event_scheduler::Timestamp;

use super::caller::{Caller, Get};
use super::{
    CalendarConfig, Credentials, ListedEvent, Listing, Page, Provider, ProviderError, RefusedRecord,
    Validators,
};
use crate::events::{DateSettings, read_calendar};

/// A calendar at an address.
#[derive(Debug)]
pub(super) struct CalendarProvider {
    pub(super) config: CalendarConfig,
    pub(super) credentials: Credentials,
    pub(super) dates: DateSettings,
}

#[async_trait]
impl Provider for CalendarProvider {
    async fn events(&self, caller: &Caller, known: &Validators) -> Result<Listing, ProviderError> {
        let mut get = Get::new(&self.config.url, "text/calendar").with_credentials(&self.credentials)?;
        get.ask_unless(known);
        let answer = caller.get(get).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Listing::Unchanged);
        }
        let rows = read_calendar(&answer.body, self.config.time_zone.clone(), &self.dates)
            .map_err(|problem| ProviderError::Malformed(problem.message))?;
        let (mut events, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok((key, mut document)) => {
                    document.remove("event_id");
                    events.push(ListedEvent { key, document });
                }
                Err(row) => refused.push(RefusedRecord { key: row.event_id, problems: row.problems }),
            }
        }
        Ok(Listing::Whole { events, refused, validators: Validators::of(&answer.headers) })
    }

    fn has_participants(&self) -> bool {
        false
    }

    async fn participants(
        &self,
        _: &Caller,
        _: &str,
        _: Option<Timestamp>,
        _: Option<&str>,
    ) -> Result<Page, ProviderError> {
        Ok(Page::default())
    }
}
