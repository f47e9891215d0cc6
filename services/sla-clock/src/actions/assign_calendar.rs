//! A calendar is given to a group, an application or a country.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Kind;
use crate::domain::hours_of::{Given, Owner};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::{Unreached, unreached};
use crate::error::Error;
use crate::store::{agreements, desks};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// To whom it is given.
    pub to: Owner,
    /// Which; none any more if absent.
    pub calendar: Option<CalendarId>,
    /// Move the deadlines of open tickets that it is for, at once.
    pub apply_to_open: bool,
}

/// Gives the calendar, in place of the one that was given before; already so is fine. Results that were reached by that
/// one stay. A calendar by which a target of an agreement in force would never fall due is refused.
pub async fn assign_calendar(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Given>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    if let Owner::Country(code) = &wish.to
        && !(code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
    {
        return Ok(Err(vec![Problem::at(
            "country",
            "BAD_COUNTRY",
            format!("«{code}» no es un código de país de dos letras, como PE."),
        )]));
    }
    let mut tx = begin(tools, tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let known = |id: CalendarId| book.calendars.iter().any(|c| c.id == id);
    if wish.calendar.is_some_and(|id| !known(id)) {
        tx.rollback().await?;
        return Err(Error::NotFound("calendar"));
    }
    let given = Given {
        to: wish.to.clone(),
        since: book.version + 1,
        calendar: wish.calendar,
    };
    let rulebook = book.rulebook();
    let changed = rulebook.desk.calendar_of(&wish.to) != wish.calendar;
    if let (Some(calendar), true) = (wish.calendar, changed) {
        let with_it = rulebook.with_given(given.clone());
        let unreached = unreached(&with_it, calendar, tools.clock.now());
        if let Some(problem) = unreached.map(|u| never_due("calendar", &u)) {
            tx.rollback().await?;
            return Ok(Err(vec![problem]));
        }
    }
    if changed {
        desks::give(&mut tx, &wish.to, wish.calendar).await?;
        apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    }
    tx.commit().await?;
    Ok(Ok(given))
}

/// A calendar by which a target of an agreement in force would never fall due.
pub(super) fn never_due(field: &str, unreached: &Unreached) -> Problem {
    let (agreement, number) = (&unreached.agreement, unreached.rule + 1);
    // Whoever writes calendars need not know what the provider agreed in its house.
    let whose = match unreached.kind {
        Kind::Sla => format!("el objetivo {number} del acuerdo «{agreement}»"),
        Kind::Ola | Kind::Supplier => "un objetivo interno del proveedor".to_owned(),
    };
    Problem::at(
        field,
        "NEVER_DUE",
        format!("Con esas horas {whose} no vencería nunca: no alcanzan para su plazo."),
    )
}
