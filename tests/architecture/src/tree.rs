//! The repository's files and manifests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, ensure};
use toml::{Table, Value};

/// The repository's root.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).to_owned()
    })
}

/// Every file that git knows or would take (what is ignored is nobody's business), relative to the root.
pub fn files() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .context("git ls-files")?;
    ensure!(
        output.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut files: Vec<String> = String::from_utf8(output.stdout)?
        .split('\0')
        .filter(|file| !file.is_empty() && root().join(file).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// Those of [`files`] below a folder that end in `.<extension>`.
pub fn files_in(folder: &str, extension: &str) -> anyhow::Result<Vec<String>> {
    let (folder, extension) = (format!("{folder}/"), format!(".{extension}"));
    Ok(files()?
        .into_iter()
        .filter(|file| file.starts_with(&folder) && file.ends_with(&extension))
        .collect())
}

/// A file's text; `file` is relative to the root.
pub fn text(file: &str) -> anyhow::Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| file.to_owned())
}

/// Folders directly below `folder` that hold a `Cargo.toml`, by name.
pub fn crates_in(folder: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join(folder)).with_context(|| folder.to_owned())? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The services, by name.
pub fn services() -> anyhow::Result<Vec<String>> {
    crates_in("services")
}

/// Every crate of the workspace as its folder: `libs/clock`.
pub fn members() -> anyhow::Result<Vec<String>> {
    let mut members = vec!["cli".to_owned()];
    for folder in ["libs", "services", "tests"] {
        members.extend(
            crates_in(folder)?
                .into_iter()
                .map(|name| format!("{folder}/{name}")),
        );
    }
    Ok(members)
}

/// The manifest of the crate in `folder`.
pub fn manifest(folder: &str) -> anyhow::Result<Table> {
    let file = if folder.is_empty() {
        "Cargo.toml".to_owned()
    } else {
        format!("{folder}/Cargo.toml")
    };
    text(&file)?.parse().with_context(|| file)
}

/// A dependency as a manifest states it.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The name.
    pub name: String,
    /// `dependencies`, `dev-dependencies` or `build-dependencies`.
    pub section: &'static str,
    /// Whether it brings a version of its own, in place of the workspace's (a bare path has none).
    pub own_version: bool,
}

/// All dependencies of a manifest.
pub fn dependencies(manifest: &Table) -> Vec<Dependency> {
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(table) = manifest.get(section).and_then(Value::as_table) else {
            continue;
        };
        for (name, value) in table {
            let own_version = value.is_str() || value.get("version").is_some();
            found.push(Dependency {
                name: name.clone(),
                section,
                own_version,
            });
        }
    }
    found
}
