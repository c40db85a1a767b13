//! The events in memory: a paged slab, so that growing never copies, and the texts behind it.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::event::{Approval, EventDefinition, Phase, Windows};
use crate::time::Timestamp;
use crate::trigger::heap::{Events, Handle, NOWHERE};
use crate::trigger::{DueTimes, TriggerKind};

/// Copied where a vector is filled: what is built for size fills it byte by byte.
static ZEROS: [u8; 4096] = [0; 4096];

/// A text: of its own, or a part of a segment of a bulk load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    None,
    Owned(Box<[u8]>),
    Span { segment: u32, start: u32, len: u32 },
}

/// What the scheduler knows of one event.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: Text,
    pub(super) hash: u32,
    pub(super) payload: Text,
    pub(super) facts: Facts,
    /// When the current dates were made known.
    pub(super) admitted_at: Timestamp,
    pub(super) phase: Phase,
    /// Set when the last word on this event was the application's, not the back end's.
    pub(super) provisional: bool,
    /// One bit a kind: the trigger still waits.
    pub(super) pending: u8,
    /// One bit a kind: the trigger lay in the past when it was made known, and was not missed.
    pub(super) backdated: u8,
    /// One bit a kind: the trigger has fired, whether or not it is remembered what became of it.
    pub(super) fired: u8,
    pub(super) heap_position: u32,
}

/// What an event's definition says, without its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) windows: Windows,
    pub(super) approval: Approval,
    pub(super) revision: Option<u64>,
}

impl Facts {
    pub(super) fn of(definition: &EventDefinition<'_>) -> Self {
        Self { windows: definition.windows, approval: definition.approval, revision: definition.revision }
    }

    pub(super) fn due_times(&self) -> DueTimes {
        if self.approval.gate().is_some() { DueTimes::NONE } else { DueTimes::of(&self.windows) }
    }

    pub(super) fn phase_at(&self, at: Timestamp) -> Phase {
        self.approval.gate().unwrap_or_else(|| self.windows.phase_at(at))
    }
}

impl Row {
    /// Whether the trigger of `kind` still waits.
    pub(super) fn waits(&self, kind: TriggerKind) -> bool {
        self.pending & bit(kind) != 0
    }

    /// The earliest trigger that still waits.
    pub(super) fn next_trigger(&self) -> Option<(Timestamp, TriggerKind)> {
        self.earliest(self.pending)
    }

    /// The earliest trigger that waits behind `(due_at, kind)`.
    pub(super) fn trigger_after(
        &self,
        due_at: Timestamp,
        kind: TriggerKind,
    ) -> Option<(Timestamp, TriggerKind)> {
        let due = self.facts.due_times();
        let mut later = self.pending;
        for candidate in TriggerKind::ALL {
            if due.get(candidate).is_some_and(|at| (at, candidate) <= (due_at, kind)) {
                later &= !bit(candidate);
            }
        }
        self.earliest(later)
    }

    fn earliest(&self, mask: u8) -> Option<(Timestamp, TriggerKind)> {
        if mask == 0 {
            return None;
        }
        let due = self.facts.due_times();
        TriggerKind::ALL
            .into_iter()
            .filter(|&kind| mask & bit(kind) != 0)
            .filter_map(|kind| due.get(kind).map(|at| (at, kind)))
            .min()
    }
}

/// The bit of a kind in [`Row::pending`].
pub(super) const fn bit(kind: TriggerKind) -> u8 {
    1 << kind as u8
}

const PAGE: usize = 1024;

/// Every event, by handle.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pages: Vec<Vec<Option<Row>>>,
    free: Vec<Handle>,
    len: usize,
    segments: Vec<Segment>,
}

