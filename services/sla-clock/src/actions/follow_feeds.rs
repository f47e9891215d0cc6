//! Puts what a calendar's feeds say into its closed dates.

use std::collections::{BTreeMap, BTreeSet};

use business_time::{Calendar, CalendarSpec, Feed};
use chrono::{DateTime, NaiveDate, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::Tools;
use super::assign_calendar::never_due;
use super::move_notices::move_notices;
use crate::domain::agreement::Dated;
use crate::domain::feeds::follow;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::unreached;
use crate::error::Error;
use crate::store::{agreements, feeds};

/// What the feeds of a calendar say, and what they put into each of its versions.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    copies: Vec<Feed>,
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
                .map(|k| k.copy)
                .collect(),
            fed: feeds::fed(tx, calendar).await?,
        })
    }

    /// Hours that somebody writes, with the closed dates of the feeds, and which those are. Dates that a feed put there
    /// before are not the writer's, though who reads a calendar and writes it back sends them along.
    pub(super) fn onto(
        &self,
        written: &Calendar,
        versions: &[Dated],
    ) -> Outcome<(Calendar, BTreeSet<NaiveDate>)> {
        let fed = judging(versions).filter_map(|v| self.fed.get(&v.version));
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
        let (spec, fed) = follow(spec, before, self.copies.iter());
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

/// The versions that judge some ticket: of those that became valid at one instant the last.
fn judging(versions: &[Dated]) -> impl Iterator<Item = &Dated> {
    let by_validity: BTreeMap<DateTime<Utc>, &Dated> =
        versions.iter().map(|v| (v.valid_from, v)).collect();
    by_validity.into_values()
}

/// Writes another version in the place of each that judges some ticket, where the feeds changed its closed dates. Gives
/// back whether any did. Call it with the tenant's lock held.
pub(super) async fn follow_feeds(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    calendar: CalendarId,
) -> Result<Outcome<bool>, Error> {
    let book = agreements::book(tx, tenant, &tools.books.calendars).await?;
    let kept = book.calendars.iter().find(|c| c.id == calendar);
    let kept = kept.ok_or(Error::NotFound("calendar"))?;
    let followed = Followed::read(tx, calendar).await?;
    let mut number = kept.latest();
    let mut changed = book.rulebook();
    for dated in judging(&kept.versions) {
        let nothing = BTreeSet::new();
        let before = followed.fed.get(&dated.version).unwrap_or(&nothing);
        let spec = dated.calendar.spec();
        let (hours, fed) = match followed.followed(spec, before) {
            Ok(followed) => followed,
            Err(problems) => return Ok(Err(problems)),
        };
        if hours.spec().holidays == spec.holidays {
            continue;
        }
        number += 1;
        agreements::add_calendar_version(tx, calendar, number, dated.valid_from, hours.spec())
            .await?;
        feeds::note_fed(tx, calendar, number, &fed).await?;
        changed = changed.with_hours(&Dated {
            version: number,
            since: changed.version + 1,
            calendar: hours,
            ..dated.clone()
        });
    }
    // Who publishes a feed must not be able to put off every deadline for ever.
    if let Some(unreached) = unreached(&changed, calendar, tools.clock.now()) {
        return Ok(Err(vec![never_due("calendar", &unreached)]));
    }
    let any = number > kept.latest();
    if any {
        move_notices(tx, tools, tenant).await?;
    }
    Ok(Ok(any))
}
