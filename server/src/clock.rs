//! Where "now" comes from: the machine in service, the hand of a test otherwise.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use client_event_scheduler::Timestamp;
use tokio::sync::watch;

/// A future that a [`Clock`] hands out.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The wall clock of the server. Everything that decides by time asks it, so that a test can step time by hand.
pub trait Clock: Send + Sync + 'static {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;

    /// Completes when [`now`](Self::now) has reached `at`. May complete early; the caller looks at the clock again.
    fn sleep_until(&self, at: Timestamp) -> Sleep<'_>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
        let now = SystemTime::now();
        let millis = match now.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep<'_> {
        let wait_ms = at.as_millis().saturating_sub(self.now().as_millis());
        let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands still until somebody sets it.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// Makes a clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { now: watch::Sender::new(now) }
    }

    /// Moves the clock forward by `by_ms` milliseconds and wakes every sleeper whose instant has come.
    pub fn advance(&self, by_ms: i64) {
        self.now.send_modify(|now| *now = now.saturating_add_ms(by_ms));
    }

    /// Sets the clock to `now`, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep<'_> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).expect("in range")
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_a_sleeper_when_its_instant_has_come() {
        let clock = ManualClock::new(at(1_000));
        let wake_at = at(1_500);
        let (woken, ()) = tokio::join!(
            async {
                clock.sleep_until(wake_at).await;
                clock.now()
            },
            async {
                clock.advance(400);
                tokio::task::yield_now().await;
                clock.advance(100);
            }
        );
        assert_eq!(woken, wake_at);
    }

    #[tokio::test]
    async fn the_system_clock_does_not_sleep_for_an_instant_that_has_passed() {
        let clock = SystemClock;
        clock.sleep_until(at(0)).await;
        assert!(clock.now().as_millis() > 0);
    }
}
