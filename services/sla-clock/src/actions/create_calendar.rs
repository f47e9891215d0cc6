//! A new calendar.

use access::Permission;
use business_time::Edition;
use chrono::{DateTime, Utc};
use idempotency::Key;
use ids::{CalendarId, TenantId};

use super::recompute::begin;
use super::{By, Tools};
use crate::domain::calendar;
use crate::domain::problem::{Outcome, Problem, undatable};
use crate::error::Error;
use crate::store::agreements::{self, KeptCalendar};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its hours.
    pub hours: calendar::Wish,
    /// Said from here on; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Makes a calendar with its first version. What depends on the time is judged behind the key: a repeat is answered with what the
/// first one did, though by now the calendar would be refused.
pub async fn create_calendar(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptCalendar>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let now = tools.clock.now();
    let (name, mut problems) = name(&wish.name);
    let hours = match wish.hours.compiled() {
        Ok(hours) => Some(hours),
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    problems.extend(undatable(wish.valid_from));
    let Some(hours) = hours.filter(|_| problems.is_empty()) else {
        return Ok(Err(problems));
    };
    // Which holiday data is the newest is this binary's to say: a call that names none is the same call behind an upgrade.
    let mut said = hours.spec().clone();
    said.holiday_data = Edition::UNSAID;
    let input = (&wish.name, &said, wish.valid_from);
    let (key, person) = (wish.idempotency_key.as_deref(), by.caller.person);
    let key = match &wish.hours.holiday_data {
        Some(named) => Key::of(person, "createCalendar", key, &(input, named))?,
        None => Key::of(person, "createCalendar", key, &input)?,
    };
    let id = CalendarId::new(&*tools.ids);
    let mut tx = begin(tools, tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let found = find(&mut tx, tools, tenant, before).await?;
        tx.commit().await?;
        return Ok(Ok(found));
    }
    let from = wish.valid_from.map_or(now, |from| from.max(now));
    if let Some(problem) = calendar::behind(&hours, from) {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }
    if !agreements::add_calendar(&mut tx, id, &name, now).await? {
        tx.rollback().await?;
        return Ok(Err(vec![taken("Ya hay un calendario con ese nombre.")]));
    }
    agreements::add_calendar_version(&mut tx, id, 1, wish.valid_from.unwrap_or(now), hours.spec())
        .await?;
    let made = find(&mut tx, tools, tenant, id).await?;
    tx.commit().await?;
    Ok(Ok(made))
}

/// The trimmed name, and what is wrong with it.
pub(super) fn name(wished: &str) -> (String, Vec<Problem>) {
    let name = wished.trim().to_owned();
    let problems = match name.chars().count() {
        0 => vec![Problem::at("name", "NAME_MISSING", "Indique un nombre.")],
        1..=120 => Vec::new(),
        _ => vec![Problem::at(
            "name",
            "NAME_TOO_LONG",
            "El nombre tiene más de 120 caracteres.",
        )],
    };
    (name, problems)
}

pub(super) fn taken(message: &str) -> Problem {
    Problem::at("name", "NAME_TAKEN", message)
}

/// A calendar of the tenant, as the transaction sees it.
pub(super) async fn find(
    tx: &mut tenancy::Tx,
    tools: &Tools,
    tenant: TenantId,
    id: CalendarId,
) -> Result<KeptCalendar, Error> {
    let book = agreements::book(tx, tenant, &tools.books.calendars).await?;
    book.calendars
        .into_iter()
        .find(|c| c.id == id)
        .ok_or(Error::NotFound("calendar"))
}
