//! How many requests may be under way at once: as many as are answered nearly as fast as few are.
//!
//! While nobody has to be refused the number is a setting, and grows where people wait although answers come fast. Once
//! somebody is refused it follows the answers' times: what they typically take (a geometric mean: a few slow ones do
//! not move it) is put beside the best lately seen, and the number is multiplied by how much of [`TOLERANCE`] is left.
//! The best is learned when little is asked; and, by and by, at the least number, where the times are not of our making:
//! so one that came from other, cheaper questions holds nobody down for longer than some seconds, and one slow moment
//! there does not make slow answers the rule.

use std::time::{Duration, Instant};

/// Under pressure answers may take so many times the best. From there on more at once brings little but waiting.
const TOLERANCE: f64 = 1.5;
/// What the number is multiplied by at most, down and up, each time it is judged: down at once, up by steps.
const STEPS: (f64, f64) = (0.5, 1.25);
/// Answers that are judged together: so many at least, over so long at least.
const ENOUGH: u32 = 20;
const WINDOW: Duration = Duration::from_millis(100);
/// How fast a better time is believed. One window of cheap questions is not the rule.
const BELIEF: f64 = 0.25;
/// How fast a worse one is believed at the least number, in parts of the ratio. Processors that are busy beside the
/// answers, with refusals too, make them slow there as well: the number may stay as soon as what is left of
/// [`TOLERANCE`] covers that, and not go on as if it were what an answer takes.
const DOUBT: f64 = 0.15;
/// How fast a number that is not needed any more comes down to the usual one.
const EASE: f64 = 0.9;
/// Shorter than any answer, seconds: a logarithm needs something.
const SHORTEST: f64 = 1e-6;

/// What the number keeps to.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// While nobody is refused.
    pub usual: usize,
    /// Never less.
    pub least: usize,
    /// Never more.
    pub most: usize,
}

/// How much more is asked than is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressure {
    /// Nobody waits, or only for a moment.
    None,
    /// People wait, all of them will have their turn.
    Waiting,
    /// People are refused.
    Refusing,
}

/// What came back since the number was judged last.
#[derive(Debug, Default)]
struct Seen {
    since: Option<Instant>,
    answers: u32,
    /// Sum of the logarithms of their times.
    logs: f64,
    /// The most that were under way.
    peak: usize,
}

/// The number, and what it goes by.
#[derive(Debug)]
pub struct Capacity {
    bounds: Bounds,
    limit: f64,
    /// What an answer typically takes when little is asked, seconds.
    best: Option<f64>,
    seen: Seen,
    era: u64,
}

