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
    /// What the core showed when its events last changed.
    pub shown: Shown,
    /// The epoch of the lease, if this node acts.
    pub lease_epoch: Option<u64>,
    /// The due time of a trigger that waits although it is due, and that cannot be found among the events.
    pub overdue: Option<Timestamp>,
    /// Triggers settled by this node since it started.
    pub fired: u64,
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

/// What the core shows of its events.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The checksum over all events as of the change that was last taken in.
    pub checksum: u64,
    /// Triggers that wait for their time.
    pub triggers_queued: usize,
    /// Triggers that have fired, and wait for their turn: a recovery or a backfill is under way.
    pub deliveries_waiting: usize,
    /// Events that are scheduled.
    pub events_tracked: usize,
    /// The catch-up window in hours.
    pub max_downtime_hours: u32,
    /// The coming triggers.
    pub queue_preview: Vec<TriggerView>,
    /// Events that cannot be understood.
    pub quarantined: Arc<[QuarantinedView]>,
}

impl Shown {
    /// What `scheduler` shows now.
    pub(super) fn of(scheduler: &Scheduler) -> Self {
        let status = scheduler.status();
        Self {
            checksum: scheduler.checksum(),
            triggers_queued: status.triggers_queued,
            deliveries_waiting: status.deliveries_waiting,
            events_tracked: status.events_tracked,
            max_downtime_hours: status.max_downtime_hours,
            queue_preview: scheduler.queue(PREVIEW).into_iter().map(TriggerView::from).collect(),
            quarantined: quarantined(scheduler),
        }
    }
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
            shown: Shown::default(),
            lease_epoch: None,
            overdue: None,
            fired: 0,
            refused: 0,
            last_tick_at: None,
            last_error: None,
            restarts: 0,
            alive_at: Instant::now(),
        }
    }

    /// Whether everything is scheduled as it should be.
    pub fn is_well(&self) -> bool {
        self.running && self.refused == 0 && self.overdue.is_none() && self.alive_at.elapsed() < HANGING_AFTER
    }
}

fn quarantined(scheduler: &Scheduler) -> Arc<[QuarantinedView]> {
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
