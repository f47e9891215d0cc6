//! Which results of a target stand, and what the agreements as they are now make of the rest of the ticket's life.
//!
//! A result that was told is read by the book that it was reached by. Where terms that were written later cut the ticket's
//! life otherwise (what was to begin another cycle now goes on, or begins anew), the cycles with their results stay, and the
//! later terms judge what comes behind the last of them: from the reopening on, as another cycle. So no result is undone, no
//! second one is told of the same time, and a ticket that is open again has its clock.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use events::sla_clock::{ClockState, Target};

use super::agreement::{Kind, Which};
use super::course::{Course, Story, courses, courses_since};
use super::cycle::{place, reopening};
use super::kept::Kept;
use super::rulebook::Rulebook;
use super::run;
use super::uncomputable::Uncomputable;

/// A cycle, and the version of the book that it is read by.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// The cycle.
    pub course: Course<'a>,
    /// The version.
    pub book: i64,
}

impl Judged<'_> {
    /// Whether it comes to what was told of that clock.
    fn stands(&self, clock: &Kept) -> bool {
        self.course.cycle == clock.cycle
            && clock.stopped_at.is_some()
            && self.course.stop.map(|stop| stop.at) == clock.stopped_at
    }

    fn same_cut(&self, other: &Self) -> bool {
        let cut = |of: &Self| {
            let Course {
                cycle, begun, stop, ..
            } = &of.course;
            (*cycle, begun.at, stop.map(|h| h.at))
        };
        cut(self) == cut(other)
    }
}

/// The book as it stands, and as it stood when results of these clocks were reached.
#[derive(Debug)]
pub struct Books<'a> {
    current: &'a Rulebook,
    earlier: BTreeMap<i64, Arc<Rulebook>>,
}

impl<'a> Books<'a> {
    /// For the clocks of a ticket.
    pub fn of(current: &'a Rulebook, kept: &[Kept]) -> Self {
        let judged = kept.iter().map(|k| k.judged_by(current.version));
        let earlier = judged
            .filter(|version| *version < current.version)
            .map(|version| (version, current.at(version)))
            .collect();
        Self { current, earlier }
    }

    /// Whether every clock is judged by the book as it stands.
    fn is_one(&self) -> bool {
        self.earlier.is_empty()
    }

    fn at(&self, version: i64) -> &Rulebook {
        self.earlier
            .get(&version)
            .map_or(self.current, |book| &**book)
    }
}

/// The cycles of a target, the first one first: those with results that stand as they were judged, the others by the book
/// as it is now.
///
/// # Errors
/// [`Uncomputable`] if the hours of one of them are not known.
pub fn standing<'a>(
    books: &'a Books<'_>,
    story: Story<'a>,
    kept: &'a [Kept],
    which: Which<'_>,
) -> Result<Vec<Judged<'a>>, Uncomputable> {
    let now = books.current.version;
    let kept: Vec<&Kept> = kept.iter().filter(|k| k.which() == which).collect();
    let results = kept.iter().filter(|k| k.stopped_at.is_some());
    let mut results: Vec<(i64, &Kept)> = results.map(|k| (k.judged_by(now), *k)).collect();
    results.sort_by_key(|(_, k)| k.cycle);
    if books.is_one() || results.iter().all(|(version, _)| *version == now) {
        return by_one(books.current, story, which);
    }
    let judge = Judge {
        books,
        story,
        which,
        kept,
        results,
        known: RefCell::default(),
    };
    let all = judge.cycles(now, story.happened.len())?;
    Ok((*all).clone())
}

fn by_one<'a>(
    book: &'a Rulebook,
    story: Story<'a>,
    which: Which<'_>,
) -> Result<Vec<Judged<'a>>, Uncomputable> {
    let all = courses(book, story, which)?;
    Ok(all.into_iter().map(|c| judged(book, c)).collect())
}

fn judged<'a>(book: &Rulebook, course: Course<'a>) -> Judged<'a> {
    Judged {
        course,
        book: book.version,
    }
}

/// Cycles, and where the ticket was opened again.
type Told<'a> = (Rc<Vec<Judged<'a>>>, Option<usize>);
type Known<'a> = BTreeMap<(i64, usize), Rc<Vec<Judged<'a>>>>;

/// One target of one ticket, while it is judged.
struct Judge<'a, 'b, 'w> {
    books: &'a Books<'b>,
    story: Story<'a>,
    which: Which<'w>,
    /// What was told of it.
    kept: Vec<&'a Kept>,
    /// Its results, by cycle, with the version that they were judged by.
    results: Vec<(i64, &'a Kept)>,
    /// By version, and by how much of what happened was looked at.
    known: RefCell<Known<'a>>,
}

