//! A history of some hundred cases, as another tool would export it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta};
use e2e::data_dir;

use crate::world;

/// Lines of a log: the header, then the rows, each beginning with its case.
#[derive(Debug)]
pub struct History {
    header: String,
    rows: Vec<String>,
}

fn case(row: &str) -> &str {
    row.split(',').next().unwrap()
}

impl History {
    /// So many cases: the first of the real log where it is there, else made up (the same every time).
    pub fn of_cases(wanted: usize) -> Self {
        let log = data_dir()
            .map(|d| d.join("logs/bpic2013_incidents.csv.gz"))
            .filter(|p| p.is_file());
        let Some(log) = log else {
            println!("the real log is absent: {wanted} cases are made up");
            return Self::made_up(wanted);
        };
        let (header, rows) = world::lines(&log);
        let mut cases = HashSet::new();
        let rows = rows.into_iter().filter(|row| {
            let case = case(row);
            cases.contains(case) || (cases.len() < wanted && cases.insert(case.to_owned()))
        });
        Self {
            header,
            rows: rows.collect(),
        }
    }

    /// In the columns and words of the real log, also with moves that a state machine forbids.
    fn made_up(wanted: usize) -> Self {
        let header = "case_id,org:group,resource country,organization country,org:resource,organization involved,org:role,\
                      concept:name,impact,product,lifecycle:transition,time:timestamp";
        let states = [
            "Accepted,In Progress",
            "Queued,Awaiting Assignment",
            "Accepted,Wait - User",
            "Accepted,Assigned",
            "Completed,Resolved",
            "Accepted,In Progress",
            "Completed,In Call",
            "Accepted,Wait",
            "Completed,Closed",
        ];
        let groups = ["A1", "B7 2nd", "C3 3rd", "D2", "E5 2nd", "F9 2nd 3rd"];
        // A linear congruence (Knuth's MMIX): enough chance for a story, and the same every time.
        let mut seed = 17_u64;
        let mut next = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let start = DateTime::parse_from_rfc3339("2012-01-02T08:00:00+02:00").unwrap();
        let mut rows = Vec::new();
        for case in 0..wanted {
            let mut at = start + TimeDelta::minutes(next(60 * 24 * 90) as i64);
            let mut step = 0;
            for _ in 0..4 + next(10) {
                let (name, sub) = states[step].split_once(',').unwrap();
                let mut row = String::new();
                write!(
                    row,
                    "1-{case:06},{},Peru,pe,Persona{},Org line {},R_{},{name},{},PROD{},{sub},{}",
                    groups[next(groups.len())],
                    next(40),
                    next(5),
                    next(4),
                    ["Low", "Medium", "High", "Major"][next(4)],
                    next(30),
                    at.format("%Y-%m-%dT%H:%M:%S%.3f%:z")
                )
                .unwrap();
                rows.push(row);
                at += TimeDelta::seconds(next(60 * 60 * 40) as i64);
                step = next(states.len());
            }
        }
        Self {
            header: header.to_owned(),
            rows,
        }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many cases.
    pub fn cases(&self) -> usize {
        self.rows
            .iter()
            .map(|row| case(row))
            .collect::<HashSet<_>>()
            .len()
    }

    /// In so many parts, a case always whole.
    pub fn parts(&self, parts: usize) -> Vec<Self> {
        let mut order: Vec<&str> = Vec::new();
        let mut seen = HashSet::new();
        for row in &self.rows {
            if seen.insert(case(row)) {
                order.push(case(row));
            }
        }
        order
            .chunks(order.len().div_ceil(parts))
            .map(|cases| {
                let cases: HashSet<&str> = cases.iter().copied().collect();
                let rows = self
                    .rows
                    .iter()
                    .filter(|row| cases.contains(case(row)))
                    .cloned()
                    .collect();
                Self {
                    header: self.header.clone(),
                    rows,
                }
            })
            .collect()
    }

    /// Written to a file of this name.
    pub fn write(&self, dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(name);
        world::write(&path, &self.header, &self.rows);
        path
    }
}

#[test]
fn a_made_up_history_is_the_same_every_time_and_falls_into_parts_by_case() {
    let made = History::made_up(50);
    assert_eq!(made.rows, History::made_up(50).rows);
    assert_eq!(made.cases(), 50);
    for row in &made.rows {
        assert_eq!(world::fields(row).len(), 12);
    }
    let parts = made.parts(7);
    assert_eq!(parts.len(), 7);
    assert_eq!(parts.iter().map(History::len).sum::<usize>(), made.len());
    assert_eq!(parts.iter().map(History::cases).sum::<usize>(), 50);
}
