//! The settings of the scheduling service.

use ipnet::IpNet;

use super::celery::{NamedBroker, QUEUE};
use super::vault::Keys;

/// How the scheduling service works.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Days for which occurrences of recurrences are kept ready.
    pub horizon_days: u16,
    /// Active events that one service may have.
    pub max_events: u32,
    /// Events that one service may schedule in a minute; 0 for no limit.
    pub events_per_minute: u32,
    /// Days for which what is over is kept.
    pub retention_days: u16,
    /// Networks beside the public ones that webhooks may be sent to, also without TLS.
    pub webhook_networks: Vec<IpNet>,
    /// The brokers of Celery workers that services may choose.
    pub celery_brokers: Vec<NamedBroker>,
    /// The queues that services may have tasks put on: whoever reads from one runs what they name.
    pub celery_queues: Vec<String>,
    /// The keys with which payloads are sealed; the first one seals.
    pub payload_keys: Option<Keys>,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            horizon_days: 7,
            max_events: 10_000,
            events_per_minute: 600,
            retention_days: 90,
            webhook_networks: Vec::new(),
            celery_brokers: Vec::new(),
            celery_queues: vec![QUEUE.to_owned()],
            payload_keys: None,
        }
    }
}
