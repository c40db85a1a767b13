//! A time zone: from an instant to its offset, and from a local time to its instant.

use std::fmt;

use super::civil::CivilDateTime;
use super::posix_rule::{PosixRule, year_of};
use super::timestamp::Timestamp;

/// Where the core finds time zones by name.
///
/// [`ZoneTable`](super::ZoneTable) is the one that is built in; a host can pass its own.
pub trait ZoneProvider: Send + Sync {
    /// Returns the zone with this IANA name, in any case of letters; links such as `Asia/Calcutta` count as names.
    fn zone(&self, name: &str) -> Option<&Zone>;

    /// Returns the known name that an unknown `name` was most likely meant to be.
    ///
    /// Costs much more than [`zone`](Self::zone): for messages only.
    fn suggest(&self, name: &str) -> Option<&str>;

    /// Returns the version of the IANA data, for example `2026f`.
    fn version(&self) -> &str;
}

/// What becomes of a local time that a zone's clocks skip or show twice; the words and meanings are those of Temporal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Disambiguation {
    /// A skipped time moves forward by the gap; of two, the first.
    #[default]
    Compatible,
    /// A skipped time moves backward by the gap; of two, the first.
    Earlier,
    /// A skipped time moves forward by the gap; of two, the second.
    Later,
    /// Both are errors.
    Reject,
}

/// No transition is later than this UTC second.
const MAX_SECOND: i64 = Timestamp::MAX.as_millis() / 1000;

/// The first year of the packed transitions.
const FIRST_YEAR: i32 = 1970;

/// Up to this year what the yearly rule makes is listed with the transitions: a search is several times faster.
const LAST_LISTED_YEAR: i32 = 2040;

/// The rules of one time zone, from 1970 on: transitions, and the yearly rule that goes on after the last.
///
/// Before 1970 the offset of 1970-01-01T00:00:00Z is used.
#[derive(Debug)]
pub struct Zone {
    /// UTC seconds at which the offset changes, ascending.
    transitions: Box<[i64]>,
    /// Seconds east of Greenwich: `offsets[i]` until `transitions[i]`, the last one after them all.
    offsets: Box<[i32]>,
    rule: Option<PosixRule>,
}

impl Zone {
    /// Makes a zone with one offset for all times, in seconds east of Greenwich; nothing from 25 hours on.
    #[must_use]
    pub fn fixed(offset_s: i32) -> Option<Self> {
        is_offset(offset_s).then(|| Self {
            transitions: Box::default(),
            offsets: Box::new([offset_s]),
            rule: None,
        })
    }

    /// Returns the offset in force at `instant`, in seconds east of Greenwich.
    ///
    /// Some offsets are not whole minutes (Liberia until 1972). Takes O(log n) of the zone's transitions.
    #[must_use]
    pub fn offset_at(&self, instant: Timestamp) -> i32 {
        let second = instant.as_millis().div_euclid(1000);
        let passed = self.transitions.partition_point(|&at| at <= second);
        match &self.rule {
            Some(rule) if passed == self.transitions.len() => rule.last_change_at(second).after,
            _ => self.offsets[passed],
        }
    }

    /// Returns what a clock in the zone shows at `instant`.
    ///
    /// Within a day of [`Timestamp::MIN`] and [`Timestamp::MAX`] it can leave the years 1 to 9999, and stops there.
    #[must_use]
    pub fn civil_at(&self, instant: Timestamp) -> CivilDateTime {
        CivilDateTime::from_millis_clamped(instant.as_millis() + i64::from(self.offset_at(instant)) * 1000)
    }

