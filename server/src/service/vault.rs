//! Payloads at rest: each is sealed with a key of its own, and that key with one of the server's (envelope encryption, AES-256-GCM).
//!
//! Rotating the server's key means to seal the small keys anew; the payloads stay as they are.

use std::fmt;
use std::str::FromStr;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::access::secrets;
use crate::problem::ApiError;

/// How everything that is sealed begins. No JSON text does.
const MARK: &str = "ces1";
const NONCE_BYTES: usize = 12;
const KEY_BYTES: usize = 32;

/// The server's keys, by name. The first one seals, every one opens.
#[derive(Clone)]
pub struct Keys {
    keys: Vec<(String, [u8; KEY_BYTES])>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.keys.iter().map(|(name, _)| name).collect();
        f.debug_tuple("Keys").field(&names).finish()
    }
}

impl FromStr for Keys {
    type Err = String;

    /// Reads `NAME:KEY`, several separated by commas; a key is 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut keys = Vec::new();
        for (place, entry) in text.split(',').enumerate() {
            let at = format!("key {}", place + 1);
            let (name, key) = entry
                .trim()
                .split_once(':')
                .ok_or_else(|| format!("{at}: write NAME:64 hexadecimal digits"))?;
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || name.len() > 32 || !name.chars().all(allowed) {
                return Err(format!("{at}: a name has 1 to 32 of the characters a-z, A-Z, 0-9, - and _"));
            }
            if keys.iter().any(|(known, _)| known == name) {
                return Err(format!("{at}: the name {name} is there twice"));
            }
            keys.push((
                name.to_owned(),
                hexadecimal(key).ok_or_else(|| format!("{at}: has not 64 hexadecimal digits"))?,
            ));
        }
        Ok(Self { keys })
    }
}

fn hexadecimal(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 2 * KEY_BYTES)?;
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(key)
}

/// Why something sealed cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is sealed with a key that the server does not have.
    #[error("it is sealed with the key {0:?}, which is not among --payload-keys")]
    KeyMissing(String),
    /// It was changed, or belongs to something else.
    #[error("it is damaged, or sealed for another event")]
    Damaged,
}

/// Seals and opens payloads. Without keys they are stored as they are.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    keys: Option<Keys>,
}

impl Vault {
    /// A vault with these keys.
    pub fn new(keys: Option<Keys>) -> Self {
        Self { keys }
    }

    /// What stands before everything that the present key has sealed; `None` where nothing is.
    pub fn prefix(&self) -> Option<String> {
        let (name, _) = self.keys.as_ref()?.keys.first()?;
        Some(format!("{MARK}.{name}."))
    }

    /// Seals `plain` for `owner`, so that it opens for nothing else.
    ///
    /// # Errors
    ///
    /// There are no random bytes.
    pub fn seal(&self, owner: &str, plain: &str) -> Result<String, ApiError> {
        let Some((name, key)) = self.keys.as_ref().and_then(|keys| keys.keys.first()) else {
            return Ok(plain.to_owned());
        };
        let own_key = secrets::bytes::<KEY_BYTES>()?;
        let wrapped = encrypt(key, owner, &own_key)?;
        let data = encrypt(&own_key, owner, plain.as_bytes())?;
        Ok(format!("{MARK}.{name}.{}.{}", BASE64.encode(wrapped), BASE64.encode(data)))
    }

    /// Opens what was sealed for `owner`; what was not sealed comes back as it is.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(&self, owner: &str, stored: &str) -> Result<String, OpenError> {
        let Some(sealed) = Sealed::read(stored) else { return Ok(stored.to_owned()) };
        let own_key = self.own_key(owner, &sealed)?;
        let plain = decrypt(&own_key, owner, &sealed.data()?).ok_or(OpenError::Damaged)?;
        String::from_utf8(plain).map_err(|_| OpenError::Damaged)
    }

    /// Seals the key of a payload with the present key of the server, if another one has sealed it; a payload that was not sealed
    /// is. Returns `None` where nothing is to be done.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or there are no random bytes.
    pub fn renew(&self, owner: &str, stored: &str) -> Result<Option<String>, ApiError> {
        let Some((name, key)) = self.keys.as_ref().and_then(|keys| keys.keys.first()) else {
            return Ok(None);
        };
        let Some(sealed) = Sealed::read(stored) else { return self.seal(owner, stored).map(Some) };
        if sealed.name == name {
            return Ok(None);
        }
        let own_key = self.own_key(owner, &sealed).map_err(|error| ApiError::Internal {
            what: format!("the payload of {owner} cannot be sealed anew: {error}"),
        })?;
        let wrapped = encrypt(key, owner, &own_key)?;
        Ok(Some(format!("{MARK}.{name}.{}.{}", BASE64.encode(wrapped), sealed.data)))
    }

    fn own_key(&self, owner: &str, sealed: &Sealed<'_>) -> Result<[u8; KEY_BYTES], OpenError> {
        let missing = || OpenError::KeyMissing(sealed.name.to_owned());
        let keys = self.keys.as_ref().ok_or_else(missing)?;
        let (_, key) = keys.keys.iter().find(|(name, _)| name == sealed.name).ok_or_else(missing)?;
        let wrapped = BASE64.decode(sealed.wrapped).map_err(|_| OpenError::Damaged)?;
        let own = decrypt(key, owner, &wrapped).ok_or(OpenError::Damaged)?;
        own.try_into().map_err(|_| OpenError::Damaged)
    }
}

