//! argon2id with the first of OWASP's recommended settings: 19 MiB, 2 passes, 1 lane.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use ids::IdGen;
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// KiB; OWASP Password Storage Cheat Sheet, argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// So many may wait; the next is told to come back. At 20 ms each and 2 cores that is below a second.
const WAITING: usize = 64;
/// Attempts of one account are judged one after the other, or many at once would all pass before the first failure
/// is counted.
const LANES_OF_ACCOUNTS: usize = 64;

/// Makes and judges password hashes.
pub struct Passwords {
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    accounts: Vec<Mutex<()>>,
    /// Judged where there is no account, so that both take as long.
    dummy: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords")
            .field("free", &self.slots.available_permits())
            .finish_non_exhaustive()
    }
}

fn argon() -> Result<Argon2<'static>, Error> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::Crypto(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: [u8; 16]) -> Result<String, Error> {
    argon()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|e| Error::Crypto(e.to_string()))
}

fn salt(ids: &dyn IdGen) -> [u8; 16] {
    let mut salt = [0u8; 16];
    ids.fill(&mut salt);
    salt
}

impl Passwords {
    /// As many at once as there are cores: each takes 19 MiB and a core for some 20 ms.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the settings cannot be used.
    pub fn new(ids: &dyn IdGen) -> Result<Self, Error> {
        let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let random = super::secret::random(ids);
        Ok(Self {
            slots: Arc::new(Semaphore::new(at_once)),
            queue: Arc::new(Semaphore::new(at_once + WAITING)),
            accounts: (0..LANES_OF_ACCOUNTS).map(|_| Mutex::new(())).collect(),
            dummy: hash_now(&random, salt(ids))?.into(),
        })
    }

    /// Waits for other attempts of the same account.
    pub async fn one_at_a_time(&self, account: &[u8]) -> MutexGuard<'_, ()> {
        let lane = account.first().map_or(0, |b| usize::from(*b)) % LANES_OF_ACCOUNTS;
        self.accounts[lane].lock().await
    }

    async fn permits(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Error> {
        let place = self
            .queue
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        let slot = self
            .slots
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        Ok((place, slot))
    }

    /// The PHC string of a password, with a salt of its own.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many wait.
    pub async fn hash(&self, ids: &dyn IdGen, password: &str) -> Result<String, Error> {
        let permits = self.permits().await?;
        let (password, salt) = (password.to_owned(), salt(ids));
        tokio::task::spawn_blocking(move || {
            let _permits = permits;
            hash_now(&password, salt)
        })
        .await
        .map_err(|e| Error::Crypto(e.to_string()))?
    }

    /// Whether the password is the one of the hash. Without a hash it takes as long and is never right.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many wait.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Error> {
        let permits = self.permits().await?;
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| self.dummy.clone(), Arc::from);
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || {
            let _permits = permits;
            let right = argon()?
                .verify_password(password.as_bytes(), &*hash)
                .is_ok();
            Ok(known && right)
        })
        .await
        .map_err(|e| Error::Crypto(e.to_string()))?
    }
}
