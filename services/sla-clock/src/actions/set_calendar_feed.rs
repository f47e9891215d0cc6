//! Lets a calendar follow a feed of closed dates.

use access::{Caller, Permission};
use business_time::Feed;
use chrono::{DateTime, TimeDelta, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::create_calendar::find;
use super::follow_feeds::{Followed, judged, write};
use super::inner_use::inner_use;
use super::make_edit::{Decided, book};
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::feeds::{Kept, unreadable, years};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::outside::feed::Unfetched;
use crate::store::agreements::KeptCalendar;
use crate::store::feeds;

/// More feeds than this no calendar needs.
const MOST_FEEDS: usize = 10;

/// Where a feed comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Read from there, again and again.
    Url(String),
    /// Handed in, once.
    Text(String),
}

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which calendar.
    pub calendar: CalendarId,
    /// The feed's name: one that is there already is replaced.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// Move the deadlines of open tickets at once.
    pub apply_to_open: bool,
}

/// Reads the feed and puts its dates into the calendar; the same again changes nothing.
pub async fn set_calendar_feed(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptCalendar>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let (name, copy) = match read(tools, &wish).await? {
        Ok(read) => read,
        Err(problems) => return Ok(Err(problems)),
    };
    let now = tools.clock.now();
    let mut tx = begin(tools, tenant).await?;
    let named = (&*name, &copy);
    let decided = match decide(&mut tx, tools, by.caller, &wish, named, now).await? {
        Ok(decided) => decided,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    let url = match wish.source {
        Source::Url(url) => Some(url),
        Source::Text(_) => None,
    };
    let feed = Kept {
        name,
        next_at: url
            .is_some()
            .then(|| now + TimeDelta::seconds(tools.feeds.every_s())),
        url,
        copy,
        read_at: now,
        tried_at: now,
        failure: None,
    };
    feeds::save(&mut tx, wish.calendar, &feed).await?;
    match write(&mut tx, tools, tenant, &decided).await? {
        Ok(changed) => apply(&mut tx, tools, by, tenant, changed && wish.apply_to_open).await?,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    }
    let changed = find(&mut tx, tools, tenant, wish.calendar).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// The feed's name, and what it says now, or why it cannot be taken in. Outside of any transaction: who publishes it may take its
/// time. So many addresses are read at once and no more, be it to follow them or for a preview: whoever can name a slow one could
/// have this process hold any number of connections open.
///
/// # Errors
/// [`Error::Busy`] while there is no room for one more address; a text needs none.
pub(super) async fn read(tools: &Tools, wish: &Wish) -> Result<Outcome<(String, Feed)>, Error> {
    let name = match name(&wish.name) {
        Ok(name) => name,
        Err(problem) => return Ok(Err(vec![problem])),
    };
    {
        // Another tenant's calendar is not found before anything is fetched for it.
        let mut tx = tools.db.begin_read(wish.tenant).await?;
        find(&mut tx, tools, wish.tenant, wish.calendar).await?;
        tx.rollback().await?;
    }
    let years = years(tools.clock.now());
    let (field, copy) = match &wish.source {
        Source::Text(text) => ("text", Feed::read(text, years)),
        Source::Url(url) => {
            let _fetching = tools.fetches.take(wish.tenant)?;
            match tools.feeds.fetch(url).await {
                Ok(text) => ("url", Feed::read(&text, years)),
                Err(error) => return Ok(Err(vec![unfetched(&error)])),
            }
        }
    };
    let copy = copy.map_err(|error| vec![unreadable(field, &error)]);
    Ok(copy.map(|copy| (name, copy)))
}

/// What following that feed comes to, or what stands in its way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    (name, copy): (&str, &Feed),
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let book = book(tx, tools, wish.tenant).await?;
    let mut followed = Followed::read(tx, wish.calendar).await?;
    let whose = (caller, wish.tenant);
    let touched = [Touched::Calendar(wish.calendar)];
    let inner = inner_use(tx, whose, &book.rulebook(), &touched, ("calendar", now)).await?;
    if let Some(problem) = inner {
        return Ok(Err(vec![problem]));
    }
    if followed.others(name) >= MOST_FEEDS {
        return Ok(Err(vec![Problem::at(
            "name",
            "TOO_MANY_FEEDS",
            format!("Como máximo {MOST_FEEDS} por calendario."),
        )]));
    }
    followed.put(name, copy.clone());
    judged(&book, &followed, wish.calendar, now)
}

/// A feed's trimmed name, or what is wrong with it.
pub(super) fn name(wished: &str) -> Result<String, Problem> {
    let name = wished.trim();
    match name.chars().count() {
        0 => Err(Problem::at("name", "NAME_MISSING", "Indique un nombre.")),
        1..=60 => Ok(name.to_owned()),
        _ => Err(Problem::at(
            "name",
            "NAME_TOO_LONG",
            "El nombre tiene más de 60 caracteres.",
        )),
    }
}

/// Why it was not fetched, as whoever named the address is told.
pub(super) fn unfetched(error: &Unfetched) -> Problem {
    let (code, message) = match error {
        Unfetched::Address => (
            "BAD_FEED_ADDRESS",
            "Indique una dirección https pública, sin usuario ni contraseña.".to_owned(),
        ),
        Unfetched::Unreachable(_) => (
            "FEED_UNREACHABLE",
            "No se pudo leer: no responde, o tarda demasiado.".to_owned(),
        ),
        Unfetched::Status(status) => (
            "FEED_STATUS",
            format!("No se pudo leer: respondió {status}."),
        ),
        Unfetched::TooLarge => (
            "FEED_TOO_LARGE",
            "El calendario es demasiado grande.".to_owned(),
        ),
        Unfetched::NotText => (
            "NOT_A_CALENDAR",
            "No es un calendario iCalendar: no es texto UTF-8.".to_owned(),
        ),
    };
    Problem::at("url", code, message)
}
