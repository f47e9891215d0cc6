//! A service's part of the graph, whatever its roots are.

use std::sync::Arc;

use access::{By, Caller};
use async_graphql::{
    Context, ObjectType, Request, Response, SDLExportOptions, Schema, SchemaBuilder,
    SubscriptionType,
};
use async_trait::async_trait;

use crate::Code;

/// A subgraph that can be asked.
#[async_trait]
pub trait Graph: Send + Sync {
    /// Runs one request for a verified caller.
    async fn execute(&self, request: Request, caller: Arc<Caller>, trace: TraceParent) -> Response;
    /// The SDL that is composed into the supergraph.
    fn sdl(&self) -> String;
}

/// The W3C trace context of the request, to be carried into the facts that it makes true.
#[derive(Debug, Clone, Default)]
pub struct TraceParent(pub Option<String>);

struct Of<Q, M, S, F> {
    schema: Schema<Q, M, S>,
    per_request: F,
}

#[async_trait]
impl<Q, M, S, F> Graph for Of<Q, M, S, F>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
    F: Fn(Request, &Arc<Caller>) -> Request + Send + Sync,
{
    async fn execute(&self, request: Request, caller: Arc<Caller>, trace: TraceParent) -> Response {
        let request = (self.per_request)(request, &caller)
            .data(caller)
            .data(trace);
        self.schema.execute(request).await
    }

    fn sdl(&self) -> String {
        sdl(&self.schema)
    }
}

/// Wraps a schema; `per_request` puts in what lives as long as one request: the loaders.
pub fn graph<Q, M, S>(
    schema: Schema<Q, M, S>,
    per_request: impl Fn(Request, &Arc<Caller>) -> Request + Send + Sync + 'static,
) -> Arc<dyn Graph>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Arc::new(Of {
        schema,
        per_request,
    })
}

/// A schema builder with what every subgraph has: federation, and limits as a second line behind the gateway's.
pub fn schema<Q, M, S>(query: Q, mutation: M, subscription: S) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Schema::build(query, mutation, subscription)
        .enable_federation()
        .limit_depth(24)
        .limit_recursive_depth(48)
}

/// The SDL as it is committed in `graphql/subgraphs/`.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema.sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .compose_directive()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    )
}

/// Who calls.
///
/// # Errors
/// [`Code::Unauthenticated`] if the request did not come through the door, which only a wiring mistake brings about.
pub fn caller<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Arc<Caller>> {
    ctx.data::<Arc<Caller>>()
        .map_err(|_| Code::Unauthenticated.error("no caller"))
}

/// The trace context of this request.
pub fn traceparent(ctx: &Context<'_>) -> Option<String> {
    ctx.data::<TraceParent>().ok().and_then(|t| t.0.clone())
}

/// Who acts, and in which trace.
///
/// # Errors
/// As of [`caller`].
pub fn by<'a>(ctx: &Context<'a>) -> async_graphql::Result<By<'a>> {
    Ok(By {
        caller: caller(ctx)?,
        trace: traceparent(ctx),
    })
}
