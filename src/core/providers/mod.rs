//! The decisions of provider sync: when events that live in another system are asked for, in which order, how often at most, and what is
//! made of the answers.
//!
//! Nothing here keeps anything or asks anybody: a runner stores what is decided about, passes `now` in, and does what the answer says.
//! The page does not use it.
//!
//! ```
//! use client_event_scheduler::Timestamp;
//! use client_event_scheduler::providers::{CallBudget, CallLimit, CycleCaps, SyncTable, Tier, Tracked, plan_cycle};
//!
//! let limit = CallLimit::per_hour(1_000).expect("more than none");
//! let at = |minutes: i64| Timestamp::from_millis_clamped(minutes * 60_000);
//! let (key, start, known_at, synced_at) = ("race", at(600), at(0), Some(at(0)));
//! let race = Tracked { key, start, known_at, synced_at, unanswered: false, calls: 1 };
//! let plan = plan_cycle(&[race], at(60), &SyncTable::default(), &CycleCaps::default(), limit, CallBudget::default());
//! assert_eq!(plan.picks[0].tier, Tier::Medium, "it begins within a day: every 15 minutes");
//! ```

mod breaker;
mod budget;
mod cadence;
mod cycle;
mod presence;
mod watermark;

pub use breaker::{Admission, Breaker, BreakerPolicy};
pub use budget::{CallBudget, CallLimit};
pub use cadence::{SyncTable, Tier, Tracked};
pub use cycle::{CycleCaps, CyclePlan, Load, Pick, load, plan_cycle};
pub use presence::{Ownership, Presence, is_told_of, owner};
pub use watermark::Watermark;
