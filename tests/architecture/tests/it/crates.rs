//! Who may depend on whom, and under which lints. Licences and bans of what others wrote stand in deny.toml.

use architecture::{Findings, tree};
use toml::Value;

#[test]
fn services_meet_through_libs_and_events_only() {
    let mut findings = Findings::of(
        "A service depends on libs, never on another service; a lib never on a service.",
        "a service that is compiled into another cannot be deployed, scaled or changed alone",
    );
    let services = tree::services().unwrap();
    assert!(services.len() >= 6, "{services:?}");
    for folder in tree::members().unwrap() {
        if !folder.starts_with("services/") && !folder.starts_with("libs/") {
            continue;
        }
        for dependency in tree::dependencies(&tree::manifest(&folder).unwrap()) {
            if services.contains(&dependency.name) {
                findings.add(
                    format!("{folder}/Cargo.toml"),
                    format!("[{}] {}", dependency.section, dependency.name),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn only_tests_know_the_testkit() {
    let mut findings = Findings::of(
        "testkit is a dev-dependency, but of the crates in tests/.",
        "what starts and wipes servers has no place in a binary that meets real ones",
    );
    for folder in tree::members()
        .unwrap()
        .iter()
        .filter(|folder| !folder.starts_with("tests/"))
    {
        for dependency in tree::dependencies(&tree::manifest(folder).unwrap()) {
            if dependency.name == "testkit" && dependency.section != "dev-dependencies" {
                findings.add(
                    format!("{folder}/Cargo.toml"),
                    format!("[{}] testkit", dependency.section),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn lints_and_versions_stand_once() {
    let mut findings = Findings::of(
        "Every crate takes its lints, edition, licence and dependencies' versions from the workspace.",
        "a rule that one crate can leave out, or a version that stands twice, holds nowhere",
    );
    for folder in tree::members().unwrap() {
        let manifest = tree::manifest(&folder).unwrap();
        let file = format!("{folder}/Cargo.toml");
        let inherits = |table: Option<&Value>| {
            table
                .and_then(|t| t.get("workspace"))
                .and_then(Value::as_bool)
                == Some(true)
        };
        if !inherits(manifest.get("lints")) {
            findings.add(&file, "no `[lints] workspace = true`");
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(manifest.get("package").and_then(|package| package.get(key))) {
                findings.add(&file, format!("no `{key}.workspace = true`"));
            }
        }
        for dependency in tree::dependencies(&manifest) {
            if dependency.own_version {
                findings.add(
                    &file,
                    format!(
                        "[{}] {} has a version of its own",
                        dependency.section, dependency.name
                    ),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn a_lib_is_one_noun() {
    let mut findings = Findings::of(
        "No crate is called common, core, shared, util, helpers or misc.",
        "such a name takes in everything, and everything then depends on it",
    );
    for folder in tree::members().unwrap() {
        let name = folder.rsplit('/').next().unwrap_or_default();
        if name.split('-').any(|word| {
            matches!(
                word,
                "common" | "core" | "shared" | "util" | "utils" | "helpers" | "misc"
            )
        }) {
            findings.add(&folder, "no noun");
        }
    }
    findings.none();
}
