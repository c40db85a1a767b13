//! Why a provider has not answered as it should.

use client_event_scheduler::Timestamp;

use crate::problem::ApiError;

/// Why there is no answer that could be used. None of the texts holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The account's calls are used up.
    #[error("the calls of this account are used up until {0}")]
    BudgetSpent(Timestamp),
    /// The provider has asked to be asked later.
    #[error("the provider asks to be left alone until {0}")]
    Throttled(Timestamp),
    /// The credentials are wrong, or do not suffice.
    #[error("the provider does not accept the credentials ({0}): check them")]
    Denied(String),
    /// The address leads nowhere, or must not be called.
    #[error("{0}")]
    Misconfigured(String),
    /// It may do better the next time.
    #[error("{0}")]
    Failed(String),
    /// The answer is not what the configuration says.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// This server has failed.
    #[error("this server has failed: {}", .0.detail())]
    Internal(ApiError),
}

impl ProviderError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BudgetSpent(_) => "BUDGET_SPENT",
            Self::Throttled(_) => "PROVIDER_THROTTLED",
            Self::Denied(_) => "CREDENTIALS_DENIED",
            Self::Misconfigured(_) => "PROVIDER_MISCONFIGURED",
            Self::Failed(_) => "PROVIDER_FAILED",
            Self::Malformed(_) => "ANSWER_MALFORMED",
            Self::Internal(_) => "STORE_ERROR",
        }
    }

    /// Before when there is no use in asking again, as far as that was told.
    pub const fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::BudgetSpent(at) | Self::Throttled(at) => Some(*at),
            _ => None,
        }
    }

    /// Whether it counts against the provider: what this server has brought about itself does not.
    pub const fn is_the_providers(&self) -> bool {
        !matches!(self, Self::BudgetSpent(_) | Self::Internal(_))
    }
}