impl<'a> Judge<'a, '_, '_> {
    /// The cycles by a version of the book, of so many things that happened. It looks at earlier versions alone, so it ends.
    fn cycles(&self, version: i64, until: usize) -> Result<Rc<Vec<Judged<'a>>>, Uncomputable> {
        if let Some(known) = self.known.borrow().get(&(version, until)) {
            return Ok(known.clone());
        }
        let found = Rc::new(self.look(version, until)?);
        self.known
            .borrow_mut()
            .insert((version, until), found.clone());
        Ok(found)
    }

    fn look(&self, version: i64, until: usize) -> Result<Vec<Judged<'a>>, Uncomputable> {
        let book = self.books.at(version);
        let story = self.until(until);
        let plain = by_one(book, story, self.which)?;
        let mut stand: Vec<Judged<'a>> = Vec::new();
        let mut last: Option<(Rc<Vec<Judged<'a>>>, usize)> = None;
        for (judged_by, clock) in &self.results {
            if *judged_by >= version {
                continue;
            }
            let (all, again) = self.told(*judged_by, clock, &plain, until)?;
            if let Some(one) = all.iter().find(|j| j.stands(clock)).cloned() {
                let goes_on = again.or_else(|| goes_on(&one.course, story));
                stand.push(one);
                last = Some((all, goes_on.unwrap_or(until)));
            }
        }
        let (Some((all, rest)), Some(highest)) = (last, stand.last().map(|j| j.course.cycle))
        else {
            return Ok(plain);
        };
        let as_it_stood = |j: &Judged<'a>| stand.iter().find(|s| s.course.cycle == j.course.cycle);
        let same = |s: &Judged<'a>| plain.iter().any(|p| p.same_cut(s));
        let mut out: Vec<Judged<'a>> = if stand.iter().all(same) {
            plain
        } else {
            let told = all.iter().filter(|j| j.course.cycle <= highest).cloned();
            let later = courses_since(book, story, self.which, (rest, highest))?;
            told.chain(later.into_iter().map(|c| judged(book, c)))
                .collect()
        };
        for one in &mut out {
            if let Some(stood) = as_it_stood(one) {
                *one = stood.clone();
            }
        }
        Ok(out)
    }

    /// The cycles by the version that judged a clock; and where the ticket was opened again, if the clock's result stands up
    /// to there alone: by its own terms it would go on, but another cycle was begun, or is by the terms as they are now.
    fn told(
        &self,
        version: i64,
        clock: &Kept,
        plain: &[Judged<'a>],
        until: usize,
    ) -> Result<Told<'a>, Uncomputable> {
        let all = self.cycles(version, until)?;
        let story = self.until(until);
        // By its own terms the reopening gave it up; it was told before.
        let given_up = |j: &Judged<'_>| {
            let reopened = || goes_on(&j.course, story).is_some();
            clock.state == ClockState::Stopped && j.course.cancelled && reopened()
        };
        let stands = all.iter().any(|j| j.stands(clock) && !given_up(j));
        if stands || !self.followed(clock, plain) {
            return Ok((all, None));
        }
        let stops = story.happened.iter().enumerate();
        for (stop, _) in stops.filter(|(_, h)| Some(h.at) == clock.stopped_at) {
            let up_to_it = self.cycles(version, stop + 1)?;
            let one = up_to_it.iter().find(|j| j.stands(clock));
            if let Some(again) = one.and_then(|j| goes_on(&j.course, story)) {
                return Ok((self.cycles(version, again)?, Some(again)));
            }
        }
        Ok((all, None))
    }

    /// Whether another cycle follows a clock's.
    fn followed(&self, clock: &Kept, plain: &[Judged<'a>]) -> bool {
        let later = |at| clock.stopped_at.is_some_and(|stop| at > stop);
        let told = self.kept.iter().any(|k| {
            k.cycle > clock.cycle && k.state != ClockState::Cancelled && later(k.started_at)
        });
        told || plain
            .iter()
            .any(|p| p.course.cycle > 1 && later(p.course.begun.at))
    }

    fn until(&self, until: usize) -> Story<'a> {
        Story {
            happened: &self.story.happened[..until],
            ..self.story
        }
    }
}

/// Where another cycle begins behind one that has its result: where the ticket is opened again, or, of clocks that follow
/// each other or began anew, where it stopped; between groups and with vendors see [`run::goes_on`].
fn goes_on(course: &Course<'_>, story: Story<'_>) -> Option<usize> {
    let by = course.stop?;
    let stop = place(story.happened, by)?;
    let anew = course.cancelled && course.rule.resets(by) && !course.rule.ends(by);
    if anew {
        return Some(stop);
    }
    let kind = course.agreement.kind;
    if kind != Kind::Sla {
        return run::goes_on(kind, course.rule, story.happened, stop);
    }
    if course.rule.target == Target::NextUpdate {
        return Some(stop);
    }
    reopening(course.rule, story.happened, stop)
}
