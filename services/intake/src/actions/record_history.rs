//! Records rows of another tool's history.
//!
//! Rows of a case always come through one partition, so nobody else appends to its ticket meanwhile. A row is known by
//! (tool, case, SHA-256 of the canonical row, which of equal rows): rows that are in already are skipped, so a command may
//! come twice and an import may be run again. No row is lost or judged: what the state machine forbids is marked.

use std::collections::{BTreeMap, HashMap, HashSet};

use events::intake::{
    Actor, Channel, Degree, Priority, RecordedHolder, TicketKind, TicketRecorded, TicketState,
};
use events::{Envelope, Origin};
use ids::{EntryId, PersonId, TenantId, TicketId};
use tenancy::Tx;

use super::Tools;
use crate::domain::entry::{Detail, Entry, EntryKind};
use crate::domain::history::{Row, owner_id, record};
use crate::domain::priority::Matrix;
use crate::domain::ticket::{External, Ticket};
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::history::{RowKey, append, known, placeholder, put_people};
use crate::store::saving::{Saving, save};
use crate::store::{matrix, ticket::hold_cases};

/// So many rows are written together; more would only take more memory.
const TOGETHER: usize = 2_000;

/// Records rows, each lot with the tool that it comes from, in the order in which they are given.
///
/// # Errors
/// What the database says.
pub async fn record_history(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    given: Vec<(String, Vec<Row>)>,
    trace: Option<String>,
) -> Result<(), Error> {
    // Per tool, as one lot follows the other.
    let mut batches: Vec<(String, Vec<Row>)> = Vec::new();
    for (of, rows) in given {
        match batches.last_mut() {
            Some((tool, all)) if *tool == of && all.len() + rows.len() <= TOGETHER => {
                all.extend(rows);
            }
            _ => batches.push((of, rows)),
        }
    }
    let teller = Teller {
        ids: &*tools.ids,
        tenant,
        provider: tools.db.tenant(tenant).await?.provider,
        origin: Origin::History,
        trace,
    };
    for (tool, rows) in batches {
        record_rows(tools, tx, &teller, &tool, rows).await?;
    }
    tools.wake_after(tx);
    Ok(())
}

async fn record_rows(
    tools: &Tools,
    tx: &mut Tx,
    teller: &Teller<'_>,
    tool: &str,
    mut rows: Vec<Row>,
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let tenant = teller.tenant;
    let cases: Vec<&str> = {
        let mut seen = HashSet::new();
        rows.iter()
            .map(|r| r.case.as_str())
            .filter(|c| seen.insert(*c))
            .collect()
    };
    let tools_of_cases = vec![tool; cases.len()];
    let held = hold_cases(tx.conn(), tenant, &tools_of_cases, &cases).await?;
    let ids: HashMap<&str, TicketId> = held
        .iter()
        .filter_map(|t| Some((t.external.as_ref()?.case.as_str(), t.id)))
        .collect();
    // Rows that are in already: of tickets that exist. A batch may hold the same row twice as well.
    let mut keys = Vec::new();
    let mut of_key = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(ticket) = ids.get(row.case.as_str()) {
            keys.push(RowKey {
                ticket: *ticket,
                sha: row.sha,
                occurrence: row.occurrence,
            });
            of_key.push(i);
        }
    }
    let mut skip: HashSet<usize> = if keys.is_empty() {
        HashSet::new()
    } else {
        let places = known(tx.conn(), &keys).await?;
        places
            .into_iter()
            .filter_map(|place| of_key.get(place).copied())
            .collect()
    };
    let mut seen = HashSet::new();
    for (i, row) in rows.iter().enumerate() {
        if !seen.insert((row.case.as_str(), row.sha, row.occurrence)) {
            skip.insert(i);
        }
    }
    drop(seen);
    drop(ids);
    let mut place = 0;
    rows.retain(|_| {
        place += 1;
        !skip.contains(&(place - 1))
    });
    if rows.is_empty() {
        return Ok(());
    }
    // In the order of (time, row): within a case that is what counts, between cases it does not matter.
    rows.sort_by_key(|r| (r.at, r.row));

    let judged = rows.iter().any(|r| r.priority.is_none());
    let matrix = if judged {
        matrix::read(tx.conn()).await?
    } else {
        Matrix::default()
    };
    let mut done = Batch::of(held);
    for row in &rows {
        done.take(tools, teller, tool, row, &matrix)?;
    }
    let people: BTreeMap<PersonId, &str> = rows
        .iter()
        .filter_map(|r| r.owner.as_deref())
        .map(|name| (owner_id(tenant, tool, name), name))
        .collect();
    put_people(tx.conn(), tool, &people).await?;
    let Batch {
        tickets,
        made,
        entries,
        keys,
        facts,
        ..
    } = done;
    let (new, old): (Vec<Ticket>, Vec<Ticket>) =
        tickets.into_iter().partition(|t| made.contains(&t.id));
    if !old.is_empty() {
        let saving = Saving {
            tickets: &old,
            renamed: true,
            ..Saving::default()
        };
        save(tx.conn(), saving).await?;
    }
    let outbox = tools.outbox.rows(&facts);
    append(tx.conn(), &new, &entries, &keys, outbox).await?;
    Ok(())
}

