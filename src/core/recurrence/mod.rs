//! Recurrences: RFC 5545 rules with RFC 7529's SKIP, dates added and taken out, and cron expressions, in time zones.
//!
//! A [`Recurrence`] is what somebody has defined: it is read from iCalendar text or JSON, printed canonically as either, and described
//! in words. A [`Schedule`] is a recurrence in its zone, ready to be asked for the next or the previous occurrence, whether an instant is
//! one, for those of a range, and how many there are. It jumps there by arithmetic, however far away the beginning is, and it always
//! comes to an end: with an occurrence, with the certainty that there is none, or with [`SearchStopped`].
//!
//! ```
//! use client_event_scheduler::recurrence::{Context, Recurrence};
//! use client_event_scheduler::{Timestamp, ZoneTable};
//!
//! let json = br#"{"frequency":"monthly","by_day":["-1FR"],"by_hour":[17],"start":"2026-01-01T00:00","timezone":"America/New_York"}"#;
//! let recurrence = Recurrence::from_json(json)?;
//! assert_eq!(recurrence.describe(), "every month on the last Friday at 17:00");
//!
//! let schedule = recurrence.schedule(&Context::new(ZoneTable::embedded()))?;
//! let next = schedule.next_after(Timestamp::MIN)?.expect("it goes on for ever");
//! assert_eq!(next.to_string(), "2026-01-30T22:00:00.000Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binding;
mod cron;
mod definition;
mod json;
mod moment;
mod pattern;
mod plan;
mod preview;
mod print;
mod read;
mod rule;
mod schedule;
mod text;
mod words;

pub use binding::Context;
pub use cron::Cron;
pub use definition::{Gaps, Policies, Recurrence, SubDaily, UnmatchedStart};
pub use moment::Moment;
pub use plan::{
    Coalesce, EditPlan, Missed, Occurrences, Plan, PlannedOccurrence, RECURRENCE_KIND, occurrence_id,
    plan_edit,
};
pub use preview::{Preview, Written};
pub use rule::{Frequency, NthDay, Rule, Skip, Weekday};
pub use schedule::{Schedule, SearchStopped};
