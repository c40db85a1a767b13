//! Hosts the core in a page: timers, the JavaScript boundary, and nothing that decides.
//!
//! Text crosses in a scratch buffer that JavaScript fills with `TextEncoder.encodeInto`; every mutation returns one packed
//! number; outputs leave in batches. No JavaScript runs while the core is borrowed.

mod control;
mod convert;
mod driver;
mod explained;
mod plain;
mod recurring;
mod server_time;
mod views;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use self::convert::{field_texts, packed, raw_error, read_config};
use self::driver::Driver;
use self::plain::Plain;
use crate::event::Shape;
use crate::{
    EventDefinition, EventFields, Input, InvalidInput, LoadOrigin, Now, Outcome, Payload, Phase, Problem,
    ProblemCode, QueuedTrigger, Scheduler, Source, ZoneProvider, ZoneTable,
};

/// The standard allocator is five times as large, and no faster at what a scheduler does.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The scheduler of a page, as the TypeScript façade of the npm package drives it. Times are epoch milliseconds.
#[wasm_bindgen]
pub struct ClientEventScheduler {
    driver: Rc<Driver>,
    scratch: RefCell<Vec<u8>>,
    /// The keys of the texts that came before.
    shape: RefCell<Shape>,
}

#[wasm_bindgen]
impl ClientEventScheduler {
    /// Makes a stopped scheduler with these settings, each as its name, `=`, its value and NUL. `now` gives the time (`Date.now` where it is left out); `listener` receives outputs as
    /// `(ids joined by "\n", Float64Array of 12 numbers each)`.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, now: Option<Function>, listener: Function) -> Result<Self, JsValue> {
        install_panic_hook();
        let core = Scheduler::new(read_config(settings)?).map_err(|invalid| raw_error(&invalid.into()))?;
        Ok(Self {
            driver: Driver::new(core, now.map(JsCast::unchecked_into), listener),
            scratch: RefCell::default(),
            shape: RefCell::default(),
        })
    }

    /// Reserves the scratch buffer for `bytes` bytes and returns its address.
    pub fn scratch(&self, bytes: usize) -> *mut u8 {
        let mut scratch = self.scratch.borrow_mut();
        if scratch.len() < bytes {
            scratch.resize(bytes.next_power_of_two(), 0);
        }
        scratch.as_mut_ptr()
    }

    /// Creates or replaces the event whose fields stand in the scratch buffer, each as a tag, a value and NUL.
    pub fn upsert_fields(&self, bytes: usize, source: u8) -> Result<u32, JsValue> {
        let now = self.driver.now();
        let scratch = self.scratch.borrow();
        let fields = field_texts(&scratch[..bytes]).map_err(|invalid| raw_error(&invalid.into()))?;
        self.upsert(fields, Payload::External, source, now)
    }

    /// Creates or replaces the event whose JSON text stands in the scratch buffer. One from the feed (source 1) that cannot be
    /// understood is quarantined.
    pub fn upsert_json(&self, bytes: usize, source: u8) -> Result<u32, JsValue> {
        let now = self.driver.now();
        let scratch = self.scratch.borrow();
        let json = &scratch[..bytes];
        let fields = EventFields::from_json_like(json, &mut self.shape.borrow_mut())
            .map_err(|invalid| raw_error(&invalid.into()))?;
        self.upsert(fields, Payload::Json(json), source, now)
    }

    /// Deletes the event whose id stands in the scratch buffer; `revision` is that of the deletion, NaN where there is none.
    pub fn remove(&self, bytes: usize, revision: f64, source: u8) -> Result<u32, JsValue> {
        let revision = (revision >= 0.0).then_some(revision as u64);
        self.with_id(bytes, |event_id| Input::Remove { event_id, revision, source: source_of(source) })
    }

    /// Approves the event whose id stands in the scratch buffer.
    pub fn approve(&self, bytes: usize) -> Result<u32, JsValue> {
        self.with_id(bytes, |event_id| Input::Approve { event_id })
    }

    /// Declines the event whose id stands in the scratch buffer.
    pub fn decline(&self, bytes: usize) -> Result<u32, JsValue> {
        self.with_id(bytes, |event_id| Input::Decline { event_id })
    }

    /// Begins a bulk load of about this many bytes, 0 where that is not known. `origin` is 0 for the events that were stored here, 1
    /// for what the back end says, 2 where its feed goes on besides.
    pub fn load_begin(&self, expected_bytes: f64, origin: u8) -> Result<(), JsValue> {
        let origin = match origin {
            0 => LoadOrigin::Cache,
            1 => LoadOrigin::BackEnd,
            _ => LoadOrigin::SameFeed,
        };
        let input = Input::LoadBegin { expected_bytes: expected_bytes as usize, origin };
        self.driver.handle(input, self.driver.now()).map(drop)
    }

    /// Reserves room for the next bytes of a bulk load and returns its address.
    pub fn load_reserve(&self, bytes: usize) -> Result<*mut u8, JsValue> {
        let mut core = self.driver.core.borrow_mut();
        core.load_buffer(bytes).map(<[u8]>::as_mut_ptr).map_err(|error| raw_error(&error))
    }

    /// Reads what was written to the reserved room. An error ends the load; nothing has changed then.
    pub fn load_commit(&self, bytes: usize) -> Result<(), JsValue> {
        self.driver.handle(Input::LoadCommit { bytes }, self.driver.now()).map(drop)
    }

    /// Puts the loaded events in the place of those before.
    pub fn load_finish(&self) -> Result<JsValue, JsValue> {
        match self.driver.handle(Input::LoadFinish, self.driver.now())? {
            Outcome::Loaded(report) => Ok(views::load_report(&report)),
            Outcome::Event(_)
            | Outcome::Ticked { .. }
            | Outcome::Delivery(_)
            | Outcome::Backfilled { .. }
            | Outcome::Loading { .. }
            | Outcome::Done => Ok(JsValue::UNDEFINED),
        }
    }

    /// Gives a bulk load up.
    pub fn load_abort(&self) -> Result<(), JsValue> {
        self.driver.handle(Input::LoadAbort, self.driver.now()).map(drop)
    }

    /// The JSON text of the event whose id stands in the scratch buffer, where it is kept here.
    pub fn event_json(&self, bytes: usize) -> Option<String> {
        let scratch = self.scratch.borrow();
        let id = std::str::from_utf8(&scratch[..bytes]).ok()?;
        self.driver.core.borrow().event_json(id).map(|json| String::from_utf8_lossy(json).into_owned())
    }

    /// The number of the phase of the event whose id stands in the scratch buffer, or -1.
    pub fn phase(&self, bytes: usize) -> i32 {
        let scratch = self.scratch.borrow();
        let Ok(id) = std::str::from_utf8(&scratch[..bytes]) else { return -1 };
        self.driver.core.borrow().phase(id).map_or(-1, |phase| i32::from(phase as u8))
    }

    /// Ids of all tracked events, joined by line feeds.
    pub fn event_ids(&self) -> String {
        let core = self.driver.core.borrow();
        let mut ids = String::new();
        for (i, id) in core.event_ids().enumerate() {
            if i > 0 {
                ids.push('\n');
            }
            ids.push_str(id);
        }
        ids
    }

    /// The numbers of the phases of all tracked events, in the order of [`event_ids`](Self::event_ids).
    pub fn phases(&self) -> Vec<u8> {
        let core = self.driver.core.borrow();
        core.phases().map(|phase| phase as u8).collect()
    }

    /// Passes pending outputs on to the listener.
    pub fn flush(&self) {
        self.driver.dispatch();
    }

    /// Counts, settings and the next trigger.
    pub fn status(&self) -> Result<JsValue, JsValue> {
        let core = self.driver.core.borrow();
        Ok(views::status(&core, self.driver.is_running()))
    }

    /// The coming triggers, at most `limit`.
    pub fn queue(&self, limit: usize) -> Result<JsValue, JsValue> {
        Ok(queued(&self.driver.core.borrow().queue(limit)))
    }

    /// The next trigger, or null.
    pub fn next_trigger(&self) -> Result<JsValue, JsValue> {
        Ok(match self.driver.core.borrow().next_trigger() {
            Some(next) => Plain::object(|plain| views::queued(plain, &next)),
            None => JsValue::NULL,
        })
    }

    /// When the next trigger is due; NaN where none waits.
    pub fn next_due(&self) -> f64 {
        self.driver.core.borrow().next_due().map_or(f64::NAN, |at| at.as_millis() as f64)
    }

    /// When the core wants to be ticked next; NaN before the first tick.
    pub fn next_deadline(&self) -> f64 {
        self.driver.core.borrow().next_deadline().map_or(f64::NAN, |deadline| deadline.at.as_millis() as f64)
    }

    /// The waiting triggers of the event whose id stands in the scratch buffer.
    pub fn event_triggers(&self, bytes: usize) -> Result<JsValue, JsValue> {
        let scratch = self.scratch.borrow();
        let id = std::str::from_utf8(&scratch[..bytes]).unwrap_or_default();
        let queue = self.driver.core.borrow().event_queue(id).unwrap_or_default();
        Ok(queued(&queue))
    }

    /// Events that could not be understood, with their problems.
    pub fn quarantined(&self) -> Result<JsValue, JsValue> {
        let core = self.driver.core.borrow();
        Ok(Plain::list(core.quarantined(), views::quarantined))
    }

    /// Starts ticking.
    pub fn start(&self) {
        self.driver.start();
    }

    /// Stops ticking.
    pub fn stop(&self) {
        self.driver.stop();
    }

    /// Fires what is due now. Harmless at any time.
    pub fn tick(&self) {
        self.driver.tick();
    }

    /// Checksum of all events in sixteen hexadecimal digits.
    pub fn checksum(&self) -> String {
        crate::trigger::checksum_text(self.driver.core.borrow().checksum())
    }

    /// Sets how old, in hours, a missed trigger may be and still be delivered.
    pub fn set_max_downtime_hours(&self, hours: f64) -> Result<(), JsValue> {
        let hours = if hours.fract() == 0.0 && hours >= 0.0 { hours as u32 } else { u32::MAX };
        self.driver.handle(Input::SetMaxDowntimeHours(hours), self.driver.now()).map(drop)
    }

    /// Milliseconds to wait before a retry; see [`sync::retry_delay_ms`](crate::sync::retry_delay_ms).
    pub fn retry_delay_ms(&self, attempt: u32, random: f64) -> u32 {
        crate::sync::retry_delay_ms(attempt, random)
    }

    fn upsert(
        &self,
        fields: EventFields<'_>,
        payload: Payload<'_>,
        source: u8,
        now: Now,
    ) -> Result<u32, JsValue> {
        let source = source_of(source);
        let understood = {
            let core = self.driver.core.borrow();
            EventDefinition::from_fields(fields, &core.date_context())
        };
        let outcome = match (understood, payload, source) {
            (Ok(definition), ..) => self.driver.edit(Input::Upsert { definition, payload, source }, now)?,
            (Err(invalid), Payload::Json(json), Source::Feed) if invalid.event_id.is_some() => {
                self.driver.handle(Input::Quarantine { invalid, json }, now)?
            }
            (Err(invalid), ..) => return Err(raw_error(&invalid.into())),
        };
        Ok(self.packed(&outcome))
    }

    fn with_id(&self, bytes: usize, input: impl FnOnce(&str) -> Input<'_>) -> Result<u32, JsValue> {
        let now = self.driver.now();
        let scratch = self.scratch.borrow();
        let id = std::str::from_utf8(&scratch[..bytes]).map_err(|_| raw_error(&not_utf8().into()))?;
        self.driver.edit(input(id), now).map(|outcome| self.packed(&outcome))
    }

    fn packed(&self, outcome: &Outcome) -> u32 {
        match outcome {
            Outcome::Event(outcome) => packed(outcome, self.driver.core.borrow().has_output()),
            Outcome::Ticked { .. }
            | Outcome::Delivery(_)
            | Outcome::Backfilled { .. }
            | Outcome::Loading { .. }
            | Outcome::Loaded(_)
            | Outcome::Done => 0,
        }
    }
}

impl Drop for ClientEventScheduler {
    fn drop(&mut self) {
        self.driver.stop();
    }
}

/// Version of the core.
#[wasm_bindgen]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Version of the IANA data that is built in.
#[wasm_bindgen]
pub fn zone_table_version() -> String {
    ZoneTable::embedded().version().to_owned()
}

/// The names of a phase, `status/sub_status`.
#[wasm_bindgen]
pub fn phase_name(number: u8) -> Option<String> {
    Phase::from_number(number).map(|phase| format!("{}/{}", phase.status(), phase.sub_status()))
}

fn queued(queue: &[QueuedTrigger]) -> JsValue {
    Plain::list(queue.iter(), views::queued)
}

fn source_of(number: u8) -> Source {
    if number == 1 { Source::Feed } else { Source::Local }
}

fn not_utf8() -> InvalidInput {
    let message = "is not valid UTF-8: encode the text as UTF-8";
    InvalidInput::single(None, Problem::new("", ProblemCode::JsonSyntax, message))
}

/// Prints a panic — a bug of ours — to the console before the instance is lost.
fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            web_sys::console::error_1(&format!("[client-event-scheduler] {info}").into());
        }));
    });
}
