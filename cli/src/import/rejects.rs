//! The file of rejected rows: each with its line, the reason, and what it says.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use csv::ByteRecord;

use super::file::{Contents, Reject};

/// Where rejected rows may go.
#[derive(Debug)]
pub struct Places<'a> {
    /// The export.
    pub file: &'a Path,
    /// Where the user wants them.
    pub wanted: Option<&'a Path>,
    /// The current folder: for an export that lies where nobody may write.
    pub here: &'a Path,
}

/// Writes the rejected rows where they are wanted, else to `<FILE>.rejects.csv` beside the export, else to a file of that name
/// in the current folder, and says so. Without any, none is made, and one that an earlier run left beside the export is removed.
///
/// # Errors
/// If it cannot be written in any of these places, or would take the export's.
pub fn write(places: &Places<'_>, contents: &Contents) -> anyhow::Result<Option<PathBuf>> {
    let target = places
        .wanted
        .map_or_else(|| beside(places.file), Path::to_path_buf);
    if same(&target, places.file) {
        anyhow::bail!("--rejects names the export itself: {}", target.display());
    }
    if contents.rejects.is_empty() {
        // What the user named may be anything; of an earlier run is what the user did not name.
        if places.wanted.is_none() {
            remove(&target);
        }
        return Ok(None);
    }
    let unwritable = match fill(&target, contents) {
        Ok(()) => return Ok(Some(target)),
        Err(error) => error,
    };
    let name = target.file_name().filter(|_| places.wanted.is_none());
    let here = name.map(|name| places.here.join(name));
    let Some(here) = here.filter(|here| *here != target) else {
        return Err(unwritable).with_context(|| cannot_write(&target));
    };
    println!(
        "{} cannot be written ({unwritable}); rejected rows go to {}",
        target.display(),
        here.display()
    );
    fill(&here, contents).with_context(|| cannot_write(&here))?;
    Ok(Some(here))
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

fn cannot_write(target: &Path) -> String {
    format!(
        "rejected rows cannot be written to {}; --rejects names another place",
        target.display()
    )
}

fn remove(target: &Path) {
    match std::fs::remove_file(target) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            // It misleads, but keeps nothing from being imported.
            println!(
                "{} is of an earlier run and cannot be removed ({error})",
                target.display()
            );
        }
        _ => {}
    }
}

fn fill(target: &Path, contents: &Contents) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(File::create(target)?);
    let columns = contents.header.as_byte_record();
    csv.write_byte_record(&framed(b"line", b"reason", columns))?;
    for reject in &contents.rejects {
        let Reject {
            line,
            reason,
            record,
        } = reject;
        csv.write_byte_record(&framed(
            line.to_string().as_bytes(),
            reason.as_bytes(),
            record,
        ))?;
    }
    csv.flush()
}

fn framed(line: &[u8], reason: &[u8], record: &ByteRecord) -> ByteRecord {
    [line, reason].into_iter().chain(record).collect()
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;

    fn contents(rejects: &[(u64, &str, &[&str])]) -> Contents {
        let reject = |(line, reason, row): &(u64, &str, &[&str])| Reject {
            line: *line,
            reason: (*reason).to_owned(),
            record: ByteRecord::from(row.to_vec()),
        };
        Contents {
            header: StringRecord::from(vec!["caso", "título"]),
            rows: Vec::new(),
            rejects: rejects.iter().map(reject).collect(),
        }
    }

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("ventanilla-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn rows_stand_there_with_line_and_reason_and_only_while_there_are_any() {
        let dir = folder("rejects");
        let file = dir.join("a.csv.gz");
        let places = Places {
            file: &file,
            wanted: None,
            here: &dir,
        };
        let bad = contents(&[(2, "so, no", &["7", "No, no va"]), (9, "corta", &["8"])]);
        let written = write(&places, &bad).unwrap().unwrap();
        assert_eq!(written, dir.join("a.csv.gz.rejects.csv"));
        assert_eq!(
            std::fs::read_to_string(&written).unwrap(),
            "line,reason,caso,título\n2,\"so, no\",7,\"No, no va\"\n9,corta,8\n"
        );
        assert_eq!(write(&places, &contents(&[])).unwrap(), None);
        assert!(!written.exists());

        let elsewhere = dir.join("malas.csv");
        let places = Places {
            wanted: Some(&elsewhere),
            ..places
        };
        assert_eq!(write(&places, &bad).unwrap(), Some(elsewhere.clone()));
        assert!(!written.exists());
        // What somebody named is nobody's to remove, and the export is not written over.
        assert_eq!(write(&places, &contents(&[])).unwrap(), None);
        assert!(elsewhere.exists());
        let places = Places {
            file: &elsewhere,
            ..places
        };
        assert!(write(&places, &bad).is_err());
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn beside_an_export_that_lies_where_nobody_may_write_the_current_folder_is_taken() {
        let dir = folder("rejects-here");
        // Not even root makes a file there.
        let places = Places {
            file: Path::new("/proc/self/a.csv"),
            wanted: None,
            here: &dir,
        };
        let bad = contents(&[(2, "no", &["7", "x"])]);
        let written = write(&places, &bad).unwrap();
        assert_eq!(written, Some(dir.join("a.csv.rejects.csv")));
        let places = Places {
            wanted: Some(Path::new("/proc/self/malas.csv")),
            ..places
        };
        let error = format!("{:#}", write(&places, &bad).unwrap_err());
        assert!(error.contains("--rejects"), "{error}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
