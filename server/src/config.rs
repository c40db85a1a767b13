//! The settings of the server: the one list of them. [`settings`](crate::settings) reads them from flags, environment and file.

mod access;
mod service;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use ipnet::IpNet;

pub use access::AccessArgs;
pub use service::ServiceArgs;

use crate::access::AccessSettings;
use crate::clock::{Clock, SystemClock};
use crate::secret::Secret;
use crate::service::ServiceSettings;
use crate::serving::HttpLimits;
use crate::store::DatabaseAddress;

/// The reference back end of client-event-scheduler.
///
/// Every setting can be given as a flag, as an environment variable or as a key of the settings file, which is named like the
/// flag with underscores; a flag beats the environment, the environment beats the file.
#[derive(Debug, Clone, Parser)]
#[command(version, about)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Option<Task>,

    /// Settings file (TOML)
    #[arg(long, env = "CES_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Show the effective settings with their sources, without secrets, and end
    #[arg(long)]
    pub print_config: bool,

    /// Address to listen on
    #[arg(long, env = "CES_LISTEN", default_value = "127.0.0.1:8005")]
    pub listen: SocketAddr,

    /// Database: a file path or sqlite:PATH (SQLite, made if it does not exist), or postgres://USER@HOST/NAME
    #[arg(
        long,
        alias = "database",
        env = "CES_DATABASE_URL",
        default_value = "data/events.db",
        hide_env_values = true
    )]
    pub database_url: DatabaseAddress,

    /// Folder of the built admin
    #[arg(long, env = "CES_ADMIN_DIR", default_value = "www/dist")]
    pub admin_dir: PathBuf,

    /// Load the demo conferences if the database is empty, with dates shifted to around today
    #[arg(long, env = "CES_DEMO")]
    pub demo: bool,

    /// IANA zone for dates that name none; without it such a date is an error
    #[arg(long, env = "CES_DEFAULT_TIME_ZONE")]
    pub default_time_zone: Option<String>,

    /// Days for which deletions stay in the change feed; a client away for longer takes a fresh snapshot
    #[arg(long, env = "CES_FEED_RETENTION_DAYS", default_value_t = 30)]
    pub feed_retention_days: u16,

    /// Hours for which missed triggers are still delivered; can be changed at run time
    #[arg(long, env = "CES_MAX_DOWNTIME_HOURS", default_value_t = 24)]
    pub max_downtime_hours: u32,

    /// Milliseconds between two missed triggers that are recovered
    #[arg(long, env = "CES_RECOVERY_DELAY_MS", default_value_t = 100)]
    pub recovery_delay_ms: u32,

    /// Name of this node, unlike that of any other on the same database; random if not given
    #[arg(long, env = "CES_NODE")]
    pub node: Option<String>,

    /// On Postgres: milliseconds of silence after which another node acts
    #[arg(long, env = "CES_LEASE_MS", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(200..=600_000))]
    pub lease_ms: u32,
    /// How people and programs are let in
    #[command(flatten)]
    pub access: AccessArgs,

    /// How other back ends schedule
    #[command(flatten)]
    pub service: ServiceArgs,

    /// Network, beside the public internet, in which providers of events may be called, also without TLS, such as 10.1.0.0/16; can be repeated
    #[arg(
        long = "provider-network",
        env = "CES_PROVIDER_NETWORKS",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub provider_networks: Vec<IpNet>,

    /// What to log, such as info or client_event_scheduler_server=debug
    #[arg(long, env = "CES_LOG", default_value = "info,sqlx=warn")]
    pub log: String,

    /// Form of the log: lines for people, or one JSON object a line
    #[arg(long, env = "CES_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Address for /metrics alone; without it, /metrics is on the address of everything else
    #[arg(long, env = "CES_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,

    /// Collector of traces that speaks OTLP over HTTP, such as `http://127.0.0.1:4318`; without it nothing is traced
    #[arg(long, env = "CES_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Headers for the collector, such as authorization=Bearer TOKEN; several are separated by commas
    #[arg(long, env = "CES_OTLP_HEADERS", hide_env_values = true)]
    pub otlp_headers: Option<Secret>,

    /// Seconds in which a request's head has to arrive, and for which an idle connection is kept
    #[arg(long, env = "CES_HEADER_TIMEOUT_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    pub header_timeout_seconds: u16,

    /// Seconds in which a request's body has to arrive
    #[arg(long, env = "CES_BODY_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub body_timeout_seconds: u16,

    /// Seconds after which a client that takes nothing of an answer or a stream is cut off
    #[arg(long, env = "CES_STALL_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub stall_timeout_seconds: u16,

    /// Connections at the same time; further ones wait until one ends
    #[arg(long, env = "CES_MAX_CONNECTIONS", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Seconds that a stopping server gives to requests under way
    #[arg(long, env = "CES_SHUTDOWN_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub shutdown_seconds: u16,
}

