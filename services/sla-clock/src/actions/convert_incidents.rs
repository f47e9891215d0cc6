//! Says which incidents are to be converted, each once; intake opens their corrective maintenances.

use std::collections::BTreeMap;

use events::Origin;
use ids::{ProviderId, TenantId, TicketId};
use tenancy::Tx;

use super::Tools;
use super::recompute::Cause;
use crate::domain::conversion::{Conversion, Fresh, due};
use crate::domain::happened::{Happened, Held};
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::events::publish::{Told, conversion_due};
use crate::store::conversions;
use crate::store::facts::Histories;

/// What a batch tells of each ticket; links convert nothing.
pub(super) fn fresh(
    news: &[(TicketId, Happened)],
    held: &[(TicketId, Held)],
) -> BTreeMap<TicketId, Fresh> {
    let mut all: BTreeMap<TicketId, Fresh> = BTreeMap::new();
    for (ticket, happened) in news {
        let of = all.entry(*ticket).or_default();
        of.versions.insert(happened.version);
    }
    for (ticket, held) in held {
        all.entry(*ticket).or_default().held.insert(held.at);
    }
    all
}

/// Announces those that are to be converted for what was told just now, but for those of which it was told before. Nothing is
/// asked of the database where there are none.
pub(super) async fn convert_incidents(
    tx: &mut Tx,
    tools: &Tools,
    (tenant, provider): (TenantId, Option<ProviderId>),
    (book, histories): (&Rulebook, &Histories),
    fresh: &BTreeMap<TicketId, Fresh>,
    causes: &BTreeMap<TicketId, Cause>,
) -> Result<(), Error> {
    let all: BTreeMap<TicketId, Conversion> = fresh
        .iter()
        .filter_map(|(ticket, fresh)| {
            let heard = histories.of.get(ticket)?;
            Some((*ticket, due(&book.desk, &heard.all, fresh)?))
        })
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let added = conversions::add(tx, &all).await?;
    let mut told = Vec::with_capacity(added.len());
    for ticket in added {
        let Some(conversion) = all.get(&ticket) else {
            continue;
        };
        let about = Told {
            tenant,
            provider,
            time: conversion.at,
            origin: Origin::Live,
            trace: causes.get(&ticket).and_then(|cause| cause.trace.clone()),
        };
        told.push(conversion_due(&*tools.ids, about, ticket, conversion)?);
    }
    tools.outbox.announce(tx, &told).await?;
    Ok(())
}