/// The parts of what is sealed.
struct Sealed<'a> {
    name: &'a str,
    wrapped: &'a str,
    data: &'a str,
}

impl<'a> Sealed<'a> {
    fn read(stored: &'a str) -> Option<Self> {
        let rest = stored.strip_prefix(MARK)?.strip_prefix('.')?;
        let (name, rest) = rest.split_once('.')?;
        let (wrapped, data) = rest.split_once('.')?;
        Some(Self { name, wrapped, data })
    }

    fn data(&self) -> Result<Vec<u8>, OpenError> {
        BASE64.decode(self.data).map_err(|_| OpenError::Damaged)
    }
}

/// A random nonce, and behind it the sealed bytes. `owner` is authenticated with them.
fn encrypt(key: &[u8; KEY_BYTES], owner: &str, plain: &[u8]) -> Result<Vec<u8>, ApiError> {
    let nonce = secrets::bytes::<NONCE_BYTES>()?;
    let cipher = Aes256Gcm::new(key.into());
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: owner.as_bytes() });
    let sealed = sealed.map_err(|_| ApiError::Internal { what: "a payload could not be sealed".into() })?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(key: &[u8; KEY_BYTES], owner: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, data) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = Aes256Gcm::new(key.into());
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: data, aad: owner.as_bytes() }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(names: &[&str]) -> Vault {
        let entries: Vec<_> = names
            .iter()
            .map(|name| format!("{name}:{}", format!("{:02x}", name.as_bytes()[0]).repeat(KEY_BYTES)))
            .collect();
        Vault::new(Some(entries.join(",").parse().expect("keys")))
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone_and_shows_nothing() {
        let vault = vault(&["a"]);
        let sealed = vault.seal("event 1", r#"{"card":"4711"}"#).expect("sealed");
        assert!(sealed.starts_with("ces1.a.") && !sealed.contains("4711"), "{sealed}");
        assert_ne!(sealed, vault.seal("event 1", r#"{"card":"4711"}"#).expect("sealed"));
        assert_eq!(vault.open("event 1", &sealed).as_deref(), Ok(r#"{"card":"4711"}"#));
        assert_eq!(vault.open("event 2", &sealed), Err(OpenError::Damaged));
        let last = if sealed.ends_with('A') { "B" } else { "A" };
        let changed = format!("{}{last}", &sealed[..sealed.len() - 1]);
        assert_eq!(vault.open("event 1", &changed), Err(OpenError::Damaged));
    }

    #[test]
    fn a_new_key_takes_over_and_the_old_one_can_go() {
        let (old, both, new) = (vault(&["a"]), vault(&["b", "a"]), vault(&["b"]));
        let sealed = old.seal("x", "{}").expect("sealed");
        assert_eq!(new.open("x", &sealed), Err(OpenError::KeyMissing("a".to_owned())));
        let renewed = both.renew("x", &sealed).expect("renewed").expect("something to do");
        assert_eq!(new.open("x", &renewed).as_deref(), Ok("{}"));
        assert_eq!(both.renew("x", &renewed).expect("renewed"), None);
        let plain = both.renew("x", r#"{"a":1}"#).expect("renewed").expect("something to do");
        assert_eq!(new.open("x", &plain).as_deref(), Ok(r#"{"a":1}"#));
    }

    #[test]
    fn without_keys_nothing_is_sealed() {
        let vault = Vault::default();
        assert_eq!(vault.seal("x", "{}").expect("as it is"), "{}");
        assert_eq!(vault.renew("x", "{}").expect("as it is"), None);
        assert_eq!(vault.prefix(), None);
    }

    #[test]
    fn keys_that_cannot_be_read_are_named_without_being_shown() {
        for text in ["", "a", "a:12", "a b:00", &format!("a:{0},a:{0}", "0".repeat(64)), &"zz".repeat(32)] {
            let error = text.parse::<Keys>().expect_err(text);
            assert!(error.starts_with("key ") && !error.contains("00000000"), "{error}");
        }
    }
}
