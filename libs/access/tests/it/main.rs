#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! The signed caller is believed only as it was signed, only in its time.

mod forging;

use std::sync::Arc;

use access::{
    Caller, CallerKind, Claims, KeyPair, Permission, Refusal, Role, Signer, TenantGrant, Verifier,
};
use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock, ManualClock};
use ids::{PersonId, TenantId};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn claims(ids: &dyn ids::IdGen) -> Claims {
    let tenant = TenantId::new(ids);
    Claims {
        sub: PersonId::new(ids),
        kind: CallerKind::Person,
        provider: None,
        tenants: vec![TenantGrant {
            id: tenant,
            roles: vec![Role::Requester],
        }],
        tenant: Some(tenant),
        scope: "requester".to_owned(),
    }
}

#[test]
fn a_signed_caller_is_believed_until_it_expires_also_from_memory() {
    let ids = ids::seeded(1);
    let clock = Arc::new(ManualClock::at(start()));
    let pair = KeyPair::generate(&*ids);
    let verifier = Verifier::from_jwks(&pair.jwks().to_string(), clock.clone()).unwrap();
    let claims = claims(&*ids);
    let token = Signer::new(&pair)
        .unwrap()
        .sign(&claims, clock.now())
        .unwrap();
    assert_eq!(*verifier.verify(&token).unwrap(), Caller::from(claims));
    clock.advance(TimeDelta::seconds(59));
    assert!(verifier.verify(&token).is_ok());
    clock.advance(TimeDelta::seconds(1));
    assert!(verifier.verify(&token).is_err());
}

#[test]
fn another_key_another_algorithm_and_a_bent_payload_are_refused() {
    use base64::Engine as _;
    let b64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let ids = ids::seeded(2);
    let clock = Arc::new(ManualClock::at(start()));
    let pair = KeyPair::generate(&*ids);
    let other = KeyPair::generate(&*ids);
    let verifier = Verifier::from_jwks(&pair.jwks().to_string(), clock.clone()).unwrap();
    let claims = claims(&*ids);
    assert!(
        verifier
            .verify(
                &Signer::new(&other)
                    .unwrap()
                    .sign(&claims, clock.now())
                    .unwrap()
            )
            .is_err()
    );

    let token = Signer::new(&pair)
        .unwrap()
        .sign(&claims, clock.now())
        .unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let payload = String::from_utf8(b64.decode(parts[1]).unwrap()).unwrap();
    let bent = b64.encode(payload.replace("requester", "tenant_admin"));
    assert!(
        verifier
            .verify(&format!("{}.{bent}.{}", parts[0], parts[2]))
            .is_err()
    );

    for alg in ["none", "HS256"] {
        let header = b64.encode(format!(
            r#"{{"alg":"{alg}","typ":"JWT","kid":"{}"}}"#,
            pair.kid()
        ));
        assert!(verifier.verify(&format!("{header}.{}.", parts[1])).is_err());
        assert!(
            verifier
                .verify(&format!("{header}.{}.{}", parts[1], parts[2]))
                .is_err()
        );
    }
}

#[test]
fn another_tenant_is_not_found_and_a_small_role_is_told_who_may() {
    let ids = ids::seeded(3);
    let caller = Caller::from(claims(&*ids));
    let own = caller.tenants[0].id;
    assert!(caller.require(own, Permission::OpenTicket).is_ok());
    assert_eq!(
        caller
            .require(TenantId::new(&*ids), Permission::OpenTicket)
            .err(),
        Some(Refusal::NotFound)
    );
    let refused = caller.require(own, Permission::AssignTicket).unwrap_err();
    assert!(refused.to_string().contains("coordinator"), "{refused}");
    assert!(caller.require_operator().is_err());
}
