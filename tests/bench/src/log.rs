//! Logs to import: the real one where it is, made-up ones of any size.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The real log, if it is here.
pub fn real() -> Option<PathBuf> {
    e2e::data_dir()
        .map(|d| d.join("logs/bpic2013_incidents.csv.gz"))
        .filter(|p| p.is_file())
}

/// Its mapping; made-up logs have the same columns.
pub fn mapping() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/import/bpic2013.toml")
        .display()
        .to_string()
}

/// A log of `cases` cases with `events` events each, open at the end, in some teams of the first line.
pub fn made_up(cases: usize, events: usize) -> String {
    portion(0..cases, events)
}

/// The part of such a log that has these of its cases.
pub fn portion(cases: Range<usize>, events: usize) -> String {
    let mut out = String::from(
        "case_id,org:group,resource country,organization country,org:resource,organization involved,org:role,concept:name,impact,product,lifecycle:transition,time:timestamp\n",
    );
    for case in cases {
        for event in 0..events {
            let (minute, second) = ((case / 60) % 60, case % 60);
            let (day, hour) = (1 + (case / 86_400) % 28, (case / 3600) % 24);
            let (status, sub) = if event == 0 {
                ("Queued", "Awaiting Assignment")
            } else {
                ("Accepted", "In Progress")
            };
            // Writing to a String does not fail.
            let _written = writeln!(
                out,
                "C{case},Equipo {},Peru,pe,Persona {},Linea A,A1,{status},Medium,PROD{},{sub},2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{event:03}+00:00",
                case % 9,
                case % 40,
                case % 50
            );
        }
    }
    out
}
