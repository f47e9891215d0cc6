//! A clock that is wrong on purpose is for tests alone.

use std::process::Command;

use e2e::ventanilla;

#[test]
fn a_wrong_clock_is_refused_in_production() {
    let output = Command::new(ventanilla().unwrap())
        .args(["--production", "--clock-skew-ms", "-4000"])
        .args(["serve", "intake"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("VENTANILLA_CLOCK_SKEW_MS"), "{said}");
}
