//! What lists filter and sort by: derived from the core's reading of an event, and from nothing else.

use client_event_scheduler::{
    ApprovalStatus, EventDefinition, Phase, Timestamp, TriggerKind, WindowField, ZoneProvider, ZoneTable,
    due_times, status_at,
};

use super::fold::fold;
use super::{DateSettings, Document, limits};
use crate::store::{EventIndex, Store, StoreError};

/// Raised when an index is derived in another way from the same document.
const RULES: u32 = 1;

const BASIS: &str = "event_index_basis";

/// Stands for the phase of an event that cannot be understood.
const QUARANTINE: i64 = -1;

/// The phases that follow each other in time, by number, after the first.
const LATER_PHASES: [u8; 7] = [2, 3, 4, 5, 6, 7, 8];

impl DateSettings {
    /// Derives what lists know of an event from its document.
    pub fn index(&self, document: &Document) -> EventIndex {
        let json = document.to_json();
        match EventDefinition::from_json(json.as_bytes(), &self.context()) {
            Ok(definition) => index_of(document, &definition),
            Err(_) => texts_of(document),
        }
    }
}

/// Derives what lists know of an event that has been read already.
pub(super) fn index_of(document: &Document, definition: &EventDefinition<'_>) -> EventIndex {
    let windows = WindowField::ALL.map(|field| definition.windows.get(field).map(Timestamp::as_millis));
    let due = due_times(definition);
    let mut due: Vec<_> = TriggerKind::ALL.into_iter().filter_map(|kind| due.get(kind)).collect();
    due.sort_unstable();
    EventIndex {
        approval: approval_text(definition.approval.status),
        quarantined: false,
        windows,
        fixed_phase: fixed_phase(definition).map(|phase| i64::from(phase as u8)),
        phases_from: LATER_PHASES.map(|number| phase_from(definition, number)),
        due: std::array::from_fn(|place| due.get(place).copied().map(Timestamp::as_millis)),
        ..texts_of(document)
    }
}

/// The text of an approval in filters and in the index.
pub(super) const fn approval_text(status: ApprovalStatus) -> &'static str {
    match status {
        ApprovalStatus::Unstated => "unstated",
        ApprovalStatus::PendingApproval => "pending_approval",
        ApprovalStatus::Approved => "approved",
        ApprovalStatus::Declined => "declined",
    }
}

/// What can be said of an event that cannot be understood.
fn texts_of(document: &Document) -> EventIndex {
    let folded = |field: &str| fold(&document.text(field).unwrap_or_default());
    let (name_key, venue_key) = (folded("event_name"), folded("venue"));
    let search_text = [name_key.as_str(), &venue_key, &folded("event_id")].join("\n");
    EventIndex {
        name_key,
        venue_key,
        search_text,
        approval: approval_text(ApprovalStatus::Unstated),
        published: document.raw("published") == Some("true"),
        quarantined: true,
        windows: [None; 6],
        fixed_phase: Some(QUARANTINE),
        phases_from: [i64::MAX; 7],
        due: [None; 6],
    }
}

/// The phase that no passing of time changes.
fn fixed_phase(definition: &EventDefinition<'_>) -> Option<Phase> {
    let first = status_at(definition, Timestamp::MIN);
    let is_timed = (Phase::RegistrationNotStarted..=Phase::Completed).contains(&first);
    (!is_timed).then_some(first)
}

/// The first instant at which the core puts the event into a phase of at least this number. Phases change at dates only.
fn phase_from(definition: &EventDefinition<'_>, number: u8) -> i64 {
    let reached = |at: Timestamp| status_at(definition, at) as u8 >= number;
    if reached(Timestamp::MIN) {
        return i64::MIN;
    }
    let mut dates: Vec<_> =
        WindowField::ALL.into_iter().filter_map(|field| definition.windows.get(field)).collect();
    dates.sort_unstable();
    dates.into_iter().find(|at| reached(*at)).map_or(i64::MAX, Timestamp::as_millis)
}

/// Derives the index of every event anew if the stored one was derived by other rules, from another zone table or with another
/// default zone. Returns how many there were. What was interrupted begins again at the next start.
///
/// # Errors
///
/// The database failed.
pub async fn refresh(store: &Store, dates: &DateSettings) -> Result<Option<usize>, StoreError> {
    let basis = basis(dates);
    if store.meta(BASIS).await?.as_deref() == Some(&basis) {
        return Ok(None);
    }
    let mut refreshed = 0;
    let mut after = String::new();
    loop {
        let ids = store.event_ids_after(&after, limits::INDEX_CHUNK).await?;
        let Some(last) = ids.last().cloned() else { break };
        let mut transaction = store.begin_write().await?;
        for event_id in &ids {
            // Deleted since it was listed: its tombstone has taken the entry away.
            let row = transaction.event(event_id).await?;
            let Some(row) = row.filter(|row| !row.is_tombstone()) else { continue };
            let document = Document::from_json(row.document.as_bytes()).unwrap_or_default();
            transaction.put_index(event_id, &dates.index(&document), row.updated_at).await?;
            refreshed += 1;
        }
        transaction.commit().await?;
        after = last;
    }
    let mut transaction = store.begin_write().await?;
    transaction.set_meta(BASIS, &basis).await?;
    transaction.commit().await?;
    Ok(Some(refreshed))
}

fn basis(dates: &DateSettings) -> String {
    let zone = dates.default_time_zone.as_deref().unwrap_or("none");
    format!("rules {RULES}, zones {}, default zone {zone}", ZoneTable::embedded().version())
}
