//! How each service wants to be told.

use client_event_scheduler::Timestamp;

use crate::store::{Store, StoreError, WriteTransaction, instant};

/// How one service wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The service.
    pub service: String,
    /// `outbox`, `sse`, `webhook` or `celery`.
    pub kind: String,
    /// Where a webhook is.
    pub url: Option<String>,
    /// With what it is signed; sealed where the server has keys.
    pub secret: Option<String>,
    /// The name of the broker through which Celery workers are told.
    pub broker: Option<String>,
    /// The name of a Celery task.
    pub task: Option<String>,
    /// Its queue.
    pub queue: Option<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
}

type Columns = (
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    String,
);
const COLUMNS: &str =
    "SELECT service, kind, url, secret, broker, task, queue, updated_at, updated_by FROM service_deliveries";

fn row(
    (service, kind, url, secret, broker, task, queue, at, updated_by): Columns,
) -> Result<DeliveryRow, StoreError> {
    let updated_at = instant(at, "updated_at")?;
    Ok(DeliveryRow { service, kind, url, secret, broker, task, queue, updated_at, updated_by })
}

impl Store {
    /// Returns how `service` wants to be told, where it has said so.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn delivery_of(&self, service: &str) -> Result<Option<DeliveryRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE service = $1");
        let found: Option<Columns> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(service).fetch_optional(self.reader()).await?;
        found.map(row).transpose()
    }

    /// Returns how every service wants to be told that has said so.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn service_deliveries(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        let found: Vec<Columns> = sqlx::query_as(COLUMNS).fetch_all(self.reader()).await?;
        found.into_iter().map(row).collect()
    }
}

impl WriteTransaction {
    /// Writes how a service wants to be told.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_delivery(&mut self, delivery: &DeliveryRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO service_deliveries (service, kind, url, secret, broker, task, queue, updated_at, updated_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (service) DO UPDATE SET kind = excluded.kind, url = excluded.url, secret = excluded.secret,
                 broker = excluded.broker, task = excluded.task, queue = excluded.queue, updated_at = excluded.updated_at,
                 updated_by = excluded.updated_by",
        )
        .bind(&delivery.service)
        .bind(&delivery.kind)
        .bind(&delivery.url)
        .bind(&delivery.secret)
        .bind(&delivery.broker)
        .bind(&delivery.task)
        .bind(&delivery.queue)
        .bind(delivery.updated_at.as_millis())
        .bind(&delivery.updated_by)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
