//! Steps drawn from a seed, with an eye on the state of the reference: what is aimed at boundaries and collisions finds more
//! than what is aimed at nothing.

use std::rc::Rc;

use client_event_scheduler::{
    Config, KindSet, LoadOrigin, MissedPolicy, Precision, RecoveryPolicy, ResumeFrom, RetryPolicy, Source,
    Timestamp, TriggerKind,
};

use crate::reference::definition::Definition;
use crate::reference::{Reference, State, trigger_id};
use crate::rng::Rng;
use crate::transition::{Action, Document, Item, Step};

const BEGINNING: i64 = 1_780_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// The world that a run takes place in.
pub(crate) struct Generator {
    rng: Rng,
    ids: Vec<String>,
    grid_ms: i64,
    clock: Timestamp,
    error_ms: u32,
    /// Milliseconds that the clock gains a step.
    drift_ms: i64,
    /// Whether the clock may step back in this run.
    steps_back: bool,
    /// What the feed has said, to be said again.
    feed: Vec<Action>,
    revision: u64,
}

impl Generator {
    /// The world and the settings of a seed.
    pub(crate) fn new(seed: u64) -> (Self, Config) {
        let mut rng = Rng::new(seed);
        let events = 3 + rng.below(10);
        let grid_ms = rng.pick(&[1_000, 10_000, 60_000, 600_000, HOUR_MS, 6 * HOUR_MS]);
        let config = config(&mut rng, events);
        let generator = Self {
            ids: (0..events).map(|i| format!("e{i}")).collect(),
            grid_ms,
            clock: at(BEGINNING + rng.between(0, 5_000)),
            error_ms: 0,
            drift_ms: rng.pick(&[0, 0, 0, 1, 7, -3]),
            steps_back: rng.chance(60),
            feed: Vec::new(),
            revision: 1,
            rng,
        };
        (generator, config)
    }

    /// The same world with a clock that nobody sets back.
    pub(crate) fn forward(self) -> Self {
        Self { steps_back: false, ..self }
    }

    pub(crate) fn step(&mut self, reference: &Reference) -> Step {
        self.move_clock(reference);
        let action = self.action(reference);
        if let Action::Upsert { source: Source::Feed, .. } | Action::Remove { source: Source::Feed, .. } =
            &action
        {
            self.feed.push(action.clone());
        }
        Step { now: self.clock, error_ms: self.error_ms, action }
    }

    fn move_clock(&mut self, reference: &Reference) {
        let rng = &mut self.rng;
        let tick_ms = i64::from(reference.config.tick_ms);
        let window_ms = reference.window_ms();
        let jump = match rng.below(100) {
            0..40 => 0,
            40..55 => rng.between(1, 300),
            55..67 => tick_ms,
            67..72 => rng.between(1, 3 * tick_ms),
            72..77 => self.grid_ms,
            77..86 => {
                // To the very instant at which something is to happen, or just beside it.
                let next = reference.next_deadline().map_or(self.clock, |deadline| deadline.at);
                next.millis_since(self.clock).max(0) + rng.pick(&[0, 0, 0, -1, 1, tick_ms, tick_ms + 1])
            }
            86..92 => {
                let queue = reference.sorted_queue();
                let due = if queue.is_empty() { self.clock } else { queue[rng.below(queue.len())].0 };
                due.millis_since(self.clock)
                    + rng.pick(&[0, -1, 1, tick_ms, tick_ms + 1, window_ms, window_ms + 1, window_ms - 1])
            }
            92..95 => self.grid_ms * rng.between(1, 8),
            95..97 => rng.pick(&[HOUR_MS, 5 * HOUR_MS, 24 * HOUR_MS, 49 * HOUR_MS]),
            97 => HOUR_MS * 24 * rng.between(1, 40) / 4,
            _ => -rng.pick(&[1, 50, 5_000, tick_ms, self.grid_ms, HOUR_MS, 30 * HOUR_MS, 72 * HOUR_MS]),
        };
        let jump = if self.steps_back { jump } else { jump.max(0) };
        self.clock = self.clock.saturating_add_ms(jump + if jump > 0 { self.drift_ms } else { 0 });
        if !self.steps_back {
            let last = reference.last_input.into_iter().chain(reference.watermark).max();
            self.clock = self.clock.max(last.unwrap_or(self.clock));
        }
        if rng.chance(2) {
            self.error_ms = rng.pick(&[0, 3, 250, 999, 1_000, 90_000]);
        }
    }

