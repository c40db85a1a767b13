//! How a service wants to be told.

use axum::http::Uri;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::celery::{QUEUE, TASK, check_celery_name};
use super::{SchedulingService, acting_service, actor_of};
use crate::access::{AuditChanges, Caller, secrets};
use crate::problem::{ApiError, FieldProblem};
use crate::store::DeliveryRow;

/// The ways of being told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryKind {
    /// The service fetches from the outbox, over HTTP or from the database.
    Outbox,
    /// The service holds a stream open.
    Stream,
    /// The service is called.
    Webhook,
    /// Its Celery workers get a task.
    Celery,
}

impl DeliveryKind {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Outbox, Self::Stream, Self::Webhook, Self::Celery];

    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Stream => "sse",
            Self::Webhook => "webhook",
            Self::Celery => "celery",
        }
    }

    /// Whether the service fetches for itself.
    pub const fn is_fetched(self) -> bool {
        matches!(self, Self::Outbox | Self::Stream)
    }

    /// The way with this wire name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How a service is to be told.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryBody {
    /// The service; a person has to name it.
    pub service_id: Option<String>,
    /// `outbox`, `sse`, `webhook` or `celery`.
    pub kind: String,
    /// Where a webhook is: `https`, and a name of the public internet unless the server's settings say otherwise.
    pub url: Option<String>,
    /// Whether the webhook gets a new secret; it does in any case when it has none.
    #[serde(default)]
    pub new_secret: bool,
    /// Which of the server's brokers Celery workers are told through; needed only where there are several.
    pub broker: Option<String>,
    /// The name of the Celery task: `backend.process_event` unless given.
    pub task: Option<String>,
    /// The queue that it is put on, one of those that the server's settings allow: `backend-events` unless given.
    pub queue: Option<String>,
}

/// How a service is told.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeliveryView {
    /// The service.
    pub service_id: String,
    /// `outbox`, `sse`, `webhook` or `celery`.
    pub kind: &'static str,
    /// Where a webhook is.
    pub url: Option<String>,
    /// With what webhooks are signed: shown once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The broker of Celery workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<String>,
    /// The name of their task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The queue that it is put on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// When that was chosen.
    pub updated_at: Option<String>,
}

/// Who owns a sealed secret of a webhook.
pub(super) fn owner(service: &str) -> String {
    format!("webhook of {service}")
}

impl SchedulingService {
    /// Says how a service is told.
    ///
    /// # Errors
    ///
    /// `SERVICE_MISMATCH`, `INVALID_INPUT` or an error of the database.
    pub async fn delivery(&self, caller: &Caller, named: Option<&str>) -> Result<DeliveryView, ApiError> {
        let service_id = acting_service(caller, named)?;
        Ok(match self.store().delivery_of(&service_id).await? {
            Some(row) => view(row, None),
            None => DeliveryView {
                service_id,
                kind: DeliveryKind::Outbox.as_str(),
                url: None,
                secret: None,
                broker: None,
                task: None,
                queue: None,
                updated_at: None,
            },
        })
    }

    /// Chooses how a service is told from now on.
    ///
    /// # Errors
    ///
    /// `SERVICE_MISMATCH`, `INVALID_INPUT` for an address, a broker or a queue that is not allowed, or an error of the database.
    pub async fn choose_delivery(
        &self,
        caller: &Caller,
        body: &DeliveryBody,
    ) -> Result<DeliveryView, ApiError> {
        let service = acting_service(caller, body.service_id.as_deref())?;
        let kind = DeliveryKind::named(&body.kind).ok_or_else(|| {
            let names = DeliveryKind::ALL.map(DeliveryKind::as_str).join(", ");
            FieldProblem::new("kind", "SETTING_INVALID", format!("is {:?}: write one of {names}", body.kind))
        })?;
        let url = match kind {
            DeliveryKind::Webhook => Some(self.checked_url(body.url.as_deref()).await?),
            DeliveryKind::Outbox | DeliveryKind::Stream | DeliveryKind::Celery => None,
        };
        let tasks = match kind {
            DeliveryKind::Celery => Some(self.checked_tasks(body)?),
            DeliveryKind::Outbox | DeliveryKind::Stream | DeliveryKind::Webhook => None,
        };
        let (broker, task, queue) = tasks.map_or((None, None, None), |[b, t, q]| (Some(b), Some(t), Some(q)));
        let known = self.store().delivery_of(&service).await?;
        let before = known.as_ref().map(told);
        let kept = known.and_then(|row| row.secret).filter(|_| !body.new_secret);
        let new = match (kind, &kept) {
            (DeliveryKind::Webhook, None) => Some(format!("whsec_{}", secrets::secret()?)),
            _ => None,
        };
        let secret = match &new {
            Some(secret) => Some(self.inner.vault.seal(&owner(&service), secret)?),
            None => kept,
        };
        let now = self.now();
        let row = DeliveryRow {
            service,
            kind: kind.as_str().to_owned(),
            url,
            secret,
            broker,
            task,
            queue,
            updated_at: now,
            updated_by: actor_of(caller),
        };
        let mut transaction = self.store().begin_write().await?;
        transaction.put_delivery(&row).await?;
        let changes = AuditChanges::between(before.as_deref(), Some(&told(&row)));
        transaction.audit(&caller.changed(&row.service, &changes), now).await?;
        transaction.commit_service().await?;
        Ok(view(row, new))
    }

