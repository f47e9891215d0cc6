//! What was measured of clocks, as rows of the report.

use std::collections::BTreeSet;

use super::watch::Table;
use super::{DUE, FACTS, Figures, Size};
use crate::report::{Better, Report, Row};
use crate::scenarios::{Baseline, mib};

/// Two runs differ by so much in what is over in a moment.
const MOMENT: f64 = 0.5;
/// By so much in the CPU of a fact and in ratios of two sizes.
const COST: f64 = 0.2;
/// The size that the promise is about; what is kept there is kept where there is less.
const PROMISED: Size = Size {
    clocks: 1_000_000,
    tenants: 200,
};
/// So late at most, 99 of 100, milliseconds.
pub(super) const LATE: f64 = 1e3;

impl Size {
    fn is_within(self, other: Self) -> bool {
        self.clocks <= other.clocks && self.tenants <= other.tenants
    }
}

fn named(size: Size, what: &str) -> String {
    format!("clocks {}x{}: {what}", size.clocks, size.tenants)
}

/// Everything of one size.
pub fn add(report: &mut Report, size: Size, figures: &Figures, baseline: &Baseline) {
    memory(report, size, figures);
    let row = |what: &str, value, unit, better| Row::new(named(size, what), value, unit, better);
    let (p50, p99) = figures.alone;
    report.add(
        row("a fact that moves six, alone", p50, "ms", Better::Lower)
            .latency(p50, p99)
            .wavers(MOMENT)
            .note("from being told to its commit"),
    );
    report.add(
        row("such facts, flat out", figures.rate, "/s", Better::Higher)
            .versus("pgbench c=8", baseline.c8)
            .wavers(COST),
    );
    let (ours, postgres) = figures.fact;
    report.add(
        row("CPU of such a fact", ours + postgres, "us", Better::Lower)
            .wavers(COST)
            .note(format!("ours {ours:.0}, Postgres {postgres:.0}")),
    );
    let late = figures.lateness;
    let together = format!("{DUE} due together, {FACTS} facts/s");
    // What pgbench needs for as many transactions: how late they are depends on the machine as that does.
    let as_many = DUE as f64 / baseline.c8 * 1e3;
    report.add(
        row(
            &format!("{together}: p99 late"),
            late.p99,
            "ms",
            Better::Lower,
        )
        .versus("as many of pgbench c=8", as_many)
        .latency(late.p50, late.p99)
        .wavers(MOMENT)
        .note(format!("all told to the broker after {:.0} ms", late.told)),
    );
    report.add(
        row(&format!("{together}: last"), late.last, "ms", Better::Lower)
            .versus("as many of pgbench c=8", as_many)
            .wavers(MOMENT)
            .note(format!("facts meanwhile {:.0} ms behind", figures.behind)),
    );
    let taken = DUE as f64 / (late.last / 1e3);
    report.add(
        row(&format!("{together}: taken"), taken, "/s", Better::Higher)
            .versus("pgbench c=8", baseline.c8)
            .wavers(MOMENT),
    );
    if size.is_within(PROMISED) {
        let what = format!("{together}: p99 {:.0} ms late, below {LATE:.0}", late.p99);
        report.promise(late.p99 < LATE, named(size, &what));
    }
}

fn memory(report: &mut Report, size: Size, figures: &Figures) {
    let row = |what: &str, value, unit| Row::new(named(size, what), value, unit, Better::Lower);
    let (resident, after) = (mib(figures.resident), mib(figures.resident_after));
    report.add(row("resident, idle", resident, "MiB"));
    report.add(row("resident, after all of this", after, "MiB").wavers(COST));
    let (many, own) = figures.backends;
    report.add(
        row("Postgres' backends, their own memory", mib(own), "MiB")
            .wavers(COST)
            .note(format!("{many} of them")),
    );
    let each = |bytes: f64| bytes / size.clocks as f64;
    let held = (figures.resident_after + own) as f64;
    report.add(
        row("memory per clock", each(held), "bytes")
            .wavers(COST)
            .note("the process and Postgres' backends, after all of this"),
    );
    report.add(row(
        "database per clock",
        each(figures.database as f64),
        "bytes",
    ));
    for table in figures.tables {
        let indexes = each(table.indexes as f64);
        let bytes = each((table.rows + table.indexes) as f64);
        report.add(
            row(&format!("table {} per clock", table.name), bytes, "bytes")
                .note(format!("{indexes:.0} of it indexes")),
        );
    }
}

/// Where sizes differ in one thing alone, the largest beside the smallest; the last beside the first where none do.
pub fn growth(report: &mut Report, seen: &[(Size, Figures)]) {
    let mut pairs = pairs(seen);
    if pairs.is_empty() && seen.len() > 1 {
        pairs.insert((0, seen.len() - 1));
    }
    for (less, more) in pairs {
        if let (Some(less), Some(more)) = (seen.get(less), seen.get(more)) {
            beside(report, less, more);
        }
    }
}

/// One of the two numbers of a size.
type Side = fn(Size) -> usize;

/// What of a size stays, and what grows.
const WAYS: [[Side; 2]; 2] = [
    [|size| size.tenants, |size| size.clocks],
    [|size| size.clocks, |size| size.tenants],
];

fn pairs(seen: &[(Size, Figures)]) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    for [stays, grows] in WAYS {
        for (size, _) in seen {
            let sizes = seen.iter().map(|(size, _)| *size).enumerate();
            let like = sizes.filter(|(_, other)| stays(*other) == stays(*size));
            let like: Vec<(usize, Size)> = like.collect();
            let by = |(_, size): &&(usize, Size)| grows(*size);
            let ends = like.iter().min_by_key(by).zip(like.iter().max_by_key(by));
            if let Some(((least, from), (most, to))) = ends
                && grows(*to) > grows(*from)
            {
                pairs.insert((*least, *most));
            }
        }
    }
    pairs
}

fn beside(report: &mut Report, (from, less): &(Size, Figures), (to, more): &(Size, Figures)) {
    let of = format!(
        "clocks {}x{} to {}x{}",
        from.clocks, from.tenants, to.clocks, to.tenants
    );
    println!(
        "{of}: {:.1} times the clocks, {:.1} times the tenants",
        to.clocks as f64 / from.clocks as f64,
        to.tenants as f64 / from.tenants as f64
    );
    let mut row = |what: &str, wavers: f64, less: f64, more: f64| {
        let grows = more / less.max(f64::MIN_POSITIVE);
        let row = Row::new(format!("{of}: {what}"), grows, "x", Better::Lower);
        report.add(row.wavers(wavers));
    };
    let bytes = |figures: &Figures| (figures.resident_after + figures.backends.1) as f64;
    row(
        "resident, idle",
        COST,
        less.resident as f64,
        more.resident as f64,
    );
    row("memory, after all of this", COST, bytes(less), bytes(more));
    row("database", COST, less.database as f64, more.database as f64);
    for (less, more) in less.tables.iter().zip(&more.tables) {
        let bytes = |table: &Table| (table.rows + table.indexes) as f64;
        row(
            &format!("table {}", less.name),
            COST,
            bytes(less),
            bytes(more),
        );
    }
    row(
        "a fact that moves six, alone",
        MOMENT,
        less.alone.0,
        more.alone.0,
    );
    let cpu = |figures: &Figures| figures.fact.0 + figures.fact.1;
    row("CPU of such a fact", COST, cpu(less), cpu(more));
    row("p99 lateness", MOMENT, less.lateness.p99, more.lateness.p99);
    row("last", MOMENT, less.lateness.last, more.lateness.last);
}
