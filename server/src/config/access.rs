//! The settings of the access control: flags and environment.

use clap::Args;
use ipnet::IpNet;

use crate::access::{AccessSettings, WebOrigin};
use crate::secret::Secret;

const HOUR_MS: i64 = 3_600_000;
const SHORTEST_SETUP_TOKEN: usize = 16;

/// How people and programs are let in.
#[derive(Debug, Clone, Args)]
pub struct AccessArgs {
    /// Development mode: no sign-in, everybody who reaches the server may do everything; only on loopback
    #[arg(long, env = "CES_DEVELOPMENT")]
    pub development: bool,

    /// Token for creating the first user, at least 16 characters; a random one is logged where none is given
    #[arg(long, env = "CES_SETUP_TOKEN", hide_env_values = true, value_parser = setup_token)]
    pub setup_token: Option<Secret>,

    /// Origin whose pages may call this server from a browser, such as `https://admin.example.org`; can be repeated
    #[arg(
        long = "allowed-origin",
        env = "CES_ALLOWED_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub allowed_origins: Vec<WebOrigin>,

    /// Where people find this server, such as `https://events.example.org`: the only name it then answers to
    #[arg(long, env = "CES_PUBLIC_URL", value_name = "ORIGIN")]
    pub public_url: Option<WebOrigin>,

    /// Network of a proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8; can be repeated
    #[arg(
        long = "trusted-proxy",
        env = "CES_TRUSTED_PROXIES",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Requests of one session or key in a second, sustained; ten times as many at once; 0 for no limit
    #[arg(long, env = "CES_REQUESTS_PER_SECOND", default_value_t = 50)]
    pub requests_per_second: u32,

    /// Hours without a request after which a session ends
    #[arg(long, env = "CES_SESSION_IDLE_HOURS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub session_idle_hours: u16,

    /// Hours after which a session ends however busy it is
    #[arg(long, env = "CES_SESSION_MAX_HOURS", default_value_t = 168, value_parser = clap::value_parser!(u16).range(1..))]
    pub session_max_hours: u16,

    /// Days for which the audit is kept
    #[arg(long, env = "CES_AUDIT_RETENTION_DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..))]
    pub audit_retention_days: u16,
}

impl From<AccessArgs> for AccessSettings {
    fn from(args: AccessArgs) -> Self {
        Self {
            development: args.development,
            setup_token: args.setup_token,
            allowed_origins: args.allowed_origins,
            public_url: args.public_url,
            trusted_proxies: args.trusted_proxies,
            requests_per_second: args.requests_per_second,
            session_idle_ms: i64::from(args.session_idle_hours) * HOUR_MS,
            session_max_ms: i64::from(args.session_max_hours) * HOUR_MS,
            audit_retention_days: args.audit_retention_days,
            ..Self::default()
        }
    }
}

fn setup_token(text: &str) -> Result<Secret, String> {
    if text.chars().count() < SHORTEST_SETUP_TOKEN {
        return Err(format!(
            "has fewer than {SHORTEST_SETUP_TOKEN} characters: leave it out, and a random one is logged"
        ));
    }
    Ok(text.to_owned().into())
}
