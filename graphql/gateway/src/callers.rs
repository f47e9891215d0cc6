//! From what a caller shows to who they are: asks directory, remembers the answer briefly, signs it for the subgraphs.
//! A fact that changes an answer ends it before its time ([`crate::drops`], [`crate::facts`]).

use std::borrow::Cow;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use hive_router::http::StatusCode;
use hive_router::ntex::http::header::HeaderValue;
use hive_router::tracing::warn;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::Expiry;
use moka::future::Cache;
use moka::ops::compute::Op;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::config::Settings;
use crate::drops::{Drops, Standing};
use crate::line::Whose;
use crate::rates::RateKeys;
use crate::refusal::Refusal;
use crate::router_config::{AUDIENCE, ISSUER};
use crate::turnstile::Turnstile;

/// How long a signed caller is valid, in seconds. With at most 30 s of reuse it never reaches a subgraph with less
/// than 30 s left, and never outlives the 60 s that a revocation may take.
const LIFETIME_SECONDS: u64 = 60;
/// What directory may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a caller shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// `Authorization: Bearer …`: an access token of directory's.
    Bearer(&'a str),
    /// `X-Api-Key: vk_…`.
    ApiKey(&'a str),
}

impl<'a> Credential<'a> {
    const fn parts(self) -> (&'static str, &'a str) {
        match self {
            Self::Bearer(value) => ("bearer", value),
            Self::ApiKey(value) => ("api_key", value),
        }
    }
}

/// A resolved caller, signed.
#[derive(Debug)]
pub struct Caller {
    /// `Bearer <signed caller>`, for the subgraphs.
    pub authorization: HeaderValue,
    /// The buckets they draw from.
    pub rates: RateKeys,
    /// Whom facts have to name to concern them.
    standing: Standing,
}

/// What directory says about a credential.
enum Answer {
    Known(Arc<Caller>),
    Refused(Arc<Refusal>),
}

/// An answer, kept for a while.
struct Kept {
    answer: Answer,
    /// The last drop that it has outlived.
    outlived: AtomicU64,
}

impl Kept {
    /// Whether it holds after all drops so far.
    fn holds(&self, drops: &Drops) -> bool {
        let standing = match &self.answer {
            Answer::Known(caller) => Some(&caller.standing),
            Answer::Refused(_) => None,
        };
        let since = self.outlived.load(Ordering::Relaxed);
        let until = drops.outlived(since, standing);
        if let Some(until) = until {
            self.outlived.fetch_max(until, Ordering::Relaxed);
        }
        until.is_some()
    }
}

struct Ages {
    known: Duration,
    refused: Duration,
}

impl Expiry<[u8; 32], Arc<Kept>> for Ages {
    fn expire_after_create(&self, _: &[u8; 32], kept: &Arc<Kept>, _: Instant) -> Option<Duration> {
        Some(match kept.answer {
            Answer::Known(_) => self.known,
            Answer::Refused(_) => self.refused,
        })
    }
}

/// What directory answers with 401 or 403.
#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
}

/// Resolves and signs callers.
pub struct Callers {
    http: reqwest::Client,
    url: String,
    internal_key: String,
    key: EncodingKey,
    header: Header,
    now: fn() -> u64,
    cache: Cache<[u8; 32], Arc<Kept>>,
    drops: Arc<Drops>,
}

