//! A new agreement.

use std::sync::Arc;

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use idempotency::Key;
use ids::{AgreementId, CalendarId, TenantId};
use tenancy::Tx;

use super::assign_calendar::too_many_hours;
use super::create_calendar::{name, taken};
use super::make_edit::{self, make_edit};
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::{Agreement, Kind, Rule, Terms};
use crate::domain::edit::Edit;
use crate::domain::hours_of::HoursOf;
use crate::domain::problem::{Outcome, Problem, undatable, unplaced};
use crate::domain::reach::{Reach, Tries, reach};
use crate::domain::rulebook::Rulebook;
use crate::domain::shadowed::shadowed;
use crate::error::Error;
use crate::store::agreements::{self, Book, KeptAgreement};

/// More targets than this nobody can follow.
const MOST_TARGETS: usize = 200;

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Between whom.
    pub kind: Kind,
    /// Its hours.
    pub calendar: CalendarId,
    /// What it says.
    pub terms: Terms,
    /// Place in the attach order; last if absent.
    pub position: Option<i32>,
    /// Tickets opened from here on; now if absent. May lie in the past, for imports.
    pub valid_from: Option<DateTime<Utc>>,
    /// Give the open tickets that it is for their clocks at once.
    pub apply_to_open: bool,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Makes an agreement with its first version.
