//! The signed caller: JWT, EdDSA (Ed25519), at most 60 s.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use clock::SharedClock;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ids::{IdGen, PersonId, ProviderId, TenantId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Caller, CallerKind, TenantGrant};

/// `iss` of a signed caller.
pub const ISSUER: &str = "ventanilla";
/// `aud` of a signed caller.
pub const AUDIENCE: &str = "graph";
/// No signed caller lives longer than this, seconds.
const MAX_LIFE_S: i64 = 60;
/// So many verified tokens are remembered at most.
const REMEMBERED: usize = 10_000;

/// What a signed caller says. `iss`, `aud`, `iat`, `exp` are added when it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person (or API key worn as one).
    pub sub: PersonId,
    /// What sort of caller.
    pub kind: CallerKind,
    /// The provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Tenants with roles.
    pub tenants: Vec<TenantGrant>,
    /// The chosen tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Space-separated scopes, for `@requiresScopes`: the roles, and `operator`.
    #[serde(default)]
    pub scope: String,
}

impl From<Claims> for Caller {
    fn from(c: Claims) -> Self {
        Self {
            kind: c.kind,
            person: c.sub,
            provider: c.provider,
            tenants: c.tenants,
            chosen: c.tenant,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    #[serde(flatten)]
    claims: Claims,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Why a token is not accepted. The outside hears "unauthenticated" and no more.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT, another algorithm, a wrong signature, another issuer or audience.
    #[error("token not accepted: {0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// Its time is over, has not come, or it claims to live too long.
    #[error("token out of its time")]
    Expired,
    /// The key file is not an Ed25519 key in PKCS#8 PEM.
    #[error("key not readable: {0}")]
    Key(String),
}

/// An Ed25519 key pair and its id.
#[derive(Clone)]
pub struct KeyPair {
    key: SigningKey,
    kid: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyPair({})", self.kid)
    }
}

impl KeyPair {
    /// A new key.
    pub fn generate(ids: &dyn IdGen) -> Self {
        let mut seed = [0u8; 32];
        ids.fill(&mut seed);
        Self::of(SigningKey::from_bytes(&seed))
    }

    /// Reads PKCS#8 PEM.
    ///
    /// # Errors
    /// [`TokenError::Key`] if it is none.
    pub fn from_pem(pem: &str) -> Result<Self, TokenError> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Self::of)
            .map_err(|e| TokenError::Key(e.to_string()))
    }

    fn of(key: SigningKey) -> Self {
        // RFC 7638 in spirit: the id follows from the public key, so two holders agree on it.
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        let kid = digest
            .iter()
            .take(8)
            .fold(String::new(), |s, b| s + &format!("{b:02x}"));
        Self { key, kid }
    }

    /// PKCS#8 PEM, to be kept where only its owner reads.
    ///
    /// # Errors
    /// [`TokenError::Key`] if the encoder fails.
    pub fn to_pem(&self) -> Result<String, TokenError> {
        self.key
            .to_pkcs8_pem(LineEnding::LF)
            .map(|p| p.to_string())
            .map_err(|e| TokenError::Key(e.to_string()))
    }

    /// The key's id, as in `kid`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWKS document.
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid,
            "x": data(self.key.verifying_key().as_bytes()),
        }]})
    }
}

fn data(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs callers.
pub struct Signer {
    key: EncodingKey,
    header: Header,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({ISSUER}/{AUDIENCE})")
    }
}

impl Signer {
    /// A signer for the graph.
    ///
    /// # Errors
    /// [`TokenError::Key`] if the key cannot be used.
    pub fn new(pair: &KeyPair) -> Result<Self, TokenError> {
        let pem = pair.to_pem()?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(pair.kid.clone());
        Ok(Self {
            key: EncodingKey::from_ed_pem(pem.as_bytes())?,
            header,
        })
    }

    /// Signs `claims` for 60 s from `now`.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] if they cannot be encoded.
    pub fn sign(&self, claims: &Claims, now: DateTime<Utc>) -> Result<String, TokenError> {
        let payload = Payload {
            claims: claims.clone(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.timestamp(),
            exp: now.timestamp() + MAX_LIFE_S,
        };
        Ok(jsonwebtoken::encode(&self.header, &payload, &self.key)?)
    }
}

/// When a verified token expires (Unix seconds), and whom it speaks for.
type Remembered = (i64, std::sync::Arc<Caller>);

/// Verifies signed callers; a verified one is remembered by its hash until it expires.
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    validation: Validation,
    clock: SharedClock,
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

impl Verifier {
    /// Trusts the Ed25519 keys of a JWKS document.
    ///
    /// # Errors
    /// [`TokenError::Key`] if it holds none.
    pub fn from_jwks(jwks: &str, clock: SharedClock) -> Result<Self, TokenError> {
        let set: jsonwebtoken::jwk::JwkSet =
            serde_json::from_str(jwks).map_err(|e| TokenError::Key(e.to_string()))?;
        let mut keys = HashMap::new();
        for jwk in &set.keys {
            if let Some(kid) = jwk.common.key_id.clone() {
                keys.insert(kid, DecodingKey::from_jwk(jwk)?);
            }
        }
        if keys.is_empty() {
            return Err(TokenError::Key("no key with a kid".to_owned()));
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Time is judged below, by the clock that was handed in.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        Ok(Self {
            keys,
            validation,
            clock,
            remembered: Mutex::new(HashMap::new()),
        })
    }

    /// The caller that a token speaks for.
    ///
    /// # Errors
    /// [`TokenError`]; never say more than "unauthenticated" outside.
    pub fn verify(&self, token: &str) -> Result<std::sync::Arc<Caller>, TokenError> {
        let now = self.clock.now();
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        {
            let remembered = self
                .remembered
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some((exp, caller)) = remembered.get(&hash) {
                return if *exp > now.timestamp() {
                    Ok(caller.clone())
                } else {
                    Err(TokenError::Expired)
                };
            }
        }
        let kid = jsonwebtoken::decode_header(token)?.kid.unwrap_or_default();
        let key = self
            .keys
            .get(&kid)
            .ok_or_else(|| TokenError::Key("unknown kid".to_owned()))?;
        let payload = jsonwebtoken::decode::<Payload>(token, key, &self.validation)?.claims;
        // In seconds as they are: a span of chrono's panics where these numbers are beyond it.
        let life_s = payload.exp.saturating_sub(payload.iat);
        // Five seconds of grace: the gateway's clock may be a little ahead.
        if payload.exp <= now.timestamp()
            || payload.iat > now.timestamp() + 5
            || life_s > MAX_LIFE_S
        {
            return Err(TokenError::Expired);
        }
        let caller = std::sync::Arc::new(Caller::from(payload.claims));
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, (exp, _)| *exp > now.timestamp());
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
        }
        remembered.insert(hash, (payload.exp, caller.clone()));
        Ok(caller)
    }
}
