//! How a clock ran: from what to what, held by what, by which hours. What it reads and why it reads it are both computed
//! from here, so the two cannot differ.

use business_time::{Pause, TimeError};
use chrono::{DateTime, TimeDelta, Utc};

use super::agreement::{Agreement, Rule, Terms, Which};
use super::cycle::{Cycle, cycles};
use super::happened::{Happened, opened_at};
use super::held_by::HeldBy;
use super::hours::Hours;
use super::hours_of::HoursOf;
use super::kept::Kept;
use super::rulebook::{Rulebook, attach};
use super::uncomputable::Uncomputable;

/// What happened to a ticket up to an instant, in order, and what is only supposed.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// In order (see [`super::happened::in_order`]).
    pub happened: &'a [Happened],
    /// Pauses that nothing tells of: of a question, never of a clock that is kept.
    pub supposed: &'a [Pause],
}

impl<'a> Story<'a> {
    /// What really happened.
    pub const fn of(happened: &'a [Happened]) -> Self {
        Self {
            happened,
            supposed: &[],
        }
    }

    /// Without what happened later.
    pub fn until(self, as_of: DateTime<Utc>) -> Self {
        let known = self.happened.partition_point(|h| h.at <= as_of);
        Self {
            happened: &self.happened[..known],
            ..self
        }
    }
}

/// A stretch in which something held a clock.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// From when to when.
    pub pause: Pause,
    /// What the ticket entered by it.
    pub by: &'a Happened,
    /// What the ticket left it by, if it did.
    pub until: Option<&'a Happened>,
    /// Only supposed.
    pub supposed: bool,
}

/// One cycle of one clock.
#[derive(Debug, Clone)]
pub struct Course<'a> {
    /// By which agreement.
    pub agreement: &'a Agreement,
    /// By which of its rules.
    pub rule: &'a Rule,
    /// 1 for the first.
    pub cycle: i32,
    /// What began it.
    pub begun: &'a Happened,
    /// What stopped it.
    pub stop: Option<&'a Happened>,
    /// It no longer applies.
    pub cancelled: bool,
    /// What held it, in order; one behind the other where the ticket went from one pausing state to another.
    pub holds: Vec<Hold<'a>>,
    /// Since when it is held now.
    pub held_since: Option<DateTime<Utc>>,
    /// By which hours.
    pub hours: Hours,
    /// Allowed seconds of them: what the rule says, or comes to where it begins.
    pub seconds: i64,
}

impl Course<'_> {
    /// Whom the time of a hold belongs to.
    pub fn held_by(&self, hold: &Hold<'_>) -> HeldBy {
        if hold.supposed {
            HeldBy::Supposition
        } else {
            self.rule.held_by(hold.by.state)
        }
    }

    /// As the calendar takes them.
    pub fn pauses(&self) -> Vec<Pause> {
        self.holds.iter().map(|h| h.pause).collect()
    }

    /// Since when a supposed pause holds it then.
    pub fn supposed_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let supposed = self.holds.iter().filter(|h| h.supposed);
        supposed
            .map(|h| h.pause)
            .filter(|p| p.from <= at && p.to.is_none_or(|to| at < to))
            .map(|p| p.from)
            .min()
    }

    /// The instant after so many working seconds; none while it is held before that.
    ///
    /// # Errors
    /// [`TimeError`] if it lies beyond the calendar's horizon.
    pub fn after(
        &self,
        seconds: i64,
        pauses: &[Pause],
    ) -> Result<Option<DateTime<Utc>>, TimeError> {
        self.hours.deadline(self.begun.at, seconds, pauses)
    }
}

/// The courses of a target, its first cycle first; none if no agreement is for it.
///
/// # Errors
/// [`Uncomputable`] if the hours of one of them are not known.
pub fn courses<'a>(
    book: &'a Rulebook,
    story: Story<'a>,
    which: Which<'_>,
) -> Result<Vec<Course<'a>>, Uncomputable> {
    courses_since(book, story, which, (0, 0))
}

/// The same of what happened from a place on, behind so many cycles that stand already.
///
/// # Errors
/// [`Uncomputable`] if the hours of one of them are not known.
pub fn courses_since<'a>(
    book: &'a Rulebook,
    story: Story<'a>,
    which: Which<'_>,
    (from, behind): (usize, i32),
) -> Result<Vec<Course<'a>>, Uncomputable> {
    let (Some(opened), Some(rest)) = (opened_at(story.happened), story.happened.get(from..)) else {
        return Ok(Vec::new());
    };
    let in_force = book.in_force(opened);
    let all = cycles(rest, |h| attach(&in_force, h, which));
    (behind + 1..)
        .zip(all)
        .filter_map(|(number, cycle)| course(book, number, &cycle, story).transpose())
        .collect()
}

/// The course of a clock up to an instant, by the agreement that it was attached to, as the book says it; none before it
/// began.
///
/// # Errors
/// [`Uncomputable`] if its hours are not known.
pub fn course_of<'a>(
    book: &'a Rulebook,
    clock: &Kept,
    story: Story<'a>,
    as_of: DateTime<Utc>,
) -> Result<Option<Course<'a>>, Uncomputable> {
    match cycle_of(book, clock, story, as_of) {
        Some(cycle) => course(book, clock.cycle, &cycle, story.until(as_of)),
        None => Ok(None),
    }
}

