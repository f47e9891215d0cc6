//! Puts what a calendar's feeds say into its closed dates.

use std::collections::{BTreeMap, BTreeSet};

use business_time::{Calendar, CalendarSpec, Feed};
use chrono::{DateTime, NaiveDate, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::Tools;
use super::assign_calendar::never_due;
use super::make_edit::{Decided, book, make_edit};
use super::move_notices::move_notices;
use crate::domain::dated::{Dated, counting};
use crate::domain::edit::{Edit, Version};
use crate::domain::feeds::follow;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::unreached;
use crate::error::Error;
use crate::store::agreements::Book;
use crate::store::feeds;

/// What the feeds of a calendar say, and what they put into each of its versions.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// By their names.
    copies: BTreeMap<String, Feed>,
    fed: BTreeMap<i32, BTreeSet<NaiveDate>>,
}

impl Followed {
    /// As the transaction sees them.
    pub(super) async fn read(tx: &mut Tx, calendar: CalendarId) -> Result<Self, Error> {
        let kept = feeds::of(tx, &[calendar]).await?.remove(&calendar);
        Ok(Self {
            copies: kept
                .unwrap_or_default()
                .into_iter()
                .map(|k| (k.name, k.copy))
                .collect(),
            fed: feeds::fed(tx, calendar).await?,
        })
    }

    /// Follows one more, or another copy of one.
    pub(super) fn put(&mut self, name: &str, copy: Feed) {
        self.copies.insert(name.to_owned(), copy);
    }

    /// Follows one no more; false if there is none of that name.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.copies.remove(name).is_some()
    }

    /// How many it follows, but for that one.
    pub(super) fn others(&self, name: &str) -> usize {
        self.copies.keys().filter(|other| *other != name).count()
    }

    /// Hours that somebody writes, with the closed dates of the feeds, and which those are. Dates that a feed put there
    /// before are not the writer's, though who reads a calendar and writes it back sends them along.
    pub(super) fn onto(
        &self,
        written: &Calendar,
        versions: &[Dated],
    ) -> Outcome<(Calendar, BTreeSet<NaiveDate>)> {
        let fed = counting(versions).filter_map(|v| self.fed.get(&v.version));
        let before = fed.flatten().copied().collect();
        self.followed(written.spec(), &before)
    }

    fn followed(
        &self,
        spec: &CalendarSpec,
        before: &BTreeSet<NaiveDate>,
    ) -> Outcome<(Calendar, BTreeSet<NaiveDate>)> {
        if !self.copies.is_empty() && spec.weekly == Calendar::always().spec().weekly {
            return Err(vec![Problem::at(
                "calendar",
                "ALWAYS_OPEN",
                "Un calendario siempre abierto no lleva feriados.",
            )]);
        }
        let (spec, fed) = follow(spec, before, self.copies.values());
        match Calendar::try_from(spec) {
            Ok(calendar) => Ok((calendar, fed)),
            Err(_) => Err(vec![Problem::at(
                "calendar",
                "NO_HOURS",
                "Con esos feriados el calendario no tendría horas.",
            )]),
        }
    }
}

/// Another version in the place of each that counts at some time, where the feeds change its closed dates; or what stands in the
/// way.
pub(super) fn judged(
    book: &Book,
    followed: &Followed,
    calendar: CalendarId,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let kept = book.calendars.iter().find(|c| c.id == calendar);
    let kept = kept.ok_or(Error::NotFound("calendar"))?;
    let before = book.rulebook();
    let mut versions: Vec<Version> = Vec::new();
    for dated in counting(&kept.versions) {
        let nothing = BTreeSet::new();
        let had = followed.fed.get(&dated.version).unwrap_or(&nothing);
        let spec = dated.calendar.spec();
        let (hours, fed) = match followed.followed(spec, had) {
            Ok(followed) => followed,
            Err(problems) => return Ok(Err(problems)),
        };
        if hours.spec().holidays == spec.holidays {
            continue;
        }
        let more = versions.len() + 1;
        let dated = Dated {
            version: kept.latest() + more as i32,
            since: book.version + more as i64,
            calendar: hours,
            ..dated.clone()
        };
        versions.push(Version { dated, fed });
    }
    let edit = (!versions.is_empty()).then_some(Edit::Hours(versions));
    let decided = Decided { before, edit };
    // Who publishes a feed must not be able to put off every deadline for ever.
    let after = decided.after();
    let after = after.as_ref().unwrap_or(&decided.before);
    if let Some(unreached) = unreached(after, calendar, now) {
        return Ok(Err(vec![never_due("calendar", &unreached)]));
    }
    Ok(Ok(decided))
}

/// Writes what its feeds say by now into a calendar. Gives back whether that changed anything. Call it with the tenant's timers
/// held off ([`crate::store::alone_with_timers`]).
pub(super) async fn follow_feeds(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    calendar: CalendarId,
) -> Result<Outcome<bool>, Error> {
    let now = tools.clock.now();
    let book = book(tx, tools, tenant).await?;
    let followed = Followed::read(tx, calendar).await?;
    match judged(&book, &followed, calendar, now)? {
        Ok(decided) => write(tx, tools, tenant, &decided).await,
        Err(problems) => Ok(Err(problems)),
    }
}

/// Writes what was decided, and moves the notices that wait by it. Gives back whether there was anything.
pub(super) async fn write(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    decided: &Decided,
) -> Result<Outcome<bool>, Error> {
    let Some(edit) = &decided.edit else {
        return Ok(Ok(false));
    };
    let made = make_edit(tx, edit, tools.clock.now()).await?;
    if made.is_ok() {
        move_notices(tx, tools, tenant).await?;
    }
    Ok(made.map(|()| true))
}
