//! Every limit of the scheduler, with its unit and its reason. Going over one is a
//! [`LimitExceeded`](crate::error::SchedulerError::LimitExceeded), never a slow death.

/// Events tracked at once, unless configured otherwise. A page that shows more than this wants a search, not a list.
pub const DEFAULT_MAX_EVENTS: u32 = 100_000;

/// The highest value that the number of tracked events may be configured to: about 700 MB of page memory.
pub const CONFIGURABLE_MAX_EVENTS: u32 = 1_000_000;

/// Bytes of one event's JSON. Events are records; attachments belong elsewhere.
pub const EVENT_JSON_BYTES: usize = 64 * 1024;

/// Characters of an event id: it is part of every trigger id, every log line and every key.
pub const EVENT_ID_CHARS: usize = 128;

/// Bytes of one date text: the longest valid form has 35 characters.
pub const DATE_TEXT_BYTES: usize = 64;

/// Bytes of a short text that the scheduler reads (`timezone`, `status`, `event_approval_status`).
pub const SHORT_TEXT_BYTES: usize = 128;

/// Levels of nesting in one event's JSON, so that no input can exhaust the stack.
pub const JSON_DEPTH: u32 = 128;

/// Bytes of one array element that a bulk load holds while waiting for its end. Larger elements than
/// [`EVENT_JSON_BYTES`] are quarantined, larger ones than this end the load.
pub const LOAD_ITEM_BYTES: usize = 4 * 1024 * 1024;

/// Quarantined events kept with their problems; further ones are counted.
pub const QUARANTINED_EVENTS: usize = 10_000;

/// Shortest and longest distance of two ticks, in milliseconds.
pub const TICK_MS: std::ops::RangeInclusive<u32> = 1_000..=60_000;

/// Longest window, in hours, in which a missed trigger is still delivered: one year.
pub const MAX_DOWNTIME_HOURS: u32 = 24 * 366;

/// Longest grace for a due time that an edit places in the past, in milliseconds: one day.
pub const MAX_BACKDATE_GRACE_MS: u32 = 24 * 3_600_000;

/// How long a settled occurrence is remembered beyond the catch-up window, in milliseconds.
pub const SETTLED_MARGIN_MS: i64 = 24 * 3_600_000;
