//! Files that can be read in one sitting, anywhere.

use architecture::{Findings, rust::Source, tree};

/// Sources of ours; what is generated is not read in one sitting.
fn sources() -> Vec<String> {
    let files = ["cli", "graphql", "libs", "services", "tests"]
        .iter()
        .flat_map(|folder| tree::files_in(folder, "rs").unwrap());
    files.filter(|file| !file.contains("/generated/")).collect()
}

#[test]
fn a_file_has_one_subject() {
    let mut findings = Findings::of(
        "No Rust file is longer than 500 lines.",
        "a file that cannot be read in one sitting has two subjects, and becomes two files",
    );
    for file in sources() {
        let lines = tree::text(&file).unwrap().lines().count();
        if lines > 500 {
            findings.add(&file, format!("{lines} lines"));
        }
    }
    findings.none();
}

#[test]
fn nothing_is_left_open() {
    let mut findings = Findings::of(
        "No todo!(), no unimplemented!(), no dbg!(), no marks of things left open.",
        "what is left open belongs where it is seen and planned, not in the code",
    );
    for file in sources() {
        let source = Source::read(&file).unwrap();
        for name in ["todo", "unimplemented", "dbg"] {
            for line in source.lines_with(&[name, "!"]) {
                findings.add(format!("{file}:{line}"), format!("{name}!"));
            }
        }
    }
    // In two parts, so that this file does not find itself.
    let marks = [
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["TO", "DO"].concat(),
    ];
    each_line(|place, line| {
        for mark in &marks {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.clone().any(|word| word == mark) {
                findings.add(place, mark);
            }
        }
    });
    findings.none();
}

#[test]
fn nothing_depends_on_somebodys_machine() {
    let mut findings = Findings::of(
        "No path of a particular machine in any file.",
        "it works for one person, and tells others where that person works",
    );
    let folders: Vec<String> = ["work", "farm", "root", "Users"]
        .iter()
        .map(|name| format!("/{name}/"))
        .collect();
    let hidden = [".", "library"].concat();
    each_line(|place, line| {
        for folder in &folders {
            // `$root/` and `$(root)/` are variables.
            let at = line.find(folder.as_str());
            if at.is_some_and(|at| !line[..at].ends_with(['$', '}', ')'])) {
                findings.add(place, folder);
            }
        }
        if line.contains(&hidden) {
            findings.add(place, &hidden);
        }
    });
    findings.none();
}

/// Every line of every text file but lock files.
fn each_line(mut look: impl FnMut(&str, &str)) {
    for file in tree::files().unwrap() {
        let locked = ["Cargo.lock", "package-lock.json"]
            .iter()
            .any(|name| file.ends_with(name));
        let Ok(text) = tree::text(&file) else {
            continue;
        };
        if !locked {
            for (number, line) in text.lines().enumerate() {
                look(&format!("{file}:{}", number + 1), line);
            }
        }
    }
}