    fn action(&mut self, reference: &Reference) -> Action {
        if let Some(load) = &reference.load {
            let left = load.document.text.len() - load.received;
            if self.rng.chance(55) {
                return self.load_on(left);
            }
        }
        let roll = self.rng.below(1_000);
        let id = self.id();
        match roll {
            0..330 => Action::Tick,
            330..450 => self.upsert(reference, Source::Local),
            450..530 => self.upsert(reference, Source::Feed),
            530..545 => self.feed_again(),
            545..557 => Action::Quarantine { id: self.rng.chance(90).then_some(id) },
            557..585 => {
                let source = self.rng.pick(&[Source::Local, Source::Feed]);
                Action::Remove { id, revision: self.some_revision(), source }
            }
            585..600 => Action::Approve { id },
            600..612 => Action::Decline { id },
            612..627 => Action::Synced,
            627..637 => Action::SetMaxDowntimeHours(self.rng.pick(&[0, 1, 24, 24, 100, 8_785])),
            637..652 => Action::SetHandled(self.rng.pick(&[0, 63, 63, 63, 21, 42])),
            652..662 => Action::SetActing(false),
            662..682 => Action::SetActing(true),
            682..750 => Action::Acknowledge { id: self.delivery(reference) },
            750..830 => self.fail(reference),
            830..850 => Action::Retry { id: self.delivery(reference) },
            850..875 => Action::Settled { id: self.delivery_or_queued(reference) },
            875..883 => Action::Pause { reason: "x".repeat(self.rng.pick(&[3, 9, 256, 257])) },
            905..918 => Action::Adopt {
                back: self.rng.pick(&[None, None, Some(0), Some(0), Some(1), Some(5)]),
                damaged: self.rng.chance(10),
            },
            883..905 => Action::Resume { from: self.rng.pick(&[ResumeFrom::Watermark, ResumeFrom::Now]) },
            918..935 => self.backfill(),
            935..955 => self.load_begin(reference),
            955..958 => self.load_on(0),
            958..985 => Action::Persist,
            _ => Action::Crash { back: self.rng.pick(&[0, 0, 0, 1, 2, 7]) },
        }
    }

    fn id(&mut self) -> String {
        let i = self.rng.below(self.ids.len());
        self.ids[i].clone()
    }

    fn some_revision(&mut self) -> Option<u64> {
        match self.rng.below(10) {
            0..5 => None,
            5..7 => Some(self.revision),
            7..9 => {
                self.revision += 1;
                Some(self.revision)
            }
            _ => Some(self.revision.saturating_sub(self.rng.below(4) as u64)),
        }
    }

    fn upsert(&mut self, reference: &Reference, source: Source) -> Action {
        let id = self.id();
        let definition = self.definition(reference, id);
        let style = self.rng.next();
        Action::Upsert { definition, style, external: self.rng.chance(20), source }
    }

    /// The feed says something again, late or twice.
    fn feed_again(&mut self) -> Action {
        if self.feed.is_empty() {
            return Action::Synced;
        }
        let i = self.rng.below(self.feed.len());
        if self.rng.chance(50) { self.feed[i].clone() } else { self.feed.swap_remove(i) }
    }

