//! Everything breaks, one after the other, while tenants work; nothing that was promised to anybody is lost.

use std::time::Duration;

use chaos::{
    Fault, Ground, HEAD, Outcome, Timing, Verdict, in_a_network_of_its_own, kernel_has_no_netem,
    netem, run, run_on, within,
};
use e2e::faults::{UNDER_LOAD, begun, chosen, keep, strict};
use serde_json::{Value, json};
use tokio::time::timeout;

/// No run takes longer, with the ground that it may have to prepare.
const BOUND: Duration = Duration::from_mins(5);

/// The name of the test below, for the one that runs in a network of its own.
const THIS: &str = "under_load::chaos_one_run_per_fault_under_load";

/// Prints the row; what is wrong with it.
fn said(verdict: &Verdict) -> Vec<String> {
    println!("{}", verdict.row());
    let wrong = verdict.wrong();
    for one in verdict.remarks.iter().chain(&wrong) {
        println!("  {one}");
    }
    wrong
}

/// The same, and keeps it.
fn said_and_kept(verdict: &Verdict) -> Vec<String> {
    let mut wrong = said(verdict);
    let mut run = serde_json::to_value(verdict).unwrap();
    run["wrong"] = json!(wrong);
    let kept = keep("load", &verdict.fault, HEAD, &verdict.row(), run);
    wrong.extend(kept.err().map(|error| format!("{error:#}")));
    wrong
}

/// A fault that came to no verdict: says so, and keeps it; what is wrong with that, if anything is.
fn no_verdict(name: &str, what: &str, wrong: bool) -> Vec<String> {
    let row = format!("| {name:<26} | {what}");
    println!("{row}");
    let line = row.lines().next().unwrap_or_default().to_owned();
    let mut all: Vec<String> = wrong
        .then(|| format!("{name}: {what}"))
        .into_iter()
        .collect();
    let run: Value = json!({"wrong": all});
    let kept = keep("load", name, HEAD, &line, run);
    all.extend(kept.err().map(|error| format!("{error:#}")));
    all
}

#[test]
fn every_fault_has_the_name_that_make_chaos_knows() {
    assert_eq!(Fault::names(), UNDER_LOAD);
}

/// The whole story in short, on servers that others use as well: one service is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_killed_while_tenants_work_and_nothing_of_theirs_is_lost() {
    let mut ground = Ground::shared().await.unwrap();
    let fault = Fault::Kill("intake");
    let outcome = run(&mut ground, "intake-is-killed", fault, Timing::SHORT).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("{error:#}\n{}", ground.at.last_lines(30)));
    let verdict = match outcome {
        Outcome::Judged(verdict) => verdict,
        Outcome::Skipped(reason) => panic!("{reason}"),
    };
    println!("{HEAD}");
    let wrong = said(&verdict);
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", ground.at.last_lines(30));
    // A load that does nothing would lose nothing, either.
    assert!(verdict.acknowledged > 50, "{}", verdict.acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "some 30 minutes: make chaos"]
async fn chaos_one_run_per_fault_under_load() {
    let names = chosen(&UNDER_LOAD).unwrap();
    if names.is_empty() {
        println!("none of what FAULT names breaks what goes on under load");
        return;
    }
    println!("{HEAD}");
    let mut wrong = Vec::new();
    let mut ground = None;
    for name in names {
        let fault = Fault::named(name).unwrap();
        begun("load", name, HEAD).unwrap();
        if fault == Fault::SlowNetwork && !within() {
            match netem() {
                Ok(()) => {
                    // Not two grounds at once.
                    ground = None;
                    let there = in_a_network_of_its_own(THIS, name, BOUND).await;
                    wrong.extend(there.err().map(|error| format!("{name}: {error:#}")));
                    continue;
                }
                Err(reason) if strict() && !kernel_has_no_netem(&reason) => {
                    let what = format!("tc netem is to be had here, and does not go: {reason}");
                    wrong.extend(no_verdict(name, &what, true));
                    continue;
                }
                Err(reason) => {
                    println!("{name}: by proxies, as the kernel's way is shut: {reason}");
                }
            }
        }
        match timeout(BOUND, run_on(&mut ground, name, Timing::WHOLE)).await {
            Ok(Ok(Outcome::Judged(verdict))) => wrong.extend(said_and_kept(&verdict)),
            Ok(Ok(Outcome::Skipped(reason))) => {
                wrong.extend(no_verdict(name, &format!("skipped: {reason}"), strict()));
            }
            Ok(Err(error)) => wrong.extend(no_verdict(name, &format!("{error:#}"), true)),
            Err(_) => {
                let what = format!("did not end within {BOUND:?}");
                wrong.extend(no_verdict(name, &what, true));
                ground = None;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
