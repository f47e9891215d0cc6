//! What was measured, row by row: printed as it comes, kept as JSON, compared with an earlier run.

mod compare;
mod row;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use testkit::Suite;

pub use self::row::{Better, Row};
use crate::machine::{Idle, Machine, Watch};

/// What a run can be told by the environment; what it was told is kept with it.
const SETTINGS: [&str; 13] = [
    "TENANTS", "TICKETS", "RATE", "WARM_UP", "MEASURE", "ALONE", "AT_ONCE", "CLOCKS", "MINUTE",
    "SET", "MANY", "KEEP", "FROM",
];

/// Something that the product is to reach, and whether it did this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// What is to be reached.
    pub what: String,
    /// Whether it was.
    pub kept: bool,
}

/// A whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// How it was asked for: `ONLY` and settings, as given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// What the installation does while nobody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Idle>,
    /// What came of it, in order.
    pub rows: Vec<Row>,
    /// Which of the product's promises were not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
    /// What the product is to reach, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aims: Vec<Aim>,
    /// Who else is busy, from row to row.
    #[serde(skip)]
    watch: Option<Watch>,
}

impl Report {
    /// Empty, of this machine and the servers of the suite.
    pub async fn begin(suite: &Suite, only: &[String]) -> Self {
        let said = |name: &str| std::env::var(name).ok().filter(|said| !said.is_empty());
        let mut settings: BTreeMap<String, String> = SETTINGS
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), said(name)?)))
            .collect();
        if !only.is_empty() {
            settings.insert("ONLY".to_owned(), only.join(" "));
        }
        let machine = Machine::here(suite).await;
        for server in &machine.servers.unseen {
            println!("{server} is not on this machine, or cannot be seen: its CPU is not counted");
        }
        Self {
            machine,
            settings,
            idle: None,
            rows: Vec::new(),
            broken: Vec::new(),
            aims: Vec::new(),
            watch: Some(Watch::start()),
        }
    }

    /// Something that the product promises: where it is not kept the run ends as failed, and says what it was. Bounds belong
    /// here and not into tests: they depend on the machine.
    pub fn promise(&mut self, kept: bool, what: impl Into<String>) {
        let what = what.into();
        println!("{:<52} {what}", if kept { "  kept" } else { "  BROKEN" });
        if !kept {
            self.broken.push(what);
        }
    }

    /// Something that the product is to reach. It is said where it does not, and kept with the rows; the run goes on and its
    /// result is as good as any: an aim is for whoever changes the product, a promise for whoever runs it.
    pub fn aim(&mut self, kept: bool, what: impl Into<String>) {
        let what = what.into();
        let verdict = if kept { "  aim kept" } else { "  AIM MISSED" };
        println!("{verdict:<52} {what}");
        self.aims.push(Aim { what, kept });
    }

    /// Prints a row and keeps it.
    pub fn add(&mut self, mut row: Row) {
        if self.rows.is_empty() {
            println!("{}", table::header());
        }
        // Asked for by every row, so that each time begins where the last row ended.
        let since = self.watch.as_mut().map(Watch::noise);
        row.noise = row.noise.or(since);
        println!("{}", table::row(&row));
        self.rows.push(row);
    }

    /// How many aims were kept, and which were not; nothing where nothing was aimed at.
    pub fn sum_up(&self) {
        let missed: Vec<&Aim> = self.aims.iter().filter(|aim| !aim.kept).collect();
        let all = self.aims.len();
        if all > 0 {
            println!("\naims kept: {} of {all}", all - missed.len());
        }
        for aim in missed {
            println!("  missed: {}", aim.what);
        }
    }

    /// From a file that [`Report::keep`] wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Writes it, for people and for a later run to compare with.
    pub fn keep(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Report;

    #[test]
    fn what_was_kept_can_still_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench");
        let mut read = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            // What another command keeps there has something else in it.
            if value.get("rows").is_some() {
                let report = Report::read(&path).unwrap();
                assert!(!report.rows.is_empty(), "{}", path.display());
                read += 1;
            }
        }
        assert!(read > 0, "nothing was kept");
    }
}
