//! Running an import: rows are read as the body arrives, and written a chunk at a time.

use std::collections::HashSet;

use bytes::Bytes;
use client_event_scheduler::Timestamp;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::super::span::DAY_MS;
use super::super::{Document, Events, approval, limits, mutation};
use super::ImportOptions;
use super::format::{Ready, Refused, RowReader};
use super::report::{ImportMode, ImportReport, ImportState, RowProblems};
use super::split::{Broken, Row};
use crate::problem::{ApiError, FieldProblem};
use crate::store::WriteTransaction;

/// A line of an import's progress.
#[derive(Debug)]
pub enum Progress {
    /// A chunk was written.
    Chunk(ImportReport),
    /// A row was refused. Only the first are told of, as many as a report lists.
    Refused(RowProblems),
}

impl Events {
    /// Begins an import: from now on there is a report of it.
    ///
    /// # Errors
    ///
    /// `IMPORT_EXISTS` or `STORE_ERROR`.
    pub async fn begin_import(&self, options: ImportOptions) -> Result<Import, ApiError> {
        let now = self.clock.now();
        let mut report = ImportReport::new(options.import_id.clone(), options.mode, options.dry_run, now);
        let mut transaction = self.store.begin_write().await?;
        transaction.remove_imports(now.saturating_add_ms(-limits::IMPORT_REPORT_DAYS * DAY_MS)).await?;
        if !transaction.add_import(&report.record(now)?).await? {
            return Err(ApiError::ImportExists { import_id: options.import_id });
        }
        transaction.commit().await?;
        let reader = RowReader::new(options.format, options.time_zone);
        Ok(Import {
            events: self.clone(),
            reader,
            report,
            seen: HashSet::new(),
            chunk: Vec::new(),
            read: 0,
            refused: Vec::new(),
        })
    }
}

/// Tries of a chunk that another transaction was in the way of.
const TRIES: u32 = 5;

/// Why an import has read its last row.
enum End {
    Finished,
    Interrupted,
    Broken(FieldProblem),
}

impl From<Broken> for End {
    fn from(broken: Broken) -> Self {
        Self::Broken(FieldProblem::new("", "BODY_MALFORMED", format!("the body {}", broken.0)))
    }
}

impl From<ApiError> for End {
    fn from(error: ApiError) -> Self {
        let (_, code) = error.status_and_code();
        Self::Broken(FieldProblem::new("", code, error.detail()))
    }
}

/// What becomes of a row that could be read.
enum Fate {
    Created,
    Updated,
    Unchanged,
    Refused(FieldProblem),
}

/// An import that has begun.
pub struct Import {
    events: Events,
    reader: RowReader,
    /// What has been written.
    report: ImportReport,
    /// Fingerprints of the ids that have come: no two rows of an import are about one event.
    seen: HashSet<[u8; 16]>,
    /// The numbers and contents of rows that are ready to be written.
    chunk: Vec<(u64, Ready)>,
    /// Rows that were read, in the present chunk too.
    read: u64,
    refused: Vec<RowProblems>,
}

impl Import {
    /// Imports the rows of `body`. Returns the report that is kept too, whatever became of the import.
    ///
    /// Progress goes to `progress` as long as somebody listens; an import goes on without.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`, where the report cannot be written.
    pub async fn run<S, E>(
        mut self,
        body: S,
        progress: mpsc::UnboundedSender<Progress>,
    ) -> Result<ImportReport, ApiError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        E: Send + 'static,
    {
        let events = self.events.clone();
        events
            .unbroken(move |_| async move {
                let end = self.read(body, &progress).await;
                self.end(end).await
            })
            .await
    }

    async fn read<E>(
        &mut self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        progress: &mpsc::UnboundedSender<Progress>,
    ) -> End {
        let mut bytes_read = 0;
        while let Some(piece) = body.next().await {
            let Ok(piece) = piece else { return End::Interrupted };
            bytes_read += piece.len() as u64;
            if bytes_read > limits::IMPORT_BYTES {
                return ApiError::BodyTooLarge { maximum: limits::IMPORT_BYTES }.into();
            }
            let mut rows = Vec::new();
            let fed = self.reader.feed(&piece, &mut rows);
            if let Err(end) = self.take(rows, progress).await {
                return end;
            }
            if let Err(broken) = fed {
                return broken.into();
            }
        }
        let mut rows = Vec::new();
        let finished = self.reader.finish(&mut rows);
        match (self.take(rows, progress).await, finished) {
            (Err(end), _) => end,
            (Ok(()), Err(broken)) => broken.into(),
            (Ok(()), Ok(())) => match self.write(progress).await {
                Ok(()) => End::Finished,
                Err(error) => error.into(),
            },
        }
    }

    /// Takes in rows, and writes those that fill a chunk.
    async fn take(&mut self, rows: Vec<Row>, progress: &mpsc::UnboundedSender<Progress>) -> Result<(), End> {
        for row in rows {
            self.read += 1;
            if self.read > limits::IMPORT_ROWS {
                let message = format!("there are more than {} rows: send them in parts", limits::IMPORT_ROWS);
                return Err(End::Broken(FieldProblem::new("", "LIMIT_EXCEEDED", message)));
            }
            match self.reader.read(row, &self.events.dates).and_then(|ready| self.once(ready)) {
                Ok(ready) => self.chunk.push((self.read, ready)),
                Err(refused) => self.refuse(self.read, refused),
            }
            if self.chunk.len() + self.refused.len() >= limits::IMPORT_CHUNK_ROWS {
                self.write(progress).await?;
            }
        }
        Ok(())
    }

