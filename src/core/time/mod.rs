//! Instants, civil dates, the reader of dates in text, time zones, and the estimate of the server's clock.
//!
//! Everything here is a pure function of its arguments and of the zone table that it is given: no clock is read, and
//! no zone data but the table's is ever consulted, so that a page and a server with the same table always agree.
//!
//! ```
//! use client_event_scheduler::time::{Disambiguation, ParsedDate, ZoneProvider, ZoneTable, parse_date};
//!
//! let Ok(ParsedDate::Local(local)) = parse_date("2026-03-29T02:30") else { unreachable!() };
//! let berlin = ZoneTable::embedded().zone("Europe/Berlin").expect("a known zone");
//! // That night the clocks went from 02:00 to 03:00: the time is moved forward by the gap.
//! let instant = berlin.resolve(local, Disambiguation::Compatible).expect("a resolvable time");
//! assert_eq!(instant.to_string(), "2026-03-29T01:30:00.000Z");
//! ```

mod bytes;
mod civil;
mod date_error;
mod parse;
mod posix_rule;
mod server_clock;
mod suggest;
mod table;
mod table_index;
mod timestamp;
mod zone;

pub use civil::{CivilDate, CivilDateTime, days_in_month, is_leap_year};
pub(crate) use civil::{SECONDS_PER_DAY, days_from_civil, weekday};
pub use date_error::{DateError, DateErrorKind, DatePart, DateSeparator};
pub(crate) use parse::parse_date_bytes;
pub use parse::{ParsedDate, parse_date};
pub use server_clock::{
    ClockHealth, ClockJump, ClockSource, IgnoredSample, JumpCause, Observation, Reading, ResyncReason,
    Sample, ServerClock, ServerNow,
};
pub use table::{ZoneTable, ZoneTableError};
pub use timestamp::Timestamp;
pub(crate) use zone::OffsetSpan;
pub use zone::{Disambiguation, LocalTimeError, Zone, ZoneProvider};