/// What the program does.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Task {
    /// Serve (what is done when nothing is named)
    Serve,
    /// Bring the database to the form of this version, and say what was done
    Migrate,
    /// Write everything in the database to a file
    Export {
        /// The file, which must not exist; - for standard output
        file: PathBuf,
    },
    /// Fill the database from a file that `export` has written
    Import {
        /// The file; - for standard input
        file: PathBuf,
        /// Replace what the database holds
        #[arg(long)]
        force: bool,
    },
    /// Look for what must not be in the database
    Check,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything that a server is made from.
#[derive(Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database.
    pub database: DatabaseAddress,
    /// Folder of the built admin.
    pub admin_dir: PathBuf,
    /// Whether to load the demo set into an empty database.
    pub demo: bool,
    /// IANA zone for naive dates of events that name none.
    pub default_time_zone: Option<String>,
    /// Days for which tombstones are kept.
    pub feed_retention_days: u16,
    /// Hours for which missed triggers are still delivered.
    pub max_downtime_hours: u32,
    /// Milliseconds between two missed triggers that are recovered.
    pub recovery_delay_ms: u32,
    /// Name of this node, unlike that of any other that is alive.
    pub node: String,
    /// Milliseconds of silence after which another node acts.
    pub lease_ms: u32,
    /// How people and programs are let in.
    pub access: AccessSettings,
    /// How other back ends schedule.
    pub service: ServiceSettings,
    /// Networks beside the public ones in which providers may be called, also without TLS.
    pub provider_networks: Vec<IpNet>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Time between two heartbeats of a stream.
    pub heartbeat_every: Duration,
    /// The pause before a failed scheduler is built anew; it doubles with each further failure.
    pub restart_after: Duration,
    /// Address for the metrics alone.
    pub metrics_listen: Option<SocketAddr>,
    /// What a client may do to its connection.
    pub http: HttpLimits,
    /// How long a stopping server waits for requests under way.
    pub farewell: Duration,
}

impl Config {
    /// A server on a free loopback port with the machine's clock, in development mode: open to whoever reaches it.
    pub fn new(database: DatabaseAddress) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database,
            admin_dir: PathBuf::from("www/dist"),
            demo: false,
            default_time_zone: None,
            feed_retention_days: 30,
            max_downtime_hours: 24,
            recovery_delay_ms: 100,
            node: random_name(),
            lease_ms: 5_000,
            access: AccessSettings { development: true, ..AccessSettings::default() },
            service: ServiceSettings::default(),
            provider_networks: Vec::new(),
            clock: Arc::new(SystemClock),
            heartbeat_every: Duration::from_secs(10),
            restart_after: Duration::from_millis(100),
            metrics_listen: None,
            http: HttpLimits::default(),
            farewell: Duration::from_secs(10),
        }
    }
}

/// A name that no other node has. Without any randomness the process id has to do.
fn random_name() -> String {
    let mut random = [0_u8; 8];
    match getrandom::fill(&mut random) {
        Ok(()) => format!("node-{:016x}", u64::from_be_bytes(random)),
        Err(_) => format!("node-{}", std::process::id()),
    }
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        Self {
            max_downtime_hours: args.max_downtime_hours,
            recovery_delay_ms: args.recovery_delay_ms,
            node: args.node.unwrap_or_else(random_name),
            lease_ms: args.lease_ms,
            listen: args.listen,
            admin_dir: args.admin_dir,
            demo: args.demo,
            default_time_zone: args.default_time_zone,
            feed_retention_days: args.feed_retention_days,
            access: args.access.into(),
            service: args.service.into(),
            provider_networks: args.provider_networks,
            metrics_listen: args.metrics_listen,
            http: HttpLimits {
                head_timeout: seconds(args.header_timeout_seconds),
                body_timeout: seconds(args.body_timeout_seconds),
                stall_timeout: seconds(args.stall_timeout_seconds),
                max_connections: args.max_connections as usize,
            },
            farewell: seconds(args.shutdown_seconds),
            ..Self::new(args.database_url)
        }
    }
}

fn seconds(whole: u16) -> Duration {
    Duration::from_secs(u64::from(whole))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_server_listens_on_loopback_unless_told_otherwise() {
        let args = Args::try_parse_from(["server"]).expect("no flag is required");
        assert_eq!(args.listen.to_string(), "127.0.0.1:8005");
        assert!(args.listen.ip().is_loopback());
    }

    #[test]
    fn a_database_of_another_kind_is_refused_with_a_reason() {
        let error =
            Args::try_parse_from(["server", "--database", "mysql://host/db"]).expect_err("an unknown kind");
        assert!(error.to_string().contains("sqlite:PATH"), "{error}");
    }
}