    /// Returns the instant at which a clock in the zone shows `local`.
    ///
    /// # Errors
    ///
    /// With [`Disambiguation::Reject`], [`LocalTimeError::Nonexistent`] if the clocks skip that time and
    /// [`LocalTimeError::Ambiguous`] if they show it twice. [`LocalTimeError::OutOfRange`] if the instant is not within
    /// the years 1 to 9999.
    pub fn resolve(&self, local: CivilDateTime, choice: Disambiguation) -> Result<Timestamp, LocalTimeError> {
        let (before, after) = self.offsets_around(local.as_millis().div_euclid(1000));
        // Read with the smaller offset a local time is the later instant. In a gap the offset before it is the smaller
        // one and moves the time forward by the gap; in a fold it is the larger one and is the first of the two.
        let offset = match choice {
            _ if before == after => before,
            Disambiguation::Compatible => before,
            Disambiguation::Earlier => before.max(after),
            Disambiguation::Later => before.min(after),
            Disambiguation::Reject if before < after => {
                return Err(LocalTimeError::Nonexistent { local, before, after });
            }
            Disambiguation::Reject => return Err(LocalTimeError::Ambiguous { local, before, after }),
        };
        Timestamp::from_millis(local.as_millis() - i64::from(offset) * 1000).ok_or(LocalTimeError::OutOfRange)
    }

    /// Returns the stretch of one offset in which the UTC second lies.
    pub(crate) fn span_at(&self, second: i64) -> OffsetSpan {
        let passed = self.transitions.partition_point(|&at| at <= second);
        let begun = passed.checked_sub(1).map(|last| self.change(last));
        let coming = (passed < self.transitions.len()).then(|| self.change(passed));
        match &self.rule {
            Some(rule) if coming.is_none() => {
                let last = rule.last_change_at(second);
                let begun = begun.filter(|listed| listed.at >= last.at).unwrap_or(last);
                OffsetSpan::between(Some(begun), Some(rule.next_change_at(second)), begun.after)
            }
            _ => OffsetSpan::between(begun, coming, self.offsets[passed]),
        }
    }

    /// Returns the offsets before and after the change in whose gap or fold the wall-clock second lies; elsewhere both
    /// are the one offset in force.
    fn offsets_around(&self, local: i64) -> (i32, i32) {
        let begun = self.begun_on_wall(local);
        let last = begun.checked_sub(1).map(|index| self.change(index));
        let change = match (&self.rule, last) {
            (Some(rule), last)
                if begun == self.transitions.len() && last.is_none_or(|last| last.wall_until() <= local) =>
            {
                rule.last_change_on_wall(local)
            }
            (_, Some(last)) => last,
            (_, None) => return (self.offsets[0], self.offsets[0]),
        };
        if local < change.wall_until() { (change.before, change.after) } else { (change.after, change.after) }
    }

    /// Counts the transitions whose gap or fold begins at or before the wall-clock second.
    fn begun_on_wall(&self, local: i64) -> usize {
        // Wall clocks are never far from UTC: what a search in UTC finds is at most a step or two away.
        let mut begun = self.transitions.partition_point(|&at| at <= local);
        while begun < self.transitions.len() && self.change(begun).wall_from() <= local {
            begun += 1;
        }
        while begun > 0 && self.change(begun - 1).wall_from() > local {
            begun -= 1;
        }
        begun
    }

    fn change(&self, index: usize) -> Change {
        Change { at: self.transitions[index], before: self.offsets[index], after: self.offsets[index + 1] }
    }

    /// Makes a zone of transitions in UTC seconds and one offset more than there are transitions; nothing if an offset
    /// is too large or the gap or fold of a transition does not end before that of the next begins.
    pub(super) fn from_transitions(
        mut transitions: Vec<i64>,
        mut offsets: Vec<i32>,
        rule: Option<PosixRule>,
    ) -> Option<Self> {
        if let Some(rule) = &rule {
            // The rule goes on after the last transition: its changes before that never happened, and listing it to the
            // year after leaves none of them in reach of a search.
            let last = transitions.last().copied().unwrap_or(i64::MIN);
            let last_year = if last > MAX_SECOND { return None } else { year_of(last.max(0)) };
            for change in
                (FIRST_YEAR..=LAST_LISTED_YEAR.max(last_year + 1)).flat_map(|year| rule.changes(year))
            {
                if change.at > last {
                    transitions.push(change.at);
                    offsets.push(change.after);
                }
            }
        }
        if offsets.len() != transitions.len() + 1 || !offsets.iter().all(|&offset| is_offset(offset)) {
            return None;
        }
        let zone = Self { transitions: transitions.into(), offsets: offsets.into(), rule };
        let orderly = (1..zone.transitions.len())
            .all(|next| zone.change(next - 1).wall_until() <= zone.change(next).wall_from());
        orderly.then_some(zone)
    }
}

