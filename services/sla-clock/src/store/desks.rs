//! Calendars given to groups, applications, countries and sites.

use events::Word;
use ids::{ApplicationId, CalendarId, GroupId, SiteId};
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::duty::OutOfHours;
use crate::domain::hours_of::{Given, Owner};
use crate::error::Error;

/// As a row tells an owner apart.
fn row(owner: &Owner) -> (&'static str, String) {
    match owner {
        Owner::Group(id) => ("group", id.uuid().to_string()),
        Owner::Application(id) => ("application", id.uuid().to_string()),
        Owner::Country(code) => ("country", code.clone()),
        Owner::Site(id) => ("site", id.uuid().to_string()),
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
        "site" => Ok(Owner::Site(SiteId::from_uuid(id(&key)?))),
        other => Err(Error::Unreadable {
            column: "owner",
            value: other.to_owned(),
        }),
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    owner: String,
    key: String,
    since: i64,
    calendar: Option<Uuid>,
    out_of_hours: Option<String>,
}

/// All that was ever given, in the order of the book.
pub async fn given(tx: &mut Tx) -> Result<Vec<Given>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT owner, key, since, calendar, out_of_hours FROM calendar_given ORDER BY since",
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let policy = row.out_of_hours.map(|p| word("out_of_hours", &p));
            Ok(Given {
                to: owner(&row.owner, row.key)?,
                since: row.since,
                calendar: row.calendar.map(CalendarId::from_uuid),
                out_of_hours: policy.transpose()?,
            })
        })
        .collect()
}

/// Gives somebody a calendar, a group with what becomes of tickets outside its hours; or takes it away.
pub async fn give(
    tx: &mut Tx,
    to: &Owner,
    calendar: Option<CalendarId>,
    out_of_hours: Option<OutOfHours>,
) -> Result<(), Error> {
    let (kind, key) = row(to);
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1 RETURNING version) \
         INSERT INTO calendar_given (owner, key, since, calendar, out_of_hours) \
         SELECT $1, $2, version, $3, $4 FROM edited",
    )
    .bind(kind)
    .bind(key)
    .bind(calendar.map(CalendarId::uuid))
    .bind(out_of_hours.map(Word::word))
    .execute(tx.conn())
    .await?;
    Ok(())
}
