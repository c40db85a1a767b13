//! Bulk loads: events read chunk by chunk as their bytes arrive, visible all at once at the end.
//!
//! The bytes are written straight into the segments in which they stay; an event is understood as soon as its last byte is
//! there, so that after the last byte of a load almost nothing is left to do.

use std::borrow::Cow;

use super::Scheduler;
use super::edits::is_stale;
use super::io::{LoadOrigin, LoadReport, Now, Quarantined};
use super::quarantine::Quarantine;
use super::rows::{Facts, Text};
use super::store::{Admission, Store, hash};
use crate::error::{ApiMisuse, InvalidInput, Problem, ProblemCode, SchedulerError};
use crate::event::{DateContext, EventDefinition, EventFields, Shape, too_large};
use crate::json::{Cursor, Fault, Scalar, not_utf8, syntax};
use crate::limits;
use crate::scheduler::Source;
use crate::sorting::sorted;

/// Bytes of one segment: large enough that few events straddle two, small enough to be given back.
const SEGMENT_BYTES: usize = 1 << 20;

/// For the first guess of a table's size: bytes of a small event.
const SMALL_EVENT_BYTES: usize = 512;

/// A bulk load under way.
#[derive(Debug)]
pub(super) struct Load {
    store: Store,
    quarantine: Quarantine,
    expected_bytes: usize,
    received: usize,
    segment: Option<u32>,
    /// Bytes of the segment that are understood.
    read: usize,
    /// Bytes of the segment that are written.
    filled: usize,
    /// Bytes that must be there before another try: twice what was too little, so that tiny chunks cost no more than large ones.
    wanted: usize,
    place: Place,
    shape: Shape,
    /// Elements of the array so far.
    index: usize,
    cursor: Option<String>,
    origin: LoadOrigin,
    /// The document is of the time at which the load began; one that was stored here is of that of the watermark.
    admission: Admission,
    /// Events that were changed meanwhile: the document may not know of it yet.
    changed: Vec<String>,
}

/// What comes next in the document: an array of events, or an object that holds one under `events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    FirstElement { enveloped: bool },
    Element { enveloped: bool },
    AfterElement { enveloped: bool },
    FirstMember { found: bool },
    Member { found: bool },
    AfterMember { found: bool },
    End,
}

enum Stop {
    Fault(Fault),
    Refused(SchedulerError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What does not change during one step of a load.
struct Step<'a> {
    dates: DateContext<'a>,
    max_events: usize,
    admission: Admission,
}

impl Scheduler {
    pub(super) fn load_begin(
        &mut self,
        expected_bytes: usize,
        origin: LoadOrigin,
        now: Now,
    ) -> Result<(), SchedulerError> {
        if self.load.is_some() {
            return Err(ApiMisuse::LoadInProgress.into());
        }
        let cached = origin == LoadOrigin::Cache;
        // Where the clock was set back, what is still to come is not in the past.
        let synced_at = self.synced_at.filter(|_| !cached);
        let known_since = synced_at.or(self.watermark).unwrap_or(now.wall).min(now.wall);
        let events = (expected_bytes / SMALL_EVENT_BYTES).min(self.config.max_events as usize);
        self.load = Some(Box::new(Load {
            store: Store::with_capacity(events),
            quarantine: Quarantine::default(),
            expected_bytes,
            received: 0,
            segment: None,
            read: 0,
            filled: 0,
            wanted: 0,
            place: Place::Start,
            shape: Shape::default(),
            index: 0,
            cursor: None,
            origin,
            admission: Admission {
                at: if cached { known_since } else { now.wall },
                fires_after: known_since,
                missed_after: known_since,
            },
            changed: Vec::new(),
        }));
        Ok(())
    }

    /// Room for the next `bytes` of a bulk load, to be written before [`Input::LoadCommit`](super::Input::LoadCommit).
    ///
    /// # Errors
    /// `LOAD_NOT_STARTED`.
    pub fn load_buffer(&mut self, bytes: usize) -> Result<&mut [u8], SchedulerError> {
        Ok(self.load.as_mut().ok_or(ApiMisuse::LoadNotStarted)?.buffer(bytes))
    }

    pub(super) fn load_commit(&mut self, bytes: usize) -> Result<usize, SchedulerError> {
        let mut load = self.load.take().ok_or(ApiMisuse::LoadNotStarted)?;
        load.filled += bytes;
        load.received += bytes;
        load.read_on(&self.step(load.admission), false)?;
        let events = load.store.len();
        self.load = Some(load);
        Ok(events)
    }

