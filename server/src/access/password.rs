//! Passwords: what they have to be, and comparing them slowly, with bounded work, and always with the same work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::{AccessError, secrets};
use crate::problem::{ApiError, FieldProblem};

/// Shorter passwords are refused.
pub const SHORTEST: usize = 12;
/// Longer ones, in bytes, as well: nobody types that much, and hashing it costs.
pub const LONGEST_BYTES: usize = 1024;

/// Passwords that are hashed at the same time. Each takes [`PasswordCost::memory_kib`].
const AT_ONCE: usize = 2;
/// Passwords that may wait for it; more are answered with 429.
const WAITING: usize = 32;

/// How costly hashing a password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl PasswordCost {
    /// What OWASP's password storage cheat sheet asks of argon2id at least: 19 MiB, two passes, one lane.
    pub const OWASP: Self = Self { memory_kib: 19_456, passes: 2 };
}

/// Hashes and compares passwords on threads of their own.
#[derive(Debug, Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    room: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    /// Compared where there is no user, so that it takes as long as where there is one.
    decoy: Arc<str>,
    compared: Arc<AtomicU64>,
}

impl Passwords {
    /// Makes the hasher.
    ///
    /// # Errors
    ///
    /// The cost is one that argon2 does not take, or there are no random bytes.
    pub fn new(cost: PasswordCost) -> Result<Self, ApiError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(bug)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, &secrets::secret()?)?.into();
        Ok(Self {
            argon2,
            room: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            threads: Arc::new(Semaphore::new(AT_ONCE)),
            decoy,
            compared: Arc::default(),
        })
    }

    /// Hashes a password that has passed [`check`].
    ///
    /// # Errors
    ///
    /// `TOO_MANY_REQUESTS` when too many passwords are waiting already.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        let argon2 = self.argon2.clone();
        self.slowly(move || hash(&argon2, &password)).await?
    }

    /// Returns whether `password` is the one that `stored` was made from. Without `stored` it never is, after as much work.
    ///
    /// # Errors
    ///
    /// `TOO_MANY_REQUESTS` when too many passwords are waiting already.
    pub async fn matches(&self, password: String, stored: Option<String>) -> Result<bool, ApiError> {
        if password.len() > LONGEST_BYTES {
            return Ok(false);
        }
        let argon2 = self.argon2.clone();
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.to_string());
        self.compared.fetch_add(1, Ordering::Relaxed);
        let same =
            self.slowly(move || argon2.verify_password(password.as_bytes(), stored.as_str()).is_ok()).await?;
        Ok(same && known)
    }

    /// How many passwords have been compared since the start.
    pub fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        let place = place.map_err(|_| AccessError::TooManyRequests { retry_after_s: 1 })?;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(bug)?;
        // The thread keeps its place until it has finished, also when nobody waits for it any more.
        let finished = tokio::task::spawn_blocking(move || (work(), place, thread)).await;
        finished.map(|(result, ..)| result).map_err(bug)
    }
}

/// Checks a password that somebody wants to have.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(password: &str) -> Result<(), FieldProblem> {
    let problem = |code, message| FieldProblem { field: "password".into(), code, message };
    if password.chars().count() < SHORTEST {
        let message = format!("is shorter than {SHORTEST} characters: take several words");
        return Err(problem("PASSWORD_TOO_SHORT", message));
    }
    if password.len() > LONGEST_BYTES {
        return Err(problem("PASSWORD_TOO_LONG", format!("is longer than {LONGEST_BYTES} bytes")));
    }
    Ok(())
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, ApiError> {
    let salt = secrets::bytes::<16>()?;
    let hashed: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &salt).map_err(bug)?;
    Ok(hashed.to_string())
}

fn bug(error: impl std::fmt::Display) -> ApiError {
    ApiError::Internal { what: format!("a password could not be hashed: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_what_was_made_from_it_with_owasps_parameters_and_nothing_else() {
        let passwords = Passwords::new(PasswordCost::OWASP).expect("valid parameters");
        let stored = passwords.hash("correct horse battery".into()).await.expect("a hash");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        for (password, stored, expected) in [
            ("correct horse battery", Some(stored.clone()), true),
            ("correct horse battery ", Some(stored.clone()), false),
            ("correct horse battery", None, false),
            ("correct horse battery", Some("no hash at all".into()), false),
        ] {
            let matches = passwords.matches(password.into(), stored).await.expect("compared");
            assert_eq!(matches, expected, "{password}");
        }
        assert_eq!(passwords.compared(), 4, "an unknown user costs as much as a known one");
    }

    #[test]
    fn a_password_has_twelve_characters_and_no_more_than_a_kilobyte() {
        for (password, code) in [
            ("", Some("PASSWORD_TOO_SHORT")),
            ("elevenchars", Some("PASSWORD_TOO_SHORT")),
            ("twelve chars", None),
            ("zwölf zählen", None),
            (&"x".repeat(1024), None),
            (&"ä".repeat(513), Some("PASSWORD_TOO_LONG")),
        ] {
            assert_eq!(check(password).err().map(|problem| problem.code), code, "{password}");
        }
    }
}
