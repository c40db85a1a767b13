//! Deliveries and standing orders across the JavaScript boundary: who handles what, answers, pauses, backfills, and the
//! questions that people ask.

use std::borrow::Cow;

use wasm_bindgen::prelude::*;

use super::convert::raw_error;
use super::explained;
use super::plain::Plain;
use super::{ClientEventScheduler, not_utf8};
use crate::sorting::sorted;
use crate::{
    DeliveryOutcome, EventDefinition, EventFields, Input, InvalidInput, KindSet, Now, Outcome, ResumeFrom,
    Timestamp,
};

/// Ends each of several texts in the scratch buffer: no JSON text has it.
const END_OF_TEXT: u8 = 0;

#[wasm_bindgen]
impl ClientEventScheduler {
    /// Says for which kinds there are handlers: bit `n` for the kind of number `n`.
    pub fn set_handled(&self, kinds: u8) -> Result<(), JsValue> {
        self.order(Input::SetHandled(KindSet::from_bits(kinds))).map(drop)
    }

    /// The handlers of the delivery whose trigger id stands in the scratch buffer are done. Answers a number of a
    /// [`DeliveryOutcome`], as the other calls about a delivery do.
    pub fn acknowledge(&self, bytes: usize) -> Result<u8, JsValue> {
        self.answer(bytes, |trigger_id| Input::Acknowledge { trigger_id })
    }

    /// A handler has failed. In the scratch buffer: the trigger id, a line feed, and what the handler said.
    pub fn fail(&self, bytes: usize, attempt: u32, random: f64) -> Result<u8, JsValue> {
        self.answer(bytes, |text| {
            let (trigger_id, reason) = text.split_once('\n').unwrap_or((text, ""));
            Input::Fail { trigger_id, attempt, reason, random }
        })
    }

    /// Gives the delivery whose trigger id stands in the scratch buffer another attempt at once.
    pub fn retry(&self, bytes: usize) -> Result<u8, JsValue> {
        self.answer(bytes, |trigger_id| Input::Retry { trigger_id })
    }

    /// Another tab has settled the occurrence whose trigger id stands in the scratch buffer.
    pub fn settled(&self, bytes: usize) -> Result<u8, JsValue> {
        self.answer(bytes, |trigger_id| Input::Settled { trigger_id })
    }

    /// Says whether deliveries are handed out here.
    pub fn set_acting(&self, acting: bool) -> Result<(), JsValue> {
        self.order(Input::SetActing(acting)).map(drop)
    }

    /// What is known of all occurrences, as bytes for [`adopt`](Self::adopt).
    pub fn state(&self) -> Vec<u8> {
        self.driver.core.borrow().state()
    }

    /// Takes over what the tab that has acted until then knew: what its [`state`](Self::state) gave. A tick is to follow.
    pub fn adopt(&self, bytes: &[u8]) -> Result<(), JsValue> {
        self.order(Input::Adopt { state: bytes }).map(drop)
    }

    /// Pauses for the reason that stands in the scratch buffer.
    pub fn pause(&self, bytes: usize) -> Result<(), JsValue> {
        self.with_text(bytes, |reason| Input::Pause { reason }).map(drop)
    }

    /// Ends the pause. What came due meanwhile was missed, or is skipped.
    pub fn resume(&self, skip: bool) -> Result<(), JsValue> {
        let from = if skip { ResumeFrom::Now } else { ResumeFrom::Watermark };
        self.order(Input::Resume { from }).map(drop)
    }

    /// Delivers what was due in `(from, until]` and was not delivered, `again` also what was; answers how much that is.
    pub fn backfill(&self, from: f64, until: f64, again: bool) -> Result<usize, JsValue> {
        match self.order(Input::Backfill { from: instant(from), until: instant(until), again })? {
            Outcome::Backfilled { occurrences } => Ok(occurrences),
            Outcome::Event(_)
            | Outcome::Ticked { .. }
            | Outcome::Delivery(_)
            | Outcome::Loading { .. }
            | Outcome::Loaded(_)
            | Outcome::Done => Ok(0),
        }
    }

    /// Everything that the back end knew now is known here.
    pub fn synced(&self) -> Result<(), JsValue> {
        self.order(Input::Synced).map(drop)
    }

    /// Why what stands in the scratch buffer, a trigger's or an event's id, is as it is; `error_ms` is how far off the time may be.
    pub fn explain(&self, bytes: usize, error_ms: u32) -> Result<JsValue, JsValue> {
        let now = Now { error_ms, ..self.driver.now() };
        let scratch = self.scratch.borrow();
        let id = text(&scratch[..bytes])?;
        Ok(explained::explanation(&self.driver.core.borrow().explain(id, now)))
    }

