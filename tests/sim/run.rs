//! One run: a script that is drawn step by step, or replayed, with everything compared after each step.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use client_event_scheduler::{Config, Outcome, Output};

use crate::assertions::{self, Difference, same};
use crate::coverage::Coverage;
use crate::foresight;
use crate::generator::Generator;
use crate::invariants::Invariants;
use crate::reference::{Expected, Occurrence, Reference, occurrence_of};
use crate::rng::Rng;
use crate::sut::Sut;
use crate::transition::{Action, Script, Step};

/// Snapshots that can be gone back to.
const SNAPSHOTS_KEPT: usize = 8;

/// What was written to disk, and what the others knew at that moment.
struct Saved {
    bytes: Vec<u8>,
    state: Vec<u8>,
    reference: Reference,
    invariants: Invariants,
}

/// A run under way.
pub(crate) struct Run {
    config: Config,
    reference: Reference,
    sut: Sut,
    /// Fed the same, but drained only before a crash and at the end.
    shadow: Sut,
    invariants: Invariants,
    saved: Vec<Saved>,
    outputs: Vec<Output>,
    shadow_outputs: Vec<Output>,
    /// Every occurrence that has ever been seen, to be asked about.
    known: BTreeSet<Occurrence>,
    steps: usize,
    rng: Rng,
}

