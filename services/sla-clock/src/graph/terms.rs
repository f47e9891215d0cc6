//! What agreements say, as the graph takes and shows it.

use async_graphql::{Error, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};
use subgraph::{bad_input, global, of_tenant};

use super::allowance::{self, ClockAllowance};
use super::conditions::{TicketCondition, TicketConditionInput};
use super::enums::{ClockTarget, OnReopening, Priority, TicketKind, TicketState};
use super::explanation::ClockHeldBy;
use super::hours::{ClockHours, ClockHoursInput};
use super::types::Application;
use crate::actions::read_agreements::KeptAgreement;
use crate::domain::agreement::{OnReopen, Rule, Terms, USUAL_PAUSES, Warning};

/// A point before the deadline at which a clock warns: exactly one of the two.
#[derive(InputObject, Debug)]
pub struct ClockWarningInput {
    /// So much of the allowed time is used, 1 to 99 percent.
    pub percent: Option<i32>,
    /// So many seconds of the clock's hours are left.
    pub before_seconds: Option<i32>,
}

impl ClockWarningInput {
    /// What does not fit is told as a problem, not as an error.
    fn read(&self) -> Warning {
        match (self.percent, self.before_seconds) {
            (None, Some(seconds)) => Warning::Before(i64::from(seconds)),
            (Some(percent), None) => Warning::Percent(i16::try_from(percent).unwrap_or(0)),
            _ => Warning::Percent(0),
        }
    }
}

/// Whom the time belongs to that a clock is held in a state.
#[derive(InputObject, Debug)]
pub struct ClockHeldByInput {
    /// The state.
    pub state: TicketState,
    /// Whose the time is.
    pub by: ClockHeldBy,
}

/// For tickets that match, a target is allowed so long. An empty list matches everything.
#[derive(InputObject, Debug)]
pub struct AgreementTargetInput {
    /// What is measured.
    pub target: ClockTarget,
    /// Of a target of the tenant's own (`CUSTOM`), and of every target of an `OLA` or with a `SUPPLIER`: its code, which tells it
    /// from others; letters, digits, underscores. The client's other targets have none.
    pub code: Option<String>,
    /// Of the same: its name.
    pub name: Option<String>,
    /// Kinds.
    #[graphql(default)]
    pub kinds: Vec<TicketKind>,
    /// Priorities.
    #[graphql(default)]
    pub priorities: Vec<Priority>,
    /// Global ids of applications.
    #[graphql(default)]
    pub applications: Vec<ID>,
    /// What else a ticket must be.
    pub when: Option<TicketConditionInput>,
    /// Allowed seconds of the calendar's hours. How long is said by exactly one of `seconds`, `businessDays`,
    /// `calendarDays` and `months`.
    pub seconds: Option<i32>,
    /// Allowed days on which the desk opens, to the last closing of the last one; the day of the beginning is not counted.
    /// Known where the clock begins; from there on it counts seconds of its hours.
    pub business_days: Option<i32>,
    /// Allowed dates, open or not, at the time of day of the beginning in the zone of the hours; the clock counts real time.
    pub calendar_days: Option<i32>,
    /// Allowed months from date to date, else to the month's last day; the clock counts real time.
    pub months: Option<i32>,
    /// The clock begins where this holds first; at the opening if absent.
    pub start: Option<TicketConditionInput>,
    /// Holds the clock while it holds; `pauseOn` if absent.
    pub pause: Option<TicketConditionInput>,
    /// A clock that is held goes on only where this holds, and what held it no longer does; where that alone is over if absent.
    pub resume: Option<TicketConditionInput>,
    /// Stops the clock. Absent: resolved, closed or cancelled; a restoration, also where the service is back
    /// (`restoreService`); a root cause, closed or cancelled. A public answer of a person stops a first response and ends a
    /// next update whatever stands here; with a `SUPPLIER` an answer of the vendor does, and none of a person. A clock of an
    /// `OLA` or with a `SUPPLIER` stops where its time is over, too.
    pub stop: Option<TicketConditionInput>,
    /// Where it begins to hold, the clock begins anew from nothing; never if absent.
    pub reset: Option<TicketConditionInput>,
    /// The clock no longer applies; a cancelled ticket if absent.
    pub cancel: Option<TicketConditionInput>,
    /// Warnings, any number; `warnPercents` if absent.
    pub warnings: Option<Vec<ClockWarningInput>>,
    /// What a reopening does; as the agreement says if absent. Never of an `OLA` or with a `SUPPLIER`: there each time is another
    /// cycle.
    pub on_reopening: Option<OnReopening>,
    /// By whose hours; the agreement's calendar if absent.
    pub hours: Option<ClockHoursInput>,
    /// Whom the time belongs to that the clock is held, where it is not as usual: an approval is the client's, unless it is
    /// said otherwise here.
    #[graphql(default)]
    pub held_by: Vec<ClockHeldByInput>,
}