    pub(super) fn load_finish(&mut self, now: Now) -> Result<LoadReport, SchedulerError> {
        let mut load = self.load.take().ok_or(ApiMisuse::LoadNotStarted)?;
        load.read_on(&self.step(load.admission), true)?;
        let Load { mut store, mut quarantine, segment, read, cursor, changed, origin, admission, .. } = *load;
        if let Some(segment) = segment {
            store.rows.close_segment(segment, read);
        }
        self.keep_changes(&mut store, &mut quarantine, &changed, admission);
        self.check_room(store.len())?;
        let removed = self.exchange(store, now);
        self.withdraw_undefined(now);
        self.quarantine = quarantine;
        if origin != LoadOrigin::Cache {
            // The document says what there is, but for what was said meanwhile.
            let changed = sorted(changed, Ord::cmp);
            let is_changed = |id: &str| changed.binary_search_by(|other| other.as_str().cmp(id)).is_ok();
            let (store, quarantine) = (&self.store, &self.quarantine);
            let is_gone = |id: &str| store.find(id.as_bytes()).is_none() && quarantine.get(id).is_none();
            self.tombstones.retain(|id| is_changed(id) || origin == LoadOrigin::SameFeed && is_gone(id));
            // What came to be while it was on its way it may not have.
            self.synced_at = self.synced_at.max(Some(admission.at));
        }
        Ok(LoadReport { loaded: self.store.len(), quarantined: self.quarantine.len(), removed, cursor })
    }

    /// Notes that an event was changed while a load is under way.
    pub(super) fn note_mutation(&mut self, event_id: &str) {
        if let Some(load) = &mut self.load {
            load.changed.push(event_id.to_owned());
        }
    }

    fn step(&self, admission: Admission) -> Step<'_> {
        Step { dates: self.date_context(), max_events: self.config.max_events as usize, admission }
    }
}

impl Load {
    fn buffer(&mut self, bytes: usize) -> &mut [u8] {
        let current =
            self.segment.filter(|&segment| self.store.rows.segment_capacity(segment) - self.filled >= bytes);
        let segment = current.unwrap_or_else(|| self.next_segment(bytes));
        &mut self.store.rows.segment_mut(segment, self.filled + bytes)[self.filled..]
    }

    /// Goes on in another segment, taking what is not understood yet along.
    fn next_segment(&mut self, bytes: usize) -> u32 {
        let rest = self.segment.map_or_else(Vec::new, |segment| {
            self.store.rows.segment(segment)[self.read..self.filled].to_vec()
        });
        if let Some(segment) = self.segment {
            self.store.rows.close_segment(segment, self.read);
        }
        let outstanding =
            self.expected_bytes.saturating_sub(self.received).clamp(bytes, SEGMENT_BYTES.max(bytes));
        let segment = self.store.rows.add_segment(rest.len() + outstanding);
        self.store.rows.segment_mut(segment, rest.len()).copy_from_slice(&rest);
        (self.segment, self.read, self.filled) = (Some(segment), 0, rest.len());
        segment
    }

    /// Understands as much as has arrived; with `complete`, everything.
    fn read_on(&mut self, step: &Step<'_>, complete: bool) -> Result<(), SchedulerError> {
        loop {
            let available = self.filled - self.read;
            if !complete && available < self.wanted {
                return Ok(());
            }
            self.wanted = 0;
            match self.read_one(step) {
                Ok(()) => {}
                Err(Stop::Refused(error)) => return Err(error),
                Err(Stop::Fault(Fault::Incomplete)) if self.place == Place::End => return Ok(()),
                Err(Stop::Fault(Fault::Incomplete)) if !complete => {
                    let waiting = self.filled - self.read;
                    if waiting > limits::LOAD_ITEM_BYTES {
                        return Err(SchedulerError::LimitExceeded {
                            limit: "load_item_bytes",
                            maximum: limits::LOAD_ITEM_BYTES as u64,
                            actual: waiting as u64,
                        });
                    }
                    self.wanted = waiting * 2;
                    return Ok(());
                }
                Err(Stop::Fault(fault)) => return Err(self.located(fault).into()),
            }
        }
    }

    /// The error of a document that is not what it should be, with the offset in the document.
    fn located(&self, fault: Fault) -> InvalidInput {
        let before = self.received - self.filled;
        let fault = match fault {
            Fault::Syntax { at, expected } => Fault::Syntax { at: before + at, expected },
            Fault::Incomplete => Fault::Incomplete,
        };
        syntax(fault, self.received)
    }

