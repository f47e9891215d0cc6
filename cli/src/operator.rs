//! The operator at the command line: asks a service's graph in this process, as the platform's operator. What the
//! graph checks and does is checked and done here too.

use std::sync::Arc;

use access::{Caller, CallerKind};
use async_graphql::{Request, Variables};
use ids::{PersonId, SharedIds};
use serde_json::Value;
use subgraph::{Service, TraceParent};

/// The caller that the command line is.
pub fn caller(ids: &SharedIds) -> Arc<Caller> {
    Arc::new(Caller {
        kind: CallerKind::Operator,
        person: PersonId::new(&**ids),
        provider: None,
        tenants: Vec::new(),
        chosen: None,
    })
}

/// Runs one operation and returns its data; the first error ends it.
pub async fn ask(
    service: &Service,
    caller: Arc<Caller>,
    query: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let request = Request::new(query).variables(Variables::from_json(variables));
    let response = service
        .graph
        .execute(request, caller, TraceParent::default())
        .await;
    if let Some(error) = response.errors.first() {
        let code = error
            .extensions
            .as_ref()
            .and_then(|e| e.get("code"))
            .map(ToString::to_string)
            .unwrap_or_default();
        anyhow::bail!("{} {code}", error.message);
    }
    Ok(response.data.into_json()?)
}
