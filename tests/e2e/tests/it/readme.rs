//! The README's first steps, copied as a newcomer copies them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use e2e::Installation;

#[tokio::test]
async fn the_first_steps_work_as_they_stand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let steps = readme
        .split("## First steps")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let mut script = String::from("set -euo pipefail\n");
    for block in steps.split("```sh\n").skip(1) {
        writeln!(script, "{}", block.split("```").next().unwrap()).unwrap();
    }
    assert!(
        script.contains("openTicket") && script.contains("indicators"),
        "{script}"
    );

    let at = Installation::together("the readme").await.unwrap();
    at.tenant("andina").await.unwrap();
    let output = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .current_dir(&root)
        .envs(at.env())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!said.contains("\"errors\""), "{said}");
    assert!(!said.contains("\"message\""), "{said}");
    assert!(said.contains("\"state\":\"RESOLVED\""), "{said}");
    assert!(said.contains("\"cases\":1"), "{said}");
}
