//! Settling: what the scheduler did is written down in one transaction, and each trigger of it only if it still waits.

use std::collections::{BTreeMap, HashMap};

use client_event_scheduler::{Timestamp, TriggerKind};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::history::{Happening, HistoryEntry, StatusText};
use super::lease::{self, Lease};
use super::orders::{self, CarriedOut};
use super::triggers::{PENDING, number};
use super::values::{ROWS, placeholders};
use super::{Store, StoreError, signed};

/// The status that the scheduler last found for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWrite {
    /// The event.
    pub event_id: String,
    /// Its status.
    pub status: StatusText,
    /// Since when the scheduler knows.
    pub at: Timestamp,
}

/// What the scheduler did since it last wrote it down.
#[derive(Debug, Default)]
pub struct Batch {
    /// Orders that it has taken in.
    pub orders: Vec<CarriedOut>,
    /// Triggers that it has settled, and status changes.
    pub entries: Vec<HistoryEntry>,
    /// The statuses that it has found.
    pub statuses: Vec<StatusWrite>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.entries.is_empty() && self.statuses.is_empty()
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Triggers that this call settled.
    pub triggers: u64,
    /// Triggers that did not wait any more: edited meanwhile, or settled by another node. Nothing was written of them.
    pub refused: u64,
}

/// Tries of a batch that another transaction was in the way of.
const TRIES: u32 = 3;

type Place<'a> = (&'a str, i64, i64);

impl Store {
    /// Writes one batch of what the scheduler did, in the name of `lease`. A trigger that does not wait any more stays as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`], or the database failed; nothing was written then.
    pub async fn settle(&self, lease: &Lease, batch: &Batch) -> Result<Settled, StoreError> {
        let mut tries = 1;
        loop {
            match self.try_to_settle(lease, batch).await {
                Err(error) if error.is_passing() && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_to_settle(&self, lease: &Lease, batch: &Batch) -> Result<Settled, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        lease::check(self.dialect(), &mut transaction, lease).await?;
        // First the orders: a backfill makes triggers wait again that the entries may settle.
        for order in &batch.orders {
            orders::carry_out(&mut transaction, order).await?;
        }
        let mut settled = Settled::default();
        let mut counts = BTreeMap::new();
        for chunk in batch.entries.chunks(ROWS) {
            let won = claim(&mut transaction, chunk).await?;
            let kept: Vec<_> =
                chunk.iter().filter_map(|entry| Some((entry, generation(&won, entry)?))).collect();
            settled.refused += (chunk.len() - kept.len()) as u64;
            for (entry, _) in kept.iter().filter(|(entry, _)| entry.what.trigger().is_some()) {
                settled.triggers += 1;
                *counts.entry(entry.what.cause_text()).or_default() += 1;
            }
            record(&mut transaction, &kept, lease).await?;
        }
        for chunk in batch.statuses.chunks(ROWS) {
            write_statuses(&mut transaction, chunk).await?;
        }
        count(&mut transaction, counts).await?;
        transaction.commit().await?;
        Ok(settled)
    }

    /// Returns the status that the scheduler last wrote for every event that exists.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn recorded_statuses(&self) -> Result<Vec<(String, StatusText)>, StoreError> {
        let sql = "SELECT event_id, status, sub_status FROM events
                   WHERE deleted_at IS NULL AND status IS NOT NULL AND sub_status IS NOT NULL";
        let rows = sqlx::query(sql).fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
    }
}

/// Changes the triggers of `entries` that wait to their final states, and returns the generations of those.
async fn claim<'a>(
    connection: &mut AnyConnection,
    entries: &'a [HistoryEntry],
) -> Result<HashMap<(String, i64, i64), i64>, StoreError> {
    let triggers: Vec<(Place<'a>, &str, Timestamp)> = entries
        .iter()
        .filter_map(|entry| Some((place(entry)?, final_state(entry.what), entry.executed_at)))
        .collect();
    if triggers.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "WITH outcome (of_event, of_kind, of_time, outcome, at) AS (VALUES {})
         UPDATE triggers SET state = outcome.outcome, settled_at = outcome.at FROM outcome
         WHERE event_id = of_event AND kind = of_kind AND due_at = of_time AND state = '{PENDING}'
         RETURNING event_id, kind, due_at, generation",
        placeholders(triggers.len(), 5)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(triggers.len() == ROWS);
    for ((event_id, kind, due_at), state, at) in triggers {
        query = query.bind(event_id).bind(kind).bind(due_at).bind(state).bind(at.as_millis());
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get(3)?)))
        .collect()
}