impl AgreementTargetInput {
    fn read(self, tenant: TenantId) -> Result<Rule, Error> {
        if self
            .held_by
            .iter()
            .any(|h| h.by == ClockHeldBy::Supposition)
        {
            return Err(bad_input("heldBy", "Una suposición no es de nadie."));
        }
        let condition = |c: Option<TicketConditionInput>| c.map(|c| c.read(tenant)).transpose();
        let (seconds, allowed) = allowance::read(
            self.seconds,
            self.business_days,
            self.calendar_days,
            self.months,
        );
        Ok(Rule {
            allowed,
            code: self.code.unwrap_or_default(),
            name: self.name.map(|n| n.trim().to_owned()).unwrap_or_default(),
            kinds: self.kinds.into_iter().map(Into::into).collect(),
            priorities: self.priorities.into_iter().map(Into::into).collect(),
            applications: self
                .applications
                .iter()
                .map(|a| of_tenant(tenant, a))
                .collect::<Result<_, Error>>()?,
            when: condition(self.when)?,
            start: condition(self.start)?,
            pause: condition(self.pause)?,
            resume: condition(self.resume)?,
            stop: condition(self.stop)?,
            reset: condition(self.reset)?,
            cancel: condition(self.cancel)?,
            warnings: self
                .warnings
                .map(|all| all.iter().map(ClockWarningInput::read).collect()),
            on_reopen: self.on_reopening.map(Into::into),
            hours: self.hours.map(|h| h.read(tenant)).transpose()?,
            held_by: self
                .held_by
                .into_iter()
                .map(|h| (h.state.into(), h.by.into()))
                .collect(),
            ..Rule::plain(self.target.into(), seconds)
        })
    }
}

/// What an agreement says.
#[derive(InputObject, Debug)]
pub struct AgreementTermsInput {
    /// In order: for each target the first that matches a ticket.
    pub targets: Vec<AgreementTargetInput>,
    /// States that hold the clocks; waiting for the requester and for an approval, unless said otherwise.
    pub pause_on: Option<Vec<TicketState>>,
    /// Warnings, percent of the allowed time, 1 to 99; 80 unless said otherwise.
    pub warn_percents: Option<Vec<i32>>,
    /// What a reopening does to clocks that have stopped.
    #[graphql(default_with = "OnReopening::Continue")]
    pub on_reopening: OnReopening,
}

impl AgreementTermsInput {
    /// As the rules know it.
    pub fn read(self, tenant: TenantId) -> Result<Terms, Error> {
        let rules = self
            .targets
            .into_iter()
            .map(|t| t.read(tenant))
            .collect::<Result<_, Error>>()?;
        let pause_on = match self.pause_on {
            Some(states) => states.into_iter().map(Into::into).collect(),
            None => USUAL_PAUSES.to_vec(),
        };
        let warn = self.warn_percents.unwrap_or_else(|| vec![80]);
        Ok(Terms {
            rules,
            pause_on,
            // What does not fit is told as a problem, not as an error.
            warn_percents: warn
                .into_iter()
                .map(|p| i16::try_from(p).unwrap_or(0))
                .collect(),
            on_reopen: OnReopen::from(self.on_reopening),
        })
    }
}

/// A point before the deadline at which a clock warns: one of the two.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockWarning {
    /// So much of the allowed time is used, percent.
    pub percent: Option<i32>,
    /// So many seconds of the clock's hours are left.
    pub before_seconds: Option<i32>,
}

impl From<&Warning> for ClockWarning {
    fn from(warning: &Warning) -> Self {
        match warning {
            Warning::Percent(percent) => Self {
                percent: Some(i32::from(*percent)),
                before_seconds: None,
            },
            Warning::Before(seconds) => Self {
                percent: None,
                before_seconds: Some(*seconds as i32),
            },
        }
    }
}

/// Whom the time belongs to that a clock is held in a state.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockHeldByRule {
    /// The state.
    pub state: TicketState,
    /// Whose the time is.
    pub by: ClockHeldBy,
}

