//! What needs a scope is refused by the gateway itself: no service hears of it.

use std::collections::BTreeSet;

use async_graphql::parser::types::TypeKind;
use e2e::Installation;
use serde_json::{Value, json};

use crate::completeness::types;
use crate::isolation::{Read, attempts};

/// `Mutation.createTenant`: the fields at the roots of the composed schema that ask for a scope.
fn guarded() -> BTreeSet<String> {
    let types = types();
    let mut found = BTreeSet::new();
    for root in ["Query", "Mutation"] {
        for definition in &types[root] {
            let TypeKind::Object(object) = &definition.kind else {
                continue;
            };
            let scoped = object.fields.iter().map(|field| &field.node).filter(|f| {
                let mut directives = f.directives.iter();
                directives.any(|directive| directive.node.name.node.as_str() == "requiresScopes")
            });
            found.extend(scoped.map(|field| format!("{root}.{}", field.name.node)));
        }
    }
    found
}

/// How many documents directory's graph has answered.
async fn answered(at: &Installation) -> u64 {
    let metrics = at.metrics().await.unwrap();
    let counts = metrics.lines().filter(|line| {
        line.starts_with("ventanilla_graphql_seconds_count{")
            && line.contains("service=\"directory\"")
    });
    counts
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

/// Asks for something of nobody's.
async fn ask(at: &Installation, token: &str, attempt: &Read) -> Value {
    let nobody = attempt
        .variables
        .iter()
        .map(|v| (v.clone(), json!("nadie")));
    let nobody = Value::Object(nobody.collect());
    at.ask(token, None, &attempt.text, nobody).await.unwrap()
}

#[tokio::test]
async fn what_needs_a_scope_is_refused_before_a_service_hears_of_it() {
    /// The router's word; a service says `FORBIDDEN`.
    const REFUSED: &str = "UNAUTHORIZED_FIELD_OR_TYPE";

    let guarded = guarded();
    assert!(
        guarded.contains("Mutation.createTenant"),
        "no scopes in the composed schema: {guarded:?}"
    );
    let at = Installation::together("scopes").await.unwrap();
    at.tenant("andina").await.unwrap();
    let operator = at.token("", "operator").await.unwrap();
    let mut others = Vec::new();
    for role in ["requester", "tenant_admin", "service_manager"] {
        others.push((role, at.token("andina", role).await.unwrap()));
    }
    let mut left = guarded.clone();
    for attempt in attempts() {
        let name = format!("{}.{}", attempt.root, attempt.field);
        if !guarded.contains(&name) {
            continue;
        }
        left.remove(&name);
        let before = answered(&at).await;
        for (role, token) in &others {
            let answer = ask(&at, token, &attempt).await;
            let code = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(code, REFUSED, "{name} by {role}: {answer}");
            assert!(answer["data"][&attempt.field].is_null(), "{answer}");
        }
        assert_eq!(answered(&at).await, before, "{name} came to directory");
        // It is the scope that was missing: with it, directory is asked.
        let answer = ask(&at, &operator, &attempt).await;
        assert!(!answer.to_string().contains(REFUSED), "{name}: {answer}");
        assert_eq!(answered(&at).await, before + 1, "{name}: {answer}");
    }
    assert!(left.is_empty(), "no attempt asks for {left:?}");
}
