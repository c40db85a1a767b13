//! Taking a calendar apart into its components as it arrives.

use std::collections::BTreeMap;

use client_event_scheduler::limits::EVENT_JSON_BYTES;
use client_event_scheduler::{ZoneProvider, ZoneTable};

use super::super::import::{Broken, Row, RowText};

/// Bytes of one component: an event in its calendar form, with the document in base64 and every line folded.
const COMPONENT_BYTES: usize = 4 * EVENT_JSON_BYTES;

/// Bytes of one line before it is folded; a longer one is part of a component that is too large anyway.
const LINE_BYTES: usize = COMPONENT_BYTES;

/// What a calendar says of the zones that its events name.
#[derive(Debug, Default)]
pub(in super::super) struct CalendarZones {
    /// The zone of times that name none.
    pub(super) floating: Option<String>,
    /// IANA names by the names that the calendar uses.
    named: BTreeMap<String, String>,
}

impl CalendarZones {
    /// The IANA zone that `tzid` stands for.
    pub(super) fn resolve(&self, tzid: &str) -> Option<String> {
        let known = |name: &str| ZoneTable::embedded().zone(name).is_some();
        if known(tzid) {
            return Some(tzid.to_owned());
        }
        if let Some(name) = self.named.get(tzid) {
            return Some(name.clone());
        }
        // Some programs put a path of their own before the name, such as /example.org/20260101/Europe/Berlin.
        let parts: Vec<_> = tzid.split('/').collect();
        [3, 2].into_iter().filter(|length| parts.len() > *length).find_map(|length| {
            let name = parts[parts.len() - length..].join("/");
            known(&name).then_some(name)
        })
    }
}

/// Takes a calendar apart. Only events become rows; time zones are learned from, and everything else is passed over.
#[derive(Debug)]
pub(in super::super) struct CalendarSplitter {
    /// Bytes of a line that has not ended.
    line: Vec<u8>,
    /// Names of the components that have begun.
    open: Vec<String>,
    ended: bool,
    component: RowText,
    zones: CalendarZones,
    /// The zone under way: its name here, and its IANA name.
    zone: (Option<String>, Option<String>),
    given_zone: bool,
}

impl CalendarSplitter {
    /// A calendar whose times without a zone are read in `time_zone`, or as it says itself.
    pub(in super::super) fn new(time_zone: Option<String>) -> Self {
        Self {
            line: Vec::new(),
            open: Vec::new(),
            ended: false,
            component: RowText::default(),
            given_zone: time_zone.is_some(),
            zones: CalendarZones { floating: time_zone, named: BTreeMap::new() },
            zone: (None, None),
        }
    }

    pub(in super::super) fn zones(&self) -> &CalendarZones {
        &self.zones
    }

    pub(in super::super) fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Row>) -> Result<(), Broken> {
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = pieces.next() {
            self.keep(first);
        }
        for piece in pieces {
            self.end_line(rows)?;
            self.keep(piece);
        }
        Ok(())
    }

    pub(in super::super) fn finish(&mut self, rows: &mut Vec<Row>) -> Result<(), Broken> {
        self.end_line(rows)?;
        match (self.open.is_empty(), self.ended) {
            (true, true) => Ok(()),
            (true, false) => Err(Broken("is empty: send an iCalendar object")),
            (false, _) => Err(Broken("ends within a component")),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self, rows: &mut Vec<Row>) -> Result<(), Broken> {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        if line.is_empty() {
            return Ok(());
        }
        if let Some(name) = after(line, b"BEGIN:") {
            return self.begin(name, line);
        }
        if self.open.is_empty() {
            return Err(Broken("is no calendar: begin it with BEGIN:VCALENDAR"));
        }
        if let Some(name) = after(line, b"END:") {
            return self.end(&name, line, rows);
        }
        self.property(line);
        Ok(())
    }

    fn begin(&mut self, name: String, line: &[u8]) -> Result<(), Broken> {
        if self.open.is_empty() != (name == "VCALENDAR") {
            return Err(Broken("is no calendar: components stand within one VCALENDAR"));
        }
        self.open.push(name);
        self.hold(line);
        Ok(())
    }

    fn end(&mut self, name: &str, line: &[u8], rows: &mut Vec<Row>) -> Result<(), Broken> {
        if self.open.last().is_none_or(|open| open != name) {
            return Err(Broken("has an END without its BEGIN"));
        }
        self.hold(line);
        self.open.pop();
        match (self.open.len(), name) {
            (0, _) => self.ended = true,
            (1, "VEVENT") => rows.push(self.component.take()),
            (1, "VTIMEZONE") => {
                if let (Some(here), Some(iana)) = std::mem::take(&mut self.zone)
                    && ZoneTable::embedded().zone(&iana).is_some()
                {
                    self.zones.named.insert(here, iana);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn property(&mut self, line: &[u8]) {
        self.hold(line);
        let inside = self.open.last().map(String::as_str);
        if inside == Some("VTIMEZONE") {
            self.zone.0 = self.zone.0.take().or_else(|| value(line, b"TZID"));
            self.zone.1 = self.zone.1.take().or_else(|| value(line, b"X-LIC-LOCATION"));
        } else if inside == Some("VCALENDAR") && !self.given_zone {
            let zone =
                value(line, b"X-WR-TIMEZONE").filter(|name| ZoneTable::embedded().zone(name).is_some());
            self.zones.floating = zone.or(self.zones.floating.take());
        }
    }

    /// Keeps a line of an event.
    fn hold(&mut self, line: &[u8]) {
        if self.open.get(1).is_some_and(|name| name == "VEVENT") {
            self.component.push(line, COMPONENT_BYTES);
            self.component.push(b"\r\n", COMPONENT_BYTES);
        }
    }
}

/// The name after `keyword`, in capitals.
fn after(line: &[u8], keyword: &[u8]) -> Option<String> {
    let (start, rest) = line.split_at_checked(keyword.len())?;
    let name = std::str::from_utf8(rest).ok()?.trim().to_ascii_uppercase();
    start.eq_ignore_ascii_case(keyword).then_some(name)
}

/// The value of the property `name`, if `line` is one.
fn value(line: &[u8], name: &[u8]) -> Option<String> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let text = std::str::from_utf8(rest).ok()?;
    let value =
        text.strip_prefix(':').or_else(|| text.strip_prefix(';')?.split_once(':').map(|(_, value)| value));
    start.eq_ignore_ascii_case(name).then_some(value?.trim().to_owned())
}
