//! Every clock of every case of a real log can say why it reads what it reads, and reads what an independent computation
//! reads: round the clock, and by the hours of an office in Lima.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use e2e::{GATEWAY_COST, Installation, Mode, agree_on_240_hours, settled};
use serde_json::{Value, json};
use testkit::Suite;

use crate::case_clocks::{COST, Clock, Computed, Independent, Segment, computed, told};
use crate::world;

/// The instant of the log's last event: open cases are judged there.
const LAST: &str = "2012-05-22T23:22:25Z";

/// What the log says of each case: status and sub-status by when they were entered, in seconds since 1970.
type Events<'a> = BTreeMap<&'a str, BTreeMap<i64, (&'a str, &'a str)>>;

/// A tenant's terms, in the words of both sides.
struct Ground {
    tenant: &'static str,
    /// As the script takes them.
    terms: &'static [&'static str],
    /// Waiting holds its clocks.
    pausing: bool,
}

const ALWAYS: Ground = Ground {
    tenant: "siempre",
    terms: &["--hours", "always", "RESOLUTION=864000"],
    pausing: false,
};

const LIMA: Ground = Ground {
    tenant: "lima",
    terms: &[
        "--hours",
        "lima",
        "--pausing",
        "FIRST_RESPONSE=14400",
        "RESOLUTION=162000",
        "CYCLE=162000:cycles",
    ],
    pausing: true,
};

/// The same with the office's hours: Peru's holidays, whoever waits holds the clock, and of one target each reopening
/// begins another cycle.
async fn agree_on_office_hours(at: &Installation, token: &str, tenant: &str) {
    let calendar = "mutation($h: CalendarHoursInput!) { createCalendar(input: {name: \"Lima\", \
        validFrom: \"2010-01-01T00:00:00Z\", hours: $h}) { calendar { id } problems { code message } } }";
    let open = |day: &str| json!({"day": day, "spans": ["09:00-18:00"]});
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let hours =
        json!({"timeZone": "America/Lima", "publicHolidays": ["PE"], "weekly": days.map(open)});
    let made = at
        .data(token, Some(tenant), calendar, json!({"h": hours}))
        .await;
    let made = made.unwrap()["createCalendar"].clone();
    assert_eq!(made["problems"], json!([]));
    let agreement = "mutation($c: ID!, $t: AgreementTermsInput!) { createAgreement(input: {name: \"Lima\", calendar: $c, \
        validFrom: \"2010-01-01T00:00:00Z\", terms: $t}) { agreement { id } problems { code message } } }";
    let waiting = ["REQUESTER", "VENDOR", "THIRD_PARTY", "IMPLEMENTATION"];
    let terms = json!({
        "targets": [
            {"target": "FIRST_RESPONSE", "seconds": 14_400},
            {"target": "RESOLUTION", "seconds": 162_000},
            {"target": "CUSTOM", "code": "CYCLE", "name": "Cada vuelta", "seconds": 162_000, "onReopening": "NEW_CYCLE"},
        ],
        "pauseOn": waiting.map(|whom| format!("WAITING_FOR_{whom}")),
        "warnPercents": [],
        "onReopening": "CONTINUE",
    });
    let variables = json!({"c": made["calendar"]["id"], "t": terms});
    let made = at
        .data(token, Some(tenant), agreement, variables)
        .await
        .unwrap();
    assert_eq!(made["createAgreement"]["problems"], json!([]));
}

/// Imports the log under both terms, and looks at every clock.
async fn explained(name: &str, log: &Path, events: &Events<'_>) {
    let as_of: DateTime<Utc> = LAST.parse().unwrap();
    let at = Installation::start(
        Suite::start(name).await,
        Mode::Apart,
        &[(GATEWAY_COST, COST)],
    )
    .await
    .unwrap();
    for ground in [ALWAYS, LIMA] {
        let tenant = ground.tenant;
        at.tenant(tenant).await.unwrap();
        let token = at.token(tenant, "quality_manager").await.unwrap();
        if ground.pausing {
            agree_on_office_hours(&at, &token, tenant).await;
        } else {
            agree_on_240_hours(&at, &token, tenant).await.unwrap();
        }
        let (mapping, file) = (world::mapping(), log.display().to_string());
        let import = [
            "import",
            "--tenant",
            tenant,
            "--mapping",
            &mapping,
            "--wait",
            &file,
        ];
        at.cli(&import).await.unwrap();
        settled(&at).await;

        let ours = told(&at, &token, tenant, as_of).await;
        let theirs = computed(log, as_of, ground.terms);
        assert!(ours.keys().eq(theirs.cases.keys()), "other cases");
        assert!(ours.keys().eq(events.keys()), "other cases than in the log");
        let judge = Judge {
            ground: &ground,
            theirs: &theirs,
            events,
            as_of,
        };
        let faults: Vec<String> = ours
            .iter()
            .flat_map(|(case, clocks)| judge.case(case, clocks))
            .collect();
        assert!(
            faults.is_empty(),
            "{} faults: {:#?}",
            faults.len(),
            &faults[..faults.len().min(20)]
        );
        let clocks = || ours.values().flatten();
        println!(
            "{tenant}: {} clocks of {} cases explained in {} segments; elapsed, deadline and breach ({}) of each as computed \
             independently",
            clocks().count(),
            ours.len(),
            clocks().map(|c| c.explain.segments.len()).sum::<usize>(),
            theirs.cases.values().flatten().filter(|c| c.missed).count(),
        );
    }
}