/// For tickets that match, a target is allowed so long. An empty list matches everything.
#[derive(SimpleObject, Debug, Clone)]
pub struct AgreementTarget {
    /// What is measured.
    pub target: ClockTarget,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// The same: its name.
    pub name: Option<String>,
    /// Kinds.
    pub kinds: Vec<TicketKind>,
    /// Priorities.
    pub priorities: Vec<Priority>,
    /// Applications.
    pub applications: Vec<Application>,
    /// What else a ticket must be.
    pub when: Option<TicketCondition>,
    /// How long.
    pub allowance: ClockAllowance,
    /// The same in seconds of the calendar's hours; absent if it is said by the calendar.
    pub seconds: Option<i32>,
    /// The clock begins where this holds first; at the opening if absent.
    pub start: Option<TicketCondition>,
    /// Holds the clock while it holds; `pauseOn` if absent.
    pub pause: Option<TicketCondition>,
    /// A clock that is held goes on only where this holds, and what held it no longer does; where that alone is over if absent.
    pub resume: Option<TicketCondition>,
    /// Stops the clock; as usual if absent.
    pub stop: Option<TicketCondition>,
    /// Where it begins to hold, the clock begins anew; never if absent.
    pub reset: Option<TicketCondition>,
    /// The clock no longer applies; a cancelled ticket if absent.
    pub cancel: Option<TicketCondition>,
    /// Warnings of its own; `warnPercents` if absent.
    pub warnings: Option<Vec<ClockWarning>>,
    /// What a reopening does; as the agreement says if absent.
    pub on_reopening: Option<OnReopening>,
    /// By whose hours; the agreement's calendar if absent.
    pub hours: Option<ClockHours>,
    /// Whom the time belongs to that the clock is held, where it is not as usual.
    pub held_by: Vec<ClockHeldByRule>,
}

impl AgreementTarget {
    fn of(tenant: TenantId, r: &Rule) -> Self {
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        let named = |name| {
            let mut all = r.conditions();
            all.find(|(of, _)| *of == name)
                .map(|(_, c)| TicketCondition::of(tenant, c))
        };
        Self {
            target: r.target.into(),
            code: said(&r.code),
            name: said(&r.name),
            kinds: r.kinds.iter().map(|k| (*k).into()).collect(),
            priorities: r.priorities.iter().map(|p| (*p).into()).collect(),
            applications: r
                .applications
                .iter()
                .map(|a| Application {
                    id: global(tenant, *a),
                })
                .collect(),
            when: named("when"),
            allowance: ClockAllowance::of(r.allowed, r.seconds),
            seconds: r.allowed.is_none().then_some(r.seconds as i32),
            start: named("start"),
            pause: named("pause"),
            resume: named("resume"),
            stop: named("stop"),
            reset: named("reset"),
            cancel: named("cancel"),
            warnings: r
                .warnings
                .as_ref()
                .map(|all| all.iter().map(Into::into).collect()),
            on_reopening: r.on_reopen.map(Into::into),
            hours: r.hours.as_ref().map(|h| ClockHours::of(tenant, h)),
            held_by: r
                .held_by
                .iter()
                .map(|(state, by)| ClockHeldByRule {
                    state: (*state).into(),
                    by: (*by).into(),
                })
                .collect(),
        }
    }
}

/// One version of an agreement; it never changes.
#[derive(SimpleObject, Debug, Clone)]
pub struct AgreementVersion {
    /// Its number.
    pub version: i32,
    /// Tickets opened from here on are judged by it.
    pub valid_from: DateTime<Utc>,
    /// Global id of its calendar.
    pub calendar: ID,
    /// In order: for each target the first that matches a ticket.
    pub targets: Vec<AgreementTarget>,
    /// States that hold the clocks.
    pub pause_on: Vec<TicketState>,
    /// Warnings, percent of the allowed time.
    pub warn_percents: Vec<i32>,
    /// What a reopening does to clocks that have stopped.
    pub on_reopening: OnReopening,
}

impl AgreementVersion {
    /// A tenant's.
    pub fn of(tenant: TenantId, kept: &KeptAgreement) -> Self {
        let terms = &kept.agreement.terms;
        Self {
            version: kept.agreement.version,
            valid_from: kept.agreement.valid_from,
            calendar: global::<CalendarId>(tenant, kept.calendar),
            targets: terms
                .rules
                .iter()
                .map(|r| AgreementTarget::of(tenant, r))
                .collect(),
            pause_on: terms.pause_on.iter().map(|s| (*s).into()).collect(),
            warn_percents: terms.warn_percents.iter().map(|p| i32::from(*p)).collect(),
            on_reopening: terms.on_reopen.into(),
        }
    }
}
