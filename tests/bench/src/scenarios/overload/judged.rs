//! What became of the noise, of the questions beside it, and of those after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{AFTER, LITTLE, NOISE, QUIET};
use crate::load::Outcome;
use crate::machine::Used;
use crate::paced::{Asked, Kind, quantile};
use crate::report::{Better, Report, Row};

/// Answers may take so many times the quiet ones.
const TIMES: f64 = 3.0;
/// The noisy tenant that gets least gets at least this part of what the one gets that gets most.
const FAIR: f64 = 0.5;
/// Of what the other tenant asks so much is answered, in hundredths.
const ANSWERED: f64 = 99.0;
/// So long after the noise it is as before, seconds,
const BACK: f64 = 10.0;
/// which is once five seconds are no slower than this many times what they were: the 99th percentile of a hundred answers is
/// the second worst of them.
const AS_BEFORE: f64 = 1.5;
const LOOK: f64 = 5.0;

/// What was asked in vain and not in vain by those who asked too much.
pub struct Noise<'a> {
    asked: &'a [Asked],
    crowd: usize,
    begins: f64,
    ends: f64,
}

/// Which of them were refused, and how.
pub struct Refusals {
    /// As too many of a tenant's.
    pub own: usize,
    /// As too many of all.
    pub whole: usize,
    /// By a limit of how often somebody may ask: some of the first.
    pub limited: usize,
    /// Of both, those that said when to come back.
    pub say_when: usize,
    /// Neither answered nor refused.
    pub neither: usize,
    /// What those were, by status and code.
    others: BTreeMap<(u16, String), usize>,
}

impl Refusals {
    /// Of these.
    pub fn of(asked: &[Asked]) -> Self {
        let count = |want: &dyn Fn(&Asked) -> bool| asked.iter().filter(|a| want(a)).count();
        let refused = |a: &Asked| matches!(a.kind, Kind::Overloaded | Kind::Limited);
        let mut others = BTreeMap::new();
        for one in asked.iter().filter(|a| a.kind == Kind::Failed) {
            *others.entry((one.status, one.code.clone())).or_default() += 1;
        }
        Self {
            own: count(&|a| refused(a) && a.status == 429),
            whole: count(&|a| refused(a) && a.status == 503),
            limited: count(&|a| a.kind == Kind::Limited),
            say_when: count(&|a| refused(a) && a.says_when),
            neither: others.values().sum(),
            others,
        }
    }

    /// Both kinds together.
    pub fn all(&self) -> usize {
        self.own + self.whole
    }

    /// What they were, for people.
    pub fn said(&self) -> String {
        let mut said = format!(
            "429: {} ({} of them by a rate limit), 503: {}; {:.1} % say when to come back; anything else: {}",
            self.own,
            self.limited,
            self.whole,
            percent(self.say_when, self.all()),
            self.neither
        );
        for ((status, code), count) in &self.others {
            let _written = write!(said, ", {count} with {status} {code}");
        }
        said
    }

    /// A refusal is one that its caller can do something with, and there is nothing between it and an answer.
    pub fn promises(&self, what: &str, report: &mut Report) {
        report.promise(
            self.neither == 0,
            format!(
                "{what}: whatever is not answered is refused; {} were neither",
                self.neither
            ),
        );
        let silent = self.all() - self.say_when;
        report.promise(
            silent == 0,
            format!("{what}: a refusal says when to come back; {silent} did not"),
        );
    }
}

/// A part of a whole, in hundredths.
pub fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

impl<'a> Noise<'a> {
    /// In the order in which it was asked, by so many tenants.
    pub fn of(asked: &'a [Asked], crowd: usize) -> Self {
        let ends = asked.iter().map(|a| a.at + a.ms / 1e3);
        Self {
            asked,
            crowd,
            begins: asked.first().map_or(0.0, |a| a.at),
            ends: ends.fold(0.0, f64::max),
        }
    }

