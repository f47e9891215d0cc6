//! Access tokens: JWT, EdDSA, ten minutes. They name a person and a session; what the person may do is looked up at
//! each use.

use access::KeyPair;
use chrono::{DateTime, TimeDelta, Utc};
use ids::{PersonId, SessionId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::error::Error;

const ISSUER: &str = "ventanilla-directory";
const AUDIENCE: &str = "gateway";
const TYPE: &str = "access";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The person.
    pub sub: PersonId,
    /// The session; where it ends, the token ends.
    pub sid: SessionId,
    /// Always `access`.
    pub typ: String,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Writes and reads access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Tokens({})",
            self.header.kid.as_deref().unwrap_or_default()
        )
    }
}

fn crypto(error: jsonwebtoken::errors::Error) -> Error {
    Error::Crypto(error.to_string())
}

impl Tokens {
    /// Signed with this key.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it cannot be used.
    pub fn new(pair: &KeyPair) -> Result<Self, Error> {
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(pair.jwks())?;
        let jwk = set
            .find(pair.kid())
            .ok_or_else(|| Error::Crypto("the key set lacks its key".to_owned()))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(pair.kid().to_owned());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Time is judged below, by the clock that was handed in.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        Ok(Self {
            encoding: EncodingKey::from_ed_pem(pair.to_pem()?.as_bytes()).map_err(crypto)?,
            decoding: DecodingKey::from_jwk(jwk).map_err(crypto)?,
            header,
            validation,
        })
    }

    /// A token for a person's session.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it cannot be signed.
    pub fn sign(
        &self,
        person: PersonId,
        session: SessionId,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Result<String, Error> {
        let token = AccessToken {
            sub: person,
            sid: session,
            typ: TYPE.to_owned(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.timestamp(),
            exp: (now + life).timestamp(),
        };
        jsonwebtoken::encode(&self.header, &token, &self.encoding).map_err(crypto)
    }

    /// What a token says, if it is ours and in its time.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Result<AccessToken, Error> {
        let read = jsonwebtoken::decode::<AccessToken>(token, &self.decoding, &self.validation)
            .map_err(|_| Error::Unauthenticated("no access token of ours"))?
            .claims;
        // Five seconds of grace: another replica's clock may be a little ahead.
        if read.typ != TYPE || read.exp <= now.timestamp() || read.iat > now.timestamp() + 5 {
            return Err(Error::Unauthenticated("access token out of its time"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_in_its_time_and_by_its_key_alone() {
        let ids = ids::seeded(3);
        let tokens = Tokens::new(&KeyPair::generate(&*ids)).unwrap();
        let others = Tokens::new(&KeyPair::generate(&*ids)).unwrap();
        let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let (person, session) = (PersonId::new(&*ids), SessionId::new(&*ids));
        let life = TimeDelta::minutes(10);
        let token = tokens.sign(person, session, now, life).unwrap();
        let read = tokens.read(&token, now + TimeDelta::seconds(599)).unwrap();
        assert_eq!((read.sub, read.sid), (person, session));
        for (who, when) in [
            (&tokens, now + life),
            (&tokens, now - TimeDelta::minutes(1)),
            (&others, now),
        ] {
            assert!(matches!(
                who.read(&token, when),
                Err(Error::Unauthenticated(_))
            ));
        }
        assert!(tokens.read("eyJhbGciOiJub25lIn0.e30.", now).is_err());
    }
}
