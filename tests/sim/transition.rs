//! What can happen in a run, as plain data: a list of steps is a whole run and can be replayed.

use std::fmt;
use std::rc::Rc;

use client_event_scheduler::{Config, LoadOrigin, Now, ResumeFrom, Source};

use crate::reference::definition::Definition;
use client_event_scheduler::Timestamp;

/// One step: what happens, and what the clock says.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) now: Timestamp,
    pub(crate) error_ms: u32,
    pub(crate) action: Action,
}

/// All that a run is made of.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) config: Config,
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Tick,
    Upsert {
        definition: Definition,
        style: u64,
        external: bool,
        source: Source,
    },
    Quarantine {
        id: Option<String>,
    },
    Remove {
        id: String,
        revision: Option<u64>,
        source: Source,
    },
    Approve {
        id: String,
    },
    Decline {
        id: String,
    },
    LoadBegin {
        document: Rc<Document>,
        expected_bytes: usize,
        origin: LoadOrigin,
    },
    LoadCommit {
        bytes: usize,
    },
    LoadFinish,
    LoadAbort,
    Synced,
    SetMaxDowntimeHours(u32),
    SetHandled(u8),
    SetActing(bool),
    Acknowledge {
        id: String,
    },
    Fail {
        id: String,
        attempt: u32,
        reason: String,
        random: f64,
    },
    Retry {
        id: String,
    },
    Settled {
        id: String,
    },
    /// What this one has stored is taken over: what it would store now, or what it has, so many times before the last.
    Adopt {
        back: Option<usize>,
        damaged: bool,
    },
    Pause {
        reason: String,
    },
    Resume {
        from: ResumeFrom,
    },
    Backfill {
        from: Timestamp,
        until: Timestamp,
        again: bool,
    },
    /// The state is written to disk.
    Persist,
    /// The host goes down and comes back with the state that was written `back` times before the last one.
    Crash {
        back: usize,
    },
}

/// A document of a bulk load.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) items: Vec<Item>,
    pub(crate) cursor: Option<String>,
    pub(crate) text: String,
    /// The text is no document: it is cut off, or something stands in it that does not belong there.
    pub(crate) broken: bool,
}

/// One element of a document.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Event(Definition, u64),
    /// An event that contradicts itself.
    Contradiction(String),
    /// No event at all.
    Nonsense,
}

pub(crate) const NONSENSE: &str = r#"{"event_id":17}"#;

/// An event that nobody can understand.
pub(crate) fn contradiction(id: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","start_datetime":"2026-05-02T09:00Z","end_datetime":"2026-05-01T09:00Z"}}"#
    )
}

impl Document {
    pub(crate) fn new(items: Vec<Item>, cursor: Option<String>, damage: usize) -> Self {
        let elements: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Event(definition, style) => definition.json(*style),
                Item::Contradiction(id) => contradiction(id),
                Item::Nonsense => NONSENSE.to_owned(),
            })
            .collect();
        let array = format!("[{}]", elements.join(", "));
        let mut text = match &cursor {
            Some(cursor) => {
                format!(r#"{{"generated":[1,{{"a":null}}], "events": {array}, "cursor":"{cursor}"}}"#)
            }
            None => array,
        };
        match damage {
            1 => text.truncate(text.len() - 1),
            2 => text.replace_range(text.len() - 1.., "!"),
            _ => {}
        }
        Self { items, cursor, text, broken: damage == 1 || damage == 2 }
    }
}

impl Step {
    pub(crate) fn now(&self) -> Now {
        Now { wall: self.now, error_ms: self.error_ms }
    }
}

impl Action {
    pub(crate) fn is_of_a_load(&self) -> bool {
        matches!(self, Self::LoadBegin { .. } | Self::LoadCommit { .. } | Self::LoadFinish)
    }

    /// The name under which it is counted.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Upsert { source, .. } => format!("Upsert({source:?})"),
            Self::Remove { source, .. } => format!("Remove({source:?})"),
            Self::SetActing(acting) => format!("SetActing({acting})"),
            Self::Resume { from } => format!("Resume({from:?})"),
            Self::Adopt { back, .. } => format!("Adopt({})", if back.is_some() { "saved" } else { "own" }),
            Self::Backfill { again, .. } => format!("Backfill(again: {again})"),
            other => {
                let text = format!("{other:?}");
                text.split([' ', '(']).next().unwrap_or_default().to_owned()
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.now)?;
        match &self.action {
            Action::Upsert { definition, source, .. } => {
                write!(f, "Upsert({source:?}) {}", definition.json(0))
            }
            Action::LoadBegin { document, .. } => write!(f, "LoadBegin {}", document.text),
            other => write!(f, "{other:?}"),
        }
    }
}
