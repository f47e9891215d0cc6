//! Relay pages: how many, from where, and the connection that comes out.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{OutputType, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{bad_input, cursor};

/// Nobody gets more at once.
const MOST: i32 = 100;
/// So many where nothing is said.
const USUAL: i32 = 25;

/// How many are wanted.
///
/// # Errors
/// `BAD_INPUT` with field `first` outside of 1 to 100.
pub fn limit(first: Option<i32>) -> Result<i64> {
    match first.unwrap_or(USUAL) {
        n @ 1..=MOST => Ok(i64::from(n)),
        _ => Err(bad_input("first", format!("De 1 a {MOST}."))),
    }
}

/// From where.
///
/// # Errors
/// `BAD_INPUT` with field `after` if the cursor is none of this list's.
pub fn after<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>> {
    cursor.map(cursor::decode).transpose()
}

/// The connection of a page for which at least one row more than wanted was asked. `continued`: there is a page before
/// it; `place` says where a row stands.
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
    slice(rows, more, continued, place, node)
}

/// The connection of exactly these rows, where it is known already whether there are `more` behind them.
pub fn slice<R, P: Serialize, N: OutputType>(
    rows: Vec<R>,
    more: bool,
    continued: bool,
    place: impl Fn(&R) -> P,
    node: impl Fn(R) -> N,
) -> Connection<String, N> {
    let mut connection = Connection::new(continued, more);
    connection.edges.extend(rows.into_iter().map(|row| {
        let cursor = cursor::encode(&place(&row));
        Edge::new(cursor, node(row))
    }));
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_it_was_to_end_and_says_whether_there_is_more() {
        let page = |rows: Vec<i32>, limit| connection(rows, limit, false, |n| *n, |n| n * 10);
        let full = page(vec![1, 2, 3], 2);
        assert!(full.has_next_page && !full.has_previous_page);
        let nodes: Vec<i32> = full.edges.iter().map(|e| e.node).collect();
        assert_eq!(nodes, [10, 20]);
        assert_eq!(after(Some(&full.edges[1].cursor)).unwrap(), Some(2));
        assert!(!page(vec![1, 2], 2).has_next_page);
        assert!(slice(vec![1], true, true, |n| *n, |n| n).has_previous_page);
    }

    #[test]
    fn what_is_too_much_or_from_elsewhere_is_refused() {
        assert_eq!(limit(None).unwrap(), 25);
        assert_eq!(limit(Some(100)).unwrap(), 100);
        for wrong in [0, -1, 101] {
            assert!(limit(Some(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(after::<i32>(None).unwrap(), None);
        assert!(after::<i32>(Some("x")).is_err());
    }
}
