//! Calendars given to groups, applications and countries.

use ids::{ApplicationId, CalendarId, GroupId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::hours_of::{Given, Owner};
use crate::error::Error;

/// As a row tells an owner apart.
fn row(owner: &Owner) -> (&'static str, String) {
    match owner {
        Owner::Group(id) => ("group", id.uuid().to_string()),
        Owner::Application(id) => ("application", id.uuid().to_string()),
        Owner::Country(code) => ("country", code.clone()),
    }
}

fn owner(kind: &str, key: String) -> Result<Owner, Error> {
    let id = |key: &str| {
        Uuid::parse_str(key).map_err(|_| Error::Unreadable {
            column: "key",
            value: key.to_owned(),
        })
    };
    match kind {
        "group" => Ok(Owner::Group(GroupId::from_uuid(id(&key)?))),
        "application" => Ok(Owner::Application(ApplicationId::from_uuid(id(&key)?))),
        "country" => Ok(Owner::Country(key)),
        other => Err(Error::Unreadable {
            column: "owner",
            value: other.to_owned(),
        }),
    }
}

/// All that was ever given, in the order of the book.
pub async fn given(tx: &mut Tx) -> Result<Vec<Given>, Error> {
    let rows: Vec<(String, String, i64, Option<Uuid>)> =
        sqlx::query_as("SELECT owner, key, since, calendar FROM calendar_given ORDER BY since")
            .fetch_all(tx.conn())
            .await?;
    rows.into_iter()
        .map(|(kind, key, since, calendar)| {
            Ok(Given {
                to: owner(&kind, key)?,
                since,
                calendar: calendar.map(CalendarId::from_uuid),
            })
        })
        .collect()
}

/// Gives somebody a calendar, or takes it away.
pub async fn give(tx: &mut Tx, to: &Owner, calendar: Option<CalendarId>) -> Result<(), Error> {
    let (kind, key) = row(to);
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1 RETURNING version) \
         INSERT INTO calendar_given (owner, key, since, calendar) SELECT $1, $2, version, $3 FROM edited",
    )
    .bind(kind)
    .bind(key)
    .bind(calendar.map(CalendarId::uuid))
    .execute(tx.conn())
    .await?;
    Ok(())
}
