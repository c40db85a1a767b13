//! A whole recurrence: a rule, where it begins, dates added and taken out, and the policies that it is read by.

use super::moment::Moment;
use super::rule::Rule;
use crate::sorting::each_once;
use crate::time::Disambiguation;

/// What becomes of a local time that clocks skip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gaps {
    /// It is moved, as the [`Disambiguation`] says (RFC 5545 §3.3.5).
    #[default]
    Move,
    /// There is no occurrence, and COUNT does not count it (RFC 5545 §3.3.10).
    Skip,
}

/// What rules of hours, minutes and seconds do when clocks are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SubDaily {
    /// They occur whenever the clock shows one of their times: not in a gap, and in both passes of a fold. Every 15 minutes stays every
    /// 15 minutes.
    #[default]
    Shown,
    /// Each local time occurs once, as for longer rules.
    Once,
}

/// What becomes of a beginning that is not one of the rule's own times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnmatchedStart {
    /// It is no occurrence: nothing happens at a time that the rule does not name.
    #[default]
    Omitted,
    /// It is the first occurrence, and COUNT counts it (RFC 5545 §3.8.5.3).
    Included,
}

/// How a recurrence is read where RFC 5545 leaves a choice, or contradicts itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policies {
    /// Which instant a local time is that clocks skip or show twice.
    pub disambiguation: Disambiguation,
    /// Whether one that they skip occurs at all.
    pub gaps: Gaps,
    /// Rules of hours, minutes and seconds.
    pub sub_daily: SubDaily,
    /// A beginning that the rule does not name.
    pub start: UnmatchedStart,
}

type Names<T> = [(T, &'static str, &'static str)];

pub(super) const DISAMBIGUATIONS: &Names<Disambiguation> = &[
    (Disambiguation::Compatible, "COMPATIBLE", "compatible"),
    (Disambiguation::Earlier, "EARLIER", "earlier"),
    (Disambiguation::Later, "LATER", "later"),
    (Disambiguation::Reject, "REJECT", "reject"),
];
pub(super) const GAPS: &Names<Gaps> = &[(Gaps::Move, "MOVE", "move"), (Gaps::Skip, "SKIP", "skip")];
pub(super) const SUB_DAILY: &Names<SubDaily> =
    &[(SubDaily::Shown, "SHOWN", "shown"), (SubDaily::Once, "ONCE", "once")];
pub(super) const UNMATCHED_STARTS: &Names<UnmatchedStart> =
    &[(UnmatchedStart::Omitted, "OMITTED", "omitted"), (UnmatchedStart::Included, "INCLUDED", "included")];

/// The policies by name, in iCalendar text and in JSON, in the order of [`Policies::values`].
pub(super) const POLICIES: [(&str, &str); 4] = [
    ("DISAMBIGUATION", "disambiguation"),
    ("GAPS", "gaps"),
    ("SUB-DAILY", "sub_daily"),
    ("START", "unmatched_start"),
];

impl Policies {
    /// The names of the values that are not the usual ones, in iCalendar text and in JSON.
    pub(super) fn values(&self) -> [Option<(&'static str, &'static str)>; 4] {
        fn chosen<T: Copy + PartialEq + Default>(
            names: &Names<T>,
            value: T,
        ) -> Option<(&'static str, &'static str)> {
            let named = names.iter().find(|entry| entry.0 == value && value != T::default());
            named.map(|entry| (entry.1, entry.2))
        }
        [
            chosen(DISAMBIGUATIONS, self.disambiguation),
            chosen(GAPS, self.gaps),
            chosen(SUB_DAILY, self.sub_daily),
            chosen(UNMATCHED_STARTS, self.start),
        ]
    }
}

/// A recurrence as somebody has defined it: what is read, kept and printed. [`schedule`](Self::schedule) makes it ready to be asked.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::recurrence::Recurrence;
///
/// let text = "DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,FR;INTERVAL=2;UNTIL=20261224";
/// let recurrence: Recurrence = text.parse()?;
/// assert_eq!(recurrence.describe(), "every 2 weeks on Monday and Friday at 09:00 until 24 December 2026");
/// assert_eq!(recurrence, Recurrence::from_json(recurrence.to_json().as_bytes())?);
/// # Ok::<(), client_event_scheduler::InvalidInput>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recurrence {
    /// Where it begins; whoever asks for the schedule can give one where there is none.
    pub start: Option<Moment>,
    /// The IANA name of the zone in which it is read.
    pub time_zone: Option<String>,
    /// The rule; without one there are only the dates added.
    pub rule: Option<Rule>,
    /// RDATE: dates added. A day means that day at the time of the beginning.
    pub include: Vec<Moment>,
    /// EXDATE: dates taken out. A day takes out everything on it.
    pub exclude: Vec<Moment>,
    /// How it is read where there is a choice.
    pub policies: Policies,
}

impl Recurrence {
    /// The recurrence of a rule that begins at a moment.
    #[must_use]
    pub fn new(rule: Rule, start: Moment, time_zone: Option<&str>) -> Self {
        Self {
            start: Some(start),
            time_zone: time_zone.map(str::to_owned),
            rule: Some(rule),
            ..Self::default()
        }
    }

    /// Puts the dates in order, each once, so that equal recurrences are equal and print alike.
    pub(super) fn tidied(mut self) -> Self {
        for dates in [&mut self.include, &mut self.exclude] {
            *dates = each_once(std::mem::take(dates), Moment::cmp);
        }
        self
    }
}
