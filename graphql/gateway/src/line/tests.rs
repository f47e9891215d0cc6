//! The line, without anybody who really waits.

use super::*;

const NOISY: &str = "noisy";
const RIVAL: &str = "rival";
const POLITE: &str = "polite";

fn tenant(name: &str) -> Whose {
    Whose::Tenant(name.into())
}

/// With a number that stays what it is.
fn rules(running: usize, waiting: usize, waiting_of_one: usize) -> OverloadRules {
    OverloadRules {
        running,
        least: running,
        most: running,
        waiting,
        waiting_of_one,
        wait_ms: 5_000,
    }
}

/// A line, a clock, and what is under way. Whoever asks is known by a number that the test gives them.
struct Desk {
    line: Line<u32>,
    now: Instant,
    under_way: Vec<Begun>,
    /// Who had to leave.
    out: Vec<(u32, Refused)>,
}

impl Desk {
    fn new(rules: &OverloadRules) -> Self {
        Self {
            line: Line::new(rules),
            now: Instant::now(),
            under_way: Vec::new(),
            out: Vec::new(),
        }
    }

    fn later(&mut self, by: Duration) {
        self.now += by;
    }

    /// Begins or waits; the number in line of who waits.
    fn ask(&mut self, name: &str, who: u32) -> Option<u64> {
        if let Some(begun) = self.line.begin(&tenant(name), self.now) {
            self.under_way.push(begun);
            return None;
        }
        let (number, out) = self.line.wait(&tenant(name), who, self.now);
        self.out.extend(out);
        Some(number)
    }

    /// How many of them begin at once.
    fn begin(&mut self, name: &str, whos: std::ops::Range<u32>) -> usize {
        whos.filter(|who| self.ask(name, *who).is_none()).count()
    }

    /// Whose turn it is now.
    fn turns(&mut self) -> Vec<u32> {
        let ready = self.line.ready(self.now);
        let (whos, begun): (Vec<u32>, Vec<Begun>) = ready.into_iter().unzip();
        self.under_way.extend(begun);
        whos
    }

    /// One of a tenant's is answered; whose turn it is then.
    fn answer(&mut self, name: &str) -> Vec<u32> {
        let whose = tenant(name);
        let first = self.under_way.iter().position(|b| b.whose == whose);
        let begun = self.under_way.remove(first.unwrap());
        self.line.end(&begun, self.now);
        self.turns()
    }
}

#[test]
fn one_alone_never_has_the_whole() {
    let mut desk = Desk::new(&rules(8, 20, 20));
    assert_eq!(desk.begin(NOISY, 0..10), 6);
    assert!(desk.turns().is_empty(), "nobody else wants the rest");
    assert_eq!(desk.begin(POLITE, 20..23), 2, "what was left");
    assert_eq!((desk.line.running(), desk.line.waiting()), (8, 5));

    let mut single = Desk::new(&rules(1, 20, 20));
    assert_eq!(single.begin(NOISY, 0..2), 1, "of one there is no quarter");
}

#[test]
fn the_next_turn_is_for_whom_least_is_done() {
    let mut desk = Desk::new(&rules(8, 20, 20));
    assert_eq!(desk.begin(NOISY, 0..8), 6);
    assert_eq!(desk.begin(POLITE, 20..23), 2, "what it may have for itself");
    assert_eq!((desk.line.running(), desk.line.waiting()), (8, 3));
    desk.later(Duration::from_millis(10));
    for _ in 0..2 {
        assert!(desk.answer(NOISY).is_empty(), "that is for whoever is new");
    }
    assert_eq!(desk.answer(NOISY), [22], "60 ms for one, 20 for the other");
    assert_eq!(desk.answer(NOISY), [6], "nobody else waits");
    assert_eq!(desk.answer(POLITE), [7]);
}

