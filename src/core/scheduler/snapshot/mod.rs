//! The state of a scheduler as bytes.
//!
//! `CESS`, the version, then sections behind tag and length — an unknown one is passed over, and so is what a newer writer
//! appends to a record —, then the 64-bit FNV-1a hash of all before it.

mod codec;
mod deliveries;
mod events;

use self::codec::{Reader, Writer};
use self::deliveries::{read_delivery, write_delivery};
use self::events::{read_event, write_event};
use super::quarantine::Quarantine;
use super::{Config, Now, Pause, Quarantined, Scheduler};
use crate::delivery::{Entry, Fate};
use crate::error::{InvalidInput, SchedulerError, SnapshotError};
use crate::event::EventDefinition;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;
use crate::trigger::fnv::Fnv;

const MAGIC: &[u8; 4] = b"CESS";

/// Version of the form that is written. Every version from 1 on can be read.
const VERSION: u64 = 2;

const PROGRESS: u64 = 1;
/// What had fired, as version 1 wrote it.
const SETTLED_1: u64 = 2;
const EVENTS: u64 = 3;
const QUARANTINE: u64 = 4;
const SETTLED: u64 = 5;
const DELIVERIES: u64 = 6;
const TOMBSTONES: u64 = 7;
const HELD: u64 = 8;

const CHECKSUM_BYTES: usize = 8;

