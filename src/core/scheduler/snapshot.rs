//! The state of a scheduler as bytes.
//!
//! `CESS`, the version, then sections behind tag and length — an unknown one is passed over, and so is what a newer writer
//! appends to a record —, then the 64-bit FNV-1a hash of all before it.

use super::checksum::Fnv;
use super::codec::{Reader, Writer};
use super::quarantine::Quarantine;
use super::rows::{Facts, Row, Text, row};
use super::store::hash;
use super::{Config, Quarantined, Scheduler};
use crate::error::{InvalidInput, SnapshotError};
use crate::event::{Approval, ApprovalStatus, EventDefinition, Lifecycle, Phase, WindowField, Windows};
use crate::trigger::TriggerKind;

const MAGIC: &[u8; 4] = b"CESS";

/// Version of the form that is written. Every version from 1 on can be read.
const VERSION: u64 = 1;

const PROGRESS: u64 = 1;
const SETTLED: u64 = 2;
const EVENTS: u64 = 3;
const QUARANTINE: u64 = 4;

const CHECKSUM_BYTES: usize = 8;

impl Scheduler {
    /// The whole state but for the settings, outputs not taken yet and a load under way. Equal states give equal bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes.extend_from_slice(MAGIC);
        out.number(VERSION);
        out.number(PROGRESS);
        out.framed(|out| {
            out.number(self.fired);
            out.number(u64::from(self.watermark.is_some()));
            if let Some(watermark) = self.watermark {
                out.instant(watermark);
            }
        });
        out.number(SETTLED);
        out.framed(|out| {
            for (due_at, kind, id) in self.settled.iter() {
                out.instant(due_at);
                out.number(kind as u64);
                out.text(id);
            }
        });
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
        let mut checksum = Fnv::new();
        checksum.write(&out.bytes);
        out.bytes.extend_from_slice(&checksum.0.to_le_bytes());
        out.bytes
    }

    /// Makes a scheduler that goes on where another one was when it took the snapshot.
    ///
    /// # Errors
    /// `SNAPSHOT_CORRUPT` or `SNAPSHOT_TOO_NEW`; `Ok(Err(…))` for settings outside their range.
    pub fn restore(bytes: &[u8], config: Config) -> Result<Result<Self, InvalidInput>, SnapshotError> {
        let mut reader = Reader::new(checked(bytes)?);
        let version = reader.number()?;
        if version > VERSION {
            return Err(SnapshotError::TooNew { found: version as u32, supported: VERSION as u32 });
        }
        let mut scheduler = match Self::new(config) {
            Ok(scheduler) => scheduler,
            Err(invalid) => return Ok(Err(invalid)),
        };
        while !reader.is_at_end() {
            let tag = reader.number()?;
            let section = Reader::new(reader.text()?);
            match tag {
                PROGRESS => scheduler.read_progress(section)?,
                SETTLED => scheduler.read_settled(section)?,
                EVENTS => scheduler.read_events(section)?,
                QUARANTINE => scheduler.read_quarantine(section)?,
                _ => {}
            }
        }
        Ok(Ok(scheduler))
    }

    fn read_progress(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        self.fired = section.number()?;
        self.watermark = if section.number()? == 0 { None } else { Some(section.instant()?) };
        Ok(())
    }

    fn read_settled(&mut self, mut section: Reader<'_>) -> Result<(), SnapshotError> {
        while !section.is_at_end() {
            let due_at = section.instant()?;
            let kind = section.number()?;
            let kind = u8::try_from(kind).ok().and_then(TriggerKind::from_number);
            let id = section.text()?;
            // A kind that a newer version knows cannot be due here.
            if let Some(kind) = kind {
                self.settled.insert(due_at, kind, id);
            }
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

fn write_event(out: &mut Writer, row: &Row, id: &[u8], payload: &[u8]) {
    out.text(id);
    let given = WindowField::ALL.into_iter().filter(|&field| row.facts.windows.get(field).is_some());
    out.number(given.fold(0, |mask, field| mask | 1 << field as u64));
    for field in WindowField::ALL {
        if let Some(instant) = row.facts.windows.get(field) {
            out.instant(instant);
        }
    }
    out.number(row.facts.approval.status as u64);
    out.number(u64::from(row.facts.approval.required));
    out.number(row.facts.approval.lifecycle as u64);
    out.optional(row.facts.revision);
    out.instant(row.admitted_at);
    out.number(row.phase as u64);
    out.number(u64::from(row.provisional));
    out.number(u64::from(row.pending));
    out.text(payload);
}

fn read_event(mut record: Reader<'_>) -> Result<(Row, u8), SnapshotError> {
    let id: Box<[u8]> = record.text()?.into();
    if std::str::from_utf8(&id).is_err() {
        return Err(SnapshotError::Corrupt { what: "an id is not UTF-8" });
    }
    let given = record.number()?;
    let mut windows = Windows::NONE;
    for field in WindowField::ALL {
        if given & 1 << field as u64 != 0 {
            windows.set(field, Some(record.instant()?));
        }
    }
    let approval = Approval {
        status: match record.number()? {
            0 => ApprovalStatus::Unstated,
            1 => ApprovalStatus::PendingApproval,
            2 => ApprovalStatus::Approved,
            3 => ApprovalStatus::Declined,
            _ => return Err(SnapshotError::Corrupt { what: "an approval status is unknown" }),
        },
        required: record.number()? != 0,
        lifecycle: match record.number()? {
            0 => Lifecycle::Computed,
            1 => Lifecycle::PendingApproval,
            2 => Lifecycle::Declined,
            3 => Lifecycle::Cancelled,
            _ => return Err(SnapshotError::Corrupt { what: "a status is unknown" }),
        },
    };
    let facts = Facts { windows, approval, revision: record.optional()? };
    let admitted_at = record.instant()?;
    let phase = u8::try_from(record.number()?).ok().and_then(Phase::from_number);
    let phase = phase.ok_or(SnapshotError::Corrupt { what: "a phase is unknown" })?;
    let provisional = record.number()? != 0;
    let due = facts.due_times();
    let pending = record.number()? as u8;
    let makes = |kind: &TriggerKind| due.get(*kind).is_some();
    let possible =
        TriggerKind::ALL.into_iter().filter(makes).fold(0, |mask, kind| mask | super::rows::bit(kind));
    let payload = match record.text()? {
        [] => Text::None,
        json => Text::Owned(json.into()),
    };
    let hash = hash(&id);
    let row = Row { phase, provisional, ..row(Text::Owned(id), hash, payload, facts, admitted_at) };
    Ok((row, pending & possible))
}