    /// The event as it is, or with some dates moved, or another one.
    fn definition(&mut self, reference: &Reference, id: String) -> Definition {
        let known = reference.events.get(&id).map(|event| event.definition.clone());
        let revision = self.some_revision();
        if let Some(mut known) = known.filter(|_| self.rng.chance(70)) {
            match self.rng.below(10) {
                0 => return known,
                1..4 => self.change_gate(&mut known),
                _ => {}
            }
            known.revision = if self.rng.chance(30) { known.revision } else { revision };
            for _ in 0..20 {
                let mut moved = known.clone();
                for _ in 0..self.rng.pick(&[1, 1, 1, 2, 3]) {
                    let field = self.rng.below(6);
                    moved.dates[field] =
                        self.rng.chance(92).then(|| self.date(reference, moved.dates[field]));
                }
                if moved.is_valid() {
                    return moved;
                }
            }
            return known;
        }
        let mut definition =
            Definition { id, dates: [None; 6], approval: None, required: false, status: None, revision };
        if self.rng.chance(15) {
            self.change_gate(&mut definition);
        }
        let mut dates: Vec<_> = (0..6).map(|_| self.date(reference, None)).collect();
        dates.sort();
        if self.rng.chance(30) {
            // Registration may close, and open, while the event is on.
            dates.swap(1, 2);
        }
        if self.rng.chance(20) {
            let same = dates[self.rng.below(6)];
            dates[2] = same;
            dates[3] = same;
        }
        for (field, date) in dates.into_iter().enumerate() {
            let given = if field == 2 || field == 3 { 97 } else { 70 };
            definition.dates[field] = self.rng.chance(given).then_some(date);
            if !definition.is_valid() {
                definition.dates[field] = None;
            }
        }
        definition
    }

    fn change_gate(&mut self, definition: &mut Definition) {
        definition.approval =
            self.rng.pick(&[None, None, Some("approved"), Some("pending_approval"), Some("declined")]);
        definition.status =
            self.rng.pick(&[None, None, None, Some("pending_approval"), Some("declined"), Some("cancelled")]);
        definition.required = self.rng.chance(25);
    }

    fn date(&mut self, reference: &Reference, old: Option<Timestamp>) -> Timestamp {
        let rng = &mut self.rng;
        let grace_ms = i64::from(reference.config.backdate_grace_ms);
        let on_grid = |millis: i64| at(millis.div_euclid(self.grid_ms) * self.grid_ms);
        match (rng.below(20), old) {
            (0, _) => self.clock.saturating_add_ms(rng.pick(&[-1, 0, 1])),
            (1, _) => self.clock.saturating_add_ms(rng.pick(&[-1, 0, 1]) - grace_ms),
            (2, _) => reference.synced_at.unwrap_or(self.clock).saturating_add_ms(rng.pick(&[-1, 0, 1])),
            (3, _) => self.clock.saturating_add_ms(-rng.between(0, grace_ms.max(1_000))),
            (4..8, Some(old)) => old.saturating_add_ms(self.grid_ms * rng.between(-3, 3)),
            (8, _) => on_grid(self.clock.as_millis() - rng.between(0, 60 * HOUR_MS)),
            (9, _) => on_grid(self.clock.as_millis() + rng.between(0, 40 * 24 * HOUR_MS)),
            _ => on_grid(self.clock.as_millis() + self.grid_ms * rng.between(-2, 9)),
        }
    }

    /// The id of something outstanding, mostly; of anything, or of nothing, sometimes.
    fn delivery(&mut self, reference: &Reference) -> String {
        let all: Vec<_> = reference.outstanding.keys().collect();
        let answerable: Vec<_> = reference
            .outstanding
            .iter()
            .filter(|(_, delivery)| delivery.state != State::Waiting)
            .map(|(occurrence, _)| occurrence)
            .collect();
        match self.rng.below(10) {
            0..7 if !answerable.is_empty() => trigger_id(answerable[self.rng.below(answerable.len())]),
            7..9 if !all.is_empty() => trigger_id(all[self.rng.below(all.len())]),
            9 => self
                .rng
                .pick(&["nonsense", "e0/event_start@soon", "e0/breakfast@2026-05-01T09:00:00.000Z"])
                .to_owned(),
            _ => self.settled(reference),
        }
    }

    fn settled(&mut self, reference: &Reference) -> String {
        let settled: Vec<_> = reference.settled.keys().collect();
        if settled.is_empty() || self.rng.chance(20) {
            let kind = self.rng.pick(&TriggerKind::ALL);
            return trigger_id(&(self.clock, kind, self.id()));
        }
        trigger_id(settled[self.rng.below(settled.len())])
    }

    fn delivery_or_queued(&mut self, reference: &Reference) -> String {
        let queue = reference.sorted_queue();
        if queue.is_empty() || self.rng.chance(50) {
            return self.delivery(reference);
        }
        trigger_id(&queue[self.rng.below(queue.len().min(5))])
    }