/// The rule that judges a clock, of the agreement that it was attached to.
pub fn rule_of<'a>(book: &'a Rulebook, clock: &Kept, story: Story<'a>) -> Option<&'a Rule> {
    let cycle = cycle_of(book, clock, story, DateTime::<Utc>::MAX_UTC)?;
    Some(cycle.by.1)
}

fn cycle_of<'a>(
    book: &'a Rulebook,
    clock: &Kept,
    story: Story<'a>,
    as_of: DateTime<Utc>,
) -> Option<Cycle<'a>> {
    let agreement = book.agreement(clock)?;
    let which = clock.which();
    let any = agreement.terms.rules.iter().find(|r| r.which() == which)?;
    // What no rule is for any more keeps the first: its hours and pauses are the agreement's.
    let rule_of = |h: &Happened| {
        let rule = agreement.terms.rule(which, h);
        Some((agreement, rule.unwrap_or(any)))
    };
    let place = usize::try_from(clock.cycle - 1).ok()?;
    let of_all = cycles(story.happened, rule_of);
    let begins = |cycle: &Cycle<'_>| cycle.stretch.happened.first().map(|h| h.at);
    let in_place = of_all.get(place).and_then(begins) == Some(clock.started_at);
    // Results before it that were reached by other terms were cut otherwise: then it is the first from where it began on.
    let begun = story
        .happened
        .iter()
        .rposition(|h| h.at == clock.started_at);
    let (from, place) = match begun {
        Some(begun) if !in_place => (begun, 0),
        _ => (0, place),
    };
    let rest = story.until(as_of).happened.get(from..)?;
    cycles(rest, rule_of).get(place).copied()
}

fn course<'a>(
    book: &Rulebook,
    number: i32,
    cycle: &Cycle<'a>,
    story: Story<'a>,
) -> Result<Option<Course<'a>>, Uncomputable> {
    let Cycle { by, stretch } = cycle;
    let (agreement, rule) = *by;
    let Some(begun) = stretch.happened.first() else {
        return Ok(None);
    };
    let stopped_at = stretch.stop.map(|h| h.at);
    let judged = stretch.stop.or(story.happened.last()).unwrap_or(begun);
    let hours = book
        .hours(*by, story.happened, judged, stopped_at)
        .ok_or(Uncomputable::NoCalendar)?;
    let (hours, seconds) = match rule.allowed {
        Some(allowed) => {
            // Days are counted by the hours of whoever has the ticket at the beginning.
            let follows = rule.hours.as_ref().is_some_and(HoursOf::looks_at_groups);
            let begins = || {
                let just_begun = begun.at + TimeDelta::nanoseconds(1);
                book.hours(*by, story.happened, judged, Some(just_begun))
            };
            let begins = follows.then(begins).flatten();
            allowed.resolve(&book.desk, hours, begins.as_ref(), begun.at)?
        }
        None => (hours, rule.seconds),
    };
    // A pause that begins with the stop is none.
    let counted = stretch
        .happened
        .partition_point(|h| stopped_at.is_none_or(|s| h.at < s));
    let (mut holds, mut held_since) = holds(&agreement.terms, rule, &stretch.happened[..counted]);
    if let (Some(stop), true) = (stopped_at, held_since.is_some())
        && let Some(last) = holds.last_mut()
    {
        // What held the clock when it stopped held it until then.
        last.pause.to = Some(stop);
        held_since = None;
    }
    for pause in story.supposed {
        let by = story.happened.iter().rev().find(|h| h.at <= pause.from);
        holds.push(Hold {
            pause: *pause,
            by: by.unwrap_or(begun),
            until: None,
            supposed: true,
        });
    }
    Ok(Some(Course {
        agreement,
        rule,
        cycle: number,
        begun,
        stop: stretch.stop,
        cancelled: stretch.cancelled,
        holds,
        held_since,
        hours,
        seconds,
    }))
}

/// The spans in which the terms hold the clock, and since when they hold it at the end.
fn holds<'a>(
    terms: &Terms,
    rule: &Rule,
    happened: &'a [Happened],
) -> (Vec<Hold<'a>>, Option<DateTime<Utc>>) {
    let mut out: Vec<Hold<'a>> = Vec::new();
    let mut since: Option<DateTime<Utc>> = None;
    for h in happened {
        let pauses = terms.pauses(rule, h);
        let holds = pauses || (since.is_some() && !terms.resumes(rule, h));
        if since.is_some()
            && let Some(last) = out.last_mut()
        {
            // What has held it goes on holding it until it resumes.
            let same = !pauses || (last.by.state == h.state && last.by.vendor == h.vendor);
            if holds && same {
                continue;
            }
            last.pause.to = Some(h.at);
            last.until = Some(h);
        }
        if holds {
            since = since.or(Some(h.at));
            out.push(Hold {
                pause: Pause::since(h.at),
                by: h,
                until: None,
                supposed: false,
            });
        } else {
            since = None;
        }
    }
    (out, since)
}