#[test]
fn a_turn_counts_by_how_long_it_took() {
    let mut desk = Desk::new(&rules(4, 40, 20));
    desk.begin(NOISY, 0..10);
    desk.begin(RIVAL, 10..20);
    desk.later(Duration::from_millis(30));
    // Two of its three have taken 60 ms together by now, and the rival's one 30.
    desk.answer(NOISY);
    assert_eq!(desk.answer(NOISY), [11], "one and one, 60 and 30 ms before");
    // The rival's take a tenth of that: ten of them are as much as one of the others'.
    let mut turns = Vec::new();
    for _ in 0..6 {
        desk.later(Duration::from_millis(3));
        turns.extend(desk.answer(RIVAL));
    }
    assert!(turns.iter().all(|who| *who > 10), "{turns:?}");
}

#[test]
fn a_quarter_is_for_those_who_have_less_however_many_make_noise() {
    let mut desk = Desk::new(&rules(8, 40, 20));
    for (name, from) in [("a", 0), ("b", 10), ("c", 20)] {
        desk.begin(name, from..from + 8);
    }
    assert_eq!(
        desk.line.running(),
        8,
        "six of the first, one of each other"
    );
    // From here on nobody is new.
    for _ in 0..4 {
        desk.answer("a");
    }
    assert_eq!(desk.line.running(), 6, "two of each");
    assert_eq!(desk.begin(POLITE, 90..91), 1);
    assert_eq!(desk.begin("another", 91..92), 1);
    assert_eq!(desk.begin("a third", 92..93), 0, "there is an end to it");
    assert_eq!(desk.answer("a"), [92], "but its turn is the next");
}

#[test]
fn who_asks_for_too_much_is_refused_and_nobody_else() {
    let mut desk = Desk::new(&rules(4, 20, 3));
    desk.begin(POLITE, 20..22);
    desk.begin(NOISY, 0..2);
    desk.begin(POLITE, 22..23);
    desk.begin(NOISY, 2..10);
    let out: Vec<u32> = desk.out.iter().map(|(who, _)| *who).collect();
    assert_eq!(out, [1, 2, 3, 4, 5, 6], "the oldest of its own");
    assert!(desk.out.iter().all(|(_, refused)| refused.own));
    assert_eq!(desk.line.news(), Some(News::Begins));
    assert_eq!(desk.line.news(), None);

    // From now on the newest goes first: it alone can still be in time.
    assert_eq!(desk.answer(NOISY), [9]);
    assert_eq!(
        desk.answer(POLITE),
        [22],
        "of equals that of which fewer wait"
    );
    assert_eq!(desk.answer(NOISY), [8]);
    // Until nobody has been refused for a while.
    desk.later(CALM);
    desk.begin(NOISY, 10..11);
    assert!(desk.turns().is_empty());
    assert_eq!(desk.line.news(), Some(News::Ends { refused: 6 }));
    assert_eq!(desk.answer(NOISY), [7], "in order again");
}

#[test]
fn where_all_together_are_too_many_the_whole_is_full() {
    let mut desk = Desk::new(&rules(2, 4, 3));
    for (who, name) in (0..).zip(["a", "b", "c", "d", "e", "f"]) {
        desk.ask(name, who);
    }
    assert_eq!((desk.line.running(), desk.line.waiting()), (2, 4));
    desk.ask("g", 6);
    let (who, refused) = desk.out[0];
    assert_eq!((who, refused.own), (2, false), "the oldest of equals");

    // Of unequals it is the one who takes up most of the line.
    let mut desk = Desk::new(&rules(2, 4, 3));
    for (who, name) in (0..).zip(["a", "b", "c", "d", "d", "e"]) {
        desk.ask(name, who);
    }
    desk.ask("f", 6);
    let (who, refused) = desk.out[0];
    assert_eq!((who, refused.own), (3, true));
    assert_eq!(desk.line.waiting(), 4);
}

#[test]
fn who_goes_away_leaves_no_trace() {
    let mut desk = Desk::new(&rules(1, 20, 20));
    desk.ask("a", 0);
    let number = desk.ask("b", 1).unwrap();
    assert!(desk.line.leave(&tenant("b"), number));
    assert!(!desk.line.leave(&tenant("b"), number));
    assert!(desk.answer("a").is_empty());
    assert_eq!((desk.line.running(), desk.line.waiting()), (0, 0));
    assert!(desk.line.parties.is_empty());
}

