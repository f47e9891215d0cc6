//! Time and chance are handed in.

use architecture::{Findings, rust::Source, tree};

#[test]
fn nobody_looks_at_the_clock_alone() {
    let mut findings = Findings::of(
        "`now()` of chrono and std stands in libs/clock, fresh ids in libs/ids; everywhere else a Clock and an IdGen are handed in.",
        "what was handed in can be held still in a test, and set back when history is imported",
    );
    let banned: [&[&str]; 6] = [
        &["Utc", "::", "now"],
        &["Local", "::", "now"],
        &["SystemTime", "::", "now"],
        &["Uuid", "::", "now_v7"],
        &["Uuid", "::", "new_v4"],
        &["thread_rng", "("],
    ];
    for folder in ["cli", "libs", "services", "tests"] {
        for file in tree::files_in(folder, "rs").unwrap() {
            if file.starts_with("libs/clock/") || file.starts_with("libs/ids/") {
                continue;
            }
            let source = Source::read(&file).unwrap();
            for sequence in banned {
                for line in source.lines_with(sequence) {
                    findings.add(format!("{file}:{line}"), sequence.concat());
                }
            }
        }
    }
    findings.none();
}
