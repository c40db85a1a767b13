//! The tabs of a profile, and what is stored for all of them.

use std::collections::VecDeque;
use std::rc::Rc;

use client_event_scheduler::{Config, LoadOrigin, Output, Timestamp};

use super::Reached;
use super::laws::Laws;
use crate::assertions::{self, Difference};
use crate::generator::Generator;
use crate::reference::definition::Definition;
use crate::reference::{Occurrence, Reference, trigger_id};
use crate::rng::Rng;
use crate::sut::Sut;
use crate::transition::{Action, Document, Item, Step};

/// One page.
struct Tab {
    sut: Sut,
    reference: Reference,
    /// The epoch in which it acts.
    acts_in: Option<u64>,
    frozen: bool,
    /// Edits of other tabs that have not arrived yet.
    relayed: VecDeque<Action>,
    /// Handlers that run here, and the attempt.
    running: Vec<(Occurrence, u32)>,
}

/// What a transaction has written.
#[derive(Clone)]
struct Stored {
    state: Vec<u8>,
    reference: Rc<Reference>,
    events: Vec<Definition>,
}

pub(super) struct Profile {
    pub(super) config: Config,
    tabs: Vec<Tab>,
    epoch: u64,
    stored: Option<Stored>,
    generator: Generator,
    laws: Laws,
    pub(super) log: Vec<String>,
    pub(super) reached: Reached,
}

impl Profile {
    pub(super) fn new(seed: u64) -> Self {
        let (generator, config) = Generator::new(seed);
        // Set back by days, the clock brings up what nobody remembers: that is for the simulator of one.
        let generator = generator.forward();
        // Who acts is for the lease to say.
        let config = Config { acting: false, max_events: 100, ..config };
        let tabs = (0..2).map(|_| Tab::new(&config)).collect();
        let (laws, reached) = (Laws::default(), Reached::default());
        Self { config, tabs, epoch: 0, stored: None, generator, laws, log: Vec::new(), reached }
    }

    pub(super) fn step(&mut self, rng: &mut Rng) -> Result<(), Difference> {
        let i = rng.below(self.tabs.len());
        let drawn = self.generator.step(&self.tabs[i].reference);
        let now = drawn.now;
        if self.tabs.iter().all(|tab| tab.acts_in.is_none()) {
            return self.take_over(i, now);
        }
        if rng.chance(3) {
            return self.crash(i, now);
        }
        if rng.chance(4) {
            self.tabs[i].frozen = !self.tabs[i].frozen;
            self.log.push(format!("{now} tab {i} is frozen: {}", self.tabs[i].frozen));
        }
        // A lease runs out while its holder is frozen; else it is handed over now and then.
        let held = self.holder().is_some_and(|holder| !self.tabs[holder].frozen);
        if !self.tabs[i].frozen && rng.chance(if held { 2 } else { 30 }) {
            return self.take_over(i, now);
        }
        if self.tabs[i].frozen {
            return Ok(());
        }
        match drawn.action {
            Action::Upsert { .. } | Action::Remove { .. } | Action::Quarantine { .. } => {
                self.edit(i, drawn)?;
            }
            Action::Approve { .. } | Action::Decline { .. } => self.edit(i, drawn)?,
            Action::Pause { .. } | Action::Resume { .. } if self.tabs[i].acts_in.is_some() => {
                self.feed(i, drawn)?;
                self.store(i, now)?;
            }
            _ => self.go_on(i, now, rng)?,
        }
        self.compare()
    }

    /// What a tab does of itself.
    fn go_on(&mut self, i: usize, now: Timestamp, rng: &mut Rng) -> Result<(), Difference> {
        match rng.below(10) {
            0..3 => {
                if let Some(edit) = self.tabs[i].relayed.pop_front() {
                    self.laws.edited(id_of(&edit), now);
                    self.take_edit(i, step(now, edit))?;
                }
            }
            3..6 if !self.tabs[i].running.is_empty() => {
                let place = rng.below(self.tabs[i].running.len());
                let (occurrence, attempt) = self.tabs[i].running.swap_remove(place);
                let id = trigger_id(&occurrence);
                let answer = if rng.chance(60) {
                    Action::Acknowledge { id }
                } else {
                    Action::Fail { id, attempt, reason: "refused".to_owned(), random: rng.unit() }
                };
                self.feed(i, step(now, answer))?;
                // It may go down before it can store that.
                if rng.chance(85) {
                    self.store(i, now)?;
                }
            }
            6..8 if self.tabs[i].acts_in.is_none() => self.adopt(i, now)?,
            _ => {
                self.feed(i, step(now, Action::Tick))?;
                self.store(i, now)?;
            }
        }
        Ok(())
    }

