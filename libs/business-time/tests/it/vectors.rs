//! The cases of other projects' test suites, and those on Peru, Colombia and Spain.

use crate::kit::shared_data;

#[path = "../../examples/vectors/run.rs"]
mod run;

#[test]
fn other_projects_cases_hold_but_for_the_documented_disagreements() {
    let Some(text) = shared_data("sla/vectors.json") else {
        return;
    };
    let report = run::run(&text).expect("the file reads");
    let surprises: Vec<_> = report
        .failures
        .iter()
        .filter(|failure| !report.disagreements.contains(&failure.id))
        .map(|failure| format!("{}: {}", failure.id, failure.reason))
        .collect();
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(
        report.passed >= 280,
        "only {} vectors were met",
        report.passed
    );
}

#[test]
fn cases_of_peru_colombia_and_spain_all_hold() {
    let Some(text) = shared_data("sla/vectors_pe_co_es.json") else {
        return;
    };
    let report = run::run(&text).expect("the file reads");
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|failure| format!("{}: {}", failure.id, failure.reason))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(
        report.passed >= 100,
        "only {} vectors were met",
        report.passed
    );
}
