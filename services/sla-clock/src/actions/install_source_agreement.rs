//! The ready-made contract of a support centre in Peru and Colombia: N3 in office hours, what may call out the standby round the
//! clock.

use std::sync::Arc;

use access::Permission;
use business_time::{Country, Weekday};
use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use ids::{AgreementId, CalendarId, GroupId, TenantId};
use tenancy::Tx;

use super::create_agreement::{attaching, find, unreachable};
use super::create_calendar::taken;
use super::inner_use::inner_use;
use super::recompute::begin;
use super::{By, Tools};
use crate::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms};
use crate::domain::calendar;
use crate::domain::condition::Condition;
use crate::domain::duty::OutOfHours;
use crate::domain::hours_of::{Given, HoursOf, Owner};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem, undatable};
use crate::domain::standby::{Standby, fault};
use crate::error::Error;
use crate::store::agreements::{self, KeptAgreement};
use crate::store::{desks, standby};

const HOUR_S: i64 = 3_600;
/// Its name.
const NAME: &str = "Contrato de soporte Perú y Colombia";

/// First response, restoration and resolution by priority, hours.
const HOURS: [(Priority, i64, i64, i64); 4] = [
    (Priority::Critical, 1, 4, 24),
    (Priority::High, 2, 8, 40),
    (Priority::Medium, 4, 24, 80),
    (Priority::Low, 8, 40, 120),
];
/// The root cause of a problem, hours.
const ROOT_CAUSE: i64 = 80;

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// The hours of the lines and groups that the contract names none for: asked, never defaulted.
    pub calendar: CalendarId,
    /// The group that is N3's software factory, if there is one.
    pub software_factory: Option<GroupId>,
    /// The group that is N3's database team, if there is one.
    pub database: Option<GroupId>,
    /// What else than the critical may call out the standby: the types that the tenant's scheme lists.
    pub typified: Option<Condition>,
    /// Tickets opened from here on; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
}

/// The calendars that it makes: name, zone, hours of weekdays (of all days if none), holidays.
const CALENDARS: [(&str, &str, Option<&str>, Option<Country>); 5] = [
    (
        "N3 Fábrica de software, L-V 09:00-18:00",
        "America/Lima",
        Some("09:00-18:00"),
        None,
    ),
    (
        "N3 Base de datos, L-V 07:30-18:00",
        "America/Lima",
        Some("07:30-18:00"),
        None,
    ),
    (
        "Días hábiles del Perú",
        "America/Lima",
        None,
        Some(Country::Peru),
    ),
    (
        "Días hábiles de Colombia",
        "America/Bogota",
        None,
        Some(Country::Colombia),
    ),
    ("Guardia 24x7", "America/Lima", None, None),
];

const DAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// What was made.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The agreement.
    pub agreement: Vec<KeptAgreement>,
    /// Who had a calendar already, and keeps it: what the tenant decided is not overwritten by what is ready-made.
    pub kept: Vec<Given>,
    /// The standby as it is now.
    pub standby: Standby,
    /// The tenant had said so already.
    pub kept_standby: bool,
}