    /// The broker, the task and the queue that a service may use.
    fn checked_tasks(&self, body: &DeliveryBody) -> Result<[String; 3], ApiError> {
        let mut problems = Vec::new();
        let mut wrong = |field: &'static str, message: String| {
            problems.push(FieldProblem::new(field, "SETTING_INVALID", message))
        };
        let known: Vec<_> = self.inner.brokers.names().collect();
        let broker = match (body.broker.as_deref(), known.as_slice()) {
            (_, []) => Err("cannot be chosen: the server's --celery-broker names none".to_owned()),
            (Some(named), known) if known.contains(&named) => Ok(named),
            (None, [only]) => Ok(*only),
            (Some(named), known) => Err(format!("is {named:?}: write one of {}", known.join(", "))),
            (None, known) => Err(format!("is missing: write one of {}", known.join(", "))),
        };
        let broker = broker.unwrap_or_else(|message| {
            wrong("broker", message);
            ""
        });
        let task = body.task.as_deref().unwrap_or(TASK);
        if let Err(message) = check_celery_name(task) {
            wrong("task", message);
        }
        let allowed = &self.settings().celery_queues;
        let queue = body.queue.as_deref().unwrap_or(QUEUE);
        if !allowed.iter().any(|one| one == queue) {
            let message = "of those that the server's --celery-queue allows";
            wrong("queue", format!("is {queue:?}: write one {message}: {}", allowed.join(", ")));
        }
        if problems.is_empty() {
            return Ok([broker, task, queue].map(str::to_owned));
        }
        Err(ApiError::InvalidInput(problems))
    }

    async fn checked_url(&self, url: Option<&str>) -> Result<String, ApiError> {
        let problem = |message: String| FieldProblem::new("url", "URL_NOT_ALLOWED", message);
        let Some(url) = url else {
            return Err(problem("is missing: write where the webhook is".to_owned()).into());
        };
        let parsed: Uri =
            url.parse().map_err(|_| problem("is no address: write https://host/path".to_owned()))?;
        self.inner.outbound.check(&parsed).await.map_err(problem)?;
        Ok(url.to_owned())
    }

    /// The secret with which the webhooks of a service are signed.
    pub(super) fn secret_of(&self, row: &DeliveryRow) -> Result<String, String> {
        let stored = row.secret.as_deref().ok_or("the webhook has no secret")?;
        self.inner.vault.open(&owner(&row.service), stored).map_err(|error| error.to_string())
    }
}

fn view(row: DeliveryRow, secret: Option<String>) -> DeliveryView {
    DeliveryView {
        service_id: row.service,
        kind: DeliveryKind::named(&row.kind).unwrap_or(DeliveryKind::Outbox).as_str(),
        url: row.url,
        secret,
        broker: row.broker,
        task: row.task,
        queue: row.queue,
        updated_at: Some(row.updated_at.to_string()),
    }
}

/// What the audit tells of it. Of a secret that tells no more than that it is another one.
fn told(row: &DeliveryRow) -> String {
    let DeliveryRow { kind, url, secret, broker, task, queue, .. } = row;
    let secret = secret.as_deref().map(secrets::digest);
    json!({"kind": kind, "url": url, "secret": secret, "broker": broker, "task": task, "queue": queue})
        .to_string()
}
