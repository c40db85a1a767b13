//! What a person is shown of a recurrence while writing it, in whichever form.

use super::binding::Context;
use super::cron::Cron;
use super::definition::Recurrence;
use super::moment::Moment;
use super::schedule::{Schedule, SearchStopped};
use super::text::invalid;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::limits;
use crate::time::Timestamp;

/// A recurrence in either of the forms that people write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// An RFC 5545 recurrence, written as iCalendar text or as JSON.
    Recurrence(Box<Recurrence>),
    /// A cron expression.
    Cron(Cron),
}

impl Written {
    /// Reads JSON where the text begins with `{`, iCalendar where it has a `=` or a `:`, and a cron expression otherwise.
    ///
    /// # Errors
    ///
    /// Every problem of the text, as the form that it is taken for has them.
    ///
    /// # Example
    /// ```
    /// use client_event_scheduler::recurrence::Written;
    ///
    /// let printed = |text| Written::read(text).map(|written| written.text());
    /// assert_eq!(printed("freq=weekly;byday=fr")?, "RRULE:FREQ=WEEKLY;BYDAY=FR");
    /// assert_eq!(printed(r#"{"frequency": "weekly", "by_day": ["FR"]}"#)?, "RRULE:FREQ=WEEKLY;BYDAY=FR");
    /// assert_eq!(printed("0 9 * * fri")?, "0 9 * * FRI");
    /// # Ok::<(), client_event_scheduler::InvalidInput>(())
    /// ```
    pub fn read(text: &str) -> Result<Self, InvalidInput> {
        let text = text.trim();
        if text.is_empty() {
            let message = "is empty: write a rule such as FREQ=WEEKLY;BYDAY=MO, or a cron expression such as 30 9 * * MON";
            return Err(invalid(vec![Problem::new("recurrence", ProblemCode::RulePartRequired, message)]));
        }
        if text.starts_with('{') {
            Recurrence::from_json(text.as_bytes()).map(Box::new).map(Self::Recurrence)
        } else if text.contains(['=', ':']) {
            text.parse().map(Box::new).map(Self::Recurrence)
        } else {
            text.parse().map(Self::Cron)
        }
    }

    /// The canonical text: lines of iCalendar, or a cron expression.
    pub fn text(&self) -> String {
        match self {
            Self::Recurrence(recurrence) => recurrence.to_string(),
            Self::Cron(cron) => cron.to_string(),
        }
    }

    /// The recurrence as JSON; a cron expression has no such form.
    pub fn json(&self) -> Option<String> {
        match self {
            Self::Recurrence(recurrence) => Some(recurrence.to_json()),
            Self::Cron(_) => None,
        }
    }

    /// The recurrence in words; a cron expression has none.
    pub fn description(&self) -> Option<String> {
        match self {
            Self::Recurrence(recurrence) => Some(recurrence.describe()),
            Self::Cron(_) => None,
        }
    }

    /// Makes it ready to be asked. A cron expression is read in the default zone, and has no beginning.
    ///
    /// # Errors
    ///
    /// Those of [`Recurrence::schedule`]; of a cron expression, that there is no such zone, or none at all.
    pub fn schedule<'z>(&self, context: &Context<'z>) -> Result<Schedule<'z>, InvalidInput> {
        match self {
            Self::Recurrence(recurrence) => recurrence.schedule(context),
            Self::Cron(cron) => {
                let zone = Recurrence::default().zone(None, context);
                Ok(cron.schedule(zone.map_err(|problem| invalid(vec![problem]))?))
            }
        }
    }
}

impl Moment {
    /// Reads a day, a date and time without offset, or one with it, as the beginning of a recurrence.
    ///
    /// # Errors
    ///
    /// `DATE_MALFORMED`, with what to write instead.
    pub fn read_start(text: &str) -> Result<Self, InvalidInput> {
        Self::from_json(text).map_err(|message| {
            invalid(vec![Problem { field: "start", code: ProblemCode::DateMalformed, message }])
        })
    }
}

/// The first occurrences of a recurrence, and whether there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// In order, each once.
    pub occurrences: Vec<Timestamp>,
    /// Whether there are no others.
    pub complete: bool,
    /// Why the search was given up, if it was: then nobody knows whether there are others.
    pub stopped: Option<SearchStopped>,
}

impl Preview {
    /// Looks for the first `limit` occurrences later than `after`, at most [`PLANNED_OCCURRENCES`](limits::PLANNED_OCCURRENCES).
    ///
    /// # Example
    /// ```
    /// use client_event_scheduler::recurrence::{Context, Preview, Written};
    /// use client_event_scheduler::{Timestamp, ZoneTable};
    ///
    /// let context = Context { default_time_zone: Some("Europe/Berlin"), ..Context::new(ZoneTable::embedded()) };
    /// let written = Written::read("DTSTART:20260327T090000\nRRULE:FREQ=WEEKLY;COUNT=2")?;
    /// let preview = Preview::of(&written.schedule(&context)?, Timestamp::EPOCH, 10);
    /// let texts: Vec<_> = preview.occurrences.iter().map(Timestamp::to_string).collect();
    /// assert_eq!(texts, ["2026-03-27T08:00:00.000Z", "2026-04-03T07:00:00.000Z"]);
    /// assert!(preview.complete);
    /// # Ok::<(), client_event_scheduler::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn of(schedule: &Schedule<'_>, after: Timestamp, limit: usize) -> Self {
        let limit = limit.min(limits::PLANNED_OCCURRENCES);
        let mut preview = Self { occurrences: Vec::new(), complete: false, stopped: None };
        let mut last = after;
        loop {
            match schedule.next_after(last) {
                Ok(Some(_)) if preview.occurrences.len() == limit => return preview,
                Ok(Some(next)) => {
                    preview.occurrences.push(next);
                    last = next;
                }
                Ok(None) => return Self { complete: true, ..preview },
                Err(stopped) => return Self { stopped: Some(stopped), ..preview },
            }
        }
    }
}
