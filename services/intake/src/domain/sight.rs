//! What a caller sees of a tenant's tickets, and as whom the caller acts.

use access::{Caller, CallerKind, Permission, Refusal};
use events::intake::Actor;
use ids::{PersonId, TenantId};

use super::moves::Mover;
use super::ticket::Ticket;

/// Which tickets of a tenant a caller sees, and whether with what is internal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Only tickets that this person asked for; none means all.
    pub own: Option<PersonId>,
    /// Internal notes, and who of the provider's staff holds a ticket.
    pub internal: bool,
}

impl Sight {
    /// What this caller sees in this tenant.
    ///
    /// # Errors
    /// [`Refusal`] if nothing at all.
    pub fn of(caller: &Caller, tenant: TenantId) -> Result<Self, Refusal> {
        if caller.may(tenant, Permission::ReadTickets) {
            return Ok(Self {
                own: None,
                internal: caller.may(tenant, Permission::ReadNotes),
            });
        }
        caller.require(tenant, Permission::ReadOwnTickets)?;
        Ok(Self {
            own: Some(caller.person),
            internal: false,
        })
    }

    /// Whether this ticket is in it.
    pub fn shows(self, ticket: &Ticket) -> bool {
        self.own.is_none_or(|p| ticket.requester == Some(p))
    }
}

/// As whom the caller acts.
pub fn actor(caller: &Caller) -> Actor {
    let person = caller.person;
    match caller.kind {
        CallerKind::Person => Actor::Requester { person },
        CallerKind::Machine => Actor::Machine { person },
        CallerKind::Staff | CallerKind::Operator => Actor::Staff { person },
    }
}

/// As what the caller moves this ticket.
///
/// # Errors
/// [`Refusal`] if the caller may not move it at all.
pub fn mover(caller: &Caller, ticket: &Ticket) -> Result<Mover, Refusal> {
    if caller.may(ticket.tenant, Permission::WorkOnTicket) {
        return Ok(Mover::Staff);
    }
    caller.require(ticket.tenant, Permission::SettleOwnTicket)?;
    let own = [ticket.requester, ticket.opened_by].contains(&Some(caller.person));
    if own {
        Ok(Mover::Requester)
    } else {
        Err(Refusal::Forbidden {
            permission: Permission::WorkOnTicket,
        })
    }
}

#[cfg(test)]
mod tests {
    use access::{Role, TenantGrant};
    use events::intake::TicketState;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ticket::tests::ticket;

    fn caller(kind: CallerKind, role: Role) -> Caller {
        Caller {
            kind,
            person: PersonId::from_uuid(Uuid::from_u128(9)),
            provider: None,
            tenants: vec![TenantGrant {
                id: TenantId::from_uuid(Uuid::from_u128(1)),
                roles: vec![role],
            }],
            chosen: None,
        }
    }

    #[test]
    fn a_requester_sees_and_settles_the_own_alone() {
        let me = caller(CallerKind::Person, Role::Requester);
        let mut t = ticket(TicketState::Open);
        let sight = Sight::of(&me, t.tenant).unwrap();
        assert!(!sight.internal && !sight.shows(&t));
        assert!(mover(&me, &t).is_err());
        t.requester = Some(me.person);
        assert!(sight.shows(&t));
        assert_eq!(mover(&me, &t), Ok(Mover::Requester));
    }

    #[test]
    fn staff_sees_all_and_a_client_never_what_is_internal() {
        let t = ticket(TicketState::Open);
        for role in Role::ALL {
            let kind = if role.is_staff() {
                CallerKind::Staff
            } else {
                CallerKind::Person
            };
            let Ok(sight) = Sight::of(&caller(kind, role), t.tenant) else {
                assert_eq!(role, Role::Operator);
                continue;
            };
            assert_eq!(sight.internal, role.is_staff(), "{role}");
        }
    }

    #[test]
    fn another_tenant_is_not_found() {
        let me = caller(CallerKind::Staff, Role::ServiceManager);
        let other = TenantId::from_uuid(Uuid::from_u128(7));
        assert_eq!(Sight::of(&me, other), Err(Refusal::NotFound));
    }
}
