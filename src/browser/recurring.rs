//! What a person is shown of a recurrence while typing it, across the JavaScript boundary.

use wasm_bindgen::prelude::*;

use super::ClientEventScheduler;
use super::control::{instant, text};
use super::convert::raw_error;
use super::plain::Plain;
use crate::InvalidInput;
use crate::recurrence::{Context, Moment, Preview, Written};

#[wasm_bindgen]
impl ClientEventScheduler {
    /// The first `limit` occurrences later than `after` of the recurrence that stands in the scratch buffer. After it stand the
    /// beginning and the zone that count where it has none itself, empty where there is none; each text is ended by NUL.
    pub fn preview_recurrence(&self, bytes: usize, after: f64, limit: usize) -> Result<JsValue, JsValue> {
        let scratch = self.scratch.borrow();
        let mut texts = text(&scratch[..bytes])?.split('\0');
        let [written, start, time_zone] = std::array::from_fn(|_| texts.next().unwrap_or_default());
        let core = self.driver.core.borrow();
        let dates = core.date_context();
        let given = Some(time_zone).filter(|name| !name.is_empty());
        let read = || -> Result<JsValue, InvalidInput> {
            let written = Written::read(written)?;
            let start = if start.is_empty() { None } else { Some(Moment::read_start(start)?) };
            let default_time_zone = given.or(dates.default_time_zone);
            let schedule = written.schedule(&Context { zones: dates.zones, default_time_zone, start })?;
            Ok(shown(&written, &Preview::of(&schedule, instant(after), limit)))
        };
        read().map_err(|invalid| raw_error(&invalid.into()))
    }
}

fn shown(written: &Written, preview: &Preview) -> JsValue {
    Plain::object(|plain| {
        plain.text("text", &written.text());
        plain.literal("definition", written.json().as_deref().unwrap_or("null"));
        plain.text_or_null("description", written.description().as_deref());
        plain.open("occurrences", '[');
        preview.occurrences.iter().for_each(|&at| plain.instant("", at));
        plain.close(']');
        plain.flag("complete", preview.complete);
        plain.text_or_null("stopped", preview.stopped.map(|stopped| stopped.to_string()).as_deref());
    })
}
