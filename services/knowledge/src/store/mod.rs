//! Rows: each file one aggregate. Rows never leave this room.

pub mod articles;
pub mod links;
pub mod search;
pub mod terms;
pub mod tickets;

use events::Word;

use crate::error::Error;

/// A column's word as its type.
fn word<W: Word>(column: &'static str, value: &str) -> Result<W, Error> {
    W::of_word(value).ok_or_else(|| Error::Unreadable {
        column,
        value: value.to_owned(),
    })
}

fn words<W: Word>(values: &[W]) -> Vec<&'static str> {
    values.iter().map(|v| v.word()).collect()
}