#[test]
fn nobody_waits_for_ever() {
    let mut desk = Desk::new(&rules(1, 20, 20));
    desk.ask("a", 0);
    let [waits, of_a] = ["b", "a"].map(|name| desk.ask(name, 1).unwrap());
    let (a, b) = (tenant("a"), tenant("b"));
    assert!(!desk.line.late(&b, waits, desk.now).unwrap().own);
    assert!(desk.line.late(&a, of_a, desk.now).unwrap().own);
    let served = desk.ask("b", 2).unwrap();
    assert_eq!(desk.answer("a"), [2]);
    assert_eq!(desk.line.late(&b, served, desk.now), None, "it has begun");
}

#[test]
fn the_refused_are_not_all_sent_back_at_one_moment() {
    let mut desk = Desk::new(&rules(1, 1, 1));
    let mut seen = Vec::new();
    for round in 0..40 {
        desk.ask("a", round);
        desk.later(CALM / 4);
        seen.extend(desk.out.drain(..).map(|(_, refused)| refused.seconds));
    }
    assert_eq!(seen[0], 1);
    assert!(seen.iter().all(|s| (1..=LONGEST_REST).contains(s)));
    assert!((1..=LONGEST_REST).all(|s| seen.contains(&s)), "{seen:?}");
}

#[test]
fn what_hangs_does_not_hold_up_the_others_for_long() {
    let room_to_grow = OverloadRules {
        most: 8,
        ..rules(2, 20, 20)
    };
    let mut desk = Desk::new(&room_to_grow);
    desk.begin("a", 0..2);
    desk.begin("b", 2..4);
    assert_eq!((desk.line.running(), desk.line.waiting()), (2, 2));
    desk.later(STUCK / 2);
    assert!(desk.turns().is_empty());
    desk.later(STUCK / 2);
    assert_eq!(desk.turns(), [1], "a place is for whoever is new");
    desk.later(STUCK);
    assert_eq!(desk.turns(), [3]);
}

/// Twenty milliseconds for each answer and eight at once are 400 a second. Two tenants ask five times as often, another
/// now and then; twenty seconds of that.
#[test]
fn under_five_times_the_load_the_other_tenant_does_not_notice() {
    let takes = Duration::from_millis(20);
    let mut line: Line<(&str, Instant)> = Line::new(&rules(8, 512, 128));
    let mut now = Instant::now();
    let mut under_way: VecDeque<(Instant, Begun)> = VecDeque::new();
    let mut waited: HashMap<&str, Vec<Duration>> = HashMap::new();
    let mut refused: HashMap<&str, usize> = HashMap::new();
    for tick in 0..40_000 {
        now += Duration::from_micros(500);
        let noisy = if tick % 2 == 0 { NOISY } else { RIVAL };
        let asking = [Some(noisy), (tick % 100 == 0).then_some(POLITE)];
        for name in asking.into_iter().flatten() {
            if let Some(begun) = line.begin(&tenant(name), now) {
                under_way.push_back((now, begun));
                waited.entry(name).or_default().push(Duration::ZERO);
            } else if let (_, Some(((name, _), _))) = line.wait(&tenant(name), (name, now), now) {
                *refused.entry(name).or_default() += 1;
            }
        }
        while under_way.front().is_some_and(|(at, _)| now - *at >= takes) {
            let (_, begun) = under_way.pop_front().unwrap();
            line.end(&begun, now);
        }
        for ((name, asked), begun) in line.ready(now) {
            under_way.push_back((now, begun));
            waited.entry(name).or_default().push(now - asked);
        }
    }
    assert_eq!(refused.get(POLITE), None);
    assert_eq!(waited[POLITE].iter().max(), Some(&Duration::ZERO));
    assert_eq!(waited[POLITE].len(), 400);
    // They have what they may have: six at once, of which the other has 0.4, are 280 a second. And what they get, they get in time.
    for name in [NOISY, RIVAL] {
        let noisy = waited.get_mut(name).unwrap();
        noisy.sort_unstable();
        assert!((2_700..=2_900).contains(&noisy.len()), "{}", noisy.len());
        let late = noisy[noisy.len() * 99 / 100];
        assert!(late < takes, "{late:?}");
        assert!(refused[name] > 16_000, "{refused:?}");
    }
}