impl Callers {
    /// Reads the signing key and makes sure that the JWKS holds its public half: otherwise every request would be
    /// refused, one by one, for a reason nobody would guess.
    pub fn new(settings: &Settings, drops: Arc<Drops>) -> Result<Self, String> {
        let signing = &settings.signing;
        let read = |path: &std::path::Path| {
            std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
        };
        let key = EncodingKey::from_ed_pem(&read(&signing.key)?)
            .map_err(|e| format!("{}: {e}", signing.key.display()))?;
        let keys: JwkSet = serde_json::from_slice(&read(&signing.jwks)?)
            .map_err(|e| format!("{}: {e}", signing.jwks.display()))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(signing.kid.clone());
        if !verifies(&keys, &header, &key) {
            return Err(format!(
                "{} does not hold the public half of {} under the id `{}`",
                signing.jwks.display(),
                signing.key.display(),
                signing.kid
            ));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            http,
            url: format!(
                "{}/internal/callers",
                settings.directory.url.trim_end_matches('/')
            ),
            internal_key: settings.directory.internal_key.clone(),
            key,
            header,
            now: unix_now,
            cache: Cache::builder()
                .max_capacity(settings.callers.capacity)
                .expire_after(Ages {
                    known: Duration::from_secs(settings.callers.seconds),
                    refused: Duration::from_secs(settings.callers.refused_seconds),
                })
                .build(),
            drops,
        })
    }

    /// Who shows this credential, for the wished tenant? Equal questions asked at the same time are asked once, and once
    /// more if a fact that concerns the answer has come meanwhile. Who is not remembered has to be asked about, and that
    /// takes a place, too: one of those that all who are not known have together.
    pub async fn resolve(
        &self,
        credential: Credential<'_>,
        tenant: Option<&str>,
        turnstile: &Arc<Turnstile>,
    ) -> Result<Arc<Caller>, Arc<Refusal>> {
        let question = question(credential, tenant);
        loop {
            let asking = async {
                let place = turnstile.enter(&Whose::Unknown).await;
                let _place = place.map_err(Refusal::overloaded)?;
                // Before the question, or a fact that comes with the answer would count as known to it.
                let asked = AtomicU64::new(self.drops.last());
                let answer = self.ask(credential, tenant).await?;
                Ok::<_, Refusal>(Arc::new(Kept {
                    answer,
                    outlived: asked,
                }))
            };
            // An error is directory's silence: that is not an answer, and not remembered.
            let kept = self.cache.try_get_with(question, asking).await?;
            if kept.holds(&self.drops) {
                return match &kept.answer {
                    Answer::Known(caller) => Ok(Arc::clone(caller)),
                    Answer::Refused(refusal) => Err(Arc::clone(refusal)),
                };
            }
            self.forget(question, &kept).await;
        }
    }

    /// Takes this answer out of the cache, and none that has come in its place: of many who find it dropped one asks.
    async fn forget(&self, question: [u8; 32], kept: &Arc<Kept>) {
        let entry = self.cache.entry(question);
        entry
            .and_compute_with(|found| {
                let same = found.is_some_and(|found| Arc::ptr_eq(found.value(), kept));
                ready(if same { Op::Remove } else { Op::Nop })
            })
            .await;
    }

    async fn ask(
        &self,
        credential: Credential<'_>,
        tenant: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let unavailable = |reason: &dyn std::fmt::Display| {
            warn!(%reason, "directory did not resolve a caller");
            Refusal::unavailable()
        };
        let (kind, value) = credential.parts();
        let response = self
            .http
            .post(&self.url)
            .header("x-internal-key", &self.internal_key)
            .json(&json!({ "credential": { "kind": kind, "value": value }, "tenant": tenant }))
            .send()
            .await
            .map_err(|e| unavailable(&e.without_url()))?;
        match response.status() {
            StatusCode::OK => {
                let claims: Map<String, Value> = response
                    .json()
                    .await
                    .map_err(|e| unavailable(&e.without_url()))?;
                let caller = self.sign(claims).map_err(|reason| unavailable(&reason))?;
                Ok(Answer::Known(Arc::new(caller)))
            }
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                let mut refusal = if status == StatusCode::UNAUTHORIZED {
                    Refusal::bad_credential()
                } else {
                    Refusal::forbidden()
                };
                if let Ok(problem) = response.json::<Problem>().await {
                    refusal.code = Cow::Owned(problem.code);
                    refusal.message = Cow::Owned(problem.message);
                }
                Ok(Answer::Refused(Arc::new(refusal)))
            }
            status => Err(unavailable(&status)),
        }
    }

    /// Signs directory's claims. Who issued them, for whom and until when is ours to say, whatever the answer holds.
    fn sign(&self, mut claims: Map<String, Value>) -> Result<Caller, String> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let subject = text("sub").filter(|sub| !sub.is_empty());
        let subject = subject.ok_or("the claims have no `sub`")?;
        let scope = text("tenant").or_else(|| text("provider"));
        let rates = RateKeys::new(scope.unwrap_or(subject), subject);
        let standing = Standing::of(subject, &claims);
        let now = (self.now)();
        claims.insert("iss".into(), ISSUER.into());
        claims.insert("aud".into(), AUDIENCE.into());
        claims.insert("iat".into(), now.into());
        claims.insert("exp".into(), (now + LIFETIME_SECONDS).into());
        let token = jsonwebtoken::encode(&self.header, &claims, &self.key)
            .map_err(|e| format!("signing failed: {e}"))?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|e| e.to_string())?;
        authorization.set_sensitive(true);
        Ok(Caller {
            authorization,
            rates,
            standing,
        })
    }
}

/// The key of a question: a hash, so that no credential lies about in memory. Each part is preceded by its length.
fn question(credential: Credential<'_>, tenant: Option<&str>) -> [u8; 32] {
    let (kind, value) = credential.parts();
    let mut hash = Sha256::new();
    for part in [Some(kind), Some(value), tenant] {
        hash.update(part.map_or(u64::MAX, |p| p.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    hash.finalize().into()
}

/// Whether the set's key of this id verifies what `key` signs.
fn verifies(keys: &JwkSet, header: &Header, key: &EncodingKey) -> bool {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let public = header.kid.as_deref().and_then(|kid| keys.find(kid));
    let public = public.and_then(|jwk| DecodingKey::from_jwk(jwk).ok());
    let signed = jsonwebtoken::encode(header, &json!({}), key).ok();
    public.zip(signed).is_some_and(|(public, signed)| {
        jsonwebtoken::decode::<Value>(&signed, &public, &validation).is_ok()
    })
}

/// Seconds since 1970. The one place that reads the wall clock; [`Callers`] is handed it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that is handed in"
)]
fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |age| age.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_differ_where_they_should() {
        let all = [
            question(Credential::Bearer("a"), None),
            question(Credential::ApiKey("a"), None),
            question(Credential::Bearer("a"), Some("")),
            question(Credential::Bearer("a"), Some("b")),
            question(Credential::Bearer("ab"), None),
        ];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(one, other);
            }
        }
        assert_eq!(all[0], question(Credential::Bearer("a"), None));
    }
}
