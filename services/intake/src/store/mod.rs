//! SQL of one tenant's schema, one file per aggregate. Rows never leave this room; what leaves are domain values.
//! Every statement is for a set: a batch of facts or rows costs as many statements as one.

pub mod categories;
pub mod contacts;
pub mod history;
pub mod known;
pub mod links;
pub mod matrix;
pub mod opening;
pub mod reopening;
pub mod saving;
pub mod search;
pub mod ticket;
pub mod tickets;
pub mod timeline;

use events::Word;
use ids::TypedId;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// A column that holds a word of an enum. The table's CHECK allows no other; a column that does hold another means that
/// code and migration differ.
fn word<W: Word>(row: &PgRow, column: &str) -> Result<W, sqlx::Error> {
    let text: &str = row.try_get(column)?;
    W::of_word(text).ok_or_else(|| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("unknown word {text:?}").into(),
    })
}

/// A `uuid` column as an id.
fn id<T: TypedId>(row: &PgRow, column: &str) -> Result<T, sqlx::Error> {
    row.try_get::<Uuid, _>(column).map(T::from_uuid)
}

/// A `uuid` column that may be null.
fn maybe_id<T: TypedId>(row: &PgRow, column: &str) -> Result<Option<T>, sqlx::Error> {
    Ok(row.try_get::<Option<Uuid>, _>(column)?.map(T::from_uuid))
}

/// The UUIDs of ids, for `unnest`.
fn uuids<T: TypedId>(ids: impl IntoIterator<Item = T>) -> Vec<Uuid> {
    ids.into_iter().map(TypedId::uuid).collect()
}

/// A keyset page: rows asked for, and whether more follow.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// At most as many as were asked for.
    pub rows: Vec<T>,
    /// There is more behind the last one.
    pub more: bool,
}

impl<T> Slice<T> {
    /// From a result of `limit + 1` rows.
    fn of(mut rows: Vec<T>, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}
