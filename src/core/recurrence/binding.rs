//! From a definition to a schedule: its zone, its beginning, its end, and its dates as instants.

use super::definition::{Gaps, Recurrence, SubDaily, UnmatchedStart};
use super::moment::Moment;
use super::pattern::Pattern;
use super::rule::{Frequency, Rule};
use super::schedule::{FIRST_SECOND, FURTHEST, LAST_SECOND, Schedule, SearchStopped};
use super::text::invalid;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::sorting::each_once;
use crate::time::{CivilDateTime, Disambiguation, LocalTimeError, SECONDS_PER_DAY, Zone, ZoneProvider};

/// What a recurrence does not say itself.
#[derive(Clone, Copy)]
pub struct Context<'z> {
    /// Where zones are found.
    pub zones: &'z dyn ZoneProvider,
    /// The zone of recurrences that name none and do not begin at an instant.
    pub default_time_zone: Option<&'z str>,
    /// The beginning of recurrences that have none.
    pub start: Option<Moment>,
}

impl<'z> Context<'z> {
    /// Zones, without a default for anything.
    #[must_use]
    pub fn new(zones: &'z dyn ZoneProvider) -> Self {
        Self { zones, default_time_zone: None, start: None }
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("default_time_zone", &self.default_time_zone)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// A stretch of UTC seconds, `from..until`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// Which instants a local time is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) gap: Gap,
    pub(super) fold: Fold,
    pub(super) reject: bool,
}

/// A time that clocks skip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Forward,
    Backward,
    Skipped,
}

/// A time that clocks show twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    First,
    Second,
    Both,
}

impl Mode {
    /// Whenever clocks show it.
    pub(super) const SHOWN: Self = Self { gap: Gap::Skipped, fold: Fold::Both, reject: false };

    pub(super) fn of(disambiguation: Disambiguation, gaps: Gaps) -> Self {
        let (gap, fold) = match disambiguation {
            Disambiguation::Compatible | Disambiguation::Reject => (Gap::Forward, Fold::First),
            Disambiguation::Earlier => (Gap::Backward, Fold::First),
            Disambiguation::Later => (Gap::Forward, Fold::Second),
        };
        let gap = if gaps == Gaps::Skip { Gap::Skipped } else { gap };
        Self { gap, fold, reject: disambiguation == Disambiguation::Reject }
    }
}

