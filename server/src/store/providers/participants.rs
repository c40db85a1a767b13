//! Who takes part in the events of accounts: keys, and nothing else of people.

use std::collections::BTreeMap;

use client_event_scheduler::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use crate::store::{Store, StoreError, WriteTransaction, instant};

/// Participants that are read, or written, with one statement.
const AT_ONCE: usize = 200;

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantRow {
    /// What the provider calls it.
    pub key: String,
    /// When it was changed last, by the provider's clock.
    pub modified_at: Timestamp,
    /// Whether it takes part no more.
    pub removed: bool,
}

/// What became of participants that were told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParticipantChanges {
    /// Records of people who take part, that were news.
    pub changed: u32,
    /// Records of people who take part no more, that were news.
    pub removed: u32,
    /// How many more take part now than before; negative for fewer.
    pub present: i64,
}

/// What is known of a participant: when it was changed last, and whether it was removed.
type Known = (Timestamp, bool);

impl Store {
    /// Returns who takes part in an event, by key.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn provided_participants(
        &self,
        account_id: &str,
        event_key: &str,
    ) -> Result<Vec<String>, StoreError> {
        let keys = sqlx::query_scalar(
            "SELECT participant_key FROM provider_participants
             WHERE account_id = $1 AND event_key = $2 AND removed = 0 ORDER BY participant_key",
        );
        Ok(keys.bind(account_id).bind(event_key).fetch_all(self.reader()).await?)
    }

    /// Counts who takes part in an event, row by row: what [`ProvidedRow::participants`](super::ProvidedRow::participants) has to be.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn count_participants(&self, account_id: &str, event_key: &str) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM provider_participants WHERE account_id = $1 AND event_key = $2 AND removed = 0",
        );
        Ok(count.bind(account_id).bind(event_key).fetch_one(self.reader()).await?)
    }
}

impl WriteTransaction {
    /// Writes participants of an event, each unless something newer is known of it, and how many take part in the event with them. Of
    /// two records of one participant with one time the later counts.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_participants(
        &mut self,
        account_id: &str,
        event_key: &str,
        participants: &[ParticipantRow],
    ) -> Result<ParticipantChanges, StoreError> {
        let mut changes = ParticipantChanges::default();
        for chunk in participants.chunks(AT_ONCE) {
            let mut known = self.known_participants(account_id, event_key, chunk).await?;
            let mut news: BTreeMap<&str, Known> = BTreeMap::new();
            for ParticipantRow { key, modified_at, removed } in chunk {
                let told = (*modified_at, *removed);
                let before = known.get(key.as_str()).copied();
                if before.is_some_and(|before| before.0 > told.0 || before == told) {
                    continue;
                }
                let was_present = before.is_some_and(|(_, removed)| !removed);
                changes.present += i64::from(!removed) - i64::from(was_present);
                *(if *removed { &mut changes.removed } else { &mut changes.changed }) += 1;
                known.insert(key.clone(), told);
                news.insert(key, told);
            }
            self.write_participants(account_id, event_key, &news).await?;
        }
        if changes.present != 0 {
            sqlx::query(
                "UPDATE provider_events SET participants = participants + $1 WHERE account_id = $2 AND event_key = $3",
            )
            .bind(changes.present)
            .bind(account_id)
            .bind(event_key)
            .execute(self.connection())
            .await?;
        }
        Ok(changes)
    }

    async fn known_participants(
        &mut self,
        account_id: &str,
        event_key: &str,
        asked: &[ParticipantRow],
    ) -> Result<BTreeMap<String, Known>, StoreError> {
        let places: Vec<_> = (0..asked.len()).map(|index| format!("${}", index + 3)).collect();
        let sql = format!(
            "SELECT participant_key, modified_at, removed FROM provider_participants
             WHERE account_id = $1 AND event_key = $2 AND participant_key IN ({})",
            places.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(account_id).bind(event_key);
        for participant in asked {
            query = query.bind(&participant.key);
        }
        let rows = query.fetch_all(self.connection()).await?;
        let known = rows.iter().map(|row| {
            let modified_at = instant(row.try_get("modified_at")?, "modified_at")?;
            Ok((row.try_get("participant_key")?, (modified_at, row.try_get::<i64, _>("removed")? != 0)))
        });
        known.collect()
    }

    async fn write_participants(
        &mut self,
        account_id: &str,
        event_key: &str,
        news: &BTreeMap<&str, Known>,
    ) -> Result<(), StoreError> {
        if news.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = (0..news.len())
            .map(|index| format!("($1, $2, ${}, ${}, ${})", 3 * index + 3, 3 * index + 4, 3 * index + 5))
            .collect();
        let sql = format!(
            "INSERT INTO provider_participants (account_id, event_key, participant_key, modified_at, removed) VALUES {}
             ON CONFLICT (account_id, event_key, participant_key)
             DO UPDATE SET modified_at = excluded.modified_at, removed = excluded.removed",
            rows.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(account_id).bind(event_key);
        for (key, (modified_at, removed)) in news {
            query = query.bind(*key).bind(modified_at.as_millis()).bind(i64::from(*removed));
        }
        query.execute(self.connection()).await?;
        Ok(())
    }
}