impl Run {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            reference: Reference::new(config.clone()),
            sut: Sut::new(config.clone()),
            shadow: Sut::new(config.clone()),
            invariants: Invariants::default(),
            saved: Vec::new(),
            outputs: Vec::new(),
            shadow_outputs: Vec::new(),
            known: BTreeSet::new(),
            steps: 0,
            rng: Rng::new(0),
        }
    }

    /// Takes one step; a panic of the scheduler is a difference too.
    pub(crate) fn step(&mut self, step: &Step, coverage: &mut Coverage) -> Result<(), Difference> {
        catch_unwind(AssertUnwindSafe(|| self.take(step, coverage))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("panicked: {}", text.unwrap_or_default()))
        })
    }

    fn take(&mut self, step: &Step, coverage: &mut Coverage) -> Result<(), Difference> {
        self.steps += 1;
        coverage.action(&step.action);
        if let Some(before) = self.reference.last_input {
            coverage.clock(step.now.millis_since(before), self.config.tick_ms, self.reference.window_ms());
        }
        match &step.action {
            Action::Persist => self.persist(),
            Action::Crash { back } => self.crash(*back)?,
            Action::Adopt { back, .. } => {
                self.lay_out(*back);
                self.feed(step, coverage)?;
            }
            _ => self.feed(step, coverage)?,
        }
        assertions::state(&self.reference, &self.sut.scheduler)?;
        coverage.deadline(self.sut.scheduler.next_deadline());
        self.ask(step, coverage)?;
        if self.steps.is_multiple_of(7) {
            assertions::snapshot(&self.sut.scheduler, &self.config)?;
            same(
                "the snapshot of the scheduler beside it",
                &self.shadow.scheduler.snapshot(),
                &self.sut.scheduler.snapshot(),
            )?;
        }
        if self.steps.is_multiple_of(13) {
            foresight::check(&self.reference, &self.sut.scheduler, step, &mut self.rng)?;
        }
        Ok(())
    }

    fn feed(&mut self, step: &Step, coverage: &mut Coverage) -> Result<(), Difference> {
        // A refused input changes nothing; that time has passed is no part of it.
        let mut trial = self.reference.clone();
        let refusal = matches!(trial.apply(&step.action, step.now), Expected::Error(_) | Expected::Errors(_));
        let before = refusal.then(|| {
            let nothing = Action::Acknowledge { id: "nothing".to_owned() };
            let nothing = Step { action: nothing, ..step.clone() };
            let _ = self.sut.apply(&nothing);
            let _ = self.shadow.apply(&nothing);
            self.sut.scheduler.snapshot()
        });
        let expected = self.reference.apply(&step.action, step.now);
        let actual = self.sut.apply(step);
        let beside = self.shadow.apply(step);
        coverage.outcome(&actual);
        let refused = assertions::outcome(&expected, &actual)?;
        if refused && step.action.is_of_a_load() {
            // A load that is refused is over.
            if !matches!(step.action, Action::LoadBegin { .. }) {
                self.reference.load = None;
            }
        }
        same("the outcome of the scheduler beside it", &format!("{actual:?}"), &format!("{beside:?}"))?;
        if let Some(before) = before
            && self.sut.scheduler.snapshot() != before
        {
            return Err("a refused input has changed something".to_owned());
        }
        let outputs = self.sut.drain();
        for output in &outputs {
            coverage.output(output, step);
        }
        let expected = std::mem::take(&mut self.reference.outputs);
        assertions::outputs(step, &expected, &outputs)?;
        if let Ok(outcome) = actual {
            let scheduler = &self.sut.scheduler;
            self.invariants.check(step, &outcome, &outputs, &self.reference, scheduler)?;
            if matches!(outcome, Outcome::Ticked { fired: 0 }) && outputs.is_empty() {
                self.a_spurious_tick_is_harmless(step)?;
            }
        }
        self.outputs.extend(outputs);
        Ok(())
    }

    /// The same tick again, on a copy.
    fn a_spurious_tick_is_harmless(&mut self, step: &Step) -> Result<(), Difference> {
        if !self.steps.is_multiple_of(5) {
            return Ok(());
        }
        let before = self.sut.scheduler.snapshot();
        let _ = self.sut.apply(step);
        let _ = self.shadow.apply(step);
        same("whether a spurious tick says something", &false, &self.sut.scheduler.has_output())?;
        same("the snapshot after a spurious tick", &before, &self.sut.scheduler.snapshot())
    }

    /// Puts in place what is to be adopted.
    fn lay_out(&mut self, back: Option<usize>) {
        let saved = back.filter(|_| !self.saved.is_empty()).map(|back| {
            let last = self.saved.len() - 1;
            &self.saved[last - back.min(last)]
        });
        let (state, reference) = match saved {
            Some(saved) => (saved.state.clone(), saved.reference.clone()),
            None => (self.sut.scheduler.state(), self.reference.clone()),
        };
        self.reference.stored = Some(Rc::new(reference));
        (self.sut.stored, self.shadow.stored) = (state.clone(), state);
    }

    fn persist(&mut self) {
        if self.saved.len() == SNAPSHOTS_KEPT {
            self.saved.remove(0);
        }
        self.saved.push(Saved {
            bytes: self.sut.scheduler.snapshot(),
            state: self.sut.scheduler.state(),
            reference: self.reference.clone(),
            invariants: self.invariants.clone(),
        });
    }

    fn crash(&mut self, back: usize) -> Result<(), Difference> {
        self.end()?;
        if self.saved.is_empty() {
            *self = Self { rng: self.rng.clone(), steps: self.steps, ..Self::new(&self.config) };
            return Ok(());
        }
        let place = self.saved.len() - 1 - back.min(self.saved.len() - 1);
        self.saved.truncate(place + 1);
        let saved = &self.saved[place];
        self.reference = saved.reference.restored();
        self.invariants = saved.invariants.clone();
        self.sut = Sut::restore(&saved.bytes, self.config.clone());
        self.shadow = Sut::restore(&saved.bytes, self.config.clone());
        same("the snapshot after a restore", &saved.bytes, &self.sut.scheduler.snapshot())
    }

    /// When outputs are taken does not change them.
    pub(crate) fn end(&mut self) -> Result<(), Difference> {
        self.shadow_outputs.extend(self.shadow.drain());
        let (prompt, late) = (std::mem::take(&mut self.outputs), std::mem::take(&mut self.shadow_outputs));
        if prompt == late { Ok(()) } else { Err("outputs taken late are not those taken at once".to_owned()) }
    }

    /// Asks about some occurrences and events: those that something happens to, and some at random.
    fn ask(&mut self, step: &Step, coverage: &mut Coverage) -> Result<(), Difference> {
        self.known.extend(self.reference.queue.iter().map(|queued| queued.occurrence.clone()));
        self.known.extend(self.reference.outstanding.keys().cloned());
        self.known.extend(self.reference.settled.keys().cloned());
        for event in self.reference.events.values() {
            let triggers = event.definition.triggers();
            self.known
                .extend(triggers.into_iter().map(|(kind, due)| (due, kind, event.definition.id.clone())));
        }
        if self.known.len() > 400 {
            let keep = self.known.len() / 2;
            let rng = &mut self.rng;
            self.known.retain(|_| rng.below(self.saved.len().max(1) + 400) < keep);
        }
        let mut asked: Vec<Occurrence> = Vec::new();
        let known: Vec<&Occurrence> = self.known.iter().collect();
        for _ in 0..3.min(known.len()) {
            asked.push(known[self.rng.below(known.len())].clone());
        }
        let outstanding: Vec<&Occurrence> = self.reference.outstanding.keys().collect();
        if !outstanding.is_empty() {
            asked.push(outstanding[self.rng.below(outstanding.len())].clone());
        }
        if let Action::Acknowledge { id }
        | Action::Fail { id, .. }
        | Action::Retry { id }
        | Action::Settled { id } = &step.action
        {
            asked.extend(occurrence_of(id));
        }
        for occurrence in asked {
            assertions::explanation(&self.reference, &self.sut.scheduler, &occurrence, step.now(), coverage)?;
        }
        let id = format!("e{}", self.rng.below(13));
        assertions::event(&self.reference, &self.sut.scheduler, &id, step.now())
    }
}

