//! Runs a file of business-time vectors: `cargo run -q --release -p business-time --example vectors -- FILE`.
//!
//! Prints each failure and ends with `N passed, M failed`. What the fields mean stands in the file's own `meta`.

mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: vectors FILE");
        return ExitCode::FAILURE;
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run::run(&text) {
        Ok(report) => {
            for failure in &report.failures {
                let note = if report.disagreements.contains(&failure.id) {
                    " (a documented disagreement)"
                } else {
                    ""
                };
                println!("{}{note}: {}", failure.id, failure.reason);
            }
            println!("{} passed, {} failed", report.passed, report.failures.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