    /// Refuses a second row about one event.
    fn once(&mut self, ready: Ready) -> Result<Ready, Refused> {
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&Sha256::digest(&ready.event_id)[..16]);
        if self.seen.insert(fingerprint) {
            return Ok(ready);
        }
        let message = "came in an earlier row of this import: keep one of them";
        let problem = FieldProblem::new("event_id", "ID_DUPLICATE", message);
        Err(Refused { event_id: Some(ready.event_id), problems: vec![problem] })
    }

    fn refuse(&mut self, row: u64, Refused { event_id, problems }: Refused) {
        self.refused.push(RowProblems { row, event_id, problems });
    }

    /// Writes the chunk and the counts, again where another transaction was in the way.
    async fn write(&mut self, progress: &mpsc::UnboundedSender<Progress>) -> Result<(), ApiError> {
        let mut chunk = std::mem::take(&mut self.chunk);
        // In one order of events in every import: two that wait for each other's would both have to begin again.
        chunk.sort_unstable_by(|(_, one), (_, other)| one.event_id.cmp(&other.event_id));
        let mut tries = 1;
        let (report, refused) = loop {
            match self.try_to_write(&chunk).await {
                Err(ApiError::Store(error)) if error.is_passing() && tries < TRIES => tries += 1,
                outcome => break outcome?,
            }
        };
        self.refused.clear();
        self.tell(&report, refused, progress);
        self.report = report;
        Ok(())
    }

    /// Writes the chunk and the counts in one transaction; where the import is only tried out, lets the transaction go.
    async fn try_to_write(
        &self,
        chunk: &[(u64, Ready)],
    ) -> Result<(ImportReport, Vec<RowProblems>), ApiError> {
        let mut report = self.report.clone();
        report.rows = self.read;
        let mut transaction = self.events.store.begin_write().await?;
        let now = self.events.clock.now();
        let mut refused = self.refused.clone();
        for (row, ready) in chunk {
            match self.put(&mut transaction, ready, now).await? {
                Fate::Created => report.created += 1,
                Fate::Updated => report.updated += 1,
                Fate::Unchanged => report.unchanged += 1,
                Fate::Refused(problem) => {
                    let event_id = Some(ready.event_id.clone());
                    refused.push(RowProblems { row: *row, event_id, problems: vec![problem] });
                }
            }
        }
        let written = report.created + report.updated > self.report.created + self.report.updated;
        refused.sort_by_key(|each| each.row);
        for each in &refused {
            report.refuse(each.clone());
        }
        if self.report.dry_run {
            drop(transaction);
            transaction = self.events.store.begin_write().await?;
        } else if written {
            report.seq = Some(transaction.number_changes().await?);
        }
        transaction.put_import(&report.record(now)?).await?;
        transaction.commit().await?;
        Ok((report, refused))
    }

    /// Writes a row as any other change is written: with its triggers, by the rules of approval, and with the audit's word of it.
    async fn put(
        &self,
        transaction: &mut WriteTransaction,
        Ready { event_id, document }: &Ready,
        now: Timestamp,
    ) -> Result<Fate, ApiError> {
        let mut document = document.clone();
        approval::hold_unless_approver(&self.events, &mut document);
        let stored = transaction.event(event_id).await?;
        let revision = stored.as_ref().map_or(1, |stored| stored.revision + 1);
        let state = |before, created_at| mutation::Put {
            event_id,
            before,
            document: &document,
            revision,
            created_at,
        };
        let Some(living) = stored.filter(|stored| !stored.is_tombstone()) else {
            mutation::put_new(&self.events, transaction, state(None, now), now).await?;
            return Ok(Fate::Created);
        };
        if self.report.mode == ImportMode::Create {
            let message = "exists already: import with mode=upsert to change it";
            return Ok(Fate::Refused(FieldProblem::new("event_id", "EVENT_EXISTS", message)));
        }
        if living.document == document.to_json() {
            return Ok(Fate::Unchanged);
        }
        let patch = Document::default();
        match approval::check_edit(&self.events, transaction, &living, &patch).await {
            Ok(()) => {}
            Err(ApiError::Access(refusal)) => {
                let (_, code) = refusal.status_and_code();
                return Ok(Fate::Refused(FieldProblem::new("event_id", code, refusal.detail())));
            }
            Err(error) => return Err(error),
        }
        let next = state(Some(living.document.as_str()), living.created_at);
        mutation::put(&self.events, transaction, next, now).await?;
        Ok(Fate::Updated)
    }

    /// Tells whoever listens.
    fn tell(
        &self,
        report: &ImportReport,
        refused: Vec<RowProblems>,
        progress: &mpsc::UnboundedSender<Progress>,
    ) {
        let told = limits::IMPORT_PROBLEMS.saturating_sub(self.report.problems.len());
        for each in refused.into_iter().take(told) {
            // An import goes on when nobody listens any more.
            let _ = progress.send(Progress::Refused(each));
        }
        let _ = progress.send(Progress::Chunk(report.without_problems()));
    }

    /// Writes how it ended. Rows that were read but not written when the body broke off stay unwritten and uncounted.
    async fn end(mut self, end: End) -> Result<ImportReport, ApiError> {
        (self.report.state, self.report.error) = match end {
            End::Finished => (ImportState::Finished, None),
            End::Interrupted => (ImportState::Interrupted, None),
            End::Broken(problem) => (ImportState::BrokenOff, Some(problem)),
        };
        let mut transaction = self.events.store.begin_write().await?;
        transaction.put_import(&self.report.record(self.events.clock.now())?).await?;
        transaction.commit().await?;
        Ok(self.report)
    }
}