    /// Passes one element, member or bracket.
    fn read_one(&mut self, step: &Step<'_>) -> Result<(), Stop> {
        let Some(segment) = self.segment else { return Err(Fault::Incomplete.into()) };
        let mut json = Cursor::new(&self.store.rows.segment(segment)[..self.filled], self.read);
        let next = json.peek()?;
        self.place = match self.place {
            Place::Start if json.accept(b'[')? => Place::FirstElement { enveloped: false },
            Place::Start if json.accept(b'{')? => Place::FirstMember { found: false },
            Place::Start => {
                return Err(json.fault("an array of events, or an object with one under events").into());
            }
            Place::FirstElement { enveloped } | Place::AfterElement { enveloped } if next == b']' => {
                json.expect(b']', "the end of the array")?;
                if enveloped { Place::AfterMember { found: true } } else { Place::End }
            }
            Place::AfterElement { enveloped } => {
                json.expect(b',', "a comma or the end of the array")?;
                Place::Element { enveloped }
            }
            Place::FirstElement { enveloped } | Place::Element { enveloped } => {
                self.read_element(segment, json.offset(), step)?;
                self.index += 1;
                self.place = Place::AfterElement { enveloped };
                return Ok(());
            }
            Place::FirstMember { found } | Place::AfterMember { found } if next == b'}' => {
                if !found {
                    return Err(json.fault("a member named events").into());
                }
                json.expect(b'}', "the end of the object")?;
                Place::End
            }
            Place::AfterMember { found } => {
                json.expect(b',', "a comma or the end of the object")?;
                Place::Member { found }
            }
            Place::FirstMember { found } | Place::Member { found } => {
                let key = json.text()?.decode();
                json.expect(b':', "a colon")?;
                match &*key {
                    "events" => {
                        json.expect(b'[', "an array of events")?;
                        Place::FirstElement { enveloped: true }
                    }
                    "cursor" => {
                        if let Scalar::Text(text) = json.scalar()? {
                            self.cursor = Some(text.decode().into_owned());
                        }
                        Place::AfterMember { found }
                    }
                    _ => {
                        json.skip_value()?;
                        Place::AfterMember { found }
                    }
                }
            }
            Place::End => return Err(json.fault("nothing after the document").into()),
        };
        self.read = json.offset();
        Ok(())
    }

    /// Reads the element that begins at `start`.
    fn read_element(&mut self, segment: u32, start: usize, step: &Step<'_>) -> Result<(), Stop> {
        let mut json = Cursor::new(&self.store.rows.segment(segment)[..self.filled], start);
        let mut fields = EventFields::default();
        let understood = if json.peek()? != b'{' {
            Err(no_object(json.scalar()?))
        } else {
            fields.scan(&mut json, &mut self.shape)?;
            if !json.only_ascii() && std::str::from_utf8(json.passed(start)).is_err() {
                Err(not_utf8())
            } else {
                EventDefinition::take_from(&mut fields, &step.dates)
            }
        };
        let raw = json.passed(start);
        self.read = json.offset();
        match understood {
            Ok(definition) if raw.len() > limits::EVENT_JSON_BYTES => {
                let id = definition.event_id.into_owned();
                let problem = too_large(raw.len());
                let json = raw.into();
                self.refuse(InvalidInput::single(Some(id), problem), json);
                Ok(())
            }
            Ok(definition) => {
                let span = |bytes: &[u8]| Text::Span {
                    segment,
                    start: (start + (bytes.as_ptr() as usize - raw.as_ptr() as usize)) as u32,
                    len: bytes.len() as u32,
                };
                let facts = Facts::of(&definition);
                let hash = hash(definition.event_id.as_bytes());
                let payload = span(raw);
                let id = match definition.event_id {
                    Cow::Borrowed(id) => span(id.as_bytes()),
                    Cow::Owned(id) => Text::Owned(id.into_bytes().into()),
                };
                self.stage(id, hash, payload, facts, step).map_err(Stop::Refused)
            }
            Err(invalid) => {
                let json = raw.into();
                self.refuse(invalid, json);
                Ok(())
            }
        }
    }

    /// Keeps an element apart that is no event that can be understood.
    fn refuse(&mut self, invalid: InvalidInput, json: Box<[u8]>) {
        let id = invalid.event_id.unwrap_or_else(|| format!("#{}", self.index));
        if let Some(handle) = self.store.find(id.as_bytes()) {
            self.store.remove(handle);
        }
        self.quarantine.insert(id, Quarantined { problems: invalid.problems, json });
    }

    fn stage(
        &mut self,
        id: Text,
        hash: u32,
        payload: Text,
        facts: Facts,
        step: &Step<'_>,
    ) -> Result<(), SchedulerError> {
        let known = self.store.find_hashed(self.store.rows.bytes(&id), hash);
        if let Some(handle) = known {
            let revision = self.store.rows.get(handle).facts.revision;
            if !is_stale(revision, false, facts.revision, Source::Feed) {
                self.store.rows.set_payload(handle, payload);
                self.store.redefine(handle, facts, step.admission);
            }
            return Ok(());
        }
        if !self.quarantine.is_empty() {
            let id = String::from_utf8_lossy(self.store.rows.bytes(&id)).into_owned();
            self.quarantine.remove(&id);
        }
        if self.store.len() == step.max_events {
            return Err(SchedulerError::LimitExceeded {
                limit: "max_events",
                maximum: step.max_events as u64,
                actual: step.max_events as u64 + 1,
            });
        }
        self.store.admit(id, hash, payload, facts, step.admission);
        Ok(())
    }
}

/// The problem of an element that is no object.
#[cold]
fn no_object(found: Scalar<'_>) -> InvalidInput {
    let what = match found {
        Scalar::Text(_) => "a text",
        Scalar::Number(_) => "a number",
        Scalar::Bool(_) => "a boolean",
        Scalar::Null => "null",
        Scalar::Other(what) => what,
    };
    let problem = Problem::new("", ProblemCode::WrongType, format!("is {what}: write an event as an object"));
    InvalidInput::single(None, problem)
}
