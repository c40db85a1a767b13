//! Every trigger of every event as a row: written in the transaction that changes the event, settled by compare-and-set.

use client_event_scheduler::recovery::placed_fires_after;
use client_event_scheduler::{Config, DueTimes, Timestamp, TriggerId, TriggerKind};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Store, StoreError, instant};

/// The state of a trigger that waits; every other one is final.
pub(super) const PENDING: &str = "pending";

/// The state of one that lay in the past when it was made known, so that it never fires.
const PASSED: &str = "passed";

/// A trigger and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerRow {
    /// The event.
    pub event_id: String,
    /// What fires.
    pub kind: TriggerKind,
    /// When.
    pub due_at: Timestamp,
    /// `pending`, or what has become of it.
    pub state: String,
    /// When that was decided.
    pub settled_at: Option<Timestamp>,
    /// How often a backfill has made it pending again.
    pub generation: u32,
    /// Whether its event still has it: what an edit took away stays as a memory once it is settled.
    pub present: bool,
}

impl TriggerRow {
    /// Identity of the occurrence.
    pub fn trigger_id(&self) -> TriggerId {
        TriggerId::new(&self.event_id, self.kind, self.due_at)
    }

    fn from_sql(row: &AnyRow) -> Result<Self, StoreError> {
        let settled_at: Option<i64> = row.try_get(4)?;
        Ok(Self {
            event_id: row.try_get(0)?,
            kind: kind(row.try_get(1)?)?,
            due_at: instant(row.try_get(2)?, "due_at")?,
            state: row.try_get(3)?,
            settled_at: settled_at.map(|millis| instant(millis, "settled_at")).transpose()?,
            generation: u32::try_from(row.try_get::<i64, _>(5)?).unwrap_or(u32::MAX),
            present: row.try_get::<i64, _>(6)? != 0,
        })
    }
}

/// Which triggers a page shows.
#[derive(Debug, Clone, Default)]
pub struct TriggerFilter {
    /// Of this event only.
    pub event_id: Option<String>,
    /// Of this kind only.
    pub kind: Option<TriggerKind>,
    /// Settled ones too.
    pub settled: bool,
    /// Due after this instant.
    pub from: Option<Timestamp>,
    /// Due at this instant or before.
    pub until: Option<Timestamp>,
    /// Behind this place in the order `(due_at, kind, event_id)`.
    pub after: Option<(Timestamp, TriggerKind, String)>,
}

/// Brings the rows of `event_id` to what its definition makes at `now`: of what it has lost only the settled stays, as a memory;
/// what is new waits, unless it lies too far in the past.
pub(super) async fn write(
    connection: &mut AnyConnection,
    event_id: &str,
    due: &DueTimes,
    now: Timestamp,
) -> Result<(), StoreError> {
    let fires_after = placed_fires_after(now, Config::default().backdate_grace_ms);
    let difference = difference(connection, event_id, due).await?;
    for (sql, places) in [
        (
            "DELETE FROM triggers WHERE event_id = $1 AND kind = $2 AND due_at = $3 AND state = 'pending'",
            difference.withdrawn,
        ),
        (
            "UPDATE triggers SET present = 0 WHERE event_id = $1 AND kind = $2 AND due_at = $3",
            difference.lost,
        ),
        (
            "UPDATE triggers SET present = 1 WHERE event_id = $1 AND kind = $2 AND due_at = $3",
            difference.regained,
        ),
    ] {
        for (kind, due_at) in places {
            sqlx::query(sql)
                .bind(event_id)
                .bind(number(kind))
                .bind(due_at.as_millis())
                .execute(&mut *connection)
                .await?;
        }
    }
    for (kind, due_at) in difference.new {
        let state = if due_at > fires_after { PENDING } else { PASSED };
        insert(connection, event_id, kind, due_at, state).await?;
    }
    Ok(())
}

type Places = Vec<(TriggerKind, Timestamp)>;

/// In what a definition differs from the stored triggers of its event.
#[derive(Debug, Default)]
struct Difference {
    /// Not stored.
    new: Places,
    /// Waiting, and not in the definition any more.
    withdrawn: Places,
    /// Settled, and not in the definition any more.
    lost: Places,
    /// Settled, and in the definition once more.
    regained: Places,
}

async fn difference(
    connection: &mut AnyConnection,
    event_id: &str,
    due: &DueTimes,
) -> Result<Difference, StoreError> {
    let sql = "SELECT kind, due_at, state, present FROM triggers WHERE event_id = $1";
    let stored = sqlx::query(sql).bind(event_id).fetch_all(connection).await?;
    let new = TriggerKind::ALL.into_iter().filter_map(|kind| Some((kind, due.get(kind)?))).collect();
    let mut difference = Difference { new, ..Difference::default() };
    for row in &stored {
        let place = (kind(row.try_get(0)?)?, instant(row.try_get(1)?, "due_at")?);
        let waits = row.try_get::<String, _>(2)? == PENDING;
        let is_present = row.try_get::<i64, _>(3)? != 0;
        match difference.new.iter().position(|candidate| *candidate == place) {
            Some(known) => {
                difference.new.swap_remove(known);
                if !is_present {
                    difference.regained.push(place);
                }
            }
            None if waits => difference.withdrawn.push(place),
            None if is_present => difference.lost.push(place),
            None => {}
        }
    }
    Ok(difference)
}