#[derive(Debug, Default)]
struct Segment {
    bytes: Vec<u8>,
    /// Payloads that still refer to it; ids lie within their payload or outlive it as texts of their own.
    users: u32,
    /// A bulk load still writes to it.
    open: bool,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, handle: Handle) -> &Row {
        self.pages[handle as usize / PAGE][handle as usize % PAGE].as_ref().expect("a handle in use")
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> &mut Row {
        self.pages[handle as usize / PAGE][handle as usize % PAGE].as_mut().expect("a handle in use")
    }

    /// Handles in use, in ascending order.
    pub(super) fn handles(&self) -> impl Iterator<Item = Handle> + '_ {
        self.pages.iter().enumerate().flat_map(|(page, rows)| {
            rows.iter()
                .enumerate()
                .filter(|(_, row)| row.is_some())
                .map(move |(i, _)| (page * PAGE + i) as Handle)
        })
    }

    pub(super) fn insert(&mut self, row: Row) -> Handle {
        self.len += 1;
        self.retain(&row.payload);
        if let Some(handle) = self.free.pop() {
            self.pages[handle as usize / PAGE][handle as usize % PAGE] = Some(row);
            return handle;
        }
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        let page = self.pages.len() - 1;
        self.pages[page].push(Some(row));
        (page * PAGE + self.pages[page].len() - 1) as Handle
    }

    pub(super) fn remove(&mut self, handle: Handle) {
        let row = self.pages[handle as usize / PAGE][handle as usize % PAGE].take().expect("a handle in use");
        self.release(&row.payload);
        self.free.push(handle);
        self.len -= 1;
    }

    /// Gives the event another document. Its id moves out of the old one first.
    pub(super) fn set_payload(&mut self, handle: Handle, payload: Text) {
        let row = self.get(handle);
        if matches!((&row.payload, &payload), (Text::None, Text::None)) {
            return;
        }
        if !matches!(row.id, Text::Owned(_)) {
            let id = Text::Owned(self.bytes(&row.id).into());
            self.get_mut(handle).id = id;
        }
        self.retain(&payload);
        let row = self.get_mut(handle);
        let old = std::mem::replace(&mut row.payload, payload);
        self.release(&old);
    }

    pub(super) fn bytes<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::None => &[],
            Text::Owned(bytes) => bytes,
            Text::Span { segment, start, len } => {
                &self.segments[*segment as usize].bytes[*start as usize..(*start + *len) as usize]
            }
        }
    }

    pub(super) fn id(&self, handle: Handle) -> &[u8] {
        self.bytes(&self.get(handle).id)
    }

    pub(super) fn id_text(&self, handle: Handle) -> Arc<str> {
        String::from_utf8_lossy(self.id(handle)).into()
    }

    pub(super) fn payload(&self, handle: Handle) -> &[u8] {
        self.bytes(&self.get(handle).payload)
    }

    /// Adds an empty segment with room for `bytes`.
    pub(super) fn add_segment(&mut self, bytes: usize) -> u32 {
        self.segments.push(Segment { bytes: Vec::with_capacity(bytes), users: 0, open: true });
        (self.segments.len() - 1) as u32
    }

    pub(super) fn segment(&self, segment: u32) -> &[u8] {
        &self.segments[segment as usize].bytes
    }

    /// How many bytes fit into a segment altogether.
    pub(super) fn segment_capacity(&self, segment: u32) -> usize {
        self.segments[segment as usize].bytes.capacity()
    }

    /// The first `bytes` of a segment, to be written to. Room that was never asked for is not even filled with zeros.
    pub(super) fn segment_mut(&mut self, segment: u32, bytes: usize) -> &mut [u8] {
        let content = &mut self.segments[segment as usize].bytes;
        while content.len() < bytes {
            let missing = (bytes - content.len()).min(ZEROS.len());
            content.extend_from_slice(&ZEROS[..missing]);
        }
        &mut content[..bytes]
    }

    /// Gives a segment back if nothing refers to it.
    pub(super) fn close_segment(&mut self, segment: u32, used: usize) {
        let segment = &mut self.segments[segment as usize];
        segment.open = false;
        if segment.users == 0 {
            segment.bytes = Vec::new();
        } else {
            segment.bytes.truncate(used);
        }
    }

    fn retain(&mut self, payload: &Text) {
        if let Text::Span { segment, .. } = payload {
            self.segments[*segment as usize].users += 1;
        }
    }

    fn release(&mut self, payload: &Text) {
        if let Text::Span { segment, .. } = payload {
            let segment = &mut self.segments[*segment as usize];
            segment.users -= 1;
            if segment.users == 0 && !segment.open {
                segment.bytes = Vec::new();
            }
        }
    }
}

impl Events for Rows {
    fn order(&self, a: Handle, b: Handle) -> Ordering {
        self.id(a).cmp(self.id(b))
    }

    #[inline]
    fn moved(&mut self, handle: Handle, position: u32) {
        self.get_mut(handle).heap_position = position;
    }
}

/// A new row that has no place in the queue yet.
pub(super) fn row(id: Text, hash: u32, payload: Text, facts: Facts, at: Timestamp) -> Row {
    Row {
        id,
        hash,
        payload,
        facts,
        admitted_at: at,
        phase: facts.phase_at(at),
        provisional: false,
        pending: 0,
        backdated: 0,
        fired: 0,
        heap_position: NOWHERE,
    }
}
