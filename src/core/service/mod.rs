//! The decisions of the scheduling service: when an occurrence that another back end has asked for is handed over, tried again, given up
//! or left out, and which occurrences of a recurrence are kept ready.
//!
//! Nothing here keeps anything: whoever stores the occurrences asks what follows from what is stored and from `now`, and writes the answer
//! down. The page does not use it.
//!
//! ```
//! use client_event_scheduler::service::{AttemptPolicy, OccurrenceState, Standing};
//! use client_event_scheduler::Timestamp;
//!
//! let at = |seconds: i64| Timestamp::from_millis(seconds * 1000).expect("an instant");
//! let policy = AttemptPolicy::default();
//! let waiting = Standing::scheduled(at(60), &policy);
//! assert!(waiting.begin(at(59), &policy).is_none(), "nothing is handed over before it is due");
//!
//! let handed_over = waiting.begin(at(60), &policy).expect("it is due");
//! assert_eq!(handed_over.wake_at, Some(at(360)), "nobody has acknowledged it by then");
//! let done = handed_over.complete(1).expect("an acknowledgement");
//! assert_eq!(done.state, OccurrenceState::Completed);
//! ```

mod density;
mod horizon;
mod missed;
mod policy;
mod reminders;
mod scheduled_time;
mod standing;

pub use density::{BusyDay, first_busy_day};
pub use horizon::{Held, Horizon, Materialisation, Revision, materialise, revise};
pub use missed::{CatchUp, PickUp, coalesce_name, coalesce_named, pick_up};
pub use policy::AttemptPolicy;
pub use reminders::{APPOINTMENT, Anchor, OffsetReading, Reminder, reminder_time};
pub use scheduled_time::{Adjustment, ScheduledTime, TimeReading};
pub use standing::{Failure, OccurrenceState, Refusal, Standing};
