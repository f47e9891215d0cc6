//! Relay pages.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{OutputType, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subgraph::{bad_input, cursor};

/// Nobody gets more at once.
const MOST: i32 = 100;
/// So many where nothing is said.
const USUAL: i32 = 25;

/// How many are wanted.
pub fn limit(first: Option<i32>) -> Result<i64> {
    match first.unwrap_or(USUAL) {
        n @ 1..=MOST => Ok(i64::from(n)),
        _ => Err(bad_input("first", format!("De 1 a {MOST}."))),
    }
}

/// From where.
pub fn after<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>> {
    cursor.map(cursor::decode).transpose()
}

/// The connection of a page for which at least one row more than wanted was asked.
pub fn connection<R, P: Serialize, N: OutputType>(
    mut rows: Vec<R>,
    limit: i64,
    continued: bool,
    place: impl Fn(&R) -> P,
    node: impl Fn(R) -> N,
) -> Connection<String, N> {
    let wanted = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let mut connection = Connection::new(continued, more);
    connection.edges.extend(rows.into_iter().map(|row| {
        let cursor = cursor::encode(&place(&row));
        Edge::new(cursor, node(row))
    }));
    connection
}
