//! The demo set: real conferences, shifted so that today falls in their busy middle.

use client_event_scheduler::time::{CivilDate, ParsedDate, parse_date};
use client_event_scheduler::{EventDefinition, Lifecycle, Timestamp, WindowField};
use serde::Serialize;

use crate::events::{DateSettings, Document, canonical, shift, triggers_of};
use crate::store::{NewEvent, Store, StoreError};

const CONFERENCES: &[u8] = include_bytes!("../demo/conferences.json");

const SHIFTED_WEEKS: &str = "demo_shifted_weeks";
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// How a loaded demo set differs from the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DemoNote {
    /// Every date was moved by this many weeks, forward if positive.
    pub shifted_weeks: i64,
}

/// What became of the wish to load the demo set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoOutcome {
    /// It was loaded.
    Loaded {
        /// How many events.
        events: usize,
        /// How many of them cannot be scheduled as they are.
        quarantined: usize,
        /// By how much their dates were moved.
        note: DemoNote,
    },
    /// The database holds events already and was left as it was.
    NotEmpty,
}

impl DemoNote {
    /// Returns the note of the demo set in this database, if one was ever loaded.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn read(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(text) = store.meta(SHIFTED_WEEKS).await? else { return Ok(None) };
        let damaged = |_| StoreError::Damaged { what: format!("{SHIFTED_WEEKS} is {text:?}") };
        Ok(Some(Self { shifted_weeks: text.parse().map_err(damaged)? }))
    }
}

/// Loads the conferences into an empty database, all in one transaction. Invalid ones are stored as they are.
///
/// # Errors
///
/// The database failed; nothing was loaded then.
pub async fn load(store: &Store, now: Timestamp, dates: &DateSettings) -> Result<DemoOutcome, StoreError> {
    let mut transaction = store.begin_write().await?;
    if !transaction.is_empty().await? {
        return Ok(DemoOutcome::NotEmpty);
    }
    let conferences = conferences()?;
    let note = DemoNote { shifted_weeks: weeks_to(now, &conferences) };
    let events = conferences.len();
    let mut quarantined = 0;
    for mut conference in conferences {
        shift(&mut conference, note.shifted_weeks * WEEK_MS);
        let json = conference.to_json();
        let lifecycle = match EventDefinition::from_json(json.as_bytes(), &dates.context()) {
            Ok(definition) => definition.approval.lifecycle,
            Err(_) => {
                quarantined += 1;
                Lifecycle::Computed
            }
        };
        let event_id = conference.text("event_id").unwrap_or_default();
        let conference = canonical(conference, lifecycle);
        let json = conference.to_json();
        let (due, index) = (triggers_of(&json, dates), dates.index(&conference));
        let event = NewEvent {
            event_id: &event_id,
            revision: 1,
            document: &json,
            created_at: now,
            due,
            index: Some(&index),
        };
        transaction.put(event, now).await?;
    }
    transaction.set_meta(SHIFTED_WEEKS, &note.shifted_weeks.to_string()).await?;
    transaction.commit().await?;
    Ok(DemoOutcome::Loaded { events, quarantined, note })
}

fn conferences() -> Result<Vec<Document>, StoreError> {
    serde_json::from_slice(CONFERENCES)
        .map_err(|error| StoreError::Damaged { what: format!("the built-in demo set: {error}") })
}

/// The whole number of weeks that brings the median start nearest to `now`.
fn weeks_to(now: Timestamp, conferences: &[Document]) -> i64 {
    let start = |conference: &Document| date_of(&conference.text(WindowField::Start.name())?);
    let mut starts: Vec<_> = conferences.iter().filter_map(start).collect();
    starts.sort_unstable();
    let Some(median) = starts.get(starts.len() / 2) else { return 0 };
    let median_ms = i64::from(median.days()) * 24 * 3_600_000;
    (now.as_millis() - median_ms + WEEK_MS / 2).div_euclid(WEEK_MS)
}

/// The date that a text begins with.
fn date_of(text: &str) -> Option<CivilDate> {
    match parse_date(text.get(..10)?) {
        Ok(ParsedDate::Local(local)) => Some(local.date()),
        Ok(ParsedDate::Instant(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::shifted;

    #[test]
    fn today_falls_in_the_middle_of_the_shifted_set() {
        let conferences = conferences().expect("the built-in set is valid JSON");
        for now in ["2024-01-01T12:00Z", "2026-11-22T09:30Z", "2031-06-30T00:00Z"] {
            let Ok(ParsedDate::Instant(now)) = parse_date(now) else { panic!("{now}") };
            let weeks = weeks_to(now, &conferences);
            let text = now.to_string();
            let shifted_starts = conferences
                .iter()
                .filter_map(|conference| shifted(&conference.text("start_datetime")?, weeks * WEEK_MS));
            let (before, after): (Vec<_>, Vec<_>) = shifted_starts.partition(|start| *start < text);
            let share = before.len() as f64 / (before.len() + after.len()) as f64;
            assert!((0.45..0.55).contains(&share), "{share} of the events start before {text}");
        }
    }
}
