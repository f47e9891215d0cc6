//! A calendar is given to a group, an application, a country or a site.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::inner_use::inner_use;
use super::make_edit::{Decided, book, make_edit};
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Kind;
use crate::domain::duty::OutOfHours;
use crate::domain::edit::Edit;
use crate::domain::hours_of::{Given, Owner};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::{Reach, Unreached, unreached};
use crate::error::Error;

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
    let mut tx = begin(tools, tenant).await?;
    // Once nobody else edits: of two, the later begins later.
    let now = tools.clock.now();
    let decided = match decide(&mut tx, tools, by.caller, &wish, now).await? {
        Ok(decided) => decided,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    if let Some(edit) = &decided.edit {
        if let Err(problems) = make_edit(&mut tx, edit, now).await? {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
        apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    }
    tx.commit().await?;
    Ok(Ok(wish.given(decided.before.version + 1)))
}

impl Wish {
    fn given(self, since: i64) -> Given {
        Given {
            to: self.to,
            since,
            calendar: self.calendar,
            out_of_hours: self.out_of_hours,
        }
    }
}

/// What the wish comes to, or what stands in its way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    if let Owner::Country(code) = &wish.to
        && !(code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
    {
        return Ok(Err(vec![Problem::at(
            "country",
            "BAD_COUNTRY",
            format!("«{code}» no es un código de país de dos letras, como PE."),
        )]));
    }
    if let Some(problem) = odd_policy(wish) {
        return Ok(Err(vec![problem]));
    }
    let tenant = wish.tenant;
    let book = book(tx, tools, tenant).await?;
    let known = |id: CalendarId| book.calendars.iter().any(|c| c.id == id);
    if wish.calendar.is_some_and(|id| !known(id)) {
        return Err(Error::NotFound("calendar"));
    }
    let before = book.rulebook();
    let had = before.desk.given_to(&wish.to);
    let had = had.map_or((None, None), |g| (g.calendar, g.out_of_hours));
    if had == (wish.calendar, wish.out_of_hours) {
        return Ok(Ok(Decided { before, edit: None }));
    }
    let touched = [Touched::Given(wish.to.clone())];
    let inner = inner_use(tx, (caller, tenant), &before, &touched, ("calendar", now)).await?;
    let edit = Edit::Given(wish.clone().given(book.version + 1));
    let never = || {
        let unreached = unreached(&edit.onto(&before), wish.calendar?, now)?;
        Some(never_due("calendar", &unreached))
    };
    if let Some(problem) = inner.or_else(never) {
        return Ok(Err(vec![problem]));
    }
    let edit = Some(edit);
    Ok(Ok(Decided { before, edit }))
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

/// A calendar by which a target of an agreement in force would never fall due, or with which nobody can tell.
pub(super) fn never_due(field: &str, unreached: &Unreached) -> Problem {
    let (agreement, number) = (&unreached.agreement, unreached.rule + 1);
    // Whoever writes calendars need not know what the provider agreed in its house.
    let whose = match unreached.kind {
        Kind::Sla => format!("el objetivo {number} del acuerdo «{agreement}»"),
        Kind::Ola | Kind::Supplier => "un objetivo interno del proveedor".to_owned(),
    };
    if unreached.why == Reach::TooMany {
        return too_many_hours(field, &whose);
    }
    Problem::at(
        field,
        "NEVER_DUE",
        format!("Con esas horas {whose} no vencería nunca: no alcanzan para su plazo."),
    )
}

/// There are more ways to put a target's hours together than can be tried.
pub(super) fn too_many_hours(field: impl Into<String>, whose: &str) -> Problem {
    Problem::at(
        field,
        "TOO_MANY_HOURS",
        format!(
            "Los horarios de {whose} se combinan de demasiadas maneras para comprobar que siempre vencería: use menos a la vez."
        ),
    )
}
