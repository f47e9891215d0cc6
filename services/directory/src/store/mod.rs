//! Rows: each file one aggregate. Rows never leave this room.

pub mod api_keys;
pub mod applications;
pub mod assignments;
pub mod installation;
pub mod logins;
pub mod operators;
pub mod people;
pub mod providers;
pub mod references;
pub mod sessions;
pub mod sites;
pub mod staff;
pub mod tenants;
pub mod vendors;

use access::Role;

use crate::error::Error;

/// Roles from their column.
fn roles(words: &[String]) -> Result<Vec<Role>, Error> {
    words
        .iter()
        .map(|word| {
            word.parse().map_err(|_| Error::Unreadable {
                column: "roles",
                value: word.clone(),
            })
        })
        .collect()
}

/// Whether an error says that another row has this value already.
fn taken(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.is_unique_violation() && e.constraint() == Some(constraint))
}

/// Nothing if another row has the value already; the transaction is spent then.
fn unless_taken(
    done: Result<sqlx::postgres::PgQueryResult, sqlx::Error>,
    constraint: &str,
) -> Result<bool, Error> {
    match done {
        Ok(_) => Ok(true),
        Err(error) if taken(&error, constraint) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
