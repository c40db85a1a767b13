//! Failures on purpose. Without the feature `fault-injection` there is no way to send one, and none ever arrives.

#[cfg(feature = "fault-injection")]
use tokio::sync::mpsc;

use super::HostError;

/// How the scheduler is to fail.
#[cfg(feature = "fault-injection")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With a panic, as from a bug.
    Panic,
    /// With an error, as from a failing database.
    Error,
}

/// Receives faults within the actor.
#[derive(Debug)]
pub(super) struct Faults {
    #[cfg(feature = "fault-injection")]
    receiver: mpsc::UnboundedReceiver<Fault>,
}

#[cfg(feature = "fault-injection")]
impl Faults {
    /// Faults that a test sends.
    pub(super) fn from_test() -> (mpsc::UnboundedSender<Fault>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self { receiver })
    }

    /// Waits for a fault and lets it happen.
    pub(super) async fn strike(&mut self) -> Result<(), HostError> {
        match self.receiver.recv().await {
            Some(Fault::Panic) => panic!("a panic was injected"),
            Some(Fault::Error) => Err(HostError::Injected),
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(feature = "fault-injection"))]
impl Faults {
    /// No fault ever.
    pub(super) fn none() -> Self {
        Self {}
    }

    /// Waits for ever.
    pub(super) async fn strike(&mut self) -> Result<(), HostError> {
        std::future::pending().await
    }
}
