//! Relay pages: how many, from where, and the connection that comes out.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{OutputType, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subgraph::{bad_input, cursor};

use crate::actions::read::Slice;

/// Nobody gets more at once.
const MOST: i32 = 100;
/// So many where nothing is said.
const USUAL: i32 = 25;

/// How many are wanted.
pub(super) fn limit(first: Option<i32>) -> Result<i64> {
    match first.unwrap_or(USUAL) {
        n @ 1..=MOST => Ok(i64::from(n)),
        _ => Err(bad_input("first", format!("De 1 a {MOST}."))),
    }
}

/// From where.
pub(super) fn after<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>> {
    cursor.map(cursor::decode).transpose()
}

/// The connection of a page; `place` says where a row stands.
pub(super) fn connection<R, P: Serialize, N: OutputType>(
    page: Slice<R>,
    continued: bool,
    place: impl Fn(&R) -> P,
    node: impl Fn(R) -> N,
) -> Connection<String, N> {
    let mut connection = Connection::new(continued, page.more);
    connection.edges.extend(page.rows.into_iter().map(|row| {
        let cursor = cursor::encode(&place(&row));
        Edge::new(cursor, node(row))
    }));
    connection
}