/// The generation under which `entry` is to be recorded; `None` if its trigger was not won.
fn generation(won: &HashMap<(String, i64, i64), i64>, entry: &HistoryEntry) -> Option<i64> {
    match place(entry) {
        Some((event_id, kind, due_at)) => won.get(&(event_id.to_owned(), kind, due_at)).copied(),
        None => Some(0),
    }
}

fn place(entry: &HistoryEntry) -> Option<Place<'_>> {
    let kind: TriggerKind = entry.what.trigger()?;
    Some((&entry.event_id, number(kind), entry.scheduled_at.as_millis()))
}

fn final_state(what: Happening) -> &'static str {
    match what {
        Happening::Fired { .. } => "fired",
        Happening::LeftOut { fate, .. } => fate.as_str(),
        Happening::StatusChanged { .. } => PENDING,
    }
}

async fn record(
    connection: &mut AnyConnection,
    entries: &[(&HistoryEntry, i64)],
    lease: &Lease,
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO history (event_id, trigger_id, generation, kind, cause, superseded, scheduled_at, executed_at, revision,
             status_before, sub_status_before, status_after, sub_status_after, epoch) VALUES {}",
        placeholders(entries.len(), 14)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(entries.len() == ROWS);
    for (entry, generation) in entries {
        query = query
            .bind(&entry.event_id)
            .bind(entry.trigger_id().map(|id| id.to_string()))
            .bind(generation)
            .bind(entry.what.kind_text())
            .bind(entry.what.cause_text())
            .bind(i64::from(entry.what.is_superseded()))
            .bind(entry.scheduled_at.as_millis())
            .bind(entry.executed_at.as_millis())
            .bind(entry.revision.map(signed))
            .bind(entry.before.as_ref().map(|status| status.0.as_str()))
            .bind(entry.before.as_ref().map(|status| status.1.as_str()))
            .bind(entry.after.as_ref().map(|status| status.0.as_str()))
            .bind(entry.after.as_ref().map(|status| status.1.as_str()))
            .bind(signed(lease.epoch));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn write_statuses(connection: &mut AnyConnection, statuses: &[StatusWrite]) -> Result<(), StoreError> {
    // Of several statuses of one event the last one counts; an UPDATE would take any.
    let last: BTreeMap<_, _> = statuses.iter().map(|write| (write.event_id.as_str(), write)).collect();
    let sql = format!(
        "WITH found (of_event, found_status, found_sub_status, at) AS (VALUES {})
         UPDATE events SET status = found_status, sub_status = found_sub_status, status_at = at FROM found
         WHERE event_id = of_event AND deleted_at IS NULL",
        placeholders(last.len(), 4)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(last.len() == ROWS);
    for (event_id, write) in last {
        query = query.bind(event_id).bind(&write.status.0).bind(&write.status.1).bind(write.at.as_millis());
    }
    query.execute(connection).await?;
    Ok(())
}

async fn count(
    connection: &mut AnyConnection,
    counts: BTreeMap<&'static str, i64>,
) -> Result<(), StoreError> {
    for (cause, n) in counts {
        sqlx::query(
            "INSERT INTO trigger_counts (cause, n) VALUES ($1, $2)
             ON CONFLICT (cause) DO UPDATE SET n = trigger_counts.n + excluded.n",
        )
        .bind(cause)
        .bind(n)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