    fn fail(&mut self, reference: &Reference) -> Action {
        let id = self.delivery(reference);
        let known = crate::reference::occurrence_of(&id).and_then(|key| reference.outstanding.get(&key));
        let attempt = known.map_or(1, |delivery| delivery.attempts) + u32::from(self.rng.chance(10));
        let reason = if self.rng.chance(10) { "é".repeat(300) } else { "refused".to_owned() };
        Action::Fail { id, attempt, reason, random: self.rng.unit() }
    }

    fn backfill(&mut self) -> Action {
        let length = self.rng.pick(&[self.grid_ms, 4 * self.grid_ms, 30 * HOUR_MS, 200 * HOUR_MS, 0]);
        let until = self.clock.saturating_add_ms(self.rng.pick(&[0, 0, 0, -self.grid_ms, -1, 1]));
        Action::Backfill { from: until.saturating_add_ms(-length), until, again: self.rng.chance(40) }
    }

    fn load_begin(&mut self, reference: &Reference) -> Action {
        let mut items = Vec::new();
        for i in 0..self.ids.len() {
            if self.rng.chance(65) {
                let id = self.ids[i].clone();
                items.push(Item::Event(self.definition(reference, id), self.rng.next()));
            }
        }
        for _ in 0..self.rng.pick(&[0, 0, 1, 2]) {
            let id = self.id();
            let item = match self.rng.below(4) {
                0 => Item::Event(self.definition(reference, id), self.rng.next()),
                1 | 2 => Item::Contradiction(id),
                _ => Item::Nonsense,
            };
            let place = self.rng.below(items.len() + 1);
            items.insert(place, item);
        }
        let cursor = self.rng.chance(50).then(|| format!("1.{}", self.revision));
        let damage = if self.rng.chance(12) { 1 + self.rng.below(2) } else { 0 };
        let document = Rc::new(Document::new(items, cursor, damage));
        let expected_bytes = self.rng.pick(&[0, document.text.len(), 10]);
        let origin = self.rng.pick(&[LoadOrigin::Cache, LoadOrigin::BackEnd, LoadOrigin::SameFeed]);
        Action::LoadBegin { document, expected_bytes, origin }
    }

    fn load_on(&mut self, left: usize) -> Action {
        match self.rng.below(12) {
            0 if left > 0 && self.rng.chance(40) => Action::LoadFinish,
            0 if self.rng.chance(40) => Action::LoadAbort,
            _ if left == 0 && self.rng.chance(80) => Action::LoadFinish,
            _ if left == 0 => Action::LoadCommit { bytes: 0 },
            _ => {
                let most = self.rng.pick(&[1, 300, left, left, left]).min(left);
                Action::LoadCommit { bytes: 1 + self.rng.below(most).min(left - 1) }
            }
        }
    }
}

fn config(rng: &mut Rng, events: usize) -> Config {
    let mut missed = [MissedPolicy::All; 6];
    if rng.chance(60) {
        for policy in &mut missed {
            *policy = rng.pick(&[MissedPolicy::All, MissedPolicy::Latest, MissedPolicy::Skip]);
        }
    }
    Config {
        tick_ms: rng.pick(&[1_000, 10_000, 10_000, 60_000]),
        precision: rng.pick(&[Precision::Exact, Precision::Exact, Precision::Tick]),
        backdate_grace_ms: rng.pick(&[0, 5 * 60_000, 5 * 60_000, 1_000, 24 * 3_600_000]),
        max_events: if rng.chance(30) { events as u32 - 2 } else { 100 },
        recovery: RecoveryPolicy {
            max_downtime_hours: rng.pick(&[0, 1, 24, 24, 48]),
            delay_ms: rng.pick(&[0, 0, 100, 100, 1_500, 60_000]),
            missed,
        },
        retry: RetryPolicy {
            max_attempts: rng.pick(&[1, 2, 3, 3, 7]),
            base_ms: rng.pick(&[0, 1_000, 1_000, 30_000]),
            max_ms: rng.pick(&[0, 2_000, 300_000]),
            answer_timeout_ms: rng.pick(&[1, 1_000, 60_000, 60_000, 3_600_000]),
        },
        handled: KindSet::from_bits(rng.pick(&[0, 63, 63, 63, 27])),
        acting: rng.chance(85),
        ..Config::default()
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis_clamped(millis)
}
