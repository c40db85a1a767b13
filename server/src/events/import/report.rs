//! What an import says of itself, while it runs and afterwards.

use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::limits;
use crate::problem::FieldProblem;
use crate::store::{ImportRow, StoreError};

/// What becomes of an event that exists already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// The row takes its place.
    #[default]
    Upsert,
    /// The row is refused.
    Create,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Rows are read.
    Running,
    /// Every row was read.
    Finished,
    /// The body ended early, since the client went away.
    Interrupted,
    /// The body could not be read further, or the database failed: `error` says why.
    BrokenOff,
}

impl ImportState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::BrokenOff => "broken_off",
        }
    }
}

/// A row that was refused.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RowProblems {
    /// The row, counted from 1.
    pub row: u64,
    /// Its event, where that could be read.
    pub event_id: Option<String>,
    /// Why.
    pub problems: Vec<FieldProblem>,
}

/// What an import has done. Rows are written 500 at a time, each time all that were not refused or, where the database fails, none;
/// the counts are written together with them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    /// Its id, for `GET /import/{import_id}`.
    pub import_id: String,
    /// How far it has come.
    pub state: ImportState,
    /// What becomes of events that exist.
    pub mode: ImportMode,
    /// Whether it was only tried out: then nothing was written, and the counts say what would have been.
    pub dry_run: bool,
    /// Rows that were dealt with.
    pub rows: u64,
    /// Events that were created.
    pub created: u64,
    /// Events that were changed.
    pub updated: u64,
    /// Events that were just so already.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// The feed number of the last change.
    pub seq: Option<u64>,
    /// Why it was broken off.
    pub error: Option<FieldProblem>,
    /// The first 1 000 rows that were refused.
    pub problems: Vec<RowProblems>,
    /// When it began.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// When this was written.
    #[schema(format = DateTime)]
    pub updated_at: String,
    #[serde(skip)]
    began: Timestamp,
}

impl ImportReport {
    pub(super) fn new(import_id: String, mode: ImportMode, dry_run: bool, now: Timestamp) -> Self {
        Self {
            import_id,
            state: ImportState::Running,
            mode,
            dry_run,
            rows: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            refused: 0,
            seq: None,
            error: None,
            problems: Vec::new(),
            started_at: now.to_string(),
            updated_at: now.to_string(),
            began: now,
        }
    }

    /// Counts a refused row; the first of them are kept.
    pub(super) fn refuse(&mut self, row: RowProblems) {
        self.refused += 1;
        if self.problems.len() < limits::IMPORT_PROBLEMS {
            self.problems.push(row);
        }
    }

    /// The same without the rows that were refused.
    pub(super) fn without_problems(&self) -> Self {
        Self { problems: Vec::new(), ..self.clone() }
    }

    /// The record of it as of `now`.
    pub(super) fn record(&mut self, now: Timestamp) -> Result<ImportRow, StoreError> {
        self.updated_at = now.to_string();
        let damaged = |error| StoreError::Damaged { what: format!("a report: {error}") };
        Ok(ImportRow {
            import_id: self.import_id.clone(),
            started_at: self.began,
            updated_at: now,
            state: self.state.as_str().to_owned(),
            report: serde_json::to_string(self).map_err(damaged)?,
        })
    }
}