/// Finds fault with clocks.
struct Judge<'a> {
    ground: &'a Ground,
    theirs: &'a Independent,
    events: &'a Events<'a>,
    as_of: DateTime<Utc>,
}

impl Judge<'_> {
    fn case(&self, case: &str, clocks: &[Clock]) -> Vec<String> {
        let mut faults = Vec::new();
        let theirs = &self.theirs.cases[case];
        let ours: BTreeSet<_> = clocks.iter().map(|c| (c.name(), c.cycle)).collect();
        let wanted: BTreeSet<_> = theirs
            .iter()
            .map(|c| (c.target.as_str(), c.cycle))
            .collect();
        if ours != wanted {
            return vec![format!("{case}: clocks {ours:?}, not {wanted:?}")];
        }
        for clock in clocks {
            let which = format!("{case} {} {}", clock.name(), clock.cycle);
            let mut expect = |what: &str, got: Value, wanted: Value| {
                if got != wanted {
                    faults.push(format!("{which}: {what} {got}, not {wanted}"));
                }
            };
            for same in theirs
                .iter()
                .filter(|c| (c.target.as_str(), c.cycle) == (clock.name(), clock.cycle))
            {
                self.reading(clock, same, &mut expect);
            }
            self.life(clock, &mut expect);
            for segment in &clock.explain.segments {
                self.cause(case, segment, &mut expect);
            }
        }
        faults
    }

    /// What it reads, and the sums of its explanation, are what was computed independently.
    fn reading(&self, clock: &Clock, same: &Computed, expect: &mut impl FnMut(&str, Value, Value)) {
        let second = |at: Option<DateTime<Utc>>| json!(at.map(|at| at.timestamp()));
        expect(
            "started",
            second(Some(clock.started_at)),
            json!(same.started),
        );
        expect("stopped", second(clock.stopped_at), json!(same.stopped));
        expect("elapsed", json!(clock.elapsed_seconds), json!(same.elapsed));
        expect("due", second(clock.due_at), json!(same.due));
        let judged = clock.stopped_at.unwrap_or(self.as_of);
        expect(
            "missed",
            json!(clock.due_at.is_some_and(|due| due < judged)),
            json!(same.missed),
        );
        // An open clock has gone on since the end of the log, and has missed its deadline by now.
        let missed = clock
            .due_at
            .filter(|due| clock.stopped_at.is_none_or(|stop| *due < stop));
        expect("breached at", second(clock.breached_at), second(missed));
        let explain = &clock.explain;
        expect(
            "explained as running",
            json!(explain.running_seconds),
            json!(same.elapsed),
        );
        expect(
            "explained as held",
            json!(explain.paused_seconds),
            json!(same.held.values().sum::<i64>()),
        );
        expect(
            "explained as outside hours",
            json!(explain.outside_hours_seconds),
            json!(same.outside),
        );
        let held: BTreeMap<&str, i64> = explain
            .totals
            .iter()
            .filter_map(|t| Some((t.held_by.as_deref()?, t.seconds)))
            .collect();
        let wanted: BTreeMap<&str, i64> = same
            .held
            .iter()
            .filter(|(_, s)| **s > 0)
            .map(|(whom, s)| (whom.as_str(), *s))
            .collect();
        expect("held by", json!(held), json!(wanted));
    }

    /// Its segments follow each other from its beginning to its end, and sum to what it reads.
    fn life(&self, clock: &Clock, expect: &mut impl FnMut(&str, Value, Value)) {
        let explain = &clock.explain;
        let end = clock.stopped_at.unwrap_or(self.as_of);
        expect("explained until", json!(explain.until), json!(end));
        let mut reached = clock.started_at;
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for segment in &explain.segments {
            expect("a segment from", json!(segment.from), json!(reached));
            expect(
                "seconds of a segment",
                json!(segment.seconds * 1_000),
                json!((segment.to - segment.from).num_milliseconds()),
            );
            *sums.entry(&segment.state).or_default() += segment.seconds;
            reached = segment.to;
        }
        expect("the last segment to", json!(reached), json!(end));
        let sum = |state: &str| json!(sums.get(state).copied().unwrap_or_default());
        expect(
            "sum of running segments",
            sum("RUNNING"),
            json!(clock.elapsed_seconds),
        );
        expect(
            "sum of paused segments",
            sum("PAUSED"),
            json!(explain.paused_seconds),
        );
        expect(
            "sum of closed segments",
            sum("OUTSIDE_HOURS"),
            json!(explain.outside_hours_seconds),
        );
        let totals = explain.totals.iter().map(|t| t.seconds).sum::<i64>();
        expect(
            "sum of totals",
            json!(totals * 1_000),
            json!((end - clock.started_at).num_milliseconds()),
        );
    }

    /// A segment names an event of the log that makes its state what it is.
    fn cause(&self, case: &str, segment: &Segment, expect: &mut impl FnMut(&str, Value, Value)) {
        let why = &segment.cause;
        expect(
            "agreement's version",
            json!(why.agreement_version),
            json!(1),
        );
        expect("calendar's version", json!(why.calendar_version), json!(1));
        expect(
            "caused before it",
            json!(why.fact.at <= segment.from),
            json!(true),
        );
        let event = self.events[case].get(&why.fact.at.timestamp());
        let Some((_, sub_status)) = event else {
            expect("an event of the log", json!(null), json!(why.fact.at));
            return;
        };
        let held_by = match *sub_status {
            _ if !self.ground.pausing => None,
            "Wait" => Some("THIRD_PARTY"),
            "Wait - User" | "Wait - Customer" => Some("REQUESTER"),
            "Wait - Vendor" => Some("VENDOR"),
            "Wait - Implementation" => Some("IMPLEMENTATION"),
            _ => None,
        };
        let waits = why.fact.state.starts_with("WAITING");
        expect(
            "state beside the log's",
            json!(waits),
            json!(sub_status.starts_with("Wait")),
        );
        match segment.state.as_str() {
            "RUNNING" => expect("runs while waiting for", json!(null), json!(held_by)),
            "PAUSED" => expect(
                "held by",
                json!(why.held_by),
                json!(held_by.unwrap_or("nobody")),
            ),
            _ => {
                let closed = why.closed.as_ref();
                let by = closed.map(|c| c.by.as_str());
                expect(
                    "closed for a reason",
                    json!(by.is_some()),
                    json!(self.ground.pausing),
                );
                if let (Some("PUBLIC_HOLIDAY"), Some(closed)) = (by, closed) {
                    let known = closed
                        .date
                        .is_some_and(|d| self.theirs.holidays.contains(&d));
                    expect("a holiday that is one", json!(known), json!(true));
                    expect(
                        "with its law",
                        json!(closed.law.as_ref().is_some_and(|l| !l.is_empty())),
                        json!(true),
                    );
                }
            }
        }
    }
}