impl Scheduler {
    /// The whole state but for the settings, outputs not taken yet and a load under way. Equal states give equal bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        self.written(true)
    }

    /// The same without the events and those that could not be understood: what is known of their occurrences, for
    /// [`Input::Adopt`](super::Input::Adopt). Equal states give equal bytes.
    pub fn state(&self) -> Vec<u8> {
        self.written(false)
    }

    fn written(&self, with_events: bool) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes.extend_from_slice(MAGIC);
        out.number(VERSION);
        self.write_state(&mut out);
        if with_events {
            self.write_events(&mut out);
        }
        let mut checksum = Fnv::new();
        checksum.write(&out.bytes);
        out.bytes.extend_from_slice(&checksum.0.to_le_bytes());
        out.bytes
    }

    fn write_state(&self, out: &mut Writer) {
        out.number(PROGRESS);
        out.framed(|out| self.write_progress(out));
        out.number(SETTLED);
        out.framed(|out| {
            for (due_at, kind, id, fate) in self.settled.iter() {
                out.framed(|out| {
                    out.instant(due_at);
                    out.number(kind as u64);
                    out.text(id.as_bytes());
                    out.number(fate as u64);
                });
            }
        });
        self.write_deliveries(out, DELIVERIES, &self.outstanding.sorted());
        if !self.held.is_empty() {
            self.write_deliveries(out, HELD, &self.held.iter().collect::<Vec<_>>());
        }
        out.number(TOMBSTONES);
        out.framed(|out| {
            for (id, revision) in self.tombstones.iter() {
                out.text(id.as_bytes());
                out.number(revision);
            }
        });
    }

    fn write_deliveries(&self, out: &mut Writer, tag: u64, entries: &[&Entry]) {
        out.number(tag);
        out.framed(|out| {
            for entry in entries {
                out.framed(|out| write_delivery(out, entry, self.elapsed_ms));
            }
        });
    }

    fn write_events(&self, out: &mut Writer) {
        out.number(EVENTS);
        out.framed(|out| {
            for handle in self.store.rows.handles() {
                let row = self.store.rows.get(handle);
                out.framed(|out| {
                    write_event(out, row, self.store.rows.id(handle), self.store.rows.payload(handle))
                });
            }
        });
        out.number(QUARANTINE);
        out.framed(|out| {
            for (id, event) in self.quarantine.iter() {
                out.text(id.as_bytes());
                out.text(&event.json);
            }
        });
    }

    /// Makes a scheduler that goes on where another one was when it took the snapshot.
    ///
    /// # Errors
    /// `SNAPSHOT_CORRUPT` or `SNAPSHOT_TOO_NEW`; `Ok(Err(…))` for settings outside their range.
    pub fn restore(bytes: &[u8], config: Config) -> Result<Result<Self, InvalidInput>, SnapshotError> {
        let mut sections = sections(bytes)?;
        let mut scheduler = match Self::new(config) {
            Ok(scheduler) => scheduler,
            Err(invalid) => return Ok(Err(invalid)),
        };
        while !sections.is_at_end() {
            let (tag, content) = (sections.number()?, sections.text()?);
            match tag {
                SETTLED_1 => scheduler.read_settled_1(Reader::new(content))?,
                EVENTS => scheduler.read_events(Reader::new(content))?,
                QUARANTINE => scheduler.read_quarantine(Reader::new(content))?,
                _ => scheduler.read_of_state(tag, Reader::new(content))?,
            }
        }
        Ok(Ok(scheduler))
    }

    /// An empty scheduler with the settings of this one that is where another one was when it wrote its state. A page never
    /// restores more, so that what reads events is not in its build.
    pub(super) fn with_state(&self, bytes: &[u8]) -> Result<Self, SchedulerError> {
        let mut sections = sections(bytes)?;
        let mut scheduler = Self::with(self.config.clone(), self.zones.clone())?;
        while !sections.is_at_end() {
            let (tag, content) = (sections.number()?, sections.text()?);
            scheduler.read_of_state(tag, Reader::new(content))?;
        }
        Ok(scheduler)
    }

    fn read_of_state(&mut self, tag: u64, section: Reader<'_>) -> Result<(), SnapshotError> {
        match tag {
            PROGRESS => self.read_progress(section),
            SETTLED => self.read_settled(section),
            DELIVERIES | HELD => self.read_deliveries(section, tag == HELD),
            TOMBSTONES => self.read_tombstones(section),
            _ => Ok(()),
        }
    }

    fn write_progress(&self, out: &mut Writer) {
        let instant = |out: &mut Writer, instant: Option<Timestamp>| {
            out.number(u64::from(instant.is_some()));
            if let Some(instant) = instant {
                out.instant(instant);
            }
        };
        out.number(self.fired);
        instant(out, self.watermark);
        instant(out, self.synced_at);
        instant(out, self.last_input.map(|now| now.wall));
        out.number(self.elapsed_ms);
        out.optional(self.released_at);
        let missed = &self.missed;
        for count in [
            missed.detected,
            missed.delivered,
            missed.failed,
            missed.expired,
            missed.superseded,
            missed.skipped,
            missed.withdrawn,
            missed.elsewhere,
        ] {
            out.number(count);
        }
        instant(out, self.paused.as_ref().map(|pause| pause.since));
        out.text(self.paused.as_ref().map_or(&[], |pause| pause.reason.as_bytes()));
    }

    fn read_progress(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        self.fired = section.count()?;
        self.watermark = section.optional_instant()?;
        if section.is_at_end() {
            // Version 1.
            return Ok(());
        }
        self.synced_at = section.optional_instant()?;
        self.last_input = section.optional_instant()?.map(Now::exact);
        self.elapsed_ms = section.count()?;
        self.released_at = if section.number()? == 0 { None } else { Some(section.count()?) };
        let missed = &mut self.missed;
        for count in [
            &mut missed.detected,
            &mut missed.delivered,
            &mut missed.failed,
            &mut missed.expired,
            &mut missed.superseded,
            &mut missed.skipped,
            &mut missed.withdrawn,
            &mut missed.elsewhere,
        ] {
            *count = section.count()?;
        }
        let since = section.optional_instant()?;
        let reason = String::from_utf8_lossy(section.text()?).into();
        self.paused = since.map(|since| Pause { since, reason });
        Ok(())
    }

    fn read_settled_1(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            self.read_occurrence(&mut section, |_| Ok(Fate::Delivered))?;
        }
        Ok(())
    }

    fn read_settled(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            let fate = |record: &mut Reader<'_>| {
                let fate = u8::try_from(record.number()?).ok().and_then(Fate::from_number);
                // A fate that a newer version knows is one all the same: the occurrence is settled.
                Ok(fate.unwrap_or(Fate::Delivered))
            };
            self.read_occurrence(&mut Reader::new(section.text()?), fate)?;
        }
        Ok(())
    }

    fn read_occurrence(
        &mut self,
        record: &mut Reader<'_>,
        fate: impl FnOnce(&mut Reader<'_>) -> Result<Fate, SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let due_at = record.instant()?;
        let kind = u8::try_from(record.number()?).ok().and_then(TriggerKind::from_number);
        let id = record.utf8()?;
        let fate = fate(record)?;
        // A kind that a newer version knows cannot be due here.
        if let Some(kind) = kind {
            self.settled.insert(due_at, kind, id.into(), fate);
        }
        Ok(())
    }

    fn read_deliveries(&mut self, mut section: Reader<'_>, held: bool) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            match read_delivery(Reader::new(section.text()?))? {
                Some(entry) if held => self.held.push(entry),
                Some(entry) => self.outstanding.insert(entry),
                None => {}
            }
        }
        Ok(())
    }

    fn read_tombstones(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            let id = section.utf8()?;
            self.tombstones.insert(&id.into(), section.number()?);
        }
        Ok(())
    }

    fn read_events(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            let (row, pending) = read_event(Reader::new(section.text()?))?;
            if self.store.find_hashed(self.store.rows.bytes(&row.id), row.hash).is_some() {
                return Err(SnapshotError::Corrupt { what: "an event stands in it twice" });
            }
            let handle = self.store.insert(row);
            self.store.set_pending(handle, pending);
        }
        Ok(())
    }

    /// Understands quarantined events again: a newer version may be able to.
    fn read_quarantine(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        let mut quarantine = Quarantine::default();
        while !section.is_at_end() {
            let id = String::from_utf8_lossy(section.text()?).into_owned();
            let json: Box<[u8]> = section.text()?.into();
            let problems = match EventDefinition::from_json(&json, &self.date_context()) {
                Ok(_) => Vec::new(),
                Err(invalid) => invalid.problems,
            };
            quarantine.insert(id, Quarantined { problems, json });
        }
        self.quarantine = quarantine;
        Ok(())
    }
}

/// The sections, if they are of a version that can be read.
fn sections(bytes: &[u8]) -> Result<Reader<'_>, SnapshotError> {
    let mut reader = Reader::new(checked(bytes)?);
    let version = reader.number()?;
    if version > VERSION {
        return Err(SnapshotError::TooNew { found: version as u32, supported: VERSION as u32 });
    }
    Ok(reader)
}

/// The bytes between magic and checksum, if both are right.
fn checked(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let (content, checksum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(SnapshotError::Corrupt { what: "it is too short" })?;
    let inner =
        content.strip_prefix(MAGIC).ok_or(SnapshotError::Corrupt { what: "it does not begin with CESS" })?;
    let mut expected = Fnv::new();
    expected.write(content);
    if expected.0.to_le_bytes() != *checksum {
        return Err(SnapshotError::Corrupt { what: "its checksum does not match" });
    }
    Ok(inner)
}
