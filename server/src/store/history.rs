//! What the scheduler did, as the record has it.

use client_event_scheduler::{Cause, Fate, Timestamp, TriggerId, TriggerKind};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Store, StoreError, instant, unsigned};

/// A status and its sub-status, as on the wire.
pub type StatusText = (String, String);

/// What happened to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A trigger fired.
    Fired {
        /// Which.
        kind: TriggerKind,
        /// Why it fired when it did.
        cause: Cause,
        /// Whether a later missed trigger of the same event had already overtaken it.
        superseded: bool,
    },
    /// A trigger was due, and was left out.
    LeftOut {
        /// Which.
        kind: TriggerKind,
        /// Why.
        fate: Fate,
    },
    /// The status changed without a trigger.
    StatusChanged {
        /// Why.
        cause: Cause,
    },
}

const STATUS_CHANGE: &str = "status_change";

impl Happening {
    /// The trigger that it is about.
    pub fn trigger(self) -> Option<TriggerKind> {
        match self {
            Self::Fired { kind, .. } | Self::LeftOut { kind, .. } => Some(kind),
            Self::StatusChanged { .. } => None,
        }
    }

    /// The kind of the trigger, or `status_change`.
    pub fn kind_text(self) -> &'static str {
        self.trigger().map_or(STATUS_CHANGE, TriggerKind::as_str)
    }

    /// The cause, or why it was left out.
    pub fn cause_text(self) -> &'static str {
        match self {
            Self::Fired { cause, .. } | Self::StatusChanged { cause } => cause.as_str(),
            Self::LeftOut { fate, .. } => fate.as_str(),
        }
    }

    /// Whether a later missed trigger of the same event had already overtaken it.
    pub fn is_superseded(self) -> bool {
        matches!(self, Self::Fired { superseded: true, .. })
    }

    fn from_texts(kind: &str, cause: &str, superseded: bool) -> Option<Self> {
        let known_cause = Cause::ALL.into_iter().find(|known| known.as_str() == cause);
        if kind == STATUS_CHANGE {
            return known_cause.map(|cause| Self::StatusChanged { cause });
        }
        let kind = TriggerKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
        let fate = || Fate::ALL.into_iter().find(|known| known.as_str() == cause);
        match known_cause {
            Some(cause) => Some(Self::Fired { kind, cause, superseded }),
            None => fate().map(|fate| Self::LeftOut { kind, fate }),
        }
    }
}

/// One settled trigger, or one status change that no trigger made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The event.
    pub event_id: String,
    /// What happened.
    pub what: Happening,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it was done.
    pub executed_at: Timestamp,
    /// The event's revision at that time.
    pub revision: Option<u64>,
    /// The status before, where it was known.
    pub before: Option<StatusText>,
    /// The status after.
    pub after: Option<StatusText>,
}

impl HistoryEntry {
    /// Identity of the occurrence, where it is about one.
    pub fn trigger_id(&self) -> Option<TriggerId> {
        self.what.trigger().map(|kind| TriggerId::new(&self.event_id, kind, self.scheduled_at))
    }
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number: later entries have higher ones.
    pub id: u64,
    /// What happened.
    pub entry: HistoryEntry,
    /// With which epoch of the lease it was settled; `None` in entries of earlier versions.
    pub epoch: Option<u64>,
}

/// Which entries a page shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// Of this event only.
    pub event_id: Option<String>,
    /// Of this kind only: that of a trigger, or `status_change`.
    pub kind: Option<&'static str>,
    /// With this cause only.
    pub cause: Option<&'static str>,
    /// Older than the entry of this number.
    pub before: Option<u64>,
}

macro_rules! history_columns {
    () => {
        "id, event_id, kind, cause, superseded, scheduled_at, executed_at, revision,
         status_before, sub_status_before, status_after, sub_status_after, epoch"
    };
}

impl Store {
    /// Returns what happened to `event_id`, oldest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn history_of(&self, event_id: &str) -> Result<Vec<HistoryEntry>, StoreError> {
        let sql = concat!("SELECT ", history_columns!(), " FROM history WHERE event_id = $1 ORDER BY id");
        let rows = sqlx::query(sql).bind(event_id).fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok(Recorded::from_sql(row)?.entry)).collect()
    }

    /// Returns up to `limit` entries, newest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn history(&self, filter: &HistoryFilter, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let sql = concat!(
            "SELECT ",
            history_columns!(),
            " FROM history WHERE id < $1 AND ($2 = '' OR event_id = $2) AND ($3 = '' OR kind = $3)",
            " AND ($4 = '' OR cause = $4) ORDER BY id DESC LIMIT $5"
        );
        let rows = sqlx::query(sql)
            .bind(filter.before.map_or(i64::MAX, super::signed))
            .bind(filter.event_id.as_deref().unwrap_or_default())
            .bind(filter.kind.unwrap_or_default())
            .bind(filter.cause.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(Recorded::from_sql).collect()
    }

    /// Returns how many triggers were settled in which way, by its name.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn trigger_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let counts: Vec<(String, i64)> = sqlx::query_as("SELECT cause, n FROM trigger_counts ORDER BY cause")
            .fetch_all(self.reader())
            .await?;
        counts.into_iter().map(|(cause, n)| Ok((cause, unsigned(n, "a count of triggers")?))).collect()
    }
}

impl Recorded {
    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        let (kind, cause): (String, String) = (row.try_get(2)?, row.try_get(3)?);
        let what = Happening::from_texts(&kind, &cause, row.try_get::<i64, _>(4)? != 0);
        let revision: Option<i64> = row.try_get(7)?;
        let epoch: Option<i64> = row.try_get(12)?;
        let entry = HistoryEntry {
            event_id: row.try_get(1)?,
            what: what.ok_or_else(|| StoreError::Damaged {
                what: format!("the history has a {kind:?} with {cause:?}"),
            })?,
            scheduled_at: instant(row.try_get(5)?, "scheduled_at")?,
            executed_at: instant(row.try_get(6)?, "executed_at")?,
            revision: revision.map(|revision| unsigned(revision, "a revision in the history")).transpose()?,
            before: status_pair(row, 8)?,
            after: status_pair(row, 10)?,
        };
        let epoch = epoch.map(|epoch| unsigned(epoch, "an epoch in the history")).transpose()?;
        Ok(Self { id: unsigned(row.try_get(0)?, "the number of an entry")?, entry, epoch })
    }
}

fn status_pair(row: &AnyRow, at: usize) -> Result<Option<StatusText>, StoreError> {
    let status: Option<String> = row.try_get(at)?;
    let sub_status: Option<String> = row.try_get(at + 1)?;
    Ok(status.zip(sub_status))
}