/// Writes the triggers of an event that has no rows yet: what is due after `missed_after` and is not in the history waits.
pub(super) async fn write_first(
    connection: &mut AnyConnection,
    event_id: &str,
    due: &DueTimes,
    missed_after: Timestamp,
) -> Result<(), StoreError> {
    for kind in TriggerKind::ALL {
        let Some(due_at) = due.get(kind) else { continue };
        let settled: Option<i64> = sqlx::query_scalar("SELECT id FROM history WHERE trigger_id = $1")
            .bind(TriggerId::new(event_id, kind, due_at).as_str())
            .fetch_optional(&mut *connection)
            .await?;
        let state = match settled {
            Some(_) => "fired",
            None if due_at > missed_after => PENDING,
            None => PASSED,
        };
        insert(connection, event_id, kind, due_at, state).await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut AnyConnection,
    event_id: &str,
    kind: TriggerKind,
    due_at: Timestamp,
    state: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO triggers (event_id, kind, due_at, state) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(event_id)
    .bind(number(kind))
    .bind(due_at.as_millis())
    .bind(state)
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// Returns the due time of the earliest trigger that waits, backfilled ones aside.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn earliest_pending(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT due_at FROM triggers WHERE state = 'pending' AND generation = 0 ORDER BY due_at, kind, event_id LIMIT 1";
        let due_at: Option<i64> = sqlx::query_scalar(sql).fetch_optional(self.reader()).await?;
        due_at.map(|millis| instant(millis, "due_at")).transpose()
    }

    /// Returns the ids of the triggers due in `(after, until]` that wait no more.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn settled_triggers(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<TriggerId>, StoreError> {
        let sql = concat!(
            "SELECT event_id, kind, due_at, state, settled_at, generation, present FROM triggers ",
            "WHERE due_at > $1 AND due_at <= $2 AND state <> 'pending' ORDER BY due_at, kind, event_id"
        );
        let rows = sqlx::query(sql).bind(after.as_millis()).bind(until.as_millis());
        let rows = rows.fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok(TriggerRow::from_sql(row)?.trigger_id())).collect()
    }

    /// Returns the stretch of due times, `(from, until]`, in which triggers wait because of a backfill.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn backfill_under_way(&self) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let sql = "SELECT min(due_at), max(due_at) FROM triggers WHERE state = 'pending' AND generation > 0";
        let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(sql).fetch_one(self.reader()).await?;
        let Some((first, last)) = first.zip(last) else { return Ok(None) };
        Ok(Some((instant(first, "due_at")?.saturating_add_ms(-1), instant(last, "due_at")?)))
    }

    /// Returns the events of which a trigger waits that is due at `now`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn events_due(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT event_id FROM triggers WHERE state = 'pending' AND due_at <= $1";
        Ok(sqlx::query_scalar(sql).bind(now.as_millis()).fetch_all(self.reader()).await?)
    }

    /// Returns up to `limit` triggers in the order `(due_at, kind, event_id)`.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn triggers(&self, filter: &TriggerFilter, limit: u32) -> Result<Vec<TriggerRow>, StoreError> {
        let (due_at, kind, event_id) = match &filter.after {
            Some((due_at, kind, event_id)) => (due_at.as_millis(), number(*kind), event_id.as_str()),
            None => (i64::MIN, -1, ""),
        };
        let sql = "SELECT event_id, kind, due_at, state, settled_at, generation, present FROM triggers
                   WHERE (due_at, kind, event_id) > ($1, $2, $3)
                     AND ($4 = '' OR event_id = $4) AND ($5 < 0 OR kind = $5) AND (state = 'pending' OR $6 = 1)
                     AND due_at > $7 AND due_at <= $8
                   ORDER BY due_at, kind, event_id LIMIT $9";
        let rows = sqlx::query(sql)
            .bind(due_at)
            .bind(kind)
            .bind(event_id)
            .bind(filter.event_id.as_deref().unwrap_or_default())
            .bind(filter.kind.map_or(-1, number))
            .bind(i64::from(filter.settled))
            .bind(filter.from.map_or(i64::MIN, Timestamp::as_millis))
            .bind(filter.until.map_or(i64::MAX, Timestamp::as_millis))
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(TriggerRow::from_sql).collect()
    }

    /// Returns one trigger.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn trigger(
        &self,
        event_id: &str,
        kind: TriggerKind,
        due_at: Timestamp,
    ) -> Result<Option<TriggerRow>, StoreError> {
        let sql = "SELECT event_id, kind, due_at, state, settled_at, generation, present FROM triggers
                   WHERE event_id = $1 AND kind = $2 AND due_at = $3";
        let row = sqlx::query(sql).bind(event_id).bind(number(kind)).bind(due_at.as_millis());
        row.fetch_optional(self.reader()).await?.as_ref().map(TriggerRow::from_sql).transpose()
    }
}

/// The number under which a kind is stored: its place in the tie-break order.
pub(super) fn number(kind: TriggerKind) -> i64 {
    kind as i64
}

fn kind(number: i64) -> Result<TriggerKind, StoreError> {
    let kind = u8::try_from(number).ok().and_then(TriggerKind::from_number);
    kind.ok_or_else(|| StoreError::Damaged { what: format!("the kind of a trigger is {number}") })
}
