//! The settings of the scheduling service: flags and environment.

use clap::Args;
use ipnet::IpNet;

use crate::secret::Secret;
use crate::service::celery::{QUEUE, check_celery_name};
use crate::service::vault::Keys;
use crate::service::{NamedBroker, ServiceSettings};

/// How other back ends schedule.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// Days for which occurrences of recurrences are kept ready
    #[arg(long, env = "CES_SERVICE_HORIZON_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub service_horizon_days: u16,

    /// Events that one service may have scheduled at the same time
    #[arg(long, env = "CES_SERVICE_MAX_EVENTS", default_value_t = 10_000)]
    pub service_max_events: u32,

    /// Events that one service may schedule in a minute; 0 for no limit
    #[arg(long, env = "CES_SERVICE_EVENTS_PER_MINUTE", default_value_t = 600)]
    pub service_events_per_minute: u32,

    /// Days for which what is over is kept
    #[arg(long, env = "CES_SERVICE_RETENTION_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..))]
    pub service_retention_days: u16,

    /// Network, beside the public internet, that webhooks may be sent to, also without TLS, such as 10.1.0.0/16; can be repeated
    #[arg(
        long = "webhook-network",
        env = "CES_WEBHOOK_NETWORKS",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub webhook_networks: Vec<IpNet>,

    /// Broker of Celery workers that services may choose, as NAME=URL such as main=redis://127.0.0.1:6379/0 or main=amqp://user:password@127.0.0.1/vhost; can be repeated
    #[arg(
        long = "celery-broker",
        env = "CES_CELERY_BROKERS",
        hide_env_values = true,
        value_name = "NAME=URL",
        value_delimiter = ','
    )]
    pub celery_brokers: Vec<NamedBroker>,

    /// Queue that services may have tasks put on; can be repeated
    #[arg(
        long = "celery-queue",
        env = "CES_CELERY_QUEUES",
        value_name = "QUEUE",
        value_delimiter = ',',
        default_value = QUEUE,
        value_parser = queue
    )]
    pub celery_queues: Vec<String>,

    /// Keys with which payloads are sealed, as NAME:64 hexadecimal digits; several are separated by commas, the first one seals
    #[arg(long, env = "CES_PAYLOAD_KEYS", hide_env_values = true, value_parser = payload_keys)]
    pub payload_keys: Option<Secret>,
}

impl From<ServiceArgs> for ServiceSettings {
    fn from(args: ServiceArgs) -> Self {
        Self {
            horizon_days: args.service_horizon_days,
            max_events: args.service_max_events,
            events_per_minute: args.service_events_per_minute,
            retention_days: args.service_retention_days,
            webhook_networks: args.webhook_networks,
            celery_brokers: args.celery_brokers,
            celery_queues: args.celery_queues,
            // They were read once when the flags were.
            payload_keys: args.payload_keys.and_then(|keys| keys.expose().parse().ok()),
        }
    }
}

fn queue(text: &str) -> Result<String, String> {
    check_celery_name(text).map(|()| text.to_owned())
}

fn payload_keys(text: &str) -> Result<Secret, String> {
    text.parse::<Keys>().map(|_| text.to_owned().into())
}
