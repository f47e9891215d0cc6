//! What the processes of an installation take, processor time and memory; and what its services count.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::Installation;
use crate::process::Process;

impl Installation {
    /// The process ids of all our processes and their children.
    fn pids(&self) -> Vec<u32> {
        let mut pids: Vec<u32> = self.processes.values().filter_map(Process::pid).collect();
        for pid in pids.clone() {
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
                .unwrap_or_default();
            pids.extend(
                children
                    .split_whitespace()
                    .filter_map(|p| p.parse::<u32>().ok()),
            );
        }
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// CPU time that all our processes have taken so far, seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.pids()
            .iter()
            .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok())
            .filter_map(|stat| {
                // Behind the closing parenthesis: state is field 0, utime 11, stime 12; 100 ticks a second on Linux.
                let fields: Vec<f64> = stat
                    .rsplit(')')
                    .next()?
                    .split_whitespace()
                    .map(|f| f.parse().unwrap_or_default())
                    .collect();
                Some((fields.get(11)? + fields.get(12)?) / 100.0)
            })
            .sum()
    }

    /// Resident memory of all our processes and their children, bytes.
    pub fn resident_bytes(&self) -> u64 {
        let pids = self.pids().into_iter();
        pids.filter_map(|pid| bytes(pid, "VmRSS:")).sum()
    }

    /// From now on the peaks of [`Self::peak_bytes`] are counted anew.
    pub fn forget_peaks(&self) -> anyhow::Result<()> {
        for pid in self.pids() {
            // proc(5): 5 resets the peak of the resident set.
            let path = format!("/proc/{pid}/clear_refs");
            std::fs::write(&path, "5").context(path)?;
        }
        Ok(())
    }

    /// The most resident memory that each of our processes and their children held since then, all of it summed, bytes: together
    /// they never held more.
    pub fn peak_bytes(&self) -> u64 {
        let pids = self.pids().into_iter();
        pids.filter_map(|pid| bytes(pid, "VmHWM:")).sum()
    }

    /// What the services of `ventanilla up` show at `/metrics`: their door is written into the settings of its gateway.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        let keys = self
            .env
            .iter()
            .find(|(key, _)| key == "VENTANILLA_KEYS_DIR");
        let (_, keys) = keys.context("no folder of keys")?;
        let settings = std::fs::read_to_string(Path::new(keys).join("gateway.json"))?;
        let settings: Value = serde_json::from_str(&settings)?;
        let directory = settings["subgraphs"]["directory"].as_str();
        let door = directory
            .and_then(|url| url.strip_suffix("/directory/graphql"))
            .context("no directory in the gateway's settings")?;
        let shown = self.client.get(format!("{door}/metrics")).send().await?;
        Ok(shown.error_for_status()?.text().await?)
    }
}

impl Process {
    /// The most resident memory that it has held so far, bytes; none once it has ended.
    pub fn peak_bytes(&self) -> Option<u64> {
        bytes(self.pid()?, "VmHWM:")
    }
}

/// A line of a process' status that is counted in kB.
fn bytes(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kb: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kb * 1024)
}
