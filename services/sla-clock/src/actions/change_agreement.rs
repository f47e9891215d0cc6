//! Another version of an agreement.

use std::sync::Arc;

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{AgreementId, CalendarId, TenantId};
use tenancy::Tx;

use super::change_calendar::stale;
use super::create_agreement::{attaching, find, flaws, taken_code, unreachable};
use super::make_edit::{Decided, book, make_edit};
use super::read_agreements::visible;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::{Agreement, Terms};
use crate::domain::edit::Edit;
use crate::domain::problem::{Outcome, Problem, undatable, unplaced};
use crate::error::Error;
use crate::store::agreements::{Book, KeptAgreement};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub agreement: AgreementId,
    /// Other hours; as before if absent.
    pub calendar: Option<CalendarId>,
    /// What it says from then on.
    pub terms: Terms,
    /// Another place in the attach order.
    pub position: Option<i32>,
    /// Tickets opened from here on; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
    /// Judge the open tickets that it is for anew, at once.
    pub apply_to_open: bool,
    /// The version that the caller had before its eyes.
    pub seen: Option<i32>,
}

/// Writes another version. Results that were reached by the versions before stay.
pub async fn change_agreement(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Vec<KeptAgreement>>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = begin(tools, tenant).await?;
    // Once nobody else edits: of two, the later begins later.
    let now = tools.clock.now();
    let made = match decide(&mut tx, tools, by.caller, &wish, now).await? {
        Ok(Decided {
            edit: Some(edit), ..
        }) => make_edit(&mut tx, &edit, now).await?,
        Ok(_) => Ok(()),
        Err(problems) => Err(problems),
    };
    if let Err(problems) = made {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    let changed = find(&mut tx, tools, tenant, wish.agreement).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// What the wish comes to, or what stands in its way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let book = book(tx, tools, wish.tenant).await?;
    visible(&book, wish.agreement, caller, wish.tenant)?;
    let edit = judged(&book, wish, now)?;
    Ok(edit.map(|edit| Decided {
        before: book.rulebook(),
        edit: Some(edit),
    }))
}

/// The version that the wish comes to, or what stands in its way.
fn judged(book: &Book, wish: &Wish, now: DateTime<Utc>) -> Result<Outcome<Edit>, Error> {
    let mut versions = book.versions.iter().rev();
    let latest = versions
        .find(|v| v.agreement.id == wish.agreement)
        .ok_or(Error::NotFound("agreement"))?;
    let mut problems = flaws(latest.agreement.kind, &wish.terms);
    problems.extend(undatable(wish.valid_from));
    problems.extend(unplaced(wish.position));
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let number = latest.agreement.version;
    let calendar = wish.calendar.unwrap_or(latest.calendar);
    let valid_from = wish.valid_from.unwrap_or(now);
    let archived = latest.agreement.archived_at.map(|_| {
        Problem::at(
            "agreement",
            "ARCHIVED",
            "El acuerdo está archivado: ya no rige para casos nuevos.",
        )
    });
    let problems: Vec<Problem> = [
        stale(wish.seen, number),
        archived,
        taken_code(
            book,
            latest.agreement.kind,
            &wish.terms,
            Some(wish.agreement),
        ),
        unreachable(book, calendar, &wish.terms, (valid_from, now)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let agreement = Agreement {
        version: number + 1,
        since: book.version + 1,
        valid_from,
        position: wish.position.unwrap_or(latest.agreement.position),
        terms: Arc::new(wish.terms.clone()),
        hours: book.hours_of(calendar),
        ..latest.agreement.clone()
    };
    let moves = wish.position.is_some();
    Ok(attaching(
        &book.rulebook(),
        agreement,
        (calendar, moves),
        now,
    ))
}
