//! Every limit of the scheduler, with its unit and its reason. Going over one is a
//! [`LimitExceeded`](crate::error::SchedulerError::LimitExceeded), never a slow death; those of the server's clock (`CLOCK_…`) say
//! what is believed of a clock.

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

/// Dead letters kept; the oldest give way. Who has more has one problem, not a thousand.
pub const DEAD_LETTERS: usize = 1_000;

/// Decisions remembered for explanations; the oldest give way.
pub const DECISIONS: usize = 10_000;

/// Revisions of removed events remembered against late echoes of the feed; the oldest give way.
pub const TOMBSTONES: usize = 10_000;

/// Bytes kept of what a failed handler said.
pub const FAILURE_REASON_BYTES: usize = 512;

/// Bytes of the reason of a pause.
pub const PAUSE_REASON_BYTES: usize = 256;

/// Occurrences that one backfill may ask for.
pub const BACKFILL_OCCURRENCES: usize = 100_000;

/// Occurrences that one simulation gives at most.
pub const SIMULATED_OCCURRENCES: usize = 10_000;

/// Longest pause between two deliveries from the waiting queue, in milliseconds: one minute.
pub const MAX_RECOVERY_DELAY_MS: u32 = 60_000;

/// Attempts that a delivery may be configured to have.
pub const MAX_ATTEMPTS: u32 = 100;

/// Longest wait before another attempt, and longest patience with a handler, in milliseconds: one day.
pub const MAX_RETRY_MS: u32 = 24 * 3_600_000;

/// Error bound of the clock, in milliseconds, from which on explanations mention it.
pub const UNCERTAIN_CLOCK_MS: u32 = 1_000;

/// Bytes of one recurrence as text or JSON: room for a rule and some thousand dates.
pub const RECURRENCE_BYTES: usize = 64 * 1024;

/// The largest INTERVAL of a recurrence rule: beyond it, even seconds are decades.
pub const RECURRENCE_INTERVAL: u32 = 1_000_000_000;

/// Candidates that one search for an occurrence looks at: some milliseconds. Only rules of hours, minutes and seconds with an
/// interval that rarely meets the times they name come near it; for all others the calendar ends or repeats long before.
pub const RECURRENCE_STEPS: u32 = 1_000_000;

/// Occurrences that one plan holds at most.
pub const PLANNED_OCCURRENCES: usize = 10_000;

/// Bytes of a cron expression.
pub const CRON_BYTES: usize = 512;

/// Shortest and longest distance of two requests to a back end without a stream, in milliseconds: a second, and a week.
pub const POLL_EVERY_MS: std::ops::RangeInclusive<u32> = 1_000..=7 * 24 * 3_600_000;

/// Longest time before and after the start of an event, in milliseconds, in which it counts as near: a month.
pub const POLL_NEAR_MS: u32 = 31 * 24 * 3_600_000;

/// Rows of a table of polling: nobody needs more steps.
pub const POLL_ROWS: usize = 8;

/// Samples of the server's time that are kept, as many as NTP's clock filter has stages (RFC 5905 §10).
pub const CLOCK_SAMPLES: usize = 8;

/// Longest round trip, in milliseconds, of a sample of the server's time: half of it is the error, and beyond 5 s a device's own
/// clock is usually the better guess.
pub const CLOCK_ROUND_TRIP_MS: i64 = 10_000;

/// Milliseconds by which the wall clock may run away from the monotonic one between two readings, before it counts as stepped or the
/// machine as having slept. Adjustments of a running clock stay far below it.
pub const CLOCK_JUMP_MS: i64 = 500;

/// Milliseconds by which a monotonic reading may be older than the last one, because readings are handed in late. A larger step back
/// is another clock.
pub const CLOCK_LATE_READING_MS: i64 = 1_000;

/// How far any clock of the device may run too fast or too slow, in parts per 10^9: 100 ppm, ten times what a quartz usually has.
pub const CLOCK_DRIFT_PPB: i64 = 100_000;

/// How much a measured drift may change with temperature and age, in parts per 10^9: the 15 ppm of RFC 5905 (PHI).
pub const CLOCK_WANDER_PPB: i64 = 15_000;

/// Shortest distance in milliseconds of two samples that tell a drift: over 10 minutes, 20 ms of error are 33 ppm.
pub const CLOCK_DRIFT_SPAN_MS: i64 = 600_000;

/// Longest distance in milliseconds over which a drift is measured, 4 hours: further back it was another temperature.
pub const CLOCK_DRIFT_BASELINE_MS: i64 = 4 * 3_600_000;

/// Age in milliseconds of the newest sample from which on another one is wanted: in an hour, 100 ppm are 360 ms.
pub const CLOCK_RESYNC_AGE_MS: i64 = 3_600_000;

/// Error in milliseconds beyond which an estimate of the server's time is worth another request, as long as there are fewer than
/// [`CLOCK_FIRST_SAMPLES`]: a busy page measures one that badly, and rarely three.
pub const CLOCK_GOOD_ERROR_MS: u64 = 50;

/// Samples that are taken before an estimate that is not good is left as it is: then the network is slow.
pub const CLOCK_FIRST_SAMPLES: usize = 3;

/// Milliseconds, beyond the error of the estimate, from which on the device's clock is called wrong: its user would notice a minute.
pub const DEVICE_CLOCK_WRONG_MS: u64 = 60_000;
