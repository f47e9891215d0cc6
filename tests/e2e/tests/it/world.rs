//! What several stories begin with.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use e2e::data_dir;

/// As many partitions as a cluster would have: more than one of each lane, so that what belongs together must find together.
pub const PARTITIONS: [(&str, &str); 2] = [
    ("VENTANILLA_LIVE_PARTITIONS", "3"),
    ("VENTANILLA_BULK_PARTITIONS", "2"),
];

/// The incident log, or a word on why the story is skipped.
pub fn log() -> Option<PathBuf> {
    let log = data_dir()
        .map(|d| d.join("logs/bpic2013_incidents.csv.gz"))
        .filter(|p| p.is_file());
    if log.is_none() {
        println!("SKIPPED: ../shared/data/logs/bpic2013_incidents.csv.gz is absent");
    }
    log
}

/// The mapping of that log.
pub fn mapping() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/import/bpic2013.toml")
        .display()
        .to_string()
}

/// The log's lines: the header, then the rows.
pub fn lines(log: &Path) -> (String, Vec<String>) {
    let file = flate2::read::GzDecoder::new(std::fs::File::open(log).unwrap());
    let mut lines = BufReader::new(file).lines().map(Result::unwrap);
    (lines.next().unwrap(), lines.collect())
}

/// Writes a log of some of the lines.
pub fn write(path: &Path, header: &str, rows: &[String]) {
    let mut file = std::fs::File::create(path).unwrap();
    writeln!(file, "{header}").unwrap();
    for row in rows {
        writeln!(file, "{row}").unwrap();
    }
}

/// The fields of a line; the log has no quoted ones with commas, which the story checks.
pub fn fields(line: &str) -> Vec<&str> {
    let fields: Vec<&str> = line.split(',').collect();
    assert_eq!(fields.len(), 12, "a line with quoted commas: {line}");
    fields
}
