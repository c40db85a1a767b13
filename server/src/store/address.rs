//! Where a database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::StoreError;
use crate::secret::Secret;

/// Where the database is: a SQLite file, or a Postgres server that several nodes may share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// SQLite, in this file.
    Sqlite(PathBuf),
    /// Postgres.
    Postgres(PostgresUrl),
}

/// The URL of a Postgres database. It may hold a password, so it is never printed whole.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Secret);

impl PostgresUrl {
    /// The URL with its password.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    fn redacted(&self) -> String {
        let url = self.0.expose();
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let place = place.split_once('?').map_or(place, |(place, _)| place);
        format!("{scheme}://{place}")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.redacted())
    }
}

impl DatabaseAddress {
    /// The SQLite database in `file`.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self::Sqlite(file.into())
    }
}

impl fmt::Display for DatabaseAddress {
    /// The address without user and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(formatter, "{}", file.display()),
            Self::Postgres(url) => formatter.write_str(&url.redacted()),
        }
    }
}

impl FromStr for DatabaseAddress {
    type Err = StoreError;

    /// Reads a file path, `sqlite:PATH`, `sqlite://PATH`, or `postgres://…`.
    fn from_str(address: &str) -> Result<Self, StoreError> {
        let path = match address.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") && rest.len() > 2 => {
                return Ok(Self::Postgres(PostgresUrl(Secret::from(address.to_owned()))));
            }
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => {
                return Err(StoreError::UnsupportedScheme { scheme: scheme.to_owned() });
            }
            _ => address,
        };
        if path.is_empty() || path == ":memory:" || path.contains('?') {
            return Err(StoreError::UnsupportedAddress { address: address.to_owned() });
        }
        Ok(Self::file(path))
    }
}

/// The address of a SQLite file in the form that the driver reads, opened in `mode` (`rwc`, `rw` or `ro`).
pub(super) fn sqlite_url(file: &Path, mode: &str) -> String {
    let mut url = String::from("sqlite:");
    for &byte in file.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url + "?mode=" + mode
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_with_or_without_the_scheme() {
        for (address, file) in [
            ("data/a.db", "data/a.db"),
            ("/var/lib/a.db", "/var/lib/a.db"),
            ("sqlite:a.db", "a.db"),
            ("sqlite:///var/lib/a.db", "/var/lib/a.db"),
            ("C:\\data\\a.db", "C:\\data\\a.db"),
        ] {
            let parsed: Result<DatabaseAddress, _> = address.parse();
            assert_eq!(parsed.ok(), Some(DatabaseAddress::file(file)), "{address}");
        }
        for address in [
            "",
            "sqlite:",
            ":memory:",
            "sqlite::memory:",
            "mysql://host/db",
            "sqlite:a.db?mode=ro",
            "postgres://",
        ] {
            let parsed: Result<DatabaseAddress, _> = address.parse();
            assert!(parsed.is_err(), "{address:?} was accepted");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for url in [
            "postgres://ces:s3cret@db.internal:5432/events?sslmode=require",
            "postgresql://u:s3cret@h/events",
        ] {
            let address: DatabaseAddress = url.parse().expect("a Postgres URL");
            for printed in [address.to_string(), format!("{address:?}")] {
                assert!(!printed.contains("s3cret") && printed.contains("/events"), "{printed}");
            }
        }
    }

    #[test]
    fn a_file_name_with_signs_of_urls_stays_a_file_name() {
        assert_eq!(sqlite_url(Path::new("a dir/50%?#.db"), "ro"), "sqlite:a%20dir/50%25%3F%23.db?mode=ro");
    }
}
