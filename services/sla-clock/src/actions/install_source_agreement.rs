//! The ready-made contract of a support centre in Peru and Colombia: N3 in office hours, what is critical round the clock.

use access::Permission;
use business_time::{Country, Weekday};
use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use ids::{AgreementId, CalendarId, GroupId, TenantId};
use tenancy::Tx;

use super::create_agreement::{find, unreachable};
use super::create_calendar::taken;
use super::recompute::begin;
use super::{By, Tools};
use crate::domain::agreement::{Kind, OnReopen, Rule, Terms};
use crate::domain::calendar;
use crate::domain::hours_of::{Given, HoursOf, Owner};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::agreements::{self, KeptAgreement};
use crate::store::desks;

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
}

/// Makes its calendars, gives them to the groups and countries that have none, and makes the agreement; all of it or nothing.
pub async fn install_source_agreement(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Installed>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let now = tools.clock.now();
    let valid_from = wish.valid_from.unwrap_or(now);
    let mut tx = begin(tools, tenant).await?;
    let made = match calendars(&mut tx, tools, valid_from).await? {
        Ok(made) => made,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    let [factory, database, peru, colombia, standby] = made;
    let given = [
        (wish.software_factory.map(Owner::Group), factory),
        (wish.database.map(Owner::Group), database),
        (Some(Owner::Country("PE".to_owned())), peru),
        (Some(Owner::Country("CO".to_owned())), colombia),
    ];
    let held = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let held = held.desk().now();
    let mut kept = Vec::new();
    for (to, calendar) in given {
        let Some(to) = to else {
            continue;
        };
        match held.iter().find(|before| before.to == to) {
            Some(before) => kept.push(before.clone()),
            None => desks::give(&mut tx, &to, Some(calendar)).await?,
        }
    }
    let terms = terms(standby);
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let mut problems: Vec<Problem> = terms
        .fault(Kind::Sla)
        .map(Problem::from)
        .into_iter()
        .collect();
    problems.extend(unreachable(&book, wish.calendar, &terms, valid_from));
    let id = AgreementId::new(&*tools.ids);
    if problems.is_empty()
        && !agreements::add_agreement(&mut tx, id, (Kind::Sla, NAME), None, now).await?
    {
        problems.push(taken("Ya hay un acuerdo con ese nombre."));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    agreements::add_agreement_version(&mut tx, id, 1, valid_from, wish.calendar, &terms).await?;
    let agreement = find(&mut tx, tools, tenant, id).await?;
    tx.commit().await?;
    Ok(Ok(Installed { agreement, kept }))
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
        let hours = match hours.checked() {
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

/// Its terms. What is critical may call out the standby and runs round the clock; the rest counts in the hours of the group
/// that holds the ticket, on the working days of the requester's country. First responses are N1's, by the agreement's hours.
fn terms(standby: CalendarId) -> Terms {
    let held = HoursOf::Intersection(vec![HoursOf::HoldingGroup, HoursOf::RequesterCountry]);
    let rule = |target, priority, hours: i64| Rule {
        priorities: vec![priority],
        hours: Some(match priority {
            Priority::Critical => HoursOf::Calendar(standby),
            _ if target == Target::FirstResponse => HoursOf::Agreement,
            _ => held.clone(),
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
        hours: Some(held),
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