impl Capacity {
    /// The usual number, with everything to learn.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            limit: bounds.usual as f64,
            best: None,
            seen: Seen::default(),
            era: 0,
        }
    }

    /// So many may be under way.
    pub fn limit(&self) -> usize {
        (self.limit.round() as usize).max(1)
    }

    /// To be kept with a request that begins. It changes when the number has come down to the least: what began before
    /// was in company, and says nothing about the times without.
    pub const fn era(&self) -> u64 {
        self.era
    }

    /// A request of `era` was answered, with `running` under way, itself among them.
    pub fn answered(
        &mut self,
        took: Duration,
        era: u64,
        running: usize,
        pressure: Pressure,
        now: Instant,
    ) {
        let seen = &mut self.seen;
        let since = *seen.since.get_or_insert(now);
        seen.peak = seen.peak.max(running);
        if era == self.era {
            seen.answers += 1;
            seen.logs += took.as_secs_f64().max(SHORTEST).ln();
        }
        if seen.answers < ENOUGH || now.saturating_duration_since(since) < WINDOW {
            return;
        }
        let typical = (seen.logs / f64::from(seen.answers)).exp();
        let peak = seen.peak;
        self.seen = Seen::default();
        self.judge(typical, peak, pressure);
    }

    fn judge(&mut self, typical: f64, peak: usize, pressure: Pressure) {
        let Bounds { usual, least, most } = self.bounds;
        let (usual, least, most) = (usual as f64, least as f64, most as f64);
        let refusing = pressure == Pressure::Refusing;
        let alone = refusing && self.limit() <= self.bounds.least;
        let known = self.best.is_some();
        let best = match self.best {
            Some(best) if alone && typical > best => best * (typical / best).powf(DOUBT),
            Some(_) if alone => typical,
            Some(best) => best + (typical - best).min(0.0) * BELIEF,
            None => typical,
        };
        self.best = Some(best);
        let left = TOLERANCE * best / typical;
        let wished = match pressure {
            // Times under pressure alone are no measure.
            Pressure::Refusing if !known => least,
            Pressure::Refusing => self.limit * left.clamp(STEPS.0, STEPS.1),
            Pressure::Waiting => self.limit * left.clamp(1.0, STEPS.1),
            Pressure::None if peak * 2 < self.limit() => (self.limit * EASE).max(usual),
            Pressure::None => self.limit,
        };
        let before = self.limit;
        self.limit = wished.clamp(least, most);
        if self.limit <= least && before > least {
            self.era += 1;
        }
    }

    /// The first one is refused. More came than could be answered, so there are too many under way, however many are right;
    /// until that is known it is half of them, and those who come first wait for less.
    pub fn brace(&mut self) {
        let half = (self.limit * STEPS.0).max(self.bounds.least as f64);
        self.limit = half;
        self.seen = Seen::default();
        if half <= self.bounds.least as f64 {
            self.era += 1;
        }
    }

    /// Nobody is refused any more.
    pub fn calm(&mut self) {
        self.limit = self.limit.max(self.bounds.usual as f64);
        self.seen = Seen::default();
    }

    /// What is under way does not come back: room for others beside it.
    pub fn widen(&mut self) {
        let wider = self.limit + self.bounds.usual as f64;
        self.limit = wider.min(self.bounds.most as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        usual: 16,
        least: 4,
        most: 64,
    };

    /// A capacity, and a clock.
    struct Bench {
        capacity: Capacity,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                capacity: Capacity::new(BOUNDS),
                now: Instant::now(),
            }
        }

        /// So many windows of answers that take `took` milliseconds at the present number.
        fn windows(&mut self, count: u32, pressure: Pressure, took: impl Fn(usize) -> f64) {
            for _ in 0..count * 2 * ENOUGH {
                self.now += WINDOW / ENOUGH / 2 + Duration::from_micros(200);
                let limit = self.capacity.limit();
                let took = Duration::from_secs_f64(took(limit) / 1e3);
                let era = self.capacity.era();
                self.capacity.answered(took, era, limit, pressure, self.now);
            }
        }
    }

    /// Two processors, 4 ms of work each answer, 6 ms if there is no company.
    fn of_two_processors(at_once: usize) -> f64 {
        (at_once as f64 * 2.0).max(6.0)
    }

    #[test]
    fn under_pressure_it_comes_down_to_what_is_answered_in_time_and_stays_there() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 6.0);
        bench.windows(30, Pressure::Refusing, of_two_processors);
        for _ in 0..100 {
            bench.windows(1, Pressure::Refusing, of_two_processors);
            let limit = bench.capacity.limit();
            assert!((4..=7).contains(&limit), "{limit}");
        }
    }

    #[test]
    fn a_start_under_pressure_learns_what_is_fast_first() {
        let mut bench = Bench::new();
        bench.windows(30, Pressure::Refusing, of_two_processors);
        let limit = bench.capacity.limit();
        assert!((4..=7).contains(&limit), "{limit}");
    }

    #[test]
    fn where_answers_stay_fast_it_grows_to_the_most() {
        for pressure in [Pressure::Waiting, Pressure::Refusing] {
            let mut bench = Bench::new();
            bench.windows(2, Pressure::None, |_| 20.0);
            bench.windows(12, pressure, |_| 20.0);
            assert_eq!(bench.capacity.limit(), 64);
        }
    }

    #[test]
    fn who_merely_waits_never_makes_it_smaller() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 6.0);
        bench.windows(20, Pressure::Waiting, of_two_processors);
        assert_eq!(bench.capacity.limit(), 16);
    }

    #[test]
    fn a_best_from_cheaper_questions_does_not_last() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 0.3);
        // Fifty milliseconds, however many at once: it is the questions, not the crowd.
        bench.windows(40, Pressure::Refusing, |_| 50.0);
        assert_eq!(bench.capacity.limit(), 64);
    }

    #[test]
    fn busy_processors_and_a_slow_moment_at_the_least_make_no_room() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 6.0);
        // Half of both processors is taken by others meanwhile.
        let busy = |at_once| of_two_processors(at_once) * 2.0;
        for _ in 0..20 {
            bench.windows(10, Pressure::Refusing, busy);
            bench.windows(1, Pressure::Refusing, |_| 100.0);
            let limit = bench.capacity.limit();
            assert!((4..=5).contains(&limit), "{limit}");
        }
    }

    #[test]
    fn times_from_before_the_least_do_not_count_at_the_least() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 6.0);
        let crowded = bench.capacity.era();
        bench.windows(4, Pressure::Refusing, |_| 60.0);
        assert!(bench.capacity.era() > crowded);
        let best = bench.capacity.best;
        for _ in 0..100 {
            bench.now += WINDOW / 10;
            let took = Duration::from_secs(1);
            bench
                .capacity
                .answered(took, crowded, 4, Pressure::Refusing, bench.now);
        }
        assert_eq!(bench.capacity.best, best);
    }

    #[test]
    fn with_the_first_refusal_it_is_half_at_once_and_comes_back_where_answers_are_fast() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 20.0);
        bench.capacity.brace();
        assert_eq!(bench.capacity.limit(), 8);
        bench.windows(4, Pressure::Refusing, |_| 20.0);
        assert!(bench.capacity.limit() > 16);
        for _ in 0..5 {
            bench.capacity.brace();
        }
        assert_eq!(bench.capacity.limit(), 4, "never less");
    }

    #[test]
    fn afterwards_it_is_the_usual_number_again() {
        let mut bench = Bench::new();
        bench.windows(3, Pressure::None, |_| 6.0);
        bench.windows(10, Pressure::Refusing, of_two_processors);
        assert!(bench.capacity.limit() < 16);
        bench.capacity.calm();
        assert_eq!(bench.capacity.limit(), 16);
    }

    #[test]
    fn one_that_has_grown_is_let_go_by_steps() {
        let mut bench = Bench::new();
        bench.windows(2, Pressure::None, |_| 20.0);
        bench.windows(12, Pressure::Waiting, |_| 20.0);
        let grown = bench.capacity.limit();
        let idle = |bench: &mut Bench| {
            for _ in 0..2 * ENOUGH {
                bench.now += WINDOW / ENOUGH;
                let (took, era) = (Duration::from_millis(20), bench.capacity.era());
                bench
                    .capacity
                    .answered(took, era, 2, Pressure::None, bench.now);
            }
        };
        idle(&mut bench);
        assert!(bench.capacity.limit() < grown && bench.capacity.limit() > 16);
        for _ in 0..30 {
            idle(&mut bench);
        }
        assert_eq!(bench.capacity.limit(), 16);
    }

    #[test]
    fn what_is_stuck_makes_room_up_to_the_most() {
        let mut bench = Bench::new();
        bench.capacity.widen();
        assert_eq!(bench.capacity.limit(), 32);
        for _ in 0..9 {
            bench.capacity.widen();
        }
        assert_eq!(bench.capacity.limit(), 64);
    }
}
