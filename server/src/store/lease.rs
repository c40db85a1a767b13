//! The right to act: one node has it, with an epoch that everything it writes is checked against.

use client_event_scheduler::Timestamp;
use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::{Store, StoreError, instant, signed, unsigned};

/// The right to act, while its epoch is the database's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Rises with every holder: the fencing number.
    pub epoch: u64,
    /// Until when somebody has acted before this holder; `None` if nobody ever has.
    pub acted_until: Option<Timestamp>,
}

/// The lease as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The epoch of the present holder.
    pub epoch: u64,
    /// The name of its node.
    pub holder: String,
    /// Raised by the holder while it is alive.
    pub beat: u64,
    /// Whether the holder has given it up.
    pub released: bool,
    /// When the holder was last alive, by its own clock.
    pub alive_at: Option<Timestamp>,
}

type Columns = (i64, String, i64, i64, Option<i64>);
const COLUMNS: &str = "SELECT epoch, holder, beat, released, alive_at FROM scheduler_lease WHERE id = 1";

impl LeaseRow {
    fn from_columns((epoch, holder, beat, released, alive_at): Columns) -> Result<Self, StoreError> {
        Ok(Self {
            epoch: unsigned(epoch, "the lease's epoch")?,
            holder,
            beat: unsigned(beat, "the lease's beat")?,
            released: released != 0,
            alive_at: alive_at.map(|millis| instant(millis, "alive_at")).transpose()?,
        })
    }
}

impl Store {
    /// Returns the lease as it stands.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn lease(&self) -> Result<LeaseRow, StoreError> {
        LeaseRow::from_columns(sqlx::query_as(COLUMNS).fetch_one(self.reader()).await?)
    }

    /// Takes the lease for the node `holder`, if it still stands as `seen`. What the former holder has under way is refused from
    /// then on. Returns `None` if somebody was quicker.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn take_lease(
        &self,
        seen: &LeaseRow,
        holder: &str,
        now: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        let epoch: Option<i64> = sqlx::query_scalar(
            "UPDATE scheduler_lease SET epoch = epoch + 1, holder = $1, beat = 0, released = 0, alive_at = $2
             WHERE id = 1 AND epoch = $3 AND beat = $4 RETURNING epoch",
        )
        .bind(holder)
        .bind(now.as_millis())
        .bind(signed(seen.epoch))
        .bind(signed(seen.beat))
        .fetch_optional(self.writer())
        .await?;
        let Some(epoch) = epoch else { return Ok(None) };
        Ok(Some(Lease { epoch: unsigned(epoch, "the lease's epoch")?, acted_until: seen.alive_at }))
    }

    /// Shows that the holder of `lease` is alive at `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`], or the database failed.
    pub async fn renew_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let renewed = sqlx::query(
            "UPDATE scheduler_lease SET beat = beat + 1, alive_at = $1 WHERE id = 1 AND epoch = $2",
        )
        .bind(now.as_millis())
        .bind(signed(lease.epoch))
        .execute(self.writer())
        .await?;
        if renewed.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost { epoch: lease.epoch }) }
    }

    /// Gives the lease up, so that another node need not wait.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn release_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE scheduler_lease SET released = 1, beat = beat + 1, alive_at = $1 WHERE id = 1 AND epoch = $2")
            .bind(now.as_millis())
            .bind(signed(lease.epoch))
            .execute(self.writer())
            .await?;
        Ok(())
    }
}

/// Refuses what is written in the name of a lease that another node has taken. On Postgres the row stays locked against being
/// taken until the transaction ends.
pub(super) async fn check(
    dialect: Dialect,
    connection: &mut AnyConnection,
    lease: &Lease,
) -> Result<(), StoreError> {
    let sql = match dialect {
        Dialect::Sqlite => "SELECT epoch FROM scheduler_lease WHERE id = 1",
        Dialect::Postgres => "SELECT epoch FROM scheduler_lease WHERE id = 1 FOR SHARE",
    };
    let epoch: i64 = sqlx::query_scalar(sql).fetch_one(connection).await?;
    if epoch == signed(lease.epoch) { Ok(()) } else { Err(StoreError::LeaseLost { epoch: lease.epoch }) }
}