/// Makes its calendars, gives them to the groups and countries that have none (to the groups with what becomes of tickets out of
/// hours, where they have no policy), says what may call out the standby where nothing is said, and makes the agreement; all
/// of it or nothing.
pub async fn install_source_agreement(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Installed>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let now = tools.clock.now();
    let valid_from = wish.valid_from.unwrap_or(now);
    if let Some(problem) = undatable(wish.valid_from) {
        return Ok(Err(vec![problem]));
    }
    let flaw = wish.typified.as_ref().and_then(fault);
    let eligible = eligible(wish.typified);
    if let Some(flaw) = flaw.or_else(|| fault(&eligible)) {
        return Ok(Err(vec![flaw.problem("typified")]));
    }
    let mut tx = begin(tools, tenant).await?;
    let made = match calendars(&mut tx, tools, valid_from).await? {
        Ok(made) => made,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    let [factory, database, peru, colombia, on_call] = made;
    let country = |code: &str| Some(Owner::Country(code.to_owned()));
    let given = [
        (
            wish.software_factory.map(Owner::Group),
            factory,
            Some(OutOfHours::Convert),
        ),
        (
            wish.database.map(Owner::Group),
            database,
            Some(OutOfHours::Defer),
        ),
        (country("PE"), peru, None),
        (country("CO"), colombia, None),
    ];
    let before = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let before = before.rulebook();
    let held = before.desk.now();
    let mut touched = Vec::new();
    let mut kept = Vec::new();
    for (to, calendar, policy) in given {
        let Some(to) = to else {
            continue;
        };
        let had = held.iter().find(|before| before.to == to);
        let policy = had.and_then(|had| had.out_of_hours).or(policy);
        let calendar = had.map_or(Some(calendar), |had| had.calendar);
        if had.is_none_or(|had| had.out_of_hours != policy) {
            desks::give(&mut tx, &to, calendar, policy).await?;
            touched.push(Touched::Given(to));
        }
        kept.extend(had.map(|had| Given {
            out_of_hours: policy,
            ..had.clone()
        }));
    }
    let had = before.desk.standby().cloned();
    let kept_standby = had.is_some();
    let said = had.unwrap_or(Standby {
        eligible,
        calendar: on_call,
    });
    if !kept_standby {
        standby::say(&mut tx, Some(&said)).await?;
        touched.push(Touched::Standby);
    }
    let whose = (by.caller, tenant);
    let inner = inner_use(&mut tx, whose, &before, &touched, ("calendar", now)).await?;
    if let Some(problem) = inner {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }
    // A first response waits for nobody's standby scheme: what is critical is answered round the clock.
    let terms = terms(on_call);
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let mut problems: Vec<Problem> = terms
        .fault(Kind::Sla)
        .map(Problem::from)
        .into_iter()
        .collect();
    problems.extend(unreachable(&book, wish.calendar, &terms, (valid_from, now)));
    let id = AgreementId::new(&*tools.ids);
    let last = book.versions.iter().map(|v| v.agreement.position).max();
    let agreement = Agreement {
        id,
        name: NAME.into(),
        kind: Kind::Sla,
        version: 1,
        since: book.version + 1,
        valid_from,
        archived_at: None,
        position: last.unwrap_or_default().saturating_add(1),
        terms: Arc::new(terms.clone()),
        hours: book.hours_of(wish.calendar),
    };
    if problems.is_empty()
        && !agreements::add_agreement(&mut tx, id, (Kind::Sla, NAME), None, now).await?
    {
        problems.push(taken("Ya hay un acuerdo con ese nombre."));
    }
    if problems.is_empty() {
        let made = attaching(&book.rulebook(), agreement, (wish.calendar, false), now);
        problems.extend(made.err().into_iter().flatten());
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    agreements::add_agreement_version(&mut tx, id, 1, valid_from, wish.calendar, &terms).await?;
    let agreement = find(&mut tx, tools, tenant, id).await?;
    tx.commit().await?;
    Ok(Ok(Installed {
        agreement,
        kept,
        standby: said,
        kept_standby,
    }))
}

/// What may call out the standby: what is critical, and what is typified.
fn eligible(typified: Option<Condition>) -> Condition {
    let critical = Condition::Priority(vec![Priority::Critical]);
    match typified {
        Some(typified) => Condition::Any(vec![critical, typified]),
        None => critical,
    }
}

async fn calendars(
    tx: &mut Tx,
    tools: &Tools,
    valid_from: DateTime<Utc>,
) -> Result<Outcome<[CalendarId; 5]>, Error> {
    let ids = CALENDARS.map(|_| CalendarId::new(&*tools.ids));
    for (id, (name, zone, weekdays, holidays)) in ids.into_iter().zip(CALENDARS) {
        let days = if weekdays.is_some() {
            &DAYS[..5]
        } else {
            &DAYS[..]
        };
        let span = weekdays.unwrap_or("00:00-24:00").to_owned();
        let hours = calendar::Wish {
            time_zone: zone.to_owned(),
            weekly: days.iter().map(|d| (*d, vec![span.clone()])).collect(),
            public_holidays: holidays.into_iter().collect(),
            ..calendar::Wish::default()
        };
        let hours = match hours.checked(tools.clock.now()) {
            Ok(hours) => hours,
            Err(problems) => return Ok(Err(problems)),
        };
        if !agreements::add_calendar(tx, id, name, tools.clock.now()).await? {
            let message = format!("Ya hay un calendario «{name}».");
            return Ok(Err(vec![taken(&message)]));
        }
        agreements::add_calendar_version(tx, id, 1, valid_from, hours.spec()).await?;
    }
    Ok(Ok(ids))
}

/// Its terms. Clocks follow the duty: while a ticket may call out the standby they run in its hours, too; else in the hours of
/// the group that holds it, on the working days of the requester's country. First responses are N1's, by the agreement's hours,
/// of what is critical round the clock.
fn terms(standby: CalendarId) -> Terms {
    let duty = HoursOf::Duty {
        office_only: Some(Box::new(HoursOf::RequesterCountry)),
    };
    let rule = |target, priority, hours: i64| Rule {
        priorities: vec![priority],
        hours: Some(match (target, priority) {
            (Target::FirstResponse, Priority::Critical) => HoursOf::Calendar(standby),
            (Target::FirstResponse, _) => HoursOf::Agreement,
            _ => duty.clone(),
        }),
        ..Rule::plain(target, hours * HOUR_S)
    };
    let mut rules: Vec<Rule> = HOURS
        .iter()
        .flat_map(|(priority, first, back, solved)| {
            [
                rule(Target::FirstResponse, *priority, *first),
                rule(Target::Restoration, *priority, *back),
                rule(Target::Resolution, *priority, *solved),
            ]
        })
        .collect();
    rules.push(Rule {
        kinds: vec![TicketKind::Problem],
        hours: Some(duty.clone()),
        ..Rule::plain(Target::RootCause, ROOT_CAUSE * HOUR_S)
    });
    Terms {
        rules,
        pause_on: vec![
            TicketState::WaitingForRequester,
            TicketState::WaitingForApproval,
        ],
        warn_percents: vec![80],
        on_reopen: OnReopen::Continue,
    }
}
