//! Ports for processes that come and go.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;

/// A port of loopback that is free now, and stays free while its process is down for a moment: below the range that
/// the kernel gives to clients, where a busy suite's connections would take it meanwhile. Each is given once per run.
pub fn free_port() -> anyhow::Result<u16> {
    const FIRST: u64 = 20_000;
    const COUNT: u64 = 12_000;
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: OnceLock<u64> = OnceLock::new();
    // The standard library's own seed sets the suites that run side by side apart.
    let start = *START.get_or_init(|| RandomState::new().hash_one(std::process::id()) % COUNT);
    for _ in 0..COUNT {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(port)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port of {FIRST} and up is free")
}