pub async fn create_agreement(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Vec<KeptAgreement>>, Error> {
    let tenant = wish.tenant;
    may(by.caller, &wish)?;
    let now = tools.clock.now();
    let name = match checked(&wish) {
        Ok(name) => name,
        Err(problems) => return Ok(Err(problems)),
    };
    let input = (
        &wish.name,
        wish.kind,
        wish.calendar,
        &wish.terms,
        wish.position,
        wish.valid_from,
        wish.apply_to_open,
    );
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(by.caller.person, "createAgreement", key, &input)?;
    let id = AgreementId::new(&*tools.ids);
    let mut tx = begin(tools, tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let found = find(&mut tx, tools, tenant, before).await?;
        tx.commit().await?;
        return Ok(Ok(found));
    }
    let book = make_edit::book(&mut tx, tools, tenant).await?;
    let made = match judged(&book, &wish, (id, &name), now) {
        Ok(edit) => make_edit(&mut tx, &edit, now).await?,
        Err(problems) => Err(problems),
    };
    if let Err(problems) = made {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    let made = find(&mut tx, tools, tenant, id).await?;
    tx.commit().await?;
    Ok(Ok(made))
}

/// What an agreement of the house is between is for those who see its clocks.
pub(super) fn may(caller: &Caller, wish: &Wish) -> Result<(), Error> {
    caller.require(wish.tenant, Permission::ConfigureAgreements)?;
    if wish.kind != Kind::Sla {
        caller.require(wish.tenant, Permission::ReadInnerClocks)?;
    }
    Ok(())
}

/// Its trimmed name, or what is wrong with the wish on its own.
pub(super) fn checked(wish: &Wish) -> Outcome<String> {
    let (name, mut problems) = name(&wish.name);
    problems.extend(flaws(wish.kind, &wish.terms));
    problems.extend(undatable(wish.valid_from));
    problems.extend(unplaced(wish.position));
    if problems.is_empty() {
        Ok(name)
    } else {
        Err(problems)
    }
}

/// The version that the wish comes to, or what stands in its way.
pub(super) fn judged(
    book: &Book,
    wish: &Wish,
    (id, name): (AgreementId, &str),
    now: DateTime<Utc>,
) -> Outcome<Edit> {
    let valid_from = wish.valid_from.unwrap_or(now);
    let others = || book.versions.iter().map(|v| &v.agreement);
    let same_name = others().any(|a| &*a.name == name);
    let problems: Vec<Problem> = [
        taken_code(book, wish.kind, &wish.terms, None),
        unreachable(book, wish.calendar, &wish.terms, (valid_from, now)),
        same_name.then(|| taken("Ya hay un acuerdo con ese nombre.")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let last = others().map(|a| a.position).max().unwrap_or_default();
    let agreement = Agreement {
        id,
        name: name.into(),
        kind: wish.kind,
        version: 1,
        since: book.version + 1,
        valid_from,
        archived_at: None,
        position: wish.position.unwrap_or(last.saturating_add(1)),
        terms: Arc::new(wish.terms.clone()),
        hours: book.hours_of(wish.calendar),
    };
    attaching(&book.rulebook(), agreement, (wish.calendar, false), now)
}

/// The edit that puts a version of an agreement there, unless the agreements before it leave one of its targets no ticket.
pub(super) fn attaching(
    before: &Rulebook,
    agreement: Agreement,
    (calendar, moves): (CalendarId, bool),
    now: DateTime<Utc>,
) -> Outcome<Edit> {
    let after = before.with_agreement(agreement.clone());
    match shadowed(&after, &agreement, now) {
        Some(shadowed) => Err(vec![shadowed.into()]),
        None => Ok(Edit::Agreement {
            agreement: Box::new(agreement),
            calendar,
            moves,
        }),
    }
}

/// What is wrong with terms on their own.
pub(super) fn flaws(kind: Kind, terms: &Terms) -> Vec<Problem> {
    if terms.rules.len() > MOST_TARGETS {
        return vec![Problem::at(
            "targets",
            "TOO_MANY_TARGETS",
            format!("Como máximo {MOST_TARGETS} objetivos."),
        )];
    }
    terms.fault(kind).map(Problem::from).into_iter().collect()
}

/// A code that an agreement between others uses for the same target: clocks are told apart by the two, and one agreement must not
/// take the place of another's. Nor may two of one target and code that are in force where one is a certain vendor's: the first would be for
/// every ticket, and the other one's clock never begin.
pub(super) fn taken_code(
    book: &Book,
    kind: Kind,
    terms: &Terms,
    of: Option<AgreementId>,
) -> Option<Problem> {
    let others = book.versions.iter().map(|v| &v.agreement);
    let others = others.filter(|a| Some(a.id) != of);
    let used: Vec<(&Agreement, &Rule)> = others
        .flat_map(|a| a.terms.rules.iter().map(move |r| (a, r)))
        .filter(|(_, r)| !r.code.is_empty())
        .collect();
    let takes = |mine: &Rule, (agreement, theirs): &(&Agreement, &Rule)| {
        let one_vendors = mine.starts_by_vendor() || theirs.starts_by_vendor();
        let in_the_way = agreement.archived_at.is_none() && one_vendors;
        theirs.which() == mine.which() && (agreement.kind != kind || in_the_way)
    };
    let mut rules = terms.rules.iter();
    let place = rules
        .position(|mine| !mine.code.is_empty() && used.iter().any(|other| takes(mine, other)))?;
    Some(Problem::at(
        format!("targets.{place}.code"),
        "CODE_TAKEN",
        "Ese código ya es de otro acuerdo; elija otro.",
    ))
}

/// What is wrong with terms and calendars together: none such, or a deadline that they never reach. They must reach it for
/// tickets of the time from which on the agreement is valid (imports are judged by it), and for those that are still to come.
pub(super) fn unreachable(
    book: &Book,
    calendar: CalendarId,
    terms: &Terms,
    (valid_from, now): (DateTime<Utc>, DateTime<Utc>),
) -> Option<Problem> {
    let Some(kept) = book.calendars.iter().find(|c| c.id == calendar) else {
        return Some(no_such_calendar("calendar".to_owned()));
    };
    let desk = book.desk();
    let mut instants = vec![valid_from, valid_from.max(now)];
    instants.dedup();
    let mut tries = Tries::default();
    for (i, rule) in terms.rules.iter().enumerate() {
        let field = || match rule.hours {
            Some(_) => format!("targets.{i}.hours"),
            None => "targets".to_owned(),
        };
        let unknown = |of: &&HoursOf| match of {
            HoursOf::Calendar(id) => !desk.calendars.contains_key(id),
            _ => false,
        };
        if rule.hours.iter().any(|of| of.each().iter().any(unknown)) {
            return Some(no_such_calendar(field()));
        }
        for from in &instants {
            match reach(&desk, (&kept.versions, None), rule, *from, &mut tries) {
                Reach::Always => {}
                Reach::NeverDue => {
                    return Some(Problem::at(
                        field(),
                        "NEVER_DUE",
                        "El calendario no tiene horas suficientes: el plazo no vencería nunca.",
                    ));
                }
                Reach::TooMany => return Some(too_many_hours(field(), "este objetivo")),
            }
        }
    }
    None
}

fn no_such_calendar(field: String) -> Problem {
    Problem::at(field, "NO_SUCH_CALENDAR", "No hay tal calendario.")
}

/// Every version of an agreement of the tenant, as the transaction sees it.
pub(super) async fn find(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    id: AgreementId,
) -> Result<Vec<KeptAgreement>, Error> {
    let mut versions = agreements::book(tx, tenant, &tools.books.calendars)
        .await?
        .versions;
    versions.retain(|v| v.agreement.id == id);
    if versions.is_empty() {
        Err(Error::NotFound("agreement"))
    } else {
        Ok(versions)
    }
}