    /// What would fire until then if the events were added whose JSON texts stand in the scratch buffer, each ended by
    /// NUL.
    pub fn simulate(&self, bytes: usize, until: f64) -> Result<JsValue, JsValue> {
        let now = self.driver.now();
        let scratch = self.scratch.borrow();
        let core = self.driver.core.borrow();
        let mut events = Vec::new();
        if let Some((&END_OF_TEXT, texts)) = scratch[..bytes].split_last() {
            for (i, json) in texts.split(|byte| *byte == END_OF_TEXT).enumerate() {
                let understood = EventFields::from_json(json)
                    .and_then(|fields| EventDefinition::from_fields(fields, &core.date_context()));
                events.push(understood.map_err(|invalid| raw_error(&named(invalid, i).into()))?);
            }
        }
        Ok(explained::simulation(&core.simulate(instant(until), &events, now)))
    }

    /// The coming requests to a back end without a stream after `from`, at most `limit`, by a client of this phase.
    pub fn preview_sync(&self, from: f64, phase: f64, limit: usize) -> Result<JsValue, JsValue> {
        let core = self.driver.core.borrow();
        Ok(Plain::list(core.preview_polls(instant(from), phase).take(limit), explained::poll))
    }

    /// The first `limit` pairs of events that overlap at one venue. In the scratch buffer, of events whose documents are kept in
    /// JavaScript, the id and the venue, each ended by NUL.
    pub fn conflicts(&self, bytes: usize, limit: usize) -> Result<JsValue, JsValue> {
        let scratch = self.scratch.borrow();
        let texts: Vec<&str> = text(&scratch[..bytes])?.split_terminator('\0').collect();
        let kept: Vec<(&str, &str)> = texts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let kept = sorted(kept, |a, b| a.0.cmp(b.0));
        let venue_of = |event_id: &str| {
            let position = kept.binary_search_by(|(id, _)| (*id).cmp(event_id)).ok()?;
            Some(Cow::Borrowed(kept[position].1))
        };
        let core = self.driver.core.borrow();
        Ok(explained::conflicts(&core.detect_conflicts(limit, venue_of)))
    }

    /// Deliveries whose handlers failed at every attempt, oldest first.
    pub fn dead_letters(&self) -> Result<JsValue, JsValue> {
        let core = self.driver.core.borrow();
        Ok(Plain::list(core.dead_letters(), |plain, letter| explained::dead_letter(plain, &letter)))
    }

    /// What was decided lately, newest first, at most `limit`: about the event whose id stands in the scratch buffer, or about
    /// all where nothing does.
    pub fn history(&self, bytes: usize, limit: usize) -> Result<JsValue, JsValue> {
        let scratch = self.scratch.borrow();
        let id = text(&scratch[..bytes])?;
        let core = self.driver.core.borrow();
        let asked = core.decisions().filter(|decision| id.is_empty() || *decision.event_id == *id);
        Ok(Plain::list(asked.take(limit), explained::decision))
    }

    fn order(&self, input: Input<'_>) -> Result<Outcome, JsValue> {
        self.driver.handle(input, self.driver.now())
    }

    fn with_text(&self, bytes: usize, input: impl FnOnce(&str) -> Input<'_>) -> Result<Outcome, JsValue> {
        let now = self.driver.now();
        let scratch = self.scratch.borrow();
        self.driver.handle(input(text(&scratch[..bytes])?), now)
    }

    fn answer(&self, bytes: usize, input: impl FnOnce(&str) -> Input<'_>) -> Result<u8, JsValue> {
        Ok(match self.with_text(bytes, input)? {
            Outcome::Delivery(DeliveryOutcome::Settled) => 0,
            Outcome::Delivery(DeliveryOutcome::Retrying { .. }) => 1,
            Outcome::Delivery(DeliveryOutcome::DeadLettered) => 2,
            Outcome::Delivery(DeliveryOutcome::Withdrawn) => 3,
            Outcome::Delivery(DeliveryOutcome::NotFound)
            | Outcome::Event(_)
            | Outcome::Ticked { .. }
            | Outcome::Backfilled { .. }
            | Outcome::Loading { .. }
            | Outcome::Loaded(_)
            | Outcome::Done => 4,
        })
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, JsValue> {
    std::str::from_utf8(bytes).map_err(|_| raw_error(&not_utf8().into()))
}

pub(super) fn instant(millis: f64) -> Timestamp {
    Timestamp::from_millis_clamped(millis as i64)
}

/// The error of an event whose own id cannot be read names its place, as bulk loads do.
fn named(mut invalid: InvalidInput, place: usize) -> InvalidInput {
    invalid.event_id.get_or_insert_with(|| format!("#{place}"));
    invalid
}