fn events(lines: &[String]) -> Events<'_> {
    let mut events = Events::new();
    for line in lines {
        let f = world::fields(line);
        let at = DateTime::parse_from_rfc3339(f[11]).unwrap().timestamp();
        events.entry(f[0]).or_default().insert(at, (f[7], f[10]));
    }
    events
}

#[tokio::test]
async fn every_clock_of_some_hundred_real_cases_is_explained_and_computed_independently() {
    let Some(log) = world::log() else { return };
    let (header, lines) = world::lines(&log);
    // Every twentieth, and all that lived for long: these cross most holidays.
    let all = events(&lines);
    let early = DateTime::parse_from_rfc3339("2012-01-01T00:00:00Z")
        .unwrap()
        .timestamp();
    let wanted: BTreeSet<&str> = all
        .iter()
        .enumerate()
        .filter(|(n, (_, of))| {
            n % 20 == 0 || of.first_key_value().is_some_and(|(at, _)| *at < early)
        })
        .map(|(_, (case, _))| *case)
        .collect();
    let some: Vec<String> = lines
        .iter()
        .filter(|l| wanted.contains(world::fields(l)[0]))
        .cloned()
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("some.csv");
    world::write(&file, &header, &some);
    explained("some explained", &file, &events(&some)).await;
}

#[tokio::test]
#[ignore = "the whole log, twice: make history"]
async fn every_clock_of_the_whole_log_is_explained_and_computed_independently() {
    let Some(log) = world::log() else { return };
    let (_, lines) = world::lines(&log);
    explained("all explained", &log, &events(&lines)).await;
}
