//! The run loop of a page: the regular tick, the exact wake-up, and the dispatch of outputs.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::{Interval, Timeout};
use js_sys::{Float64Array, Function};
use wasm_bindgen::prelude::*;

use super::convert::{raw_error, record};
use crate::{EventOutcome, Input, Now, Outcome, Output, Scheduler, ServerClock, Timestamp, WakeReason};

#[wasm_bindgen]
extern "C" {
    /// A function that gives epoch milliseconds: asked at every call, so typed to come back without a detour.
    #[wasm_bindgen(js_name = Function)]
    pub type Clock;

    #[wasm_bindgen(method, js_name = call)]
    fn ask(this: &Clock, receiver: &JsValue) -> f64;
}

/// The core and what drives it.
pub(super) struct Driver {
    pub(super) core: RefCell<Scheduler>,
    pub(super) server_clock: RefCell<ServerClock>,
    now: Option<Clock>,
    listener: Function,
    tick: RefCell<Option<Interval>>,
    wake: RefCell<Option<Timeout>>,
    /// The next instant at which a timer will call; later due times need no timer of their own.
    armed_until: Cell<Timestamp>,
    dispatching: Cell<bool>,
    this: Weak<Self>,
}

impl Driver {
    pub(super) fn new(core: Scheduler, now: Option<Clock>, listener: Function) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            core: RefCell::new(core),
            server_clock: RefCell::default(),
            now,
            listener,
            tick: RefCell::default(),
            wake: RefCell::default(),
            armed_until: Cell::new(Timestamp::MIN),
            dispatching: Cell::new(false),
            this: this.clone(),
        })
    }

    /// Feeds the core one input. Outputs wait for [`dispatch`](Self::dispatch).
    ///
    /// `now` comes from [`now`](Self::now), asked before anything was borrowed: it may be the application's own function.
    pub(super) fn handle(&self, input: Input<'_>, now: Now) -> Result<Outcome, JsValue> {
        let outcome = self.core.borrow_mut().handle(input, now).map_err(|error| raw_error(&error))?;
        let next = self.core.borrow().next_deadline();
        if next.is_some_and(|deadline| deadline.at < self.armed_until.get()) {
            self.arm(now);
        }
        Ok(outcome)
    }

    /// The same for an edit of one event. Its outcome tells of the event's change of status: where nothing waits before it, the
    /// output that says so too is not kept, since fetching that costs more than the edit.
    pub(super) fn edit(&self, input: Input<'_>, now: Now) -> Result<Outcome, JsValue> {
        let waits_alone = !self.core.borrow().has_output();
        let outcome = self.handle(input, now)?;
        if let Outcome::Event(EventOutcome { before: Some(before), after: Some(after), .. }) = outcome
            && before != after
            && waits_alone
        {
            self.core.borrow_mut().poll_output();
        }
        Ok(outcome)
    }

    pub(super) fn is_running(&self) -> bool {
        self.tick.borrow().is_some()
    }

    pub(super) fn start(&self) {
        if self.is_running() {
            return;
        }
        let this = self.this.clone();
        let tick_ms = self.core.borrow().config().tick_ms;
        let interval = Interval::new(tick_ms, move || {
            if let Some(driver) = this.upgrade() {
                driver.tick();
            }
        });
        *self.tick.borrow_mut() = Some(interval);
        self.tick();
    }

    pub(super) fn stop(&self) {
        self.tick.borrow_mut().take();
        self.wake.borrow_mut().take();
        self.armed_until.set(Timestamp::MIN);
    }

    /// Fires what is due and passes it on.
    pub(super) fn tick(&self) {
        let now = self.now();
        // A tick is never refused.
        let _ = self.core.borrow_mut().handle(Input::Tick, now);
        self.arm(now);
        self.dispatch();
    }

    /// Sets the timer of the exact wake-up, never beyond the next regular tick.
    fn arm(&self, now: Now) {
        if !self.is_running() {
            return;
        }
        let (deadline, tick_ms) = {
            let core = self.core.borrow();
            (core.next_deadline(), core.config().tick_ms)
        };
        let Some(deadline) = deadline else { return };
        self.wake.borrow_mut().take();
        self.armed_until.set(deadline.at);
        if deadline.reason != WakeReason::Tick {
            let delay_ms =
                deadline.at.as_millis().saturating_sub(now.wall.as_millis()).clamp(0, i64::from(tick_ms));
            let this = self.this.clone();
            let wake = Timeout::new(delay_ms as u32, move || {
                if let Some(driver) = this.upgrade() {
                    driver.tick();
                }
            });
            *self.wake.borrow_mut() = Some(wake);
        }
    }

    /// Passes outputs on in batches. The listener may call back: what that brings is passed on by the same loop, in order.
    pub(super) fn dispatch(&self) {
        if self.dispatching.replace(true) {
            return;
        }
        while let Some((ids, records)) = self.next_batch() {
            let records = Float64Array::from(&records[..]);
            if let Err(thrown) = self.listener.call2(&JsValue::NULL, &ids.into(), &records) {
                web_sys::console::error_2(&"[client-event-scheduler] the listener threw".into(), &thrown);
            }
        }
        self.dispatching.set(false);
    }

    fn next_batch(&self) -> Option<(String, Vec<f64>)> {
        let mut core = self.core.borrow_mut();
        let mut ids = String::new();
        let mut records = Vec::new();
        while let Some(output) = core.poll_output() {
            if !records.is_empty() {
                ids.push('\n');
            }
            let (Output::StatusChanged(crate::StatusChange { event_id, .. })
            | Output::Fired(crate::Delivery { event_id, .. })
            | Output::Undelivered(crate::Undelivered { event_id, .. })) = &output;
            ids.push_str(event_id);
            records.extend_from_slice(&record(&output));
        }
        if records.is_empty() { None } else { Some((ids, records)) }
    }

    /// The time, by the clock that the application gave.
    pub(super) fn now(&self) -> Now {
        let millis = self.now.as_ref().map_or_else(js_sys::Date::now, |now| now.ask(&JsValue::UNDEFINED));
        Now::exact(Timestamp::from_millis_clamped(millis as i64))
    }
}
