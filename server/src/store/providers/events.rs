//! What accounts have told of their events, and of who takes part.

use client_event_scheduler::Timestamp;
use client_event_scheduler::providers::{Presence, Tracked, Watermark};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::{maybe, told_error, whole};
use crate::store::{Store, StoreError, WriteTransaction, instant};

/// An event of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidedRow {
    /// The account.
    pub account_id: String,
    /// What the provider calls the event.
    pub event_key: String,
    /// What it is called here.
    pub event_id: String,
    /// The document as it was told last.
    pub told: String,
    /// When it begins, as it stands here now; none where it does not, or where that cannot be told.
    pub start_at: Option<Timestamp>,
    /// Since when it is known here.
    pub known_at: Timestamp,
    /// Whether it is listed.
    pub presence: Presence,
    /// When it was asked for last.
    pub synced_at: Option<Timestamp>,
    /// Whether there was no whole answer then.
    pub unanswered: bool,
    /// Up to where its changes are known.
    pub watermark: Watermark,
    /// The sweep through its participants that is under way.
    pub sweep: Option<SweepRow>,
    /// Calls that the last whole sweep took.
    pub calls: u32,
    /// How many take part.
    pub participants: u32,
    /// What went wrong last: its code, and a text for people.
    pub error: Option<(String, String)>,
    /// When this was changed last.
    pub updated_at: Timestamp,
}

impl ProvidedRow {
    /// As it is planned with; none where it is not asked for: it is missing, or has no start. [`Store::tracked_events`] finds the same.
    #[must_use]
    pub fn tracked(&self) -> Option<Tracked<'_>> {
        let start = self.start_at.filter(|_| self.presence == Presence::Listed)?;
        Some(Tracked {
            key: &self.event_key,
            start,
            known_at: self.known_at,
            synced_at: self.synced_at,
            unanswered: self.unanswered,
            calls: self.calls,
        })
    }
}

/// A sweep that is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepRow {
    /// From where it goes on.
    pub cursor: Option<String>,
    /// From when on changes are asked for; none for all of them.
    pub since: Option<Timestamp>,
    /// The provider's clock when it began.
    pub began: Option<Timestamp>,
    /// The newest change that it has told.
    pub newest: Option<Timestamp>,
}

/// What is known of an event that its provider is asked for, as far as the plan needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedRow {
    /// What the provider calls the event.
    pub event_key: String,
    start: Timestamp,
    known_at: Timestamp,
    synced_at: Option<Timestamp>,
    unanswered: bool,
    calls: u32,
}

impl TrackedRow {
    /// As it is planned with.
    #[must_use]
    pub fn tracked(&self) -> Tracked<'_> {
        let Self { event_key, start, known_at, synced_at, unanswered, calls } = self;
        Tracked {
            key: event_key,
            start: *start,
            known_at: *known_at,
            synced_at: *synced_at,
            unanswered: *unanswered,
            calls: *calls,
        }
    }
}

/// How much there is of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvidedCount {
    /// Events.
    pub events: u64,
    /// Those who take part in them.
    pub participants: u64,
}

/// When an event begins stands in the index of what stands here, whoever has written that.
const COLUMNS: &str = "SELECT account_id, event_key, provider_events.event_id, told, event_index.start_at, known_at, missing_since, synced_at, unanswered, watermark, in_sweep,
        cursor, sweep_since, sweep_began, sweep_newest, calls, participants, error_code, error, provider_events.updated_at
    FROM provider_events LEFT JOIN event_index ON event_index.event_id = provider_events.event_id";

fn provided(row: &AnyRow) -> Result<ProvidedRow, StoreError> {
    let sweep = match row.try_get::<i64, _>("in_sweep")? {
        0 => None,
        _ => Some(SweepRow {
            cursor: row.try_get("cursor")?,
            since: maybe(row, "sweep_since")?,
            began: maybe(row, "sweep_began")?,
            newest: maybe(row, "sweep_newest")?,
        }),
    };
    Ok(ProvidedRow {
        account_id: row.try_get("account_id")?,
        event_key: row.try_get("event_key")?,
        event_id: row.try_get("event_id")?,
        told: row.try_get("told")?,
        start_at: maybe(row, "start_at")?,
        known_at: instant(row.try_get("known_at")?, "known_at")?,
        presence: maybe(row, "missing_since")?.map_or(Presence::Listed, Presence::Missing),
        synced_at: maybe(row, "synced_at")?,
        unanswered: row.try_get::<i64, _>("unanswered")? != 0,
        watermark: Watermark(maybe(row, "watermark")?),
        sweep,
        calls: whole(row.try_get("calls")?, "calls")?,
        participants: whole(row.try_get("participants")?, "participants")?,
        error: told_error(row)?,
        updated_at: instant(row.try_get("updated_at")?, "updated_at")?,
    })
}

