//! The platform's keys: one pair signs callers (the gateway's), one signs access tokens (directory's), and a secret
//! guards directory's internal door. In development they are made on first use, readable by their owner alone; in
//! production they are mounted.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::{KeyPair, Verifier};
use anyhow::Context as _;
use clock::SharedClock;
use ids::IdGen;

use crate::settings::Settings;

/// Signs callers: the gateway's.
const CALLERS: &str = "callers.pem";
/// Its public half: everybody's.
pub const JWKS: &str = "callers.jwks.json";
/// Signs access tokens: directory's.
const SESSIONS: &str = "sessions.pem";
/// Opens directory's internal door: directory's and the gateway's.
const INTERNAL: &str = "internal.key";

/// The keys of this installation, as far as this process has them: on Kubernetes each service is given what it needs and
/// no more. Every service needs the public half of the callers' key; directory needs the sessions' key and the secret;
/// the gateway needs the callers' key and the secret.
#[derive(Debug)]
pub struct Keys {
    dir: PathBuf,
    jwks: String,
    sessions: Option<KeyPair>,
    internal: Option<String>,
}

impl Keys {
    /// Reads the keys, and makes those that are missing unless this is production.
    pub fn load(settings: &Settings, ids: &dyn IdGen) -> anyhow::Result<Self> {
        let dir = std::path::absolute(&settings.keys_dir)?;
        let make = !settings.production;
        if make {
            fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        let path = dir.join(JWKS);
        let jwks = match pair(&dir.join(CALLERS), make, ids)? {
            // In development the public half is written beside the key; in production it is mounted.
            Some(callers) => {
                let text = callers.jwks().to_string();
                if make && fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                    fs::write(&path, &text)?;
                }
                text
            }
            None => fs::read_to_string(&path).with_context(|| {
                format!(
                    "{} is missing: mount the public half of the key that signs callers there",
                    path.display()
                )
            })?,
        };
        let sessions = pair(&dir.join(SESSIONS), make, ids)?;
        let internal = secret(&dir.join(INTERNAL), make, ids)?;
        Ok(Self {
            dir,
            jwks,
            sessions,
            internal,
        })
    }

    /// Which files of keys are not there; those that are can be read. Makes none.
    ///
    /// # Errors
    /// A file that is there and cannot be used.
    pub fn missing(settings: &Settings) -> anyhow::Result<Vec<&'static str>> {
        let dir = std::path::absolute(&settings.keys_dir)?;
        let mut missing = Vec::new();
        for name in [CALLERS, JWKS, SESSIONS, INTERNAL] {
            let path = dir.join(name);
            match fs::read_to_string(&path) {
                Ok(text) if matches!(name, CALLERS | SESSIONS) => {
                    KeyPair::from_pem(&text).with_context(|| path.display().to_string())?;
                }
                Ok(text) if name == JWKS => {
                    Verifier::from_jwks(&text, clock::system())
                        .with_context(|| path.display().to_string())?;
                }
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => missing.push(name),
                Err(error) => return Err(error).with_context(|| path.display().to_string()),
            }
        }
        Ok(missing)
    }

    /// The key that signs access tokens: directory's alone.
    pub fn sessions(&self) -> anyhow::Result<&KeyPair> {
        self.sessions.as_ref().with_context(|| {
            format!(
                "{} is missing: mount an Ed25519 key in PKCS#8 PEM there",
                self.dir.join(SESSIONS).display()
            )
        })
    }

    /// What opens directory's internal door: directory's and the gateway's.
    pub fn internal(&self) -> anyhow::Result<&str> {
        self.internal.as_deref().with_context(|| {
            format!(
                "{} is missing: mount a random secret of 32 characters or more there",
                self.dir.join(INTERNAL).display()
            )
        })
    }

    /// The id of the key that signs callers.
    pub fn kid(&self) -> anyhow::Result<String> {
        let jwks: serde_json::Value = serde_json::from_str(&self.jwks)?;
        jwks["keys"][0]["kid"]
            .as_str()
            .map(str::to_owned)
            .context("the JWKS holds no key")
    }

    /// The PEM file of the key that signs callers.
    pub fn callers_path(&self) -> PathBuf {
        self.dir.join(CALLERS)
    }

    /// The JWKS file with its public half.
    pub fn jwks_path(&self) -> PathBuf {
        self.dir.join(JWKS)
    }

    /// Judges signed callers.
    pub fn verifier(&self, clock: SharedClock) -> anyhow::Result<Arc<Verifier>> {
        Ok(Arc::new(Verifier::from_jwks(&self.jwks, clock)?))
    }
}

fn pair(path: &Path, make: bool, ids: &dyn IdGen) -> anyhow::Result<Option<KeyPair>> {
    if let Ok(pem) = fs::read_to_string(path) {
        return KeyPair::from_pem(&pem)
            .map(Some)
            .with_context(|| path.display().to_string());
    }
    if !make {
        return Ok(None);
    }
    let pair = KeyPair::generate(ids);
    write_secret(path, &pair.to_pem()?)?;
    Ok(Some(pair))
}

fn secret(path: &Path, make: bool, ids: &dyn IdGen) -> anyhow::Result<Option<String>> {
    if let Ok(text) = fs::read_to_string(path) {
        return Ok(Some(text.trim().to_owned()));
    }
    if !make {
        return Ok(None);
    }
    let mut bytes = [0u8; 32];
    ids.fill(&mut bytes);
    let text = data_encoding::HEXLOWER.encode(&bytes);
    write_secret(path, &text)?;
    Ok(Some(text))
}

fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
