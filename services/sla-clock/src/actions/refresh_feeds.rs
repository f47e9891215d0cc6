//! Reads the feeds of a tenant that are due. A feed that fails, or says what no calendar can be, leaves the last good copy.

use business_time::Feed;
use chrono::TimeDelta;
use ids::{CalendarId, TenantId};
use tenancy::{ServiceDb, Tx};
use tokio_util::sync::CancellationToken;

use super::Tools;
use super::follow_feeds::follow_feeds;
use super::recompute::recompute_open;
use super::set_calendar_feed::unfetched;
use crate::config;
use crate::domain::feeds::{Failure, Kept, unreadable, years};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::{self, feeds};

/// Read of one tenant at one look: what its feeds take must not keep the others' waiting.
const AT_ONCE: i64 = 20;

/// Reads them one after the other, until it is told to stop. Gives back how many there were. Whether there are any is looked up
/// over `rounds`, which comes to every tenant.
pub async fn refresh_feeds(
    tools: &Tools,
    rounds: &ServiceDb,
    tenant: TenantId,
    settings: &config::Feeds,
    stop: &CancellationToken,
) -> Result<usize, Error> {
    let mut tx = rounds.begin_fact(tenant).await?;
    let again = TimeDelta::seconds(settings.every_s);
    let due = feeds::claim(&mut tx, tools.clock.now(), again, AT_ONCE).await?;
    tx.commit().await?;
    let looked_at = due.len();
    for (calendar, known) in due {
        let Some(url) = &known.url else {
            continue;
        };
        let fetched = tokio::select! {
            // It is tried again after its usual time.
            () = stop.cancelled() => break,
            fetched = tools.feeds.fetch(url) => fetched,
        };
        let read = match fetched {
            Ok(text) => Feed::read(&text, years(tools.clock.now()))
                .map_err(|error| unreadable("url", &error)),
            Err(error) => {
                tracing::warn!(%tenant, %calendar, %error, "a calendar feed was not fetched");
                Err(unfetched(&error))
            }
        };
        if let Err(error) = take_in(tools, tenant, settings, calendar, &known, read).await {
            tracing::error!(%tenant, %calendar, %error, "a calendar feed was not taken in");
        }
    }
    Ok(looked_at)
}

async fn take_in(
    tools: &Tools,
    tenant: TenantId,
    settings: &config::Feeds,
    calendar: CalendarId,
    known: &Kept,
    read: Result<Feed, Problem>,
) -> Result<(), Error> {
    let problem = match read {
        Ok(copy) => {
            let mut tx = tools.db.begin_fact(tenant).await?;
            store::alone_with_timers(&mut tx).await?;
            match replace(&mut tx, tools, tenant, calendar, known, copy).await? {
                Ok(()) => return Ok(tx.commit().await?),
                Err(problems) => {
                    tx.rollback().await?;
                    problems.into_iter().next()
                }
            }
        }
        Err(problem) => Some(problem),
    };
    let mut tx = tools.db.begin_fact(tenant).await?;
    store::alone(&mut tx).await?;
    if let (Some(mut now), Some(problem)) = (still(&mut tx, calendar, known).await?, problem) {
        tracing::warn!(%tenant, %calendar, code = problem.code, "a calendar keeps the last good copy of a feed");
        now.tried_at = tools.clock.now();
        now.failure = Some(Failure::from(&problem));
        let soon = settings.retry_s.min(settings.every_s);
        now.next_at = Some(now.tried_at + TimeDelta::seconds(soon));
        feeds::save(&mut tx, calendar, &now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The feed as it is now, if nobody took it away or named another address while it was being read.
async fn still(tx: &mut Tx, calendar: CalendarId, known: &Kept) -> Result<Option<Kept>, Error> {
    let now = feeds::of(tx, &[calendar]).await?.remove(&calendar);
    let mut now = now.unwrap_or_default().into_iter();
    Ok(now.find(|f| f.name == known.name && f.url == known.url))
}

async fn replace(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    calendar: CalendarId,
    known: &Kept,
    copy: Feed,
) -> Result<Outcome<()>, Error> {
    let Some(mut now) = still(tx, calendar, known).await? else {
        return Ok(Ok(()));
    };
    let changes = copy.changes_since(&now.copy);
    now.copy = copy;
    now.read_at = tools.clock.now();
    now.tried_at = now.read_at;
    now.failure = None;
    feeds::save(tx, calendar, &now).await?;
    let moved = match follow_feeds(tx, tools, tenant, calendar).await? {
        Ok(moved) => moved,
        Err(problems) => return Ok(Err(problems)),
    };
    if moved {
        tracing::info!(
            %tenant, %calendar, added = changes.added.len(), moved = changes.moved.len(), removed = changes.removed.len(),
            "a calendar follows its feed"
        );
        recompute_open(tx, tools, None, tenant).await?;
    }
    Ok(Ok(()))
}
