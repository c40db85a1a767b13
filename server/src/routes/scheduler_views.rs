//! What `/api/v1/admin/scheduler` answers with. Instants are RFC 3339 in UTC, spans in milliseconds.

use std::collections::BTreeMap;

use client_event_scheduler::{Explanation, Timestamp, TriggerState};
use serde::Serialize;

use crate::host::{HostView, LastError, TriggerView};
use crate::store::{Control, Downtime, Happening, LeaseRow, Recorded, StatusText, TriggerRow};

/// The state of the scheduler.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SchedulerStatusView {
    running: bool,
    triggers_queued: usize,
    events_tracked: usize,
    events_quarantined: usize,
    deliveries_waiting: usize,
    next_trigger: Option<TriggerView>,
    queue_preview: Vec<TriggerView>,
    /// Triggers settled since the database was made, by cause or by why they were left out.
    settled: BTreeMap<String, u64>,
    missed: Missed,
    max_downtime_hours: u32,
    last_downtime: Option<DowntimeView>,
    paused: Option<PauseView>,
    last_tick_at: Option<String>,
    last_error: Option<LastError>,
    node: NodeView,
    now: String,
}

/// What of the status is on record.
pub(super) struct Record {
    pub(super) lease: LeaseRow,
    pub(super) counts: Vec<(String, u64)>,
    pub(super) last_downtime: Option<Downtime>,
    /// What was ordered, and is carried out.
    pub(super) control: Control,
}

/// What was missed, and what became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Missed {
    detected: u64,
    recovered: u64,
    expired: u64,
    superseded: u64,
    skipped: u64,
}

/// A time in which no scheduler ran.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DowntimeView {
    since: String,
    until: String,
    duration_ms: i64,
    missed: u64,
}

/// Since when, and why, nothing is delivered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PauseView {
    since: String,
    reason: String,
}

/// Who acts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct NodeView {
    /// Whether the node that answers is the one that acts.
    acting: bool,
    /// The node that acts, or did so last.
    holder: String,
    epoch: u64,
    alive_at: Option<String>,
}

impl SchedulerStatusView {
    pub(super) fn new(view: &HostView, record: Record, now: Timestamp) -> Self {
        let lease = record.lease;
        let settled: BTreeMap<_, _> = record.counts.into_iter().collect();
        Self {
            running: view.running,
            triggers_queued: view.shown.triggers_queued,
            events_tracked: view.shown.events_tracked,
            events_quarantined: view.shown.quarantined.len(),
            deliveries_waiting: view.shown.deliveries_waiting,
            next_trigger: view.shown.queue_preview.first().cloned(),
            queue_preview: view.shown.queue_preview.clone(),
            missed: Missed::of(&settled),
            settled,
            // What is shown of the scheduler may be from before an order that was just carried out.
            max_downtime_hours: record.control.max_downtime_hours.unwrap_or(view.shown.max_downtime_hours),
            last_downtime: record.last_downtime.map(DowntimeView::from),
            paused: record
                .control
                .paused
                .map(|(since, reason)| PauseView { since: since.to_string(), reason }),
            last_tick_at: view.last_tick_at.map(|at| at.to_string()),
            last_error: view.last_error.clone(),
            node: NodeView {
                acting: view.lease_epoch == Some(lease.epoch),
                holder: lease.holder,
                epoch: lease.epoch,
                alive_at: lease.alive_at.map(|at| at.to_string()),
            },
            now: now.to_string(),
        }
    }
}

impl Missed {
    fn of(settled: &BTreeMap<String, u64>) -> Self {
        let count = |name: &str| settled.get(name).copied().unwrap_or_default();
        let (recovered, expired) = (count("recovered"), count("expired"));
        let (superseded, skipped) = (count("superseded"), count("skipped"));
        Self { detected: recovered + expired + superseded + skipped, recovered, expired, superseded, skipped }
    }
}

impl From<Downtime> for DowntimeView {
    fn from(downtime: Downtime) -> Self {
        Self {
            since: downtime.since.to_string(),
            until: downtime.until.to_string(),
            duration_ms: downtime.until.millis_since(downtime.since),
            missed: downtime.missed,
        }
    }
}

/// A page of triggers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TriggerPage {
    pub(super) triggers: Vec<TriggerRowView>,
    pub(super) next_cursor: Option<String>,
    pub(super) now: String,
}

/// A trigger and what has become of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TriggerRowView {
    trigger_id: String,
    event_id: String,
    kind: &'static str,
    due_at: String,
    /// Negative for one that is past.
    time_until_ms: i64,
    state: String,
    settled_at: Option<String>,
    generation: u32,
    /// Whether its event still has it.
    present: bool,
}

impl TriggerRowView {
    pub(super) fn new(row: &TriggerRow, now: Timestamp) -> Self {
        Self {
            trigger_id: row.trigger_id().to_string(),
            event_id: row.event_id.clone(),
            kind: row.kind.as_str(),
            due_at: row.due_at.to_string(),
            time_until_ms: row.due_at.millis_since(now),
            state: row.state.clone(),
            settled_at: row.settled_at.map(|at| at.to_string()),
            generation: row.generation,
            present: row.present,
        }
    }
}

