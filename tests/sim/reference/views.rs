//! What the scheduler would answer to questions.

use client_event_scheduler::{
    Deadline, Fate, MissedCounts, Precision, SchedulerStatus, Timestamp, TriggerKind, TriggerState,
    WakeReason,
};

use super::{Occurrence, Reference, State};

impl Reference {
    /// The queue in order.
    pub(crate) fn sorted_queue(&self) -> Vec<Occurrence> {
        let mut queue: Vec<_> = self.queue.iter().map(|queued| queued.occurrence.clone()).collect();
        queue.sort();
        queue
    }

    pub(crate) fn missed_counts(&self) -> MissedCounts {
        MissedCounts {
            detected: self.missed.len() as u64,
            delivered: self.missed_with(Fate::Delivered),
            failed: self.missed_with(Fate::DeadLetter),
            expired: self.missed_with(Fate::Expired),
            superseded: self.missed_with(Fate::Superseded),
            skipped: self.missed_with(Fate::Skipped),
            withdrawn: self.missed_with(Fate::Withdrawn),
            elsewhere: self.missed_with(Fate::Elsewhere),
        }
    }

    /// All of the status but its next trigger, which is compared with the queue.
    pub(crate) fn status(&self) -> SchedulerStatus {
        let count =
            |of: fn(&State) -> bool| self.outstanding.values().filter(|delivery| of(&delivery.state)).count();
        SchedulerStatus {
            triggers_queued: self.queue.len(),
            events_tracked: self.events.len(),
            events_quarantined: self.quarantine.len(),
            fired: self.first_hand_outs,
            deliveries_waiting: count(|state| *state == State::Waiting) + self.held.len(),
            deliveries_in_flight: count(|state| {
                matches!(state, State::InFlight { .. } | State::Retrying { .. })
            }),
            dead_letters: count(|state| matches!(state, State::Dead { .. })),
            missed: self.missed_counts(),
            paused: self.paused.clone(),
            acting: self.acting,
            next_trigger: None,
            watermark: self.watermark,
            max_downtime_hours: self.window_hours,
        }
    }

    /// Dead letters, oldest first.
    pub(crate) fn dead_letters(&self) -> Vec<(Timestamp, Occurrence, String, u32, Option<Timestamp>)> {
        let mut dead: Vec<_> = self
            .outstanding
            .iter()
            .filter_map(|(occurrence, delivery)| match &delivery.state {
                State::Dead { at, reason } => {
                    let fired_at = delivery.first.map(|(at, _)| at);
                    Some((*at, occurrence.clone(), reason.clone(), delivery.attempts, fired_at))
                }
                _ => None,
            })
            .collect();
        dead.sort();
        dead
    }

    /// The earliest of: the next tick; the next trigger; the next delivery of the waiting queue; the next timer. Of several at
    /// one instant the reason that comes first here counts.
    pub(crate) fn next_deadline(&self) -> Option<Deadline> {
        let tick = self.last_tick?.saturating_add_ms(i64::from(self.config.tick_ms));
        let mut candidates = Vec::new();
        if self.paused.is_none() {
            let exact = self.config.precision == Precision::Exact;
            let trigger = self.queue.iter().map(|queued| queued.occurrence.0).min().filter(|_| exact);
            candidates.extend(trigger.map(|at| (at, 0, WakeReason::Trigger)));
            let waits = self.outstanding.values().any(|delivery| delivery.state == State::Waiting);
            if self.acting && waits {
                let delay = u64::from(self.config.recovery.delay_ms);
                let at = self.released_at.map_or(self.elapsed_ms, |at| at + delay);
                candidates.push((self.wall_time_of(at)?, 1, WakeReason::Recovery));
            }
            let timers = self.outstanding.values().filter_map(|delivery| match delivery.state {
                State::InFlight { until: at } | State::Retrying { at } => Some(at),
                State::Waiting | State::Dead { .. } => None,
            });
            if let Some(at) = timers.min() {
                candidates.push((self.wall_time_of(at)?, 2, WakeReason::Delivery));
            }
        }
        candidates.push((tick, 3, WakeReason::Tick));
        let (at, _, reason) = candidates.into_iter().min_by_key(|(at, rank, _)| (*at, *rank))?;
        Some(Deadline { at, reason })
    }

    fn wall_time_of(&self, elapsed_ms: u64) -> Option<Timestamp> {
        Some(self.last_input?.saturating_add_ms(elapsed_ms.saturating_sub(self.elapsed_ms) as i64))
    }

    /// The checksum as its documentation says.
    pub(crate) fn checksum(&self) -> u64 {
        let of_event = |(id, event): (&String, &super::Event)| {
            let mut bytes = id.as_bytes().to_vec();
            bytes.push(0xff);
            bytes.extend(event.definition.revision.map_or(-1, |revision| revision as i64).to_le_bytes());
            for kind in TriggerKind::ALL {
                let due = event.definition.due(kind);
                bytes.extend(due.map_or(-1, Timestamp::as_millis).to_le_bytes());
            }
            bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        };
        self.events.iter().map(of_event).fold(0, u64::wrapping_add)
    }

    /// How far a trigger is.
    pub(crate) fn explain(&self, occurrence: &Occurrence, now: Timestamp) -> TriggerState {
        let (due, kind, id) = occurrence;
        let handed_out = self.hand_outs.get(occurrence).copied();
        if let Some(delivery) = self.outstanding.get(occurrence) {
            return match &delivery.state {
                State::Waiting => {
                    let before = |(other, delivery): &(&Occurrence, &super::Outstanding)| {
                        *other < occurrence && delivery.state == State::Waiting
                    };
                    let position = self.outstanding.iter().filter(before).count();
                    TriggerState::Waits { position, cause: delivery.cause, acting: self.acting }
                }
                State::InFlight { .. } => TriggerState::InFlight { attempt: delivery.attempts },
                State::Retrying { at } => TriggerState::Retrying {
                    attempts: delivery.attempts,
                    // Between a restore and the first input nobody knows what the time is.
                    at: self.wall_time_of(*at).unwrap_or(*due),
                },
                State::Dead { reason, .. } => TriggerState::Settled {
                    fate: Fate::DeadLetter,
                    handed_out,
                    reason: Some(reason.as_str().into()),
                },
            };
        }
        if let Some(fate) = self.settled.get(occurrence) {
            return TriggerState::Settled { fate: *fate, handed_out, reason: None };
        }
        if self.is_queued(occurrence) {
            return match &self.paused {
                _ if *due > now => TriggerState::Queued,
                Some(pause) => TriggerState::Paused(pause.clone()),
                None => TriggerState::Due,
            };
        }
        if let Some(event) = self.events.get(id) {
            return match event.definition.due(*kind) {
                Some(defined) if defined == *due && event.fired.contains(&(*kind, *due)) => {
                    TriggerState::Forgotten
                }
                Some(defined) if defined == *due => {
                    TriggerState::PlacedInPast { known_since: event.known_since }
                }
                Some(to) => TriggerState::Moved { to },
                None => match event.definition.gate() {
                    Some(phase) => TriggerState::GateClosed(phase),
                    None if event.definition.is_draft() => TriggerState::Draft,
                    None => TriggerState::NotDefined,
                },
            };
        }
        if self.quarantine.contains_key(id) {
            return TriggerState::Quarantined;
        }
        match self.removals.get(id) {
            Some(at) => TriggerState::Removed { at: *at },
            None => TriggerState::UnknownEvent,
        }
    }
}
