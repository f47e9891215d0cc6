//! The worklist follows intake: new tickets are routed, changed ones brought up to date, and what another tool's
//! history recorded is put down as it was.

use std::collections::{BTreeSet, HashMap};

use clock::Clock;
use events::Envelope;
use events::intake::Actor;
use events::routing::AssignmentReason;
use ids::{GroupId, IdGen, ProviderId, TenantId};
use messaging::Outbox;
use tenancy::Tx;

use super::welcome_tenants::welcome_tenants;
use crate::domain::assignment::Assignment;
use crate::domain::follow::{Followed, Held, Key, Seen, fold};
use crate::domain::group::Group;
use crate::domain::rule::Decision;
use crate::error::Error;
use crate::events::publish::{Handed, assignment_changed};
use crate::store::follow::{ChangedRow, NewRow};
use crate::store::rules::Versioned;
use crate::store::{clocks, follow, groups, rules};

/// What this action works with.
#[derive(Clone, Copy)]
pub struct With<'a> {
    /// Whose tenants.
    pub provider: ProviderId,
    /// Ids.
    pub ids: &'a dyn IdGen,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Where facts are announced.
    pub outbox: &'a Outbox,
}

/// Takes in tickets' facts, each ticket's in its order, whatever their number: a fixed number of statements.
pub async fn follow_tickets(
    tx: &mut Tx,
    with: With<'_>,
    facts: Vec<(Seen, Option<String>)>,
) -> Result<(), Error> {
    if facts.is_empty() {
        return Ok(());
    }
    let traces: HashMap<Key, String> = facts
        .iter()
        .filter_map(|(s, trace)| Some(((s.tenant, s.ticket.ticket), trace.clone()?)))
        .collect();
    let all = fold(facts.into_iter().map(|(seen, _)| seen));
    let keys: Vec<Key> = all.keys().copied().collect();
    let before = follow::lock(tx, &keys).await?;
    let imported = imported_groups(tx, with, &all).await?;
    let (known, new): (Vec<_>, Vec<_>) = all.iter().partition(|(key, _)| before.contains_key(key));

    let changed: Vec<ChangedRow<'_>> = known
        .into_iter()
        .map(|(key, f)| ChangedRow {
            tenant: key.0,
            ticket: &f.ticket,
            at: f.at,
            held: f
                .held(key.0, before.get(key).copied(), &imported)
                .filter(|_| f.recorded),
        })
        .collect();
    follow::update(tx, &changed).await?;
    if new.is_empty() {
        return Ok(());
    }

    let tenants = new.iter().map(|(key, _)| key.0).collect();
    let wanted = new.iter().filter_map(|(_, f)| f.wanted).collect();
    let desk = Desk::of(tx, with, tenants, wanted).await?;
    let mut rows = Vec::with_capacity(new.len());
    let mut announced: Vec<Envelope> = Vec::new();
    for (key, f) in new {
        let row = desk.first_row(key.0, f, &imported)?;
        if row.decision.is_some() {
            let assignment = routed(&row, f);
            let group = desk.group(row.held.group)?;
            let handed = Handed {
                from: None,
                to: (&assignment, group),
                by: Actor::System,
            };
            let trace = traces.get(key).cloned();
            announced.extend(assignment_changed(with.ids, with.provider, trace, handed)?);
        }
        rows.push(row);
    }
    follow::insert(tx, &rows).await?;
    let fresh: Vec<Key> = rows.iter().map(|r| (r.tenant, r.ticket.ticket)).collect();
    clocks::meet(tx, &fresh).await?;
    clocks::apply(tx, &fresh).await?;
    with.outbox.announce(tx, &announced).await?;
    Ok(())
}

/// The first assignment as it is announced: made by the opening, of the version that was opened.
fn routed(row: &NewRow<'_>, f: &Followed) -> Assignment {
    Assignment {
        tenant: row.tenant,
        ticket: f.ticket.ticket,
        group: row.held.group,
        line: row.held.line,
        holder: None,
        since: row.held.since,
        reason: Some(AssignmentReason::Routed),
        version: 1,
        ticket_version: f
            .opened
            .as_ref()
            .map_or(f.ticket.version, |(t, _)| t.version),
        done: f.ticket.state.is_done(),
    }
}

