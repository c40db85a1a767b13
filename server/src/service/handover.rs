//! What is handed over: the same JSON in every way of delivery.

use client_event_scheduler::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::vault::OpenError;
use super::{SchedulingService, TimezoneContext};
use crate::problem::ApiError;
use crate::store::{OccurrenceRow, OutboxRow, ScheduledRow};

/// An attempt that is handed over.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Handover {
    /// Its identity, the same in every attempt: what has been done for it need not be done again.
    pub occurrence_id: String,
    /// Of what it is an occurrence.
    pub event_id: String,
    /// What is to happen.
    pub r#type: String,
    /// Whose it is.
    pub service_id: String,
    /// To what.
    pub entity_id: String,
    /// The time as it was written.
    pub scheduled_time: String,
    /// When this occurrence was due.
    pub due_at: String,
    /// The zones that belong to it.
    pub timezone_context: HandedZones,
    /// The name of the reminder that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<String>,
    /// What was given with it.
    #[schema(value_type = serde_json::Value)]
    pub payload: Box<RawValue>,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// When it was handed over.
    pub handed_at: String,
    /// By when it has to be acknowledged.
    pub deadline_at: Option<String>,
    /// Where to.
    pub acknowledge: Acknowledge,
}

/// The zones of an event, as they were given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HandedZones)]
pub struct HandedZones {
    resource_timezone: Option<String>,
    user_timezone: Option<String>,
    execution_timezone: Option<String>,
}

/// Where an attempt is acknowledged.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Acknowledge {
    /// Where `{"attempt": 1}` says that it was successful.
    complete: String,
    /// Where `{"attempt": 1, "error": "…"}` says that it has failed.
    fail: String,
}

impl HandedZones {
    pub(super) fn of(row: &ScheduledRow) -> Self {
        Self {
            resource_timezone: row.zones.resource.clone(),
            user_timezone: row.zones.user.clone(),
            execution_timezone: row.zones.execution.clone(),
        }
    }
}

impl From<HandedZones> for TimezoneContext {
    fn from(zones: HandedZones) -> Self {
        Self {
            resource_timezone: zones.resource_timezone,
            user_timezone: zones.user_timezone,
            execution_timezone: zones.execution_timezone,
        }
    }
}

impl SchedulingService {
    /// What is handed over for one attempt.
    pub(super) fn handover(
        &self,
        event: &ScheduledRow,
        occurrence: &OccurrenceRow,
        attempt: u32,
        handed_at: Timestamp,
    ) -> Result<Handover, OpenError> {
        let payload = self.payload_of(event)?;
        let payload = RawValue::from_string(payload).map_err(|_| OpenError::Damaged)?;
        let place = encoded(&occurrence.occurrence_id);
        Ok(Handover {
            occurrence_id: occurrence.occurrence_id.clone(),
            event_id: event.event_id.clone(),
            r#type: event.kind.clone(),
            service_id: event.service.clone(),
            entity_id: event.entity_id.clone(),
            scheduled_time: event.scheduled_time.clone(),
            due_at: occurrence.due_at.to_string(),
            timezone_context: HandedZones::of(event),
            reminder: event.reminder.clone(),
            payload,
            attempt,
            max_attempts: occurrence.standing.attempts_allowed,
            handed_at: handed_at.to_string(),
            deadline_at: occurrence.standing.wake_at.map(|at| at.to_string()),
            acknowledge: Acknowledge {
                complete: format!("/api/events/{place}/complete"),
                fail: format!("/api/events/{place}/fail"),
            },
        })
    }

    /// Returns what waits in the outbox of `service` behind the place `after`, each with its place.
    ///
    /// # Errors
    ///
    /// The database failed. What cannot be opened is left out; what is damaged is given up, with its reason.
    pub async fn fetch(
        &self,
        service: &str,
        after: u64,
        limit: u32,
    ) -> Result<(Vec<(u64, Handover)>, Option<u64>), ApiError> {
        let rows = self.store().outbox(service, after, limit).await?;
        let last = rows.last().map(|row| row.seq);
        let mut handed = Vec::with_capacity(rows.len());
        for OutboxRow { seq, attempt, handed_at, event, occurrence } in rows {
            match self.handover(&event, &occurrence, attempt, handed_at) {
                Ok(handover) => handed.push((seq, handover)),
                // Another node may have the key, or this one when its settings are put right: it stays where it is.
                Err(error @ OpenError::KeyMissing(_)) => {
                    tracing::error!(%error, occurrence = %occurrence.occurrence_id, "an occurrence cannot be handed over by this node");
                }
                Err(error) => self.give_up(&occurrence, attempt, &error.to_string()).await?,
            }
        }
        Ok((handed, last))
    }
}

/// A text as one segment of an address.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_segment_of_an_address() {
        let id = "evt_1/occurrence@2026-05-01T09:00:00.000Z";
        assert_eq!(encoded(id), "evt_1%2Foccurrence%402026-05-01T09%3A00%3A00.000Z");
    }
}