async fn one<'e>(
    database: impl sqlx::Executor<'e, Database = sqlx::Any>,
    account_id: &str,
    event_key: &str,
) -> Result<Option<ProvidedRow>, StoreError> {
    let sql = format!("{COLUMNS} WHERE account_id = $1 AND event_key = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).bind(event_key);
    query.fetch_optional(database).await?.as_ref().map(provided).transpose()
}

impl Store {
    /// Returns every event of an account, by its key.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_events(&self, account_id: &str) -> Result<Vec<ProvidedRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE account_id = $1 ORDER BY event_key");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).fetch_all(self.reader()).await?;
        rows.iter().map(provided).collect()
    }

    /// Returns at most `limit` events of an account whose key is greater than `after`, by their keys.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_page(
        &self,
        account_id: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ProvidedRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE account_id = $1 AND event_key > $2 ORDER BY event_key LIMIT $3");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account_id).bind(after);
        let rows = query.bind(i64::from(limit)).fetch_all(self.reader()).await?;
        rows.iter().map(provided).collect()
    }

    /// Returns an event of an account.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_event(
        &self,
        account_id: &str,
        event_key: &str,
    ) -> Result<Option<ProvidedRow>, StoreError> {
        one(self.reader(), account_id, event_key).await
    }

    /// Returns the events of an account that its provider is asked for, by their keys: those that it still has, and that have a start.
    /// This is read in every cycle: what was told of them stays where it is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn tracked_events(&self, account_id: &str) -> Result<Vec<TrackedRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT event_key, event_index.start_at, known_at, synced_at, unanswered, calls
             FROM provider_events JOIN event_index ON event_index.event_id = provider_events.event_id
             WHERE account_id = $1 AND missing_since IS NULL AND event_index.start_at IS NOT NULL
             ORDER BY event_key",
        );
        let rows = rows.bind(account_id).fetch_all(self.reader()).await?;
        let tracked = rows.iter().map(|row| {
            Ok(TrackedRow {
                event_key: row.try_get("event_key")?,
                start: instant(row.try_get("start_at")?, "start_at")?,
                known_at: instant(row.try_get("known_at")?, "known_at")?,
                synced_at: maybe(row, "synced_at")?,
                unanswered: row.try_get::<i64, _>("unanswered")? != 0,
                calls: whole(row.try_get("calls")?, "calls")?,
            })
        });
        tracked.collect()
    }

    /// Counts the events of an account, and those who take part.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_count(&self, account_id: &str) -> Result<ProvidedCount, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS events, CAST(COALESCE(SUM(participants), 0) AS BIGINT) AS participants
             FROM provider_events WHERE account_id = $1",
        );
        let row = row.bind(account_id).fetch_one(self.reader()).await?;
        let count = |name: &str| row.try_get::<i64, _>(name).map(|count| u64::try_from(count).unwrap_or(0));
        Ok(ProvidedCount { events: count("events")?, participants: count("participants")? })
    }
}

impl WriteTransaction {
    /// Returns an event of an account as it stands in this transaction.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_event(
        &mut self,
        account_id: &str,
        event_key: &str,
    ) -> Result<Option<ProvidedRow>, StoreError> {
        one(self.connection(), account_id, event_key).await
    }

    /// Writes an event of an account, new or old. When it begins is the affair of the event itself, and how many take part in an old one is the affair of
    /// [`put_participants`](Self::put_participants).
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_provided_event(&mut self, event: &ProvidedRow) -> Result<(), StoreError> {
        let (code, error) = event.error.clone().unzip();
        let sweep = event.sweep.clone().unwrap_or_default();
        let missing_since = match event.presence {
            Presence::Missing(since) => Some(since),
            Presence::Listed | Presence::Gone => None,
        };
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        sqlx::query(
            "INSERT INTO provider_events (account_id, event_key, event_id, told, missing_since, synced_at, watermark,
                 in_sweep, cursor, sweep_since, sweep_began, sweep_newest, calls, participants, error_code, error, updated_at, known_at,
                 unanswered)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
             ON CONFLICT (account_id, event_key) DO UPDATE SET event_id = excluded.event_id, told = excluded.told,
                 missing_since = excluded.missing_since, synced_at = excluded.synced_at,
                 watermark = excluded.watermark, in_sweep = excluded.in_sweep, cursor = excluded.cursor,
                 sweep_since = excluded.sweep_since, sweep_began = excluded.sweep_began, sweep_newest = excluded.sweep_newest,
                 calls = excluded.calls, error_code = excluded.error_code,
                 error = excluded.error, updated_at = excluded.updated_at, unanswered = excluded.unanswered",
        )
        .bind(&event.account_id)
        .bind(&event.event_key)
        .bind(&event.event_id)
        .bind(&event.told)
        .bind(millis(missing_since))
        .bind(millis(event.synced_at))
        .bind(millis(event.watermark.0))
        .bind(i64::from(event.sweep.is_some()))
        .bind(sweep.cursor)
        .bind(millis(sweep.since))
        .bind(millis(sweep.began))
        .bind(millis(sweep.newest))
        .bind(i64::from(event.calls))
        .bind(i64::from(event.participants))
        .bind(code)
        .bind(error)
        .bind(event.updated_at.as_millis())
        .bind(event.known_at.as_millis())
        .bind(i64::from(event.unanswered))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes an event of an account, with its participants.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remove_provided_event(
        &mut self,
        account_id: &str,
        event_key: &str,
    ) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM provider_participants WHERE account_id = $1 AND event_key = $2",
            "DELETE FROM provider_events WHERE account_id = $1 AND event_key = $2",
        ] {
            sqlx::query(sql).bind(account_id).bind(event_key).execute(self.connection()).await?;
        }
        Ok(())
    }
}
