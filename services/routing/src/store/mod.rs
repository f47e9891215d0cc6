//! Rows: each file one aggregate. Rows never leave this room.

pub mod assignments;
pub mod clocks;
pub mod follow;
pub mod groups;
pub mod rules;
pub mod staff;
pub mod worklist;

use events::Word;

use crate::error::Error;

/// A column's word as its type.
fn word<W: Word>(column: &'static str, value: &str) -> Result<W, Error> {
    W::of_word(value).ok_or_else(|| Error::Unreadable {
        column,
        value: value.to_owned(),
    })
}
