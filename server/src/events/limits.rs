//! Every limit of the events API, with its unit and its reason. Going over one is a typed problem that names it.

/// Events on one page of a list: a page is built in memory, and a table shows no more at once.
pub const LIST_LIMIT: u32 = 500;

/// Words of one search: each is a look through every event's text.
pub const SEARCH_TERMS: usize = 8;

/// Bytes of one search text: nobody types more, and each word of it is bound.
pub const SEARCH_BYTES: usize = 256;

/// Events whose list entries are derived anew in one transaction when the rules have changed.
pub const INDEX_CHUNK: u32 = 500;

/// Characters of an idempotency key: a UUID has 36.
pub const IDEMPOTENCY_KEY_CHARS: usize = 128;

/// Hours for which an idempotency key is remembered: longer than any client goes on repeating a request.
pub const IDEMPOTENCY_HOURS: i64 = 24;

/// Rows of one import that are written in one transaction: the one writer of SQLite is held for well under a second.
pub const IMPORT_CHUNK_ROWS: usize = 500;

/// Rows of one import: as many events as a scheduler can be configured to have.
pub const IMPORT_ROWS: u64 = 1_000_000;

/// Bytes of one import's body: a million events of a kibibyte.
pub const IMPORT_BYTES: u64 = 1024 * 1024 * 1024;

/// Refused rows that a report and the progress lines name; further ones are counted.
pub const IMPORT_PROBLEMS: usize = 1_000;

/// Characters of an import's id that a client gives.
pub const IMPORT_ID_CHARS: usize = 64;

/// Days for which the report of an import can be read.
pub const IMPORT_REPORT_DAYS: i64 = 30;

/// Imports that the overview names.
pub const IMPORTS_LISTED: u32 = 50;

/// Events of one batch: each is a transaction of its own, and all of them answer one request.
pub const BATCH_EVENTS: usize = 1_000;

/// Bytes of a batch's body: a thousand ids of the longest kind.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// Characters of the reason for declining an event: a paragraph, which the feed carries with the event.
pub const DECLINE_REASON_CHARS: usize = 1_000;

/// Days by which a batch can shift: a century, beyond which it is a slip.
pub const SHIFT_DAYS: i64 = 36_525;

/// How long a request waits for the change that `after_seq` names, in milliseconds: the scheduler takes a change in within a few.
pub const AFTER_SEQ_WAIT_MS: u64 = 2_000;
