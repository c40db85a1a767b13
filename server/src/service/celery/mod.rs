//! Handing over to Celery workers: a message on the queue of a broker that the operator has named, when the occurrence is due.

mod amqp_queue;
mod broker;
mod message;
mod redis_queue;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client_event_scheduler::Timestamp;

pub use broker::NamedBroker;
pub(super) use message::TaskMessage;

use amqp_queue::AmqpQueue;
use broker::Address;
use redis_queue::RedisQueue;

/// The task that is run unless a service names another.
pub const TASK: &str = "backend.process_event";

/// The queue that it is put on unless a service names another.
pub const QUEUE: &str = "backend-events";

/// How long a broker may take to say that it has a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a broker is left alone that could not be reached: who waits behind the one that has tried need not wait as long.
const REST_MS: i64 = 5_000;

/// Bytes of the name of a task or a queue, as AMQP has them.
const NAME_BYTES: usize = 255;

/// Checks the name of a task or of a queue.
///
/// # Errors
///
/// What it has to be.
pub fn check_celery_name(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    match !name.is_empty() && name.len() <= NAME_BYTES && name.chars().all(fits) {
        true => Ok(()),
        false => Err(format!("{name:?} is not 1 to {NAME_BYTES} of a-z, A-Z, 0-9, '-', '_', '.' and ':'")),
    }
}

/// The brokers.
#[derive(Clone, Default)]
pub(super) struct Brokers {
    named: Arc<BTreeMap<String, Broker>>,
}

struct Broker {
    way: Way,
    unreached_at: Mutex<Option<Timestamp>>,
}

enum Way {
    Redis(RedisQueue),
    Amqp(AmqpQueue),
}

impl Brokers {
    /// Those of the settings, whose addresses were read once when the settings were.
    pub(super) fn new(named: &[NamedBroker]) -> Self {
        let brokers = named.iter().filter_map(|broker| {
            let way = match broker.address().ok()? {
                Address::Redis(client) => Way::Redis(RedisQueue::new(*client)),
                Address::Amqp(uri) => Way::Amqp(AmqpQueue::new(*uri)),
            };
            Some((broker.name.clone(), Broker { way, unreached_at: Mutex::new(None) }))
        });
        Self { named: Arc::new(brokers.collect()) }
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// Puts a message on its queue.
    ///
    /// # Errors
    ///
    /// Why not, for the service, which must not learn where the broker is; the log has it all.
    pub(super) async fn publish(
        &self,
        name: &str,
        message: &TaskMessage,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some(broker) = self.named.get(name) else {
            return Err(format!("this server knows no broker {name:?}: its --celery-broker has to name it"));
        };
        let reason = || format!("the broker {name:?} cannot be reached at present");
        if broker.rests(now) {
            return Err(reason());
        }
        let published = tokio::time::timeout(PATIENCE, broker.way.publish(message)).await;
        let failed = match published {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("no word within {} s", PATIENCE.as_secs())),
        };
        broker.note(failed.is_some().then_some(now));
        let Some(error) = failed else { return Ok(()) };
        tracing::warn!(broker = name, error, occurrence = %message.id, "a task could not be handed over");
        Err(reason())
    }
}

impl Broker {
    fn rests(&self, now: Timestamp) -> bool {
        let at = *self.unreached_at.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| (0..REST_MS).contains(&now.millis_since(at)))
    }

    fn note(&self, unreached_at: Option<Timestamp>) {
        *self.unreached_at.lock().unwrap_or_else(PoisonError::into_inner) = unreached_at;
    }
}

impl Way {
    async fn publish(&self, message: &TaskMessage) -> Result<(), String> {
        match self {
            Self::Redis(queue) => queue.publish(message).await.map_err(|error| error.to_string()),
            Self::Amqp(queue) => queue.publish(message).await.map_err(|error| error.to_string()),
        }
    }
}
