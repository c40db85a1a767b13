//! What the scheduler shows of itself: readable at any time, whether it runs or not.

use std::sync::Arc;
use std::time::Duration;

use client_event_scheduler::{Problem, QueuedTrigger, Scheduler, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use crate::problem::FieldProblem;

/// Triggers shown as the coming ones.
const PREVIEW: usize = 10;

/// Without a sign of life for this long, several ticks, the scheduler counts as hanging.
const HANGING_AFTER: Duration = Duration::from_secs(60);

/// The state of the scheduler as of its last step.
#[derive(Debug, Clone)]
pub struct HostView {
    /// Whether it runs; otherwise it has failed and is about to be built anew from the database.
    pub running: bool,
    /// Every change up to this number has been taken in.
    pub applied_seq: u64,
    /// The checksum over all events as of `applied_seq`.
    pub checksum: u64,
    /// Triggers that wait.
    pub triggers_queued: usize,
    /// Events that are scheduled.
    pub events_tracked: usize,
    /// Triggers settled since the server started.
    pub fired: u64,
    /// The coming triggers.
    pub queue_preview: Vec<TriggerView>,
    /// Events that cannot be understood.
    pub quarantined: Arc<[QuarantinedView]>,
    /// Events that did not fit.
    pub refused: usize,
    /// Everything due at or before this instant is settled.
    pub last_tick_at: Option<Timestamp>,
    /// The last failure, repaired or not.
    pub last_error: Option<LastError>,
    /// How often it was built anew after a failure.
    pub restarts: u64,
    /// The last sign of life.
    pub(super) alive_at: Instant,
}

/// A trigger that waits.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TriggerView {
    /// Identity of the occurrence.
    pub trigger_id: String,
    /// The event.
    pub event_id: String,
    /// What will fire.
    pub kind: &'static str,
    /// When.
    pub due_at: String,
}

/// An event that cannot be understood.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuarantinedView {
    /// The event.
    pub event_id: String,
    /// Why.
    pub problems: Vec<FieldProblem>,
}

/// A failure of the scheduler.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LastError {
    /// What went wrong.
    pub message: String,
    /// When.
    pub at: String,
}

impl HostView {
    /// The view before the first step.
    pub(super) fn starting() -> Self {
        Self {
            running: false,
            applied_seq: 0,
            checksum: 0,
            triggers_queued: 0,
            events_tracked: 0,
            fired: 0,
            queue_preview: Vec::new(),
            quarantined: Arc::new([]),
            refused: 0,
            last_tick_at: None,
            last_error: None,
            restarts: 0,
            alive_at: Instant::now(),
        }
    }

    /// Whether everything is scheduled as it should be.
    pub fn is_well(&self) -> bool {
        self.running && self.refused == 0 && self.alive_at.elapsed() < HANGING_AFTER
    }
}

/// The coming triggers of `scheduler`.
pub(super) fn preview(scheduler: &Scheduler) -> Vec<TriggerView> {
    scheduler.queue(PREVIEW).into_iter().map(TriggerView::from).collect()
}

/// The events in quarantine.
pub(super) fn quarantined(scheduler: &Scheduler) -> Arc<[QuarantinedView]> {
    let view = |problems: &[Problem]| problems.iter().cloned().map(FieldProblem::from).collect();
    scheduler
        .quarantined()
        .map(|(event_id, event)| QuarantinedView {
            event_id: event_id.to_owned(),
            problems: view(&event.problems),
        })
        .collect()
}

impl From<QueuedTrigger> for TriggerView {
    fn from(trigger: QueuedTrigger) -> Self {
        Self {
            trigger_id: trigger.trigger_id.to_string(),
            event_id: trigger.event_id,
            kind: trigger.kind.as_str(),
            due_at: trigger.due_at.to_string(),
        }
    }
}
