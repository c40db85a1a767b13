//! The limits of the scheduling service, each with its unit and its reason.

/// Bytes of a payload: what is handed over says what to do, what it takes belongs where the worker finds it.
pub const PAYLOAD_BYTES: usize = 32 * 1024;

/// Bytes of the body of a batch.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// Events in a batch.
pub const BATCH_EVENTS: usize = 100;

/// Characters of a type and of an entity's id.
pub const NAME_CHARS: usize = 128;

/// Characters of an idempotency key.
pub const KEY_CHARS: usize = 255;

/// Occurrences that a recurrence may have on any day: one a minute. What is to happen more often is no appointment.
pub const OCCURRENCES_PER_DAY: u64 = 1_440;

/// Days of a recurrence whose density is looked at when it is accepted: five years, a 29 February among them. Later ones are looked at
/// when they are planned.
pub const DENSITY_DAYS: u32 = 5 * 366;

/// Occurrences of one event that are kept ready at most.
pub const READY_OCCURRENCES: usize = 1_000;

/// How late, in milliseconds, something may be that is asked for: a request takes time, and clocks differ.
pub const BACKDATE_GRACE_MS: i64 = 300_000;

/// How late, in milliseconds, an occurrence may be and still count as on time: a tick of the scheduler.
pub const TICK_MS: i64 = 10_000;

/// Days that a list of what is to come spans at most.
pub const UPCOMING_DAYS: i64 = 366;

/// Recurrences that are read and asked in one go for a list of what is to come.
pub const RECURRENCES_AT_ONCE: u32 = 200;

/// Lists of what is to come that are made at the same time: half of the connections that read.
pub const LISTS_AT_ONCE: usize = 4;

/// Bytes that are kept of why an attempt has failed.
pub const REASON_BYTES: usize = 512;

/// Reminders in one set.
pub const REMINDERS: usize = 20;
