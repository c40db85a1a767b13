//! What a run has reached, so that the simulator cannot go blind without anybody noticing.

use std::collections::BTreeMap;
use std::fmt;

use client_event_scheduler::{Cause, Deadline, Outcome, Output, SchedulerError, TriggerState, WakeReason};

use crate::assertions::in_short;
use crate::transition::{Action, Step};

/// How often each thing occurred.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    counts: BTreeMap<(&'static str, String), u64>,
}

/// Everything that a run of the usual length must have reached.
const MUST: &[(&str, &[&str])] = &[
    (
        "action",
        &[
            "Tick",
            "Upsert(Local)",
            "Upsert(Feed)",
            "Quarantine",
            "Remove(Local)",
            "Remove(Feed)",
            "Approve",
            "Decline",
            "LoadBegin",
            "LoadCommit",
            "LoadFinish",
            "LoadAbort",
            "Synced",
            "SetMaxDowntimeHours",
            "SetHandled",
            "SetActing(false)",
            "SetActing(true)",
            "Acknowledge",
            "Fail",
            "Retry",
            "Settled",
            "Adopt(own)",
            "Adopt(saved)",
            "Pause",
            "Resume(Watermark)",
            "Resume(Now)",
            "Backfill(again: false)",
            "Backfill(again: true)",
            "Persist",
            "Crash",
        ],
    ),
    (
        "outcome",
        &[
            "Added",
            "Updated",
            "Unchanged",
            "Stale",
            "Removed",
            "NotFound",
            "Quarantined",
            "Ticked, nothing due",
            "Ticked, something due",
            "delivery Settled",
            "delivery Retrying",
            "delivery DeadLettered",
            "delivery Withdrawn",
            "delivery NotFound",
            "Backfilled, nothing",
            "Backfilled, something",
            "Loading",
            "Loaded",
            "Done",
        ],
    ),
    (
        "error",
        &[
            "INVALID_INPUT : JSON_SYNTAX",
            "INVALID_INPUT from: RANGE_INVALID",
            "INVALID_INPUT max_downtime_hours: SETTING_INVALID",
            "INVALID_INPUT reason: TEXT_TOO_LONG",
            "INVALID_INPUT until: RANGE_INVALID",
            "LIMIT_EXCEEDED max_events",
            "LOAD_IN_PROGRESS",
            "LOAD_NOT_STARTED",
            "SNAPSHOT_CORRUPT",
        ],
    ),
    (
        "fired",
        &[
            "OnTime",
            "Late",
            "Recovered",
            "Backfill",
            "Recovered and superseded",
            "another attempt",
            "on the dot",
        ],
    ),
    ("undelivered", &["Expired", "Superseded", "Skipped", "DeadLetter", "Withdrawn"]),
    ("status change", &["OnTime", "Late", "Recovered", "Edit"]),
    (
        "explained",
        &[
            "Queued",
            "Due",
            "Paused",
            "Waits",
            "InFlight",
            "Retrying",
            "Settled(Delivered)",
            "Settled(Expired)",
            "Settled(Superseded)",
            "Settled(Skipped)",
            "Settled(DeadLetter)",
            "Settled(Elsewhere)",
            "Forgotten",
            "PlacedInPast",
            "Moved",
            "NotDefined",
            "GateClosed",
            "Draft",
            "Removed",
            "Quarantined",
            "UnknownEvent",
        ],
    ),
    ("deadline", &["Tick", "Trigger", "Recovery", "Delivery", "none"]),
    ("clock", &["stands", "forward within a tick", "forward beyond a tick", "beyond the window", "back"]),
];

impl Coverage {
    pub(crate) fn count(&mut self, group: &'static str, what: impl Into<String>) {
        *self.counts.entry((group, what.into())).or_default() += 1;
    }

    /// What a run must reach and did not.
    pub(crate) fn missing(&self) -> Vec<String> {
        let all = MUST.iter().flat_map(|(group, names)| names.iter().map(move |name| (*group, *name)));
        let missing = all.filter(|(group, name)| !self.counts.contains_key(&(*group, (*name).to_owned())));
        missing.map(|(group, name)| format!("{group}: {name}")).collect()
    }

    pub(crate) fn action(&mut self, action: &Action) {
        self.count("action", action.name());
    }

    pub(crate) fn clock(&mut self, moved_ms: i64, tick_ms: u32, window_ms: i64) {
        let tick_ms = i64::from(tick_ms);
        self.count(
            "clock",
            match moved_ms {
                ..0 => "back",
                0 => "stands",
                _ if moved_ms > window_ms => "beyond the window",
                _ if moved_ms > tick_ms => "forward beyond a tick",
                _ => "forward within a tick",
            },
        );
    }

    pub(crate) fn outcome(&mut self, outcome: &Result<Outcome, SchedulerError>) {
        let name = match outcome {
            Err(error) => {
                let short = in_short(error);
                let kept = if short.starts_with("LIMIT") { "LIMIT_EXCEEDED max_events" } else { &short };
                self.count("error", kept);
                return;
            }
            Ok(Outcome::Event(event)) => format!("{:?}", event.change),
            Ok(Outcome::Ticked { fired: 0 }) => "Ticked, nothing due".to_owned(),
            Ok(Outcome::Ticked { .. }) => "Ticked, something due".to_owned(),
            Ok(Outcome::Delivery(delivery)) => {
                let text = format!("{delivery:?}");
                format!("delivery {}", text.split(' ').next().unwrap_or_default())
            }
            Ok(Outcome::Backfilled { occurrences: 0 }) => "Backfilled, nothing".to_owned(),
            Ok(Outcome::Backfilled { .. }) => "Backfilled, something".to_owned(),
            Ok(Outcome::Loading { .. }) => "Loading".to_owned(),
            Ok(Outcome::Loaded(_)) => "Loaded".to_owned(),
            Ok(Outcome::Done) => "Done".to_owned(),
        };
        self.count("outcome", name);
    }

    pub(crate) fn output(&mut self, output: &Output, step: &Step) {
        match output {
            Output::Fired(delivery) if delivery.attempt > 1 => self.count("fired", "another attempt"),
            Output::Fired(delivery) => {
                self.count("fired", format!("{:?}", delivery.cause));
                if delivery.superseded && delivery.cause == Cause::Recovered {
                    self.count("fired", "Recovered and superseded");
                }
                if delivery.scheduled_at == step.now {
                    self.count("fired", "on the dot");
                }
            }
            Output::Undelivered(undelivered) => self.count("undelivered", format!("{:?}", undelivered.fate)),
            Output::StatusChanged(change) => self.count("status change", format!("{:?}", change.cause)),
        }
    }

    pub(crate) fn trigger_state(&mut self, state: &TriggerState) {
        let text = format!("{state:?}");
        let name = match state {
            TriggerState::Settled { fate, .. } => format!("Settled({:?})", fate),
            _ => text.split([' ', '(']).next().unwrap_or_default().to_owned(),
        };
        self.count("explained", name);
    }

    pub(crate) fn deadline(&mut self, deadline: Option<Deadline>) {
        let reason: Option<WakeReason> = deadline.map(|deadline| deadline.reason);
        self.count("deadline", reason.map_or_else(|| "none".to_owned(), |reason| format!("{reason:?}")));
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((group, what), count) in &self.counts {
            writeln!(f, "{count:>10}  {group}: {what}")?;
        }
        Ok(())
    }
}
