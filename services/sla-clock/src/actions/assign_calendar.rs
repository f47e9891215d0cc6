//! A calendar is given to a group, an application, a country or a site.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::inner_use::inner_use;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Kind;
use crate::domain::duty::OutOfHours;
use crate::domain::hours_of::{Given, Owner};
use crate::domain::inner_use::Touched;
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
    /// Of a group: what becomes of tickets outside these hours.
    pub out_of_hours: Option<OutOfHours>,
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
    if let Some(problem) = odd_policy(&wish) {
        return Ok(Err(vec![problem]));
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
        out_of_hours: wish.out_of_hours,
    };
    let rulebook = book.rulebook();
    let before = rulebook.desk.given_to(&wish.to);
    let before = before.map_or((None, None), |g| (g.calendar, g.out_of_hours));
    let changed = before != (wish.calendar, wish.out_of_hours);
    if changed {
        let now = tools.clock.now();
        let whose = (by.caller, tenant);
        let touched = [Touched::Given(wish.to.clone())];
        let inner = inner_use(&mut tx, whose, &rulebook, &touched, ("calendar", now)).await?;
        let never = || {
            let with_it = rulebook.with_given(given.clone());
            let unreached = unreached(&with_it, wish.calendar?, now)?;
            Some(never_due("calendar", &unreached))
        };
        if let Some(problem) = inner.or_else(never) {
            tx.rollback().await?;
            return Ok(Err(vec![problem]));
        }
        desks::give(&mut tx, &wish.to, wish.calendar, wish.out_of_hours).await?;
        apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    }
    tx.commit().await?;
    Ok(Ok(given))
}

/// Only groups have a policy, and one needs the hours that it is about.
fn odd_policy(wish: &Wish) -> Option<Problem> {
    let group = matches!(wish.to, Owner::Group(_));
    let odd = wish.out_of_hours.is_some() && !(group && wish.calendar.is_some());
    odd.then(|| {
        Problem::at(
            "outOfHours",
            "POLICY_WITHOUT_HOURS",
            "Qué pasa fuera de horario se dice de un grupo, junto con su calendario.",
        )
    })
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
