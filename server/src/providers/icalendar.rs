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

const DAY_MS: i64 = 24 * 3_600_000;

/// For how many days back recurring events are listed.
const PAST_DAYS: i64 = 31;

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
        let now = caller.clock.now();
        if known.longer_from.is_none_or(|from| now.as_millis() < from) {
            get.ask_unless(known);
        }
        let answer = caller.get(get).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Listing::Unchanged);
        }
        let until = now.saturating_add_ms(i64::from(self.config.horizon_days) * DAY_MS);
        let range = now.saturating_add_ms(-PAST_DAYS * DAY_MS)..until;
        let read = read_calendar(&answer.body, self.config.time_zone.clone(), &self.dates, &range)
            .map_err(|problem| ProviderError::Malformed(problem.message))?;
        let events = read.events.into_iter().map(|(key, mut document)| {
            document.remove("event_id");
            ListedEvent { key, document }
        });
        let refused = read.refused.into_iter();
        let refused = refused.map(|row| RefusedRecord { key: row.uid, problems: row.problems });
        let mut validators = Validators::of(&answer.headers);
        validators.longer_from = read.goes_on.then(|| now.saturating_add_ms(DAY_MS).as_millis());
        Ok(Listing::Whole {
            events: events.collect(),
            refused: refused.collect(),
            series: read.series,
            validators,
        })
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
