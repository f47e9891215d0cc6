//! What a batch of a ticket's facts comes to: the last snapshot, the opening if it was among them, and who held it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use events::intake::{RecordedHolder, TicketSnapshot};
use ids::{GroupId, PersonId, TenantId, TicketId};

/// A ticket and whose it is. Ordered, so that every writer locks rows in the same order.
pub type Key = (TenantId, TicketId);

/// One fact of intake, as far as routing looks at it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Whose ticket.
    pub tenant: TenantId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// What it means for routing.
    pub news: News,
}

/// What a fact means for routing.
#[derive(Debug, Clone)]
pub enum News {
    /// A new ticket: it is to be routed, to that group if the opening names one.
    Opened(Option<GroupId>),
    /// It changed; its holder did not.
    Changed,
    /// A row of another tool's history, with who held it there.
    Recorded(Option<RecordedHolder>),
}

/// What the batch says about one ticket.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The ticket after the last fact.
    pub ticket: TicketSnapshot,
    /// When the last fact happened.
    pub at: DateTime<Utc>,
    /// The ticket as it was opened, if it was in this batch.
    pub opened: Option<(TicketSnapshot, DateTime<Utc>)>,
    /// The group that the opening names.
    pub wanted: Option<GroupId>,
    /// The recorded holders in order, without consecutive repeats, each with the instant it is first seen.
    pub holders: Vec<(RecordedHolder, DateTime<Utc>)>,
    /// It came out of another tool's history.
    pub recorded: bool,
}

/// Sums up a batch, ticket by ticket. Facts of one ticket come in their order.
pub fn fold(facts: impl IntoIterator<Item = Seen>) -> BTreeMap<Key, Followed> {
    let mut all: BTreeMap<Key, Followed> = BTreeMap::new();
    for fact in facts {
        let followed = all
            .entry((fact.tenant, fact.ticket.ticket))
            .or_insert_with(|| Followed {
                ticket: fact.ticket.clone(),
                at: fact.at,
                opened: None,
                wanted: None,
                holders: Vec::new(),
                recorded: false,
            });
        match fact.news {
            News::Opened(wanted) => {
                followed.opened = Some((fact.ticket.clone(), fact.at));
                followed.wanted = wanted;
            }
            News::Changed => {}
            News::Recorded(holder) => {
                followed.recorded = true;
                if let Some(holder) = holder
                    && followed
                        .holders
                        .last()
                        .is_none_or(|(h, _)| (&h.group, h.owner) != (&holder.group, holder.owner))
                {
                    followed.holders.push((holder, fact.at));
                }
            }
        }
        followed.ticket = fact.ticket;
        followed.at = fact.at;
    }
    all
}

/// Who holds it at the end, in our terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The group.
    pub group: GroupId,
    /// Its line.
    pub line: i16,
    /// The person.
    pub holder: Option<PersonId>,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Followed {
    /// The holder after the batch, given the one before it and the groups by their names in the other tool.
    pub fn held(
        &self,
        tenant: TenantId,
        before: Option<Held>,
        groups: &HashMap<(TenantId, String), GroupId>,
    ) -> Option<Held> {
        let mut held = before;
        for (recorded, at) in &self.holders {
            let Some(group) = groups.get(&(tenant, recorded.group.clone())) else {
                continue;
            };
            if held.is_none_or(|h| (h.group, h.holder) != (*group, recorded.owner)) {
                held = Some(Held {
                    group: *group,
                    line: recorded.line.clamp(1, 3),
                    holder: recorded.owner,
                    since: *at,
                });
            }
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use events::intake::{Channel, Degree, Priority, TicketKind, TicketState};

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_300_000_000 + minute * 60, 0).unwrap()
    }

    #[test]
    fn a_case_that_comes_back_is_held_since_it_came_back() {
        let ids = ids::seeded(4);
        let (tenant, ticket) = (TenantId::new(&*ids), TicketId::new(&*ids));
        let (a, b) = (GroupId::new(&*ids), GroupId::new(&*ids));
        let groups: HashMap<_, _> = [
            ((tenant, "A".to_owned()), a),
            ((tenant, "B 2nd".to_owned()), b),
        ]
        .into();
        let seen = |minute: i64, group: &str, line| Seen {
            tenant,
            at: at(minute),
            ticket: TicketSnapshot {
                ticket,
                version: minute,
                number: "INC-1".into(),
                kind: TicketKind::Incident,
                major: false,
                service: None,
                state: TicketState::InProgress,
                priority: Priority::Low,
                impact_internal: Degree::Low,
                impact_external: Degree::None,
                urgency: Degree::Low,
                category: None,
                application: None,
                vendor: None,
                requester: None,
                channel: Channel::Import,
                opened_at: at(1),
                state_since: at(minute),
            },
            news: News::Recorded(Some(RecordedHolder {
                group: group.into(),
                line,
                owner: None,
            })),
        };
        let all = fold([
            seen(1, "A", 1),
            seen(2, "A", 1),
            seen(3, "B 2nd", 2),
            seen(4, "A", 1),
        ]);
        let followed = &all[&(tenant, ticket)];
        assert_eq!(followed.ticket.version, 4);
        let fresh = followed.held(tenant, None, &groups).unwrap();
        assert_eq!((fresh.group, fresh.since), (a, at(4)));
        let before = Held {
            group: a,
            line: 1,
            holder: None,
            since: at(0),
        };
        let still = fold([seen(5, "A", 1)])[&(tenant, ticket)]
            .held(tenant, Some(before), &groups)
            .unwrap();
        assert_eq!(still.since, at(0), "the same holder goes on holding");
    }
}
