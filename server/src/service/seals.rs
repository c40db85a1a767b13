//! Rotating the server's key: what another one has sealed is sealed anew.

use super::SchedulingService;
use super::delivery::owner;
use crate::problem::ApiError;

/// Payloads sealed anew in one transaction.
const AT_ONCE: u32 = 100;

impl SchedulingService {
    /// Seals with the present key what another key, or none, has sealed. Returns how many that were. What cannot be opened is left as it
    /// is, and told in the log.
    ///
    /// # Errors
    ///
    /// The database failed; what was done before stays done.
    pub async fn renew_seals(&self) -> Result<u64, ApiError> {
        let Some(prefix) = self.inner.vault.prefix() else { return Ok(0) };
        let (mut renewed, mut after) = (0, String::new());
        loop {
            let page = self.store().sealed_otherwise(&prefix, &after, AT_ONCE).await?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            let mut transaction = self.store().begin_write().await?;
            for (event_id, payload) in page {
                match self.inner.vault.renew(&event_id, &payload) {
                    Ok(Some(sealed)) => renewed += transaction.reseal(&event_id, &payload, &sealed).await?,
                    Ok(None) => {}
                    Err(error) => tracing::error!(%error, "a payload cannot be sealed anew"),
                }
            }
            transaction.commit_service().await?;
        }
        Ok(renewed + self.renew_secrets().await?)
    }

    async fn renew_secrets(&self) -> Result<u64, ApiError> {
        let mut renewed = 0;
        for mut row in self.store().service_deliveries().await? {
            let Some(secret) = &row.secret else { continue };
            match self.inner.vault.renew(&owner(&row.service), secret) {
                Ok(Some(sealed)) => row.secret = Some(sealed),
                Ok(None) => continue,
                Err(error) => {
                    tracing::error!(%error, "the secret of a webhook cannot be sealed anew");
                    continue;
                }
            }
            let mut transaction = self.store().begin_write().await?;
            transaction.put_delivery(&row).await?;
            transaction.commit_service().await?;
            renewed += 1;
        }
        Ok(renewed)
    }
}
