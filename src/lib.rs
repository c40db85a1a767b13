//! Event-lifecycle scheduler: registration opens and closes, events start and end, certificates appear and lapse — each at
//! the right instant, in the page and on the server, by the same rules.
//!
//! The core is a state machine without clock, I/O or randomness. Whoever hosts it — the page, the server, a test — drives it
//! with this loop:
//!
//! ```
//! use client_event_scheduler::{
//!     Config, EventDefinition, Input, Now, Output, Payload, Scheduler, Source, Timestamp,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut scheduler = Scheduler::new(Config::default())?;
//! let at = |millis| Now::exact(Timestamp::from_millis(millis).expect("a valid instant"));
//!
//! // 1. Tell it what happens, and when.
//! let json = br#"{"event_id":"gala","start_datetime":"1970-01-02T00:00Z","end_datetime":"1970-01-02T02:00Z"}"#;
//! let definition = EventDefinition::from_json(json, &scheduler.date_context())?.into_owned();
//! scheduler.handle(Input::Upsert { definition, payload: Payload::Json(json), source: Source::Local }, at(0))?;
//! scheduler.handle(Input::Tick, at(0))?;
//!
//! // 2. Come back when it asks to; earlier does no harm.
//! scheduler.handle(Input::Tick, at(86_400_000))?;
//!
//! // 3. Pass on what follows from it, with no borrow held.
//! while let Some(output) = scheduler.poll_output() {
//!     match output {
//!         Output::Fired(delivery) => println!("{} fired", delivery.trigger_id()),
//!         Output::Undelivered(missed) => println!("{}: {}", missed.trigger_id(), missed.fate.as_str()),
//!         Output::StatusChanged(change) => println!("{} is {}", change.event_id, change.to.status()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod core;

#[cfg(target_arch = "wasm32")]
pub mod browser;

pub use crate::core::{
    delivery, error, event, limits, providers, recovery, recurrence, scheduler, service, sync, time, trigger,
};
use crate::core::{index, json, sorting};

pub use delivery::{Cause, DeadLetter, Delivery, Fate, RetryPolicy, Undelivered};
pub use error::{ApiMisuse, InvalidInput, Problem, ProblemCode, SchedulerError, SnapshotError};
pub use event::{
    Approval, ApprovalStatus, DateContext, EventDefinition, EventFields, FieldText, FieldValue, Lifecycle,
    Phase, WindowField, Windows, status_at,
};
pub use recovery::{MissedCounts, MissedPolicy, RecoveryPolicy, ResumeFrom};
pub use scheduler::{
    Config, Deadline, Decision, DecisionKind, DeliveryOutcome, Edit, EventChange, EventFacts, EventOutcome,
    Explanation, Input, KindSet, LoadOrigin, LoadReport, Now, Outcome, Output, Pause, Payload, Precision,
    Quarantined, Scheduler, SchedulerStatus, SimulatedTrigger, Simulation, Source, StatusChange,
    TriggerExplanation, TriggerState, WakeReason,
};
pub use time::{Disambiguation, ServerClock, Timestamp, ZoneProvider, ZoneTable};
pub use trigger::{DueTimes, QueuedTrigger, TriggerId, TriggerKind, due_times};
