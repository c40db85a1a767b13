//! How often somebody may ask, and how often somebody may guess.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::address::place;
use super::{AccessError, AccessSettings, Actor, Limiter, Visit};
use crate::clock::Clock;

/// What may come at once, as a multiple of what may come in a second.
const BURST_SECONDS: u32 = 10;
/// Several people can share an address.
const CALLERS_AT_ONE_ADDRESS: u32 = 4;

/// The limits of one server.
#[derive(Debug)]
pub(super) struct Limits {
    requests: Option<Requests>,
    sign_ins: SignIns,
}

#[derive(Debug)]
struct Requests {
    by_credential: Limiter,
    by_address: Limiter,
}

/// Guesses at passwords. Somebody who guesses at one account from one address is stopped soon; guesses at it from everywhere, and
/// at all accounts from one address, are stopped later, so that a stranger cannot easily keep an owner out.
#[derive(Debug)]
struct SignIns {
    by_account_and_address: Limiter,
    by_account: Limiter,
    by_address: Limiter,
}

impl Limits {
    pub(super) fn new(settings: &AccessSettings, clock: &Arc<dyn Clock>) -> Self {
        let every_s = |burst, seconds| Limiter::new(Arc::clone(clock), burst, Duration::from_secs(seconds));
        let per_second = |rate: u32| {
            let every = Duration::from_secs(1) / rate;
            Limiter::new(Arc::clone(clock), rate.saturating_mul(BURST_SECONDS), every)
        };
        let limited = !settings.development && settings.requests_per_second > 0;
        let rate = settings.requests_per_second;
        Self {
            requests: limited.then(|| Requests {
                by_credential: per_second(rate),
                by_address: per_second(rate.saturating_mul(CALLERS_AT_ONE_ADDRESS)),
            }),
            sign_ins: SignIns {
                by_account_and_address: every_s(5, 60),
                by_account: every_s(30, 30),
                by_address: every_s(30, 10),
            },
        }
    }

    /// Counts a request before anything is known of it.
    pub(super) fn request_from(&self, address: Option<IpAddr>) -> Result<(), AccessError> {
        let Some(requests) = &self.requests else { return Ok(()) };
        requests.by_address.take(&place(address)).map_err(wait)
    }

    /// Counts a request of somebody who is known.
    pub(super) fn request_by(&self, actor: &Actor) -> Result<(), AccessError> {
        let credential = match actor {
            Actor::Anonymous | Actor::Development | Actor::Provider { .. } => return Ok(()),
            Actor::User(user) => &user.session_id,
            Actor::Service { key_id, .. } => key_id,
        };
        let Some(requests) = &self.requests else { return Ok(()) };
        requests.by_credential.take(credential).map_err(wait)
    }

    /// Counts an attempt to sign in, whatever will come of it.
    pub(super) fn sign_in(&self, account: &str, visit: &Visit) -> Result<(), AccessError> {
        let account = account.to_lowercase();
        let place = place(visit.address);
        self.sign_ins.by_address.take(&place).map_err(wait)?;
        self.sign_ins.by_account_and_address.take(&(&account, place)).map_err(wait)?;
        self.sign_ins.by_account.take(&account).map_err(wait)
    }
}

fn wait(wait: Duration) -> AccessError {
    AccessError::TooManyRequests { retry_after_s: wait.as_secs() + u64::from(wait.subsec_nanos() > 0) }
}