/// A run that failed.
pub(crate) struct Failure {
    pub(crate) script: Script,
    pub(crate) difference: Difference,
}

/// Draws and runs `steps` steps from a seed.
pub(crate) fn draw(seed: u64, steps: usize, coverage: &mut Coverage) -> Result<(), Box<Failure>> {
    let (mut generator, config) = Generator::new(seed);
    let mut run = Run::new(&config);
    let mut script = Script { config, steps: Vec::new() };
    for _ in 0..steps {
        let step = generator.step(&run.reference);
        script.steps.push(step);
        let step = script.steps.last().expect("just pushed");
        if let Err(difference) = run.step(step, coverage) {
            return Err(Box::new(Failure { script, difference }));
        }
    }
    run.end().map_err(|difference| Box::new(Failure { script, difference }))
}

/// Runs a script again.
fn replay(script: &Script) -> Result<(), Difference> {
    let mut run = Run::new(&script.config);
    let mut coverage = Coverage::default();
    for step in &script.steps {
        run.step(step, &mut coverage)?;
    }
    run.end()
}

/// Replays that shrinking may take.
const REPLAYS: usize = 400;

/// Leaves out steps as long as the run still fails in the same way.
pub(crate) fn shrink(failure: Failure) -> Failure {
    let kind = |difference: &str| difference.split([' ', '\n']).take(4).collect::<Vec<_>>().join(" ");
    let wanted = kind(&failure.difference);
    let Failure { mut script, mut difference } = failure;
    let mut chunk = script.steps.len().div_ceil(2);
    let mut replays = 0;
    while chunk > 0 {
        let mut at = 0;
        while at < script.steps.len() && replays < REPLAYS {
            replays += 1;
            let mut fewer = script.clone();
            fewer.steps.drain(at..(at + chunk).min(script.steps.len()));
            match replay(&fewer) {
                Err(found) if kind(&found) == wanted => (script, difference) = (fewer, found),
                _ => at += chunk,
            }
        }
        chunk /= 2;
    }
    Failure { script, difference }
}