async fn imported_groups(
    tx: &mut Tx,
    with: With<'_>,
    all: &std::collections::BTreeMap<Key, Followed>,
) -> Result<HashMap<(TenantId, String), GroupId>, Error> {
    let wanted: BTreeSet<(TenantId, String, i16)> = all
        .iter()
        .flat_map(|((tenant, _), f)| {
            f.holders
                .iter()
                .map(|(h, _)| (*tenant, h.group.clone(), h.line))
        })
        .collect();
    groups::ensure_imported(tx, with.ids, &wanted, with.clock.now()).await
}

/// How the tenants of a batch route, with the groups that their rules and its openings name.
struct Desk {
    routing: HashMap<TenantId, Versioned>,
    groups: HashMap<GroupId, Group>,
}

impl Desk {
    async fn of(
        tx: &mut Tx,
        with: With<'_>,
        tenants: BTreeSet<TenantId>,
        wanted: Vec<GroupId>,
    ) -> Result<Self, Error> {
        let tenants: Vec<TenantId> = tenants.into_iter().collect();
        let mut routing = rules::of(tx, &tenants).await?;
        let unknown: Vec<TenantId> = tenants
            .iter()
            .copied()
            .filter(|t| !routing.contains_key(t))
            .collect();
        // Tickets and tenants are told by different publishers: a ticket may be heard before its tenant.
        if !unknown.is_empty() {
            welcome_tenants(tx, with.ids, with.clock, &unknown).await?;
            routing.extend(rules::of(tx, &unknown).await?);
        }
        let named: Vec<GroupId> = routing
            .values()
            .flat_map(|v| {
                v.routing
                    .rules
                    .iter()
                    .map(|r| r.group)
                    .chain([v.routing.default_group])
            })
            .chain(wanted)
            .collect();
        let groups = groups::by_ids(tx, &named).await?;
        Ok(Self { routing, groups })
    }

    fn group(&self, id: GroupId) -> Result<&Group, Error> {
        self.groups.get(&id).ok_or(Error::NotFound("group"))
    }

    /// The group that the opening names, if the tenant's tickets may go there.
    fn wanted(&self, tenant: TenantId, f: &Followed) -> Option<GroupId> {
        let group = self.groups.get(&f.wanted?)?;
        group.takes_from(tenant).then_some(group.id)
    }

    /// The row of a ticket that is seen for the first time. One that was opened here is routed, whatever the rules say to
    /// the group that its opening names, if that takes the tenant's tickets; one that history recorded stands where
    /// history left it, or with the tenant's default group if it does not say.
    fn first_row<'f>(
        &self,
        tenant: TenantId,
        f: &'f Followed,
        imported: &HashMap<(TenantId, String), GroupId>,
    ) -> Result<NewRow<'f>, Error> {
        let routing = &self
            .routing
            .get(&tenant)
            .ok_or(Error::NotFound("routing of the tenant"))?
            .routing;
        let (opened, at) = f
            .opened
            .as_ref()
            .map_or((&f.ticket, f.at), |(t, at)| (t, *at));
        let decision = if f.recorded {
            Decision {
                group: routing.default_group,
                rule: None,
            }
        } else if let Some(wanted) = self.wanted(tenant, f) {
            Decision {
                group: wanted,
                rule: None,
            }
        } else {
            routing.decide(opened, &self.groups)
        };
        let routed = Held {
            group: decision.group,
            line: self.group(decision.group)?.line,
            holder: None,
            since: at,
        };
        Ok(NewRow {
            tenant,
            ticket: &f.ticket,
            at: f.at,
            held: f.held(tenant, None, imported).unwrap_or(routed),
            decision: (!f.recorded).then_some(decision),
        })
    }
}
