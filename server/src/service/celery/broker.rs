//! The brokers that an operator has named.

use std::str::FromStr;

use lapin::uri::AMQPUri;
use redis::IntoConnectionInfo as _;

use crate::secret::Secret;

/// Characters of a name.
const NAME_CHARS: usize = 64;

/// A broker by its name: `NAME=URL`. Services choose by the name, and never learn the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBroker {
    /// Its name.
    pub name: String,
    /// `redis://`, `rediss://`, `amqp://` or `amqps://`, with the password.
    pub url: Secret,
}

/// What a broker speaks.
pub(super) enum Address {
    Redis(Box<redis::Client>),
    Amqp(Box<AMQPUri>),
}

impl NamedBroker {
    /// Its address, read.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without the address.
    pub(super) fn address(&self) -> Result<Address, String> {
        let url = self.url.expose();
        match url.split_once("://").map(|(scheme, _)| scheme) {
            Some("redis" | "rediss") => {
                let info = url.into_connection_info().map_err(|error| error.to_string())?;
                redis::Client::open(info)
                    .map(|client| Address::Redis(Box::new(client)))
                    .map_err(|error| error.to_string())
            }
            Some("amqp" | "amqps") => url.parse().map(|uri| Address::Amqp(Box::new(uri))),
            _ => Err("its scheme is unknown: write redis://, rediss://, amqp:// or amqps://".to_owned()),
        }
    }
}

impl FromStr for NamedBroker {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, url) =
            text.split_once('=').ok_or("write NAME=URL, such as main=redis://127.0.0.1:6379/0")?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > NAME_CHARS || !name.chars().all(fits) {
            return Err(format!(
                "the name {name:?} is not 1 to {NAME_CHARS} of a-z, A-Z, 0-9, '-', '_' and '.'"
            ));
        }
        let broker = Self { name: name.to_owned(), url: url.to_owned().into() };
        broker.address().map_err(|reason| format!("the broker {name:?}: {reason}"))?;
        Ok(broker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_has_a_name_and_an_address_that_is_not_shown() {
        for text in [
            "main=redis://:pw@127.0.0.1:6379/2",
            "m.2=amqp://user:pw@rabbit/vhost",
            "tls=rediss://redis:6380/0",
        ] {
            let broker: NamedBroker = text.parse().expect(text);
            assert!(!format!("{broker:?}").contains("pw"), "{broker:?}");
        }
        for text in
            ["redis://127.0.0.1", "=redis://127.0.0.1", "a b=redis://h", "main=http://h", "main=redis://"]
        {
            let refused = text.parse::<NamedBroker>();
            assert!(refused.is_err(), "{text}");
        }
        let refused = "main=sqs://user:pw@host".parse::<NamedBroker>().expect_err("an unknown scheme");
        assert!(!refused.contains("pw") && refused.contains("amqp://"), "{refused}");
    }
}