impl Recurrence {
    /// Makes the recurrence ready to be asked: finds its zone, and the instants of its dates and of its end.
    ///
    /// # Errors
    ///
    /// Every problem that only shows in the zone: an unknown zone, no zone or no beginning, a date that does not exist.
    pub fn schedule<'z>(&self, context: &Context<'z>) -> Result<Schedule<'z>, InvalidInput> {
        let start = self.start.or(context.start);
        let zone = self.zone(start, context).map_err(|problem| invalid(vec![problem]))?;
        let Some(start) = start else {
            let message = "is missing: write where the recurrence begins, such as 2026-01-05T09:00";
            return Err(invalid(vec![Problem::new("start", ProblemCode::RulePartRequired, message)]));
        };
        let (local, from) = match start {
            Moment::Utc(instant) => {
                (zone.civil_at(instant).as_millis().div_euclid(1000), start.local_second())
            }
            Moment::Day(_) | Moment::Local(_) => {
                (start.local_second(), (start.local_second() - FURTHEST).max(FIRST_SECOND))
            }
        };
        let sub_daily = self.rule.as_ref().is_some_and(|rule| rule.frequency < Frequency::Daily);
        let mode = if sub_daily && self.policies.sub_daily == SubDaily::Shown {
            Mode::SHOWN
        } else {
            Mode::of(self.policies.disambiguation, self.policies.gaps)
        };
        let mut schedule = Schedule {
            zone,
            mode,
            pattern: self.rule.as_ref().map(|rule| Pattern::of_rule(rule, local)),
            from,
            until: LAST_SECOND,
            include: Vec::new(),
            exclude: Vec::new(),
            exclude_days: Vec::new(),
        };
        self.add_dates(&mut schedule, local).map_err(invalid)?;
        if let Some(rule) = &self.rule {
            if mode.fold == Fold::Both {
                self.begin_at_instant(&mut schedule, start, local);
            }
            self.end(&mut schedule, rule, start, local).map_err(|problem| invalid(vec![problem]))?;
        }
        Ok(schedule)
    }

    /// Begins where clocks first show the beginning, rather than with its local time: in a fold, earlier local times follow.
    fn begin_at_instant(&self, schedule: &mut Schedule<'_>, start: Moment, local: i64) {
        if !matches!(start, Moment::Utc(_)) {
            let choice = match self.policies.disambiguation {
                Disambiguation::Reject => Disambiguation::Compatible,
                choice => choice,
            };
            schedule.from = resolve(schedule.zone, local, choice).unwrap_or(schedule.from);
        }
        if let Some(pattern) = &mut schedule.pattern {
            pattern.begin(local - FURTHEST);
        }
    }

    pub(super) fn zone<'z>(&self, start: Option<Moment>, context: &Context<'z>) -> Result<&'z Zone, Problem> {
        let own = self.time_zone.as_deref();
        let name = match (own, start) {
            (Some(name), _) => name,
            (None, Some(Moment::Utc(_))) => "UTC",
            (None, _) => context.default_time_zone.ok_or_else(|| {
                let message = "is missing: write an IANA name such as Europe/Berlin, or begin at an instant such as 2026-01-05T09:00:00Z";
                Problem::new("timezone", ProblemCode::TimeZoneRequired, message)
            })?,
        };
        context.zones.zone(name).ok_or_else(|| {
            let mut message = ["`", name, "` is no known time zone: write "].concat();
            message.push_str(context.zones.suggest(name).unwrap_or("an IANA name such as Europe/Berlin"));
            Problem { field: "timezone", code: ProblemCode::TimeZoneUnknown, message }
        })
    }

    fn add_dates(&self, schedule: &mut Schedule<'_>, start: i64) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for &date in &self.include {
            let local = match date {
                Moment::Day(_) => date.local_second() + start.rem_euclid(SECONDS_PER_DAY),
                Moment::Local(_) | Moment::Utc(_) => date.local_second(),
            };
            let resolved = match date {
                Moment::Utc(_) => Ok(local),
                Moment::Day(_) | Moment::Local(_) => {
                    resolve(schedule.zone, local, self.policies.disambiguation)
                }
            };
            match resolved {
                Ok(second) => schedule.include.push(second),
                Err(error) => problems.push(local_time("include_dates", &error)),
            }
        }
        for &date in &self.exclude {
            let choices: &[Disambiguation] = match (date, schedule.mode.fold) {
                (Moment::Day(day), _) => {
                    schedule.exclude_days.push(day.days());
                    continue;
                }
                (Moment::Utc(_), _) => {
                    schedule.exclude.push(date.local_second());
                    continue;
                }
                (_, Fold::Both) => &[Disambiguation::Earlier, Disambiguation::Later],
                (_, Fold::Second) => &[Disambiguation::Later],
                _ if schedule.mode.gap == Gap::Backward => &[Disambiguation::Earlier],
                _ => &[Disambiguation::Compatible],
            };
            let seconds =
                choices.iter().filter_map(|&choice| resolve(schedule.zone, date.local_second(), choice).ok());
            schedule.exclude.extend(seconds);
        }
        for seconds in [&mut schedule.include, &mut schedule.exclude] {
            *seconds = each_once(std::mem::take(seconds), i64::cmp);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Ends the rule where UNTIL or COUNT says, and adds the beginning where that is an occurrence for its own sake.
    fn end(
        &self,
        schedule: &mut Schedule<'_>,
        rule: &Rule,
        start: Moment,
        local: i64,
    ) -> Result<(), Problem> {
        let last_of = |moment: Moment| {
            moment.local_second() + if matches!(moment, Moment::Day(_)) { SECONDS_PER_DAY - 1 } else { 0 }
        };
        match rule.until {
            Some(Moment::Utc(instant)) => schedule.until = instant.as_millis().div_euclid(1000),
            Some(until) if schedule.mode.fold == Fold::Both => {
                // The last instant at which clocks show it; where they never do, the one before the gap.
                let (zone, last) = (schedule.zone, last_of(until));
                let shown = |second: &i64| zone.span_at(*second).offsets[1] + second == last;
                let later = resolve(zone, last, Disambiguation::Later).ok().filter(shown);
                let earlier = || resolve(zone, last, Disambiguation::Earlier).ok();
                schedule.until = later.or_else(earlier).unwrap_or(LAST_SECOND);
            }
            Some(until) => {
                if let Some(pattern) = &mut schedule.pattern {
                    pattern.until(last_of(until));
                }
            }
            None => {}
        }
        let mut count = rule.count.map(u64::from);
        if self.start_is_apart(schedule, start, local).map_err(|stopped| uncounted(&stopped))? {
            let second = match start {
                Moment::Utc(_) => Ok(start.local_second()),
                Moment::Day(_) | Moment::Local(_) => {
                    resolve(schedule.zone, local, self.policies.disambiguation)
                }
            };
            let second = second.map_err(|error| local_time("start", &error))?;
            if let Err(place) = schedule.include.binary_search(&second) {
                schedule.include.insert(place, second);
            }
            count = count.map(|count| count - 1);
        }
        match count {
            Some(0) => schedule.pattern = None,
            Some(count) => schedule.end_after(count).map_err(|stopped| uncounted(&stopped))?,
            None => {}
        }
        Ok(())
    }
}

impl Recurrence {
    /// Whether the beginning is an occurrence that the rule does not make: one that it does not name, where the policy includes that,
    /// or an instant in the pass of a fold that the policy does not choose.
    fn start_is_apart(
        &self,
        schedule: &Schedule<'_>,
        start: Moment,
        local: i64,
    ) -> Result<bool, SearchStopped> {
        let named = match &schedule.pattern {
            Some(pattern) => pattern.next(local, local + 1)?.is_some(),
            None => false,
        };
        Ok(match start {
            Moment::Utc(_) if named => {
                let second = start.local_second();
                second <= schedule.until && schedule.rule_next(second, second + 1) == Ok(None)
            }
            _ => !named && self.policies.start == UnmatchedStart::Included,
        })
    }
}

fn resolve(zone: &Zone, local: i64, choice: Disambiguation) -> Result<i64, LocalTimeError> {
    let local = CivilDateTime::from_millis_clamped(local * 1000);
    zone.resolve(local, choice).map(|instant| instant.as_millis().div_euclid(1000))
}

fn local_time(field: &'static str, error: &LocalTimeError) -> Problem {
    let code = match error {
        LocalTimeError::Nonexistent { .. } => ProblemCode::DateNonexistent,
        LocalTimeError::Ambiguous { .. } => ProblemCode::DateAmbiguous,
        LocalTimeError::OutOfRange => ProblemCode::DateOutOfRange,
    };
    Problem::new(field, code, error.to_string())
}

fn uncounted(stopped: &SearchStopped) -> Problem {
    Problem::new("count", ProblemCode::RulePartInvalid, stopped.to_string())
}
