//! Looking for what must not be in a database.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use sqlx::Row as _;

use super::rows::{EventRow, event_columns};
use super::{Dialect, Store, StoreError};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static str,
    /// Where, and how.
    pub what: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Events that exist.
    pub events: u64,
    /// Deleted events that the feed still tells of.
    pub tombstones: u64,
    /// The number of the latest change.
    pub seq: u64,
    /// What must not be.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    fn find(&mut self, rule: &'static str, what: impl Into<String>) {
        self.findings.push(Finding { rule, what: what.into() });
    }
}

impl Store {
    /// Reads the whole database, as one transaction sees it, and tells what must not be in it. `judge` says what is wrong with
    /// a document, if anything is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn check(
        &self,
        mut judge: impl FnMut(&EventRow) -> Option<String>,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        if self.dialect() == Dialect::Sqlite {
            let faults: Vec<String> =
                sqlx::query_scalar("SELECT * FROM pragma_integrity_check").fetch_all(self.reader()).await?;
            for fault in faults.into_iter().filter(|fault| fault != "ok") {
                report.find("the file is whole", fault);
            }
        }
        let mut transaction = self.begin_read().await?;
        let (seq, floor): (i64, i64) =
            sqlx::query_as("SELECT seq, retention_floor FROM feed_counter WHERE id = 1")
                .fetch_one(&mut *transaction)
                .await?;
        report.seq = u64::try_from(seq).unwrap_or(0);
        if seq < 0 || floor < 0 || floor > seq {
            report.find("the counter is ahead of the retention floor", format!("{seq} and {floor}"));
        }
        let orphans: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM triggers LEFT JOIN events ON events.event_id = triggers.event_id
             WHERE state = 'pending' AND present = 1 AND (events.event_id IS NULL OR deleted_at IS NOT NULL)",
        )
        .fetch_one(&mut *transaction)
        .await?;
        if orphans > 0 {
            report.find("a trigger that waits belongs to an event", format!("{orphans} do not"));
        }
        let mut taken = BTreeMap::new();
        let sql = concat!("SELECT ", event_columns!(), " FROM events ORDER BY seq");
        let mut rows = sqlx::query(sql).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            let event_id: String = row.try_get(0)?;
            match EventRow::from_sql(&row) {
                Ok(row) => look_at(&row, seq, &mut taken, &mut judge, &mut report),
                Err(error) => report.find("a row is readable", format!("{event_id:?}: {error}")),
            }
        }
        Ok(report)
    }
}

fn look_at(
    row: &EventRow,
    seq: i64,
    taken: &mut BTreeMap<u64, String>,
    judge: &mut impl FnMut(&EventRow) -> Option<String>,
    report: &mut CheckReport,
) {
    if let Some(other) = taken.insert(row.seq, row.event_id.clone()) {
        report.find(
            "no two changes share a number",
            format!("{} is {other:?} and {:?}", row.seq, row.event_id),
        );
    }
    if row.seq == 0 || i64::try_from(row.seq).is_ok_and(|its| its > seq) {
        report
            .find("no change is ahead of the counter", format!("{:?} is {} of {seq}", row.event_id, row.seq));
    }
    if row.revision == 0 {
        report.find("revisions begin at 1", format!("{:?}", row.event_id));
    }
    if row.updated_at < row.created_at {
        report.find("nothing is changed before it is created", format!("{:?}", row.event_id));
    }
    if row.is_tombstone() {
        report.tombstones += 1;
        return;
    }
    report.events += 1;
    if let Some(fault) = judge(row) {
        report.find("every document is readable", format!("{:?}: {fault}", row.event_id));
    }
}
