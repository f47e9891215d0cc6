//! Tokens that were never given: signed with what everybody knows, meant for others, or made to live too long.

use std::sync::Arc;

use access::{AUDIENCE, Caller, ISSUER, KeyPair, Permission, Refusal, Role, TenantGrant, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::ManualClock;
use ids::TenantId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::{claims, start};

/// What the gateway signs, as JSON.
fn payload(ids: &dyn ids::IdGen) -> Value {
    let mut payload = serde_json::to_value(claims(ids)).unwrap();
    payload["iss"] = json!(ISSUER);
    payload["aud"] = json!(AUDIENCE);
    payload["iat"] = json!(start().timestamp());
    payload["exp"] = json!(start().timestamp() + 60);
    payload
}

fn with(payload: &Value, name: &str, value: Value) -> Value {
    let mut other = payload.clone();
    other[name] = value;
    other
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let ids = ids::seeded(11);
    let pair = KeyPair::generate(&*ids);
    let jwks = pair.jwks();
    let verifier =
        Verifier::from_jwks(&jwks.to_string(), Arc::new(ManualClock::at(start()))).unwrap();
    let payload = payload(&*ids);
    let public = jwks["keys"][0]["x"].as_str().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(public).unwrap();
    for secret in [
        raw.as_slice(),
        public.as_bytes(),
        jwks.to_string().as_bytes(),
        b"",
    ] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(algorithm);
            header.kid = Some(pair.kid().to_owned());
            let key = EncodingKey::from_secret(secret);
            // A library that signs with no secret at all does that part of the work for us.
            if let Ok(token) = jsonwebtoken::encode(&header, &payload, &key) {
                assert!(verifier.verify(&token).is_err(), "{algorithm:?}");
            }
        }
    }
}

#[test]
fn what_was_signed_for_others_or_for_long_is_refused() {
    let ids = ids::seeded(12);
    let pair = KeyPair::generate(&*ids);
    let verifier =
        Verifier::from_jwks(&pair.jwks().to_string(), Arc::new(ManualClock::at(start()))).unwrap();
    let key = EncodingKey::from_ed_pem(pair.to_pem().unwrap().as_bytes()).unwrap();
    let sign = |kid: Option<&str>, payload: &Value| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = kid.map(str::to_owned);
        jsonwebtoken::encode(&header, payload, &key).unwrap()
    };
    let kid = Some(pair.kid());
    let genuine = payload(&*ids);
    assert!(verifier.verify(&sign(kid, &genuine)).is_ok());
    let now = start().timestamp();
    for (name, value) in [
        ("iss", json!("ventanilla-directory")),
        ("iss", json!(["ventanilla"])),
        ("iss", Value::Null),
        ("aud", json!("gateway")),
        ("aud", json!(["graph", "gateway"])),
        ("aud", Value::Null),
        ("exp", json!(now)),
        ("exp", json!(now + 61)),
        ("exp", json!(i64::MAX)),
        ("exp", Value::Null),
        ("iat", json!(now + 6)),
        ("iat", json!(i64::MIN)),
        ("kind", json!("root")),
        ("sub", json!("root")),
        ("tenants", json!("all")),
    ] {
        let bent = with(&genuine, name, value);
        assert!(
            verifier.verify(&sign(kid, &bent)).is_err(),
            "{name}: {bent}"
        );
    }
    for kid in [None, Some(""), Some("other")] {
        assert!(verifier.verify(&sign(kid, &genuine)).is_err(), "{kid:?}");
    }
}

#[test]
fn a_chosen_tenant_without_a_grant_is_not_found() {
    let ids = ids::seeded(13);
    let mut caller = Caller::from(claims(&*ids));
    let own = caller.tenants[0].id;
    let other = TenantId::new(&*ids);
    assert_eq!(caller.tenant(None), Ok(own));
    assert_eq!(caller.tenant(Some(other)), Err(Refusal::NotFound));
    // As a gateway would sign it that had not asked directory.
    caller.chosen = Some(other);
    assert_eq!(caller.tenant(None), Err(Refusal::NotFound));
    assert_eq!(caller.tenants_with(Permission::OpenTicket), Vec::new());
    // What somebody may do with one tenant says nothing about the next.
    caller.chosen = None;
    caller.tenants.push(TenantGrant {
        id: other,
        roles: vec![Role::TenantAdmin],
    });
    assert!(caller.may(other, Permission::ManageApiKeys));
    assert!(!caller.may(own, Permission::ManageApiKeys));
    assert_eq!(caller.tenant(None), Err(Refusal::TenantRequired));
}
