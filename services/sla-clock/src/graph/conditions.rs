//! Conditions over tickets, as the graph takes and shows them.

use async_graphql::{Enum, InputObject, Result, SimpleObject};
use events::Word;
use ids::{GlobalId, TenantId, TypedId};
use subgraph::bad_input;

use crate::domain::condition::{Condition, Field};

/// What conditions look at.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Field")]
pub enum TicketField {
    /// Kind: `INCIDENT`.
    Kind,
    /// State: `WAITING_FOR_VENDOR`.
    State,
    /// Priority: `CRITICAL`.
    Priority,
    /// Global id of the category.
    Category,
    /// Global id of the application.
    Application,
    /// Support line that holds it: `1`, `2` or `3`.
    Line,
    /// Global id of the resolver group that holds it.
    Group,
    /// Declared a major incident: `true` or `false`.
    Major,
    /// Whoever asks was a VIP when the ticket was opened: `true` or `false`.
    Vip,
    /// The service that it is about is back (`restoreService`), whatever state the ticket is in: `true` or `false`.
    Restored,
    /// Global id of the vendor that is waited for; of a ticket in `WAITING_FOR_VENDOR` alone.
    Vendor,
}

/// A condition over what is known of a ticket: exactly one of `all`, `any`, `not`, and `field` with `isOneOf`.
#[derive(InputObject, Debug)]
pub struct TicketConditionInput {
    /// All of these hold.
    pub all: Option<Vec<TicketConditionInput>>,
    /// One of these holds.
    pub any: Option<Vec<TicketConditionInput>>,
    /// This does not hold.
    pub not: Option<Box<TicketConditionInput>>,
    /// What is looked at.
    pub field: Option<TicketField>,
    /// It is one of these, as the field says it. A ticket without such a thing is none.
    pub is_one_of: Option<Vec<String>>,
}

impl TicketConditionInput {
    /// As the rules know it; another tenant's things are not found.
    pub fn read(self, tenant: TenantId) -> Result<Condition> {
        let list = |of: Vec<Self>| {
            of.into_iter()
                .map(|c| c.read(tenant))
                .collect::<Result<_>>()
        };
        match (self.all, self.any, self.not, self.field, self.is_one_of) {
            (Some(all), None, None, None, None) => Ok(Condition::All(list(all)?)),
            (None, Some(any), None, None, None) => Ok(Condition::Any(list(any)?)),
            (None, None, Some(not), None, None) => Ok(Condition::Not(Box::new(not.read(tenant)?))),
            (None, None, None, Some(field), Some(values)) => leaf(tenant, field.into(), &values),
            _ => Err(bad_input(
                "condition",
                "Una condición es exactamente una de all, any, not, o field con isOneOf.",
            )),
        }
    }
}

fn leaf(tenant: TenantId, field: Field, values: &[String]) -> Result<Condition> {
    Ok(match field {
        Field::Kind => Condition::Kind(read(values)?),
        Field::State => Condition::State(read(values)?),
        Field::Priority => Condition::Priority(read(values)?),
        Field::Category => Condition::Category(global(tenant, values)?),
        Field::Application => Condition::Application(global(tenant, values)?),
        Field::Line => Condition::Line(
            values
                .iter()
                .map(|v| {
                    v.parse()
                        .ok()
                        .filter(|line| (1..=3).contains(line))
                        .ok_or_else(|| odd(v))
                })
                .collect::<Result<_>>()?,
        ),
        Field::Group => Condition::Group(global(tenant, values)?),
        Field::Major => Condition::Major(flag(values)?),
        Field::Vip => Condition::Vip(flag(values)?),
        Field::Restored => Condition::Restored(flag(values)?),
        Field::Vendor => Condition::Vendor(global(tenant, values)?),
    })
}

fn flag(values: &[String]) -> Result<bool> {
    match values {
        [only] => only.parse().map_err(|_| odd(only)),
        _ => Err(odd(&values.join(", "))),
    }
}

fn odd(value: &str) -> async_graphql::Error {
    bad_input("isOneOf", format!("«{value}» no es un valor de ese campo."))
}

fn read<W: Word>(values: &[String]) -> Result<Vec<W>> {
    let one = |v: &String| W::of_word(&v.to_lowercase()).ok_or_else(|| odd(v));
    values.iter().map(one).collect()
}

fn global<T: TypedId>(tenant: TenantId, values: &[String]) -> Result<Vec<T>> {
    values
        .iter()
        .map(|v| match v.parse::<GlobalId<T>>() {
            Ok(found) if found.tenant == tenant => Ok(found.id),
            _ => Err(subgraph::refused(access::Refusal::NotFound)),
        })
        .collect()
}

/// A condition over what is known of a ticket: exactly one of `all`, `any`, `not`, and `field` with `isOneOf`.
#[derive(SimpleObject, Debug, Clone, Default)]
pub struct TicketCondition {
    /// All of these hold.
    pub all: Option<Vec<TicketCondition>>,
    /// One of these holds.
    pub any: Option<Vec<TicketCondition>>,
    /// This does not hold.
    pub not: Option<Box<TicketCondition>>,
    /// What is looked at.
    pub field: Option<TicketField>,
    /// It is one of these, as the field says it.
    pub is_one_of: Option<Vec<String>>,
}

impl TicketCondition {
    /// A tenant's.
    pub fn of(tenant: TenantId, condition: &Condition) -> Self {
        let list = |of: &[Condition]| Some(of.iter().map(|c| Self::of(tenant, c)).collect());
        let leaf = |field: TicketField, values: Vec<String>| Self {
            field: Some(field),
            is_one_of: Some(values),
            ..Self::default()
        };
        match condition {
            Condition::All(of) => Self {
                all: list(of),
                ..Self::default()
            },
            Condition::Any(of) => Self {
                any: list(of),
                ..Self::default()
            },
            Condition::Not(inner) => Self {
                not: Some(Box::new(Self::of(tenant, inner))),
                ..Self::default()
            },
            Condition::Kind(of) => leaf(TicketField::Kind, shouted(of)),
            Condition::State(of) => leaf(TicketField::State, shouted(of)),
            Condition::Priority(of) => leaf(TicketField::Priority, shouted(of)),
            Condition::Category(of) => leaf(TicketField::Category, globals(tenant, of)),
            Condition::Application(of) => leaf(TicketField::Application, globals(tenant, of)),
            Condition::Line(of) => leaf(
                TicketField::Line,
                of.iter().map(ToString::to_string).collect(),
            ),
            Condition::Group(of) => leaf(TicketField::Group, globals(tenant, of)),
            Condition::Major(is) => leaf(TicketField::Major, vec![is.to_string()]),
            Condition::Vip(is) => leaf(TicketField::Vip, vec![is.to_string()]),
            Condition::Restored(is) => leaf(TicketField::Restored, vec![is.to_string()]),
            Condition::Vendor(of) => leaf(TicketField::Vendor, globals(tenant, of)),
        }
    }
}

fn shouted<W: Word>(of: &[W]) -> Vec<String> {
    of.iter().map(|v| v.word().to_uppercase()).collect()
}

fn globals<T: TypedId>(tenant: TenantId, of: &[T]) -> Vec<String> {
    let global = |id: &T| GlobalId::new(tenant, *id).to_string();
    of.iter().map(global).collect()
}
