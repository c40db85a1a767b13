//! How a service wants to be told.

use axum::http::Uri;
use serde::{Deserialize, Serialize};

use super::{SchedulingService, acting_service, actor_of};
use crate::access::{Caller, secrets};
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
}

impl DeliveryKind {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Outbox, Self::Stream, Self::Webhook];

    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Stream => "sse",
            Self::Webhook => "webhook",
        }
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
    /// `outbox`, `sse` or `webhook`.
    pub kind: String,
    /// Where a webhook is: `https`, and a name of the public internet unless the server's settings say otherwise.
    pub url: Option<String>,
    /// Whether the webhook gets a new secret; it does in any case when it has none.
    #[serde(default)]
    pub new_secret: bool,
}

/// How a service is told.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeliveryView {
    /// The service.
    pub service_id: String,
    /// `outbox`, `sse` or `webhook`.
    pub kind: &'static str,
    /// Where a webhook is.
    pub url: Option<String>,
    /// With what webhooks are signed: shown once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
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
                updated_at: None,
            },
        })
    }

    /// Chooses how a service is told from now on.
    ///
    /// # Errors
    ///
    /// `SERVICE_MISMATCH`, `INVALID_INPUT` for an address that is not allowed, or an error of the database.
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
            DeliveryKind::Outbox | DeliveryKind::Stream => None,
        };
        let known = self.store().delivery_of(&service).await?;
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
            task: None,
            queue: None,
            updated_at: now,
            updated_by: actor_of(caller),
        };
        let mut transaction = self.store().begin_write().await?;
        transaction.put_delivery(&row).await?;
        transaction.audit(&caller.done(&row.service), now).await?;
        transaction.commit_service().await?;
        Ok(view(row, new))
    }

    async fn checked_url(&self, url: Option<&str>) -> Result<String, ApiError> {
        let problem = |message: String| FieldProblem::new("url", "URL_NOT_ALLOWED", message);
        let Some(url) = url else {
            return Err(problem("is missing: write where the webhook is".to_owned()).into());
        };
        let parsed: Uri =
            url.parse().map_err(|_| problem("is no address: write https://host/path".to_owned()))?;
        self.inner.webhooks.check(&parsed).await.map_err(problem)?;
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
        updated_at: Some(row.updated_at.to_string()),
    }
}