/// A page of the history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HistoryPage {
    pub(super) history: Vec<HistoryView>,
    pub(super) next_cursor: Option<String>,
}

/// One settled trigger, or one status change that no trigger made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HistoryView {
    id: u64,
    event_id: String,
    trigger_id: Option<String>,
    kind: &'static str,
    cause: &'static str,
    superseded: bool,
    scheduled_at: String,
    executed_at: String,
    lateness_ms: i64,
    revision: Option<u64>,
    before: Option<StatusView>,
    after: Option<StatusView>,
    epoch: Option<u64>,
}

/// A status, in the words of the feed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct StatusView {
    status: String,
    sub_status: String,
}

impl From<&Recorded> for HistoryView {
    fn from(recorded: &Recorded) -> Self {
        let entry = &recorded.entry;
        let status = |pair: &Option<StatusText>| {
            pair.clone().map(|(status, sub_status)| StatusView { status, sub_status })
        };
        Self {
            id: recorded.id,
            event_id: entry.event_id.clone(),
            trigger_id: entry.trigger_id().map(|id| id.to_string()),
            kind: entry.what.kind_text(),
            cause: entry.what.cause_text(),
            superseded: entry.what.is_superseded(),
            scheduled_at: entry.scheduled_at.to_string(),
            executed_at: entry.executed_at.to_string(),
            lateness_ms: entry.executed_at.millis_since(entry.scheduled_at),
            revision: entry.revision,
            before: status(&entry.before),
            after: status(&entry.after),
            epoch: recorded.epoch,
        }
    }
}

/// The answer to an order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct OrderAnswer {
    pub(super) success: bool,
    pub(super) order_id: u64,
    /// False if nobody has carried it out yet: it is kept, and will be.
    pub(super) done: bool,
    /// Occurrences that a backfill has put into the queue.
    pub(super) occurrences: u64,
}

/// Why an event, or one of its triggers, is as it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Explained {
    id: String,
    sentence: String,
    status: Option<StatusView>,
    revision: Option<u64>,
    triggers: Vec<ExplainedTrigger>,
    history: Vec<HistoryView>,
}

/// A trigger, and why it is as it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ExplainedTrigger {
    trigger_id: String,
    kind: &'static str,
    due_at: String,
    sentence: String,
    /// The row of the trigger: `pending`, or what has become of it; null where none is stored.
    state: Option<String>,
    settled_at: Option<String>,
}

/// Puts together what the core says and what is on record. What was settled before the scheduler was last built is known to the
/// record alone.
pub(super) fn explained(
    explanation: Explanation,
    stored: &[Option<TriggerRow>],
    history: &[Recorded],
) -> Explained {
    let is_about_one =
        explanation.triggers.len() == 1 && explanation.id == explanation.triggers[0].trigger_id.as_str();
    let triggers: Vec<_> = explanation
        .triggers
        .iter()
        .zip(stored)
        .map(|(trigger, row)| {
            let id = trigger.trigger_id.as_str();
            let recorded = history.iter().find(|recorded| {
                recorded.entry.trigger_id().is_some_and(|recorded_id| recorded_id.as_str() == id)
            });
            let from_record = recorded
                .filter(|_| matches!(trigger.state, TriggerState::Settled { .. } | TriggerState::Forgotten));
            ExplainedTrigger {
                trigger_id: id.to_owned(),
                kind: trigger.kind.as_str(),
                due_at: trigger.due_at.to_string(),
                sentence: from_record.map_or_else(|| trigger.sentence.clone(), record_sentence),
                state: row.as_ref().map(|row| row.state.clone()),
                settled_at: row.as_ref().and_then(|row| row.settled_at).map(|at| at.to_string()),
            }
        })
        .collect();
    let sentence = if is_about_one { triggers[0].sentence.clone() } else { explanation.sentence };
    Explained {
        id: explanation.id,
        sentence,
        status: explanation.event.map(|event| StatusView {
            status: event.phase.status().to_owned(),
            sub_status: event.phase.sub_status().to_owned(),
        }),
        revision: explanation.event.and_then(|event| event.revision),
        triggers,
        history: history.iter().map(HistoryView::from).collect(),
    }
}

fn record_sentence(recorded: &Recorded) -> String {
    let entry = &recorded.entry;
    let late_ms = entry.executed_at.millis_since(entry.scheduled_at);
    match entry.what {
        Happening::Fired { cause, superseded, .. } => format!(
            "It fired at {}, {late_ms} ms after its time ({}{}).",
            entry.executed_at,
            cause.as_str(),
            if superseded { ", superseded by a later one" } else { "" }
        ),
        Happening::LeftOut { fate, .. } => {
            format!(
                "It was left out at {}, {late_ms} ms after its time ({}).",
                entry.executed_at,
                fate.as_str()
            )
        }
        Happening::StatusChanged { cause } => {
            format!("The status changed at {} ({}).", entry.executed_at, cause.as_str())
        }
    }
}
