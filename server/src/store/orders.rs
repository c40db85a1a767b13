//! Orders for whoever acts. They are kept until they are carried out, so that any node can take them, and none is lost.

use client_event_scheduler::{ResumeFrom, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{Store, StoreError, WriteTransaction, instant, unsigned};

/// Something that a person wants of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Nothing is to fire until it is resumed.
    Pause {
        /// Why, for people.
        reason: String,
    },
    /// The pause is over.
    Resume {
        /// Whether what came due meanwhile is left out; otherwise it was missed.
        skip_missed: bool,
    },
    /// What was due in `(from_ms, until_ms]`, in epoch milliseconds, is to be delivered.
    Backfill {
        /// Behind the beginning.
        from_ms: i64,
        /// The end.
        until_ms: i64,
        /// What was delivered before, too.
        again: bool,
    },
    /// How old a missed trigger may be and still be delivered.
    SetMaxDowntimeHours {
        /// In hours.
        hours: u32,
    },
}

impl Order {
    /// From where a resuming goes on.
    pub fn resume_from(skip_missed: bool) -> ResumeFrom {
        if skip_missed { ResumeFrom::Now } else { ResumeFrom::Watermark }
    }
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OrderOutcome {
    /// It was carried out.
    Done {
        /// Occurrences that a backfill has put into the queue.
        occurrences: u64,
    },
    /// The scheduler refused it.
    Refused {
        /// Why.
        message: String,
    },
}

/// An order that has not been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its number.
    pub id: u64,
    /// What is wanted.
    pub order: Order,
}

/// An order that the scheduler has taken in, to be written down with what it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedOut {
    /// Its number.
    pub id: u64,
    /// What was wanted.
    pub order: Order,
    /// When.
    pub at: Timestamp,
    /// Why the scheduler did not do it.
    pub refused: Option<String>,
}

/// The standing orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Control {
    /// Since when, and why, nothing fires.
    pub paused: Option<(Timestamp, String)>,
    /// The catch-up window in hours, where it was set at run time.
    pub max_downtime_hours: Option<u32>,
}

impl WriteTransaction {
    /// Keeps an order for whoever acts, and returns its number. After the commit, [`Store::hint_everywhere`] tells of it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn give_order(&mut self, order: &Order, by: &str, now: Timestamp) -> Result<u64, StoreError> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO scheduler_orders (given_at, given_by, body) VALUES ($1, $2, $3) RETURNING id",
        )
        .bind(now.as_millis())
        .bind(by)
        .bind(json(order)?)
        .fetch_one(&mut *self.transaction)
        .await?;
        unsigned(id, "the number of an order")
    }
}

impl Store {
    /// Returns the orders that nobody has carried out, oldest first.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn open_orders(&self) -> Result<Vec<OpenOrder>, StoreError> {
        let sql = "SELECT id, body FROM scheduler_orders WHERE done_at IS NULL ORDER BY id";
        let rows: Vec<(i64, String)> = sqlx::query_as(sql).fetch_all(self.reader()).await?;
        let open = |(id, body): (i64, String)| {
            Ok(OpenOrder { id: unsigned(id, "the number of an order")?, order: read(&body)? })
        };
        rows.into_iter().map(open).collect()
    }

    /// Returns what came of order `id`; `None` while it is open.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn order_outcome(&self, id: u64) -> Result<Option<OrderOutcome>, StoreError> {
        let sql = "SELECT outcome FROM scheduler_orders WHERE id = $1 AND done_at IS NOT NULL";
        let outcome: Option<Option<String>> =
            sqlx::query_scalar(sql).bind(super::signed(id)).fetch_optional(self.reader()).await?;
        outcome.flatten().map(|outcome| read(&outcome)).transpose()
    }

    /// Returns the standing orders.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn control(&self) -> Result<Control, StoreError> {
        let sql = "SELECT paused_since, pause_reason, max_downtime_hours FROM scheduler_control WHERE id = 1";
        let (since, reason, hours): (Option<i64>, Option<String>, Option<i64>) =
            sqlx::query_as(sql).fetch_one(self.reader()).await?;
        let since = since.map(|millis| instant(millis, "paused_since")).transpose()?;
        Ok(Control {
            paused: since.map(|since| (since, reason.unwrap_or_default())),
            max_downtime_hours: hours.and_then(|hours| u32::try_from(hours).ok()),
        })
    }
}

/// Writes what an order does, and that it is done.
pub(super) async fn carry_out(connection: &mut AnyConnection, done: &CarriedOut) -> Result<(), StoreError> {
    let outcome = match &done.refused {
        Some(message) => OrderOutcome::Refused { message: message.clone() },
        None => OrderOutcome::Done { occurrences: take_effect(connection, done).await? },
    };
    sqlx::query("UPDATE scheduler_orders SET done_at = $1, outcome = $2 WHERE id = $3")
        .bind(done.at.as_millis())
        .bind(json(&outcome)?)
        .bind(super::signed(done.id))
        .execute(connection)
        .await?;
    Ok(())
}

async fn take_effect(connection: &mut AnyConnection, done: &CarriedOut) -> Result<u64, StoreError> {
    match &done.order {
        Order::Pause { reason } => {
            let sql = "UPDATE scheduler_control SET paused_since = coalesce(paused_since, $1), pause_reason = $2 WHERE id = 1";
            sqlx::query(sql).bind(done.at.as_millis()).bind(reason).execute(connection).await?;
            Ok(0)
        }
        Order::Resume { .. } => {
            let sql = "UPDATE scheduler_control SET paused_since = NULL, pause_reason = NULL WHERE id = 1";
            sqlx::query(sql).execute(connection).await?;
            Ok(0)
        }
        Order::SetMaxDowntimeHours { hours } => {
            let sql = "UPDATE scheduler_control SET max_downtime_hours = $1 WHERE id = 1";
            sqlx::query(sql).bind(i64::from(*hours)).execute(connection).await?;
            Ok(0)
        }
        Order::Backfill { from_ms, until_ms, again } => {
            let made_pending = sqlx::query(
                "UPDATE triggers SET state = 'pending', generation = generation + 1, settled_at = NULL
                 WHERE due_at > $1 AND due_at <= $2 AND present = 1 AND state <> 'pending' AND ($3 = 1 OR state <> 'fired')",
            )
            .bind(from_ms)
            .bind(until_ms)
            .bind(i64::from(*again))
            .execute(connection)
            .await?;
            Ok(made_pending.rows_affected())
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged { what: format!("an order: {error}") })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { what: format!("an order: {error}") })
}
