//! Random secrets, and comparing them without telling how much of a guess was right.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::ApiError;

/// A secret of 256 random bits in hexadecimal digits.
///
/// # Errors
///
/// The operating system gives no random bytes.
pub fn secret() -> Result<String, ApiError> {
    random::<32>()
}

/// An id of 128 random bits in hexadecimal digits.
///
/// # Errors
///
/// The operating system gives no random bytes.
pub fn id() -> Result<String, ApiError> {
    random::<16>()
}

/// The SHA-256 of `secret` in hexadecimal digits. Enough for a secret that cannot be guessed; passwords take argon2.
pub fn digest(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// The token that a page of this session has to send with every change. It follows from the session's secret, which no script
/// can read, and tells nothing of it.
pub fn csrf_token(session_secret: &str) -> String {
    digest(&format!("csrf token of {session_secret}"))
}

/// Whether two texts are equal, in a time that depends on their lengths only.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Random bytes.
///
/// # Errors
///
/// The operating system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    let failed = |error: getrandom::Error| ApiError::Internal { what: format!("no random bytes: {error}") };
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn random<const N: usize>() -> Result<String, ApiError> {
    Ok(hexadecimal(&bytes::<N>()?))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_known_one() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest("abc"), known);
    }

    #[test]
    fn secrets_differ_and_so_do_their_csrf_tokens() {
        let (one, other) = (secret().expect("random"), secret().expect("random"));
        assert_eq!(one.len(), 64);
        assert!(!same(&one, &other) && same(&one, &one.clone()));
        assert!(!same(&csrf_token(&one), &csrf_token(&other)));
        assert!(!same(&one, &one[1..]));
    }
}
