//! First routing: a tenant's ordered rules; the first that matches wins, else the tenant's default group.

use std::collections::HashMap;

use events::intake::{Priority, TicketKind, TicketSnapshot};
use ids::{ApplicationId, CategoryId, GroupId, RuleId};

use super::group::Group;

/// One rule: each condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// Kind of ticket.
    pub kind: Option<TicketKind>,
    /// Category of the tenant's catalogue.
    pub category: Option<CategoryId>,
    /// Application.
    pub application: Option<ApplicationId>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Major incident or not.
    pub major: Option<bool>,
    /// Where it leads.
    pub group: GroupId,
}

impl Rule {
    /// Whether the ticket meets every condition.
    pub fn matches(&self, ticket: &TicketSnapshot) -> bool {
        self.kind.is_none_or(|k| k == ticket.kind)
            && self.category.is_none_or(|c| ticket.category == Some(c))
            && self
                .application
                .is_none_or(|a| ticket.application == Some(a))
            && self.priority.is_none_or(|p| p == ticket.priority)
            && self.major.is_none_or(|m| m == ticket.major)
    }
}

/// How a tenant routes.
#[derive(Debug, Clone)]
pub struct Routing {
    /// In order.
    pub rules: Vec<Rule>,
    /// Where everything else goes.
    pub default_group: GroupId,
}

/// What was decided, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The group.
    pub group: GroupId,
    /// The rule; none for the tenant's default, and for a group that the opening named.
    pub rule: Option<RuleId>,
}

impl Routing {
    /// Where a new ticket goes. A rule whose group takes no tickets any more is passed over.
    pub fn decide(&self, ticket: &TicketSnapshot, groups: &HashMap<GroupId, Group>) -> Decision {
        self.rules
            .iter()
            .find(|r| r.matches(ticket) && groups.get(&r.group).is_some_and(|g| g.active))
            .map_or(
                Decision {
                    group: self.default_group,
                    rule: None,
                },
                |r| Decision {
                    group: r.group,
                    rule: Some(r.id),
                },
            )
    }

    /// The group of a line that this tenant's rules prefer: the first rule's that leads there.
    pub fn preferred_of_line(
        &self,
        line: i16,
        groups: &HashMap<GroupId, Group>,
    ) -> Option<GroupId> {
        self.rules
            .iter()
            .map(|r| r.group)
            .chain([self.default_group])
            .find(|g| groups.get(g).is_some_and(|g| g.active && g.line == line))
    }
}

#[cfg(test)]
mod tests {
    use events::intake::{Channel, Degree, TicketState};
    use ids::{SharedIds, TenantId, TicketId};

    use super::super::group::Speciality;
    use super::*;

    fn ticket(ids: &SharedIds) -> TicketSnapshot {
        let at = chrono::DateTime::UNIX_EPOCH;
        TicketSnapshot {
            ticket: TicketId::new(&**ids),
            version: 1,
            number: "INC-1".into(),
            kind: TicketKind::Incident,
            major: false,
            service: None,
            state: TicketState::Open,
            priority: Priority::High,
            impact_internal: Degree::Low,
            impact_external: Degree::None,
            urgency: Degree::Low,
            category: None,
            application: None,
            vendor: None,
            requester: None,
            channel: Channel::Portal,
            opened_at: at,
            state_since: at,
        }
    }

    fn group(ids: &SharedIds, line: i16, active: bool) -> Group {
        Group {
            id: GroupId::new(&**ids),
            tenant: None::<TenantId>,
            name: "G".into(),
            line,
            speciality: Speciality::Other,
            active,
            version: 1,
        }
    }

    fn rule(ids: &SharedIds, to: &Group) -> Rule {
        Rule {
            id: RuleId::new(&**ids),
            kind: None,
            category: None,
            application: None,
            priority: None,
            major: None,
            group: to.id,
        }
    }

    #[test]
    fn the_first_match_wins_and_a_retired_group_is_passed_over() {
        let ids = ids::seeded(1);
        let (desk, retired, database) = (
            group(&ids, 1, true),
            group(&ids, 3, false),
            group(&ids, 3, true),
        );
        let app = ApplicationId::new(&*ids);
        let narrow = Rule {
            application: Some(app),
            priority: Some(Priority::High),
            ..rule(&ids, &retired)
        };
        let wide = Rule {
            kind: Some(TicketKind::Incident),
            application: Some(app),
            ..rule(&ids, &database)
        };
        let routing = Routing {
            rules: vec![narrow, wide.clone()],
            default_group: desk.id,
        };
        let groups: HashMap<_, _> = [&desk, &retired, &database]
            .map(|g| (g.id, g.clone()))
            .into();
        let mut t = ticket(&ids);
        assert_eq!(
            routing.decide(&t, &groups),
            Decision {
                group: desk.id,
                rule: None
            }
        );
        t.application = Some(app);
        assert_eq!(
            routing.decide(&t, &groups),
            Decision {
                group: database.id,
                rule: Some(wide.id)
            }
        );
        t.kind = TicketKind::Change;
        assert_eq!(
            routing.decide(&t, &groups).rule,
            None,
            "every set condition must hold"
        );
        assert_eq!(routing.preferred_of_line(3, &groups), Some(database.id));
        assert_eq!(routing.preferred_of_line(2, &groups), None);
    }
}