/// What a batch of rows makes.
struct Batch {
    tickets: Vec<Ticket>,
    by_case: HashMap<String, usize>,
    made: HashSet<TicketId>,
    entries: Vec<Entry>,
    keys: Vec<RowKey>,
    facts: Vec<Envelope>,
}

impl Batch {
    fn of(tickets: Vec<Ticket>) -> Self {
        let by_case = tickets
            .iter()
            .enumerate()
            .filter_map(|(i, t)| Some((t.external.as_ref()?.case.clone(), i)))
            .collect();
        Self {
            tickets,
            by_case,
            made: HashSet::new(),
            entries: Vec::new(),
            keys: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Records one row: ticket, timeline, fact.
    fn take(
        &mut self,
        tools: &Tools,
        teller: &Teller<'_>,
        tool: &str,
        row: &Row,
        matrix: &Matrix,
    ) -> Result<(), Error> {
        let known = self.by_case.get(&row.case).copied();
        let place = known.unwrap_or_else(|| {
            let ticket = new_ticket(tools, teller.tenant, tool, row);
            self.made.insert(ticket.id);
            self.tickets.push(ticket);
            let place = self.tickets.len() - 1;
            self.by_case.insert(row.case.clone(), place);
            place
        });
        let ticket = &mut self.tickets[place];
        let recorded = record(
            ticket,
            row,
            |impact, urgency| matrix.priority(impact, Degree::None, urgency),
            known.is_none(),
        );
        let owner = row
            .owner
            .as_deref()
            .map(|name| owner_id(teller.tenant, tool, name));
        let holder = row.holder.as_ref().map(|(group, line)| RecordedHolder {
            group: group.clone(),
            line: *line,
            owner,
        });
        let by = Actor::System;
        let entry = ticket
            .entry(EntryId::new(&*tools.ids), EntryKind::Recorded, by, row.at)
            .with(Detail {
                from: recorded.from,
                to: Some(row.state),
                group_name: holder.as_ref().map(|h| h.group.clone()),
                line: holder.as_ref().map(|h| h.line),
                holder: owner,
                status: Some(row.status.clone()),
                sub_status: Some(row.sub_status.clone()).filter(|s| !s.is_empty()),
                irregular: recorded.irregular,
                ..Detail::default()
            });
        self.entries.push(entry);
        self.keys.push(RowKey {
            ticket: ticket.id,
            sha: row.sha,
            occurrence: row.occurrence,
        });
        let fact = TicketRecorded {
            ticket: recorded.snapshot,
            from: recorded.from,
            tool: tool.to_owned(),
            case: row.case.clone(),
            status: row.status.clone(),
            sub_status: row.sub_status.clone(),
            holder,
            irregular: recorded.irregular,
            attributes: row.attributes.clone(),
        };
        self.facts.push(teller.ticket(ticket, row.at, &fact)?);
        Ok(())
    }
}

/// The ticket of a case that comes for the first time, before its first row.
fn new_ticket(tools: &Tools, tenant: TenantId, tool: &str, row: &Row) -> Ticket {
    let id = TicketId::new(&*tools.ids);
    Ticket {
        tenant,
        id,
        number: placeholder(id),
        version: 0,
        kind: row.kind.unwrap_or(TicketKind::Incident),
        major: false,
        restored: None,
        lost_at: None,
        state: TicketState::Open,
        priority: Priority::Low,
        impact_internal: row.impact.unwrap_or(Degree::Low),
        impact_external: Degree::None,
        urgency: row.urgency.unwrap_or(Degree::Low),
        category: None,
        application: None,
        vendor: None,
        requester: None,
        opened_by: None,
        channel: Channel::Import,
        subject: format!("{tool} {}", row.case),
        description: String::new(),
        attributes: BTreeMap::new(),
        opened_at: row.at,
        state_since: row.at,
        solved_at: None,
        direct_to_n3: false,
        entries: 0,
        external: Some(External {
            tool: tool.to_owned(),
            case: row.case.clone(),
            recorded_until: row.at,
        }),
    }
}
