//! Feeds of closed dates that calendars follow, as the graph takes and shows them.

use access::Permission;
use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use ids::CalendarId;
use subgraph::{bad_input, caller, gid};

use super::loaders::Feeds;
use super::types::Calendar;
use crate::actions::read_feeds::Kept;
use crate::actions::{remove_calendar_feed, set_calendar_feed};

/// Lets a calendar follow a feed of closed dates (iCalendar, RFC 5545): all-day events close their dates, in the calendar's
/// own zone; an event that is moved frees the date it left.
#[derive(InputObject, Debug)]
pub struct SetCalendarFeedInput {
    /// The calendar.
    pub calendar: ID,
    /// The feed's name, unique in the calendar: one that is there is replaced.
    pub name: String,
    /// Where it is read from, now and every few hours: a public `https` address. A feed that fails leaves its last good
    /// copy. Either this or `text`.
    pub url: Option<String>,
    /// Its text, handed in once; at most 4 MiB, less where the gateway takes less.
    pub text: Option<String>,
    /// Move the deadlines of open tickets at once; else each at its next change. What is read later is applied at once.
    #[graphql(default = true)]
    pub apply_to_open: bool,
}

impl SetCalendarFeedInput {
    /// As the action knows it.
    pub fn read(self) -> Result<set_calendar_feed::Wish> {
        let calendar = gid::<CalendarId>(&self.calendar)?;
        let source = match (self.url, self.text) {
            (Some(url), None) => set_calendar_feed::Source::Url(url),
            (None, Some(text)) => set_calendar_feed::Source::Text(text),
            _ => {
                return Err(bad_input(
                    "url",
                    "Indique la dirección o el texto, una de las dos cosas.",
                ));
            }
        };
        Ok(set_calendar_feed::Wish {
            tenant: calendar.tenant,
            calendar: calendar.id,
            name: self.name,
            source,
            apply_to_open: self.apply_to_open,
        })
    }
}

/// Takes a feed away from a calendar: its dates are free again, but those that people wrote, too.
#[derive(InputObject, Debug)]
pub struct RemoveCalendarFeedInput {
    /// The calendar.
    pub calendar: ID,
    /// The feed's name.
    pub name: String,
    /// Move the deadlines of open tickets at once; else each at its next change.
    #[graphql(default = true)]
    pub apply_to_open: bool,
}

impl RemoveCalendarFeedInput {
    /// As the action knows it.
    pub fn read(self) -> Result<remove_calendar_feed::Wish> {
        let calendar = gid::<CalendarId>(&self.calendar)?;
        Ok(remove_calendar_feed::Wish {
            tenant: calendar.tenant,
            calendar: calendar.id,
            name: self.name,
            apply_to_open: self.apply_to_open,
        })
    }
}

/// A feed that a calendar follows.
#[derive(SimpleObject, Debug, Clone)]
pub struct CalendarFeed {
    /// Its name.
    pub name: String,
    /// Where it is read from; absent if its text was handed in. Shown to those who may change calendars.
    pub url: Option<String>,
    /// When the copy that counts was read.
    pub read_at: DateTime<Utc>,
    /// When it was last tried.
    pub tried_at: DateTime<Utc>,
    /// When it is tried again.
    pub next_at: Option<DateTime<Utc>>,
    /// What the last try came to, if it was no good, shown to those who may change calendars: the copy of `readAt` still counts.
    pub problem: Option<subgraph::Problem>,
    /// The first year that it was read for.
    pub first_year: i32,
    /// The last year that it was read for.
    pub last_year: i32,
    /// The events that close dates, by their UIDs.
    pub events: Vec<CalendarFeedEvent>,
    /// The names of events that close nothing, for they have a time of day.
    pub ignored: Vec<String>,
}

/// An all-day event of a feed.
#[derive(SimpleObject, Debug, Clone)]
pub struct CalendarFeedEvent {
    /// Its UID.
    pub uid: String,
    /// What it is called.
    pub name: String,
    /// The dates that it closes.
    pub dates: Vec<NaiveDate>,
}

impl From<&Kept> for CalendarFeed {
    fn from(kept: &Kept) -> Self {
        let events = kept
            .copy
            .events
            .iter()
            .map(|(uid, event)| CalendarFeedEvent {
                uid: uid.clone(),
                name: event.name.clone(),
                dates: event.dates.iter().copied().collect(),
            });
        Self {
            name: kept.name.clone(),
            url: kept.url.clone(),
            read_at: kept.read_at,
            tried_at: kept.tried_at,
            next_at: kept.next_at,
            problem: kept.failure.as_ref().map(|failure| subgraph::Problem {
                field: Some("url".to_owned()),
                code: failure.code.clone(),
                message: failure.message.clone(),
            }),
            first_year: kept.copy.first_year,
            last_year: kept.copy.last_year,
            events: events.collect(),
            ignored: kept.copy.ignored.iter().map(|i| i.name.clone()).collect(),
        }
    }
}

#[ComplexObject]
impl Calendar {
    /// The feeds of closed dates that it follows, by name.
    async fn feeds(&self, ctx: &Context<'_>) -> Result<Vec<CalendarFeed>> {
        let kept = ctx
            .data::<DataLoader<Feeds>>()?
            .load_one(self.key)
            .await?
            .unwrap_or_default();
        // Addresses of feeds are often secrets: whoever knows one reads the feed.
        let may = caller(ctx)?.may(self.key.0, Permission::ConfigureAgreements);
        let shown = kept.iter().map(|kept| {
            let feed = CalendarFeed::from(kept);
            CalendarFeed {
                url: feed.url.filter(|_| may),
                problem: feed.problem.filter(|_| may),
                ..feed
            }
        });
        Ok(shown.collect())
    }
}