/// A stretch of time in which a zone has one offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OffsetSpan {
    /// The UTC second at which it begins; far away for the first.
    pub(crate) from: i64,
    /// The UTC second at which the next one begins; far away for the last.
    pub(crate) until: i64,
    /// Seconds east of Greenwich: before it, in it, and after it.
    pub(crate) offsets: [i64; 3],
}

impl OffsetSpan {
    /// Further away from 1970 than any date: half of what a number of seconds can be, so that adding to it is safe.
    pub(crate) const FAR: i64 = i64::MAX / 2;

    fn between(begun: Option<Change>, coming: Option<Change>, offset: i32) -> Self {
        let (before, after) =
            (begun.map_or(offset, |change| change.before), coming.map_or(offset, |change| change.after));
        Self {
            from: begun.map_or(-Self::FAR, |change| change.at),
            until: coming.map_or(Self::FAR, |change| change.at),
            offsets: [before, offset, after].map(i64::from),
        }
    }
}

/// One change of a zone's offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The UTC second at which it happens.
    pub(super) at: i64,
    /// The offset until then, in seconds east of Greenwich.
    pub(super) before: i32,
    /// The offset from then on.
    pub(super) after: i32,
}

impl Change {
    /// Returns the wall-clock second at which the gap or fold begins.
    pub(super) fn wall_from(self) -> i64 {
        self.at + i64::from(self.before.min(self.after))
    }

    /// Returns the wall-clock second at which the gap or fold has ended.
    pub(super) fn wall_until(self) -> i64 {
        self.at + i64::from(self.before.max(self.after))
    }
}

/// Tells whether seconds can be the offset of a zone: RFC 8536 §3.2 wants them between −25 and 26 hours.
pub(super) const fn is_offset(seconds: i32) -> bool {
    -25 * 3600 < seconds && seconds < 26 * 3600
}

/// Why a local time is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTimeError {
    /// The clocks skip the local time.
    Nonexistent {
        /// The local time asked for.
        local: CivilDateTime,
        /// The offset before the gap, in seconds.
        before: i32,
        /// The offset after the gap, in seconds.
        after: i32,
    },
    /// The clocks show the local time twice.
    Ambiguous {
        /// The local time asked for.
        local: CivilDateTime,
        /// The offset when it is shown first, in seconds.
        before: i32,
        /// The offset when it is shown again, in seconds.
        after: i32,
    },
    /// The instant is not within the years 1 to 9999.
    OutOfRange,
}

impl fmt::Display for LocalTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Nonexistent { local, before, after } => {
                let gap_ms = i64::from(after - before) * 1000;
                let moved = CivilDateTime::from_millis_clamped(local.as_millis() + gap_ms);
                write!(f, "{local} does not exist in this time zone, the clocks skip it; write {moved}")
            }
            Self::Ambiguous { local, before, after } => {
                let (first, second) = (OffsetText(before), OffsetText(after));
                write!(f, "{local} occurs twice in this time zone; write {local}{first} or {local}{second}")
            }
            Self::OutOfRange => f.write_str("the date is outside of the years 0001 to 9999 UTC"),
        }
    }
}

impl std::error::Error for LocalTimeError {}

/// An offset in seconds as RFC 3339 writes it.
struct OffsetText(i32);

impl fmt::Display for OffsetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.unsigned_abs() / 60;
        write!(f, "{}{:02}:{:02}", if self.0 < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }
}
