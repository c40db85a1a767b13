//! The system under test: a real scheduler that is fed the steps, and a second one beside it that is fed the same but drained
//! late.

use client_event_scheduler::{
    Config, EventDefinition, Input, KindSet, Outcome, Output, Payload, Scheduler, SchedulerError,
};

use crate::transition::{Action, Step, contradiction};

/// A scheduler and what of a document it was not given yet.
pub(crate) struct Sut {
    pub(crate) scheduler: Scheduler,
    document: Option<(std::rc::Rc<crate::transition::Document>, usize)>,
    /// What is there to be adopted.
    pub(crate) stored: Vec<u8>,
}

impl Sut {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            scheduler: Scheduler::new(config).expect("valid settings"),
            document: None,
            stored: Vec::new(),
        }
    }

    pub(crate) fn restore(snapshot: &[u8], config: Config) -> Self {
        let scheduler =
            Scheduler::restore(snapshot, config).expect("its own snapshot").expect("valid settings");
        Self { scheduler, document: None, stored: Vec::new() }
    }

    /// Feeds one step.
    pub(crate) fn apply(&mut self, step: &Step) -> Result<Outcome, SchedulerError> {
        let now = step.now();
        match &step.action {
            Action::Upsert { definition, style, external, source } => {
                let json = definition.json(*style);
                let context = self.scheduler.date_context();
                let understood =
                    EventDefinition::from_json(json.as_bytes(), &context).expect("a valid event");
                let payload = if *external { Payload::External } else { Payload::Json(json.as_bytes()) };
                let definition = understood.into_owned();
                self.scheduler.handle(Input::Upsert { definition, payload, source: *source }, now)
            }
            Action::Quarantine { id } => {
                let json =
                    id.as_deref().map_or_else(|| crate::transition::NONSENSE.to_owned(), contradiction);
                let invalid = EventDefinition::from_json(json.as_bytes(), &self.scheduler.date_context())
                    .expect_err("no valid event");
                self.scheduler.handle(Input::Quarantine { invalid, json: json.as_bytes() }, now)
            }
            Action::LoadBegin { document, expected_bytes, origin } => {
                let outcome = self
                    .scheduler
                    .handle(Input::LoadBegin { expected_bytes: *expected_bytes, origin: *origin }, now);
                if outcome.is_ok() {
                    self.document = Some((document.clone(), 0));
                }
                outcome
            }
            Action::LoadCommit { bytes } => {
                let mut bytes = *bytes;
                if let Some((document, sent)) = &mut self.document {
                    bytes = bytes.min(document.text.len() - *sent);
                    if let Ok(buffer) = self.scheduler.load_buffer(bytes) {
                        buffer.copy_from_slice(&document.text.as_bytes()[*sent..*sent + bytes]);
                        *sent += bytes;
                    }
                }
                self.scheduler.handle(Input::LoadCommit { bytes }, now)
            }
            Action::Adopt { damaged, .. } => {
                let mut state = self.stored.clone();
                if *damaged {
                    let middle = state.len() / 2;
                    state[middle] ^= 1;
                }
                self.scheduler.handle(Input::Adopt { state: &state }, now)
            }
            simple => self.scheduler.handle(input(simple), now),
        }
    }

    pub(crate) fn drain(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.scheduler.poll_output()).collect()
    }
}

/// The input of an action that needs nothing but its own fields.
fn input(action: &Action) -> Input<'_> {
    match action {
        Action::Tick => Input::Tick,
        Action::Remove { id, revision, source } => {
            Input::Remove { event_id: id, revision: *revision, source: *source }
        }
        Action::Approve { id } => Input::Approve { event_id: id },
        Action::Decline { id } => Input::Decline { event_id: id },
        Action::LoadFinish => Input::LoadFinish,
        Action::LoadAbort => Input::LoadAbort,
        Action::Synced => Input::Synced,
        Action::SetMaxDowntimeHours(hours) => Input::SetMaxDowntimeHours(*hours),
        Action::SetHandled(bits) => Input::SetHandled(KindSet::from_bits(*bits)),
        Action::SetActing(acting) => Input::SetActing(*acting),
        Action::Acknowledge { id } => Input::Acknowledge { trigger_id: id },
        Action::Fail { id, attempt, reason, random } => {
            Input::Fail { trigger_id: id, attempt: *attempt, reason, random: *random }
        }
        Action::Retry { id } => Input::Retry { trigger_id: id },
        Action::Settled { id } => Input::Settled { trigger_id: id },
        Action::Pause { reason } => Input::Pause { reason },
        Action::Resume { from } => Input::Resume { from: *from },
        Action::Backfill { from, until, again } => {
            Input::Backfill { from: *from, until: *until, again: *again }
        }
        Action::Upsert { .. }
        | Action::Quarantine { .. }
        | Action::Adopt { .. }
        | Action::LoadBegin { .. }
        | Action::LoadCommit { .. }
        | Action::Persist
        | Action::Crash { .. } => unreachable!("handled by the caller"),
    }
}
