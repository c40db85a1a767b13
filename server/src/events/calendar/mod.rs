//! iCalendar (RFC 5545): events as VEVENT components and back.
//!
//! A written component carries the stored document, so that what comes back unchanged comes back exactly; what somebody has changed
//! in it since counts as a change of that field.

mod component;
mod dates;
mod export;
mod listing;
mod reading;
mod series;
mod split;
mod time_zones;

pub use export::CalendarExport;
pub use listing::{CalendarListing, RefusedComponent, read_calendar};
pub(super) use reading::CalendarReader;
pub(super) use split::CalendarSplitter;

/// The properties that hold one text field each.
const TEXTS: [(&str, &str); 4] =
    [("SUMMARY", "event_name"), ("LOCATION", "venue"), ("DESCRIPTION", "description"), ("URL", "url")];

/// The properties that hold the six dates, in the order of [`WindowField::ALL`](client_event_scheduler::WindowField::ALL).
const DATES: [&str; 6] = [
    "X-CES-REGISTRATION-START",
    "X-CES-REGISTRATION-END",
    "DTSTART",
    "DTEND",
    "X-CES-CERTIFICATE-START",
    "X-CES-CERTIFICATE-END",
];

/// The stored document, in base64.
const DOCUMENT: &str = "X-CES-DOCUMENT";
