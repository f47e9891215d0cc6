//! Another version of an agreement.

use std::sync::Arc;

use access::Permission;
use chrono::{DateTime, Utc};
use ids::{AgreementId, CalendarId, TenantId};

use super::change_calendar::stale;
use super::create_agreement::{find, flaws, taken_code, unreachable};
use super::read_agreements::visible;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::{Agreement, Terms};
use crate::domain::problem::{Outcome, Problem, undatable, unplaced};
use crate::error::Error;
use crate::store::agreements::{self, Book, KeptAgreement};

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
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    visible(&book, wish.agreement, by.caller, tenant)?;
    let added = match judged(&book, &wish, tools.clock.now())? {
        Ok(added) => added,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    agreements::add_agreement_version(
        &mut tx,
        wish.agreement,
        added.agreement.version,
        added.agreement.valid_from,
        added.calendar,
        &wish.terms,
    )
    .await?;
    if let Some(position) = wish.position {
        agreements::move_agreement(&mut tx, wish.agreement, position).await?;
    }
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    let changed = find(&mut tx, tools, tenant, wish.agreement).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// The version that the wish comes to, or what stands in its way.
pub(super) fn judged(
    book: &Book,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<KeptAgreement>, Error> {
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
        unreachable(book, calendar, &wish.terms, valid_from),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let hours = book.calendars.iter().find(|c| c.id == calendar);
    let agreement = Agreement {
        version: number + 1,
        since: book.version + 1,
        valid_from,
        position: wish.position.unwrap_or(latest.agreement.position),
        terms: Arc::new(wish.terms.clone()),
        hours: hours.map(|c| c.versions.clone()).unwrap_or_default(),
        ..latest.agreement.clone()
    };
    Ok(Ok(KeptAgreement {
        agreement,
        calendar,
    }))
}
