//! Relay pages of what actions give as a slice.

use async_graphql::OutputType;
use async_graphql::connection::Connection;
use serde::Serialize;
pub(super) use subgraph::paging::{after, limit};

use crate::actions::read::Slice;

/// The connection of a page; `place` says where a row stands.
pub(super) fn connection<R, P: Serialize, N: OutputType>(
    page: Slice<R>,
    continued: bool,
    place: impl Fn(&R) -> P,
    node: impl Fn(R) -> N,
) -> Connection<String, N> {
    subgraph::paging::slice(page.rows, page.more, continued, place, node)
}