    /// What was accepted, beside what can be served and how fast; and what was not.
    pub fn shed(&self, quiet: &Outcome, used: &Used, report: &mut Report) {
        let each_second = |count: usize| count as f64 / f64::from(NOISE);
        let capacity = "of what can be served";
        let offered = each_second(self.asked.len());
        let row = Row::new("overload: offered", offered, "/s", Better::Higher);
        let note = format!("by {} noisy tenants", self.crowd);
        report.add(row.versus(capacity, quiet.per_second).note(note));

        let (p50, p99) = (quantile(self.asked, 0.5), quantile(self.asked, 0.99));
        let accepted = self.asked.iter().filter(|a| a.kind == Kind::Answered);
        let accepted = accepted.count();
        let row = Row::new(
            "overload: accepted",
            each_second(accepted),
            "/s",
            Better::Higher,
        );
        let row = row.latency(p50, p99).used(used, accepted as f64);
        report.add(row.versus(capacity, quiet.per_second));
        let row = Row::new("overload: p99 of the accepted", p99, "ms", Better::Lower);
        let beside = format!("p99 of {QUIET} connections, quiet");
        report.add(row.versus(&beside, quiet.p99_ms));
        report.promise(
            accepted > 0 && p99 <= quiet.p99_ms * TIMES,
            format!(
                "overload: p99 of the accepted is {p99:.1} ms, promised: {TIMES} times {:.1} ms",
                quiet.p99_ms
            ),
        );

        let refusals = Refusals::of(self.asked);
        let refused = percent(refusals.all(), self.asked.len());
        let row = Row::new("overload: refused", refused, "%", Better::Lower);
        report.add(row.note(refusals.said()));
        report.promise(
            refusals.all() > 0,
            "overload: some of five times what can be served is refused",
        );
        refusals.promises("overload", report);
    }

    /// How the noisy tenants share what is accepted: they ask alike.
    pub fn shared(&self, report: &mut Report) {
        let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
        for asked in self.asked {
            let of_tenant = accepted.entry(&asked.tenant).or_default();
            *of_tenant += usize::from(asked.kind == Kind::Answered);
        }
        let least = accepted.values().min().copied().unwrap_or_default();
        let most = accepted.values().max().copied().unwrap_or_default();
        let share = least as f64 / most.max(1) as f64;
        let what = "overload: accepted of the noisy tenant that gets least, of the most";
        let row = Row::new(what, share, "x", Better::Higher);
        report.add(row.note(format!("{least} and {most} of {} tenants", accepted.len())));
        report.promise(
            share >= FAIR,
            format!("{what}: {share:.2}, promised: {FAIR}"),
        );
    }

    /// The other tenant's questions meanwhile: they are accepted like others, and answered in the same time at most; the aim is
    /// that it is so beside its own at the same rate before, when the machine had nothing else to do.
    pub fn beside(&self, quiet_p99: f64, polite: &[Asked], report: &mut Report) {
        let before = || between(polite, 0.0, self.begins);
        let during = || between(polite, self.begins, self.ends);
        let (quiet, p99) = (quantile(before(), 0.99), quantile(during(), 0.99));
        let what = "overload: the other tenant's p99";
        let row = Row::new(what, p99, "ms", Better::Lower);
        let row = row.latency(quantile(during(), 0.5), p99);
        let note = format!(
            "{LITTLE:.0} questions a second; quiet p50 {:.1} ms",
            quantile(before(), 0.5)
        );
        report.add(row.versus("its own, quiet", quiet).note(note));
        let asked = during().count();
        let answered = during().filter(|a| a.kind == Kind::Answered).count();
        report.promise(
            answered > 0 && p99 <= quiet_p99 * TIMES,
            format!("{what}: {p99:.1} ms, promised as to all: {TIMES} times {quiet_p99:.1} ms"),
        );
        report.aim(
            p99 <= quiet * TIMES,
            format!(
                "{what}: {p99:.1} ms, aim: {TIMES} times its own on an idle machine, {quiet:.1} ms"
            ),
        );
        let what = "overload: the other tenant's questions that were answered";
        let share = percent(answered, asked);
        report.add(Row::new(what, share, "%", Better::Higher).note(format!("of {asked}")));
        report.promise(
            share >= ANSWERED,
            format!("{what}: {share:.1} %, promised: {ANSWERED} %"),
        );
    }

    /// When it is for a tenant that asks a little as it was before.
    pub fn gone(&self, (whose, little): (&str, &[Asked]), report: &mut Report) {
        let before = quantile(between(little, 0.0, self.begins), 0.99);
        let looks = (0_u32..).map(|n| f64::from(n) * 0.5);
        let within = f64::from(AFTER) - LOOK;
        let back = looks.take_while(|s| *s <= within).find(|since| {
            let from = self.ends + since;
            let look = || between(little, from, from + LOOK);
            let good = look().next().is_some() && look().all(|a| a.kind == Kind::Answered);
            good && quantile(look(), 0.99) <= before * AS_BEFORE
        });
        let what = format!("overload: until it is as before for {whose}");
        let row = Row::new(&what, back.unwrap_or(within), "s", Better::Lower);
        report.add(match back {
            Some(_) => row,
            None => row.note("NOT as before in all of that time"),
        });
        report.promise(
            back.is_some_and(|back| back <= BACK),
            format!("{what}, promised: {BACK} s"),
        );
    }
}

/// Those of a time, in the order in which they were asked.
fn between(asked: &[Asked], from: f64, to: f64) -> impl Iterator<Item = &Asked> {
    asked.iter().filter(move |a| a.at >= from && a.at < to)
}
