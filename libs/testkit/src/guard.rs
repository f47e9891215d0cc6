//! Cleaning up even after `kill -9`: a small process that waits for the end of ours.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

/// Runs a command when it is dropped, or when this process ends in whatever way: the shell that holds the command reads
/// from a pipe that only this process keeps open.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    /// `program` and `args` are run without a shell's reading of them.
    pub fn new(program: &str, args: &[&str]) -> io::Result<Self> {
        Command::new("/bin/sh")
            .args(["-c", r#"read -r _; exec "$@""#, "guard", program])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal ends the tests, not what cleans up after them.
            .process_group(0)
            .spawn()
            .map(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(error) = self.0.wait() {
            tracing::warn!(%error, "the clean-up could not be waited for");
        }
    }
}