    fn edit(&mut self, i: usize, edit: Step) -> Result<(), Difference> {
        let now = edit.now;
        self.laws.edited(id_of(&edit.action), now);
        for (other, tab) in self.tabs.iter_mut().enumerate() {
            if other != i {
                tab.relayed.push_back(edit.action.clone());
            }
        }
        self.take_edit(i, edit)
    }

    /// What it has placed in the past fires before the edit is stored: the stored events do not tell of it.
    fn take_edit(&mut self, i: usize, edit: Step) -> Result<(), Difference> {
        let now = edit.now;
        self.feed(i, edit)?;
        self.feed(i, step(now, Action::Tick))?;
        self.store(i, now)
    }

    fn holder(&self) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.acts_in == Some(self.epoch))
    }

    /// The lease is given to a tab, which goes on from what was stored.
    fn take_over(&mut self, i: usize, now: Timestamp) -> Result<(), Difference> {
        if let Some(holder) = self.holder().filter(|holder| !self.tabs[*holder].frozen) {
            if holder == i {
                return Ok(());
            }
            self.store(holder, now)?;
            self.cease(holder, now)?;
        }
        self.epoch += 1;
        self.reached.takeovers += 1;
        self.log.push(format!("{now} tab {i} takes over"));
        self.cease(i, now)?;
        self.adopt(i, now)?;
        self.tabs[i].acts_in = Some(self.epoch);
        self.feed(i, step(now, Action::SetActing(true)))?;
        self.store(i, now)?;
        self.compare()
    }

    fn cease(&mut self, i: usize, now: Timestamp) -> Result<(), Difference> {
        self.tabs[i].acts_in = None;
        self.feed(i, step(now, Action::SetActing(false))).map(drop)
    }

    fn adopt(&mut self, i: usize, now: Timestamp) -> Result<(), Difference> {
        let Some(stored) = self.stored.clone() else { return Ok(()) };
        self.reached.adopted += 1;
        let tab = &mut self.tabs[i];
        (tab.reference.stored, tab.sut.stored) = (Some(stored.reference), stored.state);
        self.feed(i, step(now, Action::Adopt { back: None, damaged: false }))
    }

    /// A page goes down, and another one starts in its place from what was stored.
    fn crash(&mut self, i: usize, now: Timestamp) -> Result<(), Difference> {
        self.log.push(format!("{now} tab {i} goes down, and starts again"));
        let relayed = self.tabs[1 - i].relayed.clone();
        let left: Vec<&Reference> = self.stored.iter().map(|stored| &*stored.reference).collect();
        let other = &self.tabs[1 - i].reference;
        self.laws.forget_but(|occurrence| {
            // What an edit has placed before the watermark during a pause the stored events do not tell.
            let tells =
                |stored: &&&Reference| !stored.is_queued(occurrence) || Some(occurrence.0) > stored.watermark;
            left.iter().filter(tells).chain([&other]).any(|known| knows(known, occurrence))
        });
        let mut fresh = Tab::new(&self.config);
        // What is on its way to the others it hears of too.
        fresh.relayed.extend(relayed);
        self.tabs[i] = fresh;
        let Some(stored) = self.stored.clone() else { return Ok(()) };
        self.reached.started += 1;
        self.adopt(i, now)?;
        let items = stored.events.iter().map(|event| Item::Event(event.clone(), 0)).collect();
        let document = Rc::new(Document::new(items, None, 0));
        let bytes = document.text.len();
        self.feed(
            i,
            step(now, Action::LoadBegin { document, expected_bytes: bytes, origin: LoadOrigin::Cache }),
        )?;
        self.feed(i, step(now, Action::LoadCommit { bytes }))?;
        self.feed(i, step(now, Action::LoadFinish))?;
        self.feed(i, step(now, Action::Tick))?;
        self.compare()
    }

    /// One input, to the scheduler and to the reference beside it. What is handed out is begun when it is stored.
    fn feed(&mut self, i: usize, step: Step) -> Result<(), Difference> {
        self.log.push(format!("tab {i} {step}"));
        let tab = &mut self.tabs[i];
        let expected = tab.reference.apply(&step.action, step.now);
        let actual = tab.sut.apply(&step);
        assertions::outcome(&expected, &actual)?;
        let outputs = tab.sut.drain();
        let expected = std::mem::take(&mut tab.reference.outputs);
        assertions::outputs(&step, &expected, &outputs)?;
        assertions::state(&tab.reference, &tab.sut.scheduler)?;
        self.laws.see(&tab.reference, id_of(&step.action));
        for output in &outputs {
            self.laws.said(output);
        }
        let fired = |output: Output| match output {
            Output::Fired(delivery) => Some((
                (delivery.scheduled_at, delivery.kind, delivery.event_id.to_string()),
                delivery.attempt,
            )),
            Output::StatusChanged(_) | Output::Undelivered(_) => None,
        };
        let batch: Vec<(Occurrence, u32)> = outputs.into_iter().filter_map(fired).collect();
        if batch.is_empty() { Ok(()) } else { self.begin(i, batch, step.now) }
    }

    /// Handlers run when it is stored that they do, and not at all where another tab acts by now.
    fn begin(&mut self, i: usize, batch: Vec<(Occurrence, u32)>, now: Timestamp) -> Result<(), Difference> {
        let before = self.stored.clone();
        self.store(i, now)?;
        if self.tabs[i].acts_in != Some(self.epoch) {
            return Ok(());
        }
        let stored = self.stored.clone().expect("just stored");
        for (occurrence, attempt) in batch {
            self.reached.effects += 1;
            self.reached.repeated += u64::from(attempt > 1);
            let settled =
                before.as_ref().is_some_and(|before| before.reference.settled.contains_key(&occurrence));
            self.laws.begin(&occurrence, attempt, &stored.reference, settled)?;
            if self.agree(&occurrence.2) {
                self.laws.in_order(&occurrence, attempt)?;
            } else {
                self.laws.differs(&occurrence.2);
            }
            self.log.push(format!("{now} tab {i} runs {} {attempt}", trigger_id(&occurrence)));
            self.tabs[i].running.push((occurrence, attempt));
        }
        Ok(())
    }

    /// One transaction: it is refused to who does not act any more, and who learns that goes on as the others.
    fn store(&mut self, i: usize, now: Timestamp) -> Result<(), Difference> {
        let tab = &self.tabs[i];
        let Some(epoch) = tab.acts_in else { return Ok(()) };
        if epoch != self.epoch {
            self.reached.refused += 1;
            self.log.push(format!("{now} tab {i} acts no more"));
            self.cease(i, now)?;
            return self.adopt(i, now);
        }
        let events = tab.reference.events.values().map(|event| event.definition.clone()).collect();
        let reference = Rc::new(Reference { stored: None, ..tab.reference.clone() });
        self.stored = Some(Stored { state: tab.sut.scheduler.state(), reference, events });
        Ok(())
    }

    /// Whether all tabs have the same definition of an event.
    fn agree(&self, event_id: &str) -> bool {
        let definition = |tab: &Tab| tab.reference.events.get(event_id).map(|event| event.definition.clone());
        self.tabs.windows(2).all(|pair| definition(&pair[0]) == definition(&pair[1]))
    }

    fn compare(&mut self) -> Result<(), Difference> {
        self.reached.held += u64::from(self.tabs.iter().any(|tab| !tab.reference.held.is_empty()));
        for tab in &self.tabs {
            assertions::state(&tab.reference, &tab.sut.scheduler)?;
        }
        Ok(())
    }

    /// Everybody wakes up, hears everything, and answers; then everything has an end.
    pub(super) fn come_to_rest(&mut self) -> Result<(), Difference> {
        let mut now = self.tabs.iter().filter_map(|tab| tab.reference.last_input).max().expect("it has run");
        for i in 0..self.tabs.len() {
            self.tabs[i].frozen = false;
            while let Some(edit) = self.tabs[i].relayed.pop_front() {
                self.laws.edited(id_of(&edit), now);
                self.take_edit(i, step(now, edit))?;
            }
        }
        self.epoch += 1;
        for i in 0..self.tabs.len() {
            self.cease(i, now)?;
        }
        self.take_over(0, now)?;
        self.feed(0, step(now, Action::Resume { from: client_event_scheduler::ResumeFrom::Watermark }))?;
        for _ in 0..40 {
            now = now.saturating_add_ms(2 * i64::from(self.config.tick_ms));
            while let Some((occurrence, _)) = self.tabs[0].running.pop() {
                self.feed(0, step(now, Action::Acknowledge { id: trigger_id(&occurrence) }))?;
            }
            self.feed(0, step(now, Action::Tick))?;
        }
        let all: Vec<&Reference> = self.tabs.iter().map(|tab| &tab.reference).collect();
        self.laws.nothing_is_lost(all[0], &all)
    }
}

impl Tab {
    fn new(config: &Config) -> Self {
        Self {
            sut: Sut::new(config.clone()),
            reference: Reference::new(config.clone()),
            acts_in: None,
            frozen: false,
            relayed: VecDeque::new(),
            running: Vec::new(),
        }
    }
}

fn knows(reference: &Reference, occurrence: &Occurrence) -> bool {
    reference.is_queued(occurrence)
        || reference.outstanding.contains_key(occurrence)
        || reference.held.contains_key(occurrence)
        || reference.settled.contains_key(occurrence)
}

fn step(now: Timestamp, action: Action) -> Step {
    Step { now, error_ms: 0, action }
}

fn id_of(edit: &Action) -> &str {
    match edit {
        Action::Upsert { definition, .. } => &definition.id,
        Action::Remove { id, .. } | Action::Approve { id } | Action::Decline { id } => id,
        Action::Quarantine { id } => id.as_deref().unwrap_or_default(),
        _ => "",
    }
}
